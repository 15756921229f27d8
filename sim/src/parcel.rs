//! Parcels: messages whose fate moves nothing but the books.
//!
//! Most messages are readings that nobody reacts to. Nothing waits for their arrival or their loss, so all that must
//! be kept of one under way fits into less than a line of memory, and nothing is looked up that its emitter or its plan
//! knows. As soon as anything out of the ordinary meets it (a toll, streams on a station, a loss), it becomes a
//! [`Message`] and goes on as one. What is recorded is the same to the bit: a test runs whole wards both ways.
//!
//! The slots of their emitters wait as parcels as well: a sleeping device is one of them, and nothing else.

use crate::books::Arrival;
use crate::core::Core;
use crate::kinds::{IN_TIME, LATENCY};
use crate::luck::occasion;
use crate::message::{Emitter, Flow, Message};
use crate::plan::{DRAWN, Plans, Step};
use crate::route::Delay;
use crate::row::Class;
use crate::time::{SimTime, Span};
use crate::travel;
use bevy_ecs::world::World;
use std::cmp::Ordering;

/// A message under way whose arrival or loss moves nothing but the books, or the next slot of an emitter of such.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel {
    /// When it reaches its step.
    pub(crate) at: SimTime,
    /// When it was sent [ns]; of a slot, what the draws of the emitter's slots begin with.
    stamp: u64,
    /// The draw of its slot, by which the books know it.
    pub(crate) name: u64,
    pub(crate) emitter: u32,
    pub(crate) slot: u32,
    /// What it meets next, among the steps of all plans; `WAKE` before it is sent.
    pub(crate) step: u32,
    /// The value that it carries; of a slot, the emitter's before.
    pub(crate) value: u16,
    /// How often the station that it comes from had failed when it came there; `EARLY` of a slot that waits early.
    failures: u16,
}

/// The step of a slot that has not come due.
const WAKE: u32 = u32::MAX;
/// A slot that waits where its message works first.
const EARLY: u16 = u16::MAX;

impl Parcel {
    /// An emitter's next slot with its draw, due at `at`; `value` is what its last message carried.
    #[inline(always)]
    pub(crate) const fn wake(at: SimTime, who: (u32, u64), (slot, name): (u32, u64), value: u16) -> Self {
        let (emitter, base) = who;
        Self { at, stamp: base, name, emitter, slot, step: WAKE, value, failures: 0 }
    }

    /// A message of an emitter's slot, which has a draw, timed from `sent`, that comes to a step `at` some instant.
    #[inline(always)]
    pub(crate) const fn message(
        [sent, at]: [SimTime; 2],
        emitter: u32,
        (slot, name): (u32, u64),
        step: u32,
        value: u16,
    ) -> Self {
        Self { at, stamp: sent.0, name, emitter, slot, step, value, failures: 0 }
    }

    /// The next slot of an emitter whose message works first at `step`, which it reaches `at` an instant: the slot waits
    /// there and comes due on the way.
    #[inline(always)]
    pub(crate) const fn early(
        at: SimTime,
        who: (u32, u64),
        (slot, name): (u32, u64),
        step: u32,
        value: u16,
    ) -> Self {
        let (emitter, base) = who;
        Self { at, stamp: base, name, emitter, slot, step, value, failures: EARLY }
    }

    /// Whose slot it is: the emitter, and what the draws of its slots begin with.
    #[inline(always)]
    pub(crate) const fn who(&self) -> (u32, u64) {
        (self.emitter, self.stamp)
    }

    /// It comes to its next step, from a station that never failed if from any.
    #[inline(always)]
    pub(crate) const fn onwards(&mut self, at: SimTime, step: u32) {
        (self.at, self.step, self.failures) = (at, step, 0);
    }

    /// When it was sent.
    pub(crate) const fn sent(&self) -> SimTime {
        SimTime(self.stamp)
    }

    /// Whether it is a slot that waits where its message works first.
    #[inline(always)]
    pub(crate) const fn is_early(&self) -> bool {
        self.failures == EARLY
    }

    /// Whether it is a slot that has not come due.
    pub(crate) const fn is_wake(&self) -> bool {
        self.step == WAKE
    }
}

/// What tells who goes first of parcels that are due at the same instant.
#[derive(Clone, Copy)]
pub(crate) struct Ties<'a> {
    pub(crate) plans: &'a Plans,
    pub(crate) emitters: &'a [Emitter],
    pub(crate) flows: &'a [Flow],
}

