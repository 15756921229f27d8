//! Exchanges: messages that somebody waits to hear of, and sends again while nothing is heard.
//!
//! A flow that is `confirmed` has each message answered by an acknowledgement of its own; one that is `polled` has each
//! message asked for ([`poll`]); one that `forwards` another sends on, to each who subscribed, what came to the broker
//! ([`broker`]). Copies, requests and acknowledgements are rows on the routes and stations of all other traffic. A
//! message is in the books once: due when its exchange begins, and arrived with the first copy that does.
//!
//! # Differs from the real thing
//! Who waits waits equally long each time (RFC 6298 would wait longer and longer). Acknowledgements are not sealed. A
//! source that goes down forgets what it waits for when the time is up, and sends nothing again meanwhile.

pub mod broker;
pub mod poll;

use super::classes::{EXCHANGE, LAST_EXCHANGES};
use super::ground::Ground;
use super::network::{Network, Traffic};
use super::{Site, SiteError};
use crate::language::flow::CarriedAs;
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, kind};
use sim::message::{Action, ActionId, Message};
use sim::row::Row;
use sim::station::Shares;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// Messages that arrived, as their sender never heard.
pub const UNCONFIRMED: Kind = kind("message.unconfirmed");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("message.unconfirmed", "message")];

/// How a flow's messages are exchanged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// How long one waits before one sends again.
    pub(super) within: Span,
    /// How often one sends again.
    pub(super) retries: u8,
    /// Size of an acknowledgement, or of a request.
    pub(super) bytes: u32,
    /// Whether it is the receiver who asks, and what arrives is what it waits for.
    pub(super) polled: bool,
}

/// An exchange that is not over.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    emitter: u32,
    slot: u64,
    sent: SimTime,
    attempt: u8,
    /// Copies (requests and acknowledgements left out) under way.
    copies: u32,
    arrived: bool,
    given_up: bool,
    last: Charge,
    /// What copies that did not arrive have cost, by who lost them [ns].
    before: Shares,
}

/// All exchanges.
#[derive(Resource, Debug, Default)]
pub struct Exchanges {
    ways: BTreeMap<u16, Way>,
    copy: ActionId,
    acknowledge: ActionId,
    request: ActionId,
    open: BTreeMap<u64, Open>,
    next: u64,
}

sim::kept!(Exchanges { open, next } built { ways, copy, acknowledge, request });

/// How the flows are exchanged; before they are laid.
pub(super) fn prepare(site: &mut Site) -> Result<(), SiteError> {
    let mut own = Exchanges::default();
    let scenario = std::sync::Arc::clone(&site.scenario);
    for (at, flow) in (0..).zip(scenario.flows.values()) {
        if let Some(confirmed) = &flow.confirmed {
            let within = match &confirmed.within {
                Some(stated) => stated.value.0,
                None => site.numbers.span("acknowledgement.within")?,
            };
            let retries = match &confirmed.retries {
                Some(stated) => stated.value,
                None => site.numbers.count("message.retries")?,
            };
            let bytes = match &confirmed.size {
                Some(stated) => stated.value.0 as u32,
                None => site.numbers.count("acknowledgement.bytes")?,
            };
            own.ways.insert(at, Way { within, retries: retries.min(255) as u8, bytes, polled: false });
        } else if let Some(polled) = &flow.polled {
            let retries = polled.retries.value.min(255) as u8;
            let (within, bytes) = (polled.within.value.0, polled.request.value.0 as u32);
            own.ways.insert(at, Way { within, retries, bytes, polled: true });
        }
    }
    let nothing = |_: &mut Core, _: &mut World, _: &Message, _: Charge| ();
    own.copy = site.core.action(Action { arrived: copy_arrived, lost: copy_lost });
    own.acknowledge = site.core.action(Action { arrived: acknowledged, lost: nothing });
    own.request = site.core.action(Action { arrived: requested, lost: request_lost });
    site.core.handle(EXCHANGE, time_is_up);
    site.world.insert_resource(own);
    broker::prepare(site);
    poll::prepare(site);
    Ok(())
}

/// All flows are laid.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    site.core.handle(LAST_EXCHANGES, last);
    if !site.world.resource::<Exchanges>().ways.is_empty() {
        let end = SimTime(site.core.horizon.0.saturating_sub(1));
        site.core.push(end, LAST_EXCHANGES, 0, 0);
    }
    poll::install(site);
    broker::install(site)
}

/// Whether an exchange takes over each slot of a flow's clocks.
pub(super) fn takes(text: &crate::language::flow::Flow) -> bool {
    text.confirmed.is_some() && text.forwards.is_none() && text.carried_as == CarriedAs::Messages
}

