//! The timing wheel: what sleeps in it costs nothing.
//!
//! Three levels. The present window is dealt out into slots, of which each is sorted when its turn comes; a ring holds the
//! next windows; what lies beyond waits by revolution of the ring and is put there when its turn comes. Most rows are made
//! for a later slot than the one being worked, so that few need a heap. Neither slots nor windows have a meaning of their
//! own: rows come out sorted.

use crate::ring::{LONGEST, RING, Ring};
use crate::row::Row;
use crate::time::SimTime;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Slots of a window, as a power of two.
const SLOTS: u32 = 8;
/// The words that have a bit for each.
const WORDS: usize = (1 << SLOTS) / u64::BITS as usize;

/// Rows that wait for their window or slot, and those born into the one being worked.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    /// A window is 2^shift nanoseconds long.
    shift: u32,
    ring: Ring,
    later: BTreeMap<u64, Vec<Row>>,
    /// The window being worked, its slots to come, and which of them hold rows, a bit each.
    window: u64,
    slots: Vec<Vec<Row>>,
    filled: [u64; WORDS],
    /// The slot being worked, and its rows: sorted, consumed from `next`, and those born since.
    slot: u64,
    due: Vec<Row>,
    next: usize,
    /// Whether it has begun since anybody asked.
    begun: bool,
    born: BinaryHeap<Reverse<Row>>,
}

/// The slot of an instant, where windows are 2^`shift` nanoseconds long.
const fn slot_of(shift: u32, at: SimTime) -> u64 {
    at.0 >> shift.saturating_sub(SLOTS)
}

/// Put a row of the present window into its slot.
fn deal(slots: &mut [Vec<Row>], filled: &mut [u64; WORDS], shift: u32, row: Row) {
    let slot = (slot_of(shift, row.at) % (1 << SLOTS)) as usize;
    filled[slot / u64::BITS as usize] |= 1 << (slot % u64::BITS as usize);
    slots[slot].push(row);
}

impl Wheel {
    /// An empty wheel whose windows are 2^`shift` nanoseconds long, or as long as they may be.
    pub(crate) fn new(shift: u32) -> Self {
        let shift = shift.min(LONGEST);
        Self {
            shift,
            ring: Ring::new(shift),
            later: BTreeMap::new(),
            window: 0,
            slots: vec![Vec::new(); 1 << SLOTS],
            filled: [0; WORDS],
            slot: 0,
            due: Vec::new(),
            next: 0,
            begun: false,
            born: BinaryHeap::new(),
        }
    }

