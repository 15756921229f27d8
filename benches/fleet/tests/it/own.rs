//! Contract: what sleeps costs nothing, in work and not only in time; a replication beside another is the replication
//! alone; and the workload with all that a run usually has does have it.

use benches::own::{FULL, Job, build, run, with_sleepers};
use sim::fact::Kind;
use sim::luck::Luck;
use std::collections::BTreeMap;

const LUCK: Luck = Luck { seed: 1, replication: 0 };

/// Windows, rows, messages, visits and stages; and of the books, everything but how many devices there are.
#[test]
fn ten_times_the_sleepers_are_not_a_row_more() {
    let worked = |sleepers| {
        let mut simulation = build(&with_sleepers(sleepers), "none", LUCK).unwrap();
        let counters = run(&mut simulation);
        let core = simulation.core();
        let devices = sim::fact::kind("fleet.devices");
        let kinds: Vec<(Kind, u64, u64)> = core.digest.kinds().filter(|kind| kind.0 != devices).collect();
        // Queues that were touched, and devices that spent anything.
        let touched = core.stations.iter().filter(|station| station.visits > 0).count();
        let spent = core.energy.iter().filter(|spent| **spent > 0).count();
        (counters, kinds, touched, spent)
    };
    let few = worked(10_000);
    assert_eq!(few, worked(100_000));
    assert!(few.0.messages > 600_000);
}

#[test]
fn a_replication_beside_another_is_the_replication_alone() {
    let [one, two] = [1, 2].map(|count| Job::Replications(count).measure().unwrap().digests);
    assert_eq!((one.len(), two.len()), (1, 2));
    assert_eq!(one[0], two[0]);
    assert_ne!(two[0], two[1]);
}

#[test]
fn all_that_a_run_usually_has_is_there() {
    let mut simulation = build(FULL, "usual", LUCK).unwrap();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    simulation.run(|facts, core| {
        for fact in facts {
            *sums.entry(core.kinds.name(fact.kind).unwrap_or("?").to_owned()).or_default() += fact.amount;
        }
    });
    assert!(sums["message.due"] > 600_000);
    for kind in
        ["message.lost", "charge.message-lost", "attempt", "device.taken", "device.isolated", "energy"]
    {
        assert!(sums.get(kind).is_some_and(|sum| *sum != 0), "{kind}: {sums:?}");
    }
    let zones = simulation.core().books.iter().map(|(_, book)| book.by_zone.len());
    assert!(zones.max() >= Some(4), "latencies are kept by zone");
}
