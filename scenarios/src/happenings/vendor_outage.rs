//! Vendor outage: everything that a vendor runs answers nobody, of whichever product.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::event::Happening;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::site::episodes::{self, Hit, Named};
use crate::site::{Site, SiteError, products};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::fact::By;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "vendor-outage",
    title: "Every service that a vendor runs answers nobody for a while",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[],
};

/// Which vendor, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The vendor, as products and services name it.
    pub vendor: Name,
    /// How long it is down.
    pub lasts: TimeLaw,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Vendor, name: &self.vendor }]
    }
}

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let key = episodes::keyed(name, 0);
    let devices = products::run_by(site, &settings.vendor);
    let parts = devices.into_iter().map(|device| (site.core.unit(device), key)).collect();
    let hit = Hit::together(parts, settings.lasts.0);
    episodes::add(site, Named { name, by: By::Supplier, key }, &happening.timing, hit)
}