/// A slot of a confirmed flow has come: its exchange begins.
pub(super) fn slot(core: &mut Core, world: &mut World, emitter: u32) {
    if let Some(own) = core.emitters.get(emitter as usize) {
        let slot = u64::from(own.slot);
        begin(core, world, emitter, slot, core.now);
    }
}

/// An exchange begins: its message is due, timed from `sent`. Gives its number, or nothing if its source is down.
pub(super) fn begin(
    core: &mut Core,
    world: &mut World,
    emitter: u32,
    slot: u64,
    sent: SimTime,
) -> Option<u64> {
    let message = core.take_slot(emitter, slot, sent)?;
    go_on(core, world, &message, emitter)
}

/// A message that is due sets out.
fn go_on(core: &mut Core, world: &mut World, message: &Message, emitter: u32) -> Option<u64> {
    let way = way(core, world, emitter)?;
    let asks = if way.polled { message.target } else { message.source };
    if !core.status.up(core.unit(asks)) {
        let charge = core.status.first_reason(core.unit(asks));
        let charge = core.slot_unsent(message, Some(charge));
        (core.action_of(message.action).lost)(core, world, message, charge);
        return None;
    }
    let mut exchanges = world.resource_mut::<Exchanges>();
    let id = exchanges.next;
    exchanges.next += 1;
    let open = Open {
        emitter,
        slot: message.slot,
        sent: message.sent,
        attempt: 0,
        copies: 0,
        arrived: false,
        given_up: false,
        last: Charge { by: core.radio, because: CauseId::NONE },
        before: Shares::new(),
    };
    exchanges.open.insert(id, open);
    attempt(core, world, id);
    Some(id)
}

fn way(core: &Core, world: &World, emitter: u32) -> Option<Way> {
    let flow = core.emitters.get(emitter as usize)?.flow;
    world.resource::<Exchanges>().ways.get(&flow).copied()
}

/// The message of an exchange, on the way that its emitter takes now.
fn message(core: &Core, world: &World, id: u64) -> Option<(Message, Way)> {
    let open = world.resource::<Exchanges>().open.get(&id)?;
    let mut message = core.message_of(open.emitter, open.slot, open.sent)?;
    message.attempt = open.attempt;
    Some((message, way(core, world, open.emitter)?))
}

/// Send a copy, or ask for one; and wait.
fn attempt(core: &mut Core, world: &mut World, id: u64) {
    let Some((message, way)) = message(core, world, id) else { return };
    let tie = message.id;
    core.push(core.now + way.within.max(Span(1)), EXCHANGE, tie, id);
    if way.polled {
        let request = world.resource::<Exchanges>().request;
        return back(core, world, &message, way.bytes, request, id);
    }
    send_copy(core, world, &message, id);
}

fn send_copy(core: &mut Core, world: &mut World, message: &Message, id: u64) {
    let mut exchanges = world.resource_mut::<Exchanges>();
    let action = exchanges.copy;
    if let Some(open) = exchanges.open.get_mut(&id) {
        open.copies += 1;
    }
    core.launch_copy(message, action, id);
}

/// Send so many bytes from a message's receiver to its sender.
fn back(core: &mut Core, world: &mut World, message: &Message, bytes: u32, action: ActionId, id: u64) {
    let route = world.resource_scope(|world, mut network: Mut<Network>| {
        let ends = [message.target, message.source];
        network.route(core, world.resource::<Ground>(), Traffic::Contact, ends, &[])
    });
    let mut reply = core.reply_to(message, route, bytes);
    (reply.action, reply.arg) = (action, id);
    core.launch(reply);
}

/// A request has come: what it asks for is sent.
fn requested(core: &mut Core, world: &mut World, request: &Message) {
    let Some((mut message, _)) = message(core, world, request.arg) else { return };
    message.attempt = request.attempt;
    send_copy(core, world, &message, request.arg);
}

fn request_lost(core: &mut Core, world: &mut World, request: &Message, charge: Charge) {
    note_loss(core, world, request.arg, charge, false);
}

fn copy_lost(core: &mut Core, world: &mut World, copy: &Message, charge: Charge) {
    note_loss(core, world, copy.arg, charge, true);
}

/// Something of an exchange was lost, to this charge; the wait for it is that charge's.
fn note_loss(core: &mut Core, world: &mut World, id: u64, charge: Charge, copy: bool) {
    let mut exchanges = world.resource_mut::<Exchanges>();
    let flow =
        exchanges.open.get(&id).and_then(|open| core.emitters.get(open.emitter as usize)).map(|own| own.flow);
    let within = flow.and_then(|flow| exchanges.ways.get(&flow)).map_or(0, |way| way.within.0);
    let Some(open) = exchanges.open.get_mut(&id) else { return };
    open.copies -= u32::from(copy);
    open.last = charge;
    open.before.add(charge.by, within);
    settle(core, world, id);
}

