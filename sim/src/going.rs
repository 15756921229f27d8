//! The usual case of smooth going, which most parcels meet at most stations: a first-come station with nothing out of the
//! ordinary, the stretch behind it, and then another station or the end.
//!
//! Rows are worked in runs: those of one kind, one after the other, that take the same leg. It stops before the first row
//! that needs anything else, having moved nothing for that one: [`crate::smooth`] works it, to the same bit.

use crate::books;
use crate::core::Core;
use crate::leg::{Begins, Leg, Then};
use crate::legs::Legs;
use crate::message::Answer;
use crate::order::{self, Due};
use crate::parcel::Parcel;
use crate::sorting::Key;
use crate::station::Station;
use crate::time::{SimTime, Span};

/// Until when the case is the usual one. Who is worked `BY_STATION` is due in a slot that is worked to its end, and may wait
/// anywhere.
#[derive(Clone, Copy)]
struct Limits<const BY_STATION: bool> {
    /// Nothing is worked that comes then or later.
    until: SimTime,
    /// Nothing else happens before.
    quiet_until: SimTime,
    /// Whatever comes anywhere must come there after this, to wait.
    ends: SimTime,
}

impl<const BY_STATION: bool> Limits<BY_STATION> {
    /// Whether what comes to a station `at` an instant is usual, and passes its leg at another one.
    #[inline(always)]
    fn allow(&self, at: SimTime, behind: SimTime) -> bool {
        (BY_STATION || at < self.until) && behind < self.quiet_until
    }

    /// Whether who comes to his next station `at` an instant may wait there.
    #[inline(always)]
    fn may_wait(&self, at: SimTime) -> bool {
        BY_STATION || at >= self.ends
    }
}

/// The station that belongs to a step, if that has this leg, when who comes there `at` an instant leaves it, if nothing is out
/// of the ordinary there, and when he has passed the leg.
#[inline(always)]
fn visit<'a>(
    legs: &Legs,
    stations: &'a mut [Station],
    (own, leg): (u32, &Leg),
    (step, at): (u32, SimTime),
) -> Option<(&'a mut Station, SimTime, SimTime)> {
    let station = stations.get_mut(legs.station_of(step, own)?)?;
    let leaves = station.departs(at, leg.service)?;
    Some((station, leaves, SimTime(leaves.0 + leg.behind)))
}

/// With what step the answer begins to what passes a step at this leg `at` an instant, and when it comes to its first station, if
/// that way is the usual one: over mere links.
#[inline(always)]
fn way_back<const BY_STATION: bool>(
    legs: &Legs,
    (step, arrived): (u32, &Leg),
    at: SimTime,
    limits: Limits<BY_STATION>,
) -> Option<(u32, SimTime)> {
    let first = arrived.answers(step)?;
    let (_, leg) = legs.get(first)?;
    let at = SimTime(at.0 + leg.behind);
    let links = leg.begins == Begins::Nowhere && leg.then == Then::Waits && !leg.is_lucky();
    (links && at < limits.quiet_until && limits.may_wait(at)).then_some((first, at))
}

impl Core {
    /// Work what has come to stations, in order, as long as the case is the usual one and it comes before `until`; gives
    /// how many were worked. A slot that is worked `BY_STATION` is worked to its end. Draws that are audited are not usual.
    #[inline(never)]
    pub(crate) fn go_on<const BY_STATION: bool>(&mut self, due: &Due, keys: &[Key], until: SimTime) -> usize {
        if !self.slots.are_mixed() {
            return 0;
        }
        let (quiet_until, ends) = (self.quiet_until, self.in_order.ends);
        let (limits, mut left) = (Limits::<BY_STATION> { until, quiet_until, ends }, keys);
        while let run @ 1.. = self.run(due, left, limits) {
            left = &left[run..];
        }
        let worked = keys.len() - left.len();
        self.counters.rows += worked as u64;
        worked
    }

    /// Work the first of these, and those of its kind that take the same leg after it without another between; gives how
    /// many.
    #[inline(always)]
    fn run<const BY_STATION: bool>(&mut self, due: &Due, keys: &[Key], limits: Limits<BY_STATION>) -> usize {
        let Some(&first) = keys.first() else { return 0 };
        let Some((own, leg)) = self.plans.legs.known(due.step(first, self.waiting.sleepers())) else {
            return 0;
        };
        match leg.then {
            _ if !leg.is_usual() => 0,
            Then::Waits if order::is_sleeper(first) => self.rise(due, keys, own, limits),
            Then::Waits => self.pass(due, keys, own, limits),
            Then::Arrives if !order::is_sleeper(first) => self.arrive(due, keys, own, limits),
            _ => 0,
        }
    }

    /// Parcels come to stations, and will wait at others.
    #[inline(always)]
    fn pass<const BY_STATION: bool>(
        &mut self,
        due: &Due,
        keys: &[Key],
        own: u32,
        limits: Limits<BY_STATION>,
    ) -> usize {
        let leg = self.plans.legs.leg(own);
        let mut passed = 0;
        for key in keys {
            let Some(parcel) = due.parcel(*key) else { break };
            let (at, step) = (parcel.at, parcel.step);
            let (legs, stations) = (&self.plans.legs, self.stations.by_place());
            let visit = visit(legs, stations, (own, &leg), (step, at));
            let Some((station, leaves, behind)) = visit else { break };
            if !limits.allow(at, behind) || !limits.may_wait(behind) {
                break;
            }
            station.serve_until(at, leaves, leg.service);
            self.waiting.put_onwards(leg.to, parcel, behind, leg.behind(step));
            passed += 1;
        }
        self.plans.legs.count(own, passed, 0);
        passed as usize
    }

