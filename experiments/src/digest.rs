//! Digests of runs and of comparisons as they are written: sixteen hex digits.

use sim::core::Core;
use sim::luck::{mix, name_hash};
use std::collections::BTreeMap;

/// As it is written.
pub fn shown(digest: u64) -> String {
    format!("{digest:016x}")
}

/// A run's digest per kind of fact, by the kind's name, so that a difference names its culprit.
pub fn by_kind(core: &Core) -> BTreeMap<String, String> {
    let named = |(kind, ..): (sim::fact::Kind, u64, u64)| {
        let name = core.kinds.name(kind).map_or_else(|| format!("{kind:?}"), str::to_owned);
        (name, shown(core.digest.of(kind).unwrap_or_default()))
    };
    core.digest.kinds().map(named).collect()
}

/// The digest of several runs, each given by (replication, strategy, digest); their order does not matter.
pub fn of_runs<'r>(runs: impl Iterator<Item = (u64, &'r str, &'r str)>) -> String {
    let mut all: Vec<_> = runs.collect();
    all.sort_unstable();
    let step = |acc, (replication, strategy, digest): (u64, &str, &str)| {
        mix(mix(mix(acc ^ replication) ^ name_hash(strategy)) ^ name_hash(digest))
    };
    shown(all.into_iter().fold(0, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_runs_does_not_matter_and_which_strategy_had_which_does() {
        let (a, b) = ((0, "none", "1f"), (0, "zoned", "2e"));
        assert_eq!(of_runs([a, b].into_iter()), of_runs([b, a].into_iter()));
        assert_ne!(of_runs([a, b].into_iter()), of_runs([(0, "none", "2e"), (0, "zoned", "1f")].into_iter()));
        assert_eq!(of_runs([a].into_iter()).len(), 16);
    }
}
