//! The stations of a run: first the processor of each device, then all others.
//!
//! In a large fleet most processors have nothing to do at any time, and many never have. One is made when somebody is about
//! to work there, or to change it; until then it is as its fleet's, and takes no memory of its own. One that works at the
//! ends of routes alone goes to rest when it has done so, where there are many such: what it leaves behind are its sums.

use crate::names::Names;
use crate::rare::Spare;
use crate::resting::Resting;
use crate::runs::Runs;
use crate::station::{Shares, Station, Visit, Work};
use crate::status::PartId;
use crate::time::SimTime;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

/// So many processors lie in a processor's nearer memory as they are: waking them would take longer.
const FEW: usize = 1 << 15;

/// The stations of a run, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Stations {
    made: Vec<Station>,
    /// Where each is.
    places: Vec<Place>,
    /// The devices of each fleet, and its processors as they begin.
    devices: Runs,
    fleets: Vec<Fleet>,
    resting: Resting,
    /// Where more than so many work at ends alone, those rest; else where more than [`FEW`] do.
    few: Option<usize>,
    /// The processors that are awake until they have nothing to do, each with the place of its sums, in the order of waking.
    awake: VecDeque<(u32, u32)>,
    /// Places among those that were made that nobody has any longer, and what additions asked of who had them.
    free: Vec<u32>,
    spare: Spare,
}

/// Where a station is: one more than its place among those made; or, of a processor at rest, that it rests, whether
/// emitters' messages work there, and one more than the place of its sums, if it has any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place(u32);

const RESTS: u32 = 1 << 31;
const SERVES: u32 = 1 << 30;

impl Place {
    const fn rests(self) -> bool {
        self.0 == 0 || self.0 & RESTS != 0
    }

    /// Whether emitters' messages work at a processor that rests.
    const fn serves(self) -> bool {
        self.0 & (RESTS | SERVES) == RESTS | SERVES
    }

    /// Of a processor that rests, the place of its sums.
    const fn sums(self) -> Option<u32> {
        (self.0 & !(RESTS | SERVES)).checked_sub(1)
    }

    const fn resting(serves: bool, sums: Option<u32>) -> Self {
        let sums = match sums {
            Some(at) => at + 1,
            None => 0,
        };
        Self(RESTS | if serves { SERVES } else { 0 } | sums)
    }
}

/// The processors of a fleet as they begin.
#[derive(Clone, Debug)]
struct Fleet {
    /// Where no emitter's messages work, and where some do.
    idle: Station,
    serving: Station,
}

impl Stations {
    /// The processors of another fleet, of which there are so many. Fleets come before any other station.
    pub(crate) fn fleet(&mut self, count: u32, processor: &Station) {
        debug_assert!(self.made.is_empty(), "fleets come first");
        let (mut idle, serving) = (processor.clone(), processor.clone());
        idle.set_idle(true);
        self.devices.push(count);
        self.fleets.push(Fleet { idle, serving });
        // Made anew in place of being lengthened: nobody writes to memory that stays as it is given.
        self.places = vec![Place::default(); self.places.len() + count as usize];
    }

