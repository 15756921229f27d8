//! Encryption: messages are protected, end to end or in a tunnel over a conduit.

use super::ControlDef;
use crate::language::at::{At, Name};
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced, SourcedTime};
use crate::language::units::Time;
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "encryption",
    title: "Messages are protected: on a device scope end to end, on a conduit by a tunnel",
    references: &["IEC 62443-3-3 SR 3.1 RE(1)", "IEC 62443-3-3 SR 4.1"],
    settings: SettingsReader::of::<Settings>(),
    install: |_, _| Ok(()),
    parameters: &["cert.recovery"],
};

/// How messages are protected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which algorithms: `plimsoll list suites`.
    pub suite: Name,
    /// What a device does that cannot run the suite; omitted: its flows are lost to this control.
    #[serde(rename = "else")]
    pub substitute: Option<Substitute>,
    /// How long a session may be resumed without a new handshake; omitted: until a reboot.
    pub session: Option<At<Time>>,
    /// How long a certificate is valid; omitted: it does not expire within the run.
    pub certificate_life: Option<At<Time>>,
    /// How long service is away when a certificate has expired; omitted: `cert.recovery`.
    #[serde(default = "recovery")]
    pub recovery: Sourced<TimeLaw>,
}

/// What a device does that cannot run a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Substitute {
    /// Sends unprotected.
    Plain,
    /// Leaves the protection to its gateway.
    Gateway,
}

fn recovery() -> SourcedTime {
    Sourced::Parameter("cert.recovery")
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        vec![Reference { to: Referent::Suite, name: &self.suite }]
    }
}
