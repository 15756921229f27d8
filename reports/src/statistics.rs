//! How sure we may be: intervals over replications, paired differences, ranks, the Pareto set.
//!
//! Replication `i` of every strategy has the same luck, so strategies are compared run by run: the interval is
//! that of the mean of the differences, which is tighter than the difference of two means.

use crate::error::ReportError;
use crate::metrics::Better;
use serde::{Deserialize, Serialize};
use sim::math;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over replications and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Lower end; absent with a single replication, which says nothing about its spread.
    pub low: Option<f64>,
    /// Upper end; absent with a single replication.
    pub high: Option<f64>,
}

impl Interval {
    /// Half the interval's width; absent with a single replication.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.high? - self.low?) / 2.0)
    }

    /// The same in another unit.
    pub fn scaled(&self, factor: f64) -> Self {
        let (a, b) = (self.low.map(|x| x * factor), self.high.map(|x| x * factor));
        let (low, high) = if factor < 0.0 { (b, a) } else { (a, b) };
        Self { mean: self.mean * factor, low, high }
    }

    /// The same, cut at what is possible: a mean ± t interval knows no bounds, and with few runs it passes them.
    pub fn within(self, [floor, ceiling]: [f64; 2]) -> Self {
        let cut = |end: f64| end.max(floor).min(ceiling);
        Self { low: self.low.map(cut), high: self.high.map(cut), ..self }
    }
}

/// The two-sided Student-t quantile: how many standard errors an interval reaches to each side.
///
/// # Errors
/// When `confidence` does not lie between 0 and 1.
pub fn t_quantile(replications: usize, confidence: f64) -> Result<f64, ReportError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(ReportError::Confidence(confidence));
    }
    let freedom = replications.saturating_sub(1).max(1) as f64;
    let law = StudentsT::new(0.0, 1.0, freedom).map_err(|_| ReportError::Confidence(confidence))?;
    Ok(law.inverse_cdf(0.5 + confidence / 2.0))
}

/// The mean of `values` with its Student-t interval.
///
/// # Errors
/// When there is no value, one is not finite, or `confidence` is no confidence. `what` names the culprit.
pub fn mean_interval(what: &str, values: &[f64], confidence: f64) -> Result<Interval, ReportError> {
    let reach = t_quantile(values.len(), confidence)?;
    if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
        return Err(ReportError::NotFinite { what: what.to_owned(), value });
    }
    let Some(&first) = values.first() else { return Err(ReportError::Nothing { what: what.to_owned() }) };
    if values.iter().all(|value| *value == first) {
        let end = (values.len() > 1).then_some(first);
        return Ok(Interval { mean: first, low: end, high: end });
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = reach * math::sqrt(squares / (n - 1.0) / n);
    Ok(Interval { mean, low: Some(mean - half), high: Some(mean + half) })
}

/// Run by run, `strategy` less `baseline`.
///
/// # Errors
/// When the two do not have the same number of replications; the names say which.
pub fn differences(
    [strategy, baseline]: [&str; 2],
    values: &[f64],
    base: &[f64],
) -> Result<Vec<f64>, ReportError> {
    if values.len() != base.len() {
        let (strategy, baseline) = (strategy.to_owned(), baseline.to_owned());
        return Err(ReportError::Unpaired { strategy, baseline, expected: base.len(), got: values.len() });
    }
    Ok(values.iter().zip(base).map(|(value, base)| value - base).collect())
}

/// Whether paired differences show an improvement: `None` when their interval holds zero or there is none.
///
/// When every run differs by the very same amount there is no spread to make an interval from; then the sign test
/// decides, which needs `n` runs with `2^(1-n)` at most the error allowed (6 runs for 95 %).
pub fn verdict(differences: &[f64], interval: &Interval, better: Better, confidence: f64) -> Option<bool> {
    let (low, high) = (interval.low?, interval.high?);
    if low <= 0.0 && high >= 0.0 {
        return None;
    }
    let constant = low == high;
    if constant && math::pow(2.0, 1.0 - differences.len() as f64) > 1.0 - confidence {
        return None;
    }
    Some((interval.mean > 0.0) == (better == Better::Higher))
}

/// In how many runs a strategy was the best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// The strategy.
    pub strategy: String,
    /// Runs in which it alone was best.
    pub best: u32,
    /// Runs in which it was best together with others.
    pub tied: u32,
    /// `places[k]`: runs in which exactly `k` strategies were better.
    pub places: Vec<u32>,
}

