//! The calendar: where parcels wait, by the slot of time in which they are due.
//!
//! A slot has a lane for what is due at no station, and one for each rank of stations. What waits in a lane lies in
//! blocks of a common pool, so that a million sleepers take little more room than their own. The slots have no meaning
//! of their own: what waits comes out sorted, or in an order that cannot matter.

use crate::time::SimTime;
use std::collections::BTreeMap;

/// Slots that lie open at once.
const RING: u64 = 4096;
/// Rows in a block.
const BLOCK: usize = 16;
const NONE: u32 = u32::MAX;

/// Where a lane ends: its last block, and how many rows lie in that one; the blocks before are full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    block: u32,
    count: u32,
}

const EMPTY: Head = Head { block: NONE, count: BLOCK as u32 };

/// Rows of one kind that wait for their slot.
#[derive(Clone, Debug)]
pub(crate) struct Calendar<T> {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked.
    present: u64,
    /// Where each lane of each open slot ends.
    heads: Vec<Head>,
    /// Which open slots hold something, a bit each.
    filled: Vec<u64>,
    blocks: Vec<[T; BLOCK]>,
    /// The block before each.
    before: Vec<u32>,
    free: u32,
    /// What is due after the open slots, by revolution.
    later: BTreeMap<u64, Vec<(u8, SimTime, T)>>,
    waiting: usize,
}

