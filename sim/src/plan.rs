//! Plans: routes as the parcels of a flow travel them, worked out once and packed.

use crate::leg::{Leg, Then};
use crate::legs::Legs;
use crate::message::{DeviceId, Emitter, Flow};
use crate::route::{At, Delay, Hop, Needs, RouteId, Routes, Toll};
use crate::station::StationId;
use crate::stations::Stations;
use crate::status::PartId;
use smallvec::SmallVec;
use std::collections::BTreeMap;

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
    /// How many steps on the next of its plan is: between them lie those of other plans at the same hop.
    pub(crate) stride: u32,
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
            stride: 1,
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
            stride: 1,
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

    /// Whether it visits any station.
    pub(crate) const fn is_anywhere(&self) -> bool {
        self.at != NOTHING
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
    pub(crate) legs: Legs,
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
        let unjudged = !hops.clone().any(|hop| hop.tolls.iter().any(judged));
        let first = self.steps.len() as u32;
        own.push((flow, unjudged, first));
        let end = Step::end(route, hops.len() as u16, flow);
        self.steps.extend(hops.zip(0..).map(|(hop, nth)| Step::of(hop, (route, nth, flow))));
        self.steps.push(end);
        first
    }

    /// Lay the steps side by side at which plans of a flow are at the same hop: those that many come to soon one after the
    /// other, each in a plan of its own, then share lines of memory.
    pub(crate) fn arrange(&mut self) {
        let mut alike: BTreeMap<(u16, usize), Vec<u32>> = BTreeMap::new();
        for first in self.firsts() {
            alike.entry((self.step(first).flow, self.plan(first).count())).or_default().push(first);
        }
        let (mut steps, mut places) = (Vec::with_capacity(self.steps.len()), vec![0; self.steps.len()]);
        for ((_, count), mut plans) in alike {
            let stride = plans.len() as u32;
            for (nth, first) in (steps.len()..).zip(&plans) {
                places[*first as usize] = nth as u32;
            }
            for _ in 0..count {
                for at in &mut plans {
                    let step = *self.step(*at);
                    steps.push(Step { stride, ..step });
                    *at += step.stride;
                }
            }
        }
        self.steps = steps;
        self.first.iter_mut().flatten().for_each(|known| known.2 = places[known.2 as usize]);
    }

    /// The first step of every plan, in the order in which they lie.
    fn firsts(&self) -> Vec<u32> {
        let mut firsts: Vec<u32> = self.first.iter().flatten().map(|known| known.2).collect();
        firsts.sort_unstable();
        firsts
    }

    /// The steps of a plan, its end included, each with its place among all.
    fn plan(&self, first: u32) -> impl Iterator<Item = (u32, &Step)> {
        let step = |at: u32| self.steps.get(at as usize).map(|step| (at, step));
        std::iter::successors(
            step(first),
            move |(at, own)| {
                if own.is_end() { None } else { step(at + own.stride) }
            },
        )
    }

    /// The first step of an emitter's messages.
    #[inline]
    pub(crate) fn first(&self, own: &Emitter) -> u32 {
        let known = self.first.get(own.route.0 as usize).into_iter().flatten();
        known.into_iter().find(|known| known.0 == own.flow).map_or(NO_PLAN, |known| known.2)
    }

    /// The steps of an emitter's messages, the end left out, each with its place among all.
    pub(crate) fn steps_of(&self, own: &Emitter) -> impl Iterator<Item = (u32, &Step)> {
        self.steps(self.first(own))
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
        self.plan(first).take_while(|(_, step)| !step.is_end())
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
        for at in (0..self.steps.len()).rev() {
            let step = &self.steps[at];
            let plain = step.lane == 0 && !step.tolled && step.loss <= 0.0 && step.delay != DRAWN;
            let Some(&behind) = self.stretches.get(at + step.stride as usize) else { continue };
            // The leg of the step before counts one more.
            let few = behind.visits < u8::MAX - 1 && behind.stages.iter().all(|n| *n < u8::MAX - 1);
            if plain && few && !step.is_end() {
                let mut own = Stretch { delay: step.delay.saturating_add(behind.delay), ..behind };
                own.visits += u8::from(step.is_idle());
                if let Some(stage) = own.stages.get_mut(usize::from(step.stage)) {
                    *stage += 1;
                }
                self.stretches[at] = own;
            }
        }
        self.legs = self.legs(&self.only_stations(emitters), parts, slot, &self.answers(emitters, parts.1));
    }

    /// The legs of all plans, where each step has this station if all who take it have that one, and each plan these
    /// answers.
    fn legs(
        &self,
        only: &[Option<StationId>],
        (stations, flows): (&Stations, &[Flow]),
        slot: u64,
        answers: &[Option<u32>],
    ) -> Legs {
        let plans = self.firsts().into_iter().map(|first| {
            let (mut places, mut legs) = (Vec::new(), Vec::new());
            for (at, step) in self.plan(first) {
                let stay = Stretch { next: at, ..Stretch::default() };
                let behind = if step.is_end() { &stay } else { &self.stretches[(at + step.stride) as usize] };
                let id = step.only_station().or(only[at as usize]).map(|id| id.0 as usize);
                let place = id.and_then(|id| stations.place(id));
                places.push((at, place.unwrap_or(u32::MAX)));
                legs.push(Leg::of(
                    (at, step),
                    place.and_then(|place| stations.at_place(place)),
                    behind,
                    flows,
                ));
            }
            Leg::join(&mut legs);
            Leg::await_slots(&mut legs, flows, slot);
            for ((at, _), leg) in places.iter().zip(&mut legs).filter(|(_, leg)| leg.then == Then::Arrives) {
                leg.set_answers(*at, answers[first as usize]);
            }
            (places, legs)
        });
        Legs::of(self.steps.len(), plans)
    }

    /// By the first step of each plan: with what step the answers to its messages begin, where that is the same for all of
    /// them and moves nothing but the books.
    fn answers(&self, emitters: &[Emitter], flows: &[Flow]) -> Vec<Option<u32>> {
        let mut answers: Vec<Option<Option<u32>>> = vec![None; self.steps.len()];
        for (at, own) in (0_u32..).zip(emitters) {
            if let Some(answer) = flows.get(usize::from(own.flow)).and_then(|flow| flow.answer)
                && let Some(known) = answers.get_mut(self.first(own) as usize)
            {
                let back = emitters.get(at.wrapping_add(answer.offset) as usize);
                let first = back.filter(|back| back.is_light()).map(|back| self.first(back));
                let same = known.is_none_or(|known| known == first);
                *known = Some(first.filter(|_| same));
            }
        }
        answers.into_iter().map(Option::flatten).collect()
    }

    /// The station of each step at an end of its route, where all whose messages take it have that one.
    fn only_stations(&self, emitters: &[Emitter]) -> Vec<Option<StationId>> {
        let mut only = vec![Ok(None); self.steps.len()];
        for own in emitters {
            for (at, step) in self.steps_of(own).filter(|(_, step)| step.is_at_end()) {
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

    /// Every step, to be given its lane.
    pub(crate) fn lanes(&mut self) -> impl Iterator<Item = &mut u8> {
        self.steps.iter_mut().map(|step| &mut step.lane)
    }
}