impl Ties<'_> {
    /// The class and id of the tie rule of what a parcel does next: a message's first hop belongs to its slot's row.
    fn turn(&self, parcel: &Parcel) -> (Class, u64) {
        let first = parcel.is_wake() || self.plans.step(parcel.step).hop == 0;
        let own = &self.emitters[parcel.emitter as usize];
        let id = u64::from(own.owner().0) << 16 | u64::from(self.flows[usize::from(own.flow)].topic.0);
        (if first { Class::WAKE } else { Class::MESSAGE }, id)
    }

    /// Who goes first of two.
    pub(crate) fn order(&self, a: &Parcel, b: &Parcel) -> Ordering {
        let key = |one| (self.turn(one), one.emitter, one.slot);
        a.at.cmp(&b.at).then_with(|| key(a).cmp(&key(b)))
    }
}

impl Core {
    /// What tells who goes first.
    pub(crate) fn ties(&self) -> Ties<'_> {
        Ties { plans: &self.plans, emitters: &self.emitters, flows: &self.flows }
    }

    /// The class and id of the tie rule of what a parcel does next.
    pub(crate) fn turn(&self, parcel: &Parcel) -> (Class, u64) {
        self.ties().turn(parcel)
    }

    /// Whether the messages of an emitter move nothing but the books and meet no judgement of a control.
    pub(crate) fn may_parcel(&self, emitter: usize) -> bool {
        let Some(own) = self.emitters.get(emitter) else { return false };
        let flow = &self.flows[usize::from(own.flow)];
        let at = emitter as u32;
        let alone = self.stream_of.of(at).is_none() && self.session_of.of(at).is_none();
        let unmoved = flow.action.0 == 0 && !flow.shadowed && alone;
        // When an answer set off is not kept; who sends it again must know.
        let known = own.is_clocked() || flow.retry.is_none();
        unmoved
            && known
            && flow.wanted.is_none()
            && self.plans.unjudged(own.route)
            && flow
                .answer
                .is_none_or(|answer| self.may_parcel((emitter as u32).wrapping_add(answer.offset) as usize))
    }

    /// Let a parcel wait for its next step; one that is due after the run waits for ever.
    #[inline(always)]
    pub(crate) fn park(&mut self, lane: u8, parcel: Parcel) {
        if parcel.at < self.horizon {
            self.put(lane, parcel);
        } else if parcel.is_wake() {
            self.emitters[parcel.emitter as usize].slot = parcel.slot;
        } else {
            self.stranded.push(parcel.emitter);
        }
    }

    /// A parcel under way as a message, from where it is.
    pub(crate) fn as_message(&self, parcel: &Parcel) -> Message {
        let emitter = &self.emitters[parcel.emitter as usize];
        let flow = &self.flows[usize::from(emitter.flow)];
        let slot = u64::from(parcel.slot);
        let own = (parcel.emitter, self.emitter_key(parcel.emitter));
        let mut message = Message::of_slot(flow, emitter, own, slot, parcel.sent());
        let step = self.plans.step(parcel.step);
        message.value = u64::from(parcel.value);
        (message.route, message.hop, message.began) = (step.route, step.hop, parcel.sent());
        if let Some((before, id, left)) = self.comes_from(parcel) {
            message.station = Some(id);
            (message.entered, message.left) = (before, left);
        }
        message
    }

    /// The station that a parcel comes from: an instant between the failure before it came and the next, the station,
    /// and when it left.
    fn comes_from(&self, parcel: &Parcel) -> Option<(SimTime, crate::station::StationId, SimTime)> {
        let own = self.plans.step(parcel.step);
        let before = parcel.step.checked_sub(own.stride).filter(|_| own.hop > 0)?;
        let step = self.plans.step(before);
        if step.is_idle() && !self.stirred {
            // Who does not work at a station is never inside.
            return None;
        }
        let emitter = &self.emitters[parcel.emitter as usize];
        let id = step.station(emitter.source, emitter.target)?;
        let left = SimTime(parcel.at.0 - delay(self, parcel, step).0);
        Some((self.stations[id.0 as usize].came_after(parcel.failures), id, left))
    }
}

