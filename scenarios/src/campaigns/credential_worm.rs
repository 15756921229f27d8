//! A worm that guesses default and shared passwords; a reboot clears it.

use super::AdversaryDef;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::units::Rate;
use schemars::JsonSchema;
use serde::Deserialize;

/// The adversary.
pub const DEF: AdversaryDef = AdversaryDef {
    id: "credential-worm",
    title: "A program that goes from device to device by default and shared passwords",
    ways_in: &["default-credentials", "exposed-service", "infected-device"],
    settings: SettingsReader::of::<Settings>(),
    parameters: &["mirai.effective_success_rate", "mirai.credential_pairs"],
};

/// How it spreads.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Attempts that one infected device makes; omitted: `mirai.effective_success_rate`.
    #[serde(default = "attempts")]
    pub attempts: Sourced<Rate>,
    /// Whether it stays in a device that is rebooted.
    #[serde(default)]
    pub survives_reboot: bool,
}

fn attempts() -> Sourced<Rate> {
    Sourced::Parameter("mirai.effective_success_rate")
}

impl registry::Settings for Settings {}
