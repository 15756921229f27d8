//! Authorities: who commands a device, and who does so while that one is not reached.
//!
//! The receiver decides: it obeys the first of its authorities that it takes itself for connected to, and the last
//! whatever it knows. Between a cut and its noticing, commands are lost.
//!
//! # Differs from the real thing
//! All authorities know the same and order the same; who takes over and who hands back do so without a word to each
//! other. A session with whoever takes over is opened where the encryption of a pair begins anew.

use super::contact::{self, Contacts};
use crate::language::flow::{Flow, ITSELF};
use crate::language::process::Notices;
use crate::site::ground::Ground;
use crate::site::scope::Scope;
use crate::site::standby::{self, End, Plan, Standby};
use crate::site::{Site, SiteError, sessions};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::message::DeviceId;
use std::collections::BTreeMap;

/// One that may command.
#[derive(Clone, Debug)]
struct Authority {
    plan: Plan,
    /// By which contact the receiver knows whether it is reached; the last is taken for reached.
    contact: Option<usize>,
}

/// The authorities of emitters that have several, the first first.
#[derive(Resource, Debug, Default)]
pub struct Authorities {
    of: BTreeMap<u32, Vec<Authority>>,
    by_contact: BTreeMap<usize, Vec<u32>>,
    /// Which of them each emitter's receiver obeys now, if not the first.
    obeys: BTreeMap<u32, u16>,
}

impl Authorities {
    /// Which of an emitter's authorities is obeyed, from 0.
    pub fn obeyed(&self, emitter: u32) -> u16 {
        self.obeys.get(&emitter).copied().unwrap_or(0)
    }

    /// The emitters that have several.
    pub(super) fn emitters(&self) -> impl Iterator<Item = u32> + '_ {
        self.of.keys().copied()
    }
}

/// What a strategy says of who commands whom.
#[derive(Resource, Debug)]
pub struct Commanders {
    /// Names, the first first, of each use.
    pub rules: Vec<(Vec<String>, Option<Notices>)>,
    /// Which use rules which device.
    pub scope: Scope,
}

/// Lay the authorities of an emitter of commands: what the strategy says of its receiver, else what the flow says, else
/// the receiver's own loop where its product says so.
pub(super) fn lay(
    site: &mut Site,
    text: &Flow,
    (emitter, owner, nth): (u32, DeviceId, usize),
    plan: &mut Plan,
    by_itself: Option<(End, Option<Notices>)>,
) -> Result<(), SiteError> {
    let ruled = site.world.get_resource::<Commanders>().and_then(|orders| {
        let (names, notices) = orders.rules.get(orders.scope.get(owner)?)?;
        (!names.is_empty()).then(|| (names.clone(), notices.clone()))
    });
    let of_strategy = ruled.is_some();
    let (mut plans, notices) = match ruled {
        Some((names, notices)) => {
            let plans = names.iter().map(|name| plan_by(site, name, (owner, nth), plan));
            (plans.collect::<Result<Vec<_>, _>>()?, notices)
        }
        None if !text.else_from.is_empty() => {
            let mut plans = vec![plan.clone()];
            for name in &text.else_from {
                plans.push(plan_by(site, name, (owner, nth), plan)?);
            }
            (plans, text.notices.clone())
        }
        None => match by_itself {
            None => return Ok(()),
            Some((end, notices)) => {
                let own = plan_by(site, ITSELF, (owner, nth), plan)?;
                let all = vec![(plan.clone(), Some(end)), (own, None)];
                return keep(site, (emitter, owner), all, (notices.as_ref(), false));
            }
        },
    };
    plans.dedup();
    if let Some(first) = plans.first() {
        plan.clone_from(first);
    }
    let last = plans.len() - 1;
    let all = plans.into_iter().enumerate().map(|(at, plan)| {
        let end = (at < last).then_some(plan.from);
        (plan, end)
    });
    let all = all.collect();
    keep(site, (emitter, owner), all, (notices.as_ref(), of_strategy))
}

fn keep(
    site: &mut Site,
    (emitter, owner): (u32, DeviceId),
    plans: Vec<(Plan, Option<End>)>,
    (notices, of_strategy): (Option<&Notices>, bool),
) -> Result<(), SiteError> {
    if plans.len() < 2 {
        return Ok(());
    }
    let mut all = Vec::new();
    for (plan, end) in plans {
        let contact = end.map(|end| contact::watch(site, owner, end, notices, of_strategy)).transpose()?;
        all.push(Authority { plan, contact });
    }
    let mut authorities = site.world.resource_mut::<Authorities>();
    for contact in all.iter().filter_map(|one| one.contact) {
        authorities.by_contact.entry(contact).or_default().push(emitter);
    }
    authorities.of.insert(emitter, all);
    Ok(())
}

