//! How a cost is found: the row of the core and class, else scaled from the nearest core, else another class.

use super::catalogue::{Build, Catalogue, Family, Row, Scaling};
use super::{Cost, CryptoError};
use crate::class::Library;

/// A message of this size decides which of several implementations is fastest [B]. Assumption: a reading.
const TYPICAL: u32 = 256;

/// A hash works on whole blocks of 64 bytes and always adds padding: one more block for each message, where a
/// source gives the slope alone. Source: FIPS 180-4 section 5.1.
const HASH_PADDING: f64 = 64.0;

/// Tag mask, length block and the rest of the last block, where a source gives a slope alone: three blocks of
/// 16 bytes. Source: SP 800-38D section 7.1.
const SEALING: f64 = 48.0;

/// CTR and CBC-MAC each pass over the message; the first counter block, the first MAC block and one block of
/// header come besides. Source: SP 800-38C sections 6.1 and A.2.
const CCM: (f64, f64) = (2.0, 48.0);

/// HMAC hashes one block of key before the message, then a block of key and the inner digest: in all the
/// message, 64 + 64 + 32 bytes, and the padding of two hashes. Source: FIPS 198-1 section 4.
const HMAC: f64 = 160.0;

impl Catalogue {
    /// The cost of an operation of a scheme on a core, in an implementation class.
    ///
    /// Composite schemes are built from their parts: AES-CCM and LoRaWAN's CTR with CMAC from two passes of AES, AES-CBC
    /// with HMAC from one pass and a hash, LMS from blocks of its hash, AES-256 where it was not measured from the
    /// rounds of AES-128. No source gives SHA-1; SHA-256 stands in for it, which is too dear by a third.
    ///
    /// # Errors
    /// When neither the core nor one it may be scaled from has a row.
    pub fn cost(
        &self,
        scheme: &str,
        act: &str,
        core: &str,
        library: Library,
    ) -> Result<Cost<'_>, CryptoError> {
        if let Some(cost) = self.find(scheme, act, core, library) {
            return Ok(cost);
        }
        match scheme {
            "AES-128-CCM" | "AES-128-CCM-8" | "AES-128-CTR-CMAC" => {
                Ok(self.cost("AES-128", "encrypt", core, library)?.repeated(CCM.0, CCM.1))
            }
            // Fourteen rounds for ten. Source: FIPS 197 section 5.
            "AES-256-GCM" => Ok(self.cost("AES-128-GCM", act, core, library)?.repeated(1.4, 0.0)),
            "LMS-SHA256-H10-W8" => self.hash_chains(10.0, core, library),
            "LMS-SHA256-H20-W8" => self.hash_chains(20.0, core, library),
            "AES-128-CBC-SHA" => {
                let mac = self.cost("HMAC-SHA256", "mac", core, library)?;
                Ok(self.cost("AES-128", "encrypt", core, library)?.and(&mac))
            }
            "HMAC-SHA256" => {
                let hash = self.cost("SHA-256", "hash", core, library)?;
                let (fixed, per_byte) = (hash.fixed, hash.per_byte);
                Ok(Cost { fixed: 2.0 * fixed + HMAC * per_byte, ..hash })
            }
            _ => Err(CryptoError::NoCost {
                scheme: scheme.to_owned(),
                act: act.to_owned(),
                core: core.to_owned(),
            }),
        }
    }

    /// LMS with Winternitz parameter 8, to verify or to sign with the tree at hand: 34 chains of 255 steps, of which
    /// half are walked on average, each a block of SHA-256; 18 blocks over their ends; two for each level of the tree.
    /// Source: RFC 8554 sections 4 and 5.
    fn hash_chains(&self, levels: f64, core: &str, library: Library) -> Result<Cost<'_>, CryptoError> {
        let hash = self.cost("SHA-256", "hash", core, library)?;
        let blocks = 34.0 * 127.5 + 18.0 + 2.0 * levels;
        Ok(Cost { fixed: blocks * HASH_PADDING * hash.per_byte, per_byte: 0.0, ..hash })
    }

    fn find(&self, scheme: &str, act: &str, core: &str, library: Library) -> Option<Cost<'_>> {
        let family = Family::of(scheme);
        let acts: &[&str] = match act {
            // A public key of X25519 is made by the same ladder as the shared secret.
            "keygen" if scheme == "X25519" => &["keygen", "agree"],
            "decrypt" => &["decrypt", "encrypt"],
            _ => &[act],
        };
        substitutes(library).iter().find_map(|&library| {
            let direct = acts.iter().find_map(|act| self.measured(scheme, act, core, library, None));
            direct.or_else(|| {
                // An engine is a part of a chip, not of a core: it cannot be carried over.
                let near = self.scaling.iter().filter(|line| {
                    line.core == core && line.family == family && library != Library::Hardware
                });
                let mut near = near
                    .flat_map(|line| acts.iter().map(move |act| (line, act)))
                    .filter_map(|(line, act)| self.measured(scheme, act, &line.from, library, Some(line)));
                if library == Library::Best {
                    near.min_by(|a, b| a.cycles(TYPICAL).total_cmp(&b.cycles(TYPICAL)))
                } else {
                    near.next()
                }
            })
        })
    }

    fn measured<'c>(
        &'c self,
        scheme: &str,
        act: &str,
        core: &str,
        library: Library,
        scaled: Option<&'c Scaling>,
    ) -> Option<Cost<'c>> {
        let timed: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.scheme == scheme && row.act == act && row.core == core && row.is_timed())
            .collect();
        let mut fitting: Vec<&Row> = timed.iter().copied().filter(|row| is_of(row.build, library)).collect();
        // A fit with its cost for each message says more than a slope over long messages.
        if besides(scheme) > 0.0 && fitting.iter().any(|row| row.fixed_cycles.is_some()) {
            fitting.retain(|row| row.fixed_cycles.is_some());
        }
        let row = chosen(fitting, library)?;
        let spread = timed
            .iter()
            .map(|other| typical(other) / typical(row))
            .fold((1.0, 1.0), |(low, high): (f64, f64), share| (low.min(share), high.max(share)));
        let factor = scaled.map_or(1.0, |line| line.factor);
        let (fixed, per_byte) = parts(row);
        Some(Cost {
            fixed: factor * fixed,
            per_byte: factor * per_byte,
            stack: row.ram_stack_bytes,
            least_share: row.min_cycles.zip(row.cycles).map(|(least, mean)| least / mean),
            row,
            scaled,
            library,
            spread,
        })
    }

    /// The fewest cycles over the mean of a signature whose time is random, from the first row that has both.
    pub(super) fn least_share(&self, scheme: &str) -> Option<f64> {
        self.rows
            .iter()
            .filter(|row| row.scheme == scheme)
            .find_map(|row| row.min_cycles.zip(row.cycles))
            .map(|(least, mean)| least / mean)
    }

    /// The stack of an operation in the leanest build anywhere, where the row used does not give one [B].
    pub(super) fn least_stack(&self, scheme: &str, act: &str) -> Option<f64> {
        let same = self.rows.iter().filter(|row| row.scheme == scheme && row.act == act);
        same.filter_map(|row| row.ram_stack_bytes).min_by(f64::total_cmp)
    }

    /// The leanest code of a scheme anywhere, where the row used does not give one [B].
    pub(super) fn least_code(&self, scheme: &str) -> Option<f64> {
        let same = self.rows.iter().filter(|row| row.scheme == scheme);
        same.filter_map(|row| row.code_bytes).min_by(f64::total_cmp)
    }
}