impl<T: Copy> Calendar<T> {
    /// An empty calendar of slots of 2^`shift` nanoseconds with so many lanes, that begins at `now`.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        let lanes = lanes.max(1);
        Self {
            shift,
            lanes,
            present: now.0 >> shift,
            heads: vec![EMPTY; RING as usize * lanes],
            filled: vec![0; RING as usize / 64],
            blocks: Vec::new(),
            before: Vec::new(),
            free: NONE,
            later: BTreeMap::new(),
            waiting: 0,
        }
    }

    /// How many lanes a slot has.
    pub(crate) const fn lanes(&self) -> usize {
        self.lanes
    }

    /// The length of a slot [ns], as a power of two.
    pub(crate) const fn shift(&self) -> u32 {
        self.shift
    }

    /// The first instant of the slot being worked.
    pub(crate) const fn begins(&self) -> SimTime {
        SimTime(self.present << self.shift)
    }

    /// The first instant after the slot being worked.
    pub(crate) const fn ends(&self) -> SimTime {
        SimTime((self.present + 1) << self.shift)
    }

    /// Let a row wait that is due at `at`. One for a slot that is over waits for the present one.
    // Inlined, so that a row is written where it waits and nowhere before.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, at: SimTime, row: T) {
        match self.room(lane, at) {
            Some(place) => *place = row,
            None => self.make_room(lane, at, row),
        }
    }

    /// Where a row that is due at `at` goes, unless that begins a new block or lies after the open slots.
    #[inline(always)]
    pub(crate) fn room(&mut self, lane: u8, at: SimTime) -> Option<&mut T> {
        let slot = (at.0 >> self.shift).max(self.present);
        if slot >= self.present + RING {
            return None;
        }
        let at = self.lane(slot, usize::from(lane));
        let head = &mut self.heads[at];
        let place = self.blocks.get_mut(head.block as usize)?.get_mut(head.count as usize)?;
        head.count += 1;
        self.waiting += 1;
        Some(place)
    }

    /// A slot's lane, among all.
    #[inline(always)]
    const fn lane(&self, slot: u64, lane: usize) -> usize {
        let lane = if lane < self.lanes { lane } else { self.lanes - 1 };
        lane * RING as usize + (slot % RING) as usize
    }

    /// A lane begins a new block, or a row waits after the open slots.
    #[cold]
    pub(crate) fn make_room(&mut self, lane: u8, at: SimTime, row: T) {
        let slot = (at.0 >> self.shift).max(self.present);
        self.waiting += 1;
        if slot >= self.present + RING {
            return self.later.entry(slot / RING).or_default().push((lane, at, row));
        }
        let (at, place) = (self.lane(slot, usize::from(lane)), (slot % RING) as usize);
        let before = self.heads[at].block;
        self.filled[place / 64] |= 1 << (place % 64);
        self.heads[at] = Head { block: self.block(before, row), count: 1 };
    }

    fn block(&mut self, before: u32, row: T) -> u32 {
        if let Some(block) = self.blocks.get_mut(self.free as usize) {
            block[0] = row;
            let link = &mut self.before[self.free as usize];
            return std::mem::replace(&mut self.free, std::mem::replace(link, before));
        }
        self.blocks.push([row; BLOCK]);
        self.before.push(before);
        (self.blocks.len() - 1) as u32
    }

    /// Show `each` what waits in a lane of the present slot, piece by piece.
    #[inline(always)]
    pub(crate) fn show(&self, lane: usize, mut each: impl FnMut(&[T])) {
        self.chain(self.heads[self.lane(self.present, lane)], &mut each);
    }

    #[inline(always)]
    fn chain<'a>(&'a self, mut head: Head, each: &mut impl FnMut(&'a [T])) {
        while let Some(block) = self.blocks.get(head.block as usize) {
            each(&block[..head.count as usize]);
            head = Head { block: self.before[head.block as usize], count: BLOCK as u32 };
        }
    }

    /// How much waits in a lane of the present slot.
    pub(crate) fn in_lane(&self, lane: usize) -> usize {
        let mut head = self.heads[self.lane(self.present, lane)];
        let mut count = 0;
        while let Some(&before) = self.before.get(head.block as usize) {
            count += head.count as usize;
            head = Head { block: before, count: BLOCK as u32 };
        }
        count
    }

    /// Empty a lane of the present slot.
    pub(crate) fn empty(&mut self, lane: usize) {
        let at = self.lane(self.present, lane);
        let mut head = std::mem::replace(&mut self.heads[at], EMPTY);
        while let Some(before) = self.before.get_mut(head.block as usize) {
            self.waiting -= head.count as usize;
            let block = std::mem::replace(before, self.free);
            self.free = head.block;
            head = Head { block, count: BLOCK as u32 };
        }
    }

    /// Append what waits in a lane of the present slot to `out`, and empty it.
    pub(crate) fn take(&mut self, lane: usize, out: &mut Vec<T>) {
        self.show(lane, |rows| out.extend_from_slice(rows));
        self.empty(lane);
    }

    /// The present slot is worked off, as far as its lanes are empty.
    fn close(&mut self) {
        let place = (self.present % RING) as usize;
        if (0..self.lanes).all(|lane| self.heads[self.lane(self.present, lane)] == EMPTY) {
            self.filled[place / 64] &= !(1 << (place % 64));
        }
    }

    /// The next slot, the present one included, in which something waits, or from which on more lies open.
    pub(crate) fn next(&mut self) -> Option<u64> {
        if self.waiting == 0 {
            return None;
        }
        self.close();
        let opens = self.later.first_key_value().map(|(revolution, _)| revolution * RING);
        self.next_open().into_iter().chain(opens).min()
    }

    /// The next open slot in which something waits.
    fn next_open(&self) -> Option<u64> {
        let first = self.present % RING;
        let mut word = (first / 64) as usize;
        let mut bits = self.filled[word] & (!0 << (first % 64));
        for _ in 0..=self.filled.len() {
            if bits != 0 {
                let place = (word * 64) as u64 + u64::from(bits.trailing_zeros());
                return Some(self.slot_at(place));
            }
            word = (word + 1) % self.filled.len();
            bits = self.filled[word];
        }
        None
    }

    /// The open slot at a place of the ring.
    const fn slot_at(&self, place: u64) -> u64 {
        self.present + (place + RING - self.present % RING) % RING
    }

    /// Move on to a slot; true when more lies open from there on than did before.
    pub(crate) fn move_to(&mut self, slot: u64) -> bool {
        self.present = self.present.max(slot);
        let Some(entry) = self.later.first_entry().filter(|entry| entry.key() * RING <= slot) else {
            return false;
        };
        let rows = entry.remove();
        self.waiting -= rows.len();
        for (lane, at, row) in rows {
            self.put(lane, at, row);
        }
        true
    }

    /// Everything that waits, in no order, each with the first instant of its slot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        let mut open = Vec::new();
        for (at, &head) in self.heads.iter().enumerate().filter(|(_, head)| **head != EMPTY) {
            let begins = SimTime(self.slot_at(at as u64 % RING) << self.shift);
            self.chain(head, &mut |rows| open.push((begins, rows)));
        }
        let later = self.later.values().flatten();
        let later = later.map(|(_, at, row)| (SimTime(at.0 >> self.shift << self.shift), row));
        open.into_iter().flat_map(|(begins, rows)| rows.iter().map(move |row| (begins, row))).chain(later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_comes_out_in_its_own_slot(times in proptest::collection::vec(0_u64..90_000_000_000, 0..200), shift in 16_u32..30) {
            let mut calendar = Calendar::new(shift, 2, SimTime::ZERO);
            for (nth, &at) in times.iter().enumerate() {
                calendar.put((nth % 2) as u8, SimTime(at), (at, 0));
            }
            prop_assert!(calendar.iter().all(|(begins, row)| row.0 >> shift == begins.0 >> shift));
            prop_assert_eq!(calendar.iter().count(), times.len());
            let mut seen = 0;
            while let Some(next) = calendar.next() {
                if calendar.move_to(next) {
                    continue;
                }
                let mut slot = Vec::new();
                for lane in 0..calendar.lanes() {
                    calendar.take(lane, &mut slot);
                }
                prop_assert!(!slot.is_empty());
                for (at, times) in &slot {
                    prop_assert!(*at >= calendar.begins().0 && *at < calendar.ends().0);
                    // Each gives birth to one far off, once.
                    if *times == 0 {
                        let at = at + 80_000_000_000;
                        calendar.put(0, SimTime(at), (at, 1));
                    }
                }
                seen += slot.len();
            }
            prop_assert_eq!(seen, 2 * times.len());
        }
    }
}
