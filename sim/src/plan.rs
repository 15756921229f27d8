//! Plans: routes as the parcels of a flow travel them, worked out once and packed.

use crate::core::Counters;
use crate::leg::{Leg, NONE, Then};
use crate::message::{DeviceId, Emitter, Flow};
use crate::route::{At, Delay, Hop, Needs, RouteId, Routes, Toll};
use crate::station::StationId;
use crate::stations::Stations;
use crate::status::PartId;
use crate::tick::Stage;
use smallvec::SmallVec;

/// What a parcel meets at one hop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Work at the station besides what the station asks of every message [ns].
    pub(crate) work: u64,
    /// How long the link behind takes [ns]; `DRAWN` means that the hop's law tells.
    pub(crate) delay: u64,
    /// The share of messages that get lost on the way to the next hop.
    pub(crate) loss: f64,
    at: u32,
    part: u32,
    /// The route that it belongs to.
    pub(crate) route: RouteId,
    /// Which hop of it.
    pub(crate) hop: u16,
    /// The flow whose messages it is about.
    pub(crate) flow: u16,
    /// Where a parcel waits for it: in the lane of its station's rank, or in that of mere links.
    pub(crate) lane: u8,
    /// The stage it belongs to; `END` after the last.
    pub(crate) stage: u8,
    /// Whether a control charges here, or the medium is shared: it is passed as a message.
    pub(crate) tolled: bool,
}

/// A delay that must be drawn.
pub(crate) const DRAWN: u64 = u64::MAX;
/// What stands for the ends of a route, and for nothing, in a packed step.
const SOURCE: u32 = u32::MAX;
const TARGET: u32 = u32::MAX - 1;
const NOTHING: u32 = u32::MAX - 2;
/// The stage of the end of a route.
const END: u8 = u8::MAX;

impl Step {
    fn of(hop: &Hop, (route, nth, flow): (RouteId, u16, u16)) -> Self {
        Self {
            work: hop.work,
            delay: match hop.delay {
                None => 0,
                Some(Delay::Fixed(span)) => span.0,
                Some(Delay::Drawn(_)) => DRAWN,
            },
            loss: hop.loss,
            at: match hop.at {
                At::Source => SOURCE,
                At::Target => TARGET,
                At::Station(station) => station.0,
                At::Air(_) | At::Nowhere => NOTHING,
            },
            part: match hop.needs {
                Needs::Nothing => NOTHING,
                Needs::SourceLink => SOURCE,
                Needs::TargetLink => TARGET,
                Needs::Part(part) => part.0,
            },
            route,
            hop: nth,
            flow,
            lane: u8::from(matches!(hop.at, At::Source | At::Target | At::Station(_))),
            stage: hop.stage as u8,
            tolled: !hop.tolls.is_empty() || matches!(hop.at, At::Air(_)),
        }
    }

    /// What comes after the last hop.
    const fn end(route: RouteId, hop: u16, flow: u16) -> Self {
        Self {
            work: 0,
            delay: 0,
            loss: 0.0,
            at: NOTHING,
            part: NOTHING,
            route,
            hop,
            flow,
            lane: 0,
            stage: END,
            tolled: false,
        }
    }

    /// Whether the route ends here.
    pub(crate) const fn is_end(&self) -> bool {
        self.stage == END
    }

    /// Whether it visits a station at which nobody ever works.
    pub(crate) const fn is_idle(&self) -> bool {
        self.at != NOTHING && self.lane == 0
    }

    /// Whether the station it visits is that of an end of the route, another one for each emitter.
    pub(crate) const fn is_at_end(&self) -> bool {
        matches!(self.at, SOURCE | TARGET)
    }

    /// Whether the station it visits is that of the sender.
    pub(crate) const fn is_at_source(&self) -> bool {
        self.at == SOURCE
    }

    /// The station it visits, if that is the same for every emitter.
    pub(crate) const fn only_station(&self) -> Option<StationId> {
        if self.at < NOTHING { Some(StationId(self.at)) } else { None }
    }

    /// The station it visits.
    pub(crate) const fn station(&self, source: DeviceId, target: DeviceId) -> Option<StationId> {
        match self.at {
            SOURCE => Some(StationId(source.0)),
            TARGET => Some(StationId(target.0)),
            NOTHING => None,
            station => Some(StationId(station)),
        }
    }

