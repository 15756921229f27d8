//! Legs: a station and the stretch behind it, as parcels pass them while everything is up.

use crate::message::Flow;
use crate::plan::{DRAWN, Step, Stretch};
use crate::station::{Station, StationId};
use crate::stations::Stations;
use crate::waiting::Sleeper;

/// Where a leg begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// A station: parcels wait for their turn.
    Waits,
    /// The end of the route.
    Arrives,
    /// Something that must be looked at.
    Looks,
}

/// What comes behind a leg where nothing about it is out of the ordinary while everything is up: it begins at a station
/// that all share, and luck has no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usual {
    /// Something about it is.
    No,
    /// A station, as [`Then::Waits`].
    Waits,
    /// The end of the route, as [`Then::Arrives`].
    Arrives,
}

/// A station and the stretch behind it, in one line of memory.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Leg {
    /// The place of the station, where it is the same for all.
    pub(crate) station: u32,
    /// The step behind.
    pub(crate) next: u32,
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
    /// The first step of whatever answers those who arrive behind it, where that is the same for all, or `NONE`.
    pub(crate) back: u32,
    /// Where messages that come here set off, where slots may wait here.
    pub(crate) first: u32,
    /// The leg at which slots may wait whose messages set off here, or `NONE`.
    pub(crate) waits_at: u32,
    /// The flow whose messages pass it.
    pub(crate) flow: u16,
    /// In which lane parcels wait for it.
    pub(crate) lane: u8,
    /// Where it begins.
    pub(crate) begins: Begins,
    /// What comes behind it.
    pub(crate) then: Then,
    /// In which lane parcels wait for the station behind, if one comes.
    pub(crate) to: u8,
    /// The same where nothing about it is out of the ordinary.
    pub(crate) usual: Usual,
    traits: u8,
}

const _: () = assert!(size_of::<Leg>() == 64);

/// Luck decides if it is passed, or how long it takes.
const LUCKY: u8 = 1;
/// It is more than its first step.
const LONG: u8 = 2;

/// No leg.
pub(crate) const NONE: u32 = u32::MAX;

impl Leg {
    /// Let the slots of a plan that begins with this leg wait where its messages work first, if they get there without
    /// luck and no sooner than in the next slot of the calendar, which takes `slot` ns, another one is due.
    pub(crate) fn await_slots(legs: &mut [Self], first: u32, flows: &[Flow], slot: u64) {
        let Some(&own) = legs.get(first as usize) else { return };
        let (at, lead) = match (own.begins, own.then) {
            (Begins::Station, _) => (first, 0),
            (Begins::Nowhere, Then::Waits) if !own.is_lucky() => (own.next, own.behind),
            _ => return,
        };
        let least = flows.get(usize::from(own.flow)).map_or(0, |flow| flow.every.least().0);
        if let Some(waits) = legs.get_mut(at as usize)
            && waits.begins == Begins::Station
            && at < Sleeper::STEPS
            && least > lead + slot
            && let Ok(lead) = u32::try_from(lead)
        {
            (waits.lead, waits.first) = (lead, first);
            legs[first as usize].waits_at = at;
        }
    }

    /// Whether luck decides if it is passed, or how long it takes.
    pub(crate) const fn is_lucky(&self) -> bool {
        self.traits & LUCKY != 0
    }

    /// Whether it is more than its first step.
    pub(crate) const fn is_long(&self) -> bool {
        self.traits & LONG != 0
    }

    /// Tell each leg what comes behind it.
    pub(crate) fn join(legs: &mut [Self]) {
        for at in 0..legs.len() {
            let next = legs.get(legs[at].next as usize);
            let then = match next {
                Some(next) if next.begins == Begins::End => Then::Arrives,
                Some(next) if next.lane > 0 && next.begins != Begins::Tolled => Then::Waits,
                _ => Then::Looks,
            };
            (legs[at].to, legs[at].then) = (next.map_or(0, |next| next.lane), then);
            let plain = legs[at].begins == Begins::Station && !legs[at].is_lucky();
            legs[at].usual = match legs[at].then {
                Then::Waits if plain => Usual::Waits,
                Then::Arrives if plain => Usual::Arrives,
                _ => Usual::No,
            };
        }
    }

    /// From a step, whose station is the `only` one for all who take it, over what can be passed at once `behind` it.
    pub(crate) fn of(
        step: &Step,
        only: Option<StationId>,
        behind: &Stretch,
        (stations, flows): (&Stations, &[Flow]),
    ) -> Self {
        let bytes = flows.get(usize::from(step.flow)).map_or(0, |flow| u64::from(flow.bytes));
        let station = step.only_station().or(only);
        let begins = match station.and_then(|id| stations.place(id.0 as usize)) {
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
        let known = station.filter(|_| begins == Begins::Station);
        Self {
            station: known.and_then(|id| stations.place(id.0 as usize)).unwrap_or(u32::MAX),
            next: behind.next,
            service: known.and_then(|id| stations.get(id.0 as usize)).map_or(step.work, asked),
            behind: if step.delay == DRAWN { 0 } else { step.delay } + behind.delay,
            passed: 0,
            risen: 0,
            lead: 0,
            back: NONE,
            first: NONE,
            waits_at: NONE,
            flow: step.flow,
            lane: step.lane,
            begins,
            then: Then::Looks,
            to: 0,
            usual: Usual::No,
            traits: if lucky { LUCKY } else { 0 } | if long { LONG } else { 0 },
        }
    }
}
