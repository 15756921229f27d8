//! Where emitters sleep that wait where their messages work first: by the slot of time in which they are due.
//!
//! Whoever sleeps stays where he lay down until he is worked: what is taken are keys. Each of so many slots to come has a
//! chain of its own for each rank of stations; what is due after them waits by as many slots at a time.

use crate::parcel::Parcel;
use crate::pool::{Chain, Pool};
use crate::time::SimTime;
use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

/// The longest slot, as a power of two [ns].
pub(crate) const LONGEST: u32 = 24;
/// Slots to come, the present one included, that have a place of their own.
const SLOTS: u64 = 8192;

/// The next slot of an emitter that waits where its message works first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleeper {
    /// What the draws of the emitter's slots begin with.
    base: u64,
    /// The draw of the slot.
    pub(crate) name: u64,
    /// The lowest bits of when it is due, and those of the step.
    due: u32,
    emitter: u32,
    pub(crate) slot: u32,
    /// The value that the emitter's last message carried.
    pub(crate) value: u16,
    /// The rest of the step.
    step: u16,
}

const _: () = assert!(size_of::<Sleeper>() == 32);

impl Sleeper {
    /// The steps at which emitters may sleep are those below.
    pub(crate) const STEPS: u32 = 1 << (u32::BITS - LONGEST + u16::BITS);
    const LOWEST: u32 = (1 << LONGEST) - 1;

    #[inline(always)]
    pub(crate) const fn new(
        at: SimTime,
        who: (u32, u64),
        (slot, name): (u32, u64),
        (step, value): (u32, u16),
    ) -> Self {
        let (emitter, base) = who;
        let due = Self::lowest(at) | step << LONGEST;
        Self { base, name, due, emitter, slot, value, step: (step >> (u32::BITS - LONGEST)) as u16 }
    }

    /// The same who sleeps again at the same step.
    #[inline(always)]
    pub(crate) const fn again(&self, at: SimTime, (slot, name): (u32, u64), value: u16) -> Self {
        let due = Self::lowest(at) | self.due & !Self::LOWEST;
        Self { due, slot, name, value, ..*self }
    }

    const fn lowest(at: SimTime) -> u32 {
        at.0 as u32 & Self::LOWEST
    }

    /// When it is due after its slot begins [ns], where slots are 2^`shift` ns long.
    #[inline(always)]
    pub(crate) const fn after(&self, shift: u32) -> u64 {
        (self.due & Self::LOWEST & ((1 << shift) - 1)) as u64
    }

    /// The step at which it waits.
    #[inline(always)]
    pub(crate) const fn step(&self) -> u32 {
        self.due >> LONGEST | (self.step as u32) << (u32::BITS - LONGEST)
    }

    /// Whose slot it is: the emitter, and what the draws of its slots begin with.
    #[inline(always)]
    pub(crate) const fn who(&self) -> (u32, u64) {
        (self.emitter, self.base)
    }

    /// The same as a parcel, which is due `at` an instant.
    pub(crate) const fn awake(&self, at: SimTime) -> Parcel {
        Parcel::early(at, self.who(), (self.slot, self.name), self.step(), self.value)
    }
}

/// All that sleep.
#[derive(Clone, Debug)]
pub(crate) struct Sleepers {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked.
    present: u64,
    /// The lanes of the slots, and which slots hold something, a bit each; nothing until somebody sleeps.
    chains: Vec<Chain>,
    filled: Vec<u64>,
    /// What [`Sleepers::next`] found, until anybody lies down elsewhere or is taken.
    found: Option<Option<u64>>,
    pool: Pool<Sleeper>,
    /// Who was taken and stays until the slot is over.
    taken: Vec<Chain>,
    /// What is due after those slots, by so many slots at a time.
    later: BTreeMap<u64, Vec<(u8, SimTime, Sleeper)>>,
}

