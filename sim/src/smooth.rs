//! Smooth going: parcels while everything is up and nobody asks to be told.
//!
//! It does what [`crate::parcel`] does, to the bit, and leaves to it whatever is out of the ordinary: here nothing can
//! fail, nothing is charged, and what a leg asks was worked out before the run began.

use crate::books::Arrival;
use crate::core::Core;
use crate::early;
use crate::leg::{Begins, Then};
use crate::message::Answer;
use crate::order::Due;
use crate::parcel::{self, Parcel};
use crate::sorting::Key;
use crate::station::Station;
use crate::time::SimTime;
use bevy_ecs::world::World;

impl Core {
    /// Whether the going is smooth.
    pub(crate) const fn is_smooth(&self) -> bool {
        let looked_at = self.books.told || self.meter.is_some();
        let usual = self.way_is_up && !self.ever_failed && !self.stirred && !self.served_answers;
        usual && !looked_at
    }
}

/// Slots of emitters come due, and whatever else is due at no station, in any order.
pub(crate) fn set_off(core: &mut Core, world: &mut World, due: &Due) {
    core.counters.rows += due.keys().len() as u64;
    for &key in due.keys() {
        let parcel = due.row(key, core.waiting.sleepers());
        if parcel.is_wake() { wake(core, world, parcel) } else { go(core, world, parcel, true) }
    }
}

/// Parcels come to stations, in order.
pub(crate) fn serve(core: &mut Core, world: &mut World, due: &Due) {
    for some in due.keys().chunks(SOME) {
        look_at(core, due, some);
        let mut left = some;
        loop {
            left = &left[core.go_on::<true>(due, left, SimTime::NEVER)..];
            let Some((key, others)) = left.split_first() else { break };
            core.counters.rows += 1;
            let parcel = due.row(*key, core.waiting.sleepers());
            turn(core, world, &parcel);
            left = others;
        }
    }
}

/// So many parcels are looked at before the first of them is worked.
pub(crate) const SOME: usize = 64;
/// What so many emitters need lies in a processor's nearer memory.
pub(crate) const MANY: usize = 1 << 15;

/// Look at what parcels will need, so that it is fetched for several at once, if it may lie far off.
pub(crate) fn look_at(core: &Core, due: &Due, some: &[Key]) {
    if core.emitters.len() <= MANY {
        return;
    }
    let mut seen = 0;
    for key in some {
        let leg = core.plans.legs.get(due.step(*key, core.waiting.sleepers()));
        let station = leg.and_then(|(station, _)| core.stations.at_place(station));
        seen ^= station.map_or(0, Station::free);
    }
    std::hint::black_box(seen);
}

/// It is a parcel's turn at a station.
#[inline(always)]
fn turn(core: &mut Core, world: &mut World, parcel: &Parcel) {
    let message = if parcel.is_early() { early::part(core, parcel) } else { *parcel };
    go(core, world, message, true);
}

/// A parcel sets off.
#[inline(always)]
fn send(core: &mut Core, world: &mut World, parcel: Parcel) {
    if let Some((_, leg)) = core.plans.legs.get_mut(parcel.step)
        && leg.begins == Begins::Nowhere
        && !leg.is_lucky()
        && leg.then == Then::Waits
    {
        let at = SimTime(parcel.at.0 + leg.behind);
        if at < core.quiet_until {
            leg.passed += 1;
            let (step, lane) = (leg.behind(parcel.step), leg.to);
            return core.put_onwards(lane, &parcel, at, step);
        }
    }
    go(core, world, parcel, !core.in_lanes);
}

/// A parcel's turn has come, or that of an emitter's slot.
#[inline]
pub(crate) fn act(core: &mut Core, world: &mut World, parcel: Parcel) {
    if parcel.is_wake() { wake(core, world, parcel) } else { turn(core, world, &parcel) }
}

/// The slot of an emitter comes due.
fn wake(core: &mut Core, world: &mut World, wake: Parcel) {
    let Parcel { at, name, emitter, slot, value, .. } = wake;
    let own = &core.emitters[emitter as usize];
    if !own.is_light() {
        core.now = at;
        return parcel::wake(core, world, wake);
    }
    let (plan, enabled) = (core.plans.first(own), own.is_enabled());
    let flow = &core.flows[usize::from(own.flow)];
    let topic = flow.topic;
    let value = flow.smoothed(value, name);
    let drawn = core.slots.draw(wake.who().1, u64::from(slot) + 1);
    let next = at + flow.every.pause(drawn);
    core.counters.stages[crate::tick::Stage::Sense as usize] += 1;
    early::await_slot(core, next, wake.who(), (slot + 1, drawn), plan, value);
    if enabled {
        core.books.due(topic, name);
        core.counters.messages += 1;
        send(core, world, Parcel::message([at, at], emitter, (slot, name), plan, value));
    }
}

