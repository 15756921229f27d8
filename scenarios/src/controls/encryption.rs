//! Encryption: messages are protected, end to end or in a tunnel over a conduit.

use super::ControlDef;
use super::protected::{Migrates, MigratesTo, Protected};
use crate::language::at::{At, Name};
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, Reference, Referent, SettingsReader, Sourced, SourcedTime};
use crate::language::selector::Selector;
use crate::language::stated::measured;
use crate::language::strategy::ControlUses;
use crate::language::units::Time;
use crate::site::classes::REKEY;
use crate::site::firewall::Permitted;
use crate::site::ground::Ground;
use crate::site::network::{Place, Traffic};
use crate::site::sealing::{BOX, Band, Layer, Seals};
use crate::site::sessions::{self, Validity};
use crate::site::streams::Blocks;
use crate::site::tunnels::Tunnels;
use crate::site::{Site, SiteError, scope};
use ::devices::class;
use ::devices::crypto::{CryptoError, Suite};
use ::devices::parameters::Group;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::fact::{CauseId, Charge};
use sim::luck::name_hash;
use sim::route::Toll;
use sim::travel::Verdict;
use std::sync::Arc;

/// The control.
pub const DEF: ControlDef = ControlDef {
    id: "encryption",
    title: "Messages are protected: on a device scope end to end, on a conduit by a tunnel",
    references: &["IEC 62443-3-3 SR 3.1 RE(1)", "IEC 62443-3-3 SR 4.1"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[
        "cert.recovery",
        "crypto.implementation",
        "session.give_up",
        "session.retries",
        "tunnel.frame",
    ],
};

/// How messages are protected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which algorithms: `plimsoll list suites`.
    pub suite: Name,
    /// What a device does that cannot run the suite; omitted: its flows are lost to this control.
    #[serde(rename = "else")]
    pub substitute: Option<Substitute>,
    /// Who does it: the devices themselves, or for those behind one their gateway.
    #[serde(default)]
    pub at: Where,
    /// Which implementation a device has: what its class says, or any that was measured on its core.
    #[serde(default)]
    pub implementation: Implementation,
    /// How devices move to another suite in the years to come; omitted: never.
    pub migrates: Option<MigratesTo>,
    /// How long a session may be resumed without a new handshake; omitted: until a reboot.
    pub session: Option<At<Time>>,
    /// Whether a session that has ended is resumed by a ticket, without certificates, as long as neither end has been
    /// down; where a suite has none, nothing changes.
    #[serde(default)]
    pub tickets: bool,
    /// How long a certificate is valid; omitted: it does not expire within the run.
    pub certificate_life: Option<At<Time>>,
    /// How long service is away when a certificate has expired; omitted: `cert.recovery`.
    #[serde(default = "recovery")]
    pub recovery: Sourced<TimeLaw>,
}

/// Who protects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// Each end of a leg.
    #[default]
    Ends,
    /// The gateway of a device that has one: between the two, messages go as they are.
    Gateway,
}

/// Which implementation a device has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Implementation {
    /// The one that its class names.
    #[default]
    Class,
    /// Any between the cheapest and the dearest that was measured on its core, drawn anew in each replication for each
    /// class: nobody knows what a product links.
    Sampled,
}

/// What a device does that cannot run a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Substitute {
    /// Sends unprotected.
    Plain,
    /// Leaves the protection to its gateway.
    Gateway,
}

fn recovery() -> SourcedTime {
    Sourced::Parameter("cert.recovery")
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        let to = self.migrates.as_ref().map(|plan| &plan.to);
        [&self.suite].into_iter().chain(to).map(|name| Reference { to: Referent::Suite, name }).collect()
    }
}

fn model(what: &str, error: &CryptoError) -> SiteError {
    SiteError::Model { what: what.to_owned(), why: error.to_string() }
}

