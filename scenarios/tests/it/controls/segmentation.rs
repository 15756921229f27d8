//! Segmentation: conduits pass what their list permits, and what the list forgets is lost.

use super::{Trick, attack, begin, charged, device, finish, held, of_flow, place};
use sim::kinds::{CHARGE_LOST, DUE, LATENCY, LOST};
use sim::time::Span;

const STRATEGIES: &str = r#"
[strategy.guarded]
segmentation = [{ on = "zones", misrules = 0.0 }]
[strategy.careless]
segmentation = [{ on = "zones", misrules = 1.0 }]
[strategy.slow]
segmentation = [{ on = "zones", misrules = 0.0, takes = "3 ms" }]
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

/// Every message that crosses waits for the firewall: at this load hardly ever for each other.
#[test]
fn inspection_adds_its_time_to_what_crosses() {
    let place = place(STRATEGIES);
    let latency = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        of_flow(&run, &facts, LATENCY, "order") as f64
            / facts
                .iter()
                .filter(|fact| fact.kind == LATENCY && run.core().names.topic_name(fact.topic) == "order")
                .count() as f64
    };
    let added = latency("slow") - latency("none");
    assert!((added - 3e6).abs() < 3e4, "{added} ns");
}
