//! What waits for its slot of time: parcels on their way, and emitters that sleep.

use crate::calendar::Calendar;
use crate::marks::Marks;
use crate::parcel::Parcel;
use crate::sleepers::{LONGEST, Sleeper, Sleepers};
use crate::time::SimTime;

/// Everything that waits and is no row of the wheel.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    lanes: usize,
    /// Of each slot and lane, whether something lies there; a lane more tells where pages of the calendar open.
    marks: Marks,
    parcels: Calendar,
    sleepers: Sleepers,
}

impl Waiting {
    /// Nothing waits: slots of 2^`shift` nanoseconds, each with so many lanes, from `now` on.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        let lanes = lanes.max(1);
        let marks = Marks::new(shift.min(LONGEST), lanes + 1, now);
        Self { lanes, parcels: Calendar::new(&marks, lanes), sleepers: Sleepers::new(lanes), marks }
    }

    /// The same with nothing in it, from `now` on.
    pub(crate) fn emptied(&self, now: SimTime) -> Self {
        Self::new(self.marks.shift(), self.lanes, now)
    }

    /// How many lanes a slot has.
    pub(crate) const fn lanes(&self) -> usize {
        self.lanes
    }

    /// The length of a slot [ns], as a power of two.
    pub(crate) const fn shift(&self) -> u32 {
        self.marks.shift()
    }

    /// The first instant of the slot being worked.
    pub(crate) const fn begins(&self) -> SimTime {
        self.marks.begin_of(self.marks.present())
    }

    /// The first instant after the slot being worked.
    pub(crate) const fn ends(&self) -> SimTime {
        self.marks.begin_of(self.marks.present() + 1)
    }

    /// Let a parcel wait that is due `at` an instant. One for a slot that is over waits for the present one, one for a lane
    /// that there is not in the last.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, at: SimTime, row: impl Fn() -> Parcel) {
        self.parcels.put(&mut self.marks, lane, at, row);
    }

    /// Let a parcel wait that comes to a step of its route `at` some instant.
    #[inline(always)]
    pub(crate) fn put_onwards(&mut self, lane: u8, parcel: &Parcel, at: SimTime, step: u32) {
        self.put(lane, at, || {
            let mut parcel = *parcel;
            parcel.onwards(at, step);
            parcel
        });
    }

    /// Let an emitter sleep until its message works first, `at` some instant; in the present slot if that is over.
    #[inline(always)]
    pub(crate) fn sleep(&mut self, lane: u8, at: SimTime, row: impl Fn() -> Sleeper) {
        self.sleepers.put(&mut self.marks, lane, at, row);
    }

    /// When the next slot begins in which something waits, or a little before; the present one counts.
    pub(crate) fn next_begins(&mut self) -> Option<SimTime> {
        self.next().map(|slot| self.marks.begin_of(slot))
    }

    /// The next slot, the present one included, in which something waits or from which on more has a place.
    #[inline]
    fn next(&mut self) -> Option<u64> {
        let sooner = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        sooner(self.marks.next(), sooner(self.parcels.opens(), self.sleepers.opens()))
    }

    /// Move on to the next slot in which something waits, if it begins before `end`; false when none does. The present
    /// slot counts while something waits in it. Whoever was taken has been worked.
    pub(crate) fn advance(&mut self, end: SimTime) -> bool {
        loop {
            let Some(slot) = self.next().filter(|slot| self.marks.begin_of(*slot) < end) else {
                return false;
            };
            self.marks.move_to(slot);
            let more = self.parcels.move_on(&mut self.marks) | self.sleepers.move_on(&mut self.marks);
            if !more {
                return true;
            }
        }
    }

    /// The slot being worked.
    pub(crate) const fn present(&self) -> u64 {
        self.marks.present()
    }

    /// The slot in which an instant lies.
    pub(crate) const fn slot_of(&self, at: SimTime) -> u64 {
        self.marks.slot_of(at)
    }

    /// The first slot of which not all that waits can be taken yet.
    pub(crate) const fn opened(&self) -> u64 {
        self.parcels.page_ends()
    }

    /// When a slot begins.
    pub(crate) const fn begin_of(&self, slot: u64) -> SimTime {
        self.marks.begin_of(slot)
    }

    /// Whether anything waits in a lane of a slot.
    #[inline]
    pub(crate) fn has(&self, slot: u64, lane: usize) -> bool {
        self.marks.has(slot, lane)
    }

    /// Take what waits in a lane of an open slot, in no order: parcels beside those `taken` before; sleepers stay at their places
    /// until another slot is the present one, and `each` is shown some of them with the place of the first.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        (slot, lane): (u64, usize),
        taken: &mut Vec<Parcel>,
        each: impl FnMut(usize, &[Sleeper]),
    ) {
        if self.marks.take(slot, lane) {
            self.parcels.take((slot, lane), taken);
            self.sleepers.take((slot, lane), each);
        }
    }

    /// Whoever sleeps or was taken lies at a place among these.
    #[inline(always)]
    pub(crate) fn sleepers(&self) -> &[Sleeper] {
        self.sleepers.places()
    }

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Parcel> {
        let sleepers = self.sleepers.iter(&self.marks).map(|(at, sleeper)| sleeper.awake(at));
        self.parcels.iter().copied().chain(sleepers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whoever waits: when he is due first, whether he sleeps, and how often he has waited.
    fn put(waiting: &mut Waiting, at: SimTime, nth: u32, times: u32) {
        let lane = (nth % 2) as u8;
        if nth.is_multiple_of(3) {
            waiting.sleep(lane, at, || Sleeper::new(at, (nth, 7), (times, 0), (70_000, 0)));
        } else {
            waiting.put(lane, at, || Parcel::wake(at, (nth, 7), (times, 0), 0));
        }
    }

    #[test]
    fn whoever_is_due_before_the_present_slot_comes_out_with_it() {
        let mut waiting = Waiting::new(20, 2, SimTime::ZERO);
        put(&mut waiting, SimTime(9 << 20), 1, 0);
        assert!(waiting.advance(SimTime::NEVER));
        put(&mut waiting, SimTime(5 << 20), 3, 0);
        put(&mut waiting, SimTime(5 << 20), 5, 0);
        let (mut taken, mut places) = (Vec::new(), 0);
        waiting.take((waiting.present(), 1), &mut taken, |_, rows| places += rows.len());
        let times: Vec<u64> = taken.iter().map(|own| own.at.0 >> 20).collect();
        assert_eq!((times, places), (vec![9, 5], 1));
        assert!(!waiting.advance(SimTime::NEVER));
    }

    proptest! {
        #[test]
        fn each_comes_out_in_its_own_slot(
            times in proptest::collection::vec(0_u64..90_000_000_000, 0..200), shift in 14_u32..=LONGEST, from in 0_u64..5_000_000_000,
        ) {
            let times: Vec<u64> = times.iter().map(|at| at + from).collect();
            let mut waiting = Waiting::new(shift, 2, SimTime(from));
            for (nth, &at) in (0..).zip(&times) {
                put(&mut waiting, SimTime(at), nth, 0);
            }
            prop_assert!(waiting.iter().all(|own| own.at.0 == times[own.emitter as usize]));
            prop_assert_eq!(waiting.iter().count(), times.len());
            let (mut seen, mut taken) = (0, Vec::new());
            while waiting.advance(SimTime::NEVER) {
                let mut places = Vec::new();
                let mut some = Vec::new();
                for lane in 0..2 {
                    waiting.take((waiting.present(), lane), &mut taken, |first, rows| places.extend(first..first + rows.len()));
                    some.append(&mut taken);
                }
                prop_assert!(some.len() + places.len() > 0);
                let (begins, ends) = (waiting.begins(), waiting.ends());
                seen += some.len() + places.len();
                // In the same slot, soon, and far off.
                let laters = [0, 1 << (shift - 1), 80_000_000_000];
                let again = |waiting: &mut Waiting, nth: u32, before: u32| {
                    if let Some(later) = laters.get(before as usize + 1) {
                        put(waiting, SimTime(times[nth as usize] + later), nth, before + 1);
                    }
                };
                for own in some {
                    prop_assert_eq!(own.at.0, times[own.emitter as usize] + laters[own.slot as usize]);
                    prop_assert!(own.at >= begins && own.at < ends);
                    again(&mut waiting, own.emitter, own.slot);
                }
                for place in places {
                    // Who was taken stays as he is, although others lie down.
                    let own = waiting.sleepers()[place];
                    let at = times[own.who().0 as usize] + laters[own.slot as usize];
                    prop_assert_eq!(begins.0 + own.after(shift), at);
                    again(&mut waiting, own.who().0, own.slot);
                }
                prop_assert!(waiting.iter().count() <= 3 * times.len() - seen);
            }
            prop_assert_eq!(seen, 3 * times.len());
        }
    }
}
