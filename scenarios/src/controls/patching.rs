//! Patching: fixes reach devices in windows and rings, and cost reboots.

use super::ControlDef;
use crate::language::at::At;
use crate::language::clock::Clock;
use crate::language::complaint::Complaint;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::strategy::ControlUses;
use crate::language::units::{Share, Time};
use crate::site::classes::UPDATE;
use crate::site::scope::{self, Scope};
use crate::site::updates::{self, Rule};
use crate::site::{Site, SiteError};
use schemars::JsonSchema;
use serde::Deserialize;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "patching",
    title: "Fixes are installed, ring by ring, and each costs a reboot",
    references: &["IEC 62443-3-3 SR 3.4", "IEC 62443-3-3 SR 7.4"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["patch.incorrect_fix", "update.fault.median_downtime", "patching.ask_again"],
};

/// When and how fixes are installed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// When a device may be rebooted.
    #[serde(default)]
    pub window: Window,
    /// The hours in which it may; omitted: any.
    pub hours: Option<Hours>,
    /// Shares of the devices that have the fix after each ring, rising to 1; omitted: all at once.
    #[serde(default = "one_ring")]
    pub rings: At<Vec<Share>>,
    /// Time between two rings, in which a bad fix shows; omitted: 24 h.
    #[serde(default = "a_day")]
    pub soak: Time,
    /// When the fix is there, from the run's start; omitted: at the start.
    #[serde(default)]
    pub released: Time,
    /// Share of fixes that are bad; omitted: `patch.incorrect_fix`.
    #[serde(default = "bad_fixes")]
    pub bad_fixes: Sourced<Share>,
    /// Whether a device that does not start with the fix goes back to the version before, by another reboot.
    #[serde(default)]
    pub rollback: bool,
    /// By which scheme fixes are signed; omitted: devices install what they are sent. Who cannot check a signature gets
    /// no fix.
    pub signed: Option<Signed>,
    /// How long a device with a bad fix is away; omitted: `update.fault.median_downtime`.
    #[serde(default = "recovery")]
    pub recovery: Sourced<TimeLaw>,
}

/// Schemes by which firmware is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// Ed25519.
    Ed25519,
    /// ECDSA with P-256.
    EcdsaP256,
    /// RSA with 2,048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// ML-DSA-44.
    #[serde(rename = "ml-dsa-44")]
    MlDsa44,
    /// ML-DSA-65.
    #[serde(rename = "ml-dsa-65")]
    MlDsa65,
    /// ML-DSA-87.
    #[serde(rename = "ml-dsa-87")]
    MlDsa87,
    /// SLH-DSA-SHA2-128s.
    #[serde(rename = "slh-dsa-sha2-128s")]
    SlhDsaSha2128s,
    /// LMS with a tree of ten levels.
    Lms,
}

impl Signed {
    /// Its name in the catalogue.
    const fn scheme(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256 => "ECDSA P-256",
            Self::Rsa2048 => "RSA-2048",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
            Self::SlhDsaSha2128s => "SLH-DSA-SHA2-128s",
            Self::Lms => "LMS-SHA256-H10-W8",
        }
    }
}

/// When a device may be rebooted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// When nobody needs it.
    #[default]
    WhenIdle,
    /// At once, whoever needs it.
    AtOnce,
}

/// Hours of the day.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From this time of day.
    pub from: Clock,
    /// To this time of day; before `from`: over midnight.
    pub to: Clock,
}

fn one_ring() -> At<Vec<Share>> {
    At { value: vec![Share(1.0)], span: 0..0 }
}

fn a_day() -> Time {
    Time(sim::time::Span::DAY)
}

fn bad_fixes() -> Sourced<Share> {
    Sourced::Parameter("patch.incorrect_fix")
}

fn recovery() -> SourcedTime {
    Sourced::Parameter("update.fault.median_downtime")
}

impl registry::Settings for Settings {
    fn mistakes(&self) -> Vec<Complaint> {
        let rising = self.rings.windows(2).all(|pair| pair[0] < pair[1]);
        let whole = self.rings.last() == Some(&Share(1.0));
        if rising && whole {
            return Vec::new();
        }
        let complaint = self.rings.complain("S013", "rings are shares that rise to 1");
        vec![complaint.label("write [0.01, 0.1, 1.0]")]
    }
}

/// Every device in scope is offered the fix in its ring.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let mut rules = Vec::new();
    for one in scope::settings::<Settings>(uses) {
        rules.push(Rule {
            when_idle: one.window == Window::WhenIdle,
            hours: one.hours.map(|hours| (hours.from, hours.to)),
            rings: one.rings.iter().map(|share| share.0).collect(),
            soak: one.soak.0,
            released: one.released.0,
            bad: site.numbers.share(&one.bad_fixes)?,
            rollback: one.rollback,
            recovery: site.numbers.time_law(&one.recovery)?,
            ask_again: site.numbers.span("patching.ask_again")?,
            signed: one.signed.map(Signed::scheme),
            costs: site.scenario.costs.clone(),
        });
    }
    let cause = site.control(DEF.id);
    let scope = Scope::of(uses, &site.ground);
    updates::offer(site, cause, rules, scope);
    site.core.handle(UPDATE, updates::step);
    Ok(())
}