    /// What else must be up; the attachment of device `n` is part `2n + 1`.
    pub(crate) const fn part(&self, source: DeviceId, target: DeviceId) -> Option<PartId> {
        match self.part {
            SOURCE => Some(PartId(2 * source.0 + 1)),
            TARGET => Some(PartId(2 * target.0 + 1)),
            NOTHING => None,
            part => Some(PartId(part)),
        }
    }
}

/// A stretch of steps at which nothing is asked, lost or drawn: passed at once while everything on the way is up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stretch {
    /// How long it takes [ns].
    pub(crate) delay: u64,
    /// The step behind it: a station, the end, or something drawn.
    pub(crate) next: u32,
    /// Steps by stage, and those at stations.
    pub(crate) stages: [u8; 6],
    pub(crate) visits: u8,
}

/// The plan of what no route leads to.
const NO_PLAN: u32 = u32::MAX;

/// The plans of all routes that emitters' messages take, one for each flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    steps: Vec<Step>,
    /// By route: where the steps of each flow that takes it begin, and whether no control judges there or sends
    /// elsewhere.
    first: Vec<SmallVec<[(u16, bool, u32); 1]>>,
    /// What can be passed at once from each step on.
    stretches: Vec<Stretch>,
    /// The same with the station before, for slots in which everything is up.
    pub(crate) legs: Vec<Leg>,
    /// Whether any leg knows what answers those who arrive there.
    answers_told: bool,
}

impl Plans {
    /// The first step of a flow's messages on a route, worked out when it is asked for first.
    pub(crate) fn of(&mut self, routes: &Routes, route: RouteId, flow: u16) -> u32 {
        if route.0 >= routes.len() {
            return NO_PLAN;
        }
        if self.first.len() < routes.len() as usize {
            self.first.resize(routes.len() as usize, SmallVec::new());
        }
        let own = &mut self.first[route.0 as usize];
        if let Some(known) = own.iter().find(|known| known.0 == flow) {
            return known.2;
        }
        let hops = routes.hops(route);
        let judged = |toll: &Toll| toll.check.is_some() || toll.visit.is_some();
        let unjudged = !hops.iter().any(|hop| hop.tolls.iter().any(judged));
        let first = self.steps.len() as u32;
        own.push((flow, unjudged, first));
        self.steps.extend(hops.iter().zip(0..).map(|(hop, nth)| Step::of(hop, (route, nth, flow))));
        self.steps.push(Step::end(route, hops.len() as u16, flow));
        first
    }

    /// Whether nothing is planned.
    pub(crate) const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether no control judges what takes this route, or sends it elsewhere.
    pub(crate) fn unjudged(&self, route: RouteId) -> bool {
        self.first.get(route.0 as usize).and_then(|first| first.first()).is_some_and(|first| first.1)
    }

    /// A step of any plan.
    #[inline]
    pub(crate) fn step(&self, at: u32) -> &Step {
        &self.steps[at as usize]
    }

    /// The steps of a plan, its end left out, each with its place among all.
    pub(crate) fn steps(&self, first: u32) -> impl Iterator<Item = (u32, &Step)> {
        let steps = self.steps.get(first as usize..).unwrap_or_default();
        (first..).zip(steps.iter().take_while(|step| !step.is_end()))
    }

    /// The parts that steps need besides those of their ends.
    pub(crate) fn parts(&self) -> impl Iterator<Item = PartId> {
        self.steps.iter().map(|step| step.part).filter(|part| *part < NOTHING).map(PartId)
    }

    /// What can be passed at once from a step on; nothing before lanes are given.
    #[inline]
    pub(crate) fn stretch(&self, at: u32) -> Option<&Stretch> {
        self.stretches.get(at as usize).filter(|stretch| stretch.next > at)
    }

