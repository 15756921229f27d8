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
/// A run takes more under one strategy than under another, by about so much.
const MARGIN: u64 = 4;

/// How much memory a run takes, and what the program holds besides [B].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// A run, at its peak.
    pub run: u64,
    /// Everything else.
    pub besides: u64,
    /// Whether that was measured at a run; otherwise it is estimated from the scenario.
    pub measured: bool,
}

impl Need {
    /// How many runs at once a budget allows, of so many wanted; at least one.
    pub fn fit(&self, budget: u64, wanted: usize) -> usize {
        let each = self.run + self.run / MARGIN;
        let room = budget.saturating_sub(self.besides) / each.max(1);
        wanted.min(usize::try_from(room).unwrap_or(usize::MAX)).max(1)
    }

    /// Whether not even one run fits.
    pub const fn exceeds(&self, budget: u64) -> bool {
        self.besides.saturating_add(self.run) > budget
    }
}

/// What the program holds before a run begins, so that its peak tells what the run took.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    resident: Option<u64>,
    estimate: u64,
}

impl Before {
    /// Now, with a run of this scenario to come.
    pub fn run(scenario: &Scenario) -> Self {
        Self { resident: own_memory("VmRSS:"), estimate: RUN + DEVICE * scenario.devices() }
    }

    /// What the first run of this program took, now that it is over.
    pub fn need(self) -> Need {
        match (self.resident, own_memory("VmHWM:")) {
            (Some(besides), Some(peak)) if peak > besides => {
                Need { run: peak - besides, besides, measured: true }
            }
            (besides, _) => Need { run: self.estimate, besides: besides.unwrap_or(0), measured: false },
        }
    }
}

fn free_memory() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

fn own_memory(name: &str) -> Option<u64> {
    kilobytes("/proc/self/status", name)
}

fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
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

    #[test]
    fn a_budget_lowers_the_number_of_runs_at_once_and_never_to_none() {
        let need = Need { run: 100, besides: 50, measured: true };
        let at_once = [60, 175, 300, 301, 800, 10_000].map(|budget| need.fit(budget, 6));
        assert_eq!(at_once, [1, 1, 2, 2, 6, 6]);
        assert!(need.exceeds(149) && !need.exceeds(150));
    }
}
