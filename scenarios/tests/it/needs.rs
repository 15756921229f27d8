//! Contract: whoever needs something for a while at a time needs it for the stated share of the time, from the first
//! hour on. A run begins in the stationary state of an alternating renewal process, in which the share does not move.

use scenarios::care;
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use scenarios::site::{WINDOW, build};
use sim::fact::Fact;
use sim::luck::Luck;
use sim::time::Span;
use std::sync::Arc;

const PATIENTS: f64 = 3000.0;
const SHARE: f64 = 0.3;

/// Nothing is short and nothing breaks; a tail as heavy as the hospital's.
const WARD: &str = r#"
title = "Many patients"
starts_at = "Mon 08:00"
horizon = "1 day"
[zone.ward]
purdue_level = 1
[fleet]
pumps = { class = "infusion-pump", zone = "ward", count = 4000 }
[people.patients]
count = 3000
zone = "ward"
needs = [{ function = "infusion", share = 0.3, from = "pumps",
  lasts = { law = "lognormal", median = "5 h", p99 = "72 h" } }]
[strategy.none]
"#;

/// Time in need until the horizon, summed over the patients [s].
fn needed(hours: u64) -> f64 {
    let loaded = load(&Source::text("needs.toml", WARD));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    let scenario = Arc::new(Scenario { horizon: Time(Span(hours * Span::HOUR.0)), ..loaded.scenario });
    let mut sum = 0;
    build(&scenario, "none", Luck { seed: 3, replication: 0 }, WINDOW).unwrap().run(|facts, core| {
        let infusion = |fact: &&Fact| core.names.topic_name(fact.topic) == "infusion";
        sum += facts
            .iter()
            .filter(|fact| fact.kind == care::NEEDED)
            .filter(infusion)
            .map(|fact| fact.amount)
            .sum::<i64>();
    });
    sum as f64 / 1e9
}

#[test]
fn the_share_in_need_is_the_stated_one_in_every_quarter_of_the_day() {
    // Three standard errors of the count at one instant.
    let bound = 3.0 * (SHARE * (1.0 - SHARE) / PATIENTS).sqrt();
    for quarter in 0..4 {
        let share = (needed(6 * quarter + 6) - if quarter == 0 { 0.0 } else { needed(6 * quarter) })
            / (PATIENTS * 21_600.0);
        println!("quarter {quarter}: {share}");
        assert!((share - SHARE).abs() < bound, "quarter {quarter}: {share} for {SHARE}");
    }
}
