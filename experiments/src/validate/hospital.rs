//! The shipped hospital against what real ones report: ordinary days, and two hundred years of faults and outages.
//!
//! An ordinary day is the scenario as shipped under the strategy `none`, without campaigns and without what comes
//! at a set time. What takes years to average is simulated with flows and patients off.

use super::{Effort, simulate};
use crate::compare::Progress;
use crate::error::ExperimentError;
use crate::run::RunOutcome;
use devices::check::Check;
use reports::facts::{CARE_LOST, CARE_NEEDED, Loss};
use reports::outcome::{FlowTally, Percentile};
use scenarios::language::clock::{Clock, Moment};
use scenarios::language::event::Timing;
use scenarios::language::flow::CarriedAs;
use scenarios::language::load::{Source, load};
use scenarios::language::{At, Scenario};
use sim::core::Core;
use sim::fact::Fact;
use sim::kinds::MILLIONTHS;
use sim::message::DeviceId;
use sim::status::PartId;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

const AREA: &str = "hospital";
const THROUGH: &str = "experiments::run on `hospital`, strategy none, no campaign";

/// What a patient needs a pump for.
const INFUSIONS: [&str; 2] = ["infusion", "analgesia"];
/// Flows of bedside monitors to their central stations.
const MONITORING: [&str; 5] = ["waveforms", "numerics", "step-waveforms", "step-numerics", "telemetry"];
/// Flows that sound.
const AUDIBLE: [&str; 4] = ["pump-alarm", "icu-pump-alarm", "monitor-alarm", "telemetry-alarm"];
const PUMP_ALARMS: [&str; 2] = ["pump-alarm", "icu-pump-alarm"];
/// One word for all pumps, in the scenario.
const PUMPS: &str = "pumps";
/// Nurses of units, of the 84 on shift.
const UNIT_NURSES: f64 = 64.0;

/// The ranges H1 to H9 and H15.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let loaded = load(&Source::Shipped("hospital".to_owned()));
    let hospital = Arc::new(ordinary(loaded.scenario));
    let mut rows = days(&hospital, effort)?;
    rows.extend(years(&hospital, effort)?);
    rows.push(without_network(&hospital, effort)?);
    Ok(rows)
}

/// Nobody attacks, and nothing comes at a set time.
fn ordinary(mut scenario: Scenario) -> Scenario {
    scenario.campaigns.clear();
    scenario.happenings.retain(|_, happening| matches!(happening.timing, Timing::Rate(_)));
    scenario
}

/// A value that should fall in a range.
fn within(id: &str, what: &str, got: f64, (low, high): (f64, f64), source: &str) -> Check {
    let what = format!("{what}: {low} to {high}, absolute distance from the middle");
    Check::absolute(AREA, id, &what, (got, (low + high) / 2.0), (high - low) / 2.0)
        .from(source)
        .through(THROUGH)
}

/// Times by function, summed over patients [ns].
#[derive(Clone, Debug, Default)]
struct Care {
    needed: BTreeMap<String, i64>,
    lost: BTreeMap<String, i64>,
    /// Infusion by the hour of the day, summed over days.
    by_hour: [i64; 24],
}

impl Care {
    fn add(&mut self, facts: &[Fact], core: &Core) {
        for fact in facts {
            let (sums, sign) = match fact.kind {
                CARE_NEEDED => (&mut self.needed, 1),
                CARE_LOST => (&mut self.lost, -1),
                _ => continue,
            };
            let function = core.names.topic_name(fact.topic);
            *sums.entry(function.to_owned()).or_default() += fact.amount;
            if INFUSIONS.contains(&function) {
                self.spread(fact, sign);
            }
        }
    }

    /// Lay a time that ends at the fact over the hours that it covers.
    fn spread(&mut self, fact: &Fact, sign: i64) {
        let mut from = fact.at.0.saturating_sub(fact.amount.max(0).unsigned_abs());
        while from < fact.at.0 {
            let hour = from / Span::HOUR.0;
            let to = fact.at.0.min((hour + 1) * Span::HOUR.0);
            self.by_hour[(hour % 24) as usize] += sign * (to - from) as i64;
            from = to;
        }
    }

    fn busiest_hour(&self) -> f64 {
        self.by_hour.iter().copied().max().unwrap_or(0) as f64
    }

    fn infusing(&self) -> f64 {
        let sum = |of: &BTreeMap<String, i64>| INFUSIONS.iter().filter_map(|name| of.get(*name)).sum::<i64>();
        (sum(&self.needed) - sum(&self.lost)) as f64
    }
}

