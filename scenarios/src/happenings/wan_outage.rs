//! WAN outage: a conduit carries nothing.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::event::Happening;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::site::episodes::{self, Hit, Named};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::fact::By;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "wan-outage",
    title: "A conduit carries nothing for a while",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
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

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let Some(conduit) = site.ground.conduits.iter().find(|one| one.name == settings.conduit.value) else {
        return Err(SiteError::Missing { what: "happening", name: settings.conduit.value.clone() });
    };
    let carried = conduit.ends.iter().any(|&end| site.ground.zones[usize::from(end)].outside);
    let (by, key) = (if carried { By::Supplier } else { By::Fault }, episodes::keyed(name, 0));
    let parts = [(conduit.part, key)].into();
    let hit = Hit::together(parts, settings.lasts.0);
    episodes::add(site, Named { name, by, key }, &happening.timing, hit)
}
