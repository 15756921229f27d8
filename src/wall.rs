//! The wall clock of `--timings`.

#![expect(clippy::disallowed_types, reason = "seconds of this machine are told beside a result, never in it")]

use std::sync::LazyLock;
use std::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the first reading.
pub fn nanoseconds() -> u64 {
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
