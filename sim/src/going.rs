//! The usual case of smooth going, which most parcels meet at most stations: a first-come station with nothing out of the
//! ordinary, the stretch behind it, and then another station or the end.
//!
//! Rows are worked in runs: those of one kind, one after the other, that take the same leg. It stops before the first row
//! that needs anything else, having moved nothing for that one: [`crate::smooth`] works it, to the same bit.

use crate::books::{Arrival, Books};
use crate::core::Core;
use crate::emitter::Emitters;
use crate::keys::Keying;
use crate::leg::{Begins, Leg, Then};
use crate::legs::Legs;
use crate::luck::Draws;
use crate::message::{Answer, Flow};
use crate::order::{self, Due, Key};
use crate::parcel::Parcel;
use crate::station::Station;
use crate::time::{SimTime, Span};
use crate::waiting::Waiting;

/// A visit to a leg's station, in the usual case.
struct Visit {
    /// The station's place.
    place: usize,
    at: SimTime,
    leaves: SimTime,
    /// When the leg is passed.
    behind: SimTime,
}

impl Visit {
    #[inline(always)]
    fn serve(&self, stations: &mut [Station], leg: &Leg) {
        stations[self.place].serve_until(self.at, self.leaves, leg.service);
    }
}

/// What smooth going works with; what is known of slots that are worked station by station is not asked there.
struct Going<'a, const BY_STATION: bool> {
    due: &'a Due,
    legs: &'a mut Legs,
    stations: &'a mut [Station],
    emitters: &'a mut Emitters,
    flows: &'a [Flow],
    books: &'a mut Books,
    waiting: &'a mut Waiting,
    values: &'a [i32],
    keying: Keying<'a>,
    slots: Draws,
    /// Nothing is worked that comes then or later.
    until: SimTime,
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
    /// Work what has come to stations, in order, as long as the case is the usual one and it comes before `until`; gives
    /// how many were worked. A slot that is worked `BY_STATION` is worked to its end. Draws that are audited are not usual.
    #[inline(never)]
    pub(crate) fn go_on<const BY_STATION: bool>(&mut self, due: &Due, keys: &[Key], until: SimTime) -> usize {
        if !self.slots.are_mixed() {
            return 0;
        }
        let mut going = Going::<'_, BY_STATION> {
            due,
            legs: &mut self.plans.legs,
            stations: self.stations.by_place(),
            emitters: &mut self.emitters,
            flows: &self.flows,
            books: &mut self.books,
            waiting: &mut self.waiting,
            values: &self.values,
            keying: Keying::new(&self.names, &self.flows, self.slots),
            slots: self.slots,
            until,
            quiet_until: self.quiet_until,
            calm_until: self.calm_until,
            horizon: self.horizon,
            ends: self.in_order.ends,
            answered: 0,
        };
        let mut left = keys;
        while let run @ 1.. = going.run(left) {
            left = &left[run..];
        }
        let worked = keys.len() - left.len();
        self.counters.messages += going.answered;
        self.counters.rows += worked as u64;
        worked
    }
}

