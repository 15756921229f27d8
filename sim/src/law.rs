//! Random quantities: a law is named, has its unit at the border, and is drawn by its quantile, so that one
//! unit draw gives one value and two strategies meet the same one.

use crate::math::{exp, ln, ln_1p, normal_quantile, pow, sqrt};
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The law of a random quantity in SI units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Law {
    /// Always this value.
    Fixed(f64),
    /// Memoryless, with this mean.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// Normal in the logarithm.
    Lognormal {
        /// The median, `exp(mu)`.
        median: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
        /// No draw is smaller; the law is cut off there, not renormalised.
        min: f64,
    },
    /// Any value between two ends alike.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// A triangle over [low, high] with its top at `mode`.
    Triangular {
        /// Lower end.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Upper end.
        high: f64,
    },
    /// Weibull: survival exp(-(x/scale)^shape).
    Weibull {
        /// Scale.
        scale: f64,
        /// Shape; below one the hazard falls with age.
        shape: f64,
    },
}

impl Law {
    /// The lognormal law with this median and 99th percentile.
    pub fn lognormal(median: f64, p99: f64, min: f64) -> Self {
        Self::Lognormal { median, sigma: ln(p99 / median) / normal_quantile(0.99), min }
    }

    /// The value below which a share `u` in (0, 1) of all draws falls.
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Fixed(value) => value,
            Self::Exponential { mean } => -mean * ln_1p(-u),
            Self::Lognormal { median, sigma, min } => (median * exp(sigma * normal_quantile(u))).max(min),
            Self::Uniform { low, high } => low + u * (high - low),
            Self::Triangular { low, mode, high } => {
                let (span, cut) = (high - low, (mode - low) / (high - low));
                if span <= 0.0 {
                    low
                } else if u < cut {
                    low + sqrt(u * span * (mode - low))
                } else {
                    high - sqrt((1.0 - u) * span * (high - mode))
                }
            }
            Self::Weibull { scale, shape } => scale * pow(-ln_1p(-u), 1.0 / shape),
        }
    }

    /// The quantile of a law in seconds, as a time span.
    pub fn span(&self, u: f64) -> Span {
        Span::from_seconds(self.quantile(u))
    }

    /// The mean (of the lognormal: of the law before it is cut off at `min`).
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Fixed(value) => value,
            Self::Exponential { mean } => mean,
            Self::Lognormal { median, sigma, .. } => median * exp(sigma * sigma / 2.0),
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms: medians and percentiles by which the laws are stated, and their means by quadrature.
    #[test]
    fn a_law_has_the_percentiles_it_is_stated_by() {
        let latency = Law::lognormal(0.004, 0.030, 0.0005);
        assert!((latency.quantile(0.5) - 0.004).abs() < 1e-12);
        assert!((latency.quantile(0.99) - 0.030).abs() < 1e-12);
        assert_eq!(latency.quantile(1e-12), 0.0005);
        assert!((Law::Weibull { scale: 158.6, shape: 0.647 }.quantile(0.5) - 90.0).abs() < 0.1);
    }

    #[test]
    fn means_agree_with_the_average_of_the_quantiles() {
        for law in [
            Law::Exponential { mean: 3.0 },
            Law::Lognormal { median: 2.0, sigma: 0.5, min: 0.0 },
            Law::Uniform { low: 1.0, high: 4.0 },
            Law::Triangular { low: 1.0, mode: 2.0, high: 6.0 },
            Law::Weibull { scale: 2.0, shape: 1.5 },
        ] {
            let n = 200_000;
            let average =
                (0..n).map(|i| law.quantile((f64::from(i) + 0.5) / f64::from(n))).sum::<f64>() / f64::from(n);
            assert!((average - law.mean()).abs() < 1e-3 * law.mean(), "{law:?}: {average}");
        }
    }
}
