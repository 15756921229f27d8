//! Segmentation: conduits pass what their list permits.

use super::ControlDef;
use crate::language::at::At;
use crate::language::complaint::Complaint;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::selector::Selector;
use crate::language::strategy::ControlUses;
use crate::language::units::{BitRate, Share};
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
    parameters: &[
        "segmentation.misrule_rate",
        "segmentation.firewall_latency",
        "segmentation.dpi_latency",
        "segmentation.firewall_throughput",
        "segmentation.dpi_throughput",
        "segmentation.packet_work",
        "segmentation.correction_time",
    ],
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
    /// How much later a message leaves the firewall than it came, however little it has to do; omitted:
    /// `segmentation.firewall_latency`, or `segmentation.dpi_latency` where it looks inside.
    pub takes: Option<crate::language::laws::TimeLaw>,
    /// Bits per second that the firewall can look at; omitted: `segmentation.firewall_throughput`, or
    /// `segmentation.dpi_throughput` where it looks inside.
    pub throughput: Option<At<BitRate>>,
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
    /// How much later a message leaves the firewall than it came.
    pub fn takes(&self) -> SourcedTime {
        match (self.takes, self.inspection) {
            (Some(law), _) => Sourced::Stated(law),
            (None, Inspection::Headers) => Sourced::Parameter("segmentation.firewall_latency"),
            (None, Inspection::Deep) => Sourced::Parameter("segmentation.dpi_latency"),
        }
    }
}

impl Settings {
    /// Bits per second that the firewall can look at.
    pub fn throughput(&self) -> Sourced<BitRate> {
        match (&self.throughput, self.inspection) {
            (Some(rate), _) => Sourced::Stated(rate.value),
            (None, Inspection::Headers) => Sourced::Parameter("segmentation.firewall_throughput"),
            (None, Inspection::Deep) => Sourced::Parameter("segmentation.dpi_throughput"),
        }
    }
}

impl registry::Settings for Settings {
    fn mistakes(&self) -> Vec<Complaint> {
        let stuck = self.throughput.iter().filter(|rate| rate.value.0 < 1.0);
        let complain = |rate: &At<BitRate>| {
            rate.complain("S013", "nothing passes less than a bit per second").label("write \"2 Gbit/s\"")
        };
        stuck.map(complain).collect()
    }
}

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
    let correction = site.numbers.span("segmentation.correction_time")?;
    firewall::stand(site, cause, correction, firewalls);
    site.core.handle(MISRULE, firewall::correct);
    site.core.handle(FIREWALL, firewall::fail_or_mend);
    let guard = site.core.check(firewall::guard);
    let laid_by = Arc::clone(&guards);
    let delayed_by = Arc::clone(&guards);
    site.network.rule(Box::new(move |ground, laid, place| {
        let (firewall, objection) = laid_by.meet(ground, laid, place)?;
        let check = objection.map(|arg| (guard, arg));
        Some(Toll { visit: Some(firewall.station), check, ..Toll::free(cause) })
    }));
    site.network.rule(Box::new(move |ground, laid, place| {
        let (firewall, _) = delayed_by.meet(ground, laid, place)?;
        Some(Toll { visit: Some(firewall.delay?), ..Toll::free(cause) })
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

/// Each message takes as long as its bytes and a packet's work do at the firewall's throughput, one after the other;
/// the median of what it adds besides holds up no other message.
fn build(site: &mut Site, conduit: u16, name: &str, settings: &Settings) -> Result<Firewall, SiteError> {
    let takes = Span::from_seconds(site.numbers.time_law(&settings.takes())?.quantile(0.5));
    let throughput = site.numbers.bit_rate(&settings.throughput())?;
    let queue = firewall::queue(&site.numbers, throughput, PartId::ALWAYS)?;
    let station = site.core.station(queue);
    let delay = (takes > Span::ZERO)
        .then(|| site.core.station(Station::new(PartId::ALWAYS, firewall::UNDER_WAY, takes, 0)));
    let share = site.numbers.share(&settings.misrules)?;
    let draws = site.core.luck.purpose("misrule");
    let wrong = |flow: &str| draws.chance(share, mix(name_hash(name) ^ name_hash(flow)), 0);
    let flows = (0..).zip(&site.scenario.flows);
    let misruled: BTreeSet<u16> =
        flows.filter(|(_, (flow, text))| text.is_declared() && wrong(flow)).map(|(at, _)| at).collect();
    let class = class::class(BOX).map_err(|source| SiteError::class(name, source))?;
    site.numbers.class(name, class)?;
    let (fails_open, failure) = (settings.fails == FailMode::Open, class.failure.clone());
    Ok(Firewall { conduit, station, delay, fails_open, failure, misruled })
}