impl<const BY_STATION: bool> Going<'_, BY_STATION> {
    /// Work the first of these, and those of its kind that take the same leg after it without another between; gives how
    /// many.
    #[inline(always)]
    fn run(&mut self, keys: &[Key]) -> usize {
        let Some(&first) = keys.first() else { return 0 };
        let Some((own, leg)) = self.legs.known(self.due.step(first, &self.waiting.sleepers)) else {
            return 0;
        };
        match leg.then {
            _ if !leg.is_usual() => 0,
            Then::Waits if order::is_sleeper(first) => self.rise(keys, own),
            Then::Waits => self.pass(keys, own),
            Then::Arrives if !order::is_sleeper(first) => self.arrive(keys, own),
            _ => 0,
        }
    }

    /// The visit of what comes to a step `at` an instant, if that takes this leg and the case is the usual one.
    #[inline(always)]
    fn visit(&self, (own, leg): (u32, &Leg), at: SimTime, step: u32) -> Option<Visit> {
        let place = self.legs.station_of(step, own)?;
        let leaves = self.stations.get(place)?.departs(at, leg.service)?;
        let behind = SimTime(leaves.0 + leg.behind);
        let usual = (BY_STATION || at < self.until) && behind < self.quiet_until;
        usual.then_some(Visit { place, at, leaves, behind })
    }

    /// Whether who comes to his next station `at` an instant may wait there.
    #[inline(always)]
    fn may_wait(&self, at: SimTime) -> bool {
        BY_STATION || at >= self.ends
    }

    /// Parcels come to stations, and will wait at others.
    #[inline(always)]
    fn pass(&mut self, keys: &[Key], own: u32) -> usize {
        let leg = self.legs.leg(own);
        let mut passed = 0;
        for key in keys {
            let Some(parcel) = self.due.parcel(*key) else { break };
            let Some(visit) = self.visit((own, &leg), parcel.at, parcel.step) else { break };
            if !self.may_wait(visit.behind) {
                break;
            }
            visit.serve(self.stations, &leg);
            self.waiting.put_onwards(leg.to, parcel, visit.behind, leg.behind(parcel.step));
            passed += 1;
        }
        self.legs.count(own, passed, 0);
        passed as usize
    }

    /// Slots that waited early come due, and their messages to their first stations; the next slots wait early again.
    #[inline(always)]
    fn rise(&mut self, keys: &[Key], own: u32) -> usize {
        let leg = self.legs.leg(own);
        let Some(flow) = self.flows.get(usize::from(leg.flow)) else { return 0 };
        let lead = u64::from(leg.lead);
        // Of a slot after the run its emitter keeps the count.
        let over = SimTime(self.horizon.0 + lead);
        let early_until = over.min(self.calm_until);
        let (mut risen, mut names) = (0, 0_u64);
        for key in keys {
            let Some((place, at)) = self.due.sleeper(*key) else { break };
            let sleeper = &self.waiting.sleepers.places()[place];
            let step = sleeper.step();
            let Some(visit) = self.visit((own, &leg), at, step) else { break };
            let behind = visit.behind;
            if !self.may_wait(behind) {
                break;
            }
            let ((emitter, base), slot) = (sleeper.who(), sleeper.slot);
            let (name, drawn) = (sleeper.name, self.slots.mixed(base, slot as u64 + 1));
            let again = SimTime(at.0 + flow.every.pause(drawn).0);
            if again >= early_until && again < over {
                break;
            }
            visit.serve(self.stations, &leg);
            let value = flow.smoothed(sleeper.value, name);
            let later = sleeper.again(again, (slot + 1, drawn), value);
            let (sent, next) = (SimTime(at.0 - lead), leg.behind(step));
            self.waiting
                .parcels
                .put(leg.to, behind, || Parcel::message([sent, behind], emitter, (slot, name), next, value));
            if again < early_until {
                self.waiting.sleepers.put(leg.lane, again, || later);
            } else {
                self.emitters[emitter as usize].slot = slot + 1;
            }
            names = names.wrapping_add(name);
            risen += 1;
        }
        self.legs.count(own, 0, risen);
        self.books.due_all(flow.topic, risen, names);
        risen as usize
    }

    /// Parcels leave their last stations, and arrive; they may be answered.
    #[inline(always)]
    fn arrive(&mut self, keys: &[Key], own: u32) -> usize {
        let leg = self.legs.leg(own);
        let Some(flow) = self.flows.get(usize::from(leg.flow)) else { return 0 };
        let mut passed = 0;
        for key in keys {
            let Some(parcel) = self.due.parcel(*key) else { break };
            let Some(visit) = self.visit((own, &leg), parcel.at, parcel.step) else { break };
            let at = visit.behind;
            let took = Span(at.0 - parcel.sent().0);
            if took > flow.deadline {
                break;
            }
            if let Some(answer) = flow.answer
                && answer.follows(parcel.name)
                && !self.send_back(parcel, &leg, answer, at)
            {
                break;
            }
            visit.serve(self.stations, &leg);
            let owner = || self.emitters[parcel.emitter as usize].owner();
            let (name, value) = (parcel.name, parcel.value.into());
            let arrival = Arrival { name, at, took, weight: 1, in_time: true, value };
            self.books.arrived(flow.topic, &arrival, owner);
            passed += 1;
        }
        self.legs.count(own, passed, 0);
        passed as usize
    }

    /// Send back the answer to what arrives `at` an instant, if its way is the usual one: over mere links to a station.
    #[inline(always)]
    fn send_back(&mut self, parcel: &Parcel, arrived: &Leg, answer: Answer, at: SimTime) -> bool {
        let Some(first) = arrived.answers(parcel.step) else { return false };
        let Some((_, leg)) = self.legs.get_mut(first) else { return false };
        let at = SimTime(at.0 + leg.behind);
        let usual = leg.begins == Begins::Nowhere && leg.then == Then::Waits && !leg.is_lucky();
        if !usual || at >= self.quiet_until || !(BY_STATION || at >= self.ends) {
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
