//! Authority: who commands devices, and who does so while that one is not reached.
//!
//! # Differs from the real thing
//! The controllers are there already: buying, programming and keeping a second one in step with the first is left out.
//! What it costs here is what runs through the network (questions whether the first is there, and their answers), and
//! what an adversary who holds the second may command.

use super::ControlDef;
use crate::language::at::Name;
use crate::language::flow::ITSELF;
use crate::language::process::Notices;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::language::strategy::ControlUses;
use crate::site::local::authority::Commanders;
use crate::site::scope::{self, Scope};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "authority",
    title: "Devices are commanded by others while who usually commands them is not reached",
    references: &["IEC 62443-3-3 SR 5.2 RE(2)", "NIST IR 8618, 2.8"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["contact.period", "contact.misses", "contact.bytes"],
};

/// Who commands, the first first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Fleets or services, or `itself` for a device's own loop; each commands while none before it is reached. Omitted:
    /// as the flows say.
    #[serde(default)]
    pub order: Vec<Name>,
    /// How a device notices that it does not reach who commands; omitted: `contact.period` and `contact.misses`.
    pub notices: Option<Notices>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        let others = self.order.iter().filter(|name| name.value != ITSELF);
        others.map(|name| Reference { to: Referent::Part, name }).collect()
    }
}

/// Commands come from whom their receivers obey.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let rule = |one: Settings| (one.order.into_iter().map(|name| name.value).collect(), one.notices);
    let rules = scope::settings::<Settings>(uses).into_iter().map(rule).collect();
    let scope = Scope::of(uses, &site.ground);
    site.world.insert_resource(Commanders { rules, scope });
    Ok(())
}
