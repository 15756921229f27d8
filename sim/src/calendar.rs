//! The calendar: where parcels wait, by the slot of time in which they are due.
//!
//! A slot has a lane for what is due at no station, and one for each rank of stations. What waits in a lane lies in
//! blocks of a common pool, so that a million sleepers take little more room than their own. The slots have no meaning
//! of their own: parcels come out sorted, or in an order that cannot matter.

use crate::parcel::Parcel;
use crate::time::SimTime;
use std::collections::BTreeMap;

/// Slots that lie open at once.
const RING: u64 = 4096;
/// Parcels in a block: half a kibibyte.
const BLOCK: usize = 16;
const NONE: u32 = u32::MAX;

/// Where a lane ends: its last block, and how many parcels lie in that one; the blocks before are full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    block: u32,
    count: u32,
}

const EMPTY: Head = Head { block: NONE, count: BLOCK as u32 };

/// Parcels that wait for their slot.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked.
    present: u64,
    /// Where each lane of each open slot ends.
    heads: Vec<Head>,
    /// Which open slots hold something, a bit each.
    filled: Vec<u64>,
    blocks: Vec<[Parcel; BLOCK]>,
    /// The block before each.
    before: Vec<u32>,
    free: u32,
    /// What is due after the open slots, by revolution.
    later: BTreeMap<u64, Vec<(u8, Parcel)>>,
    waiting: usize,
}

