//! What is due in a slot, and putting it in order.

use crate::parcel::Parcel;
use crate::sleepers::Sleeper;
use crate::sorting::{Bins, Falls, Key, TIME, many};
use crate::time::SimTime;
use crate::waiting::Waiting;
use std::cmp::Ordering;
use std::ops::Range;

/// Marks the key of a row that sleeps; its place stands below.
const SLEEPS: Key = 1 << (TIME - 1);

/// So many rows are enough to be worked together.
const ENOUGH: usize = 64;

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

/// What is due in a slot, or in some in a row. What is sorted are keys of the rows, which lie as they waited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Due {
    parcels: Vec<Parcel>,
    /// When the first of them begins.
    begins: SimTime,
    keys: Vec<Key>,
    bins: Bins,
}

impl Due {
    /// The keys of what is due.
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
    pub(crate) fn step(&self, key: Key, sleepers: &[Sleeper]) -> u32 {
        if is_sleeper(key) { sleepers[place(key)].step() } else { self.parcels[place(key)].step }
    }

    /// A row that is due, as a parcel.
    pub(crate) fn row(&self, key: Key, sleepers: &[Sleeper]) -> Parcel {
        row(key, &self.parcels, self.begins, sleepers)
    }

    /// Nothing is due.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.parcels.clear();
    }

    /// Take what waits in these lanes of some slots in a row, in this `order`, which is that of time first; gives the slot
    /// behind the last that was taken.
    pub(crate) fn take(
        &mut self,
        waiting: &mut Waiting,
        lanes: Range<usize>,
        slots: Range<u64>,
        order: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) -> u64 {
        let (mut falls, first) = (Falls::default(), slots.start);
        self.clear();
        self.begins = waiting.begin_of(first);
        let mut next = first;
        while next < slots.end && self.may_take(waiting, next) {
            for lane in lanes.clone() {
                self.take_lane(waiting, (next, lane), &mut falls);
            }
            next += 1;
        }
        self.sort(waiting, next - first, falls, order);
        next
    }

    /// Put what was taken of so many slots in order.
    fn sort(
        &mut self,
        waiting: &Waiting,
        slots: u64,
        mut falls: Falls,
        order: impl Fn(&Parcel, &Parcel) -> Ordering,
    ) {
        let Self { parcels, begins, keys, bins } = self;
        if keys.is_empty() && settle(parcels, &order) {
            return keys.extend(0..parcels.len() as Key);
        }
        let shift = waiting.shift() + slots.next_power_of_two().ilog2();
        // What is late is due now.
        let after = |parcel: &Parcel| parcel.at.since(*begins).0.min((1 << shift) - 1);
        keys.extend(parcels.iter().zip(0..).map(|(parcel, place)| falls.see(after(parcel) << TIME | place)));
        bins.sort(keys, falls, shift, |key| row(key, parcels, *begins, waiting.sleepers()), order);
    }

    /// Whether a slot may be taken as well: the present one, or one in which all is due at stations, if what was taken is not enough.
    fn may_take(&self, waiting: &Waiting, slot: u64) -> bool {
        let enough = self.keys.len() + self.parcels.len() >= ENOUGH;
        slot == waiting.present() || !enough && !waiting.has(slot, 0)
    }

    /// Take what waits in a lane of the present slot, in no order.
    pub(crate) fn gather(&mut self, waiting: &mut Waiting, lane: usize) {
        self.clear();
        self.begins = waiting.begins();
        self.take_lane(waiting, (waiting.present(), lane), &mut Falls::default());
        self.keys.extend(0..self.parcels.len() as Key);
    }

    /// Take what waits in a lane of a slot: parcels, and the keys of who sleeps.
    fn take_lane(&mut self, waiting: &mut Waiting, at: (u64, usize), falls: &mut Falls) {
        let shift = waiting.shift();
        let since = waiting.begin_of(at.0).0 - self.begins.0;
        waiting.take(at, &mut self.parcels, |first, some| {
            let sleepers = some.iter().zip(first as Key..);
            let key = |(one, place): (&Sleeper, Key)| {
                falls.see((since + one.after(shift)) << TIME | SLEEPS | place)
            };
            self.keys.extend(sleepers.map(key));
        });
    }
}

