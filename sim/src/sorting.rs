//! Sorting short keys by time. What is sorted are keys; what they stand for stays where it lies.
//!
//! Times are spread evenly over a slot, so that counting them into somewhat more bins than there are keys leaves next to
//! nothing to an insertion sort: nothing is known of their order, and each comparison that goes either way is a wrong guess
//! of the processor half of the time.

use std::cmp::Ordering;
use std::mem;

/// Up to so many that come too late are merely inserted, or one in so many: what comes from one station comes in order.
const FEW: usize = 2;
const MOSTLY: usize = 8;
/// So many bins for each, as a power of two: more take longer to count, fewer leave more in a wrong order.
const SPARSE: u32 = 1;

/// When something is due in its slot, and below that what it is.
pub(crate) type Key = u64;

/// Where the time of a key begins.
pub(crate) const TIME: u32 = 32;

/// Keys that are looked at one after the other, and how many of them are due before the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Falls {
    before: Key,
    count: usize,
}

impl Falls {
    #[inline(always)]
    pub(crate) fn see(&mut self, key: Key) -> Key {
        self.count += usize::from(mem::replace(&mut self.before, key) > key);
        key
    }
}

/// Whether so many of `all` that come too late are too many to be merely inserted.
pub(crate) const fn many(falls: usize, all: usize) -> bool {
    falls > FEW && falls > all / MOSTLY
}

/// Room to sort in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bins {
    /// Where the next key of each bin goes.
    next: Vec<u32>,
    binned: Vec<Key>,
}

impl Bins {
    /// Sort keys with so many falls, of a slot of 2^`shift` ns, whose rows have this `order`: that of time first.
    pub(crate) fn sort<T>(
        &mut self,
        keys: &mut Vec<Key>,
        falls: Falls,
        shift: u32,
        row: impl Fn(Key) -> T,
        order: impl Fn(&T, &T) -> Ordering,
    ) {
        if many(falls.count, keys.len()) {
            self.spread(keys, shift);
        }
        if insert(keys) {
            keys.sort_by(|one, other| order(&row(*one), &row(*other)));
        }
    }

    /// Put keys nearly in order.
    fn spread(&mut self, keys: &mut Vec<Key>, shift: u32) {
        let bits = (keys.len().ilog2() + SPARSE).min(shift);
        let last = (1 << bits) - 1;
        let bin = |key: Key| (key >> (TIME + shift - bits)) as usize & last;
        self.next.clear();
        self.next.resize(1 << bits, 0);
        let next = &mut self.next[..=last];
        keys.iter().for_each(|key| next[bin(*key)] += 1);
        let mut before = 0;
        for count in &mut *next {
            before += mem::replace(count, before);
        }
        self.binned.resize(keys.len(), 0);
        for &key in &*keys {
            let next = &mut next[bin(key)];
            self.binned[*next as usize] = key;
            *next += 1;
        }
        mem::swap(keys, &mut self.binned);
    }
}

/// Whether two keys are due at the same instant.
const fn at_once(one: Key, other: Key) -> bool {
    one >> TIME == other >> TIME
}

/// Sort what is short or nearly in order; true if two of them come at once.
fn insert(keys: &mut [Key]) -> bool {
    let (mut tied, mut before) = (false, 0);
    for i in 0..keys.len() {
        let key = keys[i];
        if before < key >> TIME {
            before = key >> TIME;
            continue;
        }
        let mut hole = i;
        while hole > 0 && keys[hole - 1] > key {
            keys[hole] = keys[hole - 1];
            hole -= 1;
        }
        keys[hole] = key;
        tied |= hole > 0 && at_once(keys[hole - 1], key) || hole < i && at_once(keys[hole + 1], key);
        before = keys[i] >> TIME;
    }
    tied
}
