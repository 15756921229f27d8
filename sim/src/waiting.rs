//! What waits for its slot of time: parcels on their way, and emitters that sleep.

use crate::calendar::Calendar;
use crate::parcel::Parcel;
use crate::time::SimTime;

/// The longest slot, as a power of two [ns]: when a sleeper is due within its slot takes so many bits.
pub(crate) const LONGEST: u32 = 24;

/// The next slot of an emitter that waits where its message works first, in a quarter of a line of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleeper {
    /// When it is due within its slot of the calendar, and eight bits of the step.
    place: u32,
    emitter: u32,
    slot: u32,
    /// The value that the emitter's last message carried.
    value: u16,
    /// The rest of the step.
    step: u16,
}

const _: () = assert!(size_of::<Sleeper>() == 16);

impl Sleeper {
    /// The steps at which emitters may sleep are those below.
    pub(crate) const STEPS: u32 = 1 << 24;

    #[inline(always)]
    const fn new(at: SimTime, shift: u32, (emitter, slot): (u32, u32), step: u32, value: u16) -> Self {
        let within = (at.0 & ((1 << shift) - 1)) as u32;
        Self { place: within | step << 24, emitter, slot, value, step: (step >> 8) as u16 }
    }

    /// When it is due within its slot [ns].
    #[inline(always)]
    pub(crate) const fn within(&self) -> u64 {
        (self.place & 0xFF_FFFF) as u64
    }

    /// The same as a parcel; its slot of the calendar `begins` then.
    #[inline(always)]
    pub(crate) const fn awake(&self, begins: SimTime) -> Parcel {
        let step = self.place >> 24 | (self.step as u32) << 8;
        Parcel::early(SimTime(begins.0 + self.within()), self.emitter, self.slot, step, self.value)
    }
}

/// Everything that waits and is no row of the wheel.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) parcels: Calendar<Parcel>,
    pub(crate) sleepers: Calendar<Sleeper>,
}

impl Waiting {
    /// Nothing waits: slots of 2^`shift` nanoseconds, each with so many lanes, from `now` on.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        let shift = shift.min(LONGEST);
        Self { parcels: Calendar::new(shift, lanes, now), sleepers: Calendar::new(shift, lanes, now) }
    }

    /// Forget everything, and begin again at `now`.
    pub(crate) fn clear(&mut self, now: SimTime) {
        *self = Self::new(self.parcels.shift(), self.parcels.lanes(), now);
    }

    /// Let a parcel wait in its lane.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, parcel: Parcel) {
        self.parcels.put(lane, parcel.at, parcel);
    }

    /// Let a parcel wait that comes to a step of its route `at` some instant. It is written where it waits, and nowhere
    /// before.
    #[inline(always)]
    pub(crate) fn put_onwards(&mut self, lane: u8, parcel: &Parcel, at: SimTime, step: u32) {
        if let Some(place) = self.parcels.room(lane, at) {
            *place = *parcel;
            place.onwards(at, step);
        } else {
            let mut parcel = *parcel;
            parcel.onwards(at, step);
            self.parcels.make_room(lane, at, parcel);
        }
    }

    /// Let an emitter sleep until its message works first, at a step, `at` some instant.
    #[inline(always)]
    pub(crate) fn sleep(&mut self, lane: u8, at: SimTime, own: (u32, u32), step: u32, value: u16) {
        self.sleepers.put(lane, at, Sleeper::new(at, self.sleepers.shift(), own, step, value));
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

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Parcel> {
        let sleepers = self.sleepers.iter().map(|(begins, sleeper)| sleeper.awake(begins));
        self.parcels.iter().map(|(_, parcel)| *parcel).chain(sleepers)
    }
}