    /// Another station.
    pub(crate) fn push(&mut self, station: Station) {
        self.made.push(station);
        self.places.push(Place(self.made.len() as u32));
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A station, if there is one of that number. The sums of one at rest are told by [`Stations::told`] alone.
    pub fn get(&self, id: usize) -> Option<&Station> {
        (id < self.len()).then(|| &self[id])
    }

    /// A station that somebody is about to change, if there is one of that number.
    pub fn get_mut(&mut self, id: usize) -> Option<&mut Station> {
        if id < self.len() { Some(&mut self[id]) } else { None }
    }

    /// A station with its sums.
    pub fn told(&self, id: usize) -> Cow<'_, Station> {
        if self.places[id].rests() && self.places[id].sums().is_some() {
            Cow::Owned(self.woken(id))
        } else {
            Cow::Borrowed(&self[id])
        }
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, Station>> {
        (0..self.len()).map(|id| self.told(id))
    }

    /// Those that were ever made, with their ids.
    pub(crate) fn made(&self) -> impl Iterator<Item = (u32, Cow<'_, Station>)> {
        let made = |place: &Place| !place.rests() || place.sums().is_some();
        let all = (0..).zip(&self.places).filter(move |(_, place)| made(place));
        all.map(|(id, _)| (id, self.told(id as usize)))
    }

    /// A station that was made, by its place.
    pub(crate) fn at_place(&self, place: u32) -> Option<&Station> {
        self.made.get(place as usize)
    }

    /// Those that were made, by their places.
    pub(crate) fn by_place(&mut self) -> &mut [Station] {
        &mut self.made
    }

    /// Parcels are about to be told where they work: whoever is awake by now stays so.
    pub(crate) fn settle(&mut self) {
        while let Some((_, sums)) = self.awake.pop_front() {
            self.resting.give_back(sums);
        }
    }

    /// Let no emitter's message work at a station, or some.
    pub(crate) fn set_idle(&mut self, id: usize, idle: bool) {
        let place = self.places[id];
        if place.rests() && idle {
            self.places[id] = if place.serves() { Place::resting(false, place.sums()) } else { place };
        } else {
            self[id].set_idle(idle);
        }
    }

    /// Let processors rest that work at the ends of routes alone, where they are more than `few`.
    pub const fn rest_beyond(&mut self, few: usize) {
        self.few = Some(few);
    }

    /// Let emitters' messages work at so many processors, each at its own end of a route alone, and as messages.
    pub(crate) fn serve_at_ends(&mut self, ids: &[u32]) {
        let many = ids.len() > self.few.unwrap_or(FEW);
        if many {
            self.resting.reserve(ids.len());
        }
        for &id in ids {
            let place = self.places[id as usize];
            if many && place.rests() && !self.fleet_of(id as usize).serving.is_special() {
                self.places[id as usize] = Place::resting(true, place.sums());
            } else {
                self[id as usize].set_idle(false);
            }
        }
    }

    /// The place of a station among those that were made, if it is one of them.
    pub(crate) fn place(&self, id: usize) -> Option<u32> {
        self.places.get(id).filter(|place| !place.rests()).map(|place| place.0 - 1)
    }

    /// The place of a station among those that are made, of which it is one from now on.
    #[inline]
    pub(crate) fn make(&mut self, id: usize) -> u32 {
        if self.places[id].rests() {
            self.make_processor(id);
        }
        self.places[id].0 - 1
    }

    #[cold]
    fn make_processor(&mut self, id: usize) {
        if let Some(sums) = self.wake(id) {
            self.resting.give_back(sums);
        }
    }

    /// Let a processor be a station of its own; gives the place of the sums that it had.
    #[inline]
    fn wake(&mut self, id: usize) -> Option<u32> {
        let (own, sums) = (self.woken(id), self.places[id].sums());
        let place = match self.free.pop() {
            Some(place) => {
                self.made[place as usize] = own;
                place
            }
            None => {
                self.made.push(own);
                self.made.len() as u32 - 1
            }
        };
        self.places[id] = Place(place + 1);
        sums
    }

    /// A processor at rest as a station of its own.
    fn woken(&self, id: usize) -> Station {
        let place = self.places[id];
        let mut own = self.begun(id, place).clone();
        own.part = PartId::unit(id as u32);
        if let Some(sums) = place.sums() {
            own.take_up(self.resting.get(sums));
        }
        own
    }

    /// A visit to the processor at an end of a route.
    pub(crate) fn visit_end(&mut self, id: usize, now: SimTime, work: Work, names: &Names) -> Visit {
        let place = self.places[id];
        if !place.rests() {
            return self.made[place.0 as usize - 1].visit(now, work, names);
        }
        if self.begun(id, place).is_special() {
            return self[id].visit(now, work, names);
        }
        let sums = place.sums().unwrap_or_else(|| self.resting.add());
        let place = Place::resting(place.serves(), Some(sums));
        self.places[id] = place;
        if work.is_none() && self.resting.pass_by(sums) {
            return Visit::Leaves { at: now, extra: Shares::new() };
        }
        self.wake(id);
        self.awake.push_back((id as u32, sums));
        let own = &mut self.made[self.places[id].0 as usize - 1];
        own.take_rare(&mut self.spare);
        let visit = own.visit(now, work, names);
        self.let_rest(now);
        visit
    }

    /// Let those rest that have nothing to do, of the first two who woke.
    fn let_rest(&mut self, now: SimTime) {
        for _ in 0..2 {
            let Some((id, sums)) = self.awake.pop_front() else { return };
            let place = self.places[id as usize].0 - 1;
            let own = &mut self.made[place as usize];
            if own.is_over(now)
                && let Some(all) = own.sums()
            {
                own.give_rare_back(&mut self.spare);
                self.places[id as usize] = Place::resting(!own.is_idle(), Some(sums));
                self.resting.set(sums, all);
                self.free.push(place);
            } else if own.is_ordinary() {
                self.awake.push_back((id, sums));
            } else {
                self.resting.give_back(sums);
            }
        }
    }

    /// Go on with a station as it was kept.
    pub(crate) fn lay(&mut self, id: usize, station: Station) {
        let place = self.places[id];
        if place.rests()
            && !self.begun(id, place).is_special()
            && station.is_over(SimTime::ZERO)
            && let Some(all) = station.sums()
        {
            let sums = place.sums().unwrap_or_else(|| self.resting.add());
            self.places[id] = Place::resting(!station.is_idle(), Some(sums));
            return self.resting.set(sums, all);
        }
        let built = &mut self[id];
        let own = std::mem::replace(built, station);
        built.built_as(&own);
    }

    /// The fleet of a device's processor.
    fn fleet_of(&self, id: usize) -> &Fleet {
        &self.fleets[self.devices.of(id as u32)]
    }

    /// A device's processor that rests there, as it begins.
    fn begun(&self, id: usize, place: Place) -> &Station {
        let fleet = self.fleet_of(id);
        if place.serves() { &fleet.serving } else { &fleet.idle }
    }
}

impl Index<usize> for Stations {
    type Output = Station;

