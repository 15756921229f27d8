//! Blocks of a common pool in which rows wait, chain by chain: a million sleepers take little more room than their own.

use std::mem;

/// Rows in a block.
const BLOCK: usize = 32;
const NONE: u32 = u32::MAX;

/// Where a chain ends: its last block, and how many rows lie in that one; the blocks before are full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    block: u32,
    count: u32,
}

impl Chain {
    pub(crate) const EMPTY: Self = Self { block: NONE, count: BLOCK as u32 };

    /// Another row was put into the block in which it ends.
    #[inline(always)]
    pub(crate) const fn lengthen(&mut self) {
        self.count += 1;
    }

    /// Whether nothing lies in it.
    pub(crate) const fn is_empty(self) -> bool {
        self.block == NONE
    }
}

/// The blocks in which rows lie.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    blocks: Vec<[T; BLOCK]>,
    /// The block before each.
    before: Vec<u32>,
    free: u32,
}

impl<T: Copy> Pool<T> {
    pub(crate) const fn new() -> Self {
        Self { blocks: Vec::new(), before: Vec::new(), free: NONE }
    }

    /// Room for another row of a chain, in the block in which it ends.
    #[inline(always)]
    pub(crate) fn room(&mut self, chain: Chain) -> Option<&mut T> {
        self.blocks.get_mut(chain.block as usize)?.get_mut(chain.count as usize)
    }

    /// Put a row at the end of a chain.
    pub(crate) fn lengthen(&mut self, chain: &mut Chain, row: T) {
        match self.room(*chain) {
            None => self.begin(chain, row),
            Some(place) => {
                *place = row;
                chain.lengthen();
            }
        }
    }

    /// A chain begins a new block.
    #[cold]
    fn begin(&mut self, chain: &mut Chain, row: T) {
        let before = mem::replace(chain, Chain { block: self.free, count: 1 }).block;
        if let Some(block) = self.blocks.get_mut(self.free as usize) {
            block[0] = row;
            self.free = mem::replace(&mut self.before[self.free as usize], before);
        } else {
            chain.block = self.blocks.len() as u32;
            self.blocks.push([row; BLOCK]);
            self.before.push(before);
        }
    }

    /// The blocks of a chain as far as rows lie in them, each with the place of its first.
    #[inline(always)]
    pub(crate) fn blocks(&self, mut chain: Chain) -> impl Iterator<Item = (usize, &[T])> {
        std::iter::from_fn(move || {
            let block = self.blocks.get(chain.block as usize)?.get(..chain.count as usize)?;
            let first = chain.block as usize * BLOCK;
            chain = Chain { block: self.before[chain.block as usize], count: BLOCK as u32 };
            Some((first, block))
        })
    }

    /// Give the blocks of a chain back.
    pub(crate) fn give_back(&mut self, chain: Chain) {
        let mut block = chain.block;
        while let Some(before) = self.before.get_mut(block as usize) {
            let before = mem::replace(before, self.free);
            self.free = mem::replace(&mut block, before);
        }
    }

    /// Every place.
    #[inline(always)]
    pub(crate) fn places(&self) -> &[T] {
        self.blocks.as_flattened()
    }
}
