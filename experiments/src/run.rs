//! One run, folded as it goes: no fact is kept.

use crate::digest;
use crate::error::ExperimentError;
use crate::folds::Folds;
use crate::harm::Event;
use crate::marks::{First, Firsts};
use crate::snapshot::{Head, Snapshot};
use crate::timing::{self, Clock};
use crate::usage::{self, MediumUse, StationUse};
use devices::parameters::{Confidence, Group, ReadLog, Setting};
use reports::metrics::{Frame, Topics};
use reports::outcome::Outcome;
use reports::profile::Profile;
use reports::tally::Tally;
use scenarios::language::Scenario;
use scenarios::language::flow::FlowKind;
use scenarios::site::ground::Ground;
use scenarios::site::{self, Numbers};
use serde::{Deserialize, Serialize};
use sim::core::{Core, Counters};
use sim::fact::Fact;
use sim::kinds::MILLIONTHS;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Which run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What is asked.
    pub scenario: &'a Arc<Scenario>,
    /// Under which strategy.
    pub strategy: &'a str,
    /// Where luck comes from, and which replication of it.
    pub luck: Luck,
    /// Measures the phases, where asked for.
    pub clock: Option<Clock>,
    /// Whether the observer sees every message that is due or arrives, besides how many.
    pub told: bool,
    /// A parameter set to an end of its range, where asked for.
    pub setting: Option<&'a Setting>,
}

/// Sees the facts of each window, in order; a break ends the run.
pub type Observer<'o> = &'o mut dyn FnMut(&[Fact], &Core) -> ControlFlow<()>;

/// What a run leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunOutcome {
    /// The strategy.
    pub strategy: String,
    /// The replication.
    pub replication: u64,
    /// Digest of all facts.
    pub digest: String,
    /// Digest per kind of fact.
    pub digests: BTreeMap<String, String>,
    /// What the folds give.
    pub outcome: Outcome,
    /// Latencies of flows whose devices stand in several zones, by zone; a comparison does not keep them.
    #[serde(skip)]
    pub zones: Vec<ZoneLatencies>,
    /// First steps of attacks, and what first happened at random.
    pub firsts: Vec<First>,
    /// How busy each station was that was busy at all; the busiest first.
    #[serde(default)]
    pub stations: Vec<StationUse>,
    /// How much each shared medium carried.
    #[serde(default)]
    pub media: Vec<MediumUse>,
    /// Time of staff that controls took, by group [ns].
    pub staff: BTreeMap<String, i64>,
    /// Who was harmed, when; kept apart from the rest.
    #[serde(skip)]
    pub harm: Vec<Event>,
    /// The numbers that were read.
    pub read: Vec<(String, Group, Confidence)>,
    /// Of them, the parameters that were taken from the table by the run itself.
    pub used: Vec<String>,
    /// How much was worked, and how long this machine took; neither is a result.
    #[serde(skip)]
    pub effort: Effort,
}

/// What a run took; no part of its result.
#[derive(Clone, Debug, Default)]
pub struct Effort {
    /// How much was worked.
    pub counters: Counters,
    /// Where the time went, where measured.
    pub profile: Option<Profile>,
}

