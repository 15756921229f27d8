//! A parameter set to an end of its range: what would be, were the number another one.

use super::{Distribution, Parameter, Parameters, UnknownParameter, Value};
use std::fmt;

/// An end of a parameter's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The lower one.
    Low,
    /// The upper one.
    High,
}

impl End {
    /// Both, the lower first.
    pub const ALL: [Self; 2] = [Self::Low, Self::High];
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::High => "high",
        })
    }
}

/// One parameter set to one end of its range, for a whole run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// The parameter.
    pub key: String,
    /// The end.
    pub end: End,
}

/// A parameter that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is none of this name.
    #[error(transparent)]
    Unknown(UnknownParameter),
    /// It describes in words.
    #[error("parameter `{key}` is a text and has no range")]
    Text {
        /// The row.
        key: String,
    },
    /// Its range does not end there.
    #[error("parameter `{key}` has no {end} end in the table")]
    NoEnd {
        /// The row.
        key: String,
        /// Which end.
        end: End,
    },
    /// Its law has nothing that could be stretched.
    #[error("the law of parameter `{key}` is zero and cannot be stretched")]
    Zero {
        /// The row.
        key: String,
    },
}

impl Setting {
    /// The row as this setting makes it; see [`Parameter::at`].
    ///
    /// # Errors
    /// When there is no such row, or it cannot be set to this end.
    pub fn row(&self, parameters: &Parameters) -> Result<Parameter, SettingError> {
        parameters.get(&self.key).map_err(SettingError::Unknown)?.at(self.end)
    }
}

impl Parameter {
    /// The row as it would be if its value were an end of its range.
    ///
    /// A number becomes that end. A law is stretched by as much as the value moves: the median of a lognormal law
    /// comes to stand at that end and the width of its logarithm stays; the ends of a uniform or a triangular law,
    /// whose value is their middle or top, are multiplied by the same factor. The range of such a row says both how
    /// far the quantity varies within a run and how unsure its middle is; nothing better is known of the latter.
    ///
    /// # Errors
    /// When the row is a text or its range has no such end, or it is a law with a value of zero.
    pub fn at(&self, end: End) -> Result<Self, SettingError> {
        let key = || self.key.clone();
        let Value::Number(value) = self.value else { return Err(SettingError::Text { key: key() }) };
        let to = match end {
            End::Low => self.low,
            End::High => self.high,
        };
        let Some(to) = to else { return Err(SettingError::NoEnd { key: key(), end }) };
        let mut moved = Self { value: Value::Number(to), ..self.clone() };
        let law = matches!(
            self.distribution,
            Distribution::Lognormal
                | Distribution::Uniform
                | Distribution::LogUniform
                | Distribution::Triangular
        );
        if law && to.to_bits() != value.to_bits() {
            let factor = to / value;
            if !factor.is_finite() {
                return Err(SettingError::Zero { key: key() });
            }
            moved.low = self.low.map(|low| low * factor);
            moved.high = self.high.map(|high| high * factor);
        }
        Ok(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::law::Law;

    fn row(text: &str) -> Parameter {
        let mut table = Parameters::default();
        let head = "key,group,value,low,high,unit,distribution,meaning,source,year,confidence\n";
        table.add("", &format!("{head}{text},m,s,2026,assumption\n")).unwrap();
        table.iter().next().unwrap().clone()
    }

    #[test]
    fn a_number_becomes_the_end_and_keeps_its_range() {
        let probability = row("p,people,0.2,0.1,0.5,fraction,beta");
        let low = probability.at(End::Low).unwrap();
        assert_eq!((low.number().unwrap(), low.low, low.high), (0.1, Some(0.1), Some(0.5)));
        assert_eq!(probability.at(End::High).unwrap().law().unwrap(), Law::Fixed(0.5));
    }

    /// From `care.manual_order`'s numbers: 15 min with 5 and 60 as 5th and 95th percentile.
    #[test]
    fn a_lognormal_moves_its_median_and_keeps_its_width() {
        let order = row("p,people,15,5,60,min,lognormal");
        let Law::Lognormal { median, sigma, .. } = order.law().unwrap() else { panic!() };
        let Law::Lognormal { median: late, sigma: same, .. } = order.at(End::High).unwrap().law().unwrap()
        else {
            panic!()
        };
        assert_eq!((median, late), (900.0, 3_600.0));
        assert!((sigma - same).abs() < 1e-12);
    }

    #[test]
    fn a_law_between_two_ends_is_stretched_as_a_whole() {
        let uniform = row("p,people,20,10,30,s,uniform");
        assert_eq!(uniform.at(End::Low).unwrap().law().unwrap(), Law::Uniform { low: 5.0, high: 15.0 });
        let triangle = row("p,people,10,5,20,s,triangular");
        assert_eq!(
            triangle.at(End::High).unwrap().law().unwrap(),
            Law::Triangular { low: 10.0, mode: 20.0, high: 40.0 }
        );
    }

    #[test]
    fn what_has_no_range_says_so() {
        let one_sided = row("p,people,2,,5,s,fixed");
        assert_eq!(
            one_sided.at(End::Low).unwrap_err().to_string(),
            "parameter `p` has no low end in the table"
        );
        assert!(one_sided.at(End::High).is_ok());
        assert!(matches!(row("p,people,dark,,,text,fixed").at(End::Low), Err(SettingError::Text { .. })));
        assert!(matches!(row("p,people,0,0,5,s,uniform").at(End::High), Err(SettingError::Zero { .. })));
    }
}