/// The slot of an emitter comes due.
pub(crate) fn wake(core: &mut Core, world: &mut World, wake: Parcel) {
    let Parcel { at, name, emitter, slot, value, .. } = wake;
    let own = &core.emitters[emitter as usize];
    let (enabled, light) = (own.is_enabled(), own.is_light());
    let flow = &core.flows[usize::from(own.flow)];
    if !light {
        // What it sends has come to matter since: from now on its slots are rows.
        core.settle_slot(&wake);
        return crate::emit::wake(core, world, core.wake_row(emitter as usize, at));
    }
    core.counters.stages[crate::tick::Stage::Sense as usize] += 1;
    let value = flow.smoothed(value, name);
    let drawn = core.slots.draw(wake.who().1, u64::from(slot) + 1);
    let next = at + flow.every.pause(drawn);
    core.park(0, Parcel::wake(next, wake.who(), (slot + 1, drawn), value));
    if enabled {
        send(core, world, Parcel::message([at, at], emitter, (slot, name), WAKE, value));
    }
}

/// The message of a slot: due at `parcel.at`, and on its way if its source is up. It passes what it can within this row.
fn send(core: &mut Core, world: &mut World, mut parcel: Parcel) {
    let own = &core.emitters[parcel.emitter as usize];
    let (owner, source, plan) = (own.owner(), own.source, core.plans.first(own));
    let topic = core.flows[usize::from(own.flow)].topic;
    parcel.step = plan;
    core.due(parcel.at, owner, topic, parcel.name);
    if core.way_is_up || core.status.up(core.unit(source)) {
        core.counters.messages += 1;
        let turn = !core.in_lanes;
        pass(core, world, parcel, turn);
    } else {
        crate::emit::unsent(core, world, &core.as_message(&parcel));
    }
}

/// The message of a slot, timed from `sent` and due at `at`.
pub(crate) fn of_slot(core: &mut Core, world: &mut World, emitter: u32, slot: u32, [sent, at]: [SimTime; 2]) {
    let value = core.value(emitter as usize) as u16;
    let name = core.slots.bits(core.emitter_key(emitter), u64::from(slot));
    send(core, world, Parcel::message([sent, at], emitter, (slot, name), WAKE, value));
}

/// A parcel's turn has come.
pub(crate) fn progress(core: &mut Core, world: &mut World, parcel: Parcel) {
    if core.ever_failed
        && let Some((came, id, left)) = core.comes_from(&parcel)
        && core.stations[id.0 as usize].lost_inside(came, left).is_some()
    {
        return go_on_as_message(core, world, &parcel);
    }
    pass(core, world, parcel, true);
}

/// A parcel goes on: through its step if that is its `turn`, and as far as nothing else can happen before it gets
/// there. What is served elsewhere must come in the order of time; a mere link, or the end, need not.
pub(crate) fn pass(core: &mut Core, world: &mut World, mut parcel: Parcel, mut turn: bool) {
    loop {
        // Whoever has got further must wait for his turn there.
        turn &= !stretch(core, &mut parcel);
        let step = *core.plans.step(parcel.step);
        if !turn {
            let alone = step.lane == 0 && !(step.is_idle() && core.stirred);
            let ahead = alone && parcel.at < core.quiet_until;
            if !ahead || core.served_answers && step.is_end() && answered_at_station(core, parcel.emitter) {
                return core.park(step.lane, parcel);
            }
        }
        if step.is_end() {
            return deliver(core, world, &parcel);
        }
        if !take(core, &mut parcel, &step) {
            // It may have come ahead of its row over links that nobody shares: what meets it, meets it in its time.
            if parcel.at > core.now {
                let message = core.as_message(&parcel);
                let id = message.id;
                let place = core.messages.insert(message);
                return core.push(parcel.at, Class::MESSAGE, id, u64::from(place.0));
            }
            return go_on_as_message(core, world, &parcel);
        }
        turn = false;
    }
}

/// Pass what can be passed at once, if nothing else can happen before the parcel gets there; false where nothing can.
#[inline]
fn stretch(core: &mut Core, parcel: &mut Parcel) -> bool {
    if core.way_is_up
        && !core.stirred
        && let Some(stretch) = core.plans.stretch(parcel.step)
        && parcel.at.0.saturating_add(stretch.delay) < core.quiet_until.0
    {
        parcel.at = SimTime(parcel.at.0 + stretch.delay);
        parcel.step = stretch.next;
        core.counters.visits += u64::from(stretch.visits);
        let passed = core.counters.stages.iter_mut().zip(stretch.stages);
        passed.for_each(|(count, times)| *count += u64::from(times));
        return true;
    }
    false
}

/// Whether the answer to an emitter's messages begins at a station: then it must not set off ahead of its time.
pub(crate) fn answered_at_station(core: &Core, emitter: u32) -> bool {
    let own = &core.emitters[emitter as usize];
    core.flows[usize::from(own.flow)].answer.is_some_and(|answer| {
        let back = core.emitters.get(emitter.wrapping_add(answer.offset) as usize);
        back.is_some_and(|back| core.plans.steps_of(back).next().is_some_and(|(_, step)| step.lane > 0))
    })
}

