//! Quantities at the border: text with a unit becomes a number in SI units, or an error that says what to
//! write instead.

mod law;

pub use law::{LawError, LawText};

use serde::{Deserialize, Deserializer, de::Error as _};
use sim::law::Law;
use sim::time::Span;
use std::fmt;

/// What a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// A length of time [s].
    Time,
    /// An amount of memory or of payload [B].
    Bytes,
    /// Bits carried per second [bit/s].
    BitRate,
    /// A clock [Hz].
    Frequency,
    /// Power [W].
    Power,
    /// Energy [J].
    Energy,
    /// How often something happens [1/s].
    Rate,
    /// A distance [m].
    Length,
    /// A share between nothing and all [1].
    Fraction,
}

/// 8,760 hours, as reliability practice counts a year; not the calendar's 365.2425 days.
const YEAR: f64 = 365.0 * 86_400.0;

/// Every unit that is understood: what it measures, how it is written, its size in SI units.
const UNITS: &[(Dimension, &str, f64)] = &[
    (Dimension::Time, "ns", 1e-9),
    (Dimension::Time, "us", 1e-6),
    (Dimension::Time, "ms", 1e-3),
    (Dimension::Time, "s", 1.0),
    (Dimension::Time, "min", 60.0),
    (Dimension::Time, "h", 3_600.0),
    (Dimension::Time, "day", 86_400.0),
    (Dimension::Time, "days", 86_400.0),
    (Dimension::Time, "week", 604_800.0),
    (Dimension::Time, "weeks", 604_800.0),
    (Dimension::Time, "year", YEAR),
    (Dimension::Time, "years", YEAR),
    (Dimension::Bytes, "B", 1.0),
    (Dimension::Bytes, "kB", 1e3),
    (Dimension::Bytes, "MB", 1e6),
    (Dimension::Bytes, "GB", 1e9),
    (Dimension::Bytes, "TB", 1e12),
    (Dimension::Bytes, "KiB", 1_024.0),
    (Dimension::Bytes, "MiB", 1_048_576.0),
    (Dimension::Bytes, "GiB", 1_073_741_824.0),
    (Dimension::BitRate, "bit/s", 1.0),
    (Dimension::BitRate, "kbit/s", 1e3),
    (Dimension::BitRate, "Mbit/s", 1e6),
    (Dimension::BitRate, "Gbit/s", 1e9),
    (Dimension::Frequency, "Hz", 1.0),
    (Dimension::Frequency, "kHz", 1e3),
    (Dimension::Frequency, "MHz", 1e6),
    (Dimension::Frequency, "GHz", 1e9),
    (Dimension::Power, "uW", 1e-6),
    (Dimension::Power, "mW", 1e-3),
    (Dimension::Power, "W", 1.0),
    (Dimension::Power, "kW", 1e3),
    (Dimension::Energy, "uJ", 1e-6),
    (Dimension::Energy, "mJ", 1e-3),
    (Dimension::Energy, "J", 1.0),
    (Dimension::Energy, "kJ", 1e3),
    (Dimension::Energy, "MJ", 1e6),
    (Dimension::Energy, "Wh", 3_600.0),
    (Dimension::Energy, "kWh", 3_600_000.0),
    (Dimension::Rate, "per s", 1.0),
    (Dimension::Rate, "per min", 1.0 / 60.0),
    (Dimension::Rate, "per h", 1.0 / 3_600.0),
    (Dimension::Rate, "per day", 1.0 / 86_400.0),
    (Dimension::Rate, "per year", 1.0 / YEAR),
    (Dimension::Length, "m", 1.0),
    (Dimension::Length, "km", 1e3),
    (Dimension::Fraction, "%", 0.01),
];