impl Calendar {
    /// An empty calendar of slots of 2^`shift` nanoseconds with so many lanes.
    pub(crate) fn new(shift: u32, lanes: usize) -> Self {
        let lanes = lanes.max(1);
        Self {
            shift,
            lanes,
            present: 0,
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

    /// Let a parcel wait. One for a slot that is over waits for the present one.
    /// Let a parcel wait that comes to a step of its route, once it has come `onwards` so far. It is written where it
    /// waits, and nowhere before.
    #[inline(always)]
    pub(crate) fn put_onwards(&mut self, lane: u8, parcel: &Parcel, at: SimTime, step: u32) {
        let slot = (at.0 >> self.shift).max(self.present);
        if slot < self.present + RING
            && let Some(place) = self.room(slot, usize::from(lane))
        {
            *place = *parcel;
            place.onwards(at, step);
        } else {
            let mut parcel = *parcel;
            parcel.onwards(at, step);
            self.put(lane, parcel);
        }
    }

    // Inlined, so that a parcel is written where it waits and nowhere before.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, parcel: Parcel) {
        let slot = (parcel.at.0 >> self.shift).max(self.present);
        if slot < self.present + RING {
            self.open(slot, usize::from(lane), parcel);
        } else {
            self.put_off(slot, lane, parcel);
        }
    }

    #[cold]
    fn put_off(&mut self, slot: u64, lane: u8, parcel: Parcel) {
        self.waiting += 1;
        self.later.entry(slot / RING).or_default().push((lane, parcel));
    }

    #[inline(always)]
    fn open(&mut self, slot: u64, lane: usize, parcel: Parcel) {
        match self.room(slot, lane) {
            Some(place) => *place = parcel,
            None => self.begin(slot, lane, parcel),
        }
    }

    /// Where the next parcel of an open slot's lane goes, unless that begins a new block.
    #[inline(always)]
    fn room(&mut self, slot: u64, lane: usize) -> Option<&mut Parcel> {
        let at = self.lane(slot, lane);
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

    /// A lane begins a new block.
    #[cold]
    fn begin(&mut self, slot: u64, lane: usize, parcel: Parcel) {
        self.waiting += 1;
        let (at, place) = (self.lane(slot, lane), (slot % RING) as usize);
        let before = self.heads[at].block;
        self.filled[place / 64] |= 1 << (place % 64);
        self.heads[at] = Head { block: self.block(before, parcel), count: 1 };
    }

    fn block(&mut self, before: u32, parcel: Parcel) -> u32 {
        if let Some(block) = self.blocks.get_mut(self.free as usize) {
            block[0] = parcel;
            let link = &mut self.before[self.free as usize];
            return std::mem::replace(&mut self.free, std::mem::replace(link, before));
        }
        self.blocks.push([parcel; BLOCK]);
        self.before.push(before);
        (self.blocks.len() - 1) as u32
    }

    /// Show `each` what waits in a lane of the present slot, piece by piece.
    #[inline(always)]
    pub(crate) fn show(&self, lane: usize, mut each: impl FnMut(&[Parcel])) {
        self.chain(self.heads[self.lane(self.present, lane)], &mut each);
    }

    #[inline(always)]
    fn chain<'a>(&'a self, mut head: Head, each: &mut impl FnMut(&'a [Parcel])) {
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
    pub(crate) fn take(&mut self, lane: usize, out: &mut Vec<Parcel>) {
        self.show(lane, |parcels| out.extend_from_slice(parcels));
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
    fn next(&mut self) -> Option<u64> {
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
                return Some(self.present + (place + RING - first) % RING);
            }
            word = (word + 1) % self.filled.len();
            bits = self.filled[word];
        }
        None
    }

    /// When the next slot begins in which something waits; the present one counts.
    pub(crate) fn next_begins(&mut self) -> Option<SimTime> {
        self.next().map(|slot| SimTime(slot << self.shift))
    }

    /// Move on to the next slot in which something waits, if it begins before `end`; false when none does. The present
    /// slot counts while something waits in it.
    pub(crate) fn advance(&mut self, end: SimTime) -> bool {
        loop {
            let Some(slot) = self.next().filter(|slot| slot << self.shift < end.0) else { return false };
            self.present = self.present.max(slot);
            let Some(entry) = self.later.first_entry().filter(|entry| entry.key() * RING <= slot) else {
                return true;
            };
            let parcels = entry.remove();
            self.waiting -= parcels.len();
            for (lane, parcel) in parcels {
                self.open((parcel.at.0 >> self.shift).max(self.present), usize::from(lane), parcel);
            }
        }
    }

    /// Empty it, and begin again at `now`.
    pub(crate) fn clear(&mut self, now: SimTime) {
        *self = Self { present: now.0 >> self.shift, ..Self::new(self.shift, self.lanes) };
    }

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parcel> {
        let mut open = Vec::new();
        self.heads.iter().for_each(|&head| self.chain(head, &mut |parcels| open.push(parcels)));
        open.into_iter().flatten().chain(self.later.values().flatten().map(|(_, parcel)| parcel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parcel(at: u64) -> Parcel {
        Parcel::wake(SimTime(at), 0, (0, 0), 0)
    }

    proptest! {
        #[test]
        fn every_parcel_comes_out_in_its_own_slot(times in proptest::collection::vec(0_u64..90_000_000_000, 0..200), shift in 16_u32..30) {
            let mut calendar = Calendar::new(shift, 2);
            for (nth, &at) in times.iter().enumerate() {
                calendar.put((nth % 2) as u8, parcel(at));
            }
            prop_assert_eq!(calendar.iter().count(), times.len());
            let mut seen = Vec::new();
            while calendar.advance(SimTime::NEVER) {
                let mut slot = Vec::new();
                for lane in 0..calendar.lanes() {
                    calendar.take(lane, &mut slot);
                }
                prop_assert!(!slot.is_empty());
                for one in &slot {
                    prop_assert!(one.at >= calendar.begins() && one.at < calendar.ends());
                    // Each gives birth to one far off, once.
                    if one.slot == 0 {
                        calendar.put(0, Parcel::wake(SimTime(one.at.0 + 80_000_000_000), 0, (1, 0), 0));
                    }
                }
                seen.extend(slot.iter().map(|one| one.at.0));
            }
            prop_assert_eq!(seen.len(), 2 * times.len());
        }
    }
}
