//! Contract: the window's length, a pause, another fleet and a second run change no bit of the digest.

use crate::ward::{PLAIN, Setting, build};
use sim::kinds::LATENCY;
use sim::time::{SimTime, Span};

fn digest(setting: Setting) -> u64 {
    let mut simulation = build(setting);
    simulation.run(|_, _| ());
    simulation.core().digest.whole()
}

const FULL: Setting = Setting { sessions: true, ..PLAIN };

#[test]
fn the_window_length_changes_no_bit() {
    let reference = digest(FULL);
    for shift in [16, 24, 26, 30, 34, 45] {
        assert_eq!(digest(Setting { shift, ..FULL }), reference, "windows of 2^{shift} ns");
    }
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    assert_eq!(digest(FULL), digest(FULL));
    assert_ne!(digest(FULL), digest(Setting { seed: 43, ..FULL }));
}

#[test]
fn a_strange_fleet_shifts_nobodys_luck() {
    assert_eq!(digest(FULL), digest(Setting { stranger: true, ..FULL }));
}

#[test]
fn a_pause_changes_no_bit() {
    let mut simulation = build(FULL);
    for at in [7, 20, 900, 1801] {
        while simulation.step(SimTime::ZERO + Span(at * Span::SECOND.0)) {}
    }
    simulation.run(|_, _| ());
    assert_eq!(simulation.core().digest.whole(), digest(FULL));
}

#[test]
fn facts_come_in_the_order_of_time() {
    let mut last = SimTime::ZERO;
    build(FULL).run(|facts, _| {
        for fact in facts {
            assert!(fact.at >= last);
            last = fact.at;
        }
    });
}

#[test]
fn whether_anybody_listens_to_each_message_changes_no_bit_and_no_sum() {
    let run = |told| {
        let mut simulation = build(FULL);
        simulation.core_mut().books.told = told;
        let mut sums = std::collections::BTreeMap::new();
        simulation.run(|facts, _| {
            for fact in facts.iter().filter(|fact| fact.kind != LATENCY) {
                *sums.entry((fact.kind, fact.topic)).or_insert(0) += fact.amount;
            }
        });
        (simulation.core().digest.whole(), sums)
    };
    assert_eq!(run(true), run(false));
}
