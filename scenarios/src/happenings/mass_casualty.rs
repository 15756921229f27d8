//! Mass casualty: many people at once who need devices.

use super::HappeningDef;
use crate::language::at::{At, Name};
use crate::language::place::CountAt;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::language::units::Time;
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "mass-casualty",
    title: "Many people arrive at once and need devices",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    parameters: &[],
};

/// Who comes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many, how fast, and what for.
    pub arrivals: Arrivals,
}

/// People who arrive.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// How many.
    pub patients: CountAt,
    /// In which time; each one's instant is drawn evenly in it.
    pub over: At<Time>,
    /// The devices that each of them needs: fleets or selectors, one of each.
    pub each_needs: Vec<Name>,
    /// The people whom they join; omitted: those of whom there are most who need the same.
    pub join: Option<Name>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        let needs = self.arrivals.each_needs.iter().map(|name| Reference { to: Referent::Devices, name });
        let join = self.arrivals.join.iter().map(|name| Reference { to: Referent::People, name });
        needs.chain(join).collect()
    }
}
