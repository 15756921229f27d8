//! Signed firmware: what checking an update costs the device that installs it.
//!
//! # Differs from the real thing
//! The image is hashed by SHA-256 once, in whole, before the signature over its digest is checked; a scheme that hashes
//! by itself does it over that digest. Keys stand in the device. Image and signature are streamed: memory holds the
//! signature, the key and the operation's stack.

use super::{Catalogue, CryptoError, Machine, Sizes};
use sim::time::Span;

/// What an update's signature asks of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirmwareCheck {
    /// Bytes that the update is longer by.
    pub bytes: u32,
    /// Time to hash the image and to check the signature.
    pub takes: Span,
    /// Energy of that [J].
    pub joules: f64,
    /// Memory for it [B].
    pub memory: f64,
}

/// The share of a device's program memory that an image fills. Assumption: half, as two must fit side by side.
const IMAGE_SHARE: f64 = 0.5;
/// The share of working memory that a loader has. Assumption: half.
const LOADER_SHARE: f64 = 0.5;

impl FirmwareCheck {
    /// The check of an image of this machine's size, signed by a scheme.
    ///
    /// # Errors
    /// When the scheme has no known cost on the core, or no known size.
    pub fn of(catalogue: &Catalogue, scheme: &str, machine: &Machine) -> Result<Self, CryptoError> {
        let sizes = Sizes::shipped()?;
        let (signature, key) = (sizes.reply(scheme)?, sizes.public_key(scheme)?);
        let verify = machine.cost(catalogue, scheme, "verify")?;
        let hash = machine.cost(catalogue, "SHA-256", "hash")?;
        let image = machine.flash as f64 * IMAGE_SHARE;
        let takes = machine.time(hash.fixed + hash.per_byte * image + verify.cycles(32));
        let stack = verify.stack.or_else(|| catalogue.least_stack(scheme, "verify")).unwrap_or_default();
        let memory = stack + f64::from(signature + key);
        Ok(Self { bytes: signature, takes, joules: machine.joules(takes), memory })
    }

    /// Whether a machine's loader has the memory.
    pub fn fits(&self, machine: &Machine) -> bool {
        self.memory <= machine.ram as f64 * LOADER_SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::class;

    /// RFC 8554 on paper: 34 chains of 255 steps, half walked, are 4,335 blocks of SHA-256, 18 over their ends and 20
    /// up the tree; the hash of the image is 64 bytes a block too.
    #[test]
    fn lms_is_checked_by_hashing_as_much_as_a_small_image() {
        let catalogue = Catalogue::shipped().unwrap();
        let machine = Machine::of(class("lora-node").unwrap());
        let lms = FirmwareCheck::of(catalogue, "LMS-SHA256-H10-W8", &machine).unwrap();
        let hash = catalogue.cost("SHA-256", "hash", machine.core, machine.library).unwrap();
        let blocks = (4_335.0 + 18.0 + 20.0) * 64.0 * hash.per_byte;
        let image = hash.fixed + hash.per_byte * 256.0 * 1_024.0;
        assert!((lms.takes.seconds() * machine.hz / (blocks + image) - 1.0).abs() < 1e-6);
        assert_eq!(lms.bytes, 1_452);
    }

    #[test]
    fn hash_based_signatures_fit_the_smallest_and_lattices_ask_for_more() {
        let catalogue = Catalogue::shipped().unwrap();
        let small = Machine { ram: 10 * 1_024, ..Machine::of(class("lora-node").unwrap()) };
        let memory = |scheme| FirmwareCheck::of(catalogue, scheme, &small).unwrap();
        assert!(memory("LMS-SHA256-H10-W8").fits(&small));
        assert!(memory("ML-DSA-65").memory > memory("Ed25519").memory);
        assert!(!memory("ML-DSA-87").fits(&small));
    }
}
