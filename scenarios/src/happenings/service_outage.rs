//! Service outage: a service or a server fleet answers nobody.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "service-outage",
    title: "A service, or all servers of a fleet, answer nobody for a while",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    parameters: &[],
};

/// Which service, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The service, or the fleet of servers.
    pub of: Name,
    /// How long it is down.
    pub lasts: TimeLaw,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Part, name: &self.of }]
    }
}