    /// Work out what can be passed at once, once every step has its lane.
    pub(crate) fn settle_stretches(&mut self, emitters: &[Emitter], parts: (&Stations, &[Flow]), slot: u64) {
        let stay = |next| Stretch { next, ..Stretch::default() };
        self.stretches = (0..self.steps.len() as u32).map(stay).collect();
        for at in (0..self.steps.len().saturating_sub(1)).rev() {
            let step = &self.steps[at];
            let plain = step.lane == 0 && !step.tolled && step.loss <= 0.0 && step.delay != DRAWN;
            let behind = self.stretches[at + 1];
            if plain
                && !step.is_end()
                && behind.visits < u8::MAX
                && behind.stages.iter().all(|n| *n < u8::MAX)
            {
                let mut own = Stretch { delay: step.delay.saturating_add(behind.delay), ..behind };
                own.visits += u8::from(step.is_idle());
                if let Some(stage) = own.stages.get_mut(usize::from(step.stage)) {
                    *stage += 1;
                }
                self.stretches[at] = own;
            }
        }
        let behind = self.stretches.iter().skip(1).chain([&Stretch::default()]).copied().collect::<Vec<_>>();
        let steps = self.steps.iter().zip(self.only_stations(emitters)).zip(behind);
        self.legs = steps.map(|((step, only), behind)| Leg::of(step, only, &behind, parts)).collect();
        Leg::join(&mut self.legs);
        for first in self.first.iter().flatten() {
            Leg::await_slots(&mut self.legs, first.2, parts.1, slot);
        }
        self.tell_answers(emitters, parts.1);
    }

    /// Tell the last leg of each route with what step begins whatever answers those who arrive there, if that is one for
    /// all of them and moves nothing but the books.
    fn tell_answers(&mut self, emitters: &[Emitter], flows: &[Flow]) {
        let mut told = vec![false; self.legs.len()];
        for (at, own) in (0_u32..).zip(emitters) {
            let Some(answer) = flows.get(usize::from(own.flow)).and_then(|flow| flow.answer) else {
                continue;
            };
            let back = emitters.get(at.wrapping_add(answer.offset) as usize).filter(|back| back.is_light());
            let plan = back.map_or(NONE, |back| back.plan);
            let mut last = own.plan;
            while let Some(leg) = self.legs.get(last as usize)
                && leg.then == Then::Waits
            {
                last = leg.next;
            }
            self.answers_told = true;
            if let Some(leg) = self.legs.get_mut(last as usize) {
                let known = std::mem::replace(&mut told[last as usize], true);
                leg.back = if !known || leg.back == plan { plan } else { NONE };
            }
        }
    }

    /// Who answers may have changed: nobody is told any longer.
    pub(crate) fn forget_answers(&mut self) {
        if std::mem::take(&mut self.answers_told) {
            self.legs.iter_mut().for_each(|leg| leg.back = NONE);
        }
    }

    /// The station of each step at an end of its route, where all whose messages take it have that one.
    fn only_stations(&self, emitters: &[Emitter]) -> Vec<Option<StationId>> {
        let mut only = vec![Ok(None); self.steps.len()];
        for own in emitters {
            for (at, step) in self.steps(own.plan).filter(|(_, step)| step.is_at_end()) {
                let station = step.station(own.source, own.target);
                let known = &mut only[at as usize];
                *known = match *known {
                    Ok(None) => Ok(station),
                    Ok(same) if same == station => Ok(same),
                    _ => Err(()),
                };
            }
        }
        only.into_iter().map(|known| known.unwrap_or_default()).collect()
    }

    /// Add what was passed by whole legs.
    pub(crate) fn add_passed(&self, counters: &mut Counters) {
        for (at, leg) in self.legs.iter().enumerate() {
            self.add_times(at, leg.passed + leg.risen, counters);
            if leg.risen > 0 {
                counters.messages += leg.risen;
                counters.stages[Stage::Sense as usize] += leg.risen;
                if leg.first as usize != at {
                    self.add_times(leg.first as usize, leg.risen, counters);
                }
            }
        }
    }

    /// Add what it takes to pass a leg so many times.
    fn add_times(&self, at: usize, times: u64, counters: &mut Counters) {
        let (step, behind) = (&self.steps[at], self.stretches.get(at + 1).copied().unwrap_or_default());
        counters.visits += times * (u64::from(step.at != NOTHING) + u64::from(behind.visits));
        for (nth, count) in counters.stages.iter_mut().enumerate() {
            let own = u64::from(usize::from(step.stage) == nth);
            *count += times * (own + u64::from(behind.stages[nth]));
        }
    }

    /// Every step, to be given its lane.
    pub(crate) fn lanes(&mut self) -> impl Iterator<Item = &mut u8> {
        self.steps.iter_mut().map(|step| &mut step.lane)
    }
}
