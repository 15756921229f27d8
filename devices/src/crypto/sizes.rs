//! Sizes of keys, ciphertexts, signatures, tags and certificates: what stands in `data/crypto/sizes.csv`.

use super::CryptoError;
use super::catalogue::read;
use crate::parameters::Confidence;
use serde::Deserialize;
use std::sync::LazyLock;

/// One row; every number is in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The scheme with its parameter set; or a certificate, whose size then stands in `public_key`.
    pub primitive: String,
    /// Public key [B].
    pub public_key: Option<u32>,
    /// Secret key [B].
    pub secret_key: Option<u32>,
    /// Ciphertext, signature or a peer's share [B].
    pub ciphertext_or_signature: Option<u32>,
    /// Shared secret, tag or digest [B].
    pub shared_secret_or_tag: Option<u32>,
    /// Nonce [B].
    pub nonce: Option<u32>,
    /// NIST security category.
    pub security_category: Option<u32>,
    /// The standard that fixes it.
    pub standard: String,
    /// Where it comes from.
    pub source: String,
    /// How far to trust it.
    pub confidence: Confidence,
}

/// Every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(Vec<Size>);

/// Which of a chain's certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The one that names the device.
    Leaf,
    /// One that signs others.
    Intermediate,
}

impl Sizes {
    /// The sizes that ship with the program.
    ///
    /// # Errors
    /// When the embedded file is broken, which a test rules out.
    pub fn shipped() -> Result<&'static Self, CryptoError> {
        static SHIPPED: LazyLock<Result<Sizes, CryptoError>> =
            LazyLock::new(|| read("sizes.csv", include_str!("../../data/crypto/sizes.csv")).map(Sizes));
        SHIPPED.as_ref().map_err(Clone::clone)
    }

    /// Every row, in the order of the file.
    pub fn rows(&self) -> &[Size] {
        &self.0
    }

    /// The row of a scheme, as protocols send it.
    pub fn of(&self, scheme: &str) -> Option<&Size> {
        self.0.iter().find(|row| row.primitive == named(scheme))
    }

    fn part(
        &self,
        scheme: &str,
        part: &'static str,
        of: impl Fn(&Size) -> Option<u32>,
    ) -> Result<u32, CryptoError> {
        let row = self.0.iter().find(|row| row.primitive == named(scheme));
        row.and_then(of).ok_or_else(|| CryptoError::NoSize { scheme: scheme.to_owned(), part })
    }

    /// Public key [B].
    pub(super) fn public_key(&self, scheme: &str) -> Result<u32, CryptoError> {
        self.part(scheme, "public key", |row| row.public_key)
    }

    /// Secret key [B].
    pub(super) fn secret_key(&self, scheme: &str) -> Result<u32, CryptoError> {
        self.part(scheme, "secret key", |row| row.secret_key)
    }

    /// Ciphertext, signature or the peer's share [B].
    pub(super) fn reply(&self, scheme: &str) -> Result<u32, CryptoError> {
        self.part(scheme, "ciphertext or signature", |row| row.ciphertext_or_signature)
    }

    /// Tag [B].
    pub(super) fn tag(&self, cipher: &str) -> Result<u32, CryptoError> {
        self.part(cipher, "tag", |row| row.shared_secret_or_tag)
    }

    /// A raw public key as RFC 7250 carries it: measured for the curves, else the key with the envelope of Ed25519's [B].
    pub(super) fn raw_key(&self, scheme: &str) -> Result<u32, CryptoError> {
        let whole = |name: &str| self.public_key(&format!("Raw public key SPKI {name}"));
        match scheme {
            "ECDSA P-256" => whole("P-256 uncompressed"),
            "Ed25519" => whole("Ed25519"),
            other => Ok(whole("Ed25519")? - self.public_key("Ed25519")? + self.public_key(other)? + 4),
        }
    }

    /// A minimal certificate whose subject has a key of `subject` and which is signed by `signer` [B].
    ///
    /// Measured where it was; else the measured Ed25519 certificate with its key and signature exchanged, and
    /// four bytes more for longer lengths where a field no longer fits 255 bytes.
    pub(super) fn certificate(&self, subject: &str, signer: &str, link: Link) -> Result<u32, CryptoError> {
        let kind = match link {
            Link::Leaf => "leaf",
            Link::Intermediate => "intermediate CA",
        };
        let whole = |name: &str| self.public_key(&format!("X.509 {kind} certificate {name}"));
        if subject == signer {
            let measured = subject.trim_start_matches("ECDSA ");
            for name in [format!("{measured} minimal"), format!("{measured} minimal (derived)")] {
                if let Ok(bytes) = whole(&name) {
                    return Ok(bytes);
                }
            }
        }
        let envelope = whole("Ed25519 minimal")? - self.public_key("Ed25519")? - self.reply("Ed25519")?;
        let (key, signature) = (self.public_key(subject)?, self.reply(signer)?);
        Ok(envelope + key + signature + if key + signature > 255 { 4 } else { 0 })
    }
}

/// A scheme's row among several encodings: TLS sends P-256 points uncompressed and signatures in DER.
fn named(scheme: &str) -> &str {
    match scheme {
        "ECDH P-256" => "ECDH P-256 uncompressed",
        "ECDSA P-256" => "ECDSA P-256 DER (average)",
        "RSA-2048" => "RSA-2048 PKCS#1 v1.5",
        "HQC-128" => "HQC-128 (round 4)",
        "HQC-192" => "HQC-192 (round 4)",
        "HQC-256" => "HQC-256 (round 4)",
        "FN-DSA-512" => "FN-DSA-512 (provisional)",
        "FN-DSA-1024" => "FN-DSA-1024 (provisional)",
        "LMS-SHA256-H10-W8" => "LMS_SHA256_M32_H10 with LMOTS W8",
        "LMS-SHA256-H20-W8" => "LMS_SHA256_M32_H20 with LMOTS W8",
        "AES-128-CCM-8" => "AES-128-CCM-8 (TLS)",
        "AES-128-CTR-CMAC" => "LoRaWAN MIC (AES-CMAC truncated)",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_source() {
        for row in Sizes::shipped().unwrap().rows() {
            assert!(!row.source.is_empty() && !row.standard.is_empty(), "{row:?}");
        }
    }

    /// The derived rows of the file: 172 + 4 + key + signature.
    #[test]
    fn certificates_are_measured_or_an_envelope_with_another_key() {
        let sizes = Sizes::shipped().unwrap();
        let leaf = |scheme| sizes.certificate(scheme, scheme, Link::Leaf).unwrap();
        assert_eq!((leaf("ECDSA P-256"), leaf("Ed25519"), leaf("RSA-2048")), (332, 268, 729));
        assert_eq!((leaf("ML-DSA-44"), leaf("ML-DSA-65"), leaf("ML-DSA-87")), (3_908, 5_437, 7_395));
    }

    #[test]
    fn what_was_recalled_still_says_so() {
        let recalled = |row: &&Size| row.confidence == Confidence::FromMemory;
        assert_eq!(Sizes::shipped().unwrap().rows().iter().filter(recalled).count(), 3);
    }
}