/// Cycles for each operation and for each byte.
fn parts(row: &Row) -> (f64, f64) {
    match row.cycles_per_byte {
        None => (row.cycles.unwrap_or_default(), 0.0),
        Some(slope) => (row.fixed_cycles.unwrap_or(besides(&row.scheme) * slope), slope),
    }
}

/// Bytes by which a message is longer to the cipher than to its sender.
fn besides(scheme: &str) -> f64 {
    match (Family::of(scheme), scheme) {
        (Family::Hash, _) => HASH_PADDING,
        // A pass of the bare cipher; its key was expanded when the session began.
        (_, "AES-128" | "AES-192" | "AES-256") => 0.0,
        _ => SEALING,
    }
}

fn typical(row: &Row) -> f64 {
    let (fixed, per_byte) = parts(row);
    fixed + f64::from(TYPICAL) * per_byte
}

const fn is_of(build: Build, library: Library) -> bool {
    match library {
        Library::Best => !matches!(build, Build::Hardware | Build::Masked),
        Library::Portable => matches!(build, Build::Portable | Build::PortableHardware),
        Library::Smallest => matches!(build, Build::Small),
        Library::Hardware => matches!(build, Build::Hardware | Build::PortableHardware),
    }
}

/// Which class may stand in for which, the nearest first.
const fn substitutes(library: Library) -> &'static [Library] {
    use Library::{Best, Hardware, Portable, Smallest};
    match library {
        Best => &[Best, Hardware],
        Portable => &[Portable, Best, Hardware],
        Smallest => &[Smallest, Portable, Best, Hardware],
        Hardware => &[Hardware, Best],
    }
}

