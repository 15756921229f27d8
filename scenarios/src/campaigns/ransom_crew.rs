//! People after money: they enter the office, steal what they find, cross, and encrypt.

use super::AdversaryDef;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;

/// The adversary.
pub const DEF: AdversaryDef = AdversaryDef {
    id: "ransom-crew",
    title: "People after money, who enter by the office network and cross to what hurts",
    ways_in: &["phishing", "stolen-credentials", "exposed-service", "vendor-access"],
    settings: SettingsReader::of::<Settings>(),
    parameters: &["breakout.lognormal.mu", "breakout.lognormal.sigma", "ransomware.health.encrypt_success"],
};

/// How they work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Time for one step from a device to the next; omitted: lognormal by `breakout.lognormal.mu` and
    /// `breakout.lognormal.sigma`.
    #[serde(default = "breakout")]
    pub breakout: Sourced<TimeLaw>,
    /// How many steps they take at a time; omitted: one.
    #[serde(default = "one")]
    pub hands: u32,
    /// Share of devices taken whose encryption succeeds; omitted: `ransomware.health.encrypt_success`.
    #[serde(default = "encrypts")]
    pub encrypts: Sourced<Share>,
    /// How long after the first device is taken they encrypt; omitted: when nothing new has been taken
    /// for ten steps.
    pub patience: Option<TimeLaw>,
}

fn breakout() -> SourcedTime {
    Sourced::Parameter("breakout.lognormal.mu")
}

fn one() -> u32 {
    1
}

fn encrypts() -> Sourced<Share> {
    Sourced::Parameter("ransomware.health.encrypt_success")
}

impl registry::Settings for Settings {}
