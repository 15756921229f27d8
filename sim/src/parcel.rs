//! Parcels: messages whose fate moves nothing but the books.
//!
//! Most messages are readings that nobody reacts to. Nothing waits for their arrival or their loss, so all that must
//! be kept of one under way fits into a line of memory, and nothing is looked up that its emitter knows. As soon as
//! anything out of the ordinary meets it (a toll, streams on a station, a loss), it becomes a [`Message`] and goes on
//! as one. What is recorded is the same to the bit: a test runs whole wards both ways.

use crate::books::Arrival;
use crate::core::Core;
use crate::kinds::{IN_TIME, LATENCY};
use crate::luck::occasion;
use crate::message::{DeviceId, Message};
use crate::plan::{DRAWN, Step};
use crate::route::{Delay, RouteId};
use crate::row::Class;
use crate::time::{SimTime, Span};
use crate::travel;
use bevy_ecs::world::World;

/// In a row's argument: this row moves nothing but the books.
pub(crate) const QUIET: u64 = 1 << 63;

/// A message under way whose arrival or loss moves nothing but the books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel {
    emitter: u32,
    route: RouteId,
    source: DeviceId,
    target: DeviceId,
    slot: u64,
    sent: SimTime,
    entered: SimTime,
    left: SimTime,
    value: i32,
    hop: u16,
}

/// The parcels under way: places are used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parcels {
    places: Vec<Parcel>,
    free: Vec<u32>,
}

/// The emitter of a place that is free.
const FREE: u32 = u32::MAX;

impl Parcels {
    fn insert(&mut self, parcel: Parcel) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = parcel;
                place
            }
            None => {
                self.places.push(parcel);
                (self.places.len() - 1) as u32
            }
        }
    }

    fn take(&mut self, place: u32) -> Option<Parcel> {
        let parcel = *self.places.get(place as usize)?;
        self.places[place as usize].emitter = FREE;
        self.free.push(place);
        Some(parcel)
    }

    /// The routes of everything under way.
    pub(crate) fn routes(&self) -> impl Iterator<Item = RouteId> {
        self.places.iter().filter(|parcel| parcel.emitter != FREE).map(|parcel| parcel.route)
    }

    /// The emitters of everything under way.
    pub(crate) fn emitters(&self) -> impl Iterator<Item = u32> {
        self.places.iter().map(|parcel| parcel.emitter).filter(|&emitter| emitter != FREE)
    }
}

impl Core {
    /// The parcel at this place as a message.
    pub(crate) fn parcel_as_message(&self, place: u32) -> Option<Message> {
        let parcel = self.parcels.places.get(place as usize).filter(|parcel| parcel.emitter != FREE)?;
        Some(as_message(self, parcel))
    }

    /// Whether the messages of an emitter move nothing but the books and meet no judgement of a control.
    pub(crate) fn may_parcel(&self, emitter: usize) -> bool {
        let Some(own) = self.emitters.get(emitter) else { return false };
        let flow = &self.flows[usize::from(own.flow)];
        let unmoved = flow.action.0 == 0 && !flow.shadowed && own.stream.is_none() && own.session == u32::MAX;
        unmoved
            && self.parcels_travel
            && self.plans.unjudged(own.route)
            && flow
                .answer
                .is_none_or(|answer| self.may_parcel((emitter as u32).wrapping_add(answer.offset) as usize))
    }
}

/// The message of a slot: due at `at`, and on its way if its source is up. It passes what it can within this row.
pub(crate) fn send(core: &mut Core, world: &mut World, emitter: u32, slot: u64, [sent, at]: [SimTime; 2]) {
    let own = &core.emitters[emitter as usize];
    let (route, source, target) = (own.route, own.source, own.target);
    let (owner, key, topic) = (own.owner, own.key, core.flows[usize::from(own.flow)].topic);
    let value = core.values.get(emitter as usize).copied().unwrap_or(0);
    let parcel = Parcel { emitter, route, source, target, slot, sent, entered: at, left: at, value, hop: 0 };
    core.due(at, owner, topic, [key, slot]);
    if core.status.up(core.unit(source)) {
        core.counters.messages += 1;
        pass(core, world, parcel, at);
    } else {
        crate::emit::unsent(core, world, &as_message(core, &parcel));
    }
}

/// The row of a parcel.
pub(crate) fn progress(core: &mut Core, world: &mut World, place: u32) {
    if let Some(parcel) = core.parcels.take(place) {
        pass(core, world, parcel, core.now);
    }
}

