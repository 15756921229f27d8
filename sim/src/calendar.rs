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
/// Parcels in a block: with its head, half a kibibyte.
const BLOCK: usize = 15;
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Block {
    next: u32,
    count: u32,
    parcels: [Parcel; BLOCK],
}

/// Parcels that wait for their slot.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked.
    present: u64,
    /// The first block of each lane of each open slot.
    heads: Vec<u32>,
    /// Which open slots hold something, a bit each.
    filled: Vec<u64>,
    blocks: Vec<Block>,
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
            heads: vec![NONE; RING as usize * lanes],
            filled: vec![0; RING as usize / 64],
            blocks: Vec::new(),
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
    #[inline]
    pub(crate) fn put(&mut self, lane: u8, parcel: Parcel) {
        let slot = (parcel.at.0 >> self.shift).max(self.present);
        self.waiting += 1;
        if slot < self.present + RING {
            self.open(slot, usize::from(lane), parcel);
        } else {
            self.later.entry(slot / RING).or_default().push((lane, parcel));
        }
    }

    #[inline]
    fn open(&mut self, slot: u64, lane: usize, parcel: Parcel) {
        let place = (slot % RING) as usize;
        let at = place * self.lanes + lane.min(self.lanes - 1);
        let head = self.heads[at];
        if let Some(block) = self.blocks.get_mut(head as usize)
            && (block.count as usize) < BLOCK
        {
            block.parcels[block.count as usize] = parcel;
            block.count += 1;
            return;
        }
        self.filled[place / 64] |= 1 << (place % 64);
        self.heads[at] = self.block(head, parcel);
    }

    fn block(&mut self, next: u32, parcel: Parcel) -> u32 {
        if let Some(block) = self.blocks.get_mut(self.free as usize) {
            let at = std::mem::replace(&mut self.free, block.next);
            (block.next, block.count, block.parcels[0]) = (next, 1, parcel);
            return at;
        }
        self.blocks.push(Block { next, count: 1, parcels: [parcel; BLOCK] });
        (self.blocks.len() - 1) as u32
    }

    /// Append what waits in a lane of the present slot to `out`, and empty it.
    pub(crate) fn take(&mut self, lane: usize, out: &mut Vec<Parcel>) {
        let at = (self.present % RING) as usize * self.lanes + lane;
        let mut head = std::mem::replace(&mut self.heads[at], NONE);
        while let Some(block) = self.blocks.get_mut(head as usize) {
            let parcels = &block.parcels[..block.count as usize];
            out.extend_from_slice(parcels);
            self.waiting -= parcels.len();
            head = std::mem::replace(&mut block.next, std::mem::replace(&mut self.free, head));
        }
    }

    /// The present slot is worked off, as far as its lanes are empty.
    fn close(&mut self) {
        let place = (self.present % RING) as usize;
        if self.heads[place * self.lanes..][..self.lanes].iter().all(|head| *head == NONE) {
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
            for (lane, parcel) in entry.remove() {
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
        let chains = self.heads.iter().flat_map(|&head| {
            std::iter::successors(self.blocks.get(head as usize), |block| {
                self.blocks.get(block.next as usize)
            })
        });
        chains
            .flat_map(|block| &block.parcels[..block.count as usize])
            .chain(self.later.values().flatten().map(|(_, parcel)| parcel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parcel(at: u64) -> Parcel {
        Parcel::wake(SimTime(at), 0, 0, 0)
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
                        calendar.put(0, Parcel::wake(SimTime(one.at.0 + 80_000_000_000), 0, 1, 0));
                    }
                }
                seen.extend(slot.iter().map(|one| one.at.0));
            }
            prop_assert_eq!(seen.len(), 2 * times.len());
        }
    }
}
