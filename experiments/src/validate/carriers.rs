//! Airtime through a run: what transmitters of the shipped stations send in two days, against Semtech's formula on paper.

use super::{Effort, interrupted, simulate};
use crate::compare::Progress;
use crate::error::ExperimentError;
use devices::check::Check;
use reports::facts::AIRTIME;
use scenarios::language::load::{Source, load};
use std::collections::BTreeMap;
use std::sync::Arc;

const AREA: &str = "crypto";
const SCENARIO: &str = "crypto-placement-buoys";
const THROUGH: &str = "experiments::run on `crypto-placement-buoys`, strategy none, no campaign";
const SOURCE: &str =
    "Semtech AN1200.13 on paper; 25 B at SF12 is as long as the join request of 23 B, 1,482.752 ms";

/// A fleet, and seconds on air a day: 96 reports of 12 and of 40 bytes with 13 of header, at SF12 and SF9.
const EXPECTED: [(&str, &str, f64); 2] =
    [("R-air-sf12", "nodes", 96.0 * 1.482_752), ("R-air-sf9", "stations", 96.0 * 0.328_704)];

/// Seconds on air of a device and day; a device that is down for a while sends less, which the bound allows for.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut scenario = load(&Source::Shipped(SCENARIO.to_owned())).scenario;
    scenario.campaigns.clear();
    let scenario = Arc::new(scenario);
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    (effort.progress)(Progress::Planned(1));
    simulate(AREA, &scenario, 0, effort, &mut |facts, core| {
        for fact in facts.iter().filter(|fact| fact.kind == AIRTIME) {
            let who = core.names.who(fact.who);
            let fleet = who.split('/').next().unwrap_or_default().to_owned();
            *sums.entry(fleet).or_default() += fact.amount;
        }
    })?;
    let days = scenario.horizon.0.seconds() / 86_400.0;
    let row = |&(id, fleet, expected): &(&str, &str, f64)| {
        let Some((_, described)) = scenario.fleets.iter().find(|(name, _)| *name == fleet) else {
            return Err(interrupted(AREA, "a fleet of the shipped scenario is gone"));
        };
        let devices = f64::from(described.count());
        let got = sums.get(fleet).copied().unwrap_or_default() as f64 / 1e6 / devices / days;
        let what = format!("time on air of {fleet}, per device and day [s]");
        Ok(Check::relative(AREA, id, &what, (got, expected), 0.02).from(SOURCE).through(THROUGH))
    };
    EXPECTED.iter().map(row).collect()
}
