//! The legs of all plans: each leg once, however many steps are alike.
//!
//! Thousands of gateways differ by nothing but their stations, and what is the same for all of them then stays in a
//! processor's nearest memory.

use crate::core::Counters;
use crate::leg::Leg;
use crate::message::Flow;
use crate::tick::Stage;
use std::collections::BTreeMap;

/// What a step has of its own: the place of its station, where that is the same for all who take it, and its leg.
#[derive(Clone, Copy, Debug)]
struct Stop {
    station: u32,
    leg: u32,
}

/// The legs of all plans, by their steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Legs {
    stops: Vec<Stop>,
    legs: Vec<Leg>,
}

impl Legs {
    /// The legs of plans of so many steps in all: of each, every step with its station, and its leg.
    pub(crate) fn of(steps: usize, plans: impl Iterator<Item = (Vec<(u32, u32)>, Vec<Leg>)>) -> Self {
        let (mut all, mut known) = (Self::default(), BTreeMap::new());
        all.stops = vec![Stop { station: u32::MAX, leg: u32::MAX }; steps];
        for (stations, legs) in plans {
            let first = all.legs.len() as u32;
            let first = *known.entry(legs).or_insert_with_key(|legs| {
                all.legs.extend(legs);
                first
            });
            for ((step, station), leg) in stations.into_iter().zip(first..) {
                all.stops[step as usize] = Stop { station, leg };
            }
        }
        all
    }

    /// The station and the leg of a step.
    #[inline(always)]
    pub(crate) fn get(&self, step: u32) -> Option<(u32, &Leg)> {
        let stop = self.stops.get(step as usize)?;
        Some((stop.station, self.legs.get(stop.leg as usize)?))
    }

    /// The same, to be counted.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self, step: u32) -> Option<(u32, &mut Leg)> {
        let stop = self.stops.get(step as usize)?;
        Some((stop.station, self.legs.get_mut(stop.leg as usize)?))
    }

    /// Which leg a step has, and that leg.
    #[inline(always)]
    pub(crate) fn known(&self, step: u32) -> Option<(u32, &Leg)> {
        let leg = self.stops.get(step as usize)?.leg;
        Some((leg, self.legs.get(leg as usize)?))
    }

    /// The place of a step's station, if it has this leg.
    #[inline(always)]
    pub(crate) fn station_of(&self, step: u32, leg: u32) -> Option<usize> {
        let stop = self.stops.get(step as usize).filter(|stop| stop.leg == leg)?;
        Some(stop.station as usize)
    }

    /// A leg that some step has.
    #[inline(always)]
    pub(crate) fn leg(&self, leg: u32) -> Leg {
        self.legs[leg as usize]
    }

    /// So many have passed a leg, and so many slots that waited there have come due.
    #[inline(always)]
    pub(crate) fn count(&mut self, leg: u32, passed: u64, risen: u64) {
        let leg = &mut self.legs[leg as usize];
        leg.passed += passed;
        leg.risen += risen;
    }

    /// How long it is at least from where a slot has waited to when the next one of its emitter comes due [ns], by leg.
    pub(crate) fn sleeps(&self, flows: &[Flow]) -> impl Iterator<Item = u64> {
        let waits = (0..).zip(&self.legs).filter_map(|(at, leg)| self.legs.get(at + leg.waits_on()?));
        waits.map(|leg| {
            let every = flows.get(usize::from(leg.flow)).map_or(0, |flow| flow.every.least().0);
            every.saturating_sub(u64::from(leg.lead))
        })
    }

    /// Who answers may have changed: nobody is told any longer.
    pub(crate) fn forget_answers(&mut self) {
        self.legs.iter_mut().for_each(|leg| leg.set_answers(0, None));
    }

    /// Add what was passed.
    pub(crate) fn add_passed(&self, counters: &mut Counters) {
        for (at, leg) in self.legs.iter().enumerate() {
            leg.count(leg.passed + leg.risen, counters);
            counters.messages += leg.risen;
            counters.stages[Stage::Sense as usize] += leg.risen;
            if leg.since > 0 {
                self.legs[at - usize::from(leg.since)].count(leg.risen, counters);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::law::Law;
    use crate::plan::Plans;
    use crate::route::{At, Hop, Needs, RouteId, Routes};
    use crate::station::{Station, StationId};
    use crate::stations::Stations;
    use crate::status::PartId;
    use crate::tick::Stage;
    use crate::time::Span;

    #[test]
    fn plans_that_differ_by_nothing_but_their_stations_share_their_legs() {
        let (mut routes, mut stations, mut plans) =
            (Routes::default(), Stations::default(), Plans::default());
        for (station, seconds) in [(0, 0.02), (1, 0.02), (2, 0.02), (3, 0.03)] {
            stations.push(Station::new(PartId::ALWAYS, 1, Span(4_000_000), 0));
            let link = Hop::link(Needs::Nothing, Law::Fixed(seconds));
            let route = routes.add([Hop::visit(Stage::Hop, At::Station(StationId(station))), link]);
            plans.of(&routes, route, 0);
        }
        plans.settle_stretches(&[], (&stations, &[]), 1);
        let own = |step| plans.legs.get(step).map(|(station, leg)| (station, leg.behind, leg.behind(step)));
        let ms = |n: u64| n * 1_000_000;
        let expected = [(0, ms(20), 2), (1, ms(20), 5), (2, ms(20), 8), (3, ms(30), 11)].map(Some);
        assert_eq!([0, 3, 6, 9].map(own), expected);
        assert_eq!(plans.legs.legs.len(), 6, "two plans of two hops and an end");

        let stations_of = |plans: &mut Plans| {
            [0, 1, 2, 3].map(|route| {
                let first = plans.of(&routes, RouteId(route), 0);
                plans.steps(first).map(|(_, step)| step.only_station()).collect::<Vec<_>>()
            })
        };
        let before = stations_of(&mut plans);
        for _ in 0..2 {
            plans.arrange();
            plans.settle_stretches(&[], (&stations, &[]), 1);
            assert_eq!(stations_of(&mut plans), before);
            let own =
                |step| plans.legs.get(step).map(|(station, leg)| (station, leg.behind, leg.behind(step)));
            let expected = [(0, ms(20), 8), (1, ms(20), 9), (2, ms(20), 10), (3, ms(30), 11)].map(Some);
            assert_eq!([0, 1, 2, 3].map(own), expected, "those who are at the same hop lie side by side");
            assert_eq!(plans.legs.legs.len(), 6);
        }
    }
}
