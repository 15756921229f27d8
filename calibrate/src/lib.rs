//! What the cryptography of published Rust crates costs on this machine, and how large its keys are.
//!
//! # Differs from the real thing
//! One thread, caches warm, nothing else at work: the fastest of several batches is kept, since a shared machine only
//! ever adds time. A signature that tries until it succeeds is measured over many messages, and its mean is kept.

mod kem;
mod sealing;
mod signature;

use std::hint::black_box;

/// The clock of whoever measures: nanoseconds since some instant.
pub type Clock = fn() -> u64;

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The scheme, as the catalogue names it.
    pub scheme: &'static str,
    /// What is done.
    pub act: &'static str,
    /// The crate.
    pub code: &'static str,
    /// Once [ns].
    pub fixed: f64,
    /// For each byte of the message [ns]; none where there is no message to speak of.
    pub per_byte: Option<f64>,
    /// The fastest that was seen, where the time is random [ns].
    pub least: Option<f64>,
}

/// Real sizes of a scheme [B]; none where it has no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The scheme, as the catalogue names it.
    pub scheme: &'static str,
    /// Public key.
    pub public_key: Option<usize>,
    /// Secret key, as the standard encodes it.
    pub secret_key: Option<usize>,
    /// Ciphertext, signature or share.
    pub reply: Option<usize>,
    /// Shared secret or tag.
    pub shared: Option<usize>,
}

/// What cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not take its own key or message", self.0)
    }
}

impl std::error::Error for Refused {}

/// Measures everything.
///
/// # Errors
/// When a crate refuses its own key or message.
pub fn measure(clock: Clock) -> Result<Vec<Measured>, Refused> {
    let mut all = kem::measure(clock)?;
    all.extend(signature::measure(clock)?);
    all.extend(sealing::measure(clock)?);
    Ok(all)
}

/// The real size of everything.
///
/// # Errors
/// When a crate refuses its own key or message.
pub fn sizes() -> Result<Vec<Sizes>, Refused> {
    let mut all = kem::sizes();
    all.extend(signature::sizes()?);
    all.extend(sealing::sizes()?);
    Ok(all)
}

/// How long a batch lasts at least [ns].
const BATCH: u64 = 2_000_000;
/// How many batches of which the fastest is kept.
const BATCHES: usize = 7;

/// The time of one call [ns]: the fastest of some batches, each long enough for the clock.
fn fastest<T>(clock: Clock, mut work: impl FnMut() -> T) -> f64 {
    let mut work = || {
        black_box(work());
    };
    let mut calls: u64 = 1;
    loop {
        let start = clock();
        (0..calls).for_each(|_| work());
        let took = clock() - start;
        if took >= BATCH {
            break;
        }
        calls = (calls * BATCH / took.max(1)).clamp(calls + 1, calls * 100);
    }
    let batch = |_| {
        let start = clock();
        (0..calls).for_each(|_| work());
        (clock() - start) as f64 / calls as f64
    };
    (0..BATCHES).map(batch).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use devices::crypto::scheme;

    /// The sizes that simulations use are those of real code.
    #[test]
    fn real_keys_and_signatures_are_as_long_as_the_table_says() {
        let sizes = sizes().unwrap();
        assert!(sizes.len() >= 14);
        for real in sizes {
            let table = scheme::size(real.scheme).unwrap().unwrap_or_else(|| panic!("{real:?}"));
            let same = |of: Option<usize>, listed: Option<u32>| {
                of.is_none() || of.map(|bytes| bytes as u32) == listed
            };
            assert!(same(real.public_key, table.public_key), "{real:?} {table:?}");
            assert!(same(real.secret_key, table.secret_key), "{real:?} {table:?}");
            assert!(same(real.reply, table.ciphertext_or_signature), "{real:?} {table:?}");
            assert!(same(real.shared, table.shared_secret_or_tag), "{real:?} {table:?}");
        }
    }

    /// A clock that counts its readings: a batch is as long as the clock says, so the time of a call is positive and
    /// finite whatever the machine.
    #[test]
    fn the_fastest_batch_is_kept() {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NOW: AtomicU64 = AtomicU64::new(0);
        fn clock() -> u64 {
            NOW.load(Ordering::Relaxed)
        }
        let took = fastest(clock, || {
            NOW.fetch_add(1_000, Ordering::Relaxed);
        });
        assert!((took - 1_000.0).abs() < 1e-9, "{took}");
    }
}