impl Dimension {
    /// Two ways to write such a quantity.
    pub const fn examples(self) -> [&'static str; 2] {
        match self {
            Self::Time => ["30 s", "12 h"],
            Self::Bytes => ["1200 B", "64 KiB"],
            Self::BitRate => ["100 Mbit/s", "1 Gbit/s"],
            Self::Frequency => ["300 MHz", "1.8 GHz"],
            Self::Power => ["2 W", "20 mW"],
            Self::Energy => ["14 kJ", "0.5 mJ"],
            Self::Rate => ["0.25 per year", "6 per day"],
            Self::Length => ["120 m", "7.5 km"],
            Self::Fraction => ["5 %", "0.1 %"],
        }
    }

    /// The units in which such a quantity may be written.
    pub fn units(self) -> impl Iterator<Item = &'static str> {
        UNITS.iter().filter(move |unit| unit.0 == self).map(|unit| unit.1)
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "a length of time",
            Self::Bytes => "a number of bytes",
            Self::BitRate => "a bit rate",
            Self::Frequency => "a frequency",
            Self::Power => "a power",
            Self::Energy => "an energy",
            Self::Rate => "a rate of events",
            Self::Length => "a distance",
            Self::Fraction => "a share",
        })
    }
}

/// What is wrong with a text that should have been a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No number stands at the front.
    #[error("does not begin with a number")]
    NoNumber,
    /// A number stands alone.
    #[error("needs a unit")]
    NoUnit,
    /// The number holds a comma, an underscore or the like.
    #[error("has `{0}` inside its number")]
    Separator(char),
    /// Less than nothing.
    #[error("is negative")]
    Negative,
    /// More than the simulation can hold, or more than all of it.
    #[error("is too large")]
    TooLarge,
    /// No unit is written like that.
    #[error("has `{0}` where a unit should stand")]
    UnknownUnit(String),
    /// The unit measures something else.
    #[error("is {0}")]
    OtherDimension(Dimension),
}

/// A text that is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {mistake}; {}", self.help())]
pub struct QuantityError {
    /// What was written, cut after forty characters.
    pub text: String,
    /// What is wrong with it.
    pub mistake: Mistake,
    /// What it should have been.
    pub expected: Dimension,
}

impl QuantityError {
    /// What to write instead.
    pub fn help(&self) -> String {
        let [one, other] = self.expected.examples();
        let unit = |example: &'static str| example.split_once(' ').map_or(example, |parts| parts.1);
        let number = number_at_front(&self.text).0;
        match &self.mistake {
            Mistake::NoUnit => format!("write \"{number} {}\" or \"{number} {}\"", unit(one), unit(other)),
            Mistake::Separator(c) => {
                format!("write \"{}\"", self.text.replace(*c, if *c == ',' || *c == '_' { "" } else { " " }))
            }
            Mistake::UnknownUnit(unit) => match nearest_unit(unit, self.expected) {
                Some(unit) => format!("write \"{number} {unit}\""),
                None => format!("write {}, as in \"{one}\" or \"{other}\"", self.expected),
            },
            Mistake::TooLarge if self.expected == Dimension::Fraction => {
                "write a share of at most \"100 %\"".to_owned()
            }
            _ => format!("write {}, as in \"{one}\" or \"{other}\"", self.expected),
        }
    }
}

fn nearest_unit(unit: &str, dimension: Dimension) -> Option<&'static str> {
    let spelt_out = match unit {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "mins" | "minute" | "minutes" => Some("min"),
        "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "bytes" | "byte" => Some("B"),
        "\u{b5}s" | "\u{3bc}s" => Some("us"),
        _ => None,
    };
    let fits = |name: &&str| dimension.units().any(|unit| unit == *name);
    let same_but_for_case = dimension.units().find(|name| name.eq_ignore_ascii_case(unit));
    let close = dimension.units().filter(|name| name.len() > 2 && strsim::levenshtein(name, unit) == 1);
    spelt_out.filter(fits).or(same_but_for_case).or_else(|| close.last())
}

/// The most similar of some names, if any is similar enough to have been meant.
pub fn nearest<'n>(name: &str, among: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    among
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|&(edits, known)| edits * 3 <= name.len().max(known.len()))
        .min()
        .map(|(_, known)| known)
}

