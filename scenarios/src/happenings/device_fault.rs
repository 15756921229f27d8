//! Device fault: a device breaks and is repaired.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "device-fault",
    title: "A device breaks and is away until it is repaired",
    per_device: true,
    settings: SettingsReader::of::<Settings>(),
    parameters: &[],
};

/// What breaks, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The devices that may break: a fleet or a selector.
    pub on: Name,
    /// How long one is away.
    pub repair: TimeLaw,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Devices, name: &self.on }]
    }
}
