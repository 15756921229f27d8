//! The usual case of smooth going, which most parcels meet at most stations: a first-come station with nothing out of the
//! ordinary, the stretch behind it, and then another station or the end.
//!
//! What it works with is taken out of the engine once for many parcels. It stops before the first parcel that needs
//! anything else, having moved nothing for that one: [`crate::smooth`] works it, to the same bit.

use crate::books::{Arrival, Books};
use crate::core::Core;
use crate::emitter::{Emitters, Keying};
use crate::leg::{Begins, Then, Usual};
use crate::legs::Legs;
use crate::luck::Draws;
use crate::message::{Answer, Flow};
use crate::order::{Due, Key, Row};
use crate::parcel::Parcel;
use crate::station::Station;
use crate::time::SimTime;
use crate::waiting::{Sleeper, Waiting};

/// What smooth going works with; what is known of slots that are worked station by station is not asked there.
struct Going<'a, const BY_STATION: bool> {
    legs: &'a mut Legs,
    stations: &'a mut [Station],
    emitters: &'a mut Emitters,
    flows: &'a [Flow],
    books: &'a mut Books,
    waiting: &'a mut Waiting,
    values: &'a [i32],
    keying: Keying<'a>,
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

impl Core {
    /// Work parcels that have come to stations, in order, as long as the case is the usual one and they come before
    /// `until`; gives how many were worked. A slot that is worked `BY_STATION` is worked to its end.
    #[inline(never)]
    pub(crate) fn go_on<const BY_STATION: bool>(&mut self, due: &Due, keys: &[Key], until: SimTime) -> usize {
        let mut going = Going::<'_, BY_STATION> {
            legs: &mut self.plans.legs,
            stations: self.stations.by_place(),
            emitters: &mut self.emitters,
            flows: &self.flows,
            books: &mut self.books,
            waiting: &mut self.waiting,
            values: &self.values,
            keying: Keying::new(&self.names, &self.flows, self.slots),
            slots: self.slots,
            quiet_until: self.quiet_until,
            calm_until: self.calm_until,
            horizon: self.horizon,
            ends: self.in_order.ends,
            answered: 0,
        };
        let stop = keys.iter().position(|key| !going.pass(due.look(*key), until));
        let worked = stop.unwrap_or(keys.len());
        self.counters.messages += going.answered;
        self.counters.rows += worked as u64;
        worked
    }
}