/// Of several rows: the fastest, the leanest, or for portable code the middle one; the first of equals.
fn chosen(mut rows: Vec<&Row>, library: Library) -> Option<&Row> {
    rows.sort_by(|a, b| typical(a).total_cmp(&typical(b)));
    match library {
        Library::Best | Library::Hardware => rows.first().copied(),
        Library::Portable => rows.get(rows.len().saturating_sub(1) / 2).copied(),
        Library::Smallest => {
            let weight = |row: &Row| {
                (row.ram_stack_bytes.unwrap_or(f64::INFINITY), row.code_bytes.unwrap_or(f64::INFINITY))
            };
            rows.into_iter().min_by(|a, b| {
                let ((a_stack, a_code), (b_stack, b_code)) = (weight(a), weight(b));
                a_stack.total_cmp(&b_stack).then(a_code.total_cmp(&b_code))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, from rows of primitives.csv.
    #[test]
    fn a_cost_is_its_row() {
        let catalogue = Catalogue::shipped().unwrap();
        let verify = catalogue.cost("ECDSA P-256", "verify", "Cortex-M4", Library::Best).unwrap();
        assert_eq!(
            (verify.cycles(0), verify.row.implementation.as_str()),
            (976_000.0, "Emill P256-Cortex-M4 asm")
        );
        let ascon = catalogue.cost("Ascon-AEAD128", "encrypt", "Cortex-M4", Library::Best).unwrap();
        assert!((ascon.cycles(100) - (2_337.0 + 45.79 * 100.0)).abs() < 1e-9);
        let stack = catalogue.cost("ML-DSA-65", "sign", "Cortex-M4", Library::Smallest).unwrap();
        assert_eq!((stack.cycles(0), stack.stack), (24_421_526.0, Some(6_616.0)));
    }

    #[test]
    fn a_core_without_a_row_is_scaled_from_the_nearest_and_says_so() {
        let catalogue = Catalogue::shipped().unwrap();
        let cost = catalogue.cost("ML-KEM-768", "encaps", "Cortex-A9", Library::Portable).unwrap();
        let line = cost.scaled.unwrap();
        assert_eq!((line.from.as_str(), line.factor), ("Cortex-M4", 0.6));
        assert!((cost.cycles(0) - 0.6 * 1_138_225.0).abs() < 1e-6);
        assert_eq!(cost.confidence(), crate::parameters::Confidence::Assumption);
    }

    #[test]
    fn ccm_is_two_passes_of_aes() {
        let catalogue = Catalogue::shipped().unwrap();
        let pass = catalogue.cost("AES-128", "encrypt", "Cortex-M4", Library::Best).unwrap();
        let ccm = catalogue.cost("AES-128-CCM", "encrypt", "Cortex-M4", Library::Best).unwrap();
        assert!((ccm.per_byte - 2.0 * pass.per_byte).abs() < 1e-9 && ccm.fixed >= 48.0 * pass.per_byte);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let catalogue = Catalogue::shipped().unwrap();
        let error = catalogue.cost("ML-KEM-768", "encaps", "Z80", Library::Best).unwrap_err();
        assert_eq!(error.to_string(), "no cost is known for encaps with ML-KEM-768 on a Z80");
    }
}