/// The decimal number at the front of a text, and the rest.
fn number_at_front(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(usize::from(matches!(bytes.first(), Some(b'+' | b'-'))));
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent_from = end + 1 + sign;
        if bytes.get(exponent_from).is_some_and(u8::is_ascii_digit) {
            end = digits(exponent_from);
        }
    }
    text.split_at(end)
}

/// Reads a quantity into SI units.
///
/// # Errors
/// When the text is no number with a unit of this dimension, is negative, or is too large (a share: above
/// one; a time: beyond what integer nanoseconds hold, about 584 years).
///
/// ```
/// use devices::quantity::{parse, Dimension};
/// assert_eq!(parse("64 KiB", Dimension::Bytes), Ok(65536.0));
/// let bare = parse("24", Dimension::Time).unwrap_err();
/// assert_eq!(bare.to_string(), r#"`24` needs a unit; write "24 s" or "24 h""#);
/// ```
pub fn parse(text: &str, dimension: Dimension) -> Result<f64, QuantityError> {
    let mistake = |mistake| QuantityError { text: shortened(text), mistake, expected: dimension };
    let (number, rest) = number_at_front(text.trim());
    let Ok(value) = number.parse::<f64>() else { return Err(mistake(Mistake::NoNumber)) };
    if let Some(c) = rest.chars().next()
        && matches!(c, ',' | '_' | '\'' | '.' | '\u{a0}')
    {
        return Err(mistake(Mistake::Separator(c)));
    }
    let unit = rest.trim_start();
    if unit.is_empty() {
        return Err(mistake(Mistake::NoUnit));
    }
    let Some(&(_, _, size)) = UNITS.iter().find(|known| known.0 == dimension && known.1 == unit) else {
        return Err(mistake(match UNITS.iter().find(|known| known.1 == unit) {
            Some(other) => Mistake::OtherDimension(other.0),
            None => Mistake::UnknownUnit(shortened(unit)),
        }));
    };
    if value.is_sign_negative() {
        return Err(mistake(Mistake::Negative));
    }
    let limit = match dimension {
        Dimension::Time => u64::MAX as f64 / 1e9,
        Dimension::Fraction => 1.0,
        _ => 1e18,
    };
    let si = value * size;
    if si <= limit { Ok(si) } else { Err(mistake(Mistake::TooLarge)) }
}

/// Reads a length of time.
///
/// # Errors
/// As [`parse`].
pub fn span(text: &str) -> Result<Span, QuantityError> {
    parse(text, Dimension::Time).map(Span::from_seconds)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn read<'de, D: Deserializer<'de>>(from: D, dimension: Dimension) -> Result<f64, D::Error> {
    parse(&String::deserialize(from)?, dimension).map_err(D::Error::custom)
}

/// For `#[serde(deserialize_with)]`: a length of time.
pub fn as_span<'de, D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
    read(from, Dimension::Time).map(Span::from_seconds)
}

/// For `#[serde(deserialize_with)]`: a length of time [s], where nanoseconds are too coarse.
pub fn as_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::Time)
}

/// For `#[serde(deserialize_with)]`: the law of a length of time [s].
pub fn as_time_law<'de, D: Deserializer<'de>>(from: D) -> Result<Law, D::Error> {
    LawText::deserialize(from)?.resolve(Dimension::Time).map_err(D::Error::custom)
}

/// For `#[serde(deserialize_with)]`: bytes, rounded to a whole number.
pub fn as_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    read(from, Dimension::Bytes).map(|bytes| bytes.round() as u64)
}

/// For `#[serde(deserialize_with)]`: bits per second.
pub fn as_bit_rate<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::BitRate)
}

/// For `#[serde(deserialize_with)]`: a frequency [Hz].
pub fn as_hertz<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::Frequency)
}

/// For `#[serde(deserialize_with)]`: a power [W].
pub fn as_watts<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::Power)
}

