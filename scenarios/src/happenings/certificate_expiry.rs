//! Certificate expiry: a server's certificate runs out, and its clients turn away.
//!
//! # Differs from the real thing
//! Sessions that stand are cut too, and the servers of a fleet share one certificate.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::event::Happening;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced};
use crate::site::episodes::{self, Hit, Named};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::fact::By;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "certificate-expiry",
    title: "A server's certificate runs out, and its clients accept it no more",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["cert.recovery"],
};

/// Whose certificate, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The service, or the fleet of servers.
    pub of: Name,
    /// How long until a new one is in place; omitted: `cert.recovery`.
    #[serde(default = "recovery")]
    pub lasts: Sourced<TimeLaw>,
}

fn recovery() -> Sourced<TimeLaw> {
    Sourced::Parameter("cert.recovery")
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
    // The servers run on; it is their clients who turn away.
    let parts = fleet.devices().map(|device| (site.core.link(device), key)).collect();
    let lasts = site.numbers.time_law(&settings.lasts)?;
    let hit = Hit::together(parts, lasts);
    episodes::add(site, Named { name, by, key }, &happening.timing, hit)
}
