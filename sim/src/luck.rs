//! Luck: every draw is keyed, none is "the next number".
//!
//! A draw is a function of (seed, replication, purpose, entity *by name*, occasion). Two strategies therefore
//! meet the same luck; another fleet's devices shift nobody's; and thread counts cannot matter.
//!
//! Keys are derived by ChaCha8 from the seed, the replication and the purpose's name; the draw itself is a
//! 64-bit counter mix (two rounds of David Stafford's "Mix13" finaliser, as in SplitMix64). The mix is held against
//! a battery of statistical tests, and a run may be audited: then every draw comes from ChaCha8, keyed by the same
//! names, and what the run tells may differ by chance alone.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The 64-bit FNV-1a hash of a name: stable across runs, platforms and compilers.
pub const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

/// The SplitMix64 finaliser: a bijection of 64-bit words in which every input bit reaches every output bit.
pub const fn mix(mut x: u64) -> u64 {
    x ^= x >> 30;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The name of the `ordinal`-th member of a group (a fleet's device, a group's person), as a hash.
pub const fn member(group: u64, ordinal: u64) -> u64 {
    mix(group.wrapping_add(ordinal.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// An occasion made of several parts, such as (slot, hop, attempt).
pub const fn occasion(parts: &[u64]) -> u64 {
    let mut acc = 0_u64;
    let mut i = 0;
    while i < parts.len() {
        acc = mix(acc.wrapping_mul(GOLDEN) ^ parts[i].wrapping_add(GOLDEN));
        i += 1;
    }
    acc
}

/// The number in the open interval (0, 1) that 64 drawn bits stand for.
pub(crate) fn unit(drawn: u64) -> f64 {
    ((drawn >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// The luck of one run: where every draw's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Luck {
    /// The experiment's seed.
    pub seed: u64,
    /// Which replication of the experiment this is.
    pub replication: u64,
}

/// Where the keys of a run's draws come from: its luck, and by what means draws are made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The run's luck.
    pub luck: Luck,
    /// Whether each draw comes from ChaCha8 instead of the mix.
    pub audit: bool,
}

impl From<Luck> for Keys {
    fn from(luck: Luck) -> Self {
        Self { luck, audit: false }
    }
}

impl Keys {
    /// The draws for `purpose` (for example `"latency"`).
    pub fn purpose(self, purpose: &str) -> Draws {
        let draws = self.luck.purpose(purpose);
        if self.audit { Draws { step: AUDITED, ..draws } } else { draws }
    }
}

/// How far apart occasions lie in what is mixed; of draws that another program can make as well, it is [`GOLDEN`].
const STEP: u64 = 0xD6E8_FEB8_6659_FD93;
/// Where nothing is mixed, and each draw comes from ChaCha8.
const AUDITED: u64 = 0;

/// Draws for one purpose: a key, how far apart occasions lie, and nothing that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    key: u64,
    step: u64,
}

/// The first 64 bits of the ChaCha8 stream of these four words.
fn chacha(words: [u64; 4]) -> u64 {
    let mut key = [0_u8; 32];
    for (place, word) in key.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key).next_u64()
}

impl Luck {
    /// The draws for `purpose` (for example `"latency"`).
    pub fn purpose(self, purpose: &str) -> Draws {
        let key = chacha([self.seed, self.replication, name_hash(purpose), 0]);
        Draws { key, step: STEP }
    }
}

impl Draws {
    /// Draws that another program can make as well: `mix((entity << 32 + occasion) * golden + key)`, with an
    /// ordinal for the entity and a slot's number for the occasion.
    pub const fn raw(key: u64) -> Self {
        Self { key, step: GOLDEN }
    }

    /// Whether another program can make the same.
    pub const fn is_raw(self) -> bool {
        self.step == GOLDEN
    }

    /// What all draws for `entity` (a name's hash) begin with.
    #[inline]
    pub(crate) fn base(self, entity: u64) -> u64 {
        match self.step {
            GOLDEN => (entity << 32).wrapping_mul(GOLDEN).wrapping_add(self.key),
            AUDITED => entity,
            _ => mix(self.key ^ entity.wrapping_mul(GOLDEN)),
        }
    }

    /// The 64 bits drawn on `occasion` for an entity whose draws begin so.
    #[inline(always)]
    pub(crate) fn draw(self, base: u64, occasion: u64) -> u64 {
        if self.step == AUDITED {
            return self.audited(base, occasion);
        }
        mix(base.wrapping_add(occasion.wrapping_mul(self.step)))
    }

    /// Whether draws are mixed, not audited.
    pub(crate) const fn are_mixed(self) -> bool {
        self.step != AUDITED
    }

    /// The 64 bits drawn on an occasion, where draws are mixed.
    #[inline(always)]
    pub(crate) const fn mixed(self, base: u64, occasion: u64) -> u64 {
        mix(base.wrapping_add(occasion.wrapping_mul(self.step)))
    }

    #[cold]
    fn audited(self, entity: u64, occasion: u64) -> u64 {
        // The fourth word sets these streams apart from those that keys come from.
        chacha([self.key, entity, occasion, 1])
    }

    /// The 64 bits drawn for `entity` (a name's hash) on `occasion`.
    #[inline]
    pub fn bits(self, entity: u64, occasion: u64) -> u64 {
        self.draw(self.base(entity), occasion)
    }

    /// A number in the open interval (0, 1): never an end, so that every law's quantile is finite.
    pub fn unit(self, entity: u64, occasion: u64) -> f64 {
        unit(self.bits(entity, occasion))
    }

    /// Whether something of this `probability` happens.
    pub fn chance(self, probability: f64, entity: u64, occasion: u64) -> bool {
        self.unit(entity, occasion) < probability
    }

    /// A whole number below `n` (0 for `n` = 0).
    pub fn below(self, n: u64, entity: u64, occasion: u64) -> u64 {
        ((self.bits(entity, occasion) as u128 * n as u128) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let luck = Luck { seed: 42, replication: 3 };
        let draws = luck.purpose("latency");
        assert_eq!(draws, luck.purpose("latency"));
        assert_ne!(draws, luck.purpose("loss"));
        assert_ne!(draws, Luck { replication: 4, ..luck }.purpose("latency"));
        assert_ne!(draws.bits(1, 2), draws.bits(2, 1));
    }

    /// Chi-square over 256 cells of the top byte, along entities and along occasions; the bounds are the
    /// 1e-6 tails of chi-square with 255 degrees of freedom (145.7 and 381.2 by the Wilson-Hilferty form).
    #[test]
    fn draws_fill_their_range_evenly_along_both_keys() {
        let draws = Luck { seed: 7, replication: 0 }.purpose("test");
        for along_entity in [true, false] {
            let mut cells = [0_u32; 256];
            for i in 0..65_536 {
                let bits = if along_entity { draws.bits(i, 9) } else { draws.bits(9, i) };
                cells[(bits >> 56) as usize] += 1;
            }
            let chi: f64 =
                cells.iter().map(|&n| (f64::from(n) - 256.0) * (f64::from(n) - 256.0) / 256.0).sum();
            assert!((145.7..381.2).contains(&chi), "{chi}");
        }
    }

    #[test]
    fn neighbours_are_not_correlated() {
        let draws = Luck { seed: 7, replication: 0 }.purpose("test");
        let n = 100_000;
        let product: f64 =
            (0..n).map(|i| (draws.unit(i, 0) - 0.5) * (draws.unit(i + 1, 0) - 0.5) * 12.0).sum::<f64>()
                / n as f64;
        // The sum's standard error is 1/sqrt(n) = 0.0032; five of them.
        assert!(product.abs() < 0.016, "{product}");
    }
}