    /// Slots that waited early come due, and their messages to their first stations; the next slots wait early again.
    #[inline(always)]
    fn rise<const BY_STATION: bool>(
        &mut self,
        due: &Due,
        keys: &[Key],
        own: u32,
        limits: Limits<BY_STATION>,
    ) -> usize {
        let leg = self.plans.legs.leg(own);
        let Some(flow) = self.flows.get(usize::from(leg.flow)) else { return 0 };
        let lead = u64::from(leg.lead);
        // Of a slot after the run its emitter keeps the count.
        let over = SimTime(self.horizon.0 + lead);
        let early_until = over.min(self.calm_until);
        let (mut risen, mut names) = (0, 0_u64);
        for key in keys {
            let Some((place, at)) = due.sleeper(*key) else { break };
            let sleeper = &self.waiting.sleepers()[place];
            let ((emitter, base), slot) = (sleeper.who(), sleeper.slot);
            // The longest way from what is known to where it is needed: it sets off first.
            let (name, drawn) = (sleeper.name, self.slots.mixed(base, slot as u64 + 1));
            let again = SimTime(at.0 + flow.every.pause(drawn).0);
            if again >= early_until && again < over {
                break;
            }
            let step = sleeper.step();
            let (legs, stations) = (&self.plans.legs, self.stations.by_place());
            let visit = visit(legs, stations, (own, &leg), (step, at));
            let Some((station, leaves, behind)) = visit else { break };
            if !limits.allow(at, behind) || !limits.may_wait(behind) {
                break;
            }
            station.serve_until(at, leaves, leg.service);
            let value = flow.smoothed(sleeper.value(), name);
            let later = sleeper.again(again, (slot + 1, drawn), value);
            let (sent, next) = (SimTime(at.0 - lead), leg.behind(step));
            self.waiting
                .put(leg.to, behind, || Parcel::message([sent, behind], emitter, (slot, name), next, value));
            if again < early_until {
                self.waiting.sleep(leg.lane, again, || later);
            } else {
                self.emitters[emitter as usize].slot = slot + 1;
            }
            names = names.wrapping_add(name);
            risen += 1;
        }
        self.plans.legs.count(own, 0, risen);
        self.books.due_all(flow.topic, risen, names);
        risen as usize
    }

    /// Parcels leave their last stations, and arrive; they may be answered.
    #[inline(always)]
    fn arrive<const BY_STATION: bool>(
        &mut self,
        due: &Due,
        keys: &[Key],
        own: u32,
        limits: Limits<BY_STATION>,
    ) -> usize {
        let leg = self.plans.legs.leg(own);
        let Some(flow) = self.flows.get(usize::from(leg.flow)) else { return 0 };
        let (topic, deadline, answer) = (flow.topic, flow.deadline, flow.answer);
        let (mut passed, mut hashes, mut values) = (0, 0_u64, 0);
        for key in keys {
            let Some(parcel) = due.parcel(*key) else { break };
            let (came, step) = (parcel.at, parcel.step);
            let (legs, stations) = (&self.plans.legs, self.stations.by_place());
            let Some((station, leaves, at)) = visit(legs, stations, (own, &leg), (step, came)) else { break };
            let took = Span(at.0 - parcel.sent().0);
            if !limits.allow(came, at) || took > deadline {
                break;
            }
            let answer = answer.filter(|answer| answer.follows(parcel.name));
            let back = |legs| way_back(legs, (step, &leg), at, limits);
            if answer.is_some() && back(legs).is_none() {
                break;
            }
            station.serve_until(came, leaves, leg.service);
            if let Some(answer) = answer
                && let Some(way_back) = back(&self.plans.legs)
            {
                self.send_back(parcel, answer, way_back);
            }
            self.books.took(topic, took, || self.emitters[parcel.emitter as usize].owner());
            hashes = hashes.wrapping_add(books::hash(parcel.name, at));
            values += u64::from(parcel.value);
            passed += 1;
        }
        self.plans.legs.count(own, passed, 0);
        self.books.arrived_all(topic, passed, hashes, values);
        passed as usize
    }

    /// Send back the answer to what has arrived: with what step it begins, and when it comes to its first station.
    #[inline(always)]
    fn send_back(&mut self, parcel: &Parcel, answer: Answer, (first, at): (u32, SimTime)) {
        let Some((_, leg)) = self.plans.legs.get_mut(first) else { return };
        leg.passed += 1;
        self.counters.messages += 1;
        let (lane, step, flow) = (leg.to, leg.behind(first), usize::from(leg.flow));
        let back = parcel.emitter.wrapping_add(answer.offset);
        let (sent, slot) = (parcel.sent(), parcel.slot);
        let name = self.slots.bits(self.emitter_key(back), u64::from(slot));
        self.books.due(self.flows[flow].topic, name);
        let value = self.values.get(back as usize).map_or(0, |value| *value as u16);
        self.waiting.put(lane, at, || Parcel::message([sent, at], back, (slot, name), step, value));
    }
}