/// A row that is due, as a parcel, in a slot that begins then.
fn row(key: Key, parcels: &[Parcel], begins: SimTime, sleepers: &[Sleeper]) -> Parcel {
    if is_sleeper(key) {
        sleepers[place(key)].awake(SimTime(begins.0 + (key >> TIME)))
    } else {
        parcels[place(key)]
    }
}

/// Sort parcels where they lie, unless many of them come too late. Whether they are sorted.
fn settle(parcels: &mut [Parcel], order: impl Fn(&Parcel, &Parcel) -> Ordering) -> bool {
    let late = |pair: &[Parcel]| pair[0].at >= pair[1].at;
    let (mut done, mut falls) = (0, 0);
    while let Some(fall) = parcels[done..].windows(2).position(late) {
        falls += 1;
        if many(falls, parcels.len()) {
            return false;
        }
        done += fall + 1;
        let own = parcels[done];
        let mut hole = done;
        while hole > 0 && order(&own, &parcels[hole - 1]).is_lt() {
            parcels[hole] = parcels[hole - 1];
            hole -= 1;
        }
        parcels[hole] = own;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Times lie in so many slots of 65,536 ns.
    const SLOTS: u64 = 5;

    /// Who is due at these times comes out as the library sorts them; `sleeps` tells of whoever does.
    fn check(times: &[u64], sleeps: impl Fn(u32) -> bool) {
        let parcel = |(nth, &at): (u32, &u64)| Parcel::wake(SimTime(at), (nth, 7), (0, 0), 0);
        let mut expected: Vec<Parcel> = (0..).zip(times).map(parcel).collect();
        let mut waiting = Waiting::new(16, 3, SimTime::ZERO);
        for one in &expected {
            let lane = 1 + (one.emitter % 2) as u8;
            if sleeps(one.emitter) {
                waiting.sleep(lane, one.at, || Sleeper::new(one.at, (one.emitter, 7), (0, 0), (9, 0)));
            } else {
                waiting.put(lane, one.at, || *one);
            }
        }
        expected.sort_by_key(|one| (one.at, one.emitter));
        let (mut due, mut sorted, mut next) = (Due::default(), Vec::new(), 0);
        while next < SLOTS {
            next =
                due.take(&mut waiting, 1..3, next..SLOTS, |a, b| (a.at, a.emitter).cmp(&(b.at, b.emitter)));
            sorted.extend(due.keys().iter().map(|key| due.row(*key, waiting.sleepers())));
        }
        assert_eq!(
            sorted.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>(),
            expected.iter().map(|one| (one.at, one.emitter)).collect::<Vec<_>>()
        );
        assert!(!waiting.advance(SimTime::NEVER));
    }

    #[test]
    fn slots_are_taken_together_up_to_one_in_which_anything_is_due_at_no_station() {
        let mut waiting = Waiting::new(16, 2, SimTime::ZERO);
        for (lane, slot) in [(1, 0), (1, 2), (1, 3), (0, 3)] {
            let at = SimTime(slot << 16);
            waiting.put(lane, at, || Parcel::wake(at, (0, 7), (0, 0), 0));
        }
        let mut due = Due::default();
        assert_eq!(due.take(&mut waiting, 1..2, 0..9, |a, b| a.at.cmp(&b.at)), 3);
        assert_eq!(due.keys().len(), 2);
        assert_eq!(due.take(&mut waiting, 1..2, 3..9, |a, b| a.at.cmp(&b.at)), 3, "not before its turn");
        assert!(waiting.advance(SimTime::NEVER) && waiting.present() == 3);
        assert_eq!(
            due.take(&mut waiting, 1..2, 3..9, |a, b| a.at.cmp(&b.at)),
            9,
            "then it is the present one"
        );
        assert_eq!(due.keys().len(), 1);
    }

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(times in proptest::collection::vec(0_u64..SLOTS << 16, 0..300)) {
            check(&times, |nth| nth.is_multiple_of(3));
            check(&times, |_| true);
            check(&times, |_| false);
        }

        #[test]
        fn so_it_does_where_they_come_nearly_in_order(
            mut times in proptest::collection::vec(0_u64..3000, 0..300), late in proptest::collection::vec(0_usize..300, 0..4),
        ) {
            times.sort_unstable();
            let all = times.len();
            for pair in late.windows(2).filter(|pair| pair.iter().all(|at| *at < all)) {
                times.swap(pair[0], pair[1]);
            }
            // Those of one lane come one after the other.
            check(&times, |_| false);
        }
    }
}
