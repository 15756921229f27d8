//! The calendar: where parcels wait, by the slot of time in which they are due.
//!
//! Slots lie on pages. The present page lies open: each of its slots has a lane for what is due at no station, and one
//! for each rank of stations. What is due on a later page waits there by lane alone, and is put into its slot when that
//! page is opened: so few places are written to at a time, whoever waits how long, that all of them stay in a processor's
//! nearest memory. What waits for a page lies in blocks of a common pool, so that a million that wait take little more room
//! than their own; the rows of an open slot lie side by side, as they are worked. Slots and pages have no meaning of their
//! own: what waits comes out sorted, or in an order that cannot matter.

use crate::parcel::Parcel;
use crate::pool::{Chain, Pool};
use crate::time::SimTime;
use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

/// Slots on a page, as a power of two.
const PAGE: u32 = 5;
const SLOTS: u64 = 1 << PAGE;
/// Pages to come that have a place of their own.
const PAGES: u64 = 256;

/// Parcels that wait for their slot.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked, and its page.
    present: u64,
    page: u64,
    /// When the slot begins, and how long it is from then to the end of the page [ns].
    begins: u64,
    open: u64,
    /// The lanes of the slots of the present page, and which slots hold something, a bit each.
    slots: Vec<Vec<Parcel>>,
    filled: u64,
    /// Room for lanes that are to be filled.
    spare: Vec<Vec<Parcel>>,
    /// The lanes of the pages to come, and which pages hold something.
    pages: Vec<Chain>,
    written: [u64; PAGES as usize / 64],
    /// What [`Calendar::next`] found, until anything begins to wait elsewhere or is taken.
    found: Option<Option<u64>>,
    pool: Pool<Parcel>,
    /// What is due after those pages, by so many pages at a time.
    later: BTreeMap<u64, Vec<(u8, SimTime, Parcel)>>,
}

