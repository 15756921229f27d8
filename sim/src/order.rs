//! Putting what is due in a slot in order.

use crate::parcel::Parcel;
use crate::waiting::{Key, TIME, Taken, Waiting};
use std::cmp::Ordering;
use std::mem;
use std::ops::Range;

/// So many are few: each is compared with all.
const FEW: usize = 48;
/// So many are compared at once.
const STRIDE: usize = 8;
const _: () = assert!(FEW.is_multiple_of(STRIDE));

/// Sorts what is due in one slot by time. What is sorted are short keys; the rows lie where they waited. Nothing is known
/// of their order, so that every guess of a processor at how a comparison ends costs more than many comparisons: few are
/// sorted by counting for each who comes before it. Times are spread evenly over a slot, so that counting many of them into
/// as many bins leaves next to nothing to an insertion sort.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    keys: Vec<Key>,
    taken: Taken,
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
        waiting.release(&mut self.taken);
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
            insert(&mut self.keys);
        } else if !count(&mut self.keys) {
            insert(&mut self.keys);
        }
        if self.keys.array_windows().any(|[one, next]| one >> TIME == next >> TIME) {
            self.keys.sort_by(|one, other| {
                let (one, other) = (waiting.row(*one), waiting.row(*other));
                one.at.cmp(&other.at).then_with(|| tie(&one, &other))
            });
        }
    }

    /// Take what waits in these lanes of the present slot, in no order.
    pub(crate) fn gather(&mut self, waiting: &mut Waiting, lanes: Range<usize>) {
        self.clear(waiting);
        lanes.for_each(|lane| waiting.take(lane, &mut self.taken, &mut self.keys));
    }

    /// Put the keys nearly in order.
    fn bin(&mut self, shift: u32) {
        let bits = self.keys.len().ilog2().min(shift);
        let last = (1 << bits) - 1;
        let bin = |key: Key| ((key >> (TIME + shift - bits)) as usize).min(last);
        self.bins.clear();
        self.bins.resize(1 << bits, 0);
        self.keys.iter().for_each(|key| self.bins[bin(*key)] += 1);
        let mut before = 0;
        for count in &mut self.bins {
            before += mem::replace(count, before);
        }
        self.binned.clear();
        self.binned.resize(self.keys.len(), 0);
        for &key in &self.keys {
            let next = &mut self.bins[bin(key)];
            self.binned[*next as usize] = key;
            *next += 1;
        }
        mem::swap(&mut self.keys, &mut self.binned);
    }
}

/// Sort a few by counting for each who comes before it; false if two of them come at once.
fn count(keys: &mut [Key]) -> bool {
    let mut times = [i32::MAX; FEW];
    times.iter_mut().zip(keys.iter()).for_each(|(time, key)| *time = (key >> TIME) as i32);
    let (strides, _) = times.as_chunks::<STRIDE>();
    let strides = &strides[..keys.len().div_ceil(STRIDE)];
    let mut sorted = [Key::MAX; FEW];
    for (key, own) in keys.iter().zip(times) {
        let mut before = [0; STRIDE];
        for stride in strides {
            for (count, time) in before.iter_mut().zip(stride) {
                *count += i32::from(*time < own);
            }
        }
        sorted[before.iter().sum::<i32>() as usize] = *key;
    }
    let sorted = &sorted[..keys.len()];
    let apart = !sorted.contains(&Key::MAX);
    if apart {
        keys.copy_from_slice(sorted);
    }
    apart
}

/// Sort what is short or nearly in order.
fn insert(keys: &mut [Key]) {
    for i in 1..keys.len() {
        let key = keys[i];
        let mut hole = i;
        while hole > 0 && keys[hole - 1] > key {
            keys[hole] = keys[hole - 1];
            hole -= 1;
        }
        keys[hole] = key;
    }
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
