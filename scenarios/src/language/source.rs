//! Where the numbers that a scenario states come from.

use super::complaint::{Complaint, tidy};
use devices::class::{self, MARKS};
use devices::parameters::{Confidence, Parameters};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// The source of some of a thing's numbers, in the words that device classes use: the key of a parameter, or
/// `assumption: why`, `from memory: what`, `derived: from what`, `published: where`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// As the file states it.
    pub text: String,
    /// How far to trust it.
    pub confidence: Confidence,
}

impl Source {
    /// How far to trust a thing with these sources: as far as the least of them. A number that a scenario states
    /// without a source may be as good as any, but nobody else can tell: it counts as an assumption.
    pub fn weakest<'a>(sources: impl IntoIterator<Item = &'a Self>) -> Confidence {
        let all = sources.into_iter().map(|source| source.confidence);
        Confidence::weakest(all).unwrap_or(Confidence::Assumption)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let parameters = Parameters::shipped().map_err(serde::de::Error::custom)?;
        match class::Source::from(text.clone()).confidence(parameters) {
            Ok(confidence) => Ok(Self { text, confidence }),
            Err(unknown) => {
                let marks: Vec<String> =
                    MARKS.iter().map(|mark| format!("`{}`", mark.0.trim_end())).collect();
                let message = format!("`{}` is no parameter's key", tidy(&text));
                let nearest =
                    unknown.nearest.map(|name| format!("did you mean `{name}`?")).unwrap_or_default();
                let help = format!("name a parameter, or begin with {}", marks.join(", "));
                Err(Complaint::new("S009", message).label(nearest).help(help).into_error())
            }
        }
    }
}

impl JsonSchema for Source {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let marks: Vec<&str> = MARKS.iter().map(|mark| mark.0.trim_end()).collect();
        let description = format!("The key of a parameter, or a text that begins with {}.", marks.join(" "));
        json_schema!({ "type": "string", "description": description })
    }
}
