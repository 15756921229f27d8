//! How much is left of something that is under way when the run begins.
//!
//! Who looks at a random instant meets long outages more often than short ones, each in proportion to its length, and
//! anywhere in it alike: the length-biased law, times an even share.

use sim::law::Law;
use sim::math::{exp, normal_quantile};

/// Quantiles by which a law without a closed form is weighed.
const CELLS: u32 = 2048;

/// The value below which a share `u` of the lengths lies that somebody meets at a random instant.
fn met(law: &Law, u: f64) -> f64 {
    match *law {
        Law::Fixed(value) => value,
        Law::Lognormal { median, sigma, min } => {
            (median * exp(sigma * sigma + sigma * normal_quantile(u))).max(min)
        }
        Law::Uniform { low, high } => sim::math::sqrt(low * low + u * (high * high - low * low)),
        Law::Exponential { .. } | Law::Triangular { .. } | Law::Weibull { .. } => {
            let length = |cell: u32| law.quantile((f64::from(cell) + 0.5) / f64::from(CELLS));
            let whole: f64 = (0..CELLS).map(length).sum();
            let mut below = 0.0;
            let cell = (0..CELLS).find(|&cell| {
                below += length(cell);
                below >= u * whole
            });
            length(cell.unwrap_or(CELLS - 1))
        }
    }
}

/// What is left, by two draws: which length is met, and where in it.
pub(crate) fn residual(law: &Law, length: f64, place: f64) -> f64 {
    met(law, length) * place
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of what is left is E[L^2] / (2 E[L]): closed forms of the moments.
    #[test]
    fn what_is_left_has_the_mean_of_renewal_theory() {
        let s2 = 0.8_f64 * 0.8;
        for (law, expected) in [
            (Law::Fixed(3.0), 1.5),
            (Law::Exponential { mean: 3.0 }, 3.0),
            (Law::Uniform { low: 1.0, high: 4.0 }, (64.0 - 1.0) / 9.0 / 5.0),
            (Law::Lognormal { median: 2.0, sigma: 0.8, min: 0.0 }, sim::math::exp(1.5 * s2)),
            // E[L] = 7/3 and E[L^2] = (1 + 4 + 16 + 2 + 4 + 8) / 6 for low 1, mode 2, high 4.
            (Law::Triangular { low: 1.0, mode: 2.0, high: 4.0 }, 35.0 / 6.0 / (2.0 * 7.0 / 3.0)),
        ] {
            let n = 400;
            let middle = |i: u32| (f64::from(i) + 0.5) / f64::from(n);
            let mean = (0..n).map(|i| residual(&law, middle(i), 0.5)).sum::<f64>() / f64::from(n);
            assert!((mean / expected - 1.0).abs() < 0.01, "{law:?}: {mean} for {expected}");
        }
    }
}
