//! Contract: losses and charges are two independent computations that agree exactly; a charge dropped or doubled
//! is found, and by its name. And what is due is accounted for to the last message.

use crate::ward::{PLAIN, Setting, build};
use sim::fact::{By, Fact, Kind};
use sim::kinds::*;
use sim::route::Toll;
use sim::time::Span;
use std::collections::BTreeMap;

fn facts(setting: Setting) -> Vec<Fact> {
    let mut all = Vec::new();
    build(setting).run(|facts, _| all.extend_from_slice(facts));
    all
}

fn sum(facts: &[Fact], kind: Kind) -> i64 {
    facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.amount).sum()
}

/// Loss against charge, in millionths of a message; gives the names of the losses that do not agree.
fn disagreements(facts: &[Fact]) -> Vec<&'static str> {
    let pairs = [("lost", LOST, CHARGE_LOST), ("unsent", UNSENT, CHARGE_UNSENT), ("late", LATE, CHARGE_LATE)];
    let mut names = Vec::new();
    for (name, loss, charges) in pairs {
        let charged: i64 = charges.iter().map(|&kind| sum(facts, kind)).sum();
        if sum(facts, loss) * MILLIONTHS as i64 != charged {
            names.push(name);
        }
    }
    names
}

fn strained() -> Setting {
    // The access point is close to saturation and a control adds bytes: some messages are late.
    let mut names = build(PLAIN);
    let cause = crate::ward::control(names.core_mut());
    let toll = Toll { bytes: 400, cpu: 300_000, ..Toll::free(cause) };
    Setting { toll: Some(toll), sessions: true, service: Span::millis(30), ..PLAIN }
}

#[test]
fn losses_equal_charges_exactly() {
    let all = facts(strained());
    assert!(sum(&all, LATE) > 100 && sum(&all, LOST) > 100 && sum(&all, UNSENT) > 10);
    assert_eq!(disagreements(&all), Vec::<&str>::new());
}

#[test]
fn a_charge_dropped_or_doubled_is_found_by_name() {
    let all = facts(strained());
    for (name, kinds) in [("lost", CHARGE_LOST), ("unsent", CHARGE_UNSENT), ("late", CHARGE_LATE)] {
        let at = all.iter().position(|fact| kinds.contains(&fact.kind)).unwrap();
        let mut dropped = all.clone();
        dropped.remove(at);
        assert_eq!(disagreements(&dropped), [name]);
        let mut doubled = all.clone();
        doubled.push(all[at]);
        assert_eq!(disagreements(&doubled), [name]);
    }
}

#[test]
fn every_message_that_was_due_is_accounted_for() {
    let all = facts(strained());
    let known: i64 = [IN_TIME, LATE, LOST, UNSENT, IN_FLIGHT].iter().map(|&kind| sum(&all, kind)).sum();
    assert_eq!(sum(&all, DUE), known);
}

#[test]
fn every_charge_has_a_cause() {
    let mut simulation = build(strained());
    let mut by: BTreeMap<By, i64> = BTreeMap::new();
    simulation.run(|facts, core| {
        for fact in facts.iter().filter(|fact| CHARGE_LOST.contains(&fact.kind)) {
            let cause = core.names.cause_of(fact.charge.by).expect("a charge without a cause");
            *by.entry(cause.by).or_default() += fact.amount;
        }
    });
    assert_eq!(by.keys().copied().collect::<Vec<_>>(), [By::Fault, By::Planned, By::Environment]);
}