/// A copy has come: the first is the message; each is acknowledged, where anybody waits for that.
fn copy_arrived(core: &mut Core, world: &mut World, copy: &Message) {
    let id = copy.arg;
    let mut exchanges = world.resource_mut::<Exchanges>();
    let acknowledge = exchanges.acknowledge;
    let Some(open) = exchanges.open.get_mut(&id) else { return };
    open.copies -= 1;
    let (first, emitter) = (!std::mem::replace(&mut open.arrived, true), open.emitter);
    let before = open.before.clone();
    let Some(way) = way(core, world, emitter) else { return };
    if first {
        core.slot_arrived(copy, &before);
        let action =
            core.flows.get(usize::from(core.emitters[emitter as usize].flow)).map(|flow| flow.action);
        let mut whole = copy.clone();
        (whole.weight, whole.arg, whole.action) = (1, 0, action.unwrap_or_default());
        (core.action_of(whole.action).arrived)(core, world, &whole);
    }
    if way.polled {
        if world.resource_mut::<Exchanges>().open.get(&id).is_some_and(|open| !open.given_up) {
            close(core, world, id);
        } else {
            settle(core, world, id);
        }
    } else {
        back(core, world, copy, way.bytes, acknowledge, id);
        settle(core, world, id);
    }
}

/// An acknowledgement has come: nobody waits any more.
fn acknowledged(core: &mut Core, world: &mut World, reply: &Message) {
    let mut exchanges = world.resource_mut::<Exchanges>();
    let Some(open) = exchanges.open.get_mut(&reply.arg) else { return };
    // Copies under way come to nobody's surprise: they are dropped where they arrive.
    if open.copies == 0 && !open.given_up {
        close(core, world, reply.arg);
    } else {
        open.given_up = true;
        open.attempt = u8::MAX;
        settle(core, world, reply.arg);
    }
}

/// Who waits has waited long enough.
fn time_is_up(core: &mut Core, world: &mut World, row: Row) {
    let id = row.arg;
    let Some((message, way)) = message(core, world, id) else { return };
    let asks = if way.polled { message.target } else { message.source };
    let up = core.status.up(core.unit(asks));
    let mut exchanges = world.resource_mut::<Exchanges>();
    let Some(open) = exchanges.open.get_mut(&id).filter(|open| !open.given_up) else { return };
    if up && open.attempt < way.retries {
        open.attempt += 1;
        return attempt(core, world, id);
    }
    if !up {
        open.last = core.status.first_reason(core.unit(asks));
    }
    open.given_up = true;
    if open.arrived && !way.polled {
        let who = core.who(core.owner(&message));
        core.fact(UNCONFIRMED, who, message.topic, Charge::default(), 1);
    }
    let emitter = open.emitter;
    settle(core, world, id);
    if way.polled {
        poll::done(core, world, emitter);
    }
}

/// An exchange that was given up is over once none of its copies is under way.
fn settle(core: &mut Core, world: &mut World, id: u64) {
    let exchanges = world.resource::<Exchanges>();
    let Some(open) = exchanges.open.get(&id).filter(|open| open.given_up && open.copies == 0) else { return };
    let (arrived, last) = (open.arrived, open.last);
    let Some((message, _)) = message(core, world, id) else { return };
    world.resource_mut::<Exchanges>().open.remove(&id);
    if !arrived && !broker::keep(core, world, &message, last) {
        core.slot_lost(&message, last);
        (core.action_of(message.action).lost)(core, world, &message, last);
    }
}

/// An exchange is over: what it was for has come.
fn close(core: &mut Core, world: &mut World, id: u64) {
    let Some(open) = world.resource_mut::<Exchanges>().open.remove(&id) else { return };
    if way(core, world, open.emitter).is_some_and(|way| way.polled) {
        poll::done(core, world, open.emitter);
    }
}

/// The run's last instant: what nobody knows of yet.
fn last(core: &mut Core, world: &mut World, _: Row) {
    let open = world.get_resource::<Exchanges>().map(|all| {
        all.open
            .values()
            .filter(|open| !open.arrived)
            .map(|open| (open.emitter, open.slot, open.sent))
            .collect::<Vec<_>>()
    });
    for (emitter, slot, sent) in open.into_iter().flatten().chain(broker::waiting(world)) {
        if let Some(message) = core.message_of(emitter, slot, sent) {
            core.slot_open(&message);
        }
    }
}
