//! Random quantities at the border: a named law whose numbers carry units.

use super::{Dimension, QuantityError, parse};
use serde::Deserialize;
use sim::law::Law;
use sim::math::{ln, normal_quantile};

/// A law as it is written: `{ law = "lognormal", median = "4 ms", p99 = "30 ms", min = "0.5 ms" }`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LawText {
    /// Always the same.
    Fixed {
        /// The value.
        value: String,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean: String,
    },
    /// Normal in the logarithm; its width is stated by one of two percentiles.
    Lognormal {
        /// Half of all draws are smaller.
        median: String,
        /// 95 of 100 draws are smaller.
        p95: Option<String>,
        /// 99 of 100 draws are smaller.
        p99: Option<String>,
        /// No draw is smaller; zero when left out.
        min: Option<String>,
    },
    /// Every value between two ends alike.
    Uniform {
        /// Lower end.
        low: String,
        /// Upper end.
        high: String,
    },
    /// A triangle.
    Triangular {
        /// Lower end.
        low: String,
        /// The most likely value.
        mode: String,
        /// Upper end.
        high: String,
    },
    /// Weibull.
    Weibull {
        /// The value below which 63 % of all draws fall.
        scale: String,
        /// Below one, the hazard falls with age.
        shape: f64,
    },
}

/// A law whose numbers do not make one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LawError {
    /// One of its numbers is no quantity.
    #[error("`{field}`: {source}")]
    Quantity {
        /// Which.
        field: &'static str,
        /// Why.
        #[source]
        source: QuantityError,
    },
    /// The width of a lognormal is missing or stated twice.
    #[error("a lognormal law takes `median` and one of `p95` and `p99`")]
    Width,
    /// Numbers that must rise do not.
    #[error("`{lower}` must be below `{upper}`")]
    Order {
        /// The number that is too large.
        lower: &'static str,
        /// The number that it exceeds.
        upper: &'static str,
    },
    /// A number that must be positive is not.
    #[error("`{field}` must be more than zero")]
    NotPositive {
        /// Which.
        field: &'static str,
    },
}

impl LawText {
    /// The law in SI units.
    ///
    /// # Errors
    /// When a number is no quantity of this dimension, is missing, or the numbers are out of order.
    pub fn resolve(&self, dimension: Dimension) -> Result<Law, LawError> {
        let read =
            |field, text: &str| parse(text, dimension).map_err(|source| LawError::Quantity { field, source });
        let positive = |field, value: f64| {
            if value > 0.0 && value.is_finite() { Ok(value) } else { Err(LawError::NotPositive { field }) }
        };
        let rising = |(lower, a): (_, f64), (upper, b): (_, f64)| {
            if a <= b { Ok(()) } else { Err(LawError::Order { lower, upper }) }
        };
        match self {
            Self::Fixed { value } => Ok(Law::Fixed(read("value", value)?)),
            Self::Exponential { mean } => {
                Ok(Law::Exponential { mean: positive("mean", read("mean", mean)?)? })
            }
            Self::Lognormal { median, p95, p99, min } => {
                let centre = positive("median", read("median", median)?)?;
                let (field, text, share) = match (p95, p99) {
                    (Some(text), None) => ("p95", text, 0.95),
                    (None, Some(text)) => ("p99", text, 0.99),
                    _ => return Err(LawError::Width),
                };
                let upper = read(field, text)?;
                rising(("median", centre), (field, upper))?;
                let min = min.as_deref().map_or(Ok(0.0), |text| read("min", text))?;
                rising(("min", min), ("median", centre))?;
                let sigma = ln(upper / centre) / normal_quantile(share);
                Ok(Law::Lognormal { median: centre, sigma, min })
            }
            Self::Uniform { low, high } => {
                let (low, high) = (read("low", low)?, read("high", high)?);
                rising(("low", low), ("high", high))?;
                Ok(Law::Uniform { low, high })
            }
            Self::Triangular { low, mode, high } => {
                let (low, mode, high) = (read("low", low)?, read("mode", mode)?, read("high", high)?);
                rising(("low", low), ("mode", mode))?;
                rising(("mode", mode), ("high", high))?;
                Ok(Law::Triangular { low, mode, high })
            }
            Self::Weibull { scale, shape } => {
                let scale = positive("scale", read("scale", scale)?)?;
                Ok(Law::Weibull { scale, shape: positive("shape", *shape)? })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(text: &str) -> Result<Law, LawError> {
        #[derive(Deserialize)]
        struct File {
            x: LawText,
        }
        toml::from_str::<File>(&format!("x = {{ {text} }}")).unwrap().x.resolve(Dimension::Time)
    }

    /// The percentiles are those that were written.
    #[test]
    fn a_lognormal_has_the_percentiles_it_is_written_by() {
        let by_95 = law(r#"law = "lognormal", median = "1 min", p95 = "2 min""#).unwrap();
        assert!((by_95.quantile(0.5) - 60.0).abs() < 1e-9 && (by_95.quantile(0.95) - 120.0).abs() < 1e-9);
        let by_99 = law(r#"law = "lognormal", median = "4 ms", p99 = "30 ms", min = "0.5 ms""#).unwrap();
        assert_eq!(by_99, Law::lognormal(0.004, 0.030, 0.0005));
    }

    #[test]
    fn a_law_that_makes_no_sense_says_which_number() {
        assert_eq!(law(r#"law = "lognormal", median = "1 s""#), Err(LawError::Width));
        assert_eq!(law(r#"law = "exponential", mean = "0 s""#), Err(LawError::NotPositive { field: "mean" }));
        assert_eq!(
            law(r#"law = "uniform", low = "2 s", high = "1 s""#),
            Err(LawError::Order { lower: "low", upper: "high" })
        );
        assert_eq!(
            law(r#"law = "fixed", value = "3""#).unwrap_err().to_string(),
            r#"`value`: `3` needs a unit; write "3 s" or "3 h""#
        );
        assert!(law(r#"law = "weibull", scale = "1 day", shape = nan"#).is_err());
    }
}
