//! The usual case of smooth going, which most parcels meet at most stations: a first-come station with nothing out of the
//! ordinary, the stretch behind it, and then another station or the end.
//!
//! What it works with is taken out of the engine once for many parcels. It stops before the first parcel that needs
//! anything else, having moved nothing for that one: [`crate::smooth`] works it, to the same bit.

use crate::books::Books;
use crate::core::Core;
use crate::emitter::Emitters;
use crate::leg::{Begins, Leg, Then};
use crate::luck::Draws;
use crate::message::{Answer, Flow};
use crate::parcel::Parcel;
use crate::station::Station;
use crate::time::SimTime;
use crate::waiting::{Key, Row, Sleeper, Waiting};

/// What smooth going works with.
struct Going<'a> {
    legs: &'a mut [Leg],
    stations: &'a mut [Station],
    emitters: &'a mut Emitters,
    flows: &'a [Flow],
    books: &'a mut Books,
    waiting: &'a mut Waiting,
    values: &'a [i32],
    slots: Draws,
    /// Nothing else happens before.
    quiet_until: SimTime,
    /// Slots may wait early until then.
    calm_until: SimTime,
    /// The run ends then.
    horizon: SimTime,
    /// Whatever comes anywhere must come there after this, to wait.
    ends: SimTime,
    answered: u64,
}

/// Where an answer goes: its emitter, the lane in which it waits, when it comes there, its first step and that one.
struct Answering {
    back: u32,
    lane: u8,
    at: SimTime,
    first: u32,
    step: u32,
}

impl Core {
    /// Work parcels that have come to stations, in order, as long as the case is the usual one and they come before
    /// `until`; gives how many were worked.
    #[inline(never)]
    pub(crate) fn go_on(&mut self, due: &[Key], until: SimTime) -> usize {
        let mut going = Going {
            legs: &mut self.plans.legs,
            stations: &mut self.stations,
            emitters: &mut self.emitters,
            flows: &self.flows,
            books: &mut self.books,
            waiting: &mut self.waiting,
            values: &self.values,
            slots: self.slots,
            quiet_until: self.quiet_until,
            calm_until: self.calm_until,
            horizon: self.horizon,
            ends: if self.in_lanes { SimTime::ZERO } else { self.in_order.ends },
            answered: 0,
        };
        let stop = due.iter().position(|key| !going.pass(*key, until));
        let worked = stop.unwrap_or(due.len());
        self.counters.messages += going.answered;
        self.counters.rows += worked as u64;
        worked
    }
}

