//! Plants, services that others run, and products.

use super::at::{At, Name};
use super::laws::{Episodes, TimeLaw};
use super::list::OneOrMore;
use super::place::{Count, CountAt};
use super::selector::Selector;
use super::source::Source;
use super::units::{Bytes, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Who runs it; omitted: who makes the products that it is a part of.
    pub vendor: Option<Name>,
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
    /// Who makes it, and runs those of its services that do not say otherwise.
    pub vendor: Option<Name>,
    /// What each of its functions needs besides the device itself: parts, and lists of parts of which any one will do.
    /// Omitted: nobody reckons when it can do what it is for.
    #[serde(default)]
    pub needs: BTreeMap<String, Vec<OneOrMore<String>>>,
    /// What the devices do without one of the parts; omitted: they know no other way, and what needs it waits.
    #[serde(default)]
    pub cut_off: OneOrMore<CutOff>,
}

/// What the devices of a product do without one of its parts. Its devices are those of its parts that sense, act or
/// protect; where none does, all others.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// The part that they cannot reach.
    pub from: Name,
    /// What they do.
    pub does: Fallback,
    /// How they notice; omitted: by keep-alives as brokers are asked by default.
    pub notices: Option<Notices>,
    /// How much a device keeps of what it could not send; omitted: a share of its memory for programs.
    pub keeps: Option<At<Bytes>>,
}

/// How a device notices that it does not reach another: it asks again and again, and counts what is not answered.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Time between two questions.
    pub every: At<Time>,
    /// It is cut off once so many in a row were not answered before the next; the first answer ends that.
    #[serde(default = "two")]
    pub after: At<u32>,
}

fn two() -> At<u32> {
    At { value: 2, span: 0..0 }
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
