//! The ring of windows to come: where rows wait, in little room, since there may be millions.
//!
//! Rows lie in blocks of a common pool, and a window is a chain of them: what one window gives back, the next uses. A row
//! knows when it is due since its window began, and its number since the first of its block.

use crate::row::{Packed, Row};
use crate::time::SimTime;
use std::mem;

/// How many windows the ring holds.
pub(crate) const RING: u64 = 1024;
/// The longest window, as a power of two [ns].
pub(crate) const LONGEST: u32 = u32::BITS;
/// Rows in a block.
const ROWS: usize = 31;
const NONE: u32 = u32::MAX;

/// A few rows of one window.
#[derive(Clone, Debug)]
struct Block {
    rows: [Packed; ROWS],
    /// The number of the first.
    first: u64,
    count: u32,
    /// The block before in its window, or of those that are free.
    before: u32,
}

/// Blocks, so many side by side: they stay where they are, however many come.
#[derive(Clone, Debug, Default)]
struct Blocks(Vec<Vec<Block>>);

impl Blocks {
    /// More than any allocator keeps for itself when it is given back. What is not written to takes no memory.
    const SIDE_BY_SIDE: usize = 1 << 16;

    fn get(&self, at: u32) -> Option<&Block> {
        self.0.get(at as usize / Self::SIDE_BY_SIDE)?.get(at as usize % Self::SIDE_BY_SIDE)
    }

    fn get_mut(&mut self, at: u32) -> Option<&mut Block> {
        self.0.get_mut(at as usize / Self::SIDE_BY_SIDE)?.get_mut(at as usize % Self::SIDE_BY_SIDE)
    }

    /// Another one; gives its number.
    fn push(&mut self, block: Block) -> u32 {
        let full = |blocks: &Vec<Block>| blocks.len() == Self::SIDE_BY_SIDE;
        if self.0.last().is_none_or(full) {
            self.0.push(Vec::with_capacity(Self::SIDE_BY_SIDE));
        }
        let before = (self.0.len() - 1) * Self::SIDE_BY_SIDE;
        let last = self.0.len() - 1;
        self.0[last].push(block);
        (before + self.0[last].len() - 1) as u32
    }
}

/// The last block of each window, and the blocks.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    /// A window is 2^shift nanoseconds long.
    shift: u32,
    windows: Vec<u32>,
    blocks: Blocks,
    free: u32,
    waiting: usize,
}

impl Ring {
    /// An empty ring of windows of 2^`shift` nanoseconds.
    pub(crate) fn new(shift: u32) -> Self {
        let windows = vec![NONE; RING as usize];
        Self { shift, windows, blocks: Blocks::default(), free: NONE, waiting: 0 }
    }

    /// Whether nothing waits.
    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Let a row wait for its window.
    pub(crate) fn push(&mut self, row: &Row) {
        self.waiting += 1;
        let own = &mut self.windows[((row.at.0 >> self.shift) % RING) as usize];
        if let Some(block) = self.blocks.get_mut(*own)
            && (block.count as usize) < ROWS
            && let Some(packed) = row.pack(block.first, self.shift)
        {
            block.rows[block.count as usize] = packed;
            block.count += 1;
            return;
        }
        let first = row.number();
        let Some(packed) = row.pack(first, self.shift) else { return };
        if let Some(block) = self.blocks.get_mut(self.free) {
            let free = mem::replace(&mut block.before, *own);
            block.rows[0] = packed;
            (block.first, block.count) = (first, 1);
            *own = mem::replace(&mut self.free, free);
        } else {
            *own = self.blocks.push(Block { rows: [packed; ROWS], first, count: 1, before: *own });
        }
    }

    /// Take the rows of a window out, in no order; true if there were any.
    pub(crate) fn take(&mut self, window: u64, mut each: impl FnMut(Row)) -> bool {
        let mut at = mem::replace(&mut self.windows[(window % RING) as usize], NONE);
        let any = at != NONE;
        let begins = SimTime(window << self.shift);
        while let Some(block) = self.blocks.get_mut(at) {
            let rows = &block.rows[..block.count as usize];
            rows.iter().for_each(|row| each(row.unpack(begins, block.first)));
            self.waiting -= rows.len();
            let before = mem::replace(&mut block.before, self.free);
            self.free = mem::replace(&mut at, before);
        }
        any
    }

    /// Everything that waits from the window after `present` on, in no order.
    pub(crate) fn rows(&self, present: u64) -> impl Iterator<Item = Row> {
        (present + 1..=present + RING).flat_map(|window| self.rows_of(window))
    }

    /// When the first of those is due that wait from the window after `present` on, of `these`.
    pub(crate) fn first(&self, present: u64, these: impl Fn(&Row) -> bool) -> Option<SimTime> {
        let first = |window| self.rows_of(window).filter(&these).map(|row| row.at).min();
        if self.is_empty() { None } else { (present + 1..=present + RING).find_map(first) }
    }

    /// What waits for a window, in no order.
    fn rows_of(&self, window: u64) -> impl Iterator<Item = Row> {
        let begins = SimTime(window << self.shift);
        let block = |at: u32| self.blocks.get(at);
        let last = block(self.windows[(window % RING) as usize]);
        std::iter::successors(last, move |own| block(own.before)).flat_map(move |own| {
            let rows = own.rows[..own.count as usize].iter();
            rows.map(move |row| row.unpack(begins, own.first))
        })
    }
}