impl Calendar {
    /// An empty calendar of slots of 2^`shift` nanoseconds with so many lanes, that begins at `now`.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        let lanes = lanes.max(1);
        let mut own = Self {
            shift,
            lanes,
            present: 0,
            page: 0,
            begins: 0,
            open: 0,
            slots: (0..SLOTS as usize * lanes).map(|_| Vec::new()).collect(),
            filled: 0,
            spare: Vec::new(),
            pages: vec![Chain::EMPTY; PAGES as usize * lanes],
            written: [0; PAGES as usize / 64],
            found: None,
            pool: Pool::new(),
            later: BTreeMap::new(),
        };
        own.stand_at(now.0 >> shift);
        own
    }

    /// This is the present slot.
    const fn stand_at(&mut self, slot: u64) {
        (self.present, self.page) = (slot, slot >> PAGE);
        self.begins = slot << self.shift;
        self.open = ((self.page + 1) << (PAGE + self.shift)) - self.begins;
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
    #[inline(always)]
    pub(crate) const fn begins(&self) -> SimTime {
        SimTime(self.begins)
    }

    /// The first instant after the slot being worked.
    pub(crate) const fn ends(&self) -> SimTime {
        SimTime((self.present + 1) << self.shift)
    }

    /// A lane's place among those of the present page's slots.
    #[inline(always)]
    const fn slot_lane(slot: u64, lane: usize) -> usize {
        lane * SLOTS as usize + (slot % SLOTS) as usize
    }

    /// A lane's place among those of the pages to come.
    #[inline(always)]
    const fn page_lane(page: u64, lane: usize) -> usize {
        lane * PAGES as usize + (page % PAGES) as usize
    }

    /// Let a row wait that is due at `at`. One for a slot that is over waits for the present one, one for a lane that
    /// there is not in the last.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, at: SimTime, row: impl Fn() -> Parcel) {
        // Made in each case anew, so that a row is written where it waits and nowhere before.
        if at.0.wrapping_sub(self.begins) < self.open {
            let place = Self::slot_lane(at.0 >> self.shift, usize::from(lane));
            match self.slots.get_mut(place) {
                Some(rows) if rows.len() < rows.capacity() => rows.push(row()),
                _ => self.widen(lane, at, row()),
            }
            return;
        }
        let page = at.0 >> (self.shift + PAGE);
        if page.wrapping_sub(self.page) < PAGES {
            let place = Self::page_lane(page, usize::from(lane));
            if let Some(chain) = self.pages.get_mut(place)
                && let Some(place) = self.pool.room(*chain)
            {
                *place = row();
                chain.lengthen();
            } else {
                self.begin_block(lane, page, row());
            }
        } else {
            self.put_elsewhere(lane, at, row());
        }
    }

    /// There is no room for a row in an open lane yet, of which the slot may be empty.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, lane: u8, at: SimTime, row: Parcel) {
        self.found = None;
        let at = Self::slot_lane(at.0 >> self.shift, usize::from(lane).min(self.lanes - 1));
        self.filled |= 1 << (at as u64 % SLOTS);
        let rows = &mut self.slots[at];
        if rows.capacity() == 0
            && let Some(room) = self.spare.pop()
        {
            *rows = room;
        }
        rows.push(row);
    }

    /// A lane of a page begins a new block.
    #[cold]
    #[inline(never)]
    fn begin_block(&mut self, lane: u8, page: u64, row: Parcel) {
        self.found = None;
        let place = (page % PAGES) as usize;
        self.written[place / 64] |= 1 << (place % 64);
        let lane = usize::from(lane).min(self.lanes - 1);
        self.pool.lengthen(&mut self.pages[Self::page_lane(page, lane)], row);
    }

    /// A row is due before the present slot, or after the last page that has a place of its own.
    #[cold]
    #[inline(never)]
    fn put_elsewhere(&mut self, lane: u8, at: SimTime, row: Parcel) {
        self.found = None;
        if at.0 < self.begins {
            return self.widen(lane, self.begins(), row);
        }
        let page = at.0 >> (self.shift + PAGE);
        self.later.entry(page / PAGES).or_default().push((lane, at, row));
    }

    /// Take what waits in these lanes of the present slot, in place of what was `taken` before.
    pub(crate) fn take(&mut self, lanes: Range<usize>, taken: &mut Vec<Parcel>) {
        self.found = None;
        taken.clear();
        for lane in lanes {
            let rows = &mut self.slots[Self::slot_lane(self.present, lane)];
            if rows.is_empty() {
                continue;
            }
            let mut rows = mem::take(rows);
            if taken.is_empty() {
                mem::swap(taken, &mut rows);
            } else {
                taken.append(&mut rows);
            }
            if rows.capacity() > 0 {
                self.spare.push(rows);
            }
        }
    }

    /// Whether anything waits in a lane of the present slot.
    pub(crate) fn has(&self, lane: usize) -> bool {
        !self.slots[Self::slot_lane(self.present, lane)].is_empty()
    }

    /// The next slot, the present one included, in which something waits, or from which on more lies open.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<u64> {
        let found = self.found.unwrap_or_else(|| self.look_for_next());
        self.found = Some(found);
        found
    }

    fn look_for_next(&mut self) -> Option<u64> {
        let own = self.present % SLOTS;
        if (0..self.lanes).all(|lane| !self.has(lane)) {
            self.filled &= !(1 << own);
        }
        if self.filled != 0 {
            return Some(self.present - own + u64::from(self.filled.trailing_zeros()));
        }
        let opens = self.later.first_key_value().map(|(revolution, _)| revolution * PAGES);
        self.next_page().into_iter().chain(opens).min().map(|page| page << PAGE)
    }

    /// The next page on which something waits.
    fn next_page(&self) -> Option<u64> {
        let first = self.page + 1;
        let mut word = (first % PAGES / 64) as usize;
        let mut bits = self.written[word] & (!0 << (first % 64));
        for _ in 0..=self.written.len() {
            if bits != 0 {
                return Some(self.page_in((word * 64) as u64 + u64::from(bits.trailing_zeros())));
            }
            word = (word + 1) % self.written.len();
            bits = self.written[word];
        }
        None
    }

    /// The page to come that has this place.
    const fn page_in(&self, place: u64) -> u64 {
        let first = self.page + 1;
        first + (place + PAGES - first % PAGES) % PAGES
    }

    /// Move on to a slot; true when more lies open from there on than did before.
    pub(crate) fn move_to(&mut self, slot: u64) -> bool {
        let (page, before) = (slot >> PAGE, self.page);
        self.found = None;
        self.stand_at(self.present.max(slot));
        let opens = page > before && self.open(page);
        let Some(entry) = self.later.first_entry().filter(|entry| entry.key() * PAGES <= page) else {
            return opens;
        };
        for (lane, at, row) in entry.remove() {
            self.put(lane, at, || row);
        }
        true
    }

    /// Put what waits on the page that is now the present one into its slots; false if nothing does.
    fn open(&mut self, page: u64) -> bool {
        let place = (page % PAGES) as usize;
        let bit = 1 << (place % 64);
        if self.written[place / 64] & bit == 0 {
            return false;
        }
        self.written[place / 64] &= !bit;
        for lane in 0..self.lanes {
            let chain = mem::replace(&mut self.pages[Self::page_lane(page, lane)], Chain::EMPTY);
            let own = lane * SLOTS as usize;
            let slots = &mut self.slots[own..own + SLOTS as usize];
            for row in self.pool.blocks(chain).flat_map(|(_, rows)| rows) {
                let slot = row.at.0 >> self.shift & (SLOTS - 1);
                self.filled |= 1 << slot;
                let rows = &mut slots[slot as usize % SLOTS as usize];
                if rows.capacity() == 0
                    && let Some(room) = self.spare.pop()
                {
                    *rows = room;
                }
                rows.push(*row);
            }
            self.pool.give_back(chain);
        }
        true
    }

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parcel> {
        let pages = self.pages.iter().flat_map(|chain| self.pool.blocks(*chain)).flat_map(|(_, rows)| rows);
        let later = self.later.values().flatten().map(|(_, _, row)| row);
        self.slots.iter().flatten().chain(pages).chain(later)
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
            // How often it was born stands in the number of its slot.
            let parcel = |at, times| Parcel::wake(at, (0, 0), (times, 0), 0);
            for (nth, &at) in times.iter().enumerate() {
                calendar.put((nth % 2) as u8, SimTime(at), || parcel(SimTime(at), 0));
            }
            prop_assert_eq!(calendar.iter().count(), times.len());
            let mut seen = 0;
            while let Some(next) = calendar.next() {
                if calendar.move_to(next) {
                    continue;
                }
                let (mut slot, mut lane) = (Vec::new(), Vec::new());
                for nth in 0..calendar.lanes() {
                    calendar.take(nth..nth + 1, &mut lane);
                    slot.extend_from_slice(&lane);
                }
                prop_assert!(!slot.is_empty());
                for own in &slot {
                    prop_assert!(own.at >= calendar.begins() && own.at < calendar.ends());
                    // Each gives birth to one far off, once.
                    if own.slot == 0 {
                        let at = SimTime(own.at.0 + 80_000_000_000);
                        calendar.put(0, at, || parcel(at, 1));
                    }
                }
                seen += slot.len();
                prop_assert!(calendar.iter().count() <= 2 * times.len() - seen);
            }
            prop_assert_eq!(seen, 2 * times.len());
        }
    }
}
