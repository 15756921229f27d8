//! Segmentation: conduits pass what their list permits, and what the list forgets is lost.

use super::{Trick, attack, begin, charged, declared_place, device, finish, held, of_flow, place};
use sim::fact::{By, Fact};
use sim::kinds::{CHARGE_LOST, DUE, LATENCY, LOST};
use sim::time::Span;

const STRATEGIES: &str = r#"
[strategy.guarded]
segmentation = [{ on = "zones", misrules = 0.0 }]
[strategy.careless]
segmentation = [{ on = "zones", misrules = 1.0 }]
[strategy.slow]
segmentation = [{ on = "zones", misrules = 0.0, takes = "3 ms" }]
[strategy.far]
segmentation = [{ on = "zones", misrules = 0.0, takes = "30 s" }]
[strategy.narrow]
segmentation = [{ on = "zones", misrules = 0.0, takes = "0 s", throughput = "1 Mbit/s" }]
[strategy.narrower]
segmentation = [{ on = "zones", misrules = 0.0, takes = "0 s", throughput = "16 kbit/s" }]
"#;

#[test]
fn an_adversary_crosses_an_open_conduit_and_is_stopped_at_a_guarded_one() {
    let place = place(STRATEGIES);
    for (strategy, crosses) in [("none", true), ("guarded", false)] {
        let mut run = begin(&place, strategy);
        let ends = [device(&run, "desks", 0), device(&run, "pumps", 0)];
        attack(&mut run, Trick::Command, ends, &[Span::HOUR]);
        finish(&mut run);
        assert_eq!(held(&run, ends[1]), crosses, "{strategy}");
    }
}

/// The firewall cannot tell a call from the fleet that makes it every day.
#[test]
fn an_attempt_between_the_ends_of_a_declared_flow_passes() {
    let mut run = begin(&place(STRATEGIES), "guarded");
    let ends = [device(&run, "pump-server", 0), device(&run, "pumps", 0)];
    attack(&mut run, Trick::Command, ends, &[Span::HOUR]);
    finish(&mut run);
    assert!(held(&run, ends[1]));
}

#[test]
fn what_is_not_on_the_list_is_lost_to_segmentation_messages_and_streams_alike() {
    let place = place(STRATEGIES);
    let mut run = begin(&place, "guarded");
    let facts = finish(&mut run);
    for flow in ["export", "mirror"] {
        let due = of_flow(&run, &facts, DUE, flow);
        assert!(due > 0, "{flow}");
        assert_eq!(of_flow(&run, &facts, LOST, flow), due, "{flow}");
    }
    let lost = of_flow(&run, &facts, LOST, "export") + of_flow(&run, &facts, LOST, "mirror");
    assert_eq!(charged(&run, &facts, &CHARGE_LOST, "segmentation", None), lost * 1_000_000);
    assert_eq!(of_flow(&run, &facts, LOST, "waves"), 0);
}

/// The first order that is missed is looked into for an hour, by one person with three rules to correct.
#[test]
fn a_rule_that_blocks_a_permitted_flow_does_so_until_somebody_has_corrected_it() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        (of_flow(&run, &facts, LOST, "status"), of_flow(&run, &facts, DUE, "status"))
    };
    let (without, _) = lost("guarded");
    let (with, due) = lost("careless");
    assert!(with > without, "{with} {without}");
    // Four rules at most (status, order, set-points and the first of them) keep one person busy for four hours.
    assert!(with <= due * 4 / 24 + 24, "{with} of {due}");
}

/// The mean latency of a flow [ns].
fn latency(strategy: &str, flow: &str) -> f64 {
    let mut run = begin(&place(STRATEGIES), strategy);
    let facts = finish(&mut run);
    let of_flow = |fact: &&Fact| fact.kind == LATENCY && run.core().names.topic_name(fact.topic) == flow;
    let all: Vec<i64> = facts.iter().filter(of_flow).map(|fact| fact.amount).collect();
    all.iter().sum::<i64>() as f64 / all.len() as f64
}

/// Every message that crosses is held up by the firewall, at this load hardly ever by each other.
#[test]
fn inspection_adds_its_time_to_what_crosses() {
    let added = latency("slow", "order") - latency("none", "order");
    assert!((added - 3e6).abs() < 3e4, "{added} ns");
}

/// Twelve of 24 devices' reports a minute are always under way, and none waits for another.
#[test]
fn what_a_firewall_adds_to_a_message_it_does_not_add_to_the_next() {
    let added = latency("far", "status") - latency("none", "status");
    assert!((added / 30e9 - 1.0).abs() < 0.001, "{added} ns");
}

/// 1,200 B and what a packet takes besides, 700 B, at a million bits a second.
#[test]
fn a_firewall_looks_at_one_message_after_the_other_at_its_throughput() {
    let added = latency("narrow", "order") - latency("none", "order");
    let own = 1900.0 * 8.0 * 1e3;
    assert!(added >= own && added < 1.05 * own, "{added} ns for {own}");
}

/// A stream of 900 B and a packet's 700 B a second asks for 12.8 of 16 kbit/s; blocked, for nothing.
#[test]
fn streams_take_their_share_of_a_firewall_unless_its_list_blocks_them() {
    for (place, expected) in [(declared_place(STRATEGIES), Some(800_000_000)), (place(STRATEGIES), None)] {
        let mut run = begin(&place, "narrower");
        let cause = run.core_mut().names.cause(By::Control, "segmentation");
        let added = run
            .core()
            .stations
            .iter()
            .filter_map(|station| station.background().cloned())
            .flat_map(|held| Vec::from(held.added));
        let shares: Vec<u64> = added.filter(|share| share.0 == cause).map(|share| share.1).collect();
        assert_eq!(shares, Vec::from_iter(expected), "{shares:?}");
    }
}
