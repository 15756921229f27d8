//! What a report needs to know of the scenario: a plain record that the experiment fills in.

use serde::{Deserialize, Serialize};

/// The place, where its numbers come from, what its models leave out, what the strategies cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    /// The zones.
    pub zones: Vec<ZoneEntry>,
    /// How many devices of each class stand in each zone.
    pub fleet: Vec<FleetEntry>,
    /// The parameters that the runs read, each once.
    pub parameters: Vec<Parameter>,
    /// The models that took part.
    pub models: Vec<ModelEntry>,
    /// The controls that the strategies use.
    pub controls: Vec<ControlEntry>,
    /// What the strategies cost to introduce and to run.
    pub costs: Vec<Cost>,
    /// Why flows are on no list of permitted ones.
    pub refusals: Vec<Refusal>,
}

/// Why a control that enforces a list of permitted flows refuses one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The flow.
    pub flow: String,
    /// The control, as the ledger names it.
    pub control: String,
    /// Why the list does not hold the flow.
    pub reason: String,
}

/// A zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneEntry {
    /// Its name.
    pub name: String,
    /// Its Purdue level, where it has one (3.5 is the zone between).
    pub purdue_level: Option<f64>,
    /// Devices in it.
    pub devices: u64,
}

/// Devices of one class in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetEntry {
    /// The class.
    pub class: String,
    /// The zone.
    pub zone: String,
    /// How many.
    pub count: u64,
}

/// A number that a run read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its key in the data files, or its place in the scenario.
    pub key: String,
    /// What it is.
    pub meaning: String,
    /// Its value as written, a law with its quantities where it is random.
    pub value: String,
    /// Its unit, where the value does not carry it.
    pub unit: String,
    /// The range that its source gives, as written; empty without one.
    pub range: String,
    /// Where it comes from.
    pub source: String,
    /// How far to trust it.
    pub confidence: Trust,
    /// What it belongs to: fleet, flows, latencies, people, attackers, crypto, ….
    pub group: String,
    /// Whether setting it low or high moves the difference that decides beyond its interval; absent when not
    /// examined.
    pub moves_answer: Option<bool>,
}

/// How far a number may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// A primary document, or several agreeing ones.
    High,
    /// One secondary document.
    Medium,
    /// A document that is old, vague or about something else.
    Low,
    /// Quoted from memory, not looked up.
    FromMemory,
    /// Nobody has measured it.
    Assumption,
}

impl Trust {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::FromMemory => "from memory",
            Self::Assumption => "assumption",
        }
    }
}

/// A model and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Its name.
    pub name: String,
    /// What it is a model of.
    pub what: String,
    /// Where it differs from the real thing.
    pub leaves_out: Vec<String>,
}

/// A control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlEntry {
    /// Its id, as the ledger names it.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The strategies that use it.
    pub strategies: Vec<String>,
}

/// A cost of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The strategy.
    pub strategy: String,
    /// What for.
    pub what: String,
    /// How much.
    pub amount: f64,
    /// Of what: hours of biomedical engineers, devices to replace, ….
    pub unit: String,
    /// Where the figure comes from.
    pub source: String,
}
