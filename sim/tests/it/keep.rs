//! Contract: a run that goes on from what was kept of it at any instant is the uninterrupted run: every digest, every
//! sum, every counter. Time after the snapshot is all that is worked again.

use crate::ward::{PLAIN, Queue, Setting, build, control};
use proptest::prelude::*;
use sim::core::Core;
use sim::fact::{Fact, Kind};
use sim::keep::{self, KeepError, Kept};
use sim::route::Toll;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// What a run leaves: digests, sums of facts, and how much was worked.
#[derive(Debug, PartialEq)]
struct Left {
    digests: Vec<(Kind, u64, u64)>,
    sums: BTreeMap<(Kind, u16), i64>,
    energy: u64,
    visits: u64,
    messages: u64,
}

fn left(core: &Core, sums: BTreeMap<(Kind, u16), i64>) -> Left {
    Left {
        digests: core.digest.kinds().collect(),
        sums,
        energy: core.energy.iter().sum(),
        visits: core.counters().visits,
        messages: core.counters().messages,
    }
}

fn count(sums: &mut BTreeMap<(Kind, u16), i64>, facts: &[Fact]) {
    facts.iter().for_each(|fact| *sums.entry((fact.kind, fact.topic.0)).or_default() += fact.amount);
}

fn until(simulation: &mut Simulation, at: SimTime, sums: &mut BTreeMap<(Kind, u16), i64>) {
    while simulation.step(at) {
        count(sums, simulation.facts());
    }
}

/// A run that is kept and taken up anew at each of these times.
fn in_pieces(setting: Setting, times: &[u64]) -> Left {
    let mut sums = BTreeMap::new();
    let mut simulation = build(setting);
    for &at in times {
        until(&mut simulation, SimTime(at), &mut sums);
        let bytes = keep::write("a ward", &simulation.core().keep().unwrap()).unwrap();
        simulation = build(setting);
        simulation.core_mut().lay(&keep::read::<Kept>("a ward", &bytes).unwrap()).unwrap();
    }
    simulation.run(|facts, _| count(&mut sums, facts));
    left(simulation.core(), sums)
}

fn whole(setting: Setting) -> Left {
    in_pieces(setting, &[])
}

const HOUR: u64 = Span::HOUR.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn going_on_from_any_instant_changes_nothing(
        seed in 0_u64..1000,
        shift in 20_u32..36,
        sessions: bool,
        mut times in proptest::collection::vec(0_u64..HOUR, 1..4),
        slow: bool,
        queue in prop_oneof![Just(Queue::InTurn), Just(Queue::ByRank), Just(Queue::Shared)],
    ) {
        times.sort_unstable();
        let service = Span::millis(if slow { 60 } else { 4 });
        let setting = Setting { seed, shift, sessions, service, queue, ..PLAIN };
        prop_assert_eq!(in_pieces(setting, &times), whole(setting));
    }
}

/// The instants at which most is under way: a reboot, the failure of the access point, and its return.
#[test]
fn going_on_amid_reboots_failures_and_handshakes_changes_nothing() {
    let by = control(build(PLAIN).core_mut());
    let toll = Some(Toll { bytes: 40, cpu: 3_000_000, ..Toll::free(by) });
    let setting = Setting { sessions: true, toll, ..PLAIN };
    let expected = whole(setting);
    let last = [HOUR - 1, HOUR - 2_000_000, HOUR - 20_000_000];
    for at in last {
        assert_eq!(in_pieces(PLAIN, &[at]), whole(PLAIN), "{at}");
    }
    for at in [1, 600_000_000_000, 600_000_000_001, 660_004_000_000, 1_000_500_000_000, 1_090_700_000_001] {
        assert_eq!(in_pieces(setting, &[at]), expected, "{at}");
    }
}

#[test]
fn what_is_kept_of_another_world_does_not_fit() {
    let mut one = build(PLAIN);
    while one.step(SimTime(HOUR / 2)) {}
    let kept = one.core().keep().unwrap();
    let mut other = build(Setting { stranger: true, ..PLAIN });
    assert!(matches!(other.core_mut().lay(&kept), Err(KeepError::Differs { .. })));
}
