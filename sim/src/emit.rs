//! Emission: scheduled slots become messages, or are lost unsent.

use crate::core::Core;
use crate::fact::{Charge, Topic};
use crate::kinds::{CHARGE_UNSENT, DUE, ENERGY, IN_FLIGHT, IN_TIME, MILLIONTHS, UNSENT};
use crate::luck::occasion;
use crate::message::{Answer, DeviceId, Emitter, Message, MessageId};
use crate::parcel::{self, Parcel};
use crate::rank::{Path, Reason};
use crate::route::RouteId;
use crate::row::{Class, Row};
use crate::status::{DutyId, share};
use crate::tick::Stage;
use crate::time::SimTime;
use bevy_ecs::world::World;
use smallvec::SmallVec;

/// Schedule the first slot of every emitter.
pub(crate) fn start(core: &mut Core) {
    core.carries = core.flows.iter().any(|flow| flow.smoothing.is_some());
    core.settle_paths();
    core.look_ahead();
    for at in 0..core.emitters.len() {
        let emitter = &core.emitters[at];
        if emitter.is_clocked() {
            let key = core.emitter_key(at as u32);
            let first = core.flows[usize::from(emitter.flow)].every.first(core.slots, key);
            core.schedule(at, SimTime::ZERO + first);
        }
    }
}

/// A slot comes due.
pub(crate) fn wake(core: &mut Core, world: &mut World, row: Row) {
    core.counters.stages[Stage::Sense as usize] += 1;
    let at = row.arg as u32 as usize;
    let Some(emitter) = core.emitters.get_mut(at) else { return };
    let slot = u64::from(emitter.slot);
    emitter.slot += 1;
    let (enabled, light) = (emitter.is_enabled(), emitter.is_light());
    let flow = &core.flows[usize::from(emitter.flow)];
    let key = core.emitter_key(at as u32);
    let wanted = flow.wanted;
    let next = row.at + flow.every.pause(core.slots.bits(key, slot + 1));
    if let Some(shift) = flow.smoothing {
        let drawn = (core.slots.bits(key, slot) & 0xFFFF) as i32;
        let before = core.value(at);
        core.set_value(at, before + ((drawn - before) >> shift));
    }
    core.schedule(at, next);
    if !enabled || wanted.is_some_and(|wanted| !wanted(core, world, at as u32)) {
        return;
    }
    if light {
        parcel::of_slot(core, world, at as u32, slot as u32, [row.at, row.at]);
    } else {
        depart(core, world, at, slot, row.at, Core::set_off);
    }
}

/// A message has arrived at `at`, of a slot that was sent at `sent`: it may have an answer.
pub(crate) fn answer(core: &mut Core, world: &mut World, emitter: u32, slot: u64, [sent, at]: [SimTime; 2]) {
    let Some(own) = core.emitters.get(emitter as usize) else { return };
    let Some(answer) = core.flows[usize::from(own.flow)].answer else { return };
    let name = core.slots.bits(core.emitter_key(emitter), slot);
    answer_to(core, world, (emitter, slot, name), answer, [sent, at]);
}

/// As [`answer`], of an emitter whose slot has this draw and the answer of its flow.
#[inline]
pub(crate) fn answer_to(
    core: &mut Core,
    world: &mut World,
    (emitter, slot, name): (u32, u64, u64),
    answer: Answer,
    [sent, at]: [SimTime; 2],
) {
    if !answer.follows(name) {
        return;
    }
    let back = emitter.wrapping_add(answer.offset);
    if core.emitters.get(back as usize).is_some_and(Emitter::is_light) {
        parcel::of_slot(core, world, back, slot as u32, [sent, at]);
    } else {
        depart(core, world, back as usize, slot, sent, Core::set_off);
    }
}

impl Core {
    /// A message of this name is due now.
    pub(crate) fn due(&mut self, at: SimTime, owner: DeviceId, topic: Topic, name: u64) {
        self.books.due(topic, name);
        self.tell(at, DUE, self.who(owner), topic, 1);
    }

    /// Let an emitter's next slot come due at `at`.
    pub(crate) fn schedule(&mut self, emitter: usize, at: SimTime) {
        let own = &self.emitters[emitter];
        if own.is_light() && self.flows[usize::from(own.flow)].wanted.is_none() {
            let base = self.slots.base(self.emitter_key(emitter as u32));
            let slot = (own.slot, self.slots.draw(base, u64::from(own.slot)));
            let (plan, value) = (self.plans.first(own), self.value(emitter) as u16);
            return crate::early::await_slot(self, at, (emitter as u32, base), slot, plan, value);
        }
        self.push(at, Class::WAKE, self.wake_id(emitter), emitter as u64);
    }

