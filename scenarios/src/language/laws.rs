//! Random lengths of time: text for a fixed one, a table that names its law for a random one.

use super::at::At;
use super::complaint::{Complaint, pack, tidy};
use super::units::{quantity, unitless};
use devices::quantity::Dimension;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use sim::law::Law;
use sim::time::Span;
use std::borrow::Cow;
use std::fmt;

/// The laws by name, with the keys that each must and may have.
pub const LAWS: &[(&str, &[&str], &[&str])] = &[
    ("fixed", &["value"], &[]),
    ("exponential", &["mean"], &[]),
    ("lognormal", &["median", "p99"], &["min"]),
    ("uniform", &["low", "high"], &[]),
    ("triangular", &["low", "mode", "high"], &[]),
    ("weibull", &["scale", "shape"], &[]),
];

/// A length of time that is fixed or drawn [s].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimeLaw(pub Law);

/// Something that comes again and again and lasts: a law of its length, and how often it begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Episodes {
    /// How long one lasts [s].
    pub lasts: Law,
    /// How often one begins [1/year of 365 days].
    pub per_year: f64,
}

impl TimeLaw {
    /// Whether it is drawn at all.
    pub fn is_random(&self) -> bool {
        !matches!(self.0, Law::Fixed(_))
    }

    /// The fixed length, or the law's mean.
    pub fn mean(&self) -> Span {
        Span::from_seconds(self.0.mean())
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Integer(i64),
    Float(f64),
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Scalar {
    fn seconds(&self) -> Result<f64, Complaint> {
        match self {
            Self::Text(text) => quantity(text, Dimension::Time),
            Self::Integer(number) => Err(unitless(number, Dimension::Time)),
            Self::Float(number) => Err(unitless(number, Dimension::Time)),
            Self::Other(_) => Err(Complaint::new("S006", "a length of time is text such as \"30 s\"")),
        }
    }

    fn plain(&self) -> Result<f64, Complaint> {
        let number = match self {
            Self::Integer(number) => *number as f64,
            Self::Float(number) => *number,
            _ => f64::NAN,
        };
        if number.is_finite() && number > 0.0 {
            return Ok(number);
        }
        Err(Complaint::new("S013", "must be a number above zero"))
    }
}

type Entries = Vec<(At<String>, At<Scalar>)>;

fn entry<'e>(entries: &'e Entries, key: &str) -> Option<&'e At<Scalar>> {
    entries.iter().find(|entry| *entry.0 == key).map(|entry| &entry.1)
}

fn law(entries: &Entries, besides: &[&str]) -> Result<Law, Vec<Complaint>> {
    let names = || LAWS.iter().map(|law| law.0);
    let Some(At { value: Scalar::Text(name), span }) = entry(entries, "law") else {
        let list = names().collect::<Vec<_>>().join(", ");
        return Err(vec![
            Complaint::new("S025", "a random quantity names its law").help(format!("laws: {list}")),
        ]);
    };
    let Some(&(name, must, may)) = LAWS.iter().find(|law| law.0 == name) else {
        let label = super::nearest::label(name, names());
        let complaint = Complaint::new("S025", format!("no law is called `{}`", tidy(name)));
        return Err(vec![complaint.at(span.clone()).label(label)]);
    };
    let mut wrong = Vec::new();
    let known = || must.iter().chain(may).chain(besides).copied().chain(["law"]);
    for (key, _) in entries {
        if !known().any(|known| known == key.value) {
            let label = super::nearest::label(key, known());
            wrong.push(key.complain("S004", format!("law `{name}` has no key `{}`", tidy(key))).label(label));
        }
    }
    let mut read = |key: &str| -> Option<f64> {
        let Some(scalar) = entry(entries, key) else {
            if must.contains(&key) {
                wrong.push(Complaint::new("S005", format!("law `{name}` needs `{key}`")));
            }
            return None;
        };
        match if key == "shape" { scalar.plain() } else { scalar.seconds() } {
            Ok(value) => Some(value),
            Err(complaint) => {
                wrong.push(complaint.at(scalar.span.clone()));
                None
            }
        }
    };
    let law = match name {
        "fixed" => read("value").map(Law::Fixed),
        "exponential" => read("mean").map(|mean| Law::Exponential { mean }),
        "lognormal" => {
            let (median, p99, min) = (read("median"), read("p99"), read("min").unwrap_or(0.0));
            median.zip(p99).map(|(median, p99)| Law::lognormal(median, p99, min))
        }
        "uniform" => {
            let (low, high) = (read("low"), read("high"));
            low.zip(high).map(|(low, high)| Law::Uniform { low, high })
        }
        "triangular" => {
            let (low, mode, high) = (read("low"), read("mode"), read("high"));
            low.zip(mode).zip(high).map(|((low, mode), high)| Law::Triangular { low, mode, high })
        }
        _ => {
            let (scale, shape) = (read("scale"), read("shape"));
            scale.zip(shape).map(|(scale, shape)| Law::Weibull { scale, shape })
        }
    };
    match law {
        Some(law) if wrong.is_empty() => sensible(law).map_err(|complaint| vec![complaint]),
        _ => Err(wrong),
    }
}

