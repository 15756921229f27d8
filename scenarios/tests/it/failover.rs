//! Contract: what a patient's care rests on follows the servers that stand by for each other. When one goes down and
//! another takes over at once, nobody goes without; when none is left, everybody does until one is back.

use scenarios::care;
use scenarios::language::load::{Source, load};
use scenarios::site::ground::Ground;
use scenarios::site::{WINDOW, build};
use sim::fact::{By, CauseId, Charge, Fact};
use sim::luck::Luck;
use sim::message::DeviceId;
use sim::time::{SimTime, Span};
use std::sync::Arc;

const WARD: &str = r#"
title = "Monitors and two central stations"
starts_at = "Mon 08:00"
horizon = "6 h"
[zone.ward]
purdue_level = 1
[fleet]
monitors = { class = "bedside-monitor", zone = "ward", count = 10 }
central = { class = "central-station", zone = "ward", count = 2, work = "failover" }
[flow.waves]
kind = "reading"
from = "monitors"
to = "central"
every = "1 s"
size = "4000 B"
deadline = "2 s"
serves = "monitoring"
as = "stream"
[people.patients]
count = 10
zone = "ward"
needs = [{ function = "monitoring", share = 1.0, from = "monitors" }]
[strategy.none]
"#;

/// Time without monitoring, summed over patients [h]; each central station is down between these hours.
fn lost(down: [(u64, u64); 2]) -> f64 {
    let loaded = load(&Source::text("failover.toml", WARD));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    let mut run =
        build(&Arc::new(loaded.scenario), "none", Luck { seed: 5, replication: 0 }, WINDOW).unwrap();
    let first = run.world.resource::<Ground>().fleet_named("central").unwrap().first;
    let core = run.core_mut();
    let charge = Charge { by: core.names.cause(By::Fault, "broken"), because: CauseId::NONE };
    for (nth, (from, to)) in (0..).zip(down) {
        let unit = core.unit(DeviceId(first.0 + nth));
        for (hour, up) in [(from, false), (to, true)] {
            core.change_at(SimTime::ZERO + Span(hour * Span::HOUR.0), unit, charge, up);
        }
    }
    let mut sum = 0;
    run.run(|facts, core| {
        let monitoring = |fact: &&Fact| core.names.topic_name(fact.topic) == "monitoring";
        let lost = facts.iter().filter(|fact| fact.kind == care::LOST).filter(monitoring);
        sum += lost.map(|fact| fact.amount).sum::<i64>();
    });
    sum as f64 / Span::HOUR.0 as f64
}

#[test]
fn nobody_goes_without_while_a_spare_is_up_and_everybody_while_none_is() {
    assert_eq!(lost([(1, 3), (4, 5)]), 0.0);
    assert_eq!(lost([(1, 4), (3, 5)]), 10.0);
}
