//! Where each number of a device class comes from.

use super::{ClassError, DeviceClass, Order};
use crate::parameters::{Confidence, Group, Parameters, ReadLog, UnknownParameter};
use serde::Deserialize;

/// Every field that holds a fact about the world, and so must have a source.
const FIELDS: &[&str] = &[
    "capabilities",
    "cut_off",
    "service_life",
    "hardware.core",
    "hardware.clock",
    "hardware.ram",
    "hardware.flash",
    "hardware.active_power",
    "hardware.sleep_power",
    "link.medium",
    "link.rate",
    "link.latency",
    "link.loss",
    "crypto.library",
    "crypto.speaks",
    "firmware.os",
    "firmware.unsupported_share",
    "firmware.exploitable_share",
    "firmware.signed_updates",
    "firmware.reboot",
    "firmware.update",
    "accounts.login",
    "accounts.default_password_share",
    "service.per_message",
    "service.per_byte",
    "failure.rate",
    "failure.repair",
];

/// Fields that a class may leave out, and must have a source for where it does not.
const OPTIONAL: &[&str; 5] = &["link.carrier", "link.radio", "power.battery", "power.solar", "service.order"];

/// The source of one field, or of all fields of one facet that name none of their own.
///
/// Written as the key of a [`Parameter`](crate::parameters::Parameter), or as `assumption: why`,
/// `from memory: what`, `derived: from what`, `published: where`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Source {
    /// A row of the parameter files.
    Parameter(String),
    /// Something said here, and how far to trust it.
    Said(Confidence, String),
}

/// With what a source begins that is no parameter's key, and how far it may then be trusted.
pub const MARKS: &[(&str, Confidence)] = &[
    ("assumption: ", Confidence::Assumption),
    ("from memory: ", Confidence::FromMemory),
    ("derived: ", Confidence::Derived),
    ("published: ", Confidence::Medium),
];

impl From<String> for Source {
    fn from(text: String) -> Self {
        let said = |&(mark, confidence): &(&str, Confidence)| Some((confidence, text.strip_prefix(mark)?));
        match MARKS.iter().find_map(said) {
            Some((confidence, rest)) => Self::Said(confidence, rest.to_owned()),
            None => Self::Parameter(text),
        }
    }
}

impl Source {
    /// How far to trust what it is the source of.
    ///
    /// # Errors
    /// When it names no parameter.
    pub fn confidence(&self, parameters: &Parameters) -> Result<Confidence, UnknownParameter> {
        match self {
            Self::Said(confidence, _) => Ok(*confidence),
            Self::Parameter(key) => parameters.get(key).map(|row| row.confidence),
        }
    }
}

impl DeviceClass {
    /// The source of a field such as `hardware.clock`: its own, else its facet's.
    pub fn source(&self, field: &str) -> Option<&Source> {
        let facet = || field.split_once('.').and_then(|(facet, _)| self.sources.get(facet));
        self.sources.get(field).or_else(facet)
    }

    /// Each fact of this class with its source.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, Option<&Source>)> {
        let given = self.given();
        let asked = FIELDS
            .iter()
            .copied()
            .chain(OPTIONAL.iter().zip(given).filter(|(_, given)| *given).map(|(field, _)| *field));
        asked.map(|field| (field, self.source(field)))
    }

    /// Which of [`OPTIONAL`] this class states.
    fn given(&self) -> [bool; 5] {
        [
            self.link.carrier.is_some(),
            self.link.radio.is_some(),
            self.power.is_some(),
            self.power.is_some_and(|power| power.solar.is_some()),
            self.service.order != Order::default(),
        ]
    }

    /// Notes every number of this class as read, a parameter under its own name.
    ///
    /// # Errors
    /// When a source names no parameter.
    pub fn note(&self, log: &ReadLog, parameters: &Parameters) -> Result<(), ClassError> {
        for (field, source) in self.facts() {
            match source {
                Some(Source::Parameter(key)) => {
                    log.cite(parameters, key).map_err(|source| ClassError::Source {
                        class: self.name,
                        field: field.to_owned(),
                        source,
                    })?;
                }
                Some(Source::Said(confidence, _)) => {
                    log.note(&format!("class.{}.{field}", self.name), group(field), *confidence);
                }
                None => return Err(ClassError::NoSource { class: self.name, field }),
            }
        }
        Ok(())
    }

    /// Checks that every fact has a source, that every parameter named exists, and that no source is for a
    /// field that is not there.
    pub(super) fn check_sources(&self, parameters: &Parameters) -> Result<(), ClassError> {
        let is_field = |name: &str| {
            FIELDS
                .iter()
                .chain(OPTIONAL)
                .any(|field| *field == name || field.split_once('.').is_some_and(|(f, _)| f == name))
        };
        if let Some(stray) = self.sources.keys().find(|name| !is_field(name)) {
            return Err(ClassError::StraySource { class: self.name, field: stray.clone() });
        }
        self.note(&ReadLog::default(), parameters)
    }
}

fn group(field: &str) -> Group {
    match field.split_once('.').map_or(field, |(facet, _)| facet) {
        "crypto" => Group::Crypto,
        "accounts" => Group::Attackers,
        "service" => Group::Latencies,
        "link" if field == "link.latency" => Group::Latencies,
        "firmware" if field.ends_with("_share") => Group::Attackers,
        "firmware" => Group::Controls,
        _ => Group::Fleet,
    }
}