    /// An emitter's slot turns from a parcel into a row: its emitter keeps the count and the value.
    pub(crate) fn settle_slot(&mut self, wake: &Parcel) {
        let at = wake.emitter as usize;
        self.emitters[at].slot = wake.slot;
        if self.carries {
            self.set_value(at, i32::from(wake.value));
        }
    }

    /// The value that an emitter's last message carried, if it is kept here.
    pub(crate) fn value(&self, emitter: usize) -> i32 {
        self.values.get(emitter).copied().unwrap_or(0)
    }

    fn set_value(&mut self, emitter: usize, value: i32) {
        if emitter >= self.values.len() {
            self.values.resize(self.emitters.len(), 0);
        }
        self.values[emitter] = value;
    }

    /// The id of the tie rule of an emitter's slots.
    pub(crate) fn wake_id(&self, emitter: usize) -> u64 {
        let own = &self.emitters[emitter];
        u64::from(own.owner().0) << 16 | u64::from(self.flows[usize::from(own.flow)].topic.0)
    }

    /// The row of an emitter's slot.
    pub(crate) fn wake_row(&self, emitter: usize, at: SimTime) -> Row {
        Row::new(at, Class::WAKE, self.wake_id(emitter), 0, emitter as u64)
    }

    /// Send an emitter's messages elsewhere from now on; those under way go on as they were sent.
    pub fn redirect(&mut self, emitter: u32, route: RouteId, [source, target]: [DeviceId; 2]) {
        self.unpack();
        self.path = Path::InOrder { because: Reason::Rerouted };
        if let Some(own) = self.emitters.get_mut(emitter as usize) {
            (own.route, own.source, own.target) = (route, source, target);
            self.plans.of(&self.routes, route, own.flow);
        }
        self.resettle(emitter);
    }

    /// Let an emitter's messages need this session from now on, or none.
    pub fn set_session(&mut self, emitter: u32, session: Option<u32>) {
        self.session_of.set(emitter, session);
        self.resettle(emitter);
        self.path = Path::InOrder { because: Reason::Rerouted };
    }

    /// Something about an emitter has changed: find out anew whether it sends parcels, and whoever is answered by it.
    fn resettle(&mut self, emitter: u32) {
        self.plans.legs.forget_answers();
        let offsets: SmallVec<[u32; 4]> =
            self.flows.iter().filter_map(|flow| Some(flow.answer?.offset)).collect();
        self.settle_light(emitter as usize);
        for offset in offsets {
            self.settle_light(emitter.wrapping_sub(offset) as usize);
        }
    }

    /// Let every message under way as a parcel go on as one that knows its own way; slots go on as they are.
    pub(crate) fn unpack(&mut self) {
        self.part_slots();
        if self.waiting_parcels().all(|parcel| parcel.is_wake()) {
            return;
        }
        let (waiting, worked) = self.take_waiting(self.now);
        let mut parcels = Vec::new();
        for parcel in worked.iter(&waiting) {
            if parcel.is_wake() {
                self.put(0, parcel);
            } else {
                parcels.push((parcel.at, self.turn(&parcel), parcel));
            }
        }
        parcels.sort_by_key(|(at, turn, parcel)| (*at, *turn, parcel.emitter, parcel.slot));
        for (at, (class, id), parcel) in parcels {
            let message = self.as_message(&parcel);
            let place = self.messages.insert(message);
            debug_assert!(class == Class::MESSAGE, "a first hop is passed within the row that sends");
            self.push(at, Class::MESSAGE, id, u64::from(place.0));
        }
    }

    /// Send the message of a slot outside its schedule: something happened that calls for it.
    pub fn send_now(&mut self, world: &mut World, emitter: u32, slot: u64) {
        if (emitter as usize) < self.emitters.len() {
            let launch: Departure = |core, _, message| {
                core.launch(message);
            };
            depart(self, world, emitter as usize, slot, self.now, launch);
        }
    }

    /// As [`Core::send_now`], timed from `sent`: the message goes on with what another brought.
    pub fn send_since(&mut self, world: &mut World, emitter: u32, slot: u64, sent: SimTime) {
        if (emitter as usize) < self.emitters.len() {
            let launch: Departure = |core, _, message| {
                let sent = message.sent;
                let place = core.launch(message);
                if let Some(own) = core.messages.get_mut(place) {
                    own.sent = sent;
                }
            };
            depart(self, world, emitter as usize, slot, sent, launch);
        }
    }

    /// Let a message pass its first hop within the row that made it.
    fn set_off(&mut self, world: &mut World, mut message: Message) {
        message.began = self.now;
        self.counters.messages += 1;
        let place = self.messages.insert(message);
        crate::travel::go_on(self, world, place);
    }