    /// Everything that waits, in no order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        let later = self.later.values().flatten().copied();
        self.present().copied().chain(self.ring.rows(self.window)).chain(later)
    }

    /// When the first of `these` is due, or nothing if none of them waits.
    pub(crate) fn first(&self, these: impl Fn(&Row) -> bool) -> Option<SimTime> {
        let present = self.present().filter(|row| these(row)).map(|row| row.at).min();
        // Neither what is in the ring nor what is not yet comes all before the other.
        let to_come = || {
            let of_one = |rows: &Vec<Row>| rows.iter().filter(|row| these(row)).map(|row| row.at).min();
            let later = self.later.values().find_map(of_one);
            self.ring.first(self.window, &these).into_iter().chain(later).min()
        };
        present.or_else(to_come)
    }

    /// Forget everything that waits.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.shift);
    }

    /// The length of a window [ns], as a power of two.
    pub(crate) const fn shift(&self) -> u32 {
        self.shift
    }

    /// Where the present window ends (its first instant outside).
    pub(crate) const fn window_end(&self) -> SimTime {
        SimTime((self.window + 1) << self.shift)
    }

    const fn slot_of(&self, at: SimTime) -> u64 {
        slot_of(self.shift, at)
    }

    /// Keep a row until its time. A row for the present slot, or for the past, joins those being worked.
    pub(crate) fn push(&mut self, row: Row) {
        let window = row.at.0 >> self.shift;
        if window > self.window {
            if window - self.window <= RING {
                self.ring.push(&row);
            } else {
                self.later.entry(window / RING).or_default().push(row);
            }
        } else if window == self.window && self.slot_of(row.at) > self.slot {
            deal(&mut self.slots, &mut self.filled, self.shift, row);
        } else {
            self.born.push(Reverse(row));
        }
    }

    /// Begin the next slot of the present window that holds rows; false if none does.
    fn next_slot(&mut self) -> bool {
        let mut words = self.filled.iter_mut().enumerate();
        let Some((word, bits)) = words.find(|(_, bits)| **bits != 0) else { return false };
        let slot = word * u64::BITS as usize + bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        self.due.clear();
        self.next = 0;
        std::mem::swap(&mut self.due, &mut self.slots[slot]);
        self.due.sort_unstable();
        self.slot = self.slot_of(self.due[0].at);
        self.begun = true;
        true
    }

    /// Move on to the next window that has rows, or in which something else is due at `other`; false when none is due
    /// before `horizon`.
    pub(crate) fn advance(&mut self, horizon: SimTime, other: Option<SimTime>) -> bool {
        let other = other.filter(|&at| at < horizon);
        if let Some(row) = self.peek() {
            return row.at < horizon || other.is_some();
        }
        let until = other.map_or(horizon, |at| SimTime(((at.0 >> self.shift) + 1) << self.shift));
        if self.advance_rows(until.min(horizon)) {
            return true;
        }
        if let Some(at) = other {
            self.window = self.window.max(at.0 >> self.shift);
        }
        other.is_some()
    }

    fn advance_rows(&mut self, horizon: SimTime) -> bool {
        let last = horizon.0.saturating_sub(1) >> self.shift;
        loop {
            if self.ring.is_empty() {
                // Nothing waits before the next revolution of which anything is known.
                let opens = self.later.first_key_value().map(|(revolution, _)| revolution * RING);
                let Some(opens) = opens.filter(|opens| *opens <= last) else { return false };
                self.window = opens - 1;
            }
            if self.window >= last {
                return false;
            }
            self.window += 1;
            self.turn();
            if self.open() {
                return self.peek().is_some_and(|row| row.at < horizon);
            }
        }
    }

    /// Put what waits for a revolution that begins with the present window into the ring.
    fn turn(&mut self) {
        if self.window.is_multiple_of(RING)
            && let Some(rows) = self.later.remove(&(self.window / RING))
        {
            rows.iter().for_each(|row| self.ring.push(row));
        }
    }

    /// Deal the rows of the present window out; false if there are none.
    fn open(&mut self) -> bool {
        let Self { shift, ring, slots, filled, window, .. } = self;
        ring.take(*window, |row| deal(slots, filled, *shift, row))
    }

    /// The rows of the present window that are still to be worked.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Row> {
        let due = self.due[self.next.min(self.due.len())..].iter();
        due.chain(self.born.iter().map(|Reverse(row)| row)).chain(self.slots.iter().flatten())
    }

    /// The next row of the present window.
    pub(crate) fn peek(&mut self) -> Option<Row> {
        loop {
            let sorted = self.due.get(self.next).copied();
            let born = self.born.peek().map(|&Reverse(row)| row);
            match (sorted, born) {
                (Some(a), Some(b)) => return Some(a.min(b)),
                (None, None) if self.next_slot() => (),
                (a, b) => return a.or(b),
            }
        }
    }

    /// The rows of the slot being worked, if it has begun since this was asked last.
    #[inline]
    pub(crate) fn take_begun(&mut self) -> Option<&[Row]> {
        std::mem::take(&mut self.begun).then_some(&self.due)
    }

    /// The row that was looked at as the next is worked.
    pub(crate) fn take(&mut self, row: &Row) {
        if self.due.get(self.next) == Some(row) {
            self.next += 1;
        } else {
            self.born.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Class;
    use proptest::prelude::*;

    fn drain(shift: u32, times: &[u64], horizon: u64) -> Vec<u64> {
        let mut wheel = Wheel::new(shift);
        for (seq, &at) in times.iter().enumerate() {
            wheel.push(Row::new(SimTime(at), Class::WAKE, at % 7, seq as u64, 0));
        }
        let mut out = Vec::new();
        while wheel.advance(SimTime(horizon), None) {
            while let Some(row) = wheel.peek().filter(|row| row.at < SimTime(horizon)) {
                wheel.take(&row);
                let known = wheel.rows().filter(|row| row.id() == 99).map(|row| row.at).min();
                assert_eq!(wheel.first(|row| row.id() == 99), known);
                out.push(row.at.0);
                // What a row gives birth to, one inside the window and one far away.
                if row.at.0 % 3 == 0 && row.id() != 99 {
                    for later in [5, 40_000_000] {
                        wheel.push(Row::new(SimTime(row.at.0 + later), Class::WAKE, 99, row.at.0, 0));
                    }
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn rows_come_out_in_order_whatever_the_window(mut times in proptest::collection::vec(0_u64..90_000_000, 0..80)) {
            let coarse = drain(20, &times, 100_000_000);
            prop_assert_eq!(&coarse, &drain(12, &times, 100_000_000));
            prop_assert_eq!(&coarse, &drain(26, &times, 100_000_000));
            prop_assert!(coarse.is_sorted());
            let births: Vec<u64> = times.iter().filter(|&&at| at % 3 == 0).flat_map(|&at| [at + 5, at + 40_000_000]).collect();
            times.extend(births.into_iter().filter(|&at| at < 100_000_000));
            times.sort_unstable();
            prop_assert_eq!(coarse, times);
        }
    }
}
