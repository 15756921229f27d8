//! How long a signature takes when the algorithm tries until it succeeds.

use sim::math::{ln, ln_1p};
use sim::time::Span;

/// Expected attempts of ML-DSA. From memory, unverified: FIPS 204, expected repetitions.
const ATTEMPTS: &[(&str, f64)] = &[("ML-DSA-44", 4.25), ("ML-DSA-65", 5.1), ("ML-DSA-87", 3.85)];

/// The time of a signature: `once + each × attempts`, attempts geometric; most schemes take one attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signing {
    /// The part that is done once [s].
    once: f64,
    /// What an attempt takes [s].
    each: f64,
    /// Mean number of attempts; one for a scheme that never fails.
    attempts: f64,
}

impl Signing {
    /// The law with this mean [s], whose shortest time is `least_share` of the mean.
    pub(super) fn new(scheme: &str, mean: f64, least_share: Option<f64>) -> Self {
        let attempts = ATTEMPTS.iter().find(|known| known.0 == scheme).map(|known| known.1);
        match attempts.zip(least_share) {
            Some((attempts, share)) => {
                let each = mean * (1.0 - share) / (attempts - 1.0);
                Self { once: mean * share - each, each, attempts }
            }
            None => Self { once: mean, each: 0.0, attempts: 1.0 },
        }
    }

    /// The time below which a share `u` in [0, 1) of all signatures stays.
    pub fn sign_time(&self, u: f64) -> Span {
        let tries = if self.attempts > 1.0 {
            (ln_1p(-u.clamp(0.0, 1.0 - f64::EPSILON)) / ln(1.0 - 1.0 / self.attempts)).ceil().max(1.0)
        } else {
            1.0
        };
        Span::from_seconds(self.once + self.each * tries)
    }

    /// The time of one more attempt, and the share of attempts that fail; none for a scheme that never fails.
    pub fn again(&self) -> Option<(Span, f64)> {
        (self.attempts > 1.0).then(|| (Span::from_seconds(self.each), 1.0 - 1.0 / self.attempts))
    }

    /// The mean time.
    pub fn mean(&self) -> Span {
        Span::from_seconds(self.once + self.each * self.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed form: a geometric law of mean m succeeds at once with probability 1/m.
    #[test]
    fn the_shortest_time_is_the_least_share_and_comes_once_in_the_mean_number_of_attempts() {
        let signing = Signing::new("ML-DSA-44", 1.0, Some(0.4));
        assert_eq!(signing.sign_time(0.0), Span::from_seconds(0.4));
        assert_eq!(signing.sign_time(1.0 / 4.25 - 1e-9), Span::from_seconds(0.4));
        assert!(signing.sign_time(1.0 / 4.25 + 1e-9) > Span::from_seconds(0.4));
        assert!(signing.sign_time(1.0) < Span::from_seconds(60.0));
    }

    #[test]
    fn the_mean_of_the_draws_is_the_mean_of_the_row() {
        let signing = Signing::new("ML-DSA-65", 2.0, Some(0.4125));
        let n = 100_000;
        let sum: f64 = (0..n).map(|i| signing.sign_time((f64::from(i) + 0.5) / f64::from(n)).seconds()).sum();
        assert!((sum / f64::from(n) - 2.0).abs() < 1e-3, "{}", sum / f64::from(n));
        assert_eq!(signing.mean(), Span::from_seconds(2.0));
        assert_eq!(Signing::new("Ed25519", 2.0, None).sign_time(0.999), Span::from_seconds(2.0));
    }
}
