//! What a handshake costs beside its primitives: framing, key schedule, transcript, parsing.

use super::{Catalogue, CryptoError};
use crate::class::Library;
use crate::quantity::{as_hertz, as_seconds};
use serde::Deserialize;
use std::sync::LazyLock;

/// Cycles on the board where the terms were fitted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    core: String,
    /// Once for each side that agrees on keys.
    pub(super) key_agreement: f64,
    /// Once for each side that checks a chain.
    pub(super) authentication: f64,
    /// For each byte of the flight that carries the chain: opening, transcript, parsing.
    pub(super) authentication_byte: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    measured_on: Board,
    term: Entries,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Board {
    core: String,
    #[serde(deserialize_with = "as_hertz")]
    clock: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entries {
    key_agreement: Entry,
    authentication: EntryWithBytes,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(deserialize_with = "as_seconds")]
    each: f64,
}

#[derive(Deserialize)]
struct EntryWithBytes {
    #[serde(deserialize_with = "as_seconds")]
    each: f64,
    #[serde(rename = "per-kB", deserialize_with = "as_seconds")]
    per_kb: f64,
}

impl Terms {
    pub(super) fn shipped() -> Result<&'static Self, CryptoError> {
        static SHIPPED: LazyLock<Result<Terms, CryptoError>> = LazyLock::new(|| {
            let text = include_str!("../../data/crypto/protocol.toml");
            let data = |why: String| CryptoError::Data { file: "protocol.toml", why };
            let file: File = toml::from_str(text).map_err(|error| data(error.to_string()))?;
            let clock = file.measured_on.clock;
            Ok(Terms {
                core: file.measured_on.core,
                key_agreement: clock * file.term.key_agreement.each,
                authentication: clock * file.term.authentication.each,
                authentication_byte: clock * file.term.authentication.per_kb / 1_000.0,
            })
        });
        SHIPPED.as_ref().map_err(Clone::clone)
    }

    /// These terms on another core: scaled as its SHA-256 in portable C, since hashing, opening and parsing
    /// are what they are made of. Assumption: no handshake was measured on a second core.
    pub(super) fn on(&self, catalogue: &Catalogue, core: &str) -> Result<Self, CryptoError> {
        if core == self.core {
            return Ok(self.clone());
        }
        let slope =
            |core: &str| catalogue.cost("SHA-256", "hash", core, Library::Portable).map(|cost| cost.per_byte);
        let share = slope(core)? / slope(&self.core)?;
        Ok(Self {
            core: core.to_owned(),
            key_agreement: share * self.key_agreement,
            authentication: share * self.authentication,
            authentication_byte: share * self.authentication_byte,
        })
    }
}
