//! Break-glass: who is locked out may work in an emergency, and is asked about it later.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "break-glass",
    title: "In an emergency access is given first and justified later",
    references: &["IEC 62443-3-3 SR 2.1 RE(3)"],
    settings: SettingsReader::of::<Settings>(),
    install: |_, _| Ok(()),
    parameters: &["breakglass.exception_rate"],
};

/// How emergency access works.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether each use is looked at afterwards, which takes the security people's time.
    #[serde(default)]
    pub audit: bool,
    /// Share of accesses that go this way though nothing is the matter; omitted: `breakglass.exception_rate`.
    #[serde(default = "overuse")]
    pub overuse: Sourced<Share>,
}

fn overuse() -> Sourced<Share> {
    Sourced::Parameter("breakglass.exception_rate")
}

impl registry::Settings for Settings {}
