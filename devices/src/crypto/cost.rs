//! What one operation costs on one core, and why we think so.

use super::catalogue::{Row, Scaling};
use crate::class::Library;
use crate::parameters::Confidence;
use sim::math::{exp, ln};

/// Cycles of an operation, with the rows they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost<'c> {
    /// Cycles for each operation.
    pub fixed: f64,
    /// Cycles for each byte of the message.
    pub per_byte: f64,
    /// Stack it needs [B], where known.
    pub stack: Option<f64>,
    /// The fewest cycles over the mean, for signatures whose time is random [1].
    pub least_share: Option<f64>,
    /// The row it was measured in.
    pub row: &'c Row,
    /// How it was carried over from another core.
    pub scaled: Option<&'c Scaling>,
    /// The implementation class that was found; another than asked for when there was none of that.
    pub library: Library,
    /// The cheapest and the dearest implementation measured on the same core, over this one [1].
    pub spread: (f64, f64),
}

impl Cost<'_> {
    /// Cycles for a message of this many bytes.
    pub fn cycles(&self, bytes: u32) -> f64 {
        self.fixed + self.per_byte * f64::from(bytes)
    }

    /// How far to trust it: the weaker of the row and the scaling.
    pub fn confidence(&self) -> Confidence {
        self.scaled.map_or(self.row.confidence, |line| line.confidence.max(self.row.confidence))
    }

    /// The same by another implementation of its spread: −1 is the cheapest that was measured on the core, 1 the
    /// dearest, 0 this row; between them by equal ratios.
    #[must_use]
    pub fn within_spread(self, at: f64) -> Self {
        let end = if at < 0.0 { self.spread.0 } else { self.spread.1 };
        let times = exp(ln(end) * at.abs().min(1.0));
        Self { fixed: times * self.fixed, per_byte: times * self.per_byte, ..self }
    }

    /// The same operation done `passes` times over the message and on `more` bytes besides.
    pub(super) fn repeated(self, passes: f64, more: f64) -> Self {
        Self { fixed: passes * self.fixed + more * self.per_byte, per_byte: passes * self.per_byte, ..self }
    }

    /// This operation and another one after it; the provenance stays that of this one.
    pub(super) fn and(self, other: &Cost<'_>) -> Self {
        Self { fixed: self.fixed + other.fixed, per_byte: self.per_byte + other.per_byte, ..self }
    }
}
