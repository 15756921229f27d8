//! Putting the parcels of a slot in order.

use crate::parcel::Parcel;
use crate::time::SimTime;
use std::cmp::Ordering;
use std::mem;

/// Up to this many, an insertion sort alone is as fast.
const FEW: usize = 16;

/// Sorts parcels of one slot by time. Their times are spread evenly over it, so that counting them into about as many
/// bins as there are parcels leaves next to nothing to an insertion sort.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// Where the next parcel of each bin goes.
    bins: Vec<u32>,
    sorted: Vec<Parcel>,
}

impl Order {
    /// Sort the parcels of the slot that begins at `begins` and is 2^`shift` ns long; `tie` decides between those that
    /// are due at the same instant.
    pub(crate) fn sort(
        &mut self,
        parcels: &mut Vec<Parcel>,
        (begins, shift): (SimTime, u32),
        tie: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) {
        if parcels.len() > FEW {
            self.bin(parcels, begins, shift);
        }
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
    }

    fn bin(&mut self, parcels: &mut Vec<Parcel>, begins: SimTime, shift: u32) {
        let bits = parcels.len().ilog2().min(shift);
        let last = (1 << bits) - 1;
        let bin = |parcel: &Parcel| ((parcel.at.since(begins).0 >> (shift - bits)) as usize).min(last);
        self.bins.clear();
        self.bins.resize(1 << bits, 0);
        for parcel in parcels.iter() {
            self.bins[bin(parcel)] += 1;
        }
        let mut before = 0;
        for count in &mut self.bins {
            before += mem::replace(count, before);
        }
        self.sorted.clear();
        self.sorted.resize(parcels.len(), parcels[0]);
        for parcel in parcels.iter() {
            let next = &mut self.bins[bin(parcel)];
            self.sorted[*next as usize] = *parcel;
            *next += 1;
        }
        mem::swap(parcels, &mut self.sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(times in proptest::collection::vec(0_u64..70_000, 0..300)) {
            let parcel = |(nth, &at): (usize, &u64)| Parcel::wake(SimTime(1_000_000 + at), nth as u32, 0, 0);
            let mut parcels: Vec<Parcel> = times.iter().enumerate().map(parcel).collect();
            let mut expected = parcels.clone();
            expected.sort_by_key(|one| (one.at, one.emitter));
            Order::default().sort(&mut parcels, (SimTime(1_000_000), 16), |a, b| a.emitter.cmp(&b.emitter));
            prop_assert_eq!(
                parcels.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>(),
                expected.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>()
            );
        }
    }
}
