//! How a closed list of the language is extended: each entry brings a `Settings` of its own.

use super::at::Name;
use super::complaint::Complaint;
use super::laws::TimeLaw;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The settings of one control, happening or adversary. Its fields are the keys that may stand in the file,
/// its doc comments what an editor shows.
pub trait Settings: DeserializeOwned + JsonSchema + fmt::Debug + Send + Sync + 'static {
    /// The names in the settings that must name something in the scenario.
    fn refers(&self) -> Vec<Reference<'_>> {
        Vec::new()
    }

    /// What makes no sense though every key reads.
    fn mistakes(&self) -> Vec<Complaint> {
        Vec::new()
    }
}

/// A name in some settings, and what it must name.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// What sort of thing.
    pub to: Referent,
    /// The name.
    pub name: &'a Name,
}

/// Sorts of things that settings refer to by a plain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referent {
    /// A fleet.
    Fleet,
    /// A service that others run.
    Service,
    /// A fleet or a service.
    Part,
    /// A vendor, as products and services name it.
    Vendor,
    /// A conduit.
    Conduit,
    /// People.
    People,
    /// A selector of devices.
    Devices,
    /// A cryptographic suite.
    Suite,
}

/// Settings that were read, of a type that only their owner knows.
#[derive(Clone)]
pub struct Chosen {
    value: Arc<dyn Any + Send + Sync>,
    shown: Arc<str>,
    refers: fn(&Self) -> Vec<Reference<'_>>,
    mistakes: fn(&Self) -> Vec<Complaint>,
}

impl Chosen {
    /// Settings of a known type.
    pub fn new<T: Settings>(settings: T) -> Self {
        Self {
            shown: format!("{settings:?}").into(),
            value: Arc::new(settings),
            refers: |chosen| chosen.get::<T>().map(Settings::refers).unwrap_or_default(),
            mistakes: |chosen| chosen.get::<T>().map(Settings::mistakes).unwrap_or_default(),
        }
    }

    /// The settings, if they are of type `T`: its owner's type always is.
    pub fn get<T: Settings>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }

    /// The names in the settings that must name something in the scenario.
    pub fn refers(&self) -> Vec<Reference<'_>> {
        (self.refers)(self)
    }

    /// What makes no sense though every key reads.
    pub fn mistakes(&self) -> Vec<Complaint> {
        (self.mistakes)(self)
    }
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// How an entry's settings are read and described.
#[derive(Clone, Copy)]
pub struct SettingsReader {
    /// Reads them from a table.
    pub read: fn(toml::de::ValueDeserializer<'_>) -> Result<Chosen, toml::de::Error>,
    /// Describes them for an editor.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl SettingsReader {
    /// The reader of a type.
    pub const fn of<T: Settings>() -> Self {
        Self {
            read: |table| T::deserialize(table).map(Chosen::new),
            schema: |generator| T::json_schema(generator),
        }
    }
}

/// A setting that the file states, or that is left to the parameter of this key.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Sourced<T> {
    /// As the file states it.
    Stated(T),
    /// As the parameter says.
    Parameter(&'static str),
}

impl<T> Sourced<T> {
    /// What the file states.
    pub fn stated(&self) -> Option<&T> {
        match self {
            Self::Stated(value) => Some(value),
            Self::Parameter(_) => None,
        }
    }

    /// The parameter that it is left to.
    pub fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::Stated(_) => None,
            Self::Parameter(key) => Some(key),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sourced<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self::Stated)
    }
}

impl<T: JsonSchema> JsonSchema for Sourced<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A length of time, stated or from a parameter.
pub type SourcedTime = Sourced<TimeLaw>;
