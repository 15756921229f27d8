//! Certificate expiry: a server's certificate runs out, and its clients turn away.

use super::HappeningDef;
use crate::language::at::Name;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced};
use schemars::JsonSchema;
use serde::Deserialize;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "certificate-expiry",
    title: "A server's certificate runs out, and its clients accept it no more",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
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
