//! Legs: a station and the stretch behind it, as parcels pass them while everything is up.

use crate::core::Counters;
use crate::message::Flow;
use crate::plan::{DRAWN, Step, Stretch};
use crate::sleepers::Sleeper;
use crate::station::Station;

/// Where a leg begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Begins {
    /// At no station that anybody works at.
    Nowhere,
    /// At this leg's station.
    Station,
    /// At the sender's processor.
    Source,
    /// At the receiver's processor.
    Target,
    /// Nothing: the route has ended.
    End,
    /// Where a control charges, or a medium is shared: it is passed as a message.
    Tolled,
}

/// What comes behind a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Then {
    /// A station: parcels wait for their turn.
    Waits,
    /// The end of the route.
    Arrives,
    /// Something that must be looked at.
    Looks,
}

/// A station and the stretch behind it, in one line of memory: what steps have in common that differ by nothing but
/// their stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(align(64))]
pub(crate) struct Leg {
    /// How long the station works [ns]; at a processor, the work besides what the processor asks of every message.
    pub(crate) service: u64,
    /// From leaving the station to the step behind [ns], as far as it is always the same.
    pub(crate) behind: u64,
    /// How many parcels have passed it, those left out whose slots waited here.
    pub(crate) passed: u64,
    /// How many slots waited here and came due on the way.
    pub(crate) risen: u64,
    /// From setting off to here [ns], where slots may wait here.
    pub(crate) lead: u32,
    /// How many steps on, modulo 2^32, whatever answers begins that those get who arrive behind it, or 0 if that is not
    /// the same for all of them.
    back: u32,
    /// How many steps on the step behind is, and how many the next of the plan.
    skip: u32,
    stride: u32,
    /// The flow whose messages pass it.
    pub(crate) flow: u16,
    /// How many legs back messages set off, where slots may wait here.
    pub(crate) since: u8,
    /// How many legs on slots may wait whose messages set off here, or `NOWHERE`.
    waits: u8,
    /// In which lane parcels wait for it.
    pub(crate) lane: u8,
    /// Where it begins.
    pub(crate) begins: Begins,
    /// What comes behind it.
    pub(crate) then: Then,
    /// In which lane parcels wait for the station behind, if one comes.
    pub(crate) to: u8,
    traits: u8,
    /// Stations on it, and steps by stage.
    visits: u8,
    stages: [u8; 6],
}

const _: () = assert!(size_of::<Leg>() == 64);

/// Luck decides if it is passed, or how long it takes.
const LUCKY: u8 = 1;
/// It is more than its first step.
const LONG: u8 = 2;
/// Nothing about it is out of the ordinary while everything is up: it begins with work at a station that all share, and
/// luck has no part in it.
const USUAL: u8 = 4;

/// At no leg.
const NOWHERE: u8 = u8::MAX;

impl Leg {
    /// From the step at `at`, over what can be passed at once `behind` it. Its station is known where that is the same
    /// for all who take it.
    pub(crate) fn of(
        (at, step): (u32, &Step),
        station: Option<&Station>,
        behind: &Stretch,
        flows: &[Flow],
    ) -> Self {
        let bytes = flows.get(usize::from(step.flow)).map_or(0, |flow| u64::from(flow.bytes));
        let begins = match station {
            _ if step.is_end() => Begins::End,
            _ if step.tolled => Begins::Tolled,
            _ if step.lane == 0 => Begins::Nowhere,
            Some(_) => Begins::Station,
            None if step.is_at_source() => Begins::Source,
            None => Begins::Target,
        };
        let asked = |station: &Station| station.fixed + step.work + station.bytes_time(bytes);
        let lucky = step.loss > 0.0 || step.delay == DRAWN;
        let long = behind.visits > 0 || behind.stages.iter().any(|times| *times > 0);
        let mut stages = behind.stages;
        if let Some(own) = stages.get_mut(usize::from(step.stage)) {
            *own += 1;
        }
        Self {
            service: station.filter(|_| begins == Begins::Station).map_or(step.work, asked),
            behind: if step.delay == DRAWN { 0 } else { step.delay } + behind.delay,
            passed: 0,
            risen: 0,
            lead: 0,
            back: 0,
            skip: behind.next - at,
            stride: step.stride,
            flow: step.flow,
            since: 0,
            waits: NOWHERE,
            lane: step.lane,
            begins,
            then: Then::Looks,
            to: 0,
            traits: if lucky { LUCKY } else { 0 } | if long { LONG } else { 0 },
            visits: behind.visits + u8::from(step.is_anywhere()),
            stages,
        }
    }