/// Two efforts are always alike: a result does not depend on the machine that made it.
impl PartialEq for Effort {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Is given the run as it stands at the instant asked for.
pub type Saver<'s> = &'s mut dyn FnMut(Snapshot) -> Result<(), ExperimentError>;

/// Where a run begins, and where it is kept on its way.
#[derive(Default)]
pub struct Journey<'j> {
    /// A snapshot to go on from.
    pub from: Option<&'j Snapshot>,
    /// The instant at which to keep it, of which run it is, and what to do with it.
    pub keep: Option<(SimTime, Head, Saver<'j>)>,
}

/// Make a run to its horizon; nothing when the observer ended it.
///
/// # Errors
/// When the run cannot be built, or its facts do not fold.
pub fn run(job: &Job<'_>, observer: Observer<'_>) -> Result<Option<RunOutcome>, ExperimentError> {
    travel(job, Journey::default(), observer)
}

/// As [`run`], from a snapshot or to one on the way.
///
/// # Errors
/// As [`run`], and when a snapshot does not fit or cannot be kept.
pub fn travel(
    job: &Job<'_>,
    mut journey: Journey<'_>,
    observer: Observer<'_>,
) -> Result<Option<RunOutcome>, ExperimentError> {
    let (mut simulation, mut folds) = begin(job, journey.from)?;
    let before = simulation.core().counters();
    if let Some(clock) = job.clock {
        timing::fit(&mut simulation, clock);
    }
    let told_before = journey.from.map(|from| from.head.told);
    let told = job.told || told_before == Some(true);
    simulation.core_mut().books.told = told;
    if told && told_before == Some(false) {
        // Until the snapshot they were only counted.
        simulation.core().totals().iter().for_each(|fact| folds.add(fact));
    }
    let mut more = true;
    while more {
        let until = journey.keep.as_ref().map_or(SimTime::NEVER, |keep| keep.0);
        more = simulation.step(until);
        if !more && let Some((at, head, save)) = journey.keep.take() {
            let head = Head { at, told, ..head };
            save(Snapshot::of(head, &simulation, &folds).map_err(ExperimentError::Keep)?)?;
            more = true;
            continue;
        }
        if !more {
            simulation.finish();
        }
        simulation.facts().iter().for_each(|fact| folds.add(fact));
        if observer(simulation.facts(), simulation.core()).is_break() {
            return Ok(None);
        }
        timing::accounted(&mut simulation);
    }
    let core = simulation.core();
    let folded = folds.done(core);
    let profile = timing::profile(&simulation, before);
    Ok(Some(RunOutcome {
        strategy: job.strategy.to_owned(),
        replication: job.luck.replication,
        digest: digest::shown(core.digest.whole()),
        digests: digest::by_kind(core),
        outcome: Outcome { batteries: usage::batteries(&simulation), ..folded.outcome },
        zones: zones(&simulation),
        firsts: folded.firsts,
        stations: usage::stations(&simulation),
        media: usage::media(&simulation),
        staff: folded.staff,
        harm: folded.harm,
        read: log(&simulation).map(ReadLog::entries).unwrap_or_default(),
        used: log(&simulation).map(ReadLog::used).unwrap_or_default(),
        effort: Effort { counters: core.counters(), profile },
    }))
}

/// How long the messages of a flow took whose devices stand in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneLatencies {
    /// The flow.
    pub flow: String,
    /// The zone.
    pub zone: String,
    /// Messages that arrived.
    pub arrived: u64,
    /// How long they took in all [ns].
    pub sum_ns: u64,
    /// The longest [ns].
    pub longest_ns: u64,
    /// The histogram: (latency [ns], to three digits; how many), from short to long.
    pub latencies: Vec<(u64, u64)>,
}

impl ZoneLatencies {
    /// The latency that this share of what arrived did not exceed [ns].
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let rank = ((share * self.arrived as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.latencies
            .iter()
            .find(|(_, count)| {
                seen += count;
                seen >= rank
            })
            .map(|step| step.0)
    }
}

fn zones(simulation: &Simulation) -> Vec<ZoneLatencies> {
    let core = simulation.core();
    let Some(ground) = simulation.world.get_resource::<Ground>() else { return Vec::new() };
    let mut rows = Vec::new();
    for (topic, book) in core.books.iter() {
        for (zone, latencies) in ground.zones.iter().zip(&book.by_zone) {
            let steps: Vec<(u64, u64)> = latencies.steps().collect();
            if !steps.is_empty() {
                rows.push(ZoneLatencies {
                    flow: core.names.topic_name(topic).to_owned(),
                    zone: zone.name.clone(),
                    arrived: steps.iter().map(|step| step.1).sum(),
                    sum_ns: latencies.sum().0,
                    longest_ns: latencies.longest().0,
                    latencies: steps,
                });
            }
        }
    }
    rows
}

/// The run about to begin, or to go on.
fn begin(job: &Job<'_>, from: Option<&Snapshot>) -> Result<(Simulation, Folds), ExperimentError> {
    let (strategy, replication) = (job.strategy.to_owned(), job.luck.replication);
    let refused = |source| ExperimentError::Build { strategy, replication, source: Box::new(source) };
    let folds = |simulation: &Simulation| {
        let core = simulation.core();
        let tally = Tally::new(topics(core, job.scenario), frame(job.scenario));
        Folds::new(tally, Firsts::new(job.scenario, &core.names))
    };
    if let Some(from) = from {
        return from.go_on(job, folds).map_err(refused);
    }
    let simulation = site::build_set(job.scenario, job.strategy, job.luck, site::WINDOW, job.setting);
    let simulation = simulation.map_err(refused)?;
    let folds = folds(&simulation);
    Ok((simulation, folds))
}

fn log(simulation: &Simulation) -> Option<&ReadLog> {
    simulation.world.get_resource::<Numbers>().map(|numbers| &numbers.log)
}

/// The run's topics: a flow's is its name, and the scenario says whether it commands.
fn topics(core: &Core, scenario: &Scenario) -> Topics {
    let names: Vec<String> = core.names.topics().map(str::to_owned).collect();
    let commands =
        |name: &String| scenario.flows.get(name).is_some_and(|flow| flow.kind == FlowKind::Command);
    Topics { is_command: names.iter().map(commands).collect(), names }
}

fn frame(scenario: &Scenario) -> Frame {
    let bodies = scenario.plants.values().filter_map(|plant| plant.patients.as_ref());
    Frame {
        horizon: Span(scenario.horizon.0.0),
        watched: bodies.map(|patients| patients.value.0).sum(),
        message_scale: MILLIONTHS as i64,
    }
}
