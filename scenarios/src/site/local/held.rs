//! The last command stays in force where the next does not come; who stood in is told of the commands that came.

use super::authority::{self, Authorities};
use crate::site::Site;
use crate::site::ground::Ground;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{Charge, Kind, kind};
use sim::message::{Action, ActionId, Message};
use std::collections::{BTreeMap, BTreeSet};

/// Commands that did not come while the last stayed in force.
pub const HELD: Kind = kind("command.held");
/// Commands that came from another than the receiver's first authority.
pub const BY_FALLBACK: Kind = kind("command.by-fallback");

/// Whose receivers hold the last command, and what else the arrival of a flow's messages does.
#[derive(Resource, Debug, Default)]
pub struct Held {
    emitters: BTreeSet<u32>,
    next: BTreeMap<u16, ActionId>,
}

/// An emitter's receiver holds the last command.
pub(super) fn watch(site: &mut Site, emitter: u32) {
    site.world.resource_mut::<Held>().emitters.insert(emitter);
}

/// Stand before whatever else the arrival or the loss of these flows' messages does.
pub(super) fn install(site: &mut Site) {
    let (held, authorities) = (site.world.resource::<Held>(), site.world.resource::<Authorities>());
    let emitters = held.emitters.iter().copied().chain(authorities.emitters());
    let flows: BTreeSet<u16> = emitters.map(|at| site.core.emitters[at as usize].flow).collect();
    if flows.is_empty() {
        return;
    }
    let own = site.core.action(Action { arrived, lost });
    for flow in flows {
        let before = std::mem::replace(&mut site.core.flows[usize::from(flow)].action, own);
        site.world.resource_mut::<Held>().next.insert(flow, before);
    }
}

fn next(core: &Core, world: &World, message: &Message) -> Action {
    let flow = core.emitters.get(message.emitter as usize).map(|emitter| emitter.flow);
    let next = flow.and_then(|flow| world.resource::<Held>().next.get(&flow).copied());
    core.action_of(next.unwrap_or_default())
}

fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    let ground = world.resource::<Ground>();
    if !message.ghost && authority::stands_in(world, ground, message.emitter, message.source) {
        let who = core.who(core.owner(message));
        core.fact(BY_FALLBACK, who, message.topic, Charge::default(), i64::from(message.weight));
    }
    (next(core, world, message).arrived)(core, world, message);
}

fn lost(core: &mut Core, world: &mut World, message: &Message, charge: Charge) {
    if world.resource::<Held>().emitters.contains(&message.emitter) {
        let who = core.who(core.owner(message));
        core.fact(HELD, who, message.topic, charge, i64::from(message.weight));
    }
    (next(core, world, message).lost)(core, world, message, charge);
}
