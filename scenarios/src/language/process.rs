//! Plants, services that others run, and products.

use super::at::{At, Name};
use super::laws::{Episodes, TimeLaw};
use super::list::OneOrMore;
use super::place::{Count, CountAt};
use super::selector::Selector;
use super::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A physical process, once or once per person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// Which process: `plimsoll list plants`.
    pub process: Name,
    /// How many patients have one; for processes of the body.
    pub patients: Option<CountAt>,
    /// How many there are; for processes of machines; omitted: one.
    pub count: Option<At<Count>>,
    /// The people among whom the patients are; omitted: those who need what `acts_through` gives.
    pub of: Option<Name>,
    /// The devices that act on it.
    pub acts_through: OneOrMore<Selector>,
    /// The devices that measure it; omitted: those that act.
    #[serde(default)]
    pub seen_through: OneOrMore<Selector>,
    /// What differs from the process's own numbers, by name.
    #[serde(default)]
    pub settings: At<super::fleet::Settings>,
}

/// Something that others run for the site.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The zone in which it answers.
    pub zone: Name,
    /// Its outages: how long, and how often; one sort or several.
    #[serde(default)]
    pub outage: OneOrMore<Episodes>,
    /// How long it works on a message; omitted: no time.
    pub response: Option<TimeLaw>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

/// Device, app, cloud service and hub that are sold and used as one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its parts: fleets and services.
    pub parts: Vec<Name>,
    /// What the devices do without one of the parts; omitted: they stop.
    #[serde(default)]
    pub cut_off: OneOrMore<CutOff>,
}

/// What the devices of a product do without one of its parts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// The part that they cannot reach.
    pub from: Name,
    /// What they do.
    pub does: Fallback,
}

/// What a device does when it is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// Goes on as last told.
    HoldLast,
    /// Controls by its own sensors.
    LocalLoop,
    /// Keeps its readings and sends them later.
    StoreAndForward,
    /// Goes to its safe state.
    FailSafe,
    /// Stops.
    Stop,
}
