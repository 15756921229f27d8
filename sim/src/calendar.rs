//! The calendar: where parcels wait, by the slot of time in which they are due.
//!
//! Slots lie on pages. The present page lies open: each of its slots has a lane for what is due at no station, and one
//! for each rank of stations. What is due on a later page waits there by lane alone, and is put into its slot when that
//! page is opened: so few places are written to at a time, whoever waits how long, that all of them stay in a processor's
//! nearest memory. What waits for a page lies in blocks of a common pool, so that a million that wait take little more room
//! than their own; the rows of an open slot lie side by side, as they are worked. Slots and pages have no meaning of their
//! own: what waits comes out sorted, or in an order that cannot matter.

use crate::later::Later;
use crate::marks::{Marks, SLOTS};
use crate::parcel::Parcel;
use crate::pool::{Chain, Pool};
use crate::time::SimTime;
use std::mem;

/// Slots on a page, as a power of two.
const PAGE: u32 = 7;
const OPEN: u64 = 1 << PAGE;
/// Pages to come that have a place of their own, the present one included.
const PAGES: u64 = SLOTS >> PAGE;

/// Put a row into a lane of an open slot, for which there may be room to spare.
fn deal(rows: &mut Vec<Parcel>, spare: &mut Vec<Vec<Parcel>>, row: Parcel) {
    if rows.capacity() == 0
        && let Some(room) = spare.pop()
    {
        *rows = room;
    }
    rows.push(row);
}

/// Parcels that wait for their slot.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    lanes: usize,
    /// When the slot being worked begins, its page, and how long it is from then to the end of that [ns].
    begins: u64,
    page: u64,
    open: u64,
    /// The lanes of the slots of the present page.
    slots: Vec<Vec<Parcel>>,
    /// Room for lanes that are to be filled.
    spare: Vec<Vec<Parcel>>,
    /// The lanes of the pages to come.
    pages: Vec<Chain>,
    pool: Pool<Parcel>,
    later: Later<Parcel>,
}

impl Calendar {
    /// An empty calendar of slots with so many lanes, where one lane more is marked of the slots with which pages begin.
    pub(crate) fn new(marks: &Marks, lanes: usize) -> Self {
        let mut own = Self {
            lanes,
            begins: 0,
            page: 0,
            open: 0,
            slots: (0..OPEN as usize * lanes).map(|_| Vec::new()).collect(),
            spare: Vec::new(),
            pages: vec![Chain::EMPTY; PAGES as usize * lanes],
            pool: Pool::new(),
            later: Later::new(),
        };
        own.stand(marks);
        own
    }

    /// Another slot is the present one.
    const fn stand(&mut self, marks: &Marks) {
        self.begins = marks.begin_of(marks.present()).0;
        self.page = marks.present() >> PAGE;
        self.open = marks.begin_of(self.page_ends()).0 - self.begins;
    }

    /// A lane's place among those of the present page's slots.
    #[inline(always)]
    const fn slot_lane(slot: u64, lane: usize) -> usize {
        lane * OPEN as usize + (slot % OPEN) as usize
    }

    /// A lane's place among those of the pages to come.
    #[inline(always)]
    const fn page_lane(page: u64, lane: usize) -> usize {
        lane * PAGES as usize + (page % PAGES) as usize
    }

    /// Let a row wait that is due at `at`. One for a slot that is over waits for the present one, one for a lane that
    /// there is not in the last.
    #[inline(always)]
    pub(crate) fn put(&mut self, marks: &mut Marks, lane: u8, at: SimTime, row: impl Fn() -> Parcel) {
        // Made in each case anew, so that a row is written where it waits and nowhere before.
        if at.0.wrapping_sub(self.begins) < self.open {
            let place = Self::slot_lane(marks.slot_of(at), usize::from(lane));
            match self.slots.get_mut(place) {
                Some(rows) if rows.len() < rows.capacity() => rows.push(row()),
                _ => self.widen(marks, lane, at, row()),
            }
            return;
        }
        let page = marks.slot_of(at) >> PAGE;
        if page.wrapping_sub(self.page + 1) < PAGES - 1 {
            let place = Self::page_lane(page, usize::from(lane));
            if let Some(chain) = self.pages.get_mut(place)
                && let Some(place) = self.pool.room(*chain)
            {
                *place = row();
                chain.lengthen();
            } else {
                self.begin_block(marks, lane, page, row());
            }
        } else {
            self.put_elsewhere(marks, lane, at, row());
        }
    }

    /// There is no room for a row in an open lane yet, of which the slot may be empty.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, marks: &mut Marks, lane: u8, at: SimTime, row: Parcel) {
        let (slot, lane) = (marks.slot_of(at), usize::from(lane).min(self.lanes - 1));
        marks.set(slot, lane);
        deal(&mut self.slots[Self::slot_lane(slot, lane)], &mut self.spare, row);
    }

    /// A lane of a page begins a new block.
    #[cold]
    #[inline(never)]
    fn begin_block(&mut self, marks: &mut Marks, lane: u8, page: u64, row: Parcel) {
        marks.set(page << PAGE, self.lanes);
        let lane = usize::from(lane).min(self.lanes - 1);
        self.pool.lengthen(&mut self.pages[Self::page_lane(page, lane)], row);
    }

    /// A row is due before the present slot, or after the last page that has a place of its own.
    #[cold]
    #[inline(never)]
    fn put_elsewhere(&mut self, marks: &mut Marks, lane: u8, at: SimTime, row: Parcel) {
        if at.0 < self.begins {
            self.widen(marks, lane, SimTime(self.begins), row);
        } else {
            self.later.put(marks, lane, at, row);
        }
    }

    /// The first slot that is not on the present page.
    pub(crate) const fn page_ends(&self) -> u64 {
        (self.page + 1) << PAGE
    }

    /// Take what waits in a lane of a slot of the present page, beside what was `taken` before.
    #[inline]
    pub(crate) fn take(&mut self, (slot, lane): (u64, usize), taken: &mut Vec<Parcel>) {
        let rows = &mut self.slots[Self::slot_lane(slot, lane)];
        if rows.is_empty() {
            return;
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

    /// The slot from which on more has a place.
    #[inline]
    pub(crate) fn opens(&self) -> Option<u64> {
        self.later.next()
    }

    /// Another slot is the present one; whether anything has a place now that had none.
    #[inline]
    pub(crate) fn move_on(&mut self, marks: &mut Marks) -> bool {
        self.stand(marks);
        let opens = marks.take(marks.present(), self.lanes);
        if opens {
            self.open(marks);
        }
        let Some(rows) = self.later.take(marks) else { return opens };
        rows.into_iter().for_each(|(lane, at, row)| self.put(marks, lane, at, || row));
        true
    }

    /// Put what waits on the page that is now the present one into its slots.
    fn open(&mut self, marks: &mut Marks) {
        for lane in 0..self.lanes {
            let chain = mem::replace(&mut self.pages[Self::page_lane(self.page, lane)], Chain::EMPTY);
            for row in self.pool.blocks(chain).flat_map(|(_, rows)| rows) {
                let slot = marks.slot_of(row.at);
                marks.set(slot, lane);
                deal(&mut self.slots[Self::slot_lane(slot, lane)], &mut self.spare, *row);
            }
            self.pool.give_back(chain);
        }
    }

    /// Everything that waits, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parcel> {
        let pages = self.pages.iter().flat_map(|chain| self.pool.blocks(*chain)).flat_map(|(_, rows)| rows);
        self.slots.iter().flatten().chain(pages).chain(self.later.iter().map(|(_, row)| row))
    }
}
