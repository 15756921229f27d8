//! Publish and subscribe: what reaches a broker is sent on to each who subscribed, one message for each of them.
//!
//! Unconfirmed, as with MQTT's quality of service 0, a message is sent once; confirmed, as with 1, it is sent again until
//! it is acknowledged. For a subscriber with a session the broker keeps what it could not deliver, as many messages as
//! it has room for, and delivers them when it reaches the subscriber again.
//!
//! # Differs from the real thing
//! It is the broker that asks whether a subscriber is there, not the subscriber who says so. Subscribing itself, wills,
//! and messages that are retained for those who subscribe later are left out.

use super::{Exchanges, go_on};
use crate::site::local::contact::{self, Contacts};
use crate::site::standby::End;
use crate::site::{Site, SiteError, local};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::luck::mix;
use sim::message::{Action, ActionId, Message};
use sim::time::SimTime;
use std::collections::{BTreeMap, VecDeque};

/// A subscriber's session.
#[derive(Clone, Copy, Debug)]
struct Session {
    contact: usize,
    keeps: usize,
}

/// A message that waits for its subscriber.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Waiting {
    slot: u64,
    sent: SimTime,
}

/// Who subscribed to what.
#[derive(Resource, Debug, Default)]
pub struct Subscriptions {
    /// The emitters that send on what comes by a flow.
    of: BTreeMap<u16, Vec<u32>>,
    /// What else the arrival of such a flow's message does.
    next: BTreeMap<u16, ActionId>,
    sessions: BTreeMap<u32, Session>,
    by_contact: BTreeMap<usize, Vec<u32>>,
    waiting: BTreeMap<u32, VecDeque<Waiting>>,
    full: CauseId,
}

sim::kept!(Subscriptions { waiting } built { of, next, sessions, by_contact, full });

pub(super) fn prepare(site: &mut Site) {
    let full = site.core.names.cause(By::Design, "a full session");
    site.world.insert_resource(Subscriptions { full, ..Subscriptions::default() });
}

pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let flows: Vec<_> = (0_u16..).zip(site.ground.flows.clone()).collect();
    for (_, flow) in &flows {
        let Some(forwards) = &flow.text.forwards else { continue };
        let Some((from, _)) = flows.iter().find(|(_, other)| other.name == forwards.flow.value) else {
            continue;
        };
        let emitters: Vec<u32> = (flow.emitters.0..flow.emitters.0 + flow.emitters.1).collect();
        site.world.resource_mut::<Subscriptions>().of.entry(*from).or_default().extend(&emitters);
        let Some(session) = &forwards.session else { continue };
        for emitter in emitters {
            let own = &site.core.emitters[emitter as usize];
            let (broker, subscriber) = (own.source, End::Device(own.target));
            let contact = contact::watch(site, broker, subscriber, session.notices.as_ref(), false)?;
            let mut own = site.world.resource_mut::<Subscriptions>();
            own.sessions.insert(emitter, Session { contact, keeps: session.keeps.value as usize });
            own.by_contact.entry(contact).or_default().push(emitter);
        }
    }
    let forwarded: Vec<u16> = site.world.resource::<Subscriptions>().of.keys().copied().collect();
    if forwarded.is_empty() {
        return Ok(());
    }
    let action = site.core.action(Action { arrived, lost });
    for flow in forwarded {
        let before = std::mem::replace(&mut site.core.flows[usize::from(flow)].action, action);
        site.world.resource_mut::<Subscriptions>().next.insert(flow, before);
    }
    Ok(())
}

fn next(core: &Core, world: &World, message: &Message) -> Action {
    let flow = core.emitters.get(message.emitter as usize).map(|emitter| emitter.flow);
    let next = flow.and_then(|flow| world.resource::<Subscriptions>().next.get(&flow).copied());
    core.action_of(next.unwrap_or_default())
}

fn lost(core: &mut Core, world: &mut World, message: &Message, charge: Charge) {
    (next(core, world, message).lost)(core, world, message, charge);
}

/// A message has reached the broker: it goes on to each who subscribed there.
fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    (next(core, world, message).arrived)(core, world, message);
    if message.ghost {
        return;
    }
    let flow = core.emitters.get(message.emitter as usize).map(|emitter| emitter.flow);
    let emitters = flow.and_then(|flow| world.resource::<Subscriptions>().of.get(&flow).cloned());
    let slot = mix(message.key ^ mix(message.slot));
    for emitter in emitters.into_iter().flatten() {
        let Some(own) = core.emitters.get(emitter as usize).filter(|own| own.source == message.target) else {
            continue;
        };
        if !world.resource::<Exchanges>().ways.contains_key(&own.flow) {
            core.send_since(world, emitter, slot, message.sent);
            continue;
        }
        let Some(own) = core.take_slot(emitter, slot, message.sent) else { continue };
        let away = world.resource::<Subscriptions>().sessions.get(&emitter);
        let away = away.filter(|session| !world.resource::<Contacts>().reached(session.contact));
        match away.map(|session| session.contact) {
            None => drop(go_on(core, world, &own, emitter)),
            Some(contact) => {
                let truth = local::truth(core, world, contact);
                keep(core, world, &own, truth);
            }
        }
    }
}

/// Keep what a subscriber with a session could not be given, because of this charge; true if it has a session.
pub(super) fn keep(core: &mut Core, world: &mut World, message: &Message, charge: Charge) -> bool {
    let mut own = world.resource_mut::<Subscriptions>();
    let own = &mut *own;
    let Some(session) = own.sessions.get(&message.emitter) else { return false };
    let queue = own.waiting.entry(message.emitter).or_default();
    queue.push_back(Waiting { slot: message.slot, sent: message.sent });
    let full = Charge { by: own.full, because: charge.by };
    let dropped = if queue.len() > session.keeps { queue.pop_front() } else { None };
    if let Some(oldest) = dropped
        && let Some(oldest) = core.message_of(message.emitter, oldest.slot, oldest.sent)
    {
        core.slot_lost(&oldest, full);
        (core.action_of(oldest.action).lost)(core, world, &oldest, full);
    }
    true
}

/// A subscriber is there: what waits for it is delivered, in the order in which it came.
pub(in crate::site) fn release(core: &mut Core, world: &mut World, contact: usize) {
    let Some(mut own) = world.get_resource_mut::<Subscriptions>() else { return };
    let emitters = own.by_contact.get(&contact).cloned();
    let mut all = Vec::new();
    for emitter in emitters.into_iter().flatten() {
        all.extend(own.waiting.remove(&emitter).into_iter().flatten().map(|one| (emitter, one)));
    }
    for (emitter, one) in all {
        if let Some(message) = core.message_of(emitter, one.slot, one.sent) {
            go_on(core, world, &message, emitter);
        }
    }
}

/// What still waits.
pub(super) fn waiting(world: &World) -> Vec<(u32, u64, SimTime)> {
    let all = world.get_resource::<Subscriptions>().map(|own| {
        let each =
            own.waiting.iter().flat_map(|(&at, queue)| queue.iter().map(move |one| (at, one.slot, one.sent)));
        each.collect()
    });
    all.unwrap_or_default()
}
