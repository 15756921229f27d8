//! Putting the parcels of a slot in order.

use crate::parcel::Parcel;
use crate::time::SimTime;
use crate::waiting::Waiting;
use std::cmp::Ordering;
use std::mem;
use std::ops::Range;

/// Up to this many, an insertion sort alone is as fast.
const FEW: usize = 16;
/// Bins are this much more than parcels, as a power of two: two in one bin are out of order half of the time, which
/// costs more than an empty bin.
const SPARSE: u32 = 1;

/// Sorts parcels of one slot by time. Their times are spread evenly over it, so that counting them into some more bins
/// than there are parcels leaves next to nothing to an insertion sort.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// Where the next parcel of each bin goes.
    bins: Vec<u32>,
    /// The sorted, and room for more.
    sorted: Vec<Parcel>,
    count: usize,
}

impl Order {
    /// Begin with nothing.
    pub(crate) const fn clear(&mut self) {
        self.count = 0;
    }

    /// Take what waits in these lanes of the present slot, sorted by time; `tie` decides between those that
    /// are due at the same instant.
    pub(crate) fn take(
        &mut self,
        waiting: &mut Waiting,
        lanes: Range<usize>,
        tie: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) -> &[Parcel] {
        let in_lane = |lane| waiting.parcels.in_lane(lane) + waiting.sleepers.in_lane(lane);
        self.count = lanes.clone().map(in_lane).sum();
        if self.count > self.sorted.len() {
            self.sorted.resize(self.count, Parcel::wake(SimTime::ZERO, 0, (0, 0), 0));
        }
        if self.count > FEW {
            self.bin(waiting, lanes.clone());
        } else {
            let mut places = self.sorted.iter_mut();
            let begins = waiting.parcels.begins();
            for lane in lanes.clone() {
                waiting.parcels.show(lane, |parcels| {
                    parcels.iter().zip(places.by_ref()).for_each(|(parcel, place)| *place = *parcel);
                });
                waiting.sleepers.show(lane, |sleepers| {
                    let rows = sleepers.iter().map(|sleeper| sleeper.awake(begins));
                    rows.zip(places.by_ref()).for_each(|(parcel, place)| *place = parcel);
                });
            }
        }
        for lane in lanes {
            waiting.parcels.empty(lane);
            waiting.sleepers.empty(lane);
        }
        let parcels = &mut self.sorted[..self.count];
        for i in 1..parcels.len() {
            let parcel = parcels[i];
            let mut hole = i;
            while hole > 0 {
                let before = &parcels[hole - 1];
                if before.at < parcel.at || (before.at == parcel.at && tie(before, &parcel).is_le()) {
                    break;
                }
                parcels[hole] = *before;
                hole -= 1;
            }
            if hole < i {
                parcels[hole] = parcel;
            }
        }
        parcels
    }

    /// What was taken last.
    pub(crate) fn taken(&self) -> &[Parcel] {
        &self.sorted[..self.count]
    }

    fn bin(&mut self, waiting: &Waiting, lanes: Range<usize>) {
        let (begins, shift) = (waiting.parcels.begins(), waiting.parcels.shift());
        let bits = (self.count.ilog2() + SPARSE).min(shift);
        let last = (1 << bits) - 1;
        let bin = |within: u64| ((within >> (shift - bits)) as usize).min(last);
        self.bins.clear();
        self.bins.resize(1 << bits, 0);
        let bins = &mut self.bins[..];
        for lane in lanes.clone() {
            waiting.parcels.show(lane, |parcels| {
                parcels.iter().for_each(|parcel| bins[bin(parcel.at.since(begins).0)] += 1);
            });
            waiting.sleepers.show(lane, |sleepers| {
                sleepers.iter().for_each(|sleeper| bins[bin(sleeper.within())] += 1);
            });
        }
        let mut before = 0;
        for count in bins.iter_mut() {
            before += mem::replace(count, before);
        }
        let sorted = &mut self.sorted[..self.count];
        for lane in lanes {
            waiting.parcels.show(lane, |parcels| {
                for parcel in parcels {
                    let next = &mut bins[bin(parcel.at.since(begins).0)];
                    sorted[*next as usize] = *parcel;
                    *next += 1;
                }
            });
            waiting.sleepers.show(lane, |sleepers| {
                for sleeper in sleepers {
                    let next = &mut bins[bin(sleeper.within())];
                    sorted[*next as usize] = sleeper.awake(begins);
                    *next += 1;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(times in proptest::collection::vec(0_u64..65_536, 0..300)) {
            let parcel = |(nth, &at): (usize, &u64)| Parcel::wake(SimTime(at), nth as u32, (0, 0), 0);
            let mut expected: Vec<Parcel> = times.iter().enumerate().map(parcel).collect();
            let mut waiting = Waiting::new(16, 2, SimTime::ZERO);
            for one in &expected {
                match one.emitter % 3 {
                    0 => waiting.sleep(1, one.at, (one.emitter, 0), 7, 0),
                    lane => waiting.put(lane as u8 - 1, *one),
                }
            }
            expected.sort_by_key(|one| (one.at, one.emitter));
            let mut order = Order::default();
            let sorted = order.take(&mut waiting, 0..2, |a, b| a.emitter.cmp(&b.emitter));
            prop_assert_eq!(
                sorted.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>(),
                expected.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>()
            );
            prop_assert!(!waiting.advance(SimTime::NEVER));
        }
    }
}
