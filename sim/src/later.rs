//! What waits for slots that have no place of their own yet, by as many slots at a time as have one.

use crate::marks::{Marks, SLOTS};
use crate::time::SimTime;
use std::collections::BTreeMap;

/// Rows with their lanes and when they are due.
#[derive(Clone, Debug)]
pub(crate) struct Later<T>(BTreeMap<u64, Vec<(u8, SimTime, T)>>);

impl<T> Later<T> {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Let a row wait.
    pub(crate) fn put(&mut self, marks: &Marks, lane: u8, at: SimTime, row: T) {
        self.0.entry(marks.slot_of(at) / SLOTS).or_default().push((lane, at, row));
    }

    /// The slot from which on more of them have a place.
    #[inline]
    pub(crate) fn next(&self) -> Option<u64> {
        self.0.first_key_value().map(|(some, _)| some * SLOTS)
    }

    /// Those that have a place from the present slot on.
    #[inline]
    pub(crate) fn take(&mut self, marks: &Marks) -> Option<Vec<(u8, SimTime, T)>> {
        if self.next()? <= marks.present() { self.0.pop_first().map(|(_, some)| some) } else { None }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.0.values().flatten().map(|(_, at, row)| (*at, row))
    }
}