/// Take one step; false where it is out of the ordinary.
#[inline]
fn take(core: &mut Core, parcel: &mut Parcel, step: &Step) -> bool {
    let emitter = &core.emitters[parcel.emitter as usize];
    let (source, target) = (emitter.source, emitter.target);
    let all_up = core.way_is_up;
    if step.tolled || !all_up && step.part(source, target).is_some_and(|part| !core.status.up(part)) {
        return false;
    }
    if is_lost(core, parcel, step) {
        return false;
    }
    let mut leaves = parcel.at;
    if step.is_idle() && all_up && !core.stirred {
        core.counters.visits += 1;
    } else if let Some(id) = step.station(source, target) {
        if !all_up && !core.status.up(core.part_of(id)) {
            return false;
        }
        let served = if step.is_idle() {
            core.stations[id.0 as usize].pass_by(parcel.at)
        } else {
            let station = &mut core.stations[id.0 as usize];
            let bytes = u64::from(core.flows[usize::from(emitter.flow)].bytes);
            station.visit_plain(parcel.at, station.fixed + step.work + station.bytes_time(bytes))
        };
        let Some(at) = served else { return false };
        (leaves, parcel.failures) = (at, core.stations[id.0 as usize].failures());
        core.counters.visits += 1;
    }
    core.counters.stages[usize::from(step.stage)] += 1;
    parcel.at = leaves + delay(core, parcel, step);
    parcel.step += step.stride;
    true
}

/// Whose draw it is that a parcel meets at a step, and its occasion.
fn draw(core: &Core, parcel: &Parcel, step: &Step) -> (u64, u64) {
    let occasion = occasion(&[u64::from(parcel.slot), u64::from(step.hop), 0]);
    (core.emitter_key(parcel.emitter), occasion)
}

/// Whether a parcel is lost at a step.
#[inline]
fn is_lost(core: &Core, parcel: &Parcel, step: &Step) -> bool {
    step.loss > 0.0 && {
        let (key, occasion) = draw(core, parcel, step);
        core.loss.chance(step.loss, key, occasion)
    }
}

/// How long the link behind a step takes a parcel.
fn delay(core: &Core, parcel: &Parcel, step: &Step) -> Span {
    if step.delay != DRAWN {
        return Span(step.delay);
    }
    match core.routes.at(step.route, step.hop).and_then(|own| core.routes[own].hop.delay) {
        Some(Delay::Drawn(law)) => {
            let (key, occasion) = draw(core, parcel, step);
            law.span(core.latency.unit(key, occasion))
        }
        _ => Span::ZERO,
    }
}

/// What luck has for a parcel at its step: how long the link behind takes beyond what is always the same, or nothing
/// where the parcel is lost.
pub(crate) fn luck(core: &Core, parcel: &Parcel) -> Option<Span> {
    let step = core.plans.step(parcel.step);
    let drawn = || if step.delay == DRAWN { delay(core, parcel, step) } else { Span::ZERO };
    (!is_lost(core, parcel, step)).then(drawn)
}

/// It arrives.
pub(crate) fn deliver(core: &mut Core, world: &mut World, parcel: &Parcel) {
    let (Parcel { at, emitter: index, slot, name, .. }, sent) = (*parcel, parcel.sent());
    let emitter = &core.emitters[index as usize];
    let flow = &core.flows[usize::from(emitter.flow)];
    let in_time = at <= sent + flow.deadline;
    let (topic, owner, answer) = (flow.topic, emitter.owner(), flow.answer);
    let value = u64::from(parcel.value);
    core.books
        .arrived(topic, &Arrival { name, at, took: at.since(sent), weight: 1, in_time, value }, || owner);
    if in_time {
        let who = core.who(owner);
        core.tell(at, IN_TIME, who, topic, 1);
        core.tell(at, LATENCY, who, topic, at.since(sent).0 as i64);
    } else {
        travel::late(core, &core.as_message(parcel), at);
    }
    if let Some(answer) = answer {
        crate::emit::answer_to(core, world, (index, u64::from(slot), name), answer, [sent, at]);
    }
}

fn go_on_as_message(core: &mut Core, world: &mut World, parcel: &Parcel) {
    let message = core.as_message(parcel);
    let place = core.messages.insert(message);
    travel::go_on(core, world, place);
}
