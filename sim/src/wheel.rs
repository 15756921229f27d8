//! The timing wheel: what sleeps in it costs nothing.
//!
//! Two levels. The inner ring holds one revolution of windows; what lies beyond waits by revolution and is
//! dealt out when its turn comes. The window has no meaning of its own: rows come out sorted.

use crate::row::Row;
use crate::time::SimTime;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

const RING: u64 = 1024;

/// Rows that wait for their window, and those born inside the one being worked.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    /// A window is 2^shift nanoseconds long.
    shift: u32,
    ring: Vec<Vec<Row>>,
    later: BTreeMap<u64, Vec<Row>>,
    /// The window being worked, and its rows: sorted, consumed from `next`.
    window: u64,
    due: Vec<Row>,
    next: usize,
    born: BinaryHeap<Reverse<Row>>,
    waiting: usize,
}

impl Wheel {
    /// An empty wheel whose windows are 2^`shift` nanoseconds long.
    pub(crate) fn new(shift: u32) -> Self {
        Self {
            shift,
            ring: vec![Vec::new(); RING as usize],
            later: BTreeMap::new(),
            window: 0,
            due: Vec::new(),
            next: 0,
            born: BinaryHeap::new(),
            waiting: 0,
        }
    }

    /// Everything that waits, in no order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        let waiting = self.ring.iter().flatten().chain(self.later.values().flatten());
        self.present().chain(waiting)
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

    /// Keep a row until its time. A row for the present window, or for the past, joins those being worked.
    pub(crate) fn push(&mut self, row: Row) {
        let window = row.at.0 >> self.shift;
        if window <= self.window {
            self.born.push(Reverse(row));
        } else {
            self.waiting += 1;
            if window / RING == self.window / RING {
                self.ring[(window % RING) as usize].push(row);
            } else {
                self.later.entry(window / RING).or_default().push(row);
            }
        }
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
        while self.waiting > 0 && self.window < last {
            if (self.window + 1).is_multiple_of(RING) {
                if !self.turn(last) {
                    return false;
                }
            } else {
                self.window += 1;
            }
            let slot = &mut self.ring[(self.window % RING) as usize];
            if !slot.is_empty() {
                self.due.clear();
                self.next = 0;
                std::mem::swap(&mut self.due, slot);
                self.waiting -= self.due.len();
                self.due.sort_unstable();
                return self.due[0].at < horizon;
            }
        }
        false
    }

    /// Begin the next revolution in which something waits, unless it lies beyond the window `last`.
    fn turn(&mut self, last: u64) -> bool {
        let Some(entry) = self.later.first_entry().filter(|entry| entry.key() * RING <= last) else {
            return false;
        };
        self.window = entry.key() * RING;
        for row in entry.remove() {
            let window = row.at.0 >> self.shift;
            self.ring[(window % RING) as usize].push(row);
        }
        true
    }

    /// The rows of the present window that are still to be worked.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Row> {
        self.due[self.next.min(self.due.len())..].iter().chain(self.born.iter().map(|Reverse(row)| row))
    }

    /// The next row of the present window.
    pub(crate) fn peek(&self) -> Option<Row> {
        let sorted = self.due.get(self.next).copied();
        let born = self.born.peek().map(|&Reverse(row)| row);
        match (sorted, born) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The next row of the present window, if it is due before `horizon`.
    pub(crate) fn pop(&mut self, horizon: SimTime) -> Option<Row> {
        let row = self.peek().filter(|row| row.at < horizon)?;
        if self.due.get(self.next) == Some(&row) {
            self.next += 1;
        } else {
            self.born.pop();
        }
        Some(row)
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
            while let Some(row) = wheel.pop(SimTime(horizon)) {
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
