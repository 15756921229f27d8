//! What a run took of a machine, in the words of a scenario; no part of its result.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time that something took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// A stage of messages, or a model.
    pub what: String,
    /// How often it was worked; 0 where it is worked without rows of its own.
    pub rows: u64,
    /// How long that took.
    pub seconds: f64,
}

/// Where the time went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Seconds by phase of the tick.
    #[serde(skip)]
    pub phases: BTreeMap<String, f64>,
    /// How messages that nobody reacts to were worked, and why so.
    pub path: String,
    /// Slots of time that were worked station by station.
    pub batched: u64,
    /// By stage of messages, in their order.
    pub stages: Vec<Share>,
    /// By model, the longest first. What a model does as a message arrives is the last stage's.
    pub models: Vec<Share>,
    /// Messages sent in a second of the machine.
    pub messages_per_second: f64,
    /// Rows worked and stations visited in a second of the machine.
    pub events_per_second: f64,
}
