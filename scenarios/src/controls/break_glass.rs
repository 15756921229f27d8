//! Break-glass: who is locked out may work in an emergency, and is asked about it later.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::strategy::ControlUses;
use crate::language::units::Share;
use crate::site::emergency::{self, Emergency, Rule};
use crate::site::scope::{self, Scope};
use crate::site::{Site, SiteError, accounts};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::route::Toll;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "break-glass",
    title: "In an emergency access is given first and justified later",
    references: &["IEC 62443-3-3 SR 2.1 RE(3)"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["breakglass.exception_rate", AUDIT],
};

/// How long somebody looks at an emergency access.
const AUDIT: &str = "account.audit_time";

/// How emergency access works.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether each use is looked at afterwards, which takes the security people's time.
    #[serde(default)]
    pub audit: bool,
    /// Share of logins that go this way though nothing is the matter; omitted: `breakglass.exception_rate`.
    #[serde(default = "overuse")]
    pub overuse: Sourced<Share>,
}

fn overuse() -> Sourced<Share> {
    Sourced::Parameter("breakglass.exception_rate")
}

impl registry::Settings for Settings {}

/// What a lockout would refuse passes; each time, and each time out of habit, somebody is asked about it.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let mut rules = Vec::new();
    for one in scope::settings::<Settings>(uses) {
        let audit = if one.audit { Some(site.numbers.span(AUDIT)?) } else { None };
        rules.push(Rule { audit, overuse: site.numbers.share(&one.overuse)? });
    }
    let cause = site.control(DEF.id);
    let topic = site.core.names.topic("account");
    let scope = Scope::of(uses, &site.ground);
    site.world.insert_resource(Emergency::new(cause, topic, rules, scope, site.core.luck));
    let overuse = site.core.check(emergency::overuse);
    site.network.rule(Box::new(move |ground, laid, place| {
        // A habit belongs to logins: what is done after one asks for no glass again.
        let whose = accounts::typed(ground, laid, place)?;
        Some(Toll { check: Some((overuse, whose as u32)), ..Toll::free(cause) })
    }));
    Ok(())
}