impl<const BY_STATION: bool> Going<'_, BY_STATION> {
    /// Let what is due pass its station and what lies behind, if its case is the usual one.
    #[inline(always)]
    fn pass(&mut self, row: Row<'_>, until: SimTime) -> bool {
        match row {
            Row::Parcel(parcel) if BY_STATION || parcel.at < until => self.go(parcel),
            Row::Sleeper(sleeper, at) if BY_STATION || at < until => self.rise(sleeper, at),
            _ => false,
        }
    }

    /// Whether what comes to a station `at` an instant waits in the calendar, and is not born into the slot that is worked
    /// row by row.
    #[inline(always)]
    const fn may_wait(ends: SimTime, at: SimTime) -> bool {
        BY_STATION || at.0 >= ends.0
    }

    /// A parcel comes to a station.
    #[inline(always)]
    fn go(&mut self, parcel: &Parcel) -> bool {
        let Some((place, leg)) = self.legs.get_mut(parcel.step) else { return false };
        let Some(station) = self.stations.get_mut(place as usize) else { return false };
        let Some(leaves) = station.departs(parcel.at, leg.service) else { return false };
        let behind = SimTime(leaves.0 + leg.behind);
        if behind >= self.quiet_until {
            return false;
        }
        match leg.usual {
            Usual::Waits if Self::may_wait(self.ends, behind) => {
                station.serve_until(parcel.at, leaves, leg.service);
                leg.passed += 1;
                self.waiting.put_onwards(leg.to, parcel, behind, leg.behind(parcel.step));
                true
            }
            Usual::Arrives => self.arrive(parcel, leaves, behind),
            Usual::Waits | Usual::No => false,
        }
    }

    /// A slot that waited early comes due, and its message to its first station, `at` an instant; the next slot waits
    /// early again.
    #[inline(always)]
    fn rise(&mut self, sleeper: &Sleeper, at: SimTime) -> bool {
        let step = sleeper.step();
        let Some((place, leg)) = self.legs.get_mut(step) else { return false };
        let Some(station) = self.stations.get_mut(place as usize) else { return false };
        let Some(leaves) = station.departs(at, leg.service) else { return false };
        let behind = SimTime(leaves.0 + leg.behind);
        if leg.usual != Usual::Waits || behind >= self.quiet_until || !Self::may_wait(self.ends, behind) {
            return false;
        }
        let flow = &self.flows[usize::from(leg.flow)];
        let (who, slot) = (sleeper.who(), sleeper.slot);
        let pause = flow.every.pause(self.slots.draw(who.1, u64::from(slot) + 1));
        let again = SimTime(at.0 + pause.0);
        // Of a slot after the run its emitter keeps the count.
        let over = again.0 - u64::from(leg.lead) >= self.horizon.0;
        if again >= self.calm_until && !over {
            return false;
        }
        station.serve_until(at, leaves, leg.service);
        leg.risen += 1;
        let name = self.slots.draw(who.1, u64::from(slot));
        let value = flow.smoothed(sleeper.value, name);
        self.books.due(flow.topic, name);
        let sent = SimTime(at.0 - u64::from(leg.lead));
        let next = leg.behind(step);
        self.waiting
            .parcels
            .put(leg.to, behind, || Parcel::message([sent, behind], who.0, (slot, name), next, value));
        if over {
            self.emitters[who.0 as usize].slot = slot + 1;
        } else {
            self.waiting.sleep(leg.lane, again, who, slot + 1, (step, value));
        }
        true
    }

    /// A parcel leaves the last station, and arrives `at` an instant; it may be answered.
    #[inline(always)]
    fn arrive(&mut self, parcel: &Parcel, leaves: SimTime, at: SimTime) -> bool {
        let Some((place, leg)) = self.legs.get_mut(parcel.step) else { return false };
        let (flow, service) = (&self.flows[usize::from(leg.flow)], leg.service);
        if at.0 - parcel.sent().0 > flow.deadline.0 {
            return false;
        }
        leg.passed += 1;
        if let Some(answer) = flow.answer
            && answer.follows(parcel.name)
            && !self.send_back(parcel, answer, at)
        {
            self.legs.take_back(parcel.step);
            return false;
        }
        self.stations[place as usize].serve_until(parcel.at, leaves, service);
        let owner = || self.emitters[parcel.emitter as usize].owner();
        let (name, sent, value) = (parcel.name, parcel.sent(), parcel.value.into());
        let arrival = Arrival { name, at, sent, weight: 1, in_time: true, value };
        self.books.arrived(flow.topic, &arrival, owner);
        true
    }

    /// Send back the answer to what arrives `at` an instant, if its way is the usual one: over mere links to a station.
    #[inline(always)]
    fn send_back(&mut self, parcel: &Parcel, answer: Answer, at: SimTime) -> bool {
        let Some(first) = self.legs.get(parcel.step).and_then(|(_, leg)| leg.answers(parcel.step)) else {
            return false;
        };
        let Some((_, leg)) = self.legs.get_mut(first) else { return false };
        let at = SimTime(at.0 + leg.behind);
        let usual = leg.begins == Begins::Nowhere && leg.then == Then::Waits && !leg.is_lucky();
        if !usual || at >= self.quiet_until || !Self::may_wait(self.ends, at) {
            return false;
        }
        leg.passed += 1;
        self.answered += 1;
        let (lane, step) = (leg.to, leg.behind(first));
        let back = parcel.emitter.wrapping_add(answer.offset);
        let (sent, slot) = (parcel.sent(), parcel.slot);
        let name = self.slots.bits(self.emitters.key(back, self.keying), u64::from(slot));
        self.books.due(self.flows[usize::from(leg.flow)].topic, name);
        let value = self.values.get(back as usize).map_or(0, |value| *value as u16);
        self.waiting.parcels.put(lane, at, || Parcel::message([sent, at], back, (slot, name), step, value));
        true
    }
}