fn days(hospital: &Arc<Scenario>, effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let count = if effort.quick { 1 } else { 5 };
    (effort.progress)(Progress::Planned(count + 2));
    let (mut care, mut runs) = (Care::default(), Vec::new());
    for replication in 0..count {
        runs.push(simulate(AREA, hospital, replication, effort, &mut |facts, core| care.add(facts, core))?);
    }
    let whole_days = count as f64 * hospital.horizon.0.seconds() / Span::DAY.seconds();
    let pumps = f64::from(devices_of(hospital, PUMPS));
    let pump_days = pumps * whole_days;
    let intensive = hospital.people.get("icu-patients").map_or(0.0, |people| f64::from(people.count()));
    let alarms = |names: &[&str]| pooled(&runs, names).due as f64;
    // A requirement on the network does not speak of what a broken monitor never sent.
    let broken = broken(hospital);
    let monitored = without(&pooled(&runs, &MONITORING), &broken);
    let orders = pooled(&runs, &["dose-order"]);
    let slow = match monitored.percentile(0.999) {
        Percentile::Ns(ns) => ns as f64 / 1e9,
        Percentile::Never => f64::INFINITY,
        Percentile::TooFew => f64::NAN,
    };
    let share = |part: i64, whole: i64| part as f64 / whole as f64;
    Ok(vec![
        within(
            "H1",
            "share of pumps that infuse, mean of the day",
            care.infusing() / (pump_days * Span::DAY.0 as f64),
            (0.32, 0.45),
            "Vitoux (derived); TRIMEDX",
        ),
        within(
            "H1-peak",
            "share of pumps that infuse, busiest hour of the day",
            care.busiest_hour() / (pump_days * Span::HOUR.0 as f64),
            (0.60, 0.65),
            "Vitoux (derived)",
        )
        .known(
            "Therapies begin at all hours alike: the rhythm of the wards' day, in which many run at once, is left out.",
        ),
        within(
            "H2-time",
            "share of infusion time in alarm, not measured",
            f64::NAN,
            (0.005, 0.02),
            "Vitoux",
        )
        .known("Pump alarms are counted and answered; how long each sounds is not recorded."),
        within(
            "H3-false",
            "share of arrhythmia alarms that are false, not measured",
            f64::NAN,
            (0.80, 0.99),
            "Drew; ECRI",
        )
        .known("Monitor alarms come at their sourced rate; arrhythmias are not told apart from other alarms."),
        within("H2", "pump alarms a pump and day", alarms(&PUMP_ALARMS) / pump_days, (1.0, 2.0), "Vitoux"),
        within(
            "H3",
            "audible monitor alarms an ICU bed and day",
            alarms(&["monitor-alarm"]) / (intensive * whole_days),
            (150.0, 400.0),
            "Drew; ECRI",
        ),
        within(
            "H4",
            "audible alarms a day in the house",
            alarms(&AUDIBLE) / whole_days,
            (8_000.0, 15_000.0),
            "derived from H2, H3 and the wards' telemetry",
        ),
        within(
            "H4-nurse",
            "audible alarms a unit nurse and hour",
            alarms(&AUDIBLE) / (whole_days * 24.0 * UNIT_NURSES),
            (5.0, 10.0),
            "derived from H4 and the nurses on shift",
        ),
        within(
            "H6",
            "share of monitor data lost in a day",
            share(monitored.lost, monitored.due - monitored.unsent),
            (0.0, 0.001),
            "maker's requirement on the network",
        ),
        within("H7", "monitor to central, 99.9th percentile [s]", slow, (0.0, 2.0), "maker's requirement"),
        within(
            "H8",
            "share of dose orders in time, infusing pumps, network healthy",
            share(orders.in_time, orders.due - orders.in_flight),
            (0.995, 0.9995),
            "assumption, bounded by H6 and roaming",
        )
        .known(
            "Association and roaming are left out of the model of access points, and an order that the air loses is \
             sent again well within its ten seconds: a healthy network is better here than a real one.",
        ),
    ])
}

fn pooled(runs: &[RunOutcome], names: &[&str]) -> FlowTally {
    let mut pooled = FlowTally::default();
    for run in runs {
        names.iter().filter_map(|name| run.outcome.flows.get(*name)).for_each(|flow| pooled.absorb(flow));
    }
    pooled
}

/// The happenings by which devices break.
fn broken(scenario: &Scenario) -> Vec<&str> {
    let faults = scenario.happenings.iter().filter(|(_, happening)| happening.def.id == "device-fault");
    faults.map(|(name, _)| name.as_str()).collect()
}

/// A flow as if what these causes took had not been due.
fn without(flow: &FlowTally, causes: &[&str]) -> FlowTally {
    let took = |loss: Loss| -> i64 {
        let own = flow
            .charged
            .iter()
            .filter(|entry| entry.loss == loss && causes.contains(&entry.by.name.as_str()));
        own.map(|entry| (entry.alone + entry.shared) / MILLIONTHS as i64).sum()
    };
    let (lost, unsent) = (took(Loss::MessageLost), took(Loss::MessageUnsent));
    FlowTally {
        due: flow.due - lost - unsent,
        lost: flow.lost - lost,
        unsent: flow.unsent - unsent,
        ..flow.clone()
    }
}

