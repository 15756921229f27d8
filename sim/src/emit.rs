//! Emission: scheduled slots become messages, or are lost unsent.

use crate::core::Core;
use crate::fact::{Charge, Topic};
use crate::kinds::{CHARGE_UNSENT, DUE, ENERGY, IN_FLIGHT, IN_TIME, MILLIONTHS, UNSENT};
use crate::luck::occasion;
use crate::message::{DeviceId, Message, MessageId};
use crate::parcel;
use crate::row::{Class, Row};
use crate::status::{DutyId, share};
use crate::tick::Stage;
use crate::time::SimTime;
use bevy_ecs::world::World;
use smallvec::SmallVec;

/// Schedule the first slot of every emitter.
pub(crate) fn start(core: &mut Core) {
    core.plans.extend(&core.routes);
    if core.flows.iter().any(|flow| flow.smoothing.is_some()) {
        core.values.resize(core.emitters.len(), 0);
    }
    for at in 0..core.emitters.len() {
        let emitter = &core.emitters[at];
        if emitter.clocked {
            let first = core.flows[usize::from(emitter.flow)].every.first(core.slots, emitter.key);
            core.schedule(at, SimTime::ZERO + first);
        }
    }
}

/// A slot comes due.
pub(crate) fn wake(core: &mut Core, world: &mut World, row: Row) {
    core.counters.stages[Stage::Sense as usize] += 1;
    let at = row.arg as u32 as usize;
    let Some(emitter) = core.emitters.get_mut(at) else { return };
    let (slot, key) = (emitter.slot, emitter.key);
    emitter.slot += 1;
    let (enabled, flow) = (emitter.enabled, &core.flows[usize::from(emitter.flow)]);
    let (wanted, smoothing) = (flow.wanted, flow.smoothing);
    let next = row.at + flow.every.pause(core.slots, key, slot + 1);
    core.schedule(at, next);
    if let Some(shift) = smoothing {
        let drawn = (core.slots.bits(key, slot) & 0xFFFF) as i32;
        core.values[at] += (drawn - core.values[at]) >> shift;
    }
    if !enabled || wanted.is_some_and(|wanted| !wanted(core, world, at as u32)) {
        return;
    }
    if core.may_parcel(at) {
        parcel::send(core, world, at as u32, slot, [row.at, row.at]);
    } else {
        depart(core, world, at, slot, row.at, Core::set_off);
    }
}

/// A message has arrived at `at`, of a slot that was sent at `sent`: it may have an answer.
pub(crate) fn answer(core: &mut Core, world: &mut World, emitter: u32, slot: u64, [sent, at]: [SimTime; 2]) {
    let Some(own) = core.emitters.get(emitter as usize) else { return };
    let Some(answer) = core.flows[usize::from(own.flow)].answer else { return };
    let drawn = u64::from(core.slots.bits(own.key, slot) as u32 >> 16);
    if !drawn.is_multiple_of(answer.one_in.max(1)) {
        return;
    }
    let back = emitter.wrapping_add(answer.offset);
    if core.may_parcel(back as usize) {
        parcel::send(core, world, back, slot, [sent, at]);
    } else {
        depart(core, world, back as usize, slot, sent, Core::set_off);
    }
}

impl Core {
    /// A message of this name is due now.
    pub(crate) fn due(&mut self, at: SimTime, owner: DeviceId, topic: Topic, name: [u64; 2]) {
        self.books.due(topic, name);
        self.tell(at, DUE, self.who(owner), topic, 1);
    }

    fn schedule(&mut self, emitter: usize, at: SimTime) {
        self.push(at, Class::WAKE, self.wake_id(emitter), self.wake_arg(emitter));
    }

    /// The id of the tie rule of an emitter's slots.
    pub(crate) fn wake_id(&self, emitter: usize) -> u64 {
        let own = &self.emitters[emitter];
        u64::from(own.owner.0) << 16 | u64::from(self.flows[usize::from(own.flow)].topic.0)
    }

    /// What the row of an emitter's slot says: whose it is, and whether it moves nothing but the books.
    pub(crate) fn wake_arg(&self, emitter: usize) -> u64 {
        let quiet =
            self.may_parcel(emitter) && self.flows[usize::from(self.emitters[emitter].flow)].wanted.is_none();
        if quiet { parcel::QUIET | emitter as u64 } else { emitter as u64 }
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
    let (owner, topic, shadowed) = (emitter.owner, flow.topic, flow.shadowed);
    let mut message = Message::of_slot(flow, emitter, at as u32, slot, sent);
    message.value = core.values.get(at).map_or(0, |&value| value as u64);
    if let Some(duty) = emitter.stream {
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
        core.due(core.now, owner, topic, [message.key, slot]);
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
    for at in core.parcels.emitters().collect::<Vec<_>>() {
        let emitter = &core.emitters[at as usize];
        let topic = core.flows[usize::from(emitter.flow)].topic;
        core.fact(IN_FLIGHT, core.who(emitter.owner), topic, Charge::default(), 1);
    }
    for (owner, message) in under_way {
        core.fact(IN_FLIGHT, core.who(owner), message.topic, Charge::default(), i64::from(message.weight));
    }
    let streams: Vec<(DutyId, DeviceId)> =
        core.emitters.iter().filter_map(|emitter| Some((emitter.stream?, emitter.owner))).collect();
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
        self.emitters.get(message.emitter as usize).map_or(message.source, |emitter| emitter.owner)
    }

    /// The occasion of a message's draw at its present hop: slot, hop and attempt.
    pub(crate) fn occasion(message: &Message, hop: u16) -> u64 {
        occasion(&[message.slot, u64::from(hop), u64::from(message.attempt)])
    }
}
