//! WAN outage: a conduit carries nothing.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "wan-outage",
    title: "A conduit carries nothing for a while",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    parameters: &[],
};

/// Which conduit, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The conduit.
    pub conduit: Name,
    /// How long it is down.
    pub lasts: TimeLaw,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Conduit, name: &self.conduit }]
    }
}
