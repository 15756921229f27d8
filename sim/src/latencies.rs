//! Latencies to three digits: a logarithmic histogram with linear steps, of counts alone.
//!
//! Recording stands in the way of every message, so it may neither fail nor search: an index is the upper bits of a float.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Linear steps in each octave: the width of a step is at most a thousandth of its value.
const STEPS: u32 = 1 << STEP_BITS;
const STEP_BITS: u32 = 10;

/// How often each length of time was recorded, and their exact sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    counts: Vec<u32>,
    sum: u64,
    longest: u64,
}

impl Latencies {
    /// Record one.
    #[inline]
    pub fn record(&mut self, took: Span) {
        match self.counts.get_mut(index(took.0)) {
            Some(count) => *count = count.saturating_add(1),
            None => self.widen(index(took.0)),
        }
        self.sum = self.sum.saturating_add(took.0);
        // Seldom, so that it is a guess that a processor gets right.
        if took.0 > self.longest {
            self.longest = took.0;
        }
    }

    /// Record the first of its length and of all that are longer.
    #[cold]
    fn widen(&mut self, at: usize) {
        self.counts.resize(at + STEPS as usize, 0);
        self.counts[at] = 1;
    }

    /// Their exact sum.
    pub const fn sum(&self) -> Span {
        Span(self.sum)
    }

    /// The longest.
    pub const fn longest(&self) -> Span {
        Span(self.longest)
    }

    /// What was recorded: the middle of each step [ns] and how often, from short to long.
    pub fn steps(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.counts.iter().enumerate().filter(|&(_, &count)| count > 0);
        recorded.map(|(at, &count)| (middle(at), u64::from(count)))
    }
}

/// A float has this exponent that tells of a value in the first octave whose steps are wider than one, and no step more.
const FIRST: u64 = (f64::MAX_EXP as u64 - 1 + STEP_BITS as u64 - 1) << STEP_BITS;
/// What is shorter is a float without loss.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// A value's octave and step are the upper bits of a float: to count leading zeros takes longer on some processors.
#[inline(always)]
const fn index(value: u64) -> usize {
    if value.wrapping_sub(STEPS as u64) < EXACT - STEPS as u64 {
        let bits = (value as i64 as f64).to_bits() >> (f64::MANTISSA_DIGITS - 1 - STEP_BITS);
        (bits - FIRST) as usize
    } else {
        index_by_zeros(value)
    }
}

/// The same of any value.
#[cold]
const fn index_by_zeros(value: u64) -> usize {
    let octave = u64::BITS - (value | STEPS as u64).leading_zeros() - (STEP_BITS + 1);
    (octave * STEPS) as usize + (value >> octave) as usize
}

const fn middle(at: usize) -> u64 {
    let octave = (at as u32 / STEPS).saturating_sub(1);
    let step = at as u64 - (octave * STEPS) as u64;
    (step << octave) + ((1 << octave) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_step_is_never_wider_than_a_thousandth_of_its_value(bits in 0_u32..63, low in any::<u64>()) {
            let value = (1 << bits) | (low & ((1 << bits) - 1));
            let near = middle(index(value));
            prop_assert!(near.abs_diff(value) <= value / 1000, "{value} {near}");
            prop_assert!(index(value) <= index(value + 1) && index(value + 1) <= index(value) + 1);
            prop_assert_eq!(index(value), index_by_zeros(value));
        }
    }

    #[test]
    fn the_sum_is_exact() {
        let mut all = Latencies::default();
        [3, 1_234_567, 29_096_091].into_iter().for_each(|took| all.record(Span(took)));
        assert_eq!((all.sum(), all.longest()), (Span(30_330_661), Span(29_096_091)));
        assert_eq!(all.steps().map(|step| step.1).sum::<u64>(), 3);
    }
}