/// The ranks of strategies over paired runs; `values[s][r]` is strategy `s` in run `r`.
pub fn ranks(names: &[&str], values: &[&[f64]], better: Better) -> Vec<Rank> {
    let runs = values.iter().map(|runs| runs.len()).min().unwrap_or(0);
    let ahead = |a: f64, b: f64| if better == Better::Higher { a > b } else { a < b };
    let blank =
        |name: &&str| Rank { strategy: (*name).to_owned(), best: 0, tied: 0, places: vec![0; values.len()] };
    let mut ranks: Vec<Rank> = names.iter().map(blank).collect();
    for run in 0..runs {
        let column: Vec<f64> = values.iter().filter_map(|runs| runs.get(run).copied()).collect();
        let leaders = |mine: f64| column.iter().filter(|other| ahead(**other, mine)).count();
        let on_top = column.iter().filter(|mine| leaders(**mine) == 0).count();
        for (rank, &mine) in ranks.iter_mut().zip(&column) {
            let place = leaders(mine);
            if let Some(count) = rank.places.get_mut(place) {
                *count += 1;
            }
            match (place, on_top) {
                (0, 1) => rank.best += 1,
                (0, _) => rank.tied += 1,
                _ => {}
            }
        }
    }
    ranks
}

/// Which points no other point beats: at least as good in both coordinates and better in one. In given order.
pub fn pareto(points: &[(f64, f64)], better: (Better, Better)) -> Vec<usize> {
    let sign = |way: Better| if way == Better::Higher { 1.0 } else { -1.0 };
    let (sx, sy) = (sign(better.0), sign(better.1));
    let beats = |a: &(f64, f64), b: &(f64, f64)| {
        let (dx, dy) = (sx * (a.0 - b.0), sy * (a.1 - b.1));
        dx >= 0.0 && dy >= 0.0 && (dx > 0.0 || dy > 0.0)
    };
    (0..points.len()).filter(|&i| !points.iter().any(|other| beats(other, &points[i]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} against {b}");
    }

    /// Expected values: scipy 1.17.1, `stats.t.ppf`; the first three digits stand in every printed table.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (runs, t95, t99) in [
            (2, 12.706204736174694, 63.656741162871526),
            (3, 4.302652729749462, 9.924843200918287),
            (5, 2.7764451051977934, 4.604094871349992),
            (10, 2.262157162798205, 3.249835541592126),
            (20, 2.0930240544083087, 2.8609346064649794),
            (100, 1.9842169515864174, 2.626405457280827),
            (1001, 1.9623390808264083, 2.580754698065951),
        ] {
            close(t_quantile(runs, 0.95).unwrap(), t95, 1e-8 * t95);
            close(t_quantile(runs, 0.99).unwrap(), t99, 1e-8 * t99);
        }
    }

    /// W. S. Gosset's sleep data (Student, "The probable error of a mean", Biometrika 6, 1908): additional hours of
    /// sleep under two drugs. Interval by scipy 1.17.1 `stats.ttest_rel`.
    #[test]
    fn students_own_paired_example() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let paired = differences(["second", "first"], &second, &first).unwrap();
        let interval = mean_interval("sleep", &paired, 0.95).unwrap();
        close(interval.mean, 1.58, 1e-12);
        close(interval.low.unwrap(), 0.7001142367230175, 1e-9);
        close(interval.high.unwrap(), 2.459885763276983, 1e-9);
        assert_eq!(verdict(&paired, &interval, Better::Higher, 0.95), Some(true));
        assert_eq!(verdict(&paired, &interval, Better::Lower, 0.95), Some(false));
    }

    /// Expected values: scipy 1.17.1 `stats.ttest_1samp` and `stats.ttest_rel`.
    #[test]
    fn intervals_agree_with_scipy() {
        let a = [97.1, 96.4, 98.0, 95.2, 97.7];
        let b = [95.0, 94.9, 95.1, 94.2, 96.0];
        let mean = mean_interval("a", &a, 0.95).unwrap();
        close(mean.low.unwrap(), 95.48789585090222, 1e-8);
        close(mean.high.unwrap(), 98.27210414909777, 1e-8);
        let paired = mean_interval("b-a", &differences(["b", "a"], &b, &a).unwrap(), 0.99).unwrap();
        close(paired.low.unwrap(), -3.3075439556531743, 1e-8);
        close(paired.high.unwrap(), -0.37245604434682655, 1e-8);
    }

    /// By construction 95 % of intervals hold the true mean; over 20,000 experiments the standard error of the
    /// share is 0.15 %, so 0.5 % is over three of them.
    #[test]
    fn ninety_five_percent_intervals_hold_the_truth_ninety_five_times_in_a_hundred() {
        let mut state = 42_u64;
        let mut normal = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let mixed = (state ^ (state >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            math::normal_quantile(((mixed ^ (mixed >> 29)) >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17)
        };
        for runs in [5, 20] {
            let mut held = 0;
            for _ in 0..20_000 {
                let values: Vec<f64> = (0..runs).map(|_| 3.0 + 2.0 * normal()).collect();
                let interval = mean_interval("x", &values, 0.95).unwrap();
                held += u32::from(interval.low.unwrap() <= 3.0 && interval.high.unwrap() >= 3.0);
            }
            let share = f64::from(held) / 20_000.0;
            assert!((0.945..=0.955).contains(&share), "{runs} runs: {share}");
        }
    }

    #[test]
    fn one_run_has_a_mean_and_no_interval() {
        let interval = mean_interval("x", &[4.2], 0.95).unwrap();
        assert_eq!(interval, Interval { mean: 4.2, low: None, high: None });
        assert_eq!(verdict(&[4.2], &interval, Better::Higher, 0.95), None);
    }

    #[test]
    fn an_interval_is_cut_where_it_is_impossible_and_nowhere_else() {
        let share = Interval { mean: 0.97, low: Some(0.88), high: Some(1.06) };
        assert_eq!(share.within([0.0, 1.0]), Interval { high: Some(1.0), ..share });
        let hours = Interval { mean: 3.0, low: Some(-6.0), high: Some(12.0) };
        assert_eq!(hours.within([0.0, f64::INFINITY]), Interval { low: Some(0.0), ..hours });
        let once = Interval { mean: 0.5, low: None, high: None };
        assert_eq!(once.within([0.0, 1.0]), once);
    }

    #[test]
    fn equal_differences_need_six_runs_before_they_show_anything() {
        for (runs, shown) in [(2, None), (5, None), (6, Some(true)), (20, Some(true))] {
            let differences = vec![0.1; runs];
            let interval = mean_interval("x", &differences, 0.95).unwrap();
            assert_eq!(interval.high, Some(0.1));
            assert_eq!(verdict(&differences, &interval, Better::Higher, 0.95), shown, "{runs}");
        }
        let none = mean_interval("x", &[0.0; 20], 0.95).unwrap();
        assert_eq!(verdict(&[0.0; 20], &none, Better::Higher, 0.95), None);
    }

    #[test]
    fn what_is_not_a_number_is_refused_by_name() {
        let refused = mean_interval("harm of none", &[1.0, f64::NAN], 0.95).unwrap_err();
        assert!(refused.to_string().contains("harm of none"), "{refused}");
        assert!(mean_interval("x", &[f64::INFINITY], 0.95).is_err());
        assert!(mean_interval("x", &[], 0.95).is_err());
        for wrong in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(t_quantile(5, wrong), Err(ReportError::Confidence(_))));
        }
        let unpaired = differences(["checklist", "none"], &[1.0], &[1.0, 2.0]).unwrap_err();
        assert!(unpaired.to_string().contains("checklist"), "{unpaired}");
    }

    #[test]
    fn ranks_count_each_run_once_and_tell_ties() {
        let ranks =
            ranks(&["a", "b", "c"], &[&[1.0, 5.0, 2.0], &[2.0, 5.0, 1.0], &[3.0, 6.0, 9.0]], Better::Lower);
        assert_eq!((ranks[0].best, ranks[0].tied, ranks[0].places.clone()), (1, 1, vec![2, 1, 0]));
        assert_eq!((ranks[1].best, ranks[1].tied, ranks[1].places.clone()), (1, 1, vec![2, 1, 0]));
        assert_eq!((ranks[2].best, ranks[2].tied, ranks[2].places.clone()), (0, 0, vec![0, 0, 3]));
    }

    #[test]
    fn the_pareto_set_is_what_nobody_beats() {
        let points = [(0.97, 3.1), (0.95, 2.6), (0.98, 0.9), (0.99, 1.5), (0.98, 0.9)];
        assert_eq!(pareto(&points, (Better::Higher, Better::Lower)), [2, 3, 4]);
        assert!(pareto(&[], (Better::Higher, Better::Lower)).is_empty());
    }

    proptest! {
        #[test]
        fn an_interval_moves_with_its_values(values in prop::collection::vec(-1e3..1e3_f64, 2..30), shift in -1e3..1e3_f64) {
            let here = mean_interval("x", &values, 0.95).unwrap();
            let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let there = mean_interval("x", &moved, 0.95).unwrap();
            prop_assert!((there.mean - here.mean - shift).abs() < 1e-9);
            prop_assert!((there.half_width().unwrap() - here.half_width().unwrap()).abs() < 1e-7);
        }

        #[test]
        fn somebody_is_always_unbeaten(points in prop::collection::vec((0..9_i32, 0..9_i32), 1..12)) {
            let points: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
            prop_assert!(!pareto(&points, (Better::Higher, Better::Lower)).is_empty());
        }
    }
}
