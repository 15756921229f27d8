//! Servers that stand by for each other: when the first goes down or is cut off by what stands before it, the next
//! that is up takes over.
//!
//! # Differs from the real thing
//! Takeover is immediate and keeps no sessions: the time a cluster needs to notice is left out.

use super::ground::Ground;
use super::network::{Network, Traffic};
use crate::language::clock::WeekTime;
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use sim::core::Core;
use sim::luck::Draws;
use sim::message::DeviceId;
use sim::status::PartId;
use std::collections::{BTreeMap, BTreeSet};

/// What the clocks of flows need: when the run starts, and the draws that thin slots and pick ends.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Clocks {
    /// The week's time at which the run starts.
    pub starts_at: WeekTime,
    /// Which slots of a flow with peaks are taken.
    pub peaks: Draws,
    /// Which end of a flow with one clock sends.
    pub ends: Draws,
}

/// One end or relay of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// This device.
    Device(DeviceId),
    /// The first device of this fleet that is up.
    Pool(u16),
}

impl End {
    /// The device that it is, as things stand.
    pub fn resolve(self, core: &Core, ground: &Ground) -> DeviceId {
        match self {
            Self::Device(device) => device,
            Self::Pool(fleet) => {
                let fleet = &ground.fleets[usize::from(fleet)];
                fleet.devices().find(|&device| ground.is_reached(core, device)).unwrap_or(fleet.first)
            }
        }
    }
}

/// Where an emitter's messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The flow.
    pub flow: u16,
    /// Who sends.
    pub from: End,
    /// Who receives.
    pub to: End,
    /// Servers on the way.
    pub via: Vec<End>,
}

impl Plan {
    /// Who sends, who receives, and over whom, as things stand.
    pub fn resolve(&self, core: &Core, ground: &Ground) -> ([DeviceId; 2], Vec<DeviceId>) {
        let one = |end: &End| end.resolve(core, ground);
        ([one(&self.from), one(&self.to)], self.via.iter().map(one).collect())
    }

    fn pools(&self) -> impl Iterator<Item = u16> + '_ {
        [&self.from, &self.to].into_iter().chain(&self.via).filter_map(|end| match end {
            End::Pool(fleet) => Some(*fleet),
            End::Device(_) => None,
        })
    }
}

/// The plans of emitters that may be sent elsewhere, and which of them use a pool.
#[derive(Resource, Clone, Debug, Default)]
pub struct Standby {
    plans: BTreeMap<u32, Plan>,
    users: BTreeMap<u16, Vec<u32>>,
}

impl Standby {
    /// Keep an emitter's plan if a pool may send it elsewhere, or a mesh, where there is one (`meshed`).
    pub(super) fn add(&mut self, emitter: u32, plan: Plan, meshed: bool) {
        for pool in plan.pools() {
            self.users.entry(pool).or_default().push(emitter);
        }
        if meshed || plan.pools().next().is_some() {
            self.plans.insert(emitter, plan);
        }
    }

    /// Keep the plan of an emitter that may have any of these.
    pub(super) fn may_change(&mut self, emitter: u32, plans: Vec<Plan>) {
        for pool in plans.iter().flat_map(Plan::pools) {
            let users = self.users.entry(pool).or_default();
            if !users.contains(&emitter) {
                users.push(emitter);
            }
        }
        if let Some(first) = plans.into_iter().next() {
            self.plans.insert(emitter, first);
        }
    }

    /// Let an emitter have this plan from now on.
    pub(super) fn change(&mut self, emitter: u32, plan: Plan) {
        self.plans.insert(emitter, plan);
    }

    /// Every plan that is kept, with its emitter.
    pub fn plans(&self) -> impl Iterator<Item = (u32, &Plan)> {
        self.plans.iter().map(|(&emitter, plan)| (emitter, plan))
    }
}

/// A server went up or down: those who use its pool turn to the first that is up.
pub(super) fn watch(core: &mut Core, world: &mut World, part: PartId, _: bool) {
    let Some(device) = core.device_of(part) else { return };
    let Some(ground) = world.get_resource::<Ground>() else { return };
    let own = (part == core.unit(device)).then(|| ground.fleet_of(device));
    let others = ground.cut_off_without.get(&device).into_iter().flatten().copied();
    let fleets: BTreeSet<u16> = others.chain(own).collect();
    let Some(standby) = world.get_resource::<Standby>() else { return };
    let users = fleets.iter().filter_map(|fleet| standby.users.get(fleet)).flatten();
    let users: BTreeSet<u32> = users.copied().collect();
    resolve(core, world, users);
}

/// Whoever may be served by another goes the way that the present status tells.
pub(crate) fn follow(core: &mut Core, world: &mut World) {
    let users = world
        .get_resource::<Standby>()
        .map(|standby| standby.users.values().flatten().copied().collect::<Vec<_>>());
    resolve(core, world, users.unwrap_or_default());
}

pub(super) fn resolve(core: &mut Core, world: &mut World, emitters: impl IntoIterator<Item = u32>) {
    for emitter in emitters {
        let Some(plan) = world.resource::<Standby>().plans.get(&emitter).cloned() else { continue };
        world.resource_scope(|world, mut network: Mut<Network>| {
            let ground = world.resource::<Ground>();
            let (ends, via) = plan.resolve(core, ground);
            let route = network.route(core, ground, Traffic::Flow(plan.flow), ends, &via);
            core.redirect(emitter, route, ends);
        });
    }
}