impl Sleepers {
    /// Nobody sleeps: slots of 2^`shift` nanoseconds with so many lanes, from `now` on.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        Self {
            shift,
            lanes: lanes.max(1),
            present: now.0 >> shift,
            chains: Vec::new(),
            filled: vec![0; SLOTS as usize / 64],
            found: None,
            pool: Pool::new(),
            taken: Vec::new(),
            later: BTreeMap::new(),
        }
    }

    /// A lane's place among those of the slots.
    #[inline(always)]
    const fn lane(slot: u64, lane: usize) -> usize {
        lane * SLOTS as usize + (slot % SLOTS) as usize
    }

    /// Let somebody sleep in a lane who is due `at` an instant; in the present slot if that is over.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, at: SimTime, row: impl Fn() -> Sleeper) {
        let slot = at.0 >> self.shift;
        if slot.wrapping_sub(self.present) < SLOTS
            && let Some(chain) = self.chains.get_mut(Self::lane(slot, usize::from(lane)))
            && let Some(place) = self.pool.room(*chain)
        {
            *place = row();
            chain.lengthen();
        } else {
            self.put_elsewhere(lane, at, row());
        }
    }

    /// Somebody is the first of his block, or due before the present slot, or after the last that has a place.
    #[cold]
    #[inline(never)]
    fn put_elsewhere(&mut self, lane: u8, at: SimTime, row: Sleeper) {
        self.found = None;
        let slot = (at.0 >> self.shift).max(self.present);
        if slot - self.present >= SLOTS {
            return self.later.entry(slot / SLOTS).or_default().push((lane, at, row));
        }
        if self.chains.is_empty() {
            self.chains = vec![Chain::EMPTY; SLOTS as usize * self.lanes];
        }
        self.mark(slot, true);
        let lane = usize::from(lane).min(self.lanes - 1);
        self.pool.lengthen(&mut self.chains[Self::lane(slot, lane)], row);
    }

    /// Something lies in a slot, or nothing.
    fn mark(&mut self, slot: u64, filled: bool) {
        let place = (slot % SLOTS) as usize;
        let bit = 1 << (place % 64);
        let word = &mut self.filled[place / 64];
        *word = if filled { *word | bit } else { *word & !bit };
    }

    fn chain(&self, slot: u64, lane: usize) -> Chain {
        self.chains.get(Self::lane(slot, lane)).copied().unwrap_or(Chain::EMPTY)
    }

    /// Take who is due in these lanes of the present slot, in no order: `each` is shown some of them, with the place of the
    /// first. They stay there until the slot is over.
    #[inline(always)]
    pub(crate) fn take(&mut self, lanes: Range<usize>, mut each: impl FnMut(usize, &[Sleeper])) {
        self.found = None;
        for lane in lanes {
            if self.has(lane) {
                let chain = mem::replace(&mut self.chains[Self::lane(self.present, lane)], Chain::EMPTY);
                self.pool.blocks(chain).for_each(|(first, some)| each(first, some));
                self.taken.push(chain);
            }
        }
    }

    /// Whoever was taken stays at a place among these.
    #[inline(always)]
    pub(crate) fn places(&self) -> &[Sleeper] {
        self.pool.places()
    }

    /// Whether anybody is due in a lane of the present slot.
    pub(crate) fn has(&self, lane: usize) -> bool {
        !self.chain(self.present, lane).is_empty()
    }

    /// The next slot, the present one included, in which somebody is due, or from which on more have a place.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<u64> {
        let found = self.found.unwrap_or_else(|| self.look_for_next());
        self.found = Some(found);
        found
    }

    fn look_for_next(&mut self) -> Option<u64> {
        if (0..self.lanes).all(|lane| !self.has(lane)) {
            self.mark(self.present, false);
        }
        let opens = self.later.first_key_value().map(|(revolution, _)| revolution * SLOTS);
        self.next_filled().into_iter().chain(opens).min()
    }

    /// The next slot that holds something.
    fn next_filled(&self) -> Option<u64> {
        let first = self.present;
        let mut word = (first % SLOTS / 64) as usize;
        let mut bits = self.filled[word] & (!0 << (first % 64));
        for _ in 0..=self.filled.len() {
            if bits != 0 {
                return Some(self.slot_at((word * 64) as u64 + u64::from(bits.trailing_zeros())));
            }
            word = (word + 1) % self.filled.len();
            bits = self.filled[word];
        }
        None
    }

    /// The slot from the present one on that has this place.
    const fn slot_at(&self, place: u64) -> u64 {
        self.present + (place + SLOTS - self.present % SLOTS) % SLOTS
    }

    /// Move on to a slot, when all who were taken have been worked; true when more have a place from there on than did
    /// before.
    pub(crate) fn move_to(&mut self, slot: u64) -> bool {
        self.taken.drain(..).for_each(|chain| self.pool.give_back(chain));
        self.found = None;
        self.present = self.present.max(slot);
        let Some(entry) = self.later.first_entry().filter(|entry| entry.key() * SLOTS <= slot) else {
            return false;
        };
        for (lane, at, row) in entry.remove() {
            self.put(lane, at, || row);
        }
        true
    }

    /// All who sleep and were not taken, in no order, with when they are due.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SimTime, &Sleeper)> {
        let chains = (0..).zip(&self.chains).filter(|(_, chain)| !chain.is_empty());
        let placed = chains.flat_map(move |(place, chain)| {
            let begins = self.slot_at(place % SLOTS) << self.shift;
            let rows = self.pool.blocks(*chain).flat_map(|(_, rows)| rows);
            rows.map(move |row| (SimTime(begins + row.after(self.shift)), row))
        });
        placed.chain(self.later.values().flatten().map(|(_, at, row)| (*at, row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_is_taken_in_his_own_slot(
            times in proptest::collection::vec(0_u64..90_000_000_000, 0..200), shift in 14_u32..=LONGEST,
        ) {
            let mut sleepers = Sleepers::new(shift, 2, SimTime::ZERO);
            let sleeper = |at: u64, nth: usize, times| Sleeper::new(SimTime(at), (nth as u32, 7), (times, 0), (70_000, 0));
            for (nth, &at) in times.iter().enumerate() {
                sleepers.put((nth % 2) as u8, SimTime(at), || sleeper(at, nth, 0));
            }
            prop_assert!(sleepers.iter().all(|(at, row)| at.0 == times[row.who().0 as usize] && row.step() == 70_000));
            prop_assert_eq!(sleepers.iter().count(), times.len());
            let mut seen = 0;
            while let Some(next) = sleepers.next() {
                if sleepers.move_to(next) {
                    continue;
                }
                let mut places = Vec::new();
                for lane in 0..2 {
                    sleepers.take(lane..lane + 1, |first, rows| places.extend(first..first + rows.len()));
                }
                prop_assert!(!places.is_empty());
                seen += places.len();
                for place in places {
                    let own = sleepers.places()[place];
                    let (nth, times_before) = (own.who().0 as usize, own.slot);
                    // Who was taken stays as he is, although others lie down: in the same slot, soon, and far off.
                    let at = times[nth] + [0, 1 << (shift - 1), 80_000_000_000][times_before as usize];
                    prop_assert_eq!((next << shift) + own.after(shift), at);
                    if let Some(later) = [1 << (shift - 1), 80_000_000_000].get(times_before as usize) {
                        let at = times[nth] + later;
                        sleepers.put(1, SimTime(at), || own.again(SimTime(at), (times_before + 1, 0), 0));
                    }
                }
                prop_assert!(sleepers.iter().count() <= 3 * times.len() - seen);
            }
            prop_assert_eq!(seen, 3 * times.len());
        }
    }
}
