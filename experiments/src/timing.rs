//! How long this machine took for each phase of the tick.
//!
//! Models may not read a wall clock, so the clock is handed in by the program, and the times are no part of any
//! result or digest.

use bevy_ecs::prelude::{IntoScheduleConfigs, ResMut, Resource};
use sim::simulation::Simulation;
use sim::tick::Phase;
use std::collections::BTreeMap;

/// A wall clock [ns], from any beginning.
pub type Clock = fn() -> u64;

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

/// Measure a run from now on.
pub(crate) fn fit(simulation: &mut Simulation, clock: Clock) {
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
