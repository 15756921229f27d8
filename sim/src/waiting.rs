//! What waits for its slot of time: parcels on their way, and emitters that sleep.

use crate::calendar::Calendar;
use crate::parcel::Parcel;
use crate::sleepers::{LONGEST, Sleeper, Sleepers};
use crate::time::SimTime;

/// Everything that waits and is no row of the wheel.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) parcels: Calendar,
    pub(crate) sleepers: Sleepers,
}

impl Waiting {
    /// Nothing waits: slots of 2^`shift` nanoseconds, each with so many lanes, from `now` on.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        let shift = shift.min(LONGEST);
        Self { parcels: Calendar::new(shift, lanes, now), sleepers: Sleepers::new(shift, lanes, now) }
    }

    /// Forget everything, and begin again at `now`.
    pub(crate) fn clear(&mut self, now: SimTime) {
        *self = Self::new(self.parcels.shift(), self.parcels.lanes(), now);
    }

    /// Let a parcel wait in its lane.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, parcel: Parcel) {
        self.parcels.put(lane, parcel.at, || parcel);
    }

    /// Let a parcel wait that comes to a step of its route `at` some instant.
    #[inline(always)]
    pub(crate) fn put_onwards(&mut self, lane: u8, parcel: &Parcel, at: SimTime, step: u32) {
        self.parcels.put(lane, at, || {
            let mut parcel = *parcel;
            parcel.onwards(at, step);
            parcel
        });
    }

    /// Let an emitter sleep until its message works first, at a step, `at` some instant.
    #[inline(always)]
    pub(crate) fn sleep(
        &mut self,
        lane: u8,
        at: SimTime,
        who: (u32, u64),
        slot: (u32, u64),
        there: (u32, u16),
    ) {
        self.sleepers.put(lane, at, || Sleeper::new(at, who, slot, there));
    }

    /// When the next slot begins in which something waits; the present one counts.
    pub(crate) fn next_begins(&mut self) -> Option<SimTime> {
        self.next().map(|slot| SimTime(slot << self.parcels.shift()))
    }

    fn next(&mut self) -> Option<u64> {
        self.parcels.next().into_iter().chain(self.sleepers.next()).min()
    }

    /// Move on to the next slot in which something waits, if it begins before `end`; false when none does. The present
    /// slot counts while something waits in it.
    pub(crate) fn advance(&mut self, end: SimTime) -> bool {
        loop {
            let shift = self.parcels.shift();
            let Some(slot) = self.next().filter(|slot| slot << shift < end.0) else { return false };
            let more = [self.parcels.move_to(slot), self.sleepers.move_to(slot)];
            if more == [false; 2] {
                return true;
            }
        }
    }

    /// Whether anything waits in a lane of the present slot.
    pub(crate) fn has(&self, lane: usize) -> bool {
        self.parcels.has(lane) || self.sleepers.has(lane)
    }

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Parcel> {
        let sleepers = self.sleepers.iter().map(|(at, sleeper)| sleeper.awake(at));
        self.parcels.iter().copied().chain(sleepers)
    }
}