/// For `#[serde(deserialize_with)]`: a energy [J].
pub fn as_joules<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::Energy)
}

/// For `#[serde(deserialize_with)]`: events per second.
pub fn as_rate<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(from, Dimension::Rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(text: &str, dimension: Dimension) -> String {
        parse(text, dimension).expect_err(text).to_string()
    }

    #[test]
    fn quantities_become_si() {
        for (text, dimension, si) in [
            ("300 MHz", Dimension::Frequency, 300e6),
            ("64 KiB", Dimension::Bytes, 65_536.0),
            ("12 h", Dimension::Time, 43_200.0),
            ("0.5 ms", Dimension::Time, 0.0005),
            ("1e3 s", Dimension::Time, 1000.0),
            ("5ms", Dimension::Time, 0.005),
            ("100 Mbit/s", Dimension::BitRate, 1e8),
            ("2 W", Dimension::Power, 2.0),
            ("14 kJ", Dimension::Energy, 14_000.0),
            ("1200 B", Dimension::Bytes, 1200.0),
            ("5 %", Dimension::Fraction, 0.05),
            ("6 per day", Dimension::Rate, 6.0 / 86_400.0),
        ] {
            let got = parse(text, dimension).unwrap();
            assert!((got - si).abs() <= 1e-12 * si, "{text}: {got}");
        }
        assert_eq!(span("90 years"), Ok(Span(90 * 365 * Span::DAY.0)));
        assert_eq!(span("0.1 s"), Ok(Span::millis(100)));
    }

    #[test]
    fn a_mistake_is_answered_with_what_to_write() {
        assert_eq!(answer("1", Dimension::Time), r#"`1` needs a unit; write "1 s" or "1 h""#);
        assert_eq!(
            answer("300 Mhz", Dimension::Frequency),
            "`300 Mhz` has `Mhz` where a unit should stand; write \"300 MHz\""
        );
        assert_eq!(
            answer("12 hours", Dimension::Time),
            "`12 hours` has `hours` where a unit should stand; write \"12 h\""
        );
        assert_eq!(
            answer("3 µs", Dimension::Time),
            "`3 µs` has `µs` where a unit should stand; write \"3 us\""
        );
        assert_eq!(
            answer("1,200 B", Dimension::Bytes),
            "`1,200 B` has `,` inside its number; write \"1200 B\""
        );
        assert_eq!(
            answer("3 W", Dimension::Time),
            "`3 W` is a power; write a length of time, as in \"30 s\" or \"12 h\""
        );
        assert!(answer("-3 s", Dimension::Time).starts_with("`-3 s` is negative"));
        assert!(answer("700 years", Dimension::Time).starts_with("`700 years` is too large"));
        assert!(answer("1e999 B", Dimension::Bytes).starts_with("`1e999 B` is too large"));
        assert!(answer("101 %", Dimension::Fraction).contains("at most \"100 %\""));
        for nonsense in ["", " ", "NaN s", "inf s", ".", "-", "+e5 s", "١ s", "one day", "--1 s"] {
            assert!(answer(nonsense, Dimension::Time).contains("does not begin with a number"), "{nonsense}");
        }
    }

    #[test]
    fn every_example_parses_and_no_unit_is_written_twice() {
        for &(dimension, unit, _) in UNITS {
            assert!(dimension.examples().iter().all(|example| parse(example, dimension).is_ok()));
            assert_eq!(UNITS.iter().filter(|other| other.1 == unit).count(), 1, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-+0-9.eE,_ ]{0,12}[a-zA-Z%µ/]{0,8}") {
            for dimension in [Dimension::Time, Dimension::Fraction, Dimension::Rate, Dimension::Bytes] {
                match parse(&text, dimension) {
                    Ok(value) => prop_assert!(value.is_finite() && value >= 0.0),
                    Err(error) => prop_assert!(!error.help().is_empty()),
                }
            }
        }
    }
}
