//! The numbers that a run rests on, each with its range, unit, source and confidence.
//!
//! They live in `data/parameters.csv` and `data/fleets/*.csv`, embedded in the program. A row of a fleet's
//! file is addressed by the file's name, its class and its item: `hospital.infusion-pump.order.size`.

mod read_log;
mod setting;
mod unit;

pub use read_log::{Group, ReadLog, Tally};
pub use setting::{End, Setting, SettingError};

use serde::{Deserialize, Serialize};
use sim::law::Law;
use sim::math::{ln, normal_quantile};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const SHIPPED: &[(&str, &str)] = &[
    ("", include_str!("../data/parameters.csv")),
    ("hospital.", include_str!("../data/fleets/hospital.csv")),
];

/// How far a number may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Confidence {
    /// Seen in an abstract, a primary document or several agreeing pages.
    #[serde(rename = "high")]
    High,
    /// Seen on one secondary page.
    #[serde(rename = "medium")]
    Medium,
    /// A vendor's claim, an anecdote, or a damaged copy.
    #[serde(rename = "low")]
    Low,
    /// Recalled, not looked up.
    #[serde(rename = "from memory")]
    FromMemory,
    /// Computed from other rows.
    #[serde(rename = "derived")]
    Derived,
    /// Chosen, because no source was found.
    #[serde(rename = "assumption")]
    Assumption,
}

impl Confidence {
    /// The least trusted of several; none of none. A computed number is as good as what one page says of it.
    pub fn weakest(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        let doubt = |one: &Self| match one {
            Self::High => 0,
            Self::Medium | Self::Derived => 1,
            Self::Low => 2,
            Self::FromMemory => 3,
            Self::Assumption => 4,
        };
        all.into_iter().max_by_key(doubt)
    }
}

/// The law that a row names. Fleet rows name none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// One number; its range is what a sweep should try.
    #[default]
    Fixed,
    /// Computed; as `Fixed`.
    Derived,
    /// The probability of a yes; as `Fixed`.
    Bernoulli,
    /// The probability of one of several outcomes; as `Fixed`.
    Categorical,
    /// The mean number of events; as `Fixed`.
    Poisson,
    /// A probability of which we are unsure; as `Fixed`: within a run a probability does not vary.
    Beta,
    /// A point of a measured distribution; as `Fixed`.
    #[serde(rename = "empirical cdf")]
    EmpiricalCdf,
    /// A point of an elicited distribution; as `Fixed`.
    #[serde(rename = "cdf point")]
    CdfPoint,
    /// Lognormal.
    Lognormal,
    /// Uniform between low and high.
    Uniform,
    /// Uniform in the logarithm.
    LogUniform,
    /// Triangular over low, value, high.
    Triangular,
    /// One of a Weibull law's two numbers.
    Weibull,
}

/// A number or, for the few rows that describe, a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// In the row's own unit.
    Number(f64),
    /// As printed.
    Text(String),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub key: String,
    /// What it is a number about.
    pub group: Group,
    /// The value in `unit`.
    pub value: Value,
    /// The lower end of what is plausible, in `unit`.
    pub low: Option<f64>,
    /// The upper end of what is plausible, in `unit`.
    pub high: Option<f64>,
    /// The unit as the source states it.
    pub unit: String,
    /// The law, where one is named.
    pub distribution: Distribution,
    /// What is measured, or how it was derived.
    pub meaning: String,
    /// Where it comes from.
    pub source: String,
    /// The year it speaks of.
    pub year: Option<u16>,
    /// How far to trust it.
    pub confidence: Confidence,
}

/// No row has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no parameter is called `{key}`{}", nearest.as_ref().map_or(String::new(), |name| format!("; did you mean `{name}`?")))]
pub struct UnknownParameter {
    /// The name asked for.
    pub key: String,
    /// The most similar name there is.
    pub nearest: Option<String>,
}

/// A row that cannot be used as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A text where a number is needed.
    #[error("parameter `{key}` is a text, not a number")]
    NotANumber {
        /// The row.
        key: String,
    },
    /// A law without the range that would give it its width.
    #[error("parameter `{key}` names a law but not the range that gives it its width")]
    NoRange {
        /// The row.
        key: String,
    },
    /// A law that one row cannot state or that the engine does not draw.
    #[error("parameter `{key}` is {what}, which is not drawn from one row")]
    NoLaw {
        /// The row.
        key: String,
        /// What it is.
        what: &'static str,
    },
}

/// The data files do not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// A row is not what its header promises.
    #[error("parameter file `{file}`: {reason}")]
    Malformed {
        /// The prefix of the file's keys; empty for the common file.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// Two rows have one name.
    #[error("parameter `{key}` stands twice")]
    Duplicate {
        /// The name.
        key: String,
    },
    /// A row lacks what every number must have.
    #[error("parameter `{key}` has no {what}")]
    Incomplete {
        /// The row.
        key: String,
        /// Its empty column.
        what: &'static str,
    },
}

impl Parameter {
    /// The value in the row's own unit.
    ///
    /// # Errors
    /// When the row is a text.
    pub fn number(&self) -> Result<f64, ParameterError> {
        match self.value {
            Value::Number(value) => Ok(value),
            Value::Text(_) => Err(ParameterError::NotANumber { key: self.key.clone() }),
        }
    }

    /// The value in SI units (seconds, per second, bytes, bits per second, hertz, plain numbers).
    ///
    /// # Errors
    /// When the row is a text.
    pub fn si(&self) -> Result<f64, ParameterError> {
        Ok(self.number()? * unit::size(&self.unit))
    }

    /// Low and high in SI units, where the row has both.
    pub fn range_si(&self) -> Option<(f64, f64)> {
        let size = unit::size(&self.unit);
        Some((self.low? * size, self.high? * size))
    }

