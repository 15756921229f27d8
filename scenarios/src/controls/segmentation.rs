//! Segmentation: conduits pass what their list permits.

use super::ControlDef;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::selector::Selector;
use crate::language::strategy::ControlUses;
use crate::language::units::Share;
use crate::site::classes::{FIREWALL, MISRULE};
use crate::site::firewall::{self, Firewall, Guards, Permitted};
use crate::site::{Site, SiteError, scope};
use ::devices::class;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::luck::{mix, name_hash};
use sim::route::Toll;
use sim::station::Station;
use sim::status::PartId;
use sim::time::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "segmentation",
    title: "Conduits pass only what their list permits",
    references: &["IEC 62443-3-3 SR 5.1", "IEC 62443-3-3 SR 5.2"],
    settings: SettingsReader::of::<Settings>(),
    install,
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

/// The class that breaks and is mended as the firewall of a conduit does.
const BOX: &str = "firewall";

/// Every scoped conduit gets a firewall: a station, a list, and its mistakes.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let settings = scope::settings::<Settings>(uses);
    let mut firewalls = BTreeMap::new();
    for at in 0..site.ground.conduits.len() {
        let name = site.ground.conduits[at].name.clone();
        if let Some(one) = ruling(uses, &name).and_then(|nth| settings.get(nth)) {
            let firewall = build(site, at as u16, &name, one)?;
            firewalls.insert(at as u16, firewall);
        }
    }
    let cause = site.control(DEF.id);
    let permitted = Permitted::declared(&site.scenario, &site.ground);
    let guards = Arc::new(Guards { firewalls: firewalls.clone(), permitted });
    firewall::stand(site, cause, firewalls);
    site.core.handle(MISRULE, firewall::correct);
    site.core.handle(FIREWALL, firewall::fail_or_mend);
    let guard = site.core.check(firewall::guard);
    let laid_by = Arc::clone(&guards);
    site.network.rule(Box::new(move |ground, laid, place| {
        let (station, objection) = laid_by.meet(ground, laid, place)?;
        Some(Toll { visit: Some(station), check: objection.map(|arg| (guard, arg)), ..Toll::free(cause) })
    }));
    site.later(move |site| {
        firewall::block_streams(site, &guards);
        Ok(())
    });
    Ok(())
}

/// The use that rules a conduit: one that names it goes before one for all.
fn ruling(uses: &ControlUses, conduit: &str) -> Option<usize> {
    let specificity = |nth: &usize| {
        let named = uses.uses[*nth].on.iter().any(|on| matches!(&on.value, Selector::Conduit(_)));
        u8::from(named)
    };
    (0..uses.uses.len()).filter(|&nth| uses.uses[nth].is_on_conduit(conduit)).max_by_key(specificity)
}

/// The firewall takes the median of its law for each message: what varies in the real one is its own queue.
fn build(site: &mut Site, conduit: u16, name: &str, settings: &Settings) -> Result<Firewall, SiteError> {
    let takes = Span::from_seconds(site.numbers.time_law(&settings.takes())?.quantile(0.5));
    let station = site.core.station(Station::new(PartId::ALWAYS, 1, takes, 0));
    let share = site.numbers.share(&settings.misrules)?;
    let draws = site.core.luck.purpose("misrule");
    let wrong = |flow: &str| draws.chance(share, mix(name_hash(name) ^ name_hash(flow)), 0);
    let flows = (0..).zip(&site.scenario.flows);
    let misruled: BTreeSet<u16> =
        flows.filter(|(_, (flow, text))| text.declared && wrong(flow)).map(|(at, _)| at).collect();
    let class = class::class(BOX).map_err(|source| SiteError::class(name, source))?;
    site.numbers.class(name, class)?;
    let (fails_open, failure) = (settings.fails == FailMode::Open, class.failure.clone());
    Ok(Firewall { conduit, station, fails_open, failure, misruled })
}
