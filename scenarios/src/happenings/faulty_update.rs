//! Faulty update: one bad fix reaches many devices at once.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::event::Happening;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced};
use crate::language::units::Share;
use crate::site::episodes::{self, Hit, Named};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::fact::By;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "faulty-update",
    title: "A maker's bad update reaches many devices at once",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
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

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let key = |device| episodes::keyed(name, site.core.key(device));
    let devices = super::devices(site, &settings.on)?;
    let parts = devices.into_iter().map(|device| (site.core.unit(device), key(device))).collect();
    let lasts = site.numbers.time_law(&settings.recovery)?;
    let hit = Hit { parts, lasts, share: settings.hits.0, apart: true };
    let named = Named { name, by: By::Supplier, key: episodes::keyed(name, 0) };
    episodes::add(site, named, &happening.timing, hit)
}
