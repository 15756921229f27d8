//! What waits for its slot of time: parcels on their way, and emitters that sleep.

use crate::calendar::{Calendar, PAGE, Waits};
use crate::parcel::Parcel;
use crate::time::SimTime;

/// The longest slot, as a power of two [ns].
pub(crate) const LONGEST: u32 = 24;
/// When a sleeper is due since its page began takes at most so many bits, the lowest of the instant.
const DUE: u32 = LONGEST + PAGE;

/// The next slot of an emitter that waits where its message works first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleeper {
    /// What the draws of the emitter's slots begin with.
    base: u64,
    /// The lowest bits of when it is due, and those of the step.
    due: u32,
    emitter: u32,
    pub(crate) slot: u32,
    /// The value that the emitter's last message carried.
    pub(crate) value: u16,
    /// The rest of the step.
    step: u16,
}

const _: () = assert!(size_of::<Sleeper>() == 24);

impl Sleeper {
    /// The steps at which emitters may sleep are those below.
    pub(crate) const STEPS: u32 = 1 << (u32::BITS - DUE + u16::BITS);

    #[inline(always)]
    const fn new(at: SimTime, who: (u32, u64), slot: u32, (step, value): (u32, u16)) -> Self {
        let (emitter, base) = who;
        let due = Self::lowest(at) | step << DUE;
        Self { base, due, emitter, slot, value, step: (step >> (u32::BITS - DUE)) as u16 }
    }

    /// The same who sleeps again at the same step.
    #[inline(always)]
    pub(crate) const fn again(&self, at: SimTime, slot: u32, value: u16) -> Self {
        let due = Self::lowest(at) | self.due & !Self::LOWEST;
        Self { due, slot, value, ..*self }
    }

    const LOWEST: u32 = (1 << DUE) - 1;

    const fn lowest(at: SimTime) -> u32 {
        at.0 as u32 & Self::LOWEST
    }

    /// When it is due [ns]: the lowest bits of that.
    pub(crate) const fn due(&self) -> u64 {
        (self.due & Self::LOWEST) as u64
    }

    /// The step at which it waits.
    pub(crate) const fn step(&self) -> u32 {
        self.due >> DUE | (self.step as u32) << (u32::BITS - DUE)
    }

    /// Whose slot it is: the emitter, and what the draws of its slots begin with.
    #[inline(always)]
    pub(crate) const fn who(&self) -> (u32, u64) {
        (self.emitter, self.base)
    }

    /// The same as a parcel; its page of the calendar `begins` then.
    pub(crate) const fn awake(&self, begins: SimTime) -> Parcel {
        self.awake_at(SimTime(begins.0 + ((self.due().wrapping_sub(begins.0)) & Self::LOWEST as u64)))
    }

    /// The same as a parcel, which is due `at` an instant.
    pub(crate) const fn awake_at(&self, at: SimTime) -> Parcel {
        Parcel::early(at, self.who(), self.slot, self.step(), self.value)
    }
}

impl Waits for Sleeper {
    fn due(&self, shift: u32) -> u64 {
        self.due() & ((1 << (PAGE + shift)) - 1)
    }
}

impl Waits for Parcel {
    fn due(&self, shift: u32) -> u64 {
        self.at.0 & ((1 << (PAGE + shift)) - 1)
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
    pub(crate) fn sleep(&mut self, lane: u8, at: SimTime, who: (u32, u64), slot: u32, there: (u32, u16)) {
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
        let sleepers = self.sleepers.iter().map(|(begins, sleeper)| sleeper.awake(begins));
        self.parcels.iter().map(|(_, parcel)| *parcel).chain(sleepers)
    }
}
