//! Device fault: a device breaks and is repaired.

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
    id: "device-fault",
    title: "A device breaks and is away until it is repaired",
    per_device: true,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[],
};

/// What breaks, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The devices that may break: a fleet or a selector.
    pub on: Name,
    /// How long one is away; omitted: as its class says.
    pub repair: Option<TimeLaw>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Devices, name: &self.on }]
    }
}

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    for device in super::devices(site, &settings.on)? {
        let lasts = settings.repair.map_or_else(|| site.ground.class(device).failure.repair, |law| law.0);
        let (unit, key) = (site.core.unit(device), episodes::keyed(name, site.core.key(device)));
        let parts = [(unit, key)].into();
        let hit = Hit::together(parts, lasts);
        episodes::add(site, Named { name, by: By::Fault, key }, &happening.timing, hit)?;
    }
    Ok(())
}
