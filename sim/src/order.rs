//! Putting what is due in a slot in order.

use crate::parcel::Parcel;
use crate::waiting::{Key, TIME, Waiting};
use std::cmp::Ordering;
use std::mem;
use std::ops::Range;

/// Up to so many are merely inserted.
const FEW: usize = 4;
/// So many bins for each, as a power of two: more take longer to count, fewer leave more in a wrong order.
const SPARSE: u32 = 1;

/// Sorts what is due in one slot by time. What is sorted are short keys; the rows lie where they waited. Times are spread
/// evenly over a slot, so that counting them into somewhat more bins than there are keys leaves next to nothing to an
/// insertion sort: nothing is known of their order, and each comparison that goes either way is a wrong guess of the
/// processor half of the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    keys: Vec<Key>,
    /// Where the next key of each bin goes.
    bins: Vec<u32>,
    binned: Vec<Key>,
}

impl Order {
    /// The keys of what was taken last, in order.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Begin with nothing.
    pub(crate) fn clear(&mut self, waiting: &mut Waiting) {
        self.keys.clear();
        waiting.forget();
    }

    /// Take what waits in these lanes of the present slot, sorted by time; `tie` decides between those that
    /// are due at the same instant.
    pub(crate) fn take(
        &mut self,
        waiting: &mut Waiting,
        lanes: Range<usize>,
        tie: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) {
        self.gather(waiting, lanes);
        if self.keys.len() > FEW {
            self.bin(waiting.parcels.shift());
        }
        if insert(&mut self.keys) {
            self.keys.sort_by(|one, other| {
                let (one, other) = (waiting.row(*one), waiting.row(*other));
                one.at.cmp(&other.at).then_with(|| tie(&one, &other))
            });
        }
    }

    /// Take what waits in these lanes of the present slot, in no order.
    pub(crate) fn gather(&mut self, waiting: &mut Waiting, lanes: Range<usize>) {
        waiting.take(lanes, &mut self.keys);
    }

    /// Put the keys nearly in order.
    fn bin(&mut self, shift: u32) {
        let bits = (self.keys.len().ilog2() + SPARSE).min(shift);
        let last = (1 << bits) - 1;
        let bin = |key: Key| (key >> (TIME + shift - bits)) as usize & last;
        self.bins.clear();
        self.bins.resize(1 << bits, 0);
        let bins = &mut self.bins[..=last];
        self.keys.iter().for_each(|key| bins[bin(*key)] += 1);
        let mut before = 0;
        for count in &mut *bins {
            before += mem::replace(count, before);
        }
        self.binned.resize(self.keys.len(), 0);
        for &key in &self.keys {
            let next = &mut bins[bin(key)];
            self.binned[*next as usize] = key;
            *next += 1;
        }
        mem::swap(&mut self.keys, &mut self.binned);
    }
}

/// Sort what is short or nearly in order; true if two of them come at once.
fn insert(keys: &mut [Key]) -> bool {
    let at_once = |one: Key, other: Key| one >> TIME == other >> TIME;
    let mut tied = false;
    for i in 1..keys.len() {
        let key = keys[i];
        if keys[i - 1] >> TIME < key >> TIME {
            continue;
        }
        let mut hole = i;
        while hole > 0 && keys[hole - 1] > key {
            keys[hole] = keys[hole - 1];
            hole -= 1;
        }
        keys[hole] = key;
        tied |= hole > 0 && at_once(keys[hole - 1], key) || hole < i && at_once(keys[hole + 1], key);
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimTime;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(times in proptest::collection::vec(0_u64..65_536, 0..300)) {
            let parcel = |(nth, &at): (usize, &u64)| Parcel::wake(SimTime(at), (nth as u32, 7), (0, 0), 0);
            let mut expected: Vec<Parcel> = times.iter().enumerate().map(parcel).collect();
            let mut waiting = Waiting::new(16, 2, SimTime::ZERO);
            for one in &expected {
                match one.emitter % 3 {
                    0 => waiting.sleep(1, one.at, (one.emitter, 7), 0, (9, 0)),
                    lane => waiting.put(lane as u8 - 1, *one),
                }
            }
            expected.sort_by_key(|one| (one.at, one.emitter));
            let mut order = Order::default();
            order.take(&mut waiting, 0..2, |a, b| a.emitter.cmp(&b.emitter));
            let sorted = order.keys().iter().map(|key| waiting.row(*key));
            prop_assert_eq!(
                sorted.map(|one| (one.at, one.emitter)).collect::<Vec<_>>(),
                expected.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>()
            );
            prop_assert!(!waiting.advance(SimTime::NEVER));
        }
    }
}