/// A parcel goes on at `at`: to its next station, and as far as nothing else can happen before it gets there.
fn pass(core: &mut Core, world: &mut World, mut parcel: Parcel, mut at: SimTime) {
    loop {
        let steps = core.plans.steps(parcel.route);
        let hop = usize::from(parcel.hop);
        if let Some(before) = hop.checked_sub(1).and_then(|before| steps.get(before))
            && let Some(station) = before.station(parcel.source, parcel.target)
            && core.stations[station.0 as usize].lost_inside(parcel.entered, parcel.left).is_some()
        {
            return go_on_as_message(core, world, &parcel);
        }
        let Some(&step) = steps.get(hop) else { return deliver(core, world, &parcel, at) };
        let shared = match steps.get(hop + 1) {
            Some(next) => next.is_at_station(),
            None => answered_at_station(core, parcel.emitter),
        };
        let Some(next) = take(core, &mut parcel, step, at) else {
            // It may have come ahead of its row over links that nobody shares: what meets it, meets it at `at`.
            if at > core.now {
                let message = as_message(core, &parcel);
                let id = message.id;
                let place = core.messages.insert(message);
                return core.push(at, Class::MESSAGE, id, u64::from(place.0));
            }
            return go_on_as_message(core, world, &parcel);
        };
        // What is served elsewhere must come in the order of time; a mere link, or the end, need not.
        if shared || next >= core.quiet_until {
            let tie = tie(core, parcel.emitter);
            let place = core.parcels.insert(parcel);
            return core.push(next, Class::MESSAGE, tie, QUIET | u64::from(place));
        }
        at = next;
    }
}

/// Whether the answer to an emitter's messages begins at a station: then it must not set off ahead of its time.
fn answered_at_station(core: &Core, emitter: u32) -> bool {
    let own = &core.emitters[emitter as usize];
    core.flows[usize::from(own.flow)].answer.is_some_and(|answer| {
        let back = core.emitters.get(emitter.wrapping_add(answer.offset) as usize);
        back.and_then(|back| core.plans.steps(back.route).first()).is_some_and(|step| step.is_at_station())
    })
}

/// The id of the tie rule.
fn tie(core: &Core, emitter: u32) -> u64 {
    let own = &core.emitters[emitter as usize];
    u64::from(own.owner.0) << 16 | u64::from(core.flows[usize::from(own.flow)].topic.0)
}

/// Take one step at `now`; gives when the next one is due, or nothing where it is out of the ordinary.
fn take(core: &mut Core, parcel: &mut Parcel, step: Step, now: SimTime) -> Option<SimTime> {
    let (source, target) = (parcel.source, parcel.target);
    if step.tolled || step.part(source, target).is_some_and(|part| !core.status.up(part)) {
        return None;
    }
    let emitter = &core.emitters[parcel.emitter as usize];
    let name = |hop| occasion(&[parcel.slot, u64::from(hop), 0]);
    if step.loss > 0.0 && core.loss.chance(step.loss, emitter.key, name(parcel.hop)) {
        return None;
    }
    let mut leaves = now;
    if let Some(id) = step.station(source, target) {
        let station = &mut core.stations[id.0 as usize];
        if !core.status.up(station.part) {
            return None;
        }
        let bytes = u64::from(core.flows[usize::from(emitter.flow)].bytes);
        let work = station.fixed + step.work + station.bytes_time(bytes);
        leaves = station.visit_plain(now, work)?;
        core.counters.visits += 1;
        (parcel.entered, parcel.left) = (now, leaves);
    }
    core.counters.stages[usize::from(step.stage)] += 1;
    let delay = match (step.delay, core.routes.hops(parcel.route).get(usize::from(parcel.hop))) {
        (DRAWN, Some(hop)) => match hop.delay {
            Some(Delay::Drawn(law)) => law.span(core.latency.unit(emitter.key, name(parcel.hop))),
            _ => Span::ZERO,
        },
        (fixed, _) => Span(fixed),
    };
    parcel.hop += 1;
    Some(leaves + delay)
}

/// It arrives at `at`.
fn deliver(core: &mut Core, world: &mut World, parcel: &Parcel, at: SimTime) {
    let emitter = &core.emitters[parcel.emitter as usize];
    let flow = &core.flows[usize::from(emitter.flow)];
    let in_time = at <= parcel.sent + flow.deadline;
    let name = [emitter.key, parcel.slot];
    let (topic, owner, who) = (flow.topic, emitter.owner, core.who(emitter.owner));
    let (sent, value) = (parcel.sent, parcel.value as u64);
    core.books.arrived(topic, &Arrival { name, at, sent, weight: 1, in_time, value, owner });
    if in_time {
        core.tell(at, IN_TIME, who, topic, 1);
        core.tell(at, LATENCY, who, topic, at.since(sent).0 as i64);
    } else {
        travel::late(core, &as_message(core, parcel), at);
    }
    crate::emit::answer(core, world, parcel.emitter, parcel.slot, [sent, at]);
}

/// The parcel as a message, from where it is.
fn as_message(core: &Core, parcel: &Parcel) -> Message {
    let emitter = &core.emitters[parcel.emitter as usize];
    let flow = &core.flows[usize::from(emitter.flow)];
    let mut message = Message::of_slot(flow, emitter, parcel.emitter, parcel.slot, parcel.sent);
    message.value = parcel.value as u64;
    (message.route, message.source, message.target) = (parcel.route, parcel.source, parcel.target);
    let before = usize::from(parcel.hop).checked_sub(1);
    let before = before.and_then(|hop| core.plans.steps(parcel.route).get(hop));
    message.station = before.and_then(|step| step.station(parcel.source, parcel.target));
    (message.hop, message.began) = (parcel.hop, parcel.sent);
    (message.entered, message.left) = (parcel.entered, parcel.left);
    message
}

fn go_on_as_message(core: &mut Core, world: &mut World, parcel: &Parcel) {
    let message = as_message(core, parcel);
    let place = core.messages.insert(message);
    travel::go_on(core, world, place);
}
