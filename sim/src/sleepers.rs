//! Where emitters sleep that wait where their messages work first: by the slot of time in which they are due.
//!
//! Whoever sleeps stays where he lay down until he is worked: what is taken are keys. Each of so many slots to come has a
//! chain of its own for each rank of stations; what is due after them waits by as many slots at a time.

use crate::later::Later;
use crate::marks::{Marks, SLOTS};
use crate::parcel::Parcel;
use crate::pool::{Chain, Pool};
use crate::time::SimTime;
use std::mem;

/// The longest slot, as a power of two [ns].
pub(crate) const LONGEST: u32 = 24;

/// The next slot of an emitter that waits where its message works first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleeper {
    /// What the draws of the emitter's slots begin with.
    base: u64,
    /// The draw of the slot.
    pub(crate) name: u64,
    /// From the lowest bit on: the lowest bits of when it is due, the step, and the value.
    there: u64,
    emitter: u32,
    pub(crate) slot: u32,
}

const _: () = assert!(size_of::<Sleeper>() == 32);

/// Where the value stands among the bits.
const VALUE: u32 = u64::BITS - u16::BITS;

impl Sleeper {
    /// The steps at which emitters may sleep are those below.
    pub(crate) const STEPS: u32 = 1 << (VALUE - LONGEST);
    const LOWEST: u64 = (1 << LONGEST) - 1;

    #[inline(always)]
    pub(crate) const fn new(
        at: SimTime,
        who: (u32, u64),
        (slot, name): (u32, u64),
        (step, value): (u32, u16),
    ) -> Self {
        let (emitter, base) = who;
        let there = at.0 & Self::LOWEST | (step as u64) << LONGEST | (value as u64) << VALUE;
        Self { base, name, there, emitter, slot }
    }

    /// The same who sleeps again at the same step.
    #[inline(always)]
    pub(crate) const fn again(&self, at: SimTime, slot: (u32, u64), value: u16) -> Self {
        Self::new(at, self.who(), slot, (self.step(), value))
    }

    /// When it is due after its slot begins [ns], where slots are 2^`shift` ns long.
    #[inline(always)]
    pub(crate) const fn after(&self, shift: u32) -> u64 {
        self.there & Self::LOWEST & ((1 << shift) - 1)
    }

    /// The step at which it waits.
    #[inline(always)]
    pub(crate) const fn step(&self) -> u32 {
        (self.there >> LONGEST) as u32 % Self::STEPS
    }

    /// The value that the emitter's last message carried.
    #[inline(always)]
    pub(crate) const fn value(&self) -> u16 {
        (self.there >> VALUE) as u16
    }

    /// Whose slot it is: the emitter, and what the draws of its slots begin with.
    #[inline(always)]
    pub(crate) const fn who(&self) -> (u32, u64) {
        (self.emitter, self.base)
    }

    /// The same as a parcel, which is due `at` an instant.
    pub(crate) const fn awake(&self, at: SimTime) -> Parcel {
        Parcel::early(at, self.who(), (self.slot, self.name), self.step(), self.value())
    }
}

/// All that sleep.
#[derive(Clone, Debug)]
pub(crate) struct Sleepers {
    lanes: usize,
    /// The lanes of the slots; nothing until somebody sleeps.
    chains: Vec<Chain>,
    pool: Pool<Sleeper>,
    /// Who was taken and stays until the slot is over.
    taken: Vec<Chain>,
    later: Later<Sleeper>,
}

impl Sleepers {
    /// Nobody sleeps, in slots with so many lanes.
    pub(crate) const fn new(lanes: usize) -> Self {
        Self { lanes, chains: Vec::new(), pool: Pool::new(), taken: Vec::new(), later: Later::new() }
    }

    /// A lane's place among those of the slots.
    #[inline(always)]
    const fn lane(slot: u64, lane: usize) -> usize {
        lane * SLOTS as usize + (slot % SLOTS) as usize
    }

    /// Let somebody sleep in a lane who is due `at` an instant; in the present slot if that is over.
    #[inline(always)]
    pub(crate) fn put(&mut self, marks: &mut Marks, lane: u8, at: SimTime, row: impl Fn() -> Sleeper) {
        let slot = marks.slot_of(at);
        if slot.wrapping_sub(marks.present()) < SLOTS
            && let Some(chain) = self.chains.get_mut(Self::lane(slot, usize::from(lane)))
            && let Some(place) = self.pool.room(*chain)
        {
            *place = row();
            chain.lengthen();
        } else {
            self.put_elsewhere(marks, lane, at, row());
        }
    }

    /// Somebody is the first of his block, or due before the present slot, or after the last that has a place.
    #[cold]
    #[inline(never)]
    fn put_elsewhere(&mut self, marks: &mut Marks, lane: u8, at: SimTime, row: Sleeper) {
        let slot = marks.slot_of(at).max(marks.present());
        if slot - marks.present() >= SLOTS {
            return self.later.put(marks, lane, at, row);
        }
        if self.chains.is_empty() {
            self.chains = vec![Chain::EMPTY; SLOTS as usize * self.lanes];
        }
        let lane = usize::from(lane).min(self.lanes - 1);
        marks.set(slot, lane);
        self.pool.lengthen(&mut self.chains[Self::lane(slot, lane)], row);
    }

    /// Take who is due in a lane of a slot, in no order: `each` is shown some of them, with the place of the first. They stay
    /// there until another slot is the present one.
    #[inline(always)]
    pub(crate) fn take(&mut self, (slot, lane): (u64, usize), mut each: impl FnMut(usize, &[Sleeper])) {
        let Some(chain) = self.chains.get_mut(Self::lane(slot, lane)) else { return };
        let chain = mem::replace(chain, Chain::EMPTY);
        if chain.is_empty() {
            return;
        }
        self.pool.blocks(chain).for_each(|(first, some)| each(first, some));
        self.taken.push(chain);
    }

    /// Whoever sleeps or was taken lies at a place among these.
    #[inline(always)]
    pub(crate) fn places(&self) -> &[Sleeper] {
        self.pool.places()
    }

    /// The slot from which on more have a place.
    #[inline]
    pub(crate) fn opens(&self) -> Option<u64> {
        self.later.next()
    }

    /// All who were taken have been worked, and another slot is the present one; whether somebody has a place now who had
    /// none.
    #[inline]
    pub(crate) fn move_on(&mut self, marks: &mut Marks) -> bool {
        self.taken.drain(..).for_each(|chain| self.pool.give_back(chain));
        let Some(rows) = self.later.take(marks) else { return false };
        rows.into_iter().for_each(|(lane, at, row)| self.put(marks, lane, at, || row));
        true
    }

    /// All who sleep and were not taken, in no order, with when they are due.
    pub(crate) fn iter(&self, marks: &Marks) -> impl Iterator<Item = (SimTime, &Sleeper)> {
        let chains = (0..).zip(&self.chains).filter(|(_, chain)| !chain.is_empty());
        let placed = chains.flat_map(move |(place, chain)| {
            let begins = marks.begin_of(marks.slot_at(place % SLOTS)).0;
            let (shift, rows) = (marks.shift(), self.pool.blocks(*chain).flat_map(|(_, rows)| rows));
            rows.map(move |row| (SimTime(begins + row.after(shift)), row))
        });
        placed.chain(self.later.iter())
    }
}