/// Device scopes are sealed end to end, with sessions; conduit scopes get a tunnel.
fn install(uses: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    for selector in uses.uses.iter().flat_map(|one| one.on.iter()) {
        if matches!(selector.value, Selector::Device(..)) {
            let why = "a suite is set for a whole fleet: write the fleet's name".to_owned();
            return Err(SiteError::Model { what: format!("encryption on `{}`", selector.value), why });
        }
    }
    let cause = site.control(DEF.id);
    let (mut layers, mut validity, mut migrates) = (Vec::new(), Validity::new(), Vec::new());
    let today = site.scenario.date;
    let implementation = site.numbers.si("crypto.implementation")?;
    for one in scope::settings::<Settings>(uses) {
        let suite = Suite::shipped(&one.suite).map_err(|error| model("encryption", &error))?;
        let lifetime = one.session.as_ref().map(|time| time.value.0);
        let at_gateway = one.at == Where::Gateway;
        let substitute = if at_gateway { Some(Substitute::Gateway) } else { one.substitute };
        layers.push(Layer { suite, substitute, at_gateway, tickets: one.tickets, lifetime, next: None });
        migrates.push(match &one.migrates {
            Some(plan) => {
                let to = Suite::shipped(&plan.to).map_err(|error| model("encryption", &error))?;
                let plan = Migrates::new(plan, to, today).ok_or_else(|| SiteError::Model {
                    what: format!("the move to `{}`", to.name),
                    why: "it starts on a day, and the scenario does not say its own `date`".to_owned(),
                })?;
                Some((plan, to))
            }
            None => None,
        });
        validity.push(match &one.certificate_life {
            Some(life) => Some((life.value.0, site.numbers.time_law(&one.recovery)?)),
            None => None,
        });
    }
    // Who has been moved is ruled by a layer of its own, alike but for the suite.
    for at in 0..migrates.len() {
        let Some((_, suite)) = migrates[at] else { continue };
        let after = Layer { suite, ..layers[at].clone() };
        layers[at].next = Some(layers.len() as u16);
        layers.push(after);
        validity.push(validity[at]);
    }
    let migrates: Vec<Option<Migrates>> =
        migrates.into_iter().map(|plan: Option<(Migrates, _)>| Some(plan?.0)).collect();
    let days = site.core.luck.purpose("migration");
    let has_moved = |layer: u16, key: u64| {
        migrates
            .get(usize::from(layer))
            .copied()
            .flatten()
            .is_some_and(|plan| plan.has_moved(days.unit(key, 0)))
    };
    let tunnels = tunnel(uses, site, cause, (&layers, &validity), has_moved)?;
    let ruling = site.ground.fleets.iter().map(|fleet| scope::of_fleet(uses, fleet)).collect();
    let stand_in = class::class(BOX).map_err(|source| SiteError::class(BOX, source))?;
    if layers.iter().any(|layer| layer.substitute == Some(Substitute::Gateway)) {
        site.numbers.class(BOX, stand_in)?;
    }
    let band = Band {
        at: implementation,
        sampled: scope::settings::<Settings>(uses)
            .iter()
            .any(|one| one.implementation == Implementation::Sampled),
    };
    let refused = |error| model("encryption", &error);
    let known = (&site.ground, site.scenario.catalogue().map_err(refused)?);
    for row in site.scenario.costs.iter().flat_map(|costs| costs.laid()) {
        if site.ground.fleets.iter().any(|fleet| fleet.class.hardware.core.name() == row.core) {
            site.numbers.log.note(&measured(row), Group::Crypto, row.confidence);
        }
    }
    let seals = Seals::price(&mut site.core, known, cause, layers, ruling, stand_in, band);
    let mut seals = seals.map_err(refused)?;
    seals.moved(&site.ground, |layer, device| has_moved(layer, site.core.key(device)));
    site.network.set_apart(seals.all_moved().iter().copied());
    let seals = Arc::new(seals);
    site.world.insert_resource(Protected { seals: Arc::clone(&seals), tunnels, migrates });
    seal(site, &seals);
    site.later(move |site| {
        hold_back(site, &seals);
        sessions::open(site, &seals, &validity)
    });
    Ok(())
}

