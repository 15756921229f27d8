//! What led to a harm event of a stored run: the run is made again with the journal of that one patient, so that
//! nothing has to be kept of a run that nobody asks about.

use crate::digest;
use crate::error::ExperimentError;
use crate::harm::Event;
use crate::kept::{Kept, KeptRun};
use scenarios::care::journal::{self, Act, Entry, Journal, Outcome};
use scenarios::language::load::{Source, load, load_with};
use scenarios::site;
use serde::Serialize;
use sim::core::Core;
use sim::luck::Luck;
use sim::simulation::Engine;
use sim::time::SimTime;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A harm event, and what led to it.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Version of this layout.
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The strategy.
    pub strategy: String,
    /// The seed of all luck.
    pub seed: u64,
    /// The replication.
    pub replication: u64,
    /// The digest of the run, which the run made again has, too.
    pub digest: String,
    /// The time of day at the start [s].
    pub start_s: f64,
    /// The event.
    pub event: Event,
    /// Since when the patient and their shadow were apart; none if both had the same input.
    #[serde(rename = "apart_since_ns")]
    pub apart_since: Option<SimTime>,
    /// What was done since then, and what led to that, in order.
    pub steps: Vec<Entry>,
}

/// Explain an event of a kept run; `each` sees how far the run is that is made for it. Nothing when `each` ends it.
///
/// # Errors
/// When the scenario does not read, or the run made again is not the one that was kept.
pub fn explain(
    kept: &Kept,
    run: &KeptRun,
    event: &Event,
    each: &mut dyn FnMut(&Core) -> ControlFlow<()>,
) -> Result<Option<Explanation>, ExperimentError> {
    let source = Source::Path(kept.scenario_file.clone());
    let loaded = match &kept.costs_file {
        Some(costs) => load_with(&source, costs),
        None => load(&source),
    };
    if !loaded.may_run() {
        return Err(ExperimentError::Unreadable { path: kept.scenario_file.clone() });
    }
    let scenario = Arc::new(loaded.scenario);
    let luck = Luck { seed: kept.seed, replication: run.replication };
    let build = |source| ExperimentError::Build {
        strategy: run.strategy.clone(),
        replication: run.replication,
        source: Box::new(source),
    };
    let mut simulation = site::build(&scenario, &run.strategy, luck, site::WINDOW).map_err(build)?;
    let differs = |got: &str| ExperimentError::Differs { kept: run.digest.clone(), got: got.to_owned() };
    if !journal::open(&mut simulation, &event.who) {
        return Err(differs("none: it knows no such patient"));
    }
    let mut more = true;
    while more {
        more = simulation.step(SimTime::NEVER);
        if !more {
            simulation.finish();
        }
        if each(simulation.core()).is_break() {
            return Ok(None);
        }
        simulation.world.resource_scope(|world, mut journal: bevy_ecs::prelude::Mut<'_, Journal>| {
            let core = world.resource::<Engine>();
            journal.read(&core.settled, core);
        });
    }
    let digest = digest::shown(simulation.core().digest.whole());
    if digest != run.digest {
        return Err(differs(&digest));
    }
    let journal = simulation.world.resource::<Journal>();
    let apart_since = journal.apart(event.from, event.to);
    Ok(Some(Explanation {
        version: reports::comparison::VERSION,
        scenario: kept.scenario.clone(),
        strategy: run.strategy.clone(),
        seed: kept.seed,
        replication: run.replication,
        digest,
        start_s: kept.start_s,
        steps: apart_since.map_or_else(Vec::new, |since| chain(&journal.entries(), since, event.to)),
        event: event.clone(),
        apart_since,
    }))
}

/// What was done between `since` and `to`, and before that what came to bear then.
fn chain(entries: &[Entry], since: SimTime, to: SimTime) -> Vec<Entry> {
    let until = |at: usize| {
        let entry = &entries[at];
        let ends = |with: Act| {
            let mut later = entries[at..].iter().filter(|one| one.act == with && one.device == entry.device);
            later.next().map_or(SimTime::NEVER, |one| one.at)
        };
        // What somebody comes for after the event did not lead to it.
        let come = |at: SimTime| if at <= to { at } else { entry.at };
        match &entry.act {
            Act::OrderLost { by_hand_at, .. } => come(*by_hand_at),
            Act::AlarmArrived { answered_at, .. } | Act::AlarmLost { answered_at, .. } => come(*answered_at),
            Act::NurseCalled { done_at } => come(*done_at),
            Act::DeviceDown => ends(Act::DeviceUp),
            Act::LinkDown => ends(Act::LinkUp),
            // An adversary's way to the device is told from its beginning.
            Act::Attempted { outcome: Outcome::Worked, .. } => SimTime::NEVER,
            _ => entry.at,
        }
    };
    let bears = |at: &usize| entries[*at].at <= to && until(*at) >= since;
    (0..entries.len()).filter(bears).map(|at| entries[at].clone()).collect()
}
