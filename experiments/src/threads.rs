//! How many runs may go on at once without exhausting this machine's memory.

use scenarios::language::Scenario;

/// Memory of a run besides its devices [B]: the wheel, histograms of latencies, results. An estimate on the safe
/// side: a whole day of 5,000 devices was measured to take 36 MiB, the program's own tables included.
const RUN: u64 = 64 * 1024 * 1024;

/// Memory of a run per device [B]; likewise.
const DEVICE: u64 = 16 * 1024;

/// As many runs as there are cores, and no more than three quarters of the free memory hold by estimate; at least
/// one, and never more than `wanted` where something is.
pub fn how_many(scenario: &Scenario, wanted: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let each = RUN + DEVICE * scenario.devices();
    let room =
        free_memory().map_or(usize::MAX, |free| usize::try_from(free / 4 * 3 / each).unwrap_or(usize::MAX));
    wanted.unwrap_or(cores).min(room).max(1)
}

/// Memory that could be had without swapping [B]; unknown where the system does not say.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_thread_and_never_more_than_wanted() {
        let scenario = Scenario::default();
        assert!(how_many(&scenario, None) >= 1);
        assert_eq!(how_many(&scenario, Some(1)), 1);
    }
}