/// Scoped conduits get a tunnel, which is down while its certificate has expired.
fn tunnel(
    uses: &ControlUses,
    site: &mut Site,
    cause: CauseId,
    (layers, validity): (&[Layer], &Validity),
    has_moved: impl Fn(u16, u64) -> bool,
) -> Result<Arc<Tunnels>, SiteError> {
    let class = class::class(BOX).map_err(|source| SiteError::class(BOX, source))?;
    let mut tunnels = Tunnels::new(site.numbers.count("tunnel.frame")?);
    let catalogue = site.scenario.catalogue().map_err(|error| model("encryption", &error))?;
    for at in 0..site.ground.conduits.len() {
        let (name, part) = (site.ground.conduits[at].name.clone(), site.ground.conduits[at].part);
        let Some(nth) = (0..uses.uses.len()).rfind(|&nth| uses.uses[nth].is_on_conduit(&name)) else {
            continue;
        };
        // Both its ends are moved on one day.
        let next = layers[nth].next.filter(|_| has_moved(nth as u16, name_hash(&name)));
        let nth = next.map_or(nth, usize::from);
        site.numbers.class(BOX, class)?;
        tunnels
            .dig(&mut site.core, (&site.ground, catalogue), at as u16, &layers[nth], class)
            .map_err(|error| model(&format!("a tunnel over `{name}`"), &error))?;
        if let Some((life, recovery)) = validity[nth] {
            let (from, until) = sessions::away(&site.core, name_hash(&name), life, recovery);
            let charge = Charge { by: cause, because: CauseId::NONE };
            site.core.change_at(from, part, charge, false);
            site.core.change_at(until, part, charge, true);
        }
    }
    let tunnels = Arc::new(tunnels);
    if !tunnels.is_empty() {
        let [behind, before] = [&tunnels, &tunnels].map(Arc::clone);
        tunnels.keep_keys(&mut site.core, &site.ground);
        site.core.handle(REKEY, |core, world, row| {
            let (Some(protected), Some(ground)) =
                (world.get_resource::<Protected>(), world.get_resource::<Ground>())
            else {
                return;
            };
            protected.tunnels.rekey(core, ground, protected.seals.cause, row);
        });
        site.network.rule(Box::new(move |ground, laid, place| behind.leaving(ground, laid, place, cause)));
        site.network.rule(Box::new(move |ground, laid, place| before.entering(ground, laid, place, cause)));
    }
    Ok(tunnels)
}

/// The tolls of what is sealed, in the order in which they act: who may not pass, who waits for a session, who pays.
fn seal(site: &mut Site, seals: &Arc<Seals>) {
    let cause = seals.cause;
    let refuse = site.core.check(|_, _, _, message, by| {
        let by = CauseId(by as u16);
        Verdict::Drop(Charge { by, because: message.made_by })
    });
    let gate = site.core.check(sim::session::gate);
    let certificate = site.core.check(sessions::certificate);
    let peers = Permitted::all(&site.scenario, &site.ground);
    let laid_by = Arc::clone(seals);
    site.network.rule(Box::new(move |ground, laid, place| {
        let check = match (laid.traffic, place) {
            (Traffic::Flow(_), Place::Source) if laid_by.is_lost(ground, laid) => {
                (refuse, u32::from(cause.0))
            }
            (Traffic::Flow(_), Place::Source) => (gate, 0),
            (Traffic::Handshake(own), Place::Target) if own == cause => (certificate, 0),
            (Traffic::Attempt | Traffic::Login, Place::Target)
                if laid_by.turns_away(ground, laid.source, laid.target)
                    && !peers.calls(laid.source, laid.target) =>
            {
                (refuse, u32::from(cause.0))
            }
            _ => return None,
        };
        Some(Toll { check: Some(check), ..Toll::free(cause) })
    }));
    let laid_by = Arc::clone(seals);
    site.network.rule(Box::new(move |ground, laid, place| {
        let Traffic::Flow(flow) = laid.traffic else { return None };
        let bytes = ground.flows.get(usize::from(flow))?.text.size.value.0;
        laid_by.toll(ground, laid, place, u32::try_from(bytes).unwrap_or(u32::MAX))
    }));
}

/// What cannot run its suite sends nothing: a part that is down for good stands in the way of its streams.
fn hold_back(site: &mut Site, seals: &Seals) {
    let lost: Vec<u32> = (0..)
        .zip(&site.core.emitters)
        .filter(|(_, own)| site.network.laid(own.route).is_some_and(|laid| seals.is_lost(&site.ground, laid)))
        .map(|(emitter, _)| emitter)
        .collect();
    if lost.is_empty() {
        return;
    }
    let part = site.core.status.parts(1);
    let charge = Charge { by: seals.cause, because: CauseId::NONE };
    site.core.take_down(&mut site.world, part, charge);
    let mut blocks = site.world.get_resource_or_init::<Blocks>();
    lost.into_iter().for_each(|emitter| blocks.add(emitter, part));
}
