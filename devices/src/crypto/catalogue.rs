//! The catalogue of measured costs: what stands in `data/crypto/primitives.csv` and `scaling.csv`.

use super::CryptoError;
use crate::parameters::Confidence;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::LazyLock;

/// How a measured implementation was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Build {
    /// Hand-tuned for the core.
    Asm,
    /// Portable C or Rust.
    Portable,
    /// For the least memory.
    Small,
    /// On an engine of the chip.
    Hardware,
    /// Protected against power analysis.
    Masked,
    /// Portable code that finds the processor's own instructions for it when it runs.
    #[serde(rename = "portable hardware")]
    PortableHardware,
}

/// Schemes that scale alike from core to core: by what their inner loop computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the name of a family of schemes")]
pub enum Family {
    LatticeKem,
    LatticeSignature,
    HashSignature,
    Curve,
    Rsa,
    Aes,
    Ascon,
    Chacha,
    Hash,
    CodeKem,
    FftSignature,
    Other,
}

impl Family {
    /// The family of a scheme, by its name.
    pub fn of(scheme: &str) -> Self {
        const BY_START: &[(&str, Family)] = &[
            ("ML-KEM", Family::LatticeKem),
            ("Kyber", Family::LatticeKem),
            ("ML-DSA", Family::LatticeSignature),
            ("Dilithium", Family::LatticeSignature),
            ("SLH-DSA", Family::HashSignature),
            ("HQC", Family::CodeKem),
            ("FN-DSA", Family::FftSignature),
            ("X25519", Family::Curve),
            ("Ed25519", Family::Curve),
            ("ECDSA", Family::Curve),
            ("ECDH", Family::Curve),
            ("RSA", Family::Rsa),
            ("AES", Family::Aes),
            ("Ascon-Hash", Family::Hash),
            ("Ascon", Family::Ascon),
            ("ChaCha", Family::Chacha),
            ("SHA", Family::Hash),
            ("HMAC", Family::Hash),
        ];
        BY_START.iter().find(|(start, _)| scheme.starts_with(start)).map_or(Self::Other, |known| known.1)
    }
}

/// One measured row. A cell is empty when its source gave nothing.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The scheme with its parameter set, as [`super::Sizes`] names it.
    pub scheme: String,
    /// The operation.
    pub act: String,
    /// The core.
    pub core: String,
    /// How the implementation was built.
    pub build: Build,
    /// The scheme as the source names it.
    pub primitive: String,
    /// The operation as the source names it.
    pub operation: String,
    /// The parameter set as the source names it.
    pub parameter: String,
    /// The board or machine.
    pub platform: String,
    /// The code that was measured.
    pub implementation: String,
    /// Cycles of the operation; of a per-byte operation, for the message that the note names.
    pub cycles: Option<f64>,
    /// The fewest cycles seen, for signatures whose time is random.
    pub min_cycles: Option<f64>,
    /// Cycles for each byte of a message.
    pub cycles_per_byte: Option<f64>,
    /// Cycles for each message besides.
    pub fixed_cycles: Option<f64>,
    /// Stack of the operation [B], without the caller's keys and messages.
    pub ram_stack_bytes: Option<f64>,
    /// Size of its code [B].
    pub code_bytes: Option<f64>,
    /// Where it comes from.
    pub source: String,
    /// The year it speaks of.
    pub year: Option<u16>,
    /// How far to trust it.
    pub confidence: Confidence,
    /// What to know about it.
    pub note: String,
}

impl Row {
    /// Every number of the row with its column and unit.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, f64, &'static str)> {
        [
            ("cycles", self.cycles, "cycles"),
            ("min_cycles", self.min_cycles, "cycles"),
            ("cycles_per_byte", self.cycles_per_byte, "cycles/B"),
            ("fixed_cycles", self.fixed_cycles, "cycles"),
            ("ram_stack_bytes", self.ram_stack_bytes, "B"),
            ("code_bytes", self.code_bytes, "B"),
        ]
        .into_iter()
        .filter_map(|(column, value, unit)| value.map(|value| (column, value, unit)))
    }

    /// Whether the row holds a time at all; some hold only memory.
    pub(super) fn is_timed(&self) -> bool {
        self.cycles.is_some() || self.cycles_per_byte.is_some()
    }
}

/// How a family of schemes moves from a core that was measured to one that was not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// The core that lacks a row.
    pub core: String,
    /// A core that may have one; of several lines, the nearest first.
    pub from: String,
    /// For which schemes.
    pub family: Family,
    /// Cycles there over cycles here [1].
    pub factor: f64,
    /// The lower end of what is plausible.
    pub low: f64,
    /// The upper end of what is plausible.
    pub high: f64,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: String,
}

/// Every measured cost, keyed by scheme with its parameter set, operation, core and implementation class.
///
/// # Differs from the real thing
/// A row is one library on one board. Flash wait states, caches and the load of other tasks move it; what a
/// product links is unknown. [`super::Cost::spread`] says how far implementations part on the same core, and
/// that is usually more than cores part from each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    pub(super) rows: Vec<Row>,
    pub(super) scaling: Vec<Scaling>,
    /// How many of the rows, the last ones, were measured elsewhere.
    pub(super) laid: usize,
}

impl Catalogue {
    /// The catalogue that ships with the program.
    ///
    /// # Errors
    /// When an embedded file is broken, which a test rules out.
    pub fn shipped() -> Result<&'static Self, CryptoError> {
        static SHIPPED: LazyLock<Result<Catalogue, CryptoError>> = LazyLock::new(|| {
            Ok(Catalogue {
                rows: read("primitives.csv", include_str!("../../data/crypto/primitives.csv"))?,
                scaling: read("scaling.csv", include_str!("../../data/crypto/scaling.csv"))?,
                laid: 0,
            })
        });
        SHIPPED.as_ref().map_err(Clone::clone)
    }

    /// The same catalogue with only the rows that `keep` accepts.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Row) -> bool) -> Self {
        Self {
            rows: self.rows.iter().filter(|row| keep(row)).cloned().collect(),
            scaling: self.scaling.clone(),
            laid: 0,
        }
    }

    /// Every row, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Every scaling, in the order of the file.
    pub fn scalings(&self) -> &[Scaling] {
        &self.scaling
    }

    /// The names of the cores that have a row or can be scaled to, in alphabetical order.
    pub fn cores(&self) -> Vec<&str> {
        let measured = self.rows.iter().map(|row| row.core.as_str());
        let mut all: Vec<&str> = measured.chain(self.scaling.iter().map(|line| line.core.as_str())).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Reads an embedded table.
pub(super) fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<T>, CryptoError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| CryptoError::Data { file, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_unit_and_a_source() {
        let catalogue = Catalogue::shipped().unwrap();
        assert!(catalogue.rows().len() >= 823);
        for row in catalogue.rows() {
            assert!(!row.source.is_empty() && !row.platform.is_empty(), "{row:?}");
            assert!(row.values().count() > 0, "{row:?} holds no number");
            for (column, value, unit) in row.values() {
                assert!(value.is_finite() && value >= 0.0 && !unit.is_empty(), "{column} of {row:?}");
            }
        }
        for line in catalogue.scalings() {
            assert!(
                !line.source.is_empty() && line.low <= line.factor && line.factor <= line.high,
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_scaling_starts_from_a_core_that_has_rows_of_its_family() {
        let catalogue = Catalogue::shipped().unwrap();
        for line in catalogue.scalings() {
            let has =
                |row: &Row| row.core == line.from && Family::of(&row.scheme) == line.family && row.is_timed();
            assert!(catalogue.rows().iter().any(has), "{line:?}");
        }
    }
}