/// Refuses laws whose numbers are in the wrong order.
fn sensible(law: Law) -> Result<Law, Complaint> {
    let wrong = match law {
        Law::Lognormal { median, .. } if median <= 0.0 => "the median of a lognormal law is above zero",
        Law::Lognormal { sigma, .. } if !(sigma.is_finite() && sigma >= 0.0) => "`p99` is not below `median`",
        Law::Lognormal { median, min, .. } if min > median => "`min` is not above `median`",
        Law::Uniform { low, high } if low > high => "`low` is not above `high`",
        Law::Triangular { low, mode, high } if !(low <= mode && mode <= high) => {
            "`mode` lies between `low` and `high`"
        }
        Law::Exponential { mean } if mean <= 0.0 => "the mean of an exponential law is above zero",
        Law::Weibull { scale, .. } if scale <= 0.0 => "the scale of a Weibull law is above zero",
        _ => return Ok(law),
    };
    Err(Complaint::new("S025", format!("this law makes no sense: {wrong}")))
}

fn entries<'de, A: MapAccess<'de>>(mut map: A) -> Result<Entries, A::Error> {
    let mut entries = Vec::new();
    while let Some(entry) = map.next_entry::<At<String>, At<Scalar>>()? {
        entries.push(entry);
    }
    Ok(entries)
}

struct LawReader;

impl<'de> Visitor<'de> for LawReader {
    type Value = TimeLaw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a length of time such as \"30 s\", or a law such as { law = \"exponential\", mean = \"12 h\" }",
        )
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<TimeLaw, E> {
        quantity(text, Dimension::Time).map(|s| TimeLaw(Law::Fixed(s))).map_err(Complaint::into_error)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<TimeLaw, E> {
        Err(unitless(number, Dimension::Time).into_error())
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<TimeLaw, E> {
        Err(unitless(number, Dimension::Time).into_error())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimeLaw, A::Error> {
        law(&entries(map)?, &[]).map(TimeLaw).map_err(|wrong| A::Error::custom(pack(&wrong)))
    }
}

impl<'de> Deserialize<'de> for TimeLaw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(LawReader)
    }
}

struct EpisodesReader;

impl<'de> Visitor<'de> for EpisodesReader {
    type Value = Episodes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a law of the length with its rate, such as { law = \"exponential\", mean = \"2 h\", per_year = 3 }")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Episodes, A::Error> {
        let entries = entries(map)?;
        let lasts = law(&entries, &["per_year"]);
        let per_year = match entry(&entries, "per_year") {
            Some(scalar) => scalar.plain().map_err(|wrong| wrong.at(scalar.span.clone())),
            None => Err(Complaint::new("S005", "what comes again and again needs `per_year`")),
        };
        match (lasts, per_year) {
            (Ok(lasts), Ok(per_year)) => Ok(Episodes { lasts, per_year }),
            (lasts, per_year) => {
                let wrong = lasts.err().into_iter().flatten().chain(per_year.err()).collect::<Vec<_>>();
                Err(A::Error::custom(pack(&wrong)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Episodes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(EpisodesReader)
    }
}

fn law_schemas(besides: &[(&str, &str)]) -> Vec<serde_json::Value> {
    let one = |&(name, must, may): &(&str, &[&str], &[&str])| {
        let mut properties = serde_json::Map::new();
        properties.insert("law".into(), serde_json::json!({ "const": name }));
        for &key in must.iter().chain(may) {
            let kind = if key == "shape" { "number" } else { "string" };
            properties.insert(key.into(), serde_json::json!({ "type": kind }));
        }
        for &(key, kind) in besides {
            properties.insert(key.into(), serde_json::json!({ "type": kind }));
        }
        let required: Vec<&str> =
            ["law"].into_iter().chain(must.iter().copied()).chain(besides.iter().map(|b| b.0)).collect();
        serde_json::json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        })
    };
    LAWS.iter().map(one).collect()
}

impl JsonSchema for TimeLaw {
    fn schema_name() -> Cow<'static, str> {
        "TimeLaw".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut any = vec![serde_json::json!({ "type": "string", "examples": ["30 s", "12 h"] })];
        any.extend(law_schemas(&[]));
        json_schema!({ "description": "a length of time, fixed or by a named law", "anyOf": any })
    }
}

impl JsonSchema for Episodes {
    fn schema_name() -> Cow<'static, str> {
        "Episodes".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let any = law_schemas(&[("per_year", "number")]);
        json_schema!({ "description": "the law of a length, and how often it begins", "anyOf": any })
    }
}
