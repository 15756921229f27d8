//! What a handshake costs beside its primitives: framing, key schedule, transcript, parsing.

use super::{Catalogue, CryptoError};
use crate::class::Library;
use crate::parameters::Confidence;
use crate::quantity::{as_hertz, as_seconds};
use serde::Deserialize;
use std::sync::LazyLock;

/// Work of the protocol itself, fitted on one board; what stands in `data/crypto/protocol.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProtocolWork {
    /// Where it was measured.
    pub measured_on: Board,
    /// Its parts.
    pub term: Parts,
}

/// The board of a fit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Its core.
    pub core: String,
    /// Its clock [Hz].
    #[serde(deserialize_with = "as_hertz")]
    pub clock: f64,
}

/// The parts of the protocol's work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parts {
    /// Of each side that agrees on keys.
    pub key_agreement: Part,
    /// Of each side that checks a chain of certificates: opening, transcript, parsing.
    pub authentication: Part,
}

/// One part, in time on the board.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Once [s].
    #[serde(deserialize_with = "as_seconds")]
    pub each: f64,
    /// For each 1,000 bytes of the flight that is read [s].
    #[serde(default, rename = "per-kB", deserialize_with = "as_seconds")]
    pub per_kilobyte: f64,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: String,
}

impl ProtocolWork {
    /// The fit that ships with the program.
    ///
    /// # Errors
    /// When the embedded file is broken, which a test rules out.
    pub fn shipped() -> Result<&'static Self, CryptoError> {
        static SHIPPED: LazyLock<Result<ProtocolWork, CryptoError>> = LazyLock::new(|| {
            toml::from_str(include_str!("../../data/crypto/protocol.toml"))
                .map_err(|error| CryptoError::Data { file: "protocol.toml", why: error.to_string() })
        });
        SHIPPED.as_ref().map_err(Clone::clone)
    }
}

/// The protocol's work on one core [cycles].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Terms {
    /// Once for each side that agrees on keys.
    pub(super) key_agreement: f64,
    /// Once for each side that checks a chain.
    pub(super) authentication: f64,
    /// For each byte of the flight that carries the chain.
    pub(super) authentication_byte: f64,
}

impl Terms {
    /// On a core: scaled as its SHA-256 in portable C, since hashing, opening and parsing are what the work is
    /// made of. Assumption: no handshake was measured on a second core.
    pub(super) fn on(catalogue: &Catalogue, core: &str) -> Result<Self, CryptoError> {
        let ProtocolWork { measured_on, term } = ProtocolWork::shipped()?;
        let slope =
            |core: &str| catalogue.cost("SHA-256", "hash", core, Library::Portable).map(|cost| cost.per_byte);
        let share = if core == measured_on.core { 1.0 } else { slope(core)? / slope(&measured_on.core)? };
        let cycles = share * measured_on.clock;
        Ok(Self {
            key_agreement: cycles * term.key_agreement.each,
            authentication: cycles * term.authentication.each,
            authentication_byte: cycles * term.authentication.per_kilobyte / 1_000.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_says_where_it_comes_from() {
        let work = ProtocolWork::shipped().unwrap();
        for part in [&work.term.key_agreement, &work.term.authentication] {
            assert!(part.each > 0.0 && !part.source.is_empty(), "{part:?}");
        }
    }

    /// By hand: 15 ms at 150 MHz, and 3.6 ms for 1,000 bytes.
    #[test]
    fn on_its_own_board_the_work_is_as_fitted() {
        let terms = Terms::on(Catalogue::shipped().unwrap(), "Cortex-M33").unwrap();
        assert!((terms.authentication - 2.25e6).abs() < 1e-6);
        assert!((terms.authentication_byte - 540.0).abs() < 1e-9);
    }
}