/// The same commands from somebody of this name: the receiver's own gateway if it is one of them.
fn plan_by(site: &Site, name: &str, (owner, nth): (DeviceId, usize), plan: &Plan) -> Result<Plan, SiteError> {
    if name == ITSELF {
        return Ok(Plan {
            from: End::Device(owner),
            to: End::Device(owner),
            via: Vec::new(),
            ..plan.clone()
        });
    }
    let Some(fleet) = site.ground.fleet_named(name) else {
        return Err(SiteError::Missing { what: "authority", name: name.to_owned() });
    };
    let all: Vec<DeviceId> = fleet.devices().collect();
    let gateway = site.ground.gateway(owner).filter(|gateway| all.contains(gateway));
    let from = gateway.map_or_else(|| crate::site::traffic::serve(site, &all, nth, owner), End::Device);
    let via = if from == plan.from { plan.via.clone() } else { Vec::new() };
    Ok(Plan { from, via, ..plan.clone() })
}

/// Who may be sent elsewhere is known to those who send.
pub(super) fn install(site: &mut Site) {
    let authorities = site.world.resource::<Authorities>();
    let all: Vec<(u32, Vec<Plan>)> = authorities
        .of
        .iter()
        .map(|(&emitter, all)| (emitter, all.iter().map(|one| one.plan.clone()).collect()))
        .collect();
    let mut standby = site.world.resource_mut::<Standby>();
    all.into_iter().for_each(|(emitter, plans)| standby.may_change(emitter, plans));
}

/// What a receiver knows of an authority has changed.
pub(super) fn turn(core: &mut Core, world: &mut World, contact: usize) {
    let emitters = world.resource::<Authorities>().by_contact.get(&contact).cloned();
    for emitter in emitters.into_iter().flatten() {
        if choose(world, emitter) {
            obey(core, world, emitter);
        }
    }
}

/// Let a receiver obey the first of its authorities that it takes for reached; true if that is another than before.
fn choose(world: &mut World, emitter: u32) -> bool {
    let (contacts, authorities) = (world.resource::<Contacts>(), world.resource::<Authorities>());
    let Some(all) = authorities.of.get(&emitter) else { return false };
    let is_reached = |one: &Authority| one.contact.is_none_or(|contact| contacts.reached(contact));
    let first = all.iter().position(is_reached).unwrap_or(0) as u16;
    let turns = first != authorities.obeyed(emitter);
    world.resource_mut::<Authorities>().obeys.insert(emitter, first);
    turns
}

/// Commands come from whom the receiver obeys.
fn obey(core: &mut Core, world: &mut World, emitter: u32) {
    let Some(plan) = plan_of(world.resource::<Authorities>(), emitter) else { return };
    world.resource_mut::<Standby>().change(emitter, plan);
    standby::resolve(core, world, [emitter]);
    sessions::renew(core, world, [emitter]);
}

/// A run goes on in which some obey another than the first: who stands by for whom follows, and, where the run was built
/// under another strategy (`anew`), who sends.
pub(crate) fn follow(core: &mut Core, world: &mut World, anew: bool) {
    let Some(authorities) = world.get_resource::<Authorities>() else { return };
    let emitters: Vec<u32> = authorities.emitters().collect();
    for emitter in emitters {
        if !choose(world, emitter) {
            continue;
        }
        if anew {
            obey(core, world, emitter);
        } else if let Some(plan) = plan_of(world.resource::<Authorities>(), emitter) {
            world.resource_mut::<Standby>().change(emitter, plan);
        }
    }
}

/// The plan by which a receiver is commanded now.
fn plan_of(authorities: &Authorities, emitter: u32) -> Option<Plan> {
    let at = usize::from(authorities.obeyed(emitter));
    authorities.of.get(&emitter)?.get(at).map(|one| one.plan.clone())
}

/// Whether a command was sent by another than its receiver's first authority.
pub(super) fn stands_in(world: &World, ground: &Ground, emitter: u32, source: DeviceId) -> bool {
    let Some(first) = world.resource::<Authorities>().of.get(&emitter).and_then(|all| all.first()) else {
        return false;
    };
    match first.plan.from {
        End::Device(device) => device != source,
        End::Pool(fleet) => ground.fleet_of(source) != fleet,
    }
}
