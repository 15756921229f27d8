//! What the models of care do when something befalls a device: they say so here, and who causes it calls.

use crate::language::selector::Selector;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::CauseId;
use sim::message::DeviceId;

/// Somebody arrives who needs devices.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The happening that brings them.
    pub happening: String,
    /// Which of the arrivals this is, from 0.
    pub nth: u32,
    /// The entity key of their draws: the same in every strategy.
    pub key: u64,
    /// One device of each of these is needed.
    pub needs: Vec<Selector>,
    /// The people whom they join; none: those of whom most need the same.
    pub join: Option<String>,
}

/// A hostile command reaches an actuator: which, and whose.
pub type Tamper = fn(&mut Core, &mut World, DeviceId, CauseId);
/// Somebody arrives.
pub type Arrive = fn(&mut Core, &mut World, &Arrival);

/// What is called; nothing happens where nobody has said what should.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// On a hostile command to an actuator in use.
    pub tamper: Option<Tamper>,
    /// On an arrival.
    pub arrive: Option<Arrive>,
}

impl Hooks {
    /// The hooks of a world.
    pub fn of(world: &World) -> Self {
        world.get_resource::<Self>().copied().unwrap_or_default()
    }
}
