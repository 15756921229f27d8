//! An adversary who commands, at one instant, every pump that gives a patient an opioid: ten times the ordered rate.

use bevy_ecs::prelude::World;
use scenarios::care::opioid;
use scenarios::care::slots::Slots;
use sim::core::Core;
use sim::fact::By;
use sim::message::DeviceId;
use sim::row::{Class, Row};
use sim::simulation::Simulation;
use sim::time::SimTime;

const TAMPERING: Class = Class(60);

/// The name of the campaign.
pub const CAMPAIGN: &str = "tampering";

/// Let the pumps be commanded at this instant.
pub fn tamper_at(simulation: &mut Simulation, at: SimTime) {
    let core = simulation.core_mut();
    core.names.cause(By::Attack, CAMPAIGN);
    core.handle(TAMPERING, command);
    core.push(at, TAMPERING, 0, 0);
}

fn command(core: &mut Core, world: &mut World, _: Row) {
    let campaign = core.names.cause(By::Attack, CAMPAIGN);
    for pump in opioid_pumps(world) {
        opioid::tamper(core, world, pump, campaign);
    }
}

/// The pumps that give an opioid now.
pub fn opioid_pumps(world: &World) -> Vec<DeviceId> {
    let slots = &world.resource::<Slots>().slots;
    slots.iter().filter(|slot| slot.plant.is_some()).filter_map(|slot| slot.device).collect()
}
