//! Mesh trees: devices out of their gateway's reach send through neighbours, and choose others when a neighbour is gone.
//!
//! A device's parent is the strongest neighbour that is one hop nearer to the gateway. When a device of a mesh goes
//! down (it breaks, it reboots, its battery is empty), is isolated, or comes back, its neighbours notice a while later:
//! then the tree is laid anew, and everybody whose way changed takes the new one. Until then messages go where they
//! went, and are lost to whatever holds the dead parent down; what is under way keeps to the old tree. Whoever passes on
//! sends each message again: it takes airtime, the forwarder's processor and its energy at every hop.
//!
//! An adversary on a device of a mesh reaches those that hear its radio, and the gateway, by the tree; the others only
//! from one that he has taken.
//!
//! # Differs from the real thing
//! The messages that build and repair a tree (beacons, DIO) are left out; all neighbours of a device notice at the same
//! time. Links are chosen by hop count and power, not by how often they lost frames. No device of a mesh carries an
//! adversary's attempts to another one that is not its gateway.

use super::ground::Ground;
use super::network::{Network, Traffic};
use super::standby::Standby;
use crate::site::classes::NOTICE;
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use sim::core::Core;
use sim::law::Law;
use sim::medium::{Judge, Medium};
use sim::message::DeviceId;
use sim::row::Row;
use sim::status::PartId;
use std::collections::{BTreeMap, BTreeSet};

/// Which gateways have trees, and the members of each.
#[derive(Resource, Clone, Debug, Default)]
pub struct Meshes {
    members: BTreeMap<DeviceId, Vec<DeviceId>>,
    gateway_of: BTreeMap<DeviceId, DeviceId>,
    /// How long it takes neighbours to notice, by gateway.
    notices: BTreeMap<DeviceId, Law>,
    /// Members of whom their neighbours know that they are gone.
    gone: BTreeSet<DeviceId>,
}

sim::kept!(Meshes { gone } built { members, gateway_of, notices });

/// Who passes on whose messages.
pub type Parents = BTreeMap<DeviceId, DeviceId>;

impl Meshes {
    /// A gateway and those who may pass on each other's messages to it.
    pub(super) fn add(&mut self, gateway: DeviceId, members: Vec<DeviceId>, notices: Law) {
        self.notices.insert(gateway, notices);
        self.gateway_of.extend(members.iter().map(|&member| (member, gateway)));
        self.members.insert(gateway, members);
    }

    /// Every tree as its members know things to stand.
    pub(super) fn parents(&self, core: &Core, ground: &Ground) -> Parents {
        let mut all = Parents::new();
        for (gateway, members) in &self.members {
            let medium = ground.media.get(gateway).and_then(|id| core.media.media.get(usize::from(id.0)));
            if let Some(medium) = medium {
                let there = |member: &DeviceId| !self.gone.contains(member);
                let mut tree = Parents::new();
                grow(medium, *gateway, members.iter().copied().filter(there).collect(), &mut tree);
                if members.iter().any(|member| !there(member)) {
                    // Who finds nobody keeps calling whom he would have if nobody were gone.
                    let mut whole = Parents::new();
                    grow(medium, *gateway, members.iter().copied().collect(), &mut whole);
                    whole.into_iter().for_each(|(member, parent)| _ = tree.entry(member).or_insert(parent));
                }
                all.extend(tree);
            }
        }
        all
    }
}

/// Grow one tree from its gateway, level by level. Who hears nobody keeps calling the gateway.
fn grow(medium: &Medium, gateway: DeviceId, mut open: BTreeSet<DeviceId>, parents: &mut Parents) {
    let least = match &medium.judge {
        Judge::Errors { sensitivity, .. } => *sensitivity,
        Judge::Capture { sensitivity, .. } => sensitivity[0].first().copied().unwrap_or(0.0),
        Judge::Bits { sensitivity, .. } => sensitivity.first().copied().unwrap_or(0.0),
    };
    let mut level = vec![gateway];
    while !level.is_empty() && !open.is_empty() {
        let mut next = Vec::new();
        for &device in &open {
            let Some(own) = medium.antenna(device) else { continue };
            let heard = level.iter().filter_map(|&above| {
                let power = medium.power(&own, &medium.antenna(above)?);
                (power >= least).then_some((power, above))
            });
            // The strongest; of two alike the first by id.
            if let Some((_, parent)) = heard.fold(None, |best: Option<(f64, DeviceId)>, one| match best {
                Some(best) if best.0 >= one.0 => Some(best),
                _ => Some(one),
            }) {
                parents.insert(device, parent);
                next.push(device);
            }
        }
        open.retain(|device| !next.contains(device));
        level = next;
    }
}

/// A device of a mesh went down or came back, or was cut off or joined again: its neighbours will notice.
pub(super) fn watch(core: &mut Core, world: &mut World, part: PartId, _: bool) {
    let Some(device) = core.device_of(part) else { return };
    let Some(meshes) = world.get_resource::<Meshes>() else { return };
    let law = meshes.gateway_of.get(&device).and_then(|gateway| meshes.notices.get(gateway));
    if let Some(law) = law {
        let draws = core.luck.purpose("mesh.notice");
        let after = law.span(draws.unit(core.key(device), core.now.0));
        core.push(core.now + after, NOTICE, u64::from(device.0), 0);
    }
}

/// Its neighbours notice how it stands with a device.
pub(super) fn notice(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    let works = core.status.up(core.unit(device)) && core.status.up(core.link(device));
    let Some(mut meshes) = world.get_resource_mut::<Meshes>() else { return };
    let news = if works { meshes.gone.remove(&device) } else { meshes.gone.insert(device) };
    if news {
        mend(core, world);
    }
}

/// Every tree as its members know things to stand, for routes that are laid from now on.
pub(crate) fn regrow(core: &Core, world: &mut World) {
    world.resource_scope(|world, mut network: Mut<Network>| {
        let (Some(ground), Some(meshes)) = (world.get_resource::<Ground>(), world.get_resource::<Meshes>())
        else {
            return;
        };
        network.parents = meshes.parents(core, ground);
    });
}

/// Lay the trees anew, and let everybody whose way changed take the new one.
pub(crate) fn mend(core: &mut Core, world: &mut World) {
    world.resource_scope(|world, mut network: Mut<Network>| {
        let (Some(ground), Some(meshes), Some(standby)) =
            (world.get_resource::<Ground>(), world.get_resource::<Meshes>(), world.get_resource::<Standby>())
        else {
            return;
        };
        let before = std::mem::take(&mut network.parents);
        network.parents = meshes.parents(core, ground);
        let now = &network.parents;
        let moved: BTreeSet<DeviceId> = meshes
            .gateway_of
            .keys()
            .copied()
            .filter(|&member| chain(&before, member) != chain(now, member))
            .collect();
        for (emitter, plan) in standby.plans() {
            let (ends, via) = plan.resolve(core, ground);
            if ends.iter().chain(&via).any(|end| moved.contains(end)) {
                let route = network.route(core, ground, Traffic::Flow(plan.flow), ends, &via);
                core.redirect(emitter, route, ends);
            }
        }
    });
}

/// Who passes on a device's messages, from its parent to the last before the gateway.
pub(super) fn chain(parents: &Parents, device: DeviceId) -> Vec<DeviceId> {
    let above = |at: &DeviceId| parents.get(at).copied();
    // The gateway has no parent: who has one passes on.
    std::iter::successors(above(&device), above).filter(|at| parents.contains_key(at)).collect()
}
