//! The slots of time to come, and which of their lanes hold something: a bit each, in a ring.
//!
//! Slots have no meaning of their own. Each has a lane for what is due at no station, and one for each rank of stations.

use crate::time::SimTime;

/// Slots to come, the present one included, that have a place of their own.
pub(crate) const SLOTS: u64 = 8192;
const WORDS: u64 = SLOTS / u64::BITS as u64;

/// Which lanes of the slots hold something that is still to be taken.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    /// A slot is 2^shift nanoseconds long.
    shift: u32,
    lanes: usize,
    /// The slot being worked.
    present: u64,
    /// The bits of so many slots lie together, those of one lane in a word.
    words: Vec<u64>,
    /// What [`Marks::next`] found, until anything changes.
    found: Option<Option<u64>>,
}

impl Marks {
    /// Nothing lies anywhere: slots of 2^`shift` nanoseconds with so many lanes, from `now` on.
    pub(crate) fn new(shift: u32, lanes: usize, now: SimTime) -> Self {
        Self { shift, lanes, present: now.0 >> shift, words: vec![0; WORDS as usize * lanes], found: None }
    }

    /// The length of a slot [ns], as a power of two.
    #[inline(always)]
    pub(crate) const fn shift(&self) -> u32 {
        self.shift
    }

    /// The slot being worked.
    #[inline(always)]
    pub(crate) const fn present(&self) -> u64 {
        self.present
    }

    /// When a slot begins.
    #[inline(always)]
    pub(crate) const fn begin_of(&self, slot: u64) -> SimTime {
        SimTime(slot << self.shift)
    }

    /// The slot in which an instant lies.
    #[inline(always)]
    pub(crate) const fn slot_of(&self, at: SimTime) -> u64 {
        at.0 >> self.shift
    }

    /// The slot that has a place in the ring.
    pub(crate) const fn slot_at(&self, place: u64) -> u64 {
        self.present + (place + SLOTS - self.present % SLOTS) % SLOTS
    }

    const fn word(&self, slot: u64, lane: usize) -> usize {
        (slot / u64::BITS as u64 % WORDS) as usize * self.lanes + lane
    }

    const fn bit(slot: u64) -> u64 {
        1 << (slot % u64::BITS as u64)
    }

    /// Something lies in a lane of a slot.
    pub(crate) fn set(&mut self, slot: u64, lane: usize) {
        self.found = None;
        let word = self.word(slot, lane);
        self.words[word] |= Self::bit(slot);
    }

    /// Nothing lies in a lane of a slot any longer; whether something did.
    #[inline]
    pub(crate) fn take(&mut self, slot: u64, lane: usize) -> bool {
        self.found = None;
        let did = self.has(slot, lane);
        let word = self.word(slot, lane);
        self.words[word] &= !Self::bit(slot);
        did
    }

    /// Whether something lies in a lane of a slot.
    #[inline]
    pub(crate) fn has(&self, slot: u64, lane: usize) -> bool {
        self.words[self.word(slot, lane)] & Self::bit(slot) != 0
    }

    /// The next slot, the present one included, in which something lies.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<u64> {
        let found = self.found.unwrap_or_else(|| self.look_for_next());
        self.found = Some(found);
        found
    }

    fn look_for_next(&self) -> Option<u64> {
        let first = self.present / u64::BITS as u64;
        let bits = self.any(first) & (!0 << (self.present % u64::BITS as u64));
        let rest =
            || (first + 1..=first + WORDS).map(|word| (word, self.any(word))).find(|(_, bits)| *bits != 0);
        let (word, bits) = if bits == 0 { rest()? } else { (first, bits) };
        Some(word * u64::BITS as u64 + u64::from(bits.trailing_zeros()))
    }

    /// Which of 64 slots hold something in any lane.
    fn any(&self, word: u64) -> u64 {
        let first = (word % WORDS) as usize * self.lanes;
        self.words[first..first + self.lanes].iter().fold(0, |any, own| any | own)
    }

    /// Move on to a slot.
    pub(crate) const fn move_to(&mut self, slot: u64) {
        (self.present, self.found) = (slot, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn the_next_slot_is_the_first_that_was_marked(begins in 0_u64..20_000, marked in proptest::collection::vec((0..SLOTS, 0_usize..3), 0..40)) {
            let mut marks = Marks::new(20, 3, SimTime(begins << 20));
            let mut left: BTreeSet<(u64, usize)> = marked.iter().map(|(slot, lane)| (begins + slot, *lane)).collect();
            for (slot, lane) in &left {
                marks.set(*slot, *lane);
                prop_assert_eq!(marks.slot_at(slot % SLOTS), *slot);
            }
            while let Some(slot) = marks.next() {
                prop_assert_eq!(Some(slot), left.first().map(|first| first.0));
                marks.move_to(slot);
                for lane in 0..3 {
                    prop_assert_eq!(marks.has(slot, lane), left.contains(&(slot, lane)));
                    prop_assert_eq!(marks.take(slot, lane), left.remove(&(slot, lane)));
                }
                // One lies down as far off as may be.
                if slot % 2 == 0 && slot < begins + SLOTS {
                    marks.set(slot + SLOTS - 1, 1);
                    left.insert((slot + SLOTS - 1, 1));
                }
            }
            prop_assert!(left.is_empty());
        }
    }
}
