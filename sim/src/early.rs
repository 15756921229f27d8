//! Early slots: where nothing but parcels is due until then, the next slot of an emitter waits where its message works
//! first.
//!
//! Nothing can come between the slot and that station, so both are worked at once, in the message's turn there: the
//! books do not ask in what order they are entered. As soon as anything else may be due, slots and messages part again.

use crate::core::Core;
use crate::parcel::Parcel;
use crate::row::Class;
use crate::tick::Stage;
use crate::time::SimTime;

/// So many rows are few.
const FEW: u64 = 64;

/// Let the next slot of an emitter wait, which is due at `at`: early if that may be.
#[inline(always)]
pub(crate) fn await_slot(
    core: &mut Core,
    at: SimTime,
    who: (u32, u64),
    slot: (u32, u64),
    plan: u32,
    value: u16,
) {
    let legs = &core.plans.legs;
    if let Some(waits_at) = legs.get(plan).and_then(|(_, leg)| leg.waits_at(plan))
        && let Some((_, leg)) = legs.get(waits_at)
        && core.emitters[who.0 as usize].is_enabled()
    {
        let (lane, comes) = (leg.lane, SimTime(at.0 + u64::from(leg.lead)));
        if comes < core.calm_until {
            return core.sleep(lane, comes, who, slot, (waits_at, value));
        }
    }
    core.park(0, Parcel::wake(at, who, slot, value));
}

/// The slot comes due, and the next one waits; gives the name of its message and its value.
#[inline(always)]
fn come_due(core: &mut Core, parcel: &Parcel, lane: u8, lead: u64, flow: u16) -> (u64, u16) {
    let flow = &core.flows[usize::from(flow)];
    let (base, slot) = (parcel.who().1, parcel.slot + 1);
    let name = parcel.name;
    let drawn = core.slots.draw(base, u64::from(slot));
    let (topic, value) = (flow.topic, flow.smoothed(parcel.value, name));
    let at = parcel.at + flow.every.pause(drawn);
    core.books.due(topic, name);
    if at < core.calm_until {
        core.sleep(lane, at, parcel.who(), (slot, drawn), (parcel.step, value));
    } else {
        core.park(0, Parcel::wake(SimTime(at.0 - lead), parcel.who(), (slot, drawn), value));
    }
    (name, value)
}

/// Part a slot that has come due from its message, which comes to its first station; the next slot waits.
pub(crate) fn part(core: &mut Core, parcel: &Parcel) -> Parcel {
    let Some((_, &leg)) = core.plans.legs.get(parcel.step) else { return *parcel };
    core.counters.messages += 1;
    core.counters.stages[Stage::Sense as usize] += 1;
    if let Some(first) = leg.sets_off(parcel.step)
        && let Some((_, first)) = core.plans.legs.get_mut(first)
    {
        first.passed += 1;
    }
    let lead = u64::from(leg.lead);
    let (name, value) = come_due(core, parcel, leg.lane, lead, leg.flow);
    let sent = SimTime(parcel.at.0 - lead);
    Parcel::message([sent, parcel.at], parcel.emitter, (parcel.slot, name), parcel.step, value)
}

impl Core {
    /// Find out until when no row is due that may move more than the books, if few rows wait: among many, one is soon.
    pub(crate) fn look_ahead(&mut self) {
        if self.calm_until <= self.worked && self.unquiet <= FEW {
            let first = self.wheel.first(|row| row.class() != Class::END);
            self.calm_until = first.unwrap_or(self.horizon).min(self.horizon);
        }
    }

    /// Let slots wait for themselves again, and the messages of those that have come due on their own.
    pub(crate) fn part_slots(&mut self) {
        self.disturbed = false;
        if !std::mem::take(&mut self.early) {
            return;
        }
        self.calm_until = SimTime::ZERO;
        let end = self.worked;
        let (waiting, worked) = self.take_waiting(end);
        worked.iter(&waiting).for_each(|parcel| self.part_slot(end, parcel));
    }

    /// Let what was to be worked wait again; a slot that waited early waits for itself, or its message does.
    fn part_slot(&mut self, end: SimTime, parcel: Parcel) {
        let lane = if parcel.is_wake() { 0 } else { self.plans.step(parcel.step).lane };
        if !parcel.is_early() {
            return self.put(lane, parcel);
        }
        let lead = self.plans.legs.get(parcel.step).map_or(0, |(_, leg)| leg.lead);
        let due = SimTime(parcel.at.0 - u64::from(lead));
        if due < end {
            let message = part(self, &parcel);
            self.put(lane, message);
        } else {
            self.put(0, Parcel::wake(due, parcel.who(), (parcel.slot, parcel.name), parcel.value));
        }
    }
}
