//! Lockout: an account is closed after failed logins, whoever failed.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::strategy::ControlUses;
use crate::language::units::Time;
use crate::site::accounts::{self, Accounts, Habits, Rule};
use crate::site::classes::ACCOUNT;
use crate::site::scope::{self, Scope};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;
use sim::route::Toll;
use sim::time::Span;
use std::num::NonZeroU32;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "lockout",
    title: "After failed logins an account is closed for a while",
    references: &["IEC 62443-3-3 SR 1.11"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[
        "lockout.threshold",
        "lockout.duration",
        "account.wrong_password",
        "account.wrong_again",
        "account.desk_time",
    ],
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

/// Accounts are counted and closed; what needs a closed one is lost.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let mut rules = Vec::new();
    for one in scope::settings::<Settings>(uses) {
        let attempts = match &one.attempts {
            Sourced::Stated(attempts) => attempts.get(),
            Sourced::Parameter(key) => site.numbers.si(key)?.round().max(1.0) as u32,
        };
        let lasts = Span::from_seconds(site.numbers.seconds(&one.lasts)?);
        rules.push(Rule { attempts, lasts, desk: one.unlock_by_desk });
    }
    let habits = Habits::read(&site.numbers)?;
    let cause = site.control(DEF.id);
    let topic = site.core.names.topic("account");
    let scope = Scope::of(uses, &site.ground);
    site.world.insert_resource(Accounts::new((cause, topic), rules, habits, scope, site.core.luck));
    site.core.handle(ACCOUNT, accounts::open);
    let (admit, log_in) = (site.core.check(accounts::admit), site.core.check(accounts::log_in));
    site.network.rule(Box::new(move |ground, laid, place| {
        let whose = accounts::needed(ground, laid, place)?;
        Some(Toll { check: Some((admit, whose as u32)), ..Toll::free(cause) })
    }));
    site.network.rule(Box::new(move |ground, laid, place| {
        let whose = accounts::typed(ground, laid, place)?;
        Some(Toll { check: Some((log_in, whose as u32)), ..Toll::free(cause) })
    }));
    Ok(())
}