    /// The row's law in SI units.
    ///
    /// A row that names no law, or states a probability or a mean, is `Fixed` at its value: its range is our
    /// uncertainty, for a sweep, and not what varies within a run. A lognormal row is read as
    /// [`lognormal`](Self::lognormal) says.
    ///
    /// # Errors
    /// When the row is a text, or its law lacks what gives it its width.
    pub fn law(&self) -> Result<Law, ParameterError> {
        use Distribution as D;
        let ends = || self.range_si().ok_or_else(|| ParameterError::NoRange { key: self.key.clone() });
        let none = |what| ParameterError::NoLaw { key: self.key.clone(), what };
        match self.distribution {
            D::Fixed | D::Derived | D::Bernoulli | D::Categorical | D::Poisson | D::Beta => {
                self.si().map(Law::Fixed)
            }
            D::EmpiricalCdf | D::CdfPoint => self.si().map(Law::Fixed),
            D::Lognormal => self.lognormal(),
            D::Uniform => ends().map(|(low, high)| Law::Uniform { low, high }),
            D::Triangular => {
                let mode = self.si()?;
                ends().map(|(low, high)| Law::Triangular { low, mode, high })
            }
            D::LogUniform => Err(none("uniform in the logarithm")),
            D::Weibull => Err(none("one number of a Weibull law")),
        }
    }

    /// The row as a lognormal law in SI units: its value is the median, its low and high are the 5th and the
    /// 95th percentile. Where the two lie unevenly about the median, the law keeps the median and the ratio of
    /// high to low; where low is zero or missing, the width comes from high alone, and likewise for high.
    ///
    /// # Errors
    /// When the row is a text or not positive, has neither end, or states a parameter of a law by itself.
    pub fn lognormal(&self) -> Result<Law, ParameterError> {
        if self.unit == "-" || self.unit.starts_with("ln(") {
            return Err(ParameterError::NoLaw {
                key: self.key.clone(),
                what: "one number of a lognormal law",
            });
        }
        let no_range = || ParameterError::NoRange { key: self.key.clone() };
        let value = self.number()?;
        let z = normal_quantile(0.95);
        let sigma = match (self.low.filter(|&low| low > 0.0), self.high) {
            (Some(low), Some(high)) => ln(high / low) / (2.0 * z),
            (None, Some(high)) => ln(high / value) / z,
            (Some(low), None) => ln(value / low) / z,
            (None, None) => return Err(no_range()),
        };
        if !(value > 0.0 && sigma.is_finite() && sigma >= 0.0) {
            return Err(no_range());
        }
        Ok(Law::Lognormal { median: value * unit::size(&self.unit), sigma, min: 0.0 })
    }
}

/// All rows, by name.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    rows: BTreeMap<String, Parameter>,
}

#[derive(Deserialize)]
struct Line {
    key: Option<String>,
    class: Option<String>,
    item: Option<String>,
    group: Group,
    value: String,
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
    distribution: Option<Distribution>,
    meaning: Option<String>,
    note: Option<String>,
    source: String,
    year: Option<u16>,
    confidence: Confidence,
}

impl Line {
    fn into_parameter(self, prefix: &str) -> Parameter {
        let name = |part: Option<String>| part.unwrap_or_default();
        let key = match self.key {
            Some(key) => format!("{prefix}{key}"),
            None => format!("{prefix}{}.{}", name(self.class), name(self.item)),
        };
        Parameter {
            key,
            group: self.group,
            value: self.value.parse().map_or(Value::Text(self.value), Value::Number),
            low: self.low,
            high: self.high,
            unit: self.unit,
            distribution: self.distribution.unwrap_or_default(),
            meaning: self.meaning.or(self.note).unwrap_or_default(),
            source: self.source,
            year: self.year,
            confidence: self.confidence,
        }
    }
}

impl Parameters {
    /// The rows that the program carries.
    ///
    /// # Errors
    /// When an embedded file is broken, which a test rules out for the files as they stand.
    pub fn shipped() -> Result<&'static Self, ParametersError> {
        static ALL: LazyLock<Result<Parameters, ParametersError>> = LazyLock::new(|| {
            let mut all = Parameters::default();
            SHIPPED.iter().try_for_each(|(prefix, text)| all.add(prefix, text))?;
            Ok(all)
        });
        ALL.as_ref().map_err(Clone::clone)
    }

    /// Adds the rows of a file; `prefix` goes before each key.
    ///
    /// # Errors
    /// When a row does not read, has no unit or source, or repeats a name.
    pub fn add(&mut self, prefix: &str, text: &str) -> Result<(), ParametersError> {
        for line in csv::Reader::from_reader(text.as_bytes()).deserialize::<Line>() {
            let row = line
                .map_err(|e| ParametersError::Malformed { file: prefix.to_owned(), reason: e.to_string() })?
                .into_parameter(prefix);
            for (what, text) in [("unit", &row.unit), ("source", &row.source)] {
                if text.trim().is_empty() {
                    return Err(ParametersError::Incomplete { key: row.key, what });
                }
            }
            if let Some(before) = self.rows.insert(row.key.clone(), row) {
                return Err(ParametersError::Duplicate { key: before.key });
            }
        }
        Ok(())
    }

    /// The row of this name.
    ///
    /// # Errors
    /// When there is none; a missing number is never guessed.
    pub fn get(&self, key: &str) -> Result<&Parameter, UnknownParameter> {
        self.rows.get(key).ok_or_else(|| UnknownParameter {
            key: key.to_owned(),
            nearest: crate::quantity::nearest(key, self.rows.keys().map(String::as_str)).map(str::to_owned),
        })
    }

    /// All rows by name.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.rows.values()
    }
}

#[cfg(test)]
mod tests;