    #[inline]
    fn index(&self, id: usize) -> &Station {
        let place = self.places[id];
        if !place.rests() {
            return &self.made[place.0 as usize - 1];
        }
        self.begun(id, place)
    }
}

impl IndexMut<usize> for Stations {
    #[inline]
    fn index_mut(&mut self, id: usize) -> &mut Station {
        let place = self.make(id);
        &mut self.made[place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::By;
    use crate::time::Span;

    #[test]
    fn a_processor_is_as_its_fleets_until_somebody_changes_it() {
        let processor = |micros: u64| Station::new(PartId::ALWAYS, 1, Span(1_000 * micros), 0);
        let mut stations = Stations::default();
        stations.fleet(3, &processor(5));
        stations.fleet(2, &processor(7));
        stations.push(processor(9));
        let fixed: Vec<u64> = stations.iter().map(|own| own.fixed / 1_000).collect();
        assert_eq!(fixed, [5, 5, 5, 7, 7, 9]);
        assert_eq!(stations.made().map(|own| own.0).collect::<Vec<_>>(), [5]);

        stations[3].visit_plain(SimTime(100), 50);
        assert_eq!(stations.made().map(|own| own.0).collect::<Vec<_>>(), [3, 5]);
        assert_eq!((stations[3].part, stations[3].busy), (PartId::unit(3), 50));
        assert_eq!((stations[4].busy, stations[2].fixed, stations.get(6).is_none()), (0, 5_000, true));
    }

    #[test]
    fn who_rests_between_visits_is_served_as_who_does_not() {
        let mut names = Names::default();
        let cause = names.cause(By::Control, "encryption");
        let processor = Station::new(PartId::ALWAYS, 1, Span::ZERO, 0);
        let (mut resting, mut made) = (Stations::default(), Stations::default());
        for stations in [&mut resting, &mut made] {
            stations.rest_beyond(0);
            stations.fleet(5, &processor);
            stations.serve_at_ends(&[0, 1, 2, 3]);
        }
        // Now and then somebody comes before the last has left, and now and then only to pass by.
        for nth in 0..2_000_u64 {
            let (id, now) = ((nth * nth % 5) as usize, SimTime(nth * 40 + nth % 7 * 10));
            let mut work = Work { bare: nth % 3 * 30, ..Work::default() };
            work.added.add(cause, nth % 4 * 45);
            assert_eq!(
                resting.visit_end(id, now, work.clone(), &names),
                made[id].visit(now, work, &names),
                "{nth}"
            );
        }
        assert!(resting.made.len() < 5, "places are used again");
        let sums =
            |own: &Station| (own.visits, own.busy, own.waited, own.longest_wait(), own.part, own.is_idle());
        let told = |stations: &Stations| stations.iter().map(|own| sums(&own)).collect::<Vec<_>>();
        assert_eq!(told(&resting), told(&made));

        let mut laid = Stations::default();
        laid.rest_beyond(0);
        laid.fleet(5, &processor);
        laid.serve_at_ends(&[0, 1, 2, 3]);
        resting.made().for_each(|(id, own)| laid.lay(id as usize, own.into_owned()));
        assert_eq!(told(&laid), told(&made));
    }
}
