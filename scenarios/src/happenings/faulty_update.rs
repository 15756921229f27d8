//! Faulty update: one bad fix reaches many devices at once.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced};
use crate::language::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "faulty-update",
    title: "A maker's bad update reaches many devices at once",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    parameters: &["update.fault.median_downtime"],
};

/// Whom it hits, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The devices that it may reach: a fleet or a selector.
    pub on: Name,
    /// Share of them that it hits; omitted: all.
    #[serde(default = "all")]
    pub hits: Share,
    /// How long one is away; omitted: `update.fault.median_downtime`.
    #[serde(default = "recovery")]
    pub recovery: Sourced<TimeLaw>,
}

fn all() -> Share {
    Share(1.0)
}

fn recovery() -> Sourced<TimeLaw> {
    Sourced::Parameter("update.fault.median_downtime")
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Devices, name: &self.on }]
    }
}