fn devices_of(scenario: &Scenario, product: &str) -> u32 {
    let parts = scenario.products.get(product).into_iter().flat_map(|product| &product.parts);
    parts.filter_map(|part| scenario.fleets.get(part.value.as_str())).map(|fleet| fleet.count()).sum()
}

/// Time for which parts were up, summed over them.
#[derive(Debug)]
struct Uptime {
    parts: Vec<PartId>,
    seen: SimTime,
    up: usize,
    sum: f64,
}

impl Uptime {
    fn new() -> Self {
        Self { parts: Vec::new(), seen: SimTime::ZERO, up: 0, sum: 0.0 }
    }

    /// The window's work is done; until the next one nothing changes.
    fn window(&mut self, core: &Core, fleets: &[&str]) {
        if self.parts.is_empty() {
            let groups = core.names.groups().iter().filter(|group| fleets.contains(&group.name.as_str()));
            self.parts = groups
                .flat_map(|group| group.first..group.first + group.count)
                .map(|id| core.unit(DeviceId(id)))
                .collect();
        }
        self.sum += self.up as f64 * core.now.since(self.seen).seconds();
        self.seen = core.now;
        self.up = self.parts.iter().filter(|&&part| core.status.up(part)).count();
    }

    fn share(&self, horizon: Span) -> f64 {
        self.sum / (self.parts.len() as f64 * horizon.seconds())
    }
}

/// Availability over many years of happenings and repairs.
fn years(hospital: &Arc<Scenario>, effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let years = if effort.quick { 20 } else { 200 };
    let horizon = Span(years * 365 * Span::DAY.0);
    let mut quiet = hospital.as_ref().clone();
    quiet.horizon.0 = horizon;
    quiet.flows.clear();
    quiet.plants.clear();
    quiet.people.retain(|_, people| !people.are_cared_for());
    let pumps: Vec<&str> = hospital
        .products
        .get(PUMPS)
        .map_or(Vec::new(), |product| product.parts.iter().map(|part| part.value.as_str()).collect());
    let (mut ready, mut records) = (Uptime::new(), Uptime::new());
    simulate(AREA, &Arc::new(quiet), 0, effort, &mut |_, core| {
        ready.window(core, &pumps);
        records.window(core, &["ehr"]);
    })?;
    let through = format!("{THROUGH}, {years} years with flows and patients off");
    Ok(vec![
        within("H5", "availability of the EHR", records.share(horizon), (0.997, 0.9998), "survey (derived)")
            .through(&through),
        within("H9", "share of pumps ready for use", ready.share(horizon), (0.985, 0.997), "derived")
            .through(&through),
    ])
}

/// A day on which every access point fails at ten and the way out of the house at eleven.
fn without_network(hospital: &Arc<Scenario>, effort: Effort<'_>) -> Result<Check, ExperimentError> {
    let mut cut = hospital.as_ref().clone();
    let mut causes = Vec::new();
    for (name, happening) in &mut cut.happenings {
        let hour = match happening.value.def.id {
            "access-point-failure" => 10,
            "wan-outage" => 11,
            _ => continue,
        };
        let clock = Clock(Span(hour * Span::HOUR.0));
        let moment = At { value: Moment { day: None, clock }, span: 0..0 };
        happening.value.timing = Timing::At(moment);
        causes.push(name.clone());
    }
    // Streams need no message of their own to show that the network is gone.
    cut.flows.retain(|_, flow| flow.carried_as == CarriedAs::Messages);
    let (mut stopped, mut lost, mut care) = (0, 0, Care::default());
    let run = simulate(AREA, &Arc::new(cut), 0, effort, &mut |facts, core| {
        care.add(facts, core);
        for fact in facts.iter().filter(|fact| [Loss::Care.alone(), Loss::Care.shared()].contains(&fact.kind))
        {
            let by = core.names.cause_of(fact.charge.by);
            let network = by.is_some_and(|cause| causes.contains(&cause.name));
            let infusion = INFUSIONS.contains(&core.names.topic_name(fact.topic));
            stopped += i32::from(network && infusion);
        }
    })?;
    for flow in run.outcome.flows.values() {
        lost += flow.lost + flow.unsent;
    }
    // Where nothing was lost or nobody was infused, that nothing stopped says nothing.
    let stopped = if lost > 0 && care.infusing() > 0.0 { f64::from(stopped) } else { f64::NAN };
    let what = "infusions interrupted by the loss of the network alone";
    Ok(Check::absolute(AREA, "H15", what, (stopped, 0.0), 0.0)
        .from("maker's texts and the FDA's")
        .through("experiments::run on `hospital` with all access points and the way out of the house down"))
}
