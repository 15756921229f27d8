//! Segmentation: conduits pass what their list permits.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "segmentation",
    title: "Conduits pass only what their list permits",
    references: &["IEC 62443-3-3 SR 5.1", "IEC 62443-3-3 SR 5.2"],
    settings: SettingsReader::of::<Settings>(),
    install: |_, _| Ok(()),
    parameters: &["segmentation.misrule_rate", "segmentation.firewall_latency", "segmentation.dpi_latency"],
};

/// How conduits are guarded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What may pass.
    #[serde(default)]
    pub allow: Allow,
    /// How closely the firewall looks; it is a station with a queue, and can fail.
    #[serde(default)]
    pub inspection: Inspection,
    /// What passes while the firewall is down.
    #[serde(default)]
    pub fails: FailMode,
    /// Time that the firewall takes for a message; omitted: `segmentation.firewall_latency`, or
    /// `segmentation.dpi_latency` where it looks inside.
    pub takes: Option<crate::language::laws::TimeLaw>,
    /// Share of permitted flows that the list blocks by mistake; omitted: `segmentation.misrule_rate`.
    #[serde(default = "misrules")]
    pub misrules: Sourced<Share>,
}

/// What may pass a conduit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allow {
    /// The scenario's flows, but for those with `declared = false`.
    #[default]
    DeclaredFlows,
}

/// How closely a firewall looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inspection {
    /// At addresses and ports.
    #[default]
    Headers,
    /// Inside messages.
    Deep,
}

/// What passes while a guard is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailMode {
    /// Nothing.
    #[default]
    Closed,
    /// Everything.
    Open,
}

fn misrules() -> Sourced<Share> {
    Sourced::Parameter("segmentation.misrule_rate")
}

impl Settings {
    /// Time that the firewall takes for a message.
    pub fn takes(&self) -> SourcedTime {
        match (self.takes, self.inspection) {
            (Some(law), _) => Sourced::Stated(law),
            (None, Inspection::Headers) => Sourced::Parameter("segmentation.firewall_latency"),
            (None, Inspection::Deep) => Sourced::Parameter("segmentation.dpi_latency"),
        }
    }
}

impl registry::Settings for Settings {}