    /// Tell each leg of a plan what comes behind it.
    pub(crate) fn join(plan: &mut [Self]) {
        for at in 0..plan.len() {
            let own = &plan[at];
            let next = plan.get(at + own.legs_on());
            let (to, then) = match next {
                Some(next) if next.begins == Begins::End => (next.lane, Then::Arrives),
                Some(next) if next.lane > 0 && next.begins != Begins::Tolled => (next.lane, Then::Waits),
                _ => (0, Then::Looks),
            };
            let usual = own.begins == Begins::Station && own.service > 0 && !own.is_lucky();
            (plan[at].to, plan[at].then) = (to, then);
            plan[at].traits |= if usual { USUAL } else { 0 };
        }
    }

    /// Let the slots of a plan wait where its messages work first, if they get there without luck and no sooner than in
    /// the next slot of the calendar, which takes `slot` ns, another one is due.
    pub(crate) fn await_slots(plan: &mut [Self], flows: &[Flow], slot: u64) {
        let Some(&own) = plan.first() else { return };
        let (at, lead) = match (own.begins, own.then) {
            (Begins::Station, _) => (0, 0),
            (Begins::Nowhere, Then::Waits) if !own.is_lucky() => (own.legs_on(), own.behind),
            _ => return,
        };
        let least = flows.get(usize::from(own.flow)).map_or(0, |flow| flow.every.least().0);
        if let Some(waits) = plan.get_mut(at)
            && waits.begins == Begins::Station
            && least > lead + slot
            && let (Ok(lead), Ok(at)) = (u32::try_from(lead), u8::try_from(at))
        {
            (waits.lead, waits.since) = (lead, at);
            plan[0].waits = at;
        }
    }

    /// How many legs on in its plan the step behind is.
    const fn legs_on(&self) -> usize {
        (self.skip / self.stride) as usize
    }

    /// Whether nothing about it is out of the ordinary while everything is up.
    pub(crate) const fn is_usual(&self) -> bool {
        self.traits & USUAL != 0
    }

    /// Whether luck decides if it is passed, or how long it takes.
    pub(crate) const fn is_lucky(&self) -> bool {
        self.traits & LUCKY != 0
    }

    /// Whether it is more than its first step.
    pub(crate) const fn is_long(&self) -> bool {
        self.traits & LONG != 0
    }

    /// The step behind, if this is the leg of the step at `at`.
    #[inline(always)]
    pub(crate) const fn behind(&self, at: u32) -> u32 {
        at.wrapping_add(self.skip)
    }

    /// The first step of whatever answers those who arrive behind it, where that is the same for all of them, if this is
    /// the leg of the step at `at`.
    #[inline(always)]
    pub(crate) const fn answers(&self, at: u32) -> Option<u32> {
        if self.back == 0 { None } else { Some(at.wrapping_add(self.back)) }
    }

    /// Those who arrive behind it are answered by what begins with the step `first`, or there is no such step.
    pub(crate) fn set_answers(&mut self, at: u32, first: Option<u32>) {
        self.back = first.map_or(0, |first| first.wrapping_sub(at));
    }

    /// The step at which slots may wait whose messages set off at `at`, if they may and this is the leg there.
    pub(crate) const fn waits_at(&self, at: u32) -> Option<u32> {
        let waits_at = at + self.waits as u32 * self.stride;
        if self.waits != NOWHERE && waits_at < Sleeper::STEPS { Some(waits_at) } else { None }
    }

    /// How many legs on slots may wait whose messages set off here.
    pub(crate) const fn waits_on(&self) -> Option<usize> {
        if self.waits == NOWHERE { None } else { Some(self.waits as usize) }
    }

    /// The step at which messages set off whose slots wait at `at`, if they do so elsewhere and this is the leg there.
    pub(crate) const fn sets_off(&self, at: u32) -> Option<u32> {
        if self.since == 0 { None } else { Some(at - self.since as u32 * self.stride) }
    }

    /// Add what it is to pass it so many `times`.
    pub(crate) fn count(&self, times: u64, counters: &mut Counters) {
        counters.visits += times * u64::from(self.visits);
        for (count, own) in counters.stages.iter_mut().zip(self.stages) {
            *count += times * u64::from(own);
        }
    }
}
