//! Lockout: an account is closed after failed logins.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::units::Time;
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "lockout",
    title: "After failed logins an account is closed for a while",
    references: &["IEC 62443-3-3 SR 1.11"],
    settings: SettingsReader::of::<Settings>(),
    install: |_, _| Ok(()),
    parameters: &["lockout.threshold", "lockout.duration"],
};

/// When an account is closed, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Failed logins in a row that close it; omitted: `lockout.threshold`.
    #[serde(default = "attempts")]
    pub attempts: Sourced<NonZeroU32>,
    /// How long it stays closed; omitted: `lockout.duration`.
    #[serde(default = "lasts", rename = "for")]
    pub lasts: Sourced<Time>,
    /// Whether the service desk opens it sooner when asked.
    #[serde(default)]
    pub unlock_by_desk: bool,
}

fn attempts() -> Sourced<NonZeroU32> {
    Sourced::Parameter("lockout.threshold")
}

fn lasts() -> Sourced<Time> {
    Sourced::Parameter("lockout.duration")
}

impl registry::Settings for Settings {}