/// A parcel goes on as far as it may: through its station if that is its `turn`.
pub(crate) fn go(core: &mut Core, world: &mut World, mut parcel: Parcel, mut turn: bool) {
    let came = parcel.at;
    while let Some((place, &leg)) = core.plans.legs.get(parcel.step) {
        let station = match leg.begins {
            Begins::Nowhere => None,
            Begins::End if parcel.at < core.quiet_until => {
                return arrive(core, world, &parcel, parcel.at, parcel.step, leg.flow);
            }
            Begins::End | Begins::Tolled => break,
            _ if !turn => return core.park(leg.lane, parcel),
            Begins::Station => Some((place, leg.service)),
            Begins::Source | Begins::Target => {
                let own = &core.emitters[parcel.emitter as usize];
                let end = if leg.begins == Begins::Source { own.source } else { own.target };
                let bytes = u64::from(core.flows[usize::from(leg.flow)].bytes);
                let place = core.stations.make(end.0 as usize);
                let processor = &core.stations.by_place()[place as usize];
                Some((place, processor.fixed + leg.service + processor.bytes_time(bytes)))
            }
        };
        let mut behind = leg.behind;
        if leg.is_lucky() {
            match parcel::luck(core, &parcel) {
                None => break,
                Some(drawn) => behind += drawn.0,
            }
        }
        let at = match station {
            // Who has got further may be ahead of the row that comes next.
            None if !turn && parcel.at >= core.quiet_until => break,
            None => SimTime(parcel.at.0 + behind),
            Some((place, service)) => {
                let station = &mut core.stations.by_place()[place as usize];
                let Some(leaves) = station.departs(parcel.at, service) else { break };
                let at = SimTime(leaves.0 + behind);
                if leg.is_long() && at >= core.quiet_until {
                    break;
                }
                station.serve_plain(parcel.at, service);
                at
            }
        };
        if leg.is_long() && at >= core.quiet_until {
            break;
        }
        if let Some((_, leg)) = core.plans.legs.get_mut(parcel.step) {
            leg.passed += 1;
        }
        parcel.onwards(at, leg.behind(parcel.step));
        turn = false;
    }
    core.now = came;
    parcel::pass(core, world, parcel, turn);
}

/// A parcel of a flow arrives `at` an instant, at the end of its route; it may be answered.
#[inline(always)]
fn arrive(core: &mut Core, world: &mut World, parcel: &Parcel, at: SimTime, end: u32, flow: u16) {
    let (Parcel { name, emitter, slot, value, .. }, sent) = (*parcel, parcel.sent());
    let flow = &core.flows[usize::from(flow)];
    if at > sent + flow.deadline {
        let mut late = *parcel;
        late.onwards(at, end);
        return parcel::deliver(core, world, &late);
    }
    let (topic, answer) = (flow.topic, flow.answer);
    let took = at.since(sent);
    let arrival = Arrival { name, at, took, weight: 1, in_time: true, value: u64::from(value) };
    core.books.arrived(topic, &arrival, || core.emitters[emitter as usize].owner());
    if let Some(answer) = answer
        && answer.follows(name)
    {
        respond(core, world, (emitter, slot, name), answer, [sent, at]);
    }
}

/// What has arrived at `at` is answered.
fn respond(
    core: &mut Core,
    world: &mut World,
    (emitter, slot, name): (u32, u32, u64),
    answer: Answer,
    [sent, at]: [SimTime; 2],
) {
    let back = emitter.wrapping_add(answer.offset);
    let Some(own) = core.emitters.get(back as usize) else { return };
    if !own.is_light() {
        core.now = at;
        return crate::emit::answer_to(core, world, (emitter, u64::from(slot), name), answer, [sent, at]);
    }
    let (plan, topic) = (core.plans.first(own), core.flows[usize::from(own.flow)].topic);
    let name = core.slots.bits(core.emitter_key(back), u64::from(slot));
    core.books.due(topic, name);
    core.counters.messages += 1;
    let value = core.value(back as usize) as u16;
    send(core, world, Parcel::message([sent, at], back, (slot, name), plan, value));
}
