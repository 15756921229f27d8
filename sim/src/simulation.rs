//! A run: a world, and the tick that moves it.

use crate::core::Core;
use crate::fact::Fact;
use crate::row::Class;
use crate::tick::tick;
use crate::time::SimTime;
use bevy_ecs::prelude::{Resource, Schedule, World};
use std::ops::{Deref, DerefMut};

/// The engine as a resource of the world, which moves what it lends: what is moved is the place of a [`Core`], and not its
/// thousands of bytes.
#[derive(Resource)]
pub struct Engine(Box<Core>);

impl Engine {
    /// One with this state.
    pub fn new(core: Core) -> Self {
        Self(Box::new(core))
    }
}

impl Deref for Engine {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.0
    }
}

impl DerefMut for Engine {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.0
    }
}

/// One run.
pub struct Simulation {
    /// The world: [`Engine`] as a resource, entities and resources of the crates above beside it.
    pub world: World,
    /// Its schedule; plants add their systems to [`crate::tick::Phase::Evolve`].
    pub tick: Schedule,
    finished: bool,
}

impl Simulation {
    /// A run about to begin: every emitter's first slot is scheduled.
    pub fn new(core: Core) -> Self {
        Self::in_world(core, World::new())
    }

    /// As [`Simulation::new`], in a world that the crates above have furnished.
    pub fn in_world(mut core: Core, mut world: World) -> Self {
        core.section("the first slots", false);
        crate::emit::start(&mut core);
        core.push(SimTime(core.horizon.0.saturating_sub(1)), Class::END, 0, 0);
        core.built();
        world.insert_resource(Engine::new(core));
        Self { world, tick: tick(), finished: false }
    }

    /// Work the next window that begins before `until`; false when none is left. Its facts are then in
    /// [`Simulation::facts`].
    pub fn step(&mut self, until: SimTime) -> bool {
        let work = self.core_mut().has_work(until);
        if work {
            self.tick.run(&mut self.world);
        }
        work
    }

    /// Work everything to the horizon, showing `each` the facts in their order.
    pub fn run(&mut self, mut each: impl FnMut(&[Fact], &Core)) {
        while self.step(SimTime::NEVER) {
            each(self.facts(), self.core());
        }
        self.finish();
        each(self.facts(), self.core());
    }

    /// The books are closed at the horizon; a second call does nothing.
    pub fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.core_mut().finish();
        }
    }

    /// The facts of the last window, in (time, kind, who, …) order.
    pub fn facts(&self) -> &[Fact] {
        &self.core().settled
    }

    /// The engine's state.
    pub fn core(&self) -> &Core {
        self.world.resource::<Engine>()
    }

    /// The engine's state, to change between windows.
    pub fn core_mut(&mut self) -> &mut Core {
        self.world.resource_mut::<Engine>().into_inner()
    }
}
