//! How long this machine took for each phase of the tick.
//!
//! Models may not read a wall clock, so the clock is handed in by the program, and the times are no part of any
//! result or digest.

use bevy_ecs::prelude::{IntoScheduleConfigs, ResMut, Resource};
use reports::profile::{Profile, Share};
use scenarios::site::classes;
use sim::core::Core;
pub use sim::meter::Clock;
use sim::meter::Meter;
use sim::simulation::Simulation;
use sim::tick::{Phase, Stage};
use std::collections::BTreeMap;

/// The phases in order, by the names of `--timings`.
const PHASES: [&str; 4] = ["advance", "travel", "evolve", "account"];

/// Time spent in each phase.
#[derive(Resource, Clone, Debug)]
pub struct Stopwatch {
    clock: Clock,
    last: u64,
    spent: [u64; 4],
}

impl Stopwatch {
    fn lap(&mut self, phase: usize) {
        let now = (self.clock)();
        self.spent[phase] += now.saturating_sub(self.last);
        self.last = now;
    }

    /// Seconds by phase.
    pub fn seconds(&self) -> BTreeMap<String, f64> {
        PHASES.iter().zip(self.spent).map(|(name, spent)| ((*name).to_owned(), spent as f64 / 1e9)).collect()
    }
}

/// The profile of a run that was measured, in its own words. Messages and events are those that were worked since.
pub(crate) fn profile(simulation: &Simulation, before: sim::core::Counters) -> Option<Profile> {
    let core: &Core = simulation.core();
    let (meter, watch) = (core.meter.as_ref()?, simulation.world.get_resource::<Stopwatch>()?);
    let phases = watch.seconds();
    let seconds: f64 = phases.values().sum();
    let rows = |from: &[u64; 6], to: &[u64; 6], at: usize| to[at] - from[at];
    let stages = Stage::ALL.iter().map(|&(stage, name)| {
        let at = stage as usize;
        let rows = rows(&before.stages, &core.counters().stages, at);
        Share { what: name.to_owned(), rows, seconds: meter.stages()[at] as f64 / 1e9 }
    });
    let mut models: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (class, model) in classes::models() {
        let (rows, nanos) = meter.class(class);
        let own = models.entry(model).or_default();
        *own = (own.0 + rows, own.1 + nanos);
    }
    let model = |(what, (rows, nanos)): (&str, (u64, u64))| Share {
        what: what.to_owned(),
        rows,
        seconds: nanos as f64 / 1e9,
    };
    let mut models: Vec<Share> = models.into_iter().filter(|(_, own)| own.0 > 0).map(model).collect();
    models.push(Share {
        what: "bodies".to_owned(),
        rows: 0,
        seconds: phases.get("evolve").copied().unwrap_or(0.0),
    });
    models.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    // An event is whatever happens at a station or to a row: what other engines count, too.
    let events = core.counters().rows - before.rows + core.counters().visits - before.visits;
    let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    Some(Profile {
        path: core.path().to_string(),
        batched: core.counters().batched - before.batched,
        stages: stages.collect(),
        models,
        messages_per_second: per_second(core.counters().messages - before.messages),
        events_per_second: per_second(events),
        phases,
    })
}

/// Measure a run from now on.
pub(crate) fn fit(simulation: &mut Simulation, clock: Clock) {
    simulation.core_mut().meter = Some(Box::new(Meter::new(clock)));
    simulation.world.insert_resource(Stopwatch { clock, last: clock(), spent: [0; 4] });
    simulation.tick.add_systems((
        lap::<0>.after(Phase::Advance).before(Phase::Travel),
        lap::<1>.after(Phase::Travel).before(Phase::Evolve),
        lap::<2>.after(Phase::Evolve).before(Phase::Account),
    ));
}

fn lap<const PHASE: usize>(mut watch: ResMut<Stopwatch>) {
    watch.lap(PHASE);
}

/// What has passed since the last phase is Account's, or what folds do for it.
pub(crate) fn accounted(simulation: &mut Simulation) {
    if let Some(mut watch) = simulation.world.get_resource_mut::<Stopwatch>() {
        watch.lap(3);
    }
}
