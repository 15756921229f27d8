//! Quarantine: what a detector suspects is isolated.

use super::ControlDef;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::strategy::ControlUses;
use crate::language::units::{Rate, Share};
use crate::site::classes::{ISOLATION, RELEASE, SUSPICION};
use crate::site::isolation::{self, Rule};
use crate::site::scope::{self, Scope};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "quarantine",
    title: "What a detector suspects is cut off, by a machine or by an analyst",
    references: &["IEC 62443-3-3 SR 5.2 RE(2)", "IEC 62443-3-3 SR 6.2"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[
        "autoquarantine.fp_rate",
        "autoquarantine.release_time",
        "ids.ics_miss_at_0_5h",
        "ids.triage_time",
        "quarantine.look_again",
        "ids.ignored",
    ],
};

/// Who isolates what, on what suspicion.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who isolates.
    pub by: Isolator,
    /// Whether a device in use is left alone until it is free.
    #[serde(default)]
    pub spare_in_use: bool,
    /// Rate at which the detector suspects a healthy device; omitted: `autoquarantine.fp_rate`.
    #[serde(default = "false_alarms")]
    pub false_alarms: Sourced<Rate>,
    /// Share of attacks that the detector misses; omitted: `ids.ics_miss_at_0_5h`.
    #[serde(default = "missed")]
    pub missed: Sourced<Share>,
    /// Time that an analyst takes for a suspicion; omitted: `ids.triage_time`.
    #[serde(default = "triage")]
    pub triage: Sourced<TimeLaw>,
    /// Share of suspicions that nobody looks at; omitted: `ids.ignored`.
    #[serde(default = "ignored")]
    pub ignored: Sourced<Share>,
    /// How long a healthy device stays isolated; omitted: `autoquarantine.release_time`.
    #[serde(default = "release")]
    pub release: Sourced<TimeLaw>,
}

/// Who isolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolator {
    /// The machine, at once.
    Automation,
    /// An analyst, who looks first.
    Analyst,
}

fn false_alarms() -> Sourced<Rate> {
    Sourced::Parameter("autoquarantine.fp_rate")
}

fn missed() -> Sourced<Share> {
    Sourced::Parameter("ids.ics_miss_at_0_5h")
}

fn triage() -> SourcedTime {
    Sourced::Parameter("ids.triage_time")
}

fn ignored() -> Sourced<Share> {
    Sourced::Parameter("ids.ignored")
}

fn release() -> SourcedTime {
    Sourced::Parameter("autoquarantine.release_time")
}

impl registry::Settings for Settings {}

/// A detector watches every device in scope; what it suspects is cut off.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let mut rules = Vec::new();
    for one in scope::settings::<Settings>(uses) {
        rules.push(Rule {
            analyst: one.by == Isolator::Analyst,
            spare_in_use: one.spare_in_use,
            false_alarms: site.numbers.rate(&one.false_alarms)?,
            missed: site.numbers.share(&one.missed)?,
            triage: site.numbers.time_law(&one.triage)?,
            ignored: site.numbers.share(&one.ignored)?,
            release: site.numbers.time_law(&one.release)?,
            look_again: site.numbers.span("quarantine.look_again")?,
        });
    }
    let cause = site.control(DEF.id);
    let scope = Scope::of(uses, &site.ground);
    isolation::watch(site, cause, rules, scope);
    for (class, handler) in [
        (SUSPICION, isolation::alarm as sim::row::Handler),
        (ISOLATION, isolation::decide),
        (RELEASE, isolation::release),
    ] {
        site.core.handle(class, handler);
    }
    Ok(())
}
