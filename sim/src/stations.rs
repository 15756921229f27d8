//! The stations of a run: first the processor of each device, then all others.
//!
//! In a large fleet most processors never have anything to do that takes time. One is made when somebody is about to work
//! there, or to change it; until then it is as its fleet's, and takes no memory of its own.

use crate::station::Station;
use crate::status::PartId;
use std::ops::{Index, IndexMut};

/// The stations of a run, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Stations {
    made: Vec<Station>,
    /// One more than the place of each among those made; 0 of a processor that is not.
    places: Vec<u32>,
    /// The first device of each fleet, and its processor as it begins.
    fleets: Vec<(u32, Station)>,
}

impl Stations {
    /// The processors of another fleet, of which there are so many. Fleets come before any other station.
    pub(crate) fn fleet(&mut self, count: u32, processor: &Station) {
        debug_assert!(self.made.is_empty(), "fleets come first");
        let mut processor = processor.clone();
        processor.set_idle(true);
        self.fleets.push((self.places.len() as u32, processor));
        // Made anew in place of being lengthened: nobody writes to memory that stays as it is given.
        self.places = vec![0; self.places.len() + count as usize];
    }

    /// Another station.
    pub(crate) fn push(&mut self, station: Station) {
        self.made.push(station);
        self.places.push(self.made.len() as u32);
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A station, if there is one of that number.
    pub fn get(&self, id: usize) -> Option<&Station> {
        (id < self.len()).then(|| &self[id])
    }

    /// A station that somebody is about to change, if there is one of that number.
    pub fn get_mut(&mut self, id: usize) -> Option<&mut Station> {
        if id < self.len() { Some(&mut self[id]) } else { None }
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Station> {
        (0..self.len()).map(|id| &self[id])
    }

    /// Those that were made, with their ids.
    pub(crate) fn made(&self) -> impl Iterator<Item = (u32, &Station)> {
        let all = (0..).zip(&self.places).filter(|(_, place)| **place != 0);
        all.map(|(id, place)| (id, &self.made[*place as usize - 1]))
    }

    /// A station that was made, by its place.
    pub(crate) fn at_place(&self, place: u32) -> Option<&Station> {
        self.made.get(place as usize)
    }

    /// Those that were made, by their places.
    pub(crate) fn by_place(&mut self) -> &mut [Station] {
        &mut self.made
    }

    /// Let no emitter's message work at a station, or some.
    pub(crate) fn set_idle(&mut self, id: usize, idle: bool) {
        if !idle || self.places[id] != 0 {
            self[id].set_idle(idle);
        }
    }

    /// The place of a station among those that were made, if it is one of them.
    pub(crate) fn place(&self, id: usize) -> Option<u32> {
        self.places.get(id)?.checked_sub(1)
    }

    /// The place of a station among those that are made, of which it is one from now on.
    #[inline]
    pub(crate) fn make(&mut self, id: usize) -> u32 {
        match self.places[id] {
            0 => self.make_processor(id),
            place => place - 1,
        }
    }

    #[cold]
    fn make_processor(&mut self, id: usize) -> u32 {
        let mut own = self.of_fleet(id).clone();
        own.part = PartId::unit(id as u32);
        self.made.push(own);
        self.places[id] = self.made.len() as u32;
        self.places[id] - 1
    }

    /// The processor of a fleet's device as it begins.
    #[cold]
    fn of_fleet(&self, id: usize) -> &Station {
        &self.fleets[self.fleets.partition_point(|fleet| fleet.0 as usize <= id) - 1].1
    }
}

impl Index<usize> for Stations {
    type Output = Station;

    #[inline]
    fn index(&self, id: usize) -> &Station {
        match self.places[id] {
            0 => self.of_fleet(id),
            place => &self.made[place as usize - 1],
        }
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
    use crate::time::{SimTime, Span};

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
}
