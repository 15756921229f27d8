//! Quantities of the language: text with a unit in the file, SI in the program.

use super::complaint::{Complaint, THIS, tidy};
use devices::quantity::{self, Dimension, Mistake, QuantityError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use sim::time::Span;
use std::borrow::Cow;
use std::fmt;

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Time(pub Span);

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Bytes(pub u64);

/// Bits carried per second [bit/s].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
pub struct BitRate(pub f64);

/// Nothing that happens by chance happens more often [1/s]: a worm's probes are some hundred a second.
const MOST_PER_SECOND: f64 = 1e3;

/// How often something happens [1/s].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
pub struct Rate(pub f64);

/// A share between nothing (0) and all (1): a number, or text in per cent.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
pub struct Share(pub f64);

/// A distance [m].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
pub struct Length(pub f64);

/// Reads a text as a quantity, or says what to write instead.
pub(crate) fn quantity(text: &str, dimension: Dimension) -> Result<f64, Complaint> {
    quantity::parse(text, dimension).map_err(|error| complaint(&error))
}

/// A quantity's error in this language's words.
pub(crate) fn complaint(error: &QuantityError) -> Complaint {
    let what = match error.mistake {
        Mistake::NoUnit => format!("{THIS} needs a unit"),
        ref other => format!("`{}` {other}", tidy(&error.text)),
    };
    Complaint::new("S012", what).label(error.help())
}

/// The complaint about a bare number where a quantity is due.
pub(crate) fn unitless(number: impl fmt::Display, dimension: Dimension) -> Complaint {
    let mut units = dimension.examples().map(|e| e.split_once(' ').map_or(e, |parts| parts.1));
    units.reverse();
    let written = units.map(|unit| format!("\"{number} {unit}\""));
    Complaint::new("S012", format!("{THIS} needs a unit")).label(format!("write {}", written.join(" or ")))
}

struct Reader {
    dimension: Dimension,
    bare_share: bool,
}

impl Reader {
    fn number<E: Error>(&self, number: f64, shown: impl fmt::Display) -> Result<f64, E> {
        if !self.bare_share {
            return Err(unitless(shown, self.dimension).into_error());
        }
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(Complaint::new("S013", format!("`{shown}` is no share"))
            .label("write a number from 0.0 to 1.0, or text such as \"5 %\"")
            .into_error())
    }
}

impl Visitor<'_> for Reader {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.dimension.examples();
        write!(f, "{} as text, such as \"{one}\" or \"{other}\"", self.dimension)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        let value = quantity(text, self.dimension).map_err(Complaint::into_error)?;
        if self.dimension == Dimension::Rate && value > MOST_PER_SECOND {
            let complaint =
                Complaint::new("S013", format!("{THIS} comes more often than a thousand times a second"));
            return Err(complaint
                .label("check the unit: per s, per min, per h, per day, per year")
                .into_error());
        }
        Ok(value)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        self.number(number as f64, number)
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        self.number(number as f64, number)
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        self.number(number, number)
    }
}

fn text_schema(dimension: Dimension) -> Schema {
    let [one, other] = dimension.examples();
    json_schema!({
        "type": "string",
        "description": format!("{dimension}, such as \"{one}\" or \"{other}\""),
        "examples": [one, other],
    })
}

macro_rules! quantities {
    ($($name:ident: $dimension:ident, $make:expr;)*) => { $(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let bare_share = matches!(Dimension::$dimension, Dimension::Fraction);
                from.deserialize_any(Reader { dimension: Dimension::$dimension, bare_share }).map($make)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                if matches!(Dimension::$dimension, Dimension::Fraction) {
                    return json_schema!({
                        "description": "a share, such as 0.05 or \"5 %\"",
                        "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string" }],
                    });
                }
                text_schema(Dimension::$dimension)
            }
        }
    )* };
}

quantities! {
    Time: Time, |seconds| Time(Span::from_seconds(seconds));
    Bytes: Bytes, |bytes: f64| Bytes(bytes.round() as u64);
    BitRate: BitRate, BitRate;
    Rate: Rate, Rate;
    Length: Length, Length;
    Share: Fraction, Share;
}
