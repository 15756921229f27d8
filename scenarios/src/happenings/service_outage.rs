//! Service outage: a service or a server fleet answers nobody.

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
    id: "service-outage",
    title: "A service, or all servers of a fleet, answer nobody for a while",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
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

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let Some(fleet) = site.ground.fleet_named(&settings.of) else {
        return Err(SiteError::Missing { what: "happening", name: settings.of.value.clone() });
    };
    let (by, key) = (if fleet.service { By::Supplier } else { By::Fault }, episodes::keyed(name, 0));
    let parts = fleet.devices().map(|device| (site.core.unit(device), key)).collect();
    let hit = Hit::together(parts, settings.lasts.0);
    episodes::add(site, Named { name, by, key }, &happening.timing, hit)
}
