//! One run, folded as it goes: no fact is kept.

use crate::digest;
use crate::error::ExperimentError;
use crate::harm::{Event, Spells};
use crate::marks::{First, Firsts};
use crate::timing::{self, Clock, Stopwatch};
use devices::parameters::{Confidence, Group, Setting};
use reports::metrics::{Frame, Topics};
use reports::outcome::Outcome;
use reports::tally::Tally;
use scenarios::language::Scenario;
use scenarios::language::flow::FlowKind;
use scenarios::site::hands::STAFF_TIME;
use scenarios::site::{self, Numbers};
use serde::{Deserialize, Serialize};
use sim::core::{Core, Counters};
use sim::fact::{Fact, Who};
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
    /// First steps of attacks, and what first happened at random.
    pub firsts: Vec<First>,
    /// Time of staff that controls took, by group [ns].
    pub staff: BTreeMap<String, i64>,
    /// Who was harmed, when; kept apart from the rest.
    #[serde(skip)]
    pub harm: Vec<Event>,
    /// The numbers that were read.
    pub read: Vec<(String, Group, Confidence)>,
    /// How much was worked, and how long this machine took; neither is a result.
    #[serde(skip)]
    pub effort: Effort,
}

/// What a run took; no part of its result.
#[derive(Clone, Debug, Default)]
pub struct Effort {
    /// How much was worked.
    pub counters: Counters,
    /// Seconds by phase, where measured.
    pub seconds: BTreeMap<String, f64>,
}

/// Two efforts are always alike: a result does not depend on the machine that made it.
impl PartialEq for Effort {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Make a run to its horizon; nothing when the observer ended it.
///
/// # Errors
/// When the run cannot be built, or its facts do not fold.
pub fn run(job: &Job<'_>, observer: Observer<'_>) -> Result<Option<RunOutcome>, ExperimentError> {
    let (strategy, replication) = (job.strategy.to_owned(), job.luck.replication);
    let mut simulation = site::build_set(job.scenario, job.strategy, job.luck, site::WINDOW, job.setting)
        .map_err(Box::new)
        .map_err(|source| ExperimentError::Build { strategy: strategy.clone(), replication, source })?;
    if let Some(clock) = job.clock {
        timing::fit(&mut simulation, clock);
    }
    simulation.core_mut().books.told = job.told;
    let mut tally = Tally::new(topics(simulation.core(), job.scenario), frame(job.scenario));
    let (mut firsts, mut spells) = (Firsts::new(job.scenario, &simulation.core().names), Spells::default());
    let mut staff = BTreeMap::<Who, i64>::new();
    let mut more = true;
    while more {
        more = simulation.step(SimTime::NEVER);
        if !more {
            simulation.finish();
        }
        for fact in simulation.facts() {
            tally.add(fact);
            firsts.add(fact);
            spells.add(fact);
            if fact.kind == STAFF_TIME {
                *staff.entry(fact.who).or_default() += fact.amount;
            }
        }
        if observer(simulation.facts(), simulation.core()).is_break() {
            return Ok(None);
        }
        timing::accounted(&mut simulation);
    }
    let core = simulation.core();
    for (topic, book) in core.books.iter() {
        tally.close(topic, book);
    }
    let outcome = tally.done(|id| core.names.cause_of(id).cloned());
    Ok(Some(RunOutcome {
        strategy,
        replication,
        digest: digest::shown(core.digest.whole()),
        digests: digest::by_kind(core),
        outcome,
        firsts: firsts.named(&core.names),
        staff: groups(&staff, core),
        harm: spells.named(&core.names),
        read: read(&simulation),
        effort: Effort {
            counters: core.counters,
            seconds: simulation.world.get_resource().map(Stopwatch::seconds).unwrap_or_default(),
        },
    }))
}

/// A group's time is recorded at its first member.
fn groups(staff: &BTreeMap<Who, i64>, core: &Core) -> BTreeMap<String, i64> {
    let group = |who: Who| {
        let name = core.names.who(who);
        name.split_once('/').map_or(name.clone(), |parts| parts.0.to_owned())
    };
    staff.iter().map(|(&who, &time)| (group(who), time)).collect()
}

fn read(simulation: &Simulation) -> Vec<(String, Group, Confidence)> {
    simulation.world.get_resource::<Numbers>().map(|numbers| numbers.log.entries()).unwrap_or_default()
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
