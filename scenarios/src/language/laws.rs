//! Random lengths of time: text for a fixed one, a table that names its law for a random one.

use super::at::At;
use super::complaint::{Complaint, THIS, pack, tidy};
use super::nearest::label;
use super::units::{quantity, unitless};
use devices::quantity::{Dimension, LawError, LawText};
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
    ("lognormal", &["median"], &["p95", "p99", "min"]),
    ("uniform", &["low", "high"], &[]),
    ("triangular", &["low", "mode", "high"], &[]),
    ("weibull", &["scale", "shape"], &[]),
];

/// Nothing that lasts begins more often in a year: that is every half minute.
const MOST_PER_YEAR: f64 = 1e6;

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
    fn text(&self) -> Result<&str, Complaint> {
        match self {
            Self::Text(text) => Ok(text),
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
        Err(Complaint::new("S013", format!("{THIS} must be a number above zero")))
    }
}

type Entries = Vec<(At<String>, At<Scalar>)>;

fn entry<'e>(entries: &'e Entries, key: &str) -> Option<&'e At<Scalar>> {
    entries.iter().find(|entry| *entry.0 == key).map(|entry| &entry.1)
}

/// Reads a law of a length of time; `besides` may stand in the table too.
fn law(entries: &Entries, besides: &[&str]) -> Result<Law, Vec<Complaint>> {
    let names = || LAWS.iter().map(|law| law.0);
    let Some(At { value: Scalar::Text(name), span }) = entry(entries, "law") else {
        let list = names().collect::<Vec<_>>().join(", ");
        let complaint = Complaint::new("S025", format!("{THIS} is random and names no law"));
        return Err(vec![complaint.help(format!("laws: {list}"))]);
    };
    let Some(&(name, must, may)) = LAWS.iter().find(|law| law.0 == name) else {
        let label = label(name, names());
        let complaint = Complaint::new("S025", format!("no law is called `{}`", tidy(name)));
        return Err(vec![complaint.at(span.clone()).label(label)]);
    };
    let (mut wrong, mut text) = (Vec::new(), toml::Table::new());
    for (key, scalar) in entries {
        let known = || must.iter().chain(may).copied();
        if besides.contains(&key.as_str()) {
            continue;
        }
        let value = match key.as_str() {
            "law" => Ok(toml::Value::from(name)),
            "shape" => scalar.plain().map(toml::Value::from),
            key if known().any(|known| known == key) => scalar.text().map(toml::Value::from),
            _ => {
                let label = label(key, known().chain(besides.iter().copied()));
                wrong.push(
                    key.complain("S004", format!("law `{name}` has no key `{}`", tidy(key))).label(label),
                );
                continue;
            }
        };
        match value {
            Ok(value) => drop(text.insert(key.value.clone(), value)),
            Err(complaint) => wrong.push(complaint.at(scalar.span.clone())),
        }
    }
    for key in must.iter().filter(|key| entry(entries, key).is_none()) {
        wrong.push(Complaint::new("S005", format!("law `{name}` lacks `{key}`")).at(span.clone()));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let law = LawText::deserialize(text).map_err(|error| Complaint::new("S025", tidy(error.message())));
    law.and_then(|law| law.resolve(Dimension::Time).map_err(|error| complaint(&error, entries)))
        .map_err(|complaint| vec![complaint])
}

/// What is wrong with a law's numbers, at the number.
fn complaint(error: &LawError, entries: &Entries) -> Complaint {
    let (field, complaint) = match error {
        LawError::Quantity { field, source } => (*field, super::units::complaint(source)),
        LawError::Order { upper, .. } => (*upper, Complaint::new("S025", error.to_string())),
        LawError::NotPositive { field } => (*field, Complaint::new("S025", error.to_string())),
        LawError::Width => ("law", Complaint::new("S025", error.to_string())),
    };
    match entry(entries, field) {
        Some(scalar) => complaint.at(scalar.span.clone()),
        None => complaint,
    }
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
            Some(scalar) => match scalar.plain() {
                Ok(rate) if rate > MOST_PER_YEAR => {
                    Err(Complaint::new("S013", "this happens more than a million times a year"))
                }
                other => other,
            }
            .map_err(|wrong| wrong.at(scalar.span.clone())),
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
