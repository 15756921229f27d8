//! Who moved the input, and by how much: what the excess of a harm is shared by.

use serde::{Deserialize, Serialize};
use sim::time::SimTime;
use std::collections::BTreeMap;

/// Share `excess` among causes in proportion to how far each `moved` the input, by the largest remainder; ties go
/// to the smaller name. The shares stand in the order of `moved` and sum to `excess` exactly, unless there is no
/// cause at all. Causes that moved nothing share equally when nobody moved anything.
///
/// ```
/// use devices::plant::deviation::split;
/// assert_eq!(split(10, &[(7, 1), (3, 1), (5, 1)]), [3, 4, 3]);
/// ```
pub fn split(excess: u64, moved: &[(u64, u64)]) -> Vec<u64> {
    let idle = moved.iter().all(|&(_, weight)| weight == 0);
    let weight = |i: usize| if idle { 1 } else { u128::from(moved[i].1) };
    let total: u128 = (0..moved.len()).map(weight).sum();
    if total == 0 {
        return Vec::new();
    }
    let part = |i: usize| u128::from(excess) * weight(i);
    // No share exceeds the excess, so each fits again.
    let mut shares: Vec<u64> = (0..moved.len()).map(|i| (part(i) / total) as u64).collect();
    let left = excess - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..moved.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(part(i) % total), moved[i].0, i));
    for &i in order.iter().take(left as usize) {
        shares[i] += 1;
    }
    shares
}

/// How far each cause has moved a patient's input away from the shadow's since both last agreed.
///
/// Each one-sided change of the rate is an *offset* of its causes, held until it is undone; what a cause moved is
/// the integral of its offset's size, and the size of each one-sided dose. Rates are kept in whole picograms per
/// second, so that sums are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    since: SimTime,
    causes: BTreeMap<u64, Moved>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Moved {
    /// What this cause now adds to the real rate over the shadow's [pg/s] — state.
    offset: i64,
    /// What it has moved [pg/s·ns] — state.
    moved: u128,
}

/// Picograms per second in a microgram per minute.
const PICOGRAMS_PER_SECOND: f64 = 1e6 / 60.0;
/// A dose in micrograms, in the unit of an offset's integral [pg/s·ns = 1e-9 pg].
const DOSE: f64 = 1e6 * 1e9;

impl Deviation {
    /// From `at` on, `causes` make the real rate differ from the shadow's by `change` [µg/min] more than before;
    /// equal parts each, the odd picogram to the smallest names.
    pub fn shift(&mut self, at: SimTime, change: f64, causes: &[u64]) {
        self.carry(at);
        // A rate beyond i64 picograms per second saturates: fifty tonnes an hour.
        let change = (change * PICOGRAMS_PER_SECOND).round() as i64;
        for (name, part) in parts(change.unsigned_abs(), causes) {
            let signed = if change < 0 { -(part as i64) } else { part as i64 };
            let offset = &mut self.causes.entry(name).or_default().offset;
            *offset = offset.saturating_add(signed);
        }
    }

    /// At `at`, `causes` made one side get `amount` [µg] that the other did not.
    pub fn dose(&mut self, at: SimTime, amount: f64, causes: &[u64]) {
        self.carry(at);
        for (name, part) in parts((amount.abs() * DOSE).round() as u64, causes) {
            let moved = &mut self.causes.entry(name).or_default().moved;
            *moved = moved.saturating_add(u128::from(part));
        }
    }

    /// The rates are equal again: no cause holds them apart any longer, but what was moved stays.
    pub fn rejoin(&mut self, at: SimTime) {
        self.carry(at);
        for moved in self.causes.values_mut() {
            moved.offset = 0;
        }
    }

    /// Both agree again: nothing was moved by anyone.
    pub fn clear(&mut self) {
        self.causes.clear();
    }

    /// What each cause has moved up to `at`, in the order of names, scaled to fit.
    pub fn moved(&mut self, at: SimTime) -> Vec<(u64, u64)> {
        self.carry(at);
        let most = self.causes.values().map(|cause| cause.moved).max().unwrap_or(0);
        let shift = 128_u32.saturating_sub(most.leading_zeros()).saturating_sub(64);
        self.causes.iter().map(|(name, cause)| (*name, (cause.moved >> shift) as u64)).collect()
    }

    fn carry(&mut self, at: SimTime) {
        let elapsed = u128::from(at.since(self.since).0);
        for cause in self.causes.values_mut() {
            cause.moved = cause.moved.saturating_add(u128::from(cause.offset.unsigned_abs()) * elapsed);
        }
        self.since = self.since.max(at);
    }
}

/// `whole` in equal parts; who names nobody names 0, the "none" of the tables of causes.
fn parts(whole: u64, causes: &[u64]) -> Vec<(u64, u64)> {
    let names = if causes.is_empty() { &[0][..] } else { causes };
    let even: Vec<(u64, u64)> = names.iter().map(|name| (*name, 1)).collect();
    names.iter().copied().zip(split(whole, &even)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::time::Span;

    const MINUTE: u64 = Span::MINUTE.0;

    #[test]
    fn the_largest_remainder_wins_and_ties_go_by_name() {
        assert_eq!(split(5_000_000_000, &[(1, 1), (2, 2)]), [1_666_666_667, 3_333_333_333]);
        assert_eq!(split(1, &[(9, 1), (4, 1)]), [0, 1]);
        assert_eq!(split(7, &[(1, 0), (2, 5)]), [0, 7]);
        assert_eq!(split(7, &[(2, 0), (1, 0)]), [3, 4]);
        assert_eq!(split(7, &[]), [0; 0]);
        assert_eq!(split(u64::MAX, &[(1, u64::MAX), (2, u64::MAX)]), [u64::MAX / 2 + 1, u64::MAX / 2]);
    }

    #[test]
    fn what_a_cause_moves_is_its_offset_times_its_time() {
        let mut deviation = Deviation::default();
        deviation.shift(SimTime(0), 31.5, &[1]);
        deviation.shift(SimTime(10 * MINUTE), -3.5, &[2]);
        let moved = deviation.moved(SimTime(20 * MINUTE));
        // 31.5 µg/min for 20 min against 3.5 µg/min for 10 min: 18 to 1, to the rounding of a picogram per second.
        let ratio = moved[0].1 as f64 / moved[1].1 as f64;
        assert!((ratio - 18.0).abs() < 1e-3, "{moved:?}");
        deviation.rejoin(SimTime(20 * MINUTE));
        assert_eq!(deviation.moved(SimTime(50 * MINUTE)), moved);
        deviation.clear();
        assert!(deviation.moved(SimTime(51 * MINUTE)).is_empty());
    }

    #[test]
    fn a_late_dose_counts_both_its_absence_and_its_coming() {
        let mut deviation = Deviation::default();
        deviation.dose(SimTime(0), 20.0, &[3, 8]);
        deviation.dose(SimTime(MINUTE), 20.0, &[3]);
        let moved = deviation.moved(SimTime(MINUTE));
        assert_eq!(moved[0].1, 3 * moved[1].1);
    }
}
