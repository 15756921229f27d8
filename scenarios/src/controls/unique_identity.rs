//! Unique identity: every device gets credentials of its own.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::strategy::ControlUses;
use crate::language::units::Share;
use crate::site::classes::ONBOARDING;
use crate::site::onboarding::{self, Rule};
use crate::site::scope::{self, Scope};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "unique-identity",
    title: "Every device proves who it is by credentials of its own",
    references: &["IEC 62443-3-3 SR 1.2 RE(1)", "NIST SP 800-213A DS:ONB"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[
        "onboard.manual.time",
        "onboard.dpp.time",
        "onboard.brski.time",
        "onboard.fdo.time",
        "onboard.thread.time",
    ],
};

/// How devices get their credentials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// By which method; it decides how long hands and network are busy, and what can fail.
    #[serde(default)]
    pub method: Method,
    /// Whether the devices are onboarded before the run begins, or during it by the people who repair.
    #[serde(default)]
    pub already: bool,
    /// Share of attempts that fail and must be repeated; omitted: none.
    #[serde(default)]
    pub failures: Share,
    /// Time that one device takes; omitted: the parameter of the method.
    pub takes: Option<crate::language::laws::TimeLaw>,
}

/// How a device is onboarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Somebody types a key in.
    #[default]
    Manual,
    /// Wi-Fi Easy Connect: somebody scans a code.
    Dpp,
    /// BRSKI (RFC 8995): the maker's service vouches.
    Brski,
    /// FIDO device onboarding: by way of a rendezvous server.
    Fdo,
    /// Thread commissioning.
    Thread,
}

impl Settings {
    /// Time that one device takes.
    pub fn takes(&self) -> SourcedTime {
        let key = match (self.takes, self.method) {
            (Some(law), _) => return Sourced::Stated(law),
            (None, Method::Manual) => "onboard.manual.time",
            (None, Method::Dpp) => "onboard.dpp.time",
            (None, Method::Brski) => "onboard.brski.time",
            (None, Method::Fdo) => "onboard.fdo.time",
            (None, Method::Thread) => "onboard.thread.time",
        };
        Sourced::Parameter(key)
    }
}

impl registry::Settings for Settings {}

/// Devices get credentials of their own; those that come back from a fault get new ones.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let mut rules = Vec::new();
    for one in scope::settings::<Settings>(uses) {
        let takes = site.numbers.time_law(&one.takes())?;
        let by_hand = match one.takes {
            Some(_) => takes,
            None => site.numbers.law("onboard.manual.time")?,
        };
        rules.push(Rule { already: one.already, failures: one.failures.0, takes, by_hand });
    }
    let cause = site.control(DEF.id);
    let scope = Scope::of(uses, &site.ground);
    onboarding::begin(site, cause, rules, scope);
    site.core.handle(ONBOARDING, onboarding::step);
    Ok(())
}
