//! Access-point failure: a gateway is down, and what hangs on it is dark.

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
    id: "access-point-failure",
    title: "A gateway fails, and the devices behind it are cut off until it is repaired",
    per_device: true,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[],
};

/// Which gateways fail, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The gateways: a fleet or a selector.
    pub on: Name,
    /// How long one is down.
    pub repair: TimeLaw,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Devices, name: &self.on }]
    }
}

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    for device in super::devices(site, &settings.on)? {
        let (unit, key) = (site.core.unit(device), episodes::keyed(name, site.core.key(device)));
        let parts = [(unit, key)].into();
        let hit = Hit::together(parts, settings.repair.0);
        episodes::add(site, Named { name, by: By::Fault, key }, &happening.timing, hit)?;
    }
    Ok(())
}
