//! What is due in a slot, and putting it in order.

use crate::parcel::Parcel;
use crate::sleepers::Sleepers;
use crate::time::SimTime;
use crate::waiting::Waiting;
use std::cmp::Ordering;
use std::mem;
use std::ops::Range;

/// Up to so many that come too late are merely inserted, or one in so many: what comes from one station comes in order.
const FEW: usize = 2;
const MOSTLY: usize = 8;
/// So many bins for each, as a power of two: more take longer to count, fewer leave more in a wrong order.
const SPARSE: u32 = 1;

/// A row that is due: when in its slot, whether it sleeps, and its place.
pub(crate) type Key = u64;

/// Where the time of a key begins.
const TIME: u32 = 32;
const SLEEPS: Key = 1 << 31;

/// Whether a row sleeps.
#[inline(always)]
pub(crate) const fn is_sleeper(key: Key) -> bool {
    key & SLEEPS != 0
}

/// The place of a row, among the parcels that are due or among all that sleep.
#[inline(always)]
const fn place(key: Key) -> usize {
    (key & (SLEEPS - 1)) as usize
}

/// What is due in one slot, sorted by time or in no order. What is sorted are short keys; the rows lie as they waited. Times
/// are spread evenly over a slot, so that counting them into somewhat more bins than there are keys leaves next to nothing
/// to an insertion sort: nothing is known of their order, and each comparison that goes either way is a wrong guess of the
/// processor half of the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Due {
    parcels: Vec<Parcel>,
    /// When the slot begins.
    begins: SimTime,
    keys: Vec<Key>,
    /// Where the next key of each bin goes.
    bins: Vec<u32>,
    binned: Vec<Key>,
}

impl Due {
    /// The keys of what is due, in order.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// A parcel that is due, if that is one.
    #[inline(always)]
    pub(crate) fn parcel(&self, key: Key) -> Option<&Parcel> {
        if is_sleeper(key) { None } else { Some(&self.parcels[place(key)]) }
    }

    /// The place of a sleeper that is due and when, if that is one.
    #[inline(always)]
    pub(crate) const fn sleeper(&self, key: Key) -> Option<(usize, SimTime)> {
        if is_sleeper(key) { Some((place(key), SimTime(self.begins.0 + (key >> TIME)))) } else { None }
    }

    /// At which step a row waits.
    #[inline(always)]
    pub(crate) fn step(&self, key: Key, sleepers: &Sleepers) -> u32 {
        if is_sleeper(key) { sleepers.places()[place(key)].step() } else { self.parcels[place(key)].step }
    }

    /// A row that is due, as a parcel.
    pub(crate) fn row(&self, key: Key, sleepers: &Sleepers) -> Parcel {
        match self.sleeper(key) {
            Some((place, at)) => sleepers.places()[place].awake(at),
            None => self.parcels[place(key)],
        }
    }

    /// Nothing is due.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.parcels.clear();
    }

    /// Take what waits in these lanes of the present slot, sorted by time; `tie` decides between those that
    /// are due at the same instant.
    pub(crate) fn take(
        &mut self,
        waiting: &mut Waiting,
        lanes: Range<usize>,
        tie: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) {
        let falls = self.gather(waiting, lanes);
        if falls > FEW && falls > self.keys.len() / MOSTLY {
            self.bin(waiting.parcels.shift());
        }
        if insert(&mut self.keys) {
            let mut keys = mem::take(&mut self.keys);
            keys.sort_by(|one, other| {
                let (one, other) = (self.row(*one, &waiting.sleepers), self.row(*other, &waiting.sleepers));
                one.at.cmp(&other.at).then_with(|| tie(&one, &other))
            });
            self.keys = keys;
        }
    }

    /// Take what waits in these lanes of the present slot, in no order; gives how many come after one that is due later.
    pub(crate) fn gather(&mut self, waiting: &mut Waiting, lanes: Range<usize>) -> usize {
        waiting.parcels.take(lanes.clone(), &mut self.parcels);
        self.begins = waiting.parcels.begins();
        let (begins, shift) = (self.begins, waiting.parcels.shift());
        let within = (1 << shift) - 1;
        self.keys.clear();
        let (mut before, mut falls) = (0, 0);
        let mut key = |after: u64, place: Key| {
            let key = after << TIME | place;
            falls += usize::from(mem::replace(&mut before, key) > key);
            key
        };
        // What is late is due now.
        let parcels = self.parcels.iter().enumerate();
        self.keys
            .extend(parcels.map(|(place, parcel)| key(parcel.at.since(begins).0.min(within), place as Key)));
        waiting.sleepers.take(lanes, |first, some| {
            for (one, place) in some.iter().zip(first as Key..) {
                self.keys.push(key(one.after(shift), SLEEPS | place));
            }
        });
        falls
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

/// Whether two rows are due at the same instant.
const fn at_once(one: Key, other: Key) -> bool {
    one >> TIME == other >> TIME
}

/// Sort what is short or nearly in order; true if two of them come at once.
fn insert(keys: &mut [Key]) -> bool {
    let (mut tied, mut before) = (false, 0);
    for i in 0..keys.len() {
        let key = keys[i];
        if before < key >> TIME {
            before = key >> TIME;
            continue;
        }
        let mut hole = i;
        while hole > 0 && keys[hole - 1] > key {
            keys[hole] = keys[hole - 1];
            hole -= 1;
        }
        keys[hole] = key;
        tied |= hole > 0 && at_once(keys[hole - 1], key) || hole < i && at_once(keys[hole + 1], key);
        before = keys[i] >> TIME;
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(times in proptest::collection::vec(0_u64..65_536, 0..300)) {
            let parcel = |(nth, &at): (usize, &u64)| Parcel::wake(SimTime(at), (nth as u32, 7), (0, 0), 0);
            let mut expected: Vec<Parcel> = times.iter().enumerate().map(parcel).collect();
            let mut waiting = Waiting::new(16, 2, SimTime::ZERO);
            for one in &expected {
                match one.emitter % 3 {
                    0 => waiting.sleep(1, one.at, (one.emitter, 7), (0, 0), (9, 0)),
                    lane => waiting.put(lane as u8 - 1, *one),
                }
            }
            expected.sort_by_key(|one| (one.at, one.emitter));
            let mut due = Due::default();
            due.take(&mut waiting, 0..2, |a, b| a.emitter.cmp(&b.emitter));
            let sorted = due.keys().iter().map(|key| due.row(*key, &waiting.sleepers));
            prop_assert_eq!(
                sorted.map(|one| (one.at, one.emitter)).collect::<Vec<_>>(),
                expected.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>()
            );
            prop_assert!(!waiting.advance(SimTime::NEVER));
        }
    }
}