    /// Put a message on its way now.
    pub fn launch(&mut self, mut message: Message) -> MessageId {
        message.sent = self.now;
        message.began = self.now;
        self.counters.messages += 1;
        let (id, at) = (message.id, self.now);
        let place = self.messages.insert(message);
        self.push(at, Class::MESSAGE, id, u64::from(place.0));
        place
    }
}

/// How a message goes on its way.
type Departure = fn(&mut Core, &mut World, Message);

/// The message of a slot, timed from `sent`: due, and on its way if its source is up. Its ghost goes before it, so that
/// it does not wait for the very message whose bare path it travels.
fn depart(core: &mut Core, world: &mut World, at: usize, slot: u64, sent: SimTime, go: Departure) {
    let emitter = &core.emitters[at];
    let flow = &core.flows[usize::from(emitter.flow)];
    let (owner, topic, shadowed) = (emitter.owner(), flow.topic, flow.shadowed);
    let own = (at as u32, core.emitter_key(at as u32));
    let mut message = Message::of_slot(flow, emitter, own, slot, sent);
    message.value = core.value(at) as u64;
    if let Some(duty) = core.stream_of.of(at as u32) {
        // A sample stands for all that the stream sent since the last one; what was down is accounted already.
        core.accrue(duty);
        message.weight = core.status.take_served(duty) as u32;
        if message.weight == 0 {
            return;
        }
        if !core.status.duty_up(duty) {
            let who = core.who(owner);
            return core.fact(IN_TIME, who, topic, Charge::default(), i64::from(message.weight));
        }
    } else {
        core.due(core.now, owner, topic, core.slots.bits(message.key, slot));
    }
    if shadowed {
        let ghost = Message { ghost: true, weight: 0, retry: None, ..message.clone() };
        go(core, world, ghost);
    }
    if core.status.up(core.unit(message.source)) {
        go(core, world, message);
    } else {
        unsent(core, world, &message);
    }
}

/// The message of a slot could not be sent: its source is down.
pub(crate) fn unsent(core: &mut Core, world: &mut World, message: &Message) {
    let unit = core.unit(message.source);
    let reasons: SmallVec<[Charge; 4]> = core.status.reasons(unit).iter().copied().collect();
    let who = core.who(core.owner(message));
    core.fact(UNSENT, who, message.topic, Charge::default(), i64::from(message.weight));
    let charges = share(u64::from(message.weight) * MILLIONTHS, reasons, &core.names);
    let kind = CHARGE_UNSENT[usize::from(charges.len() > 1)];
    for (charge, amount) in charges {
        core.fact(kind, who, message.topic, charge, amount as i64);
    }
    let first = core.status.first_reason(unit);
    (core.action_of(message.action).lost)(core, world, message, first);
}

/// At the horizon: who is under way, and what each device spent.
pub(crate) fn finish(core: &mut Core) {
    let under_way: Vec<(DeviceId, Message)> = core
        .messages
        .iter()
        .filter(|message| message.weight > 0)
        .map(|message| (core.owner(message), message.clone()))
        .collect();
    let parcels = core.waiting_parcels().filter(|parcel| !parcel.is_wake()).map(|parcel| parcel.emitter);
    for at in parcels.chain(core.stranded.iter().copied()).collect::<Vec<_>>() {
        let emitter = &core.emitters[at as usize];
        let topic = core.flows[usize::from(emitter.flow)].topic;
        core.fact(IN_FLIGHT, core.who(emitter.owner()), topic, Charge::default(), 1);
    }
    for (owner, message) in under_way {
        core.fact(IN_FLIGHT, core.who(owner), message.topic, Charge::default(), i64::from(message.weight));
    }
    let streams: Vec<(DutyId, DeviceId)> =
        core.stream_of.iter().map(|(at, duty)| (duty, core.emitters[at as usize].owner())).collect();
    for (duty, owner) in streams {
        let served = core.status.take_served(duty);
        if served > 0 {
            let topic = core.status.duty_of(duty).map_or_else(Default::default, |duty| duty.topic);
            core.fact(IN_TIME, core.who(owner), topic, Charge::default(), served as i64);
        }
    }
    let topic = core.names.topic("device");
    for device in 0..core.devices() {
        let microjoules = core.energy[device as usize] / 1000;
        if microjoules > 0 {
            core.fact(ENERGY, core.who(DeviceId(device)), topic, Charge::default(), microjoules as i64);
        }
    }
}

impl Core {
    /// Whose message it is in the books: the emitter's owner, or the sender.
    pub fn owner(&self, message: &Message) -> DeviceId {
        self.emitters.get(message.emitter as usize).map_or(message.source, Emitter::owner)
    }

    /// The occasion of a message's draw at its present hop: slot, hop and attempt.
    pub(crate) fn occasion(message: &Message, hop: u16) -> u64 {
        occasion(&[message.slot, u64::from(hop), u64::from(message.attempt)])
    }
}