impl Going<'_> {
    /// Let what is due pass its station and what lies behind, if its case is the usual one.
    #[inline(always)]
    fn pass(&mut self, key: Key, until: SimTime) -> bool {
        match self.waiting.look(key) {
            Row::Parcel(parcel) if parcel.at < until => {
                let parcel = *parcel;
                self.go(&parcel)
            }
            Row::Sleeper(sleeper, at) if at < until => {
                let sleeper = *sleeper;
                self.rise(&sleeper, at)
            }
            _ => false,
        }
    }

    /// When what comes `at` an instant to a leg gets behind it, if that is the usual way: over a station.
    #[inline(always)]
    fn behind(&self, leg: &Leg, at: SimTime) -> Option<SimTime> {
        if leg.begins != Begins::Station || leg.lucky {
            return None;
        }
        let leaves = self.stations.get(leg.station as usize)?.departs(at, leg.service)?;
        let behind = SimTime(leaves.0 + leg.behind);
        (behind < self.quiet_until).then_some(behind)
    }

    /// Somebody who came `at` an instant is served at a leg's station.
    #[inline(always)]
    fn serve(&mut self, step: u32, at: SimTime) {
        let leg = &self.legs[step as usize];
        self.stations[leg.station as usize].serve_plain(at, leg.service);
    }

    /// A parcel comes to a station.
    #[inline(always)]
    fn go(&mut self, parcel: &Parcel) -> bool {
        let Some(leg) = self.legs.get(parcel.step as usize) else { return false };
        let Some(at) = self.behind(leg, parcel.at) else { return false };
        match leg.then {
            Then::Waits(lane) if at >= self.ends => {
                self.waiting.put_onwards(lane, parcel, at, leg.next);
                self.serve(parcel.step, parcel.at);
                self.legs[parcel.step as usize].passed += 1;
                true
            }
            Then::Arrives => self.arrive(parcel, at),
            Then::Waits(_) | Then::Looks => false,
        }
    }

    /// A slot that waited early comes due, and its message to its first station, `at` an instant; the next slot waits
    /// early again.
    #[inline(always)]
    fn rise(&mut self, sleeper: &Sleeper, at: SimTime) -> bool {
        let step = sleeper.step();
        let Some(leg) = self.legs.get(step as usize) else { return false };
        let Some(behind) = self.behind(leg, at) else { return false };
        let Then::Waits(lane) = leg.then else { return false };
        if behind < self.ends {
            return false;
        }
        let flow = &self.flows[usize::from(leg.flow)];
        let (who, slot) = (sleeper.who(), sleeper.slot);
        let again = at + flow.every.pause(self.slots.bits(who.1, u64::from(slot) + 1));
        // Of a slot after the run its emitter keeps the count.
        let over = again.0 - u64::from(leg.lead) >= self.horizon.0;
        if again >= self.calm_until && !over {
            return false;
        }
        let name = self.slots.bits(who.1, u64::from(slot));
        let value = flow.smoothed(sleeper.value, name);
        self.books.due(flow.topic, name);
        let sent = SimTime(at.0 - u64::from(leg.lead));
        let (own, next) = (leg.lane, leg.next);
        self.waiting.parcels.put(lane, behind, || Parcel::message([sent, behind], who, slot, next, value));
        if over {
            self.emitters[who.0 as usize].slot = slot + 1;
        } else {
            self.waiting.sleep(own, again, who, slot + 1, (step, value));
        }
        self.serve(step, at);
        self.legs[step as usize].risen += 1;
        true
    }

    /// A parcel arrives `at` an instant, and may be answered.
    #[inline(always)]
    fn arrive(&mut self, parcel: &Parcel, at: SimTime) -> bool {
        let leg = &self.legs[parcel.step as usize];
        let flow = &self.flows[usize::from(leg.flow)];
        if at > parcel.sent() + flow.deadline {
            return false;
        }
        let name = self.slots.bits(parcel.key, u64::from(parcel.slot));
        let answer = match flow.answer.filter(|answer| answer.follows(name)) {
            None => None,
            Some(answer) => match self.answer(parcel.emitter, answer, at, leg.back) {
                None => return false,
                answering => answering,
            },
        };
        let owner = || self.emitters[parcel.emitter as usize].owner();
        self.books.arrived_in_time(flow.topic, name, [parcel.sent(), at], parcel.value.into(), owner);
        self.serve(parcel.step, parcel.at);
        self.legs[parcel.step as usize].passed += 1;
        if let Some(answering) = answer {
            self.send_back(parcel, &answering);
        }
        true
    }

    /// How what has arrived at `at` is answered whose answers begin with the step `first`, if that is the usual way: over
    /// mere links to a station.
    #[inline(always)]
    fn answer(&self, emitter: u32, answer: Answer, at: SimTime, first: u32) -> Option<Answering> {
        let leg = self.legs.get(first as usize).filter(|leg| leg.begins == Begins::Nowhere && !leg.lucky)?;
        let Then::Waits(lane) = leg.then else { return None };
        let there = SimTime(at.0 + leg.behind);
        let usual = there < self.quiet_until && there >= self.ends;
        let back = emitter.wrapping_add(answer.offset);
        usual.then_some(Answering { back, lane, at: there, first, step: leg.next })
    }

    fn send_back(&mut self, parcel: &Parcel, answering: &Answering) {
        let Answering { back, lane, at, first, step } = *answering;
        let leg = &mut self.legs[first as usize];
        leg.passed += 1;
        let topic = self.flows[usize::from(leg.flow)].topic;
        let key = self.emitters.key(back);
        self.books.due(topic, self.slots.bits(key, u64::from(parcel.slot)));
        self.answered += 1;
        let value = self.values.get(back as usize).map_or(0, |value| *value as u16);
        let (sent, slot) = (parcel.sent(), parcel.slot);
        self.waiting.parcels.put(lane, at, || Parcel::message([sent, at], (back, key), slot, step, value));
    }
}
