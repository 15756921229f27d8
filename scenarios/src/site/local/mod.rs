//! Local operation: what devices do while they do not reach who they are used to hear from.
//!
//! Nobody tells them. Each asks whom it depends on again and again ([`contact`]), over the routes and stations of all
//! other traffic, and takes itself for cut off when too many questions in a row stay unanswered. What follows is what
//! its product says: another commands ([`authority`]), readings are kept and sent later ([`store`]), commands are
//! refused, or everything stops ([`refusal`]). Whoever just holds the last command needs to notice nothing ([`held`]).
//!
//! # Differs from the real thing
//! A controller's own loop works as often, and on as many bytes, as the commands that it stands in for. What a device
//! has to do to start again after it stopped takes no time.

pub mod authority;
pub mod contact;
pub mod held;
pub mod refusal;
pub mod store;

use super::ground::Ground;
use super::network::{Network, Traffic};
use super::standby::{End, Plan};
use super::{Site, SiteError};
use crate::language::at::Name;
use crate::language::flow::{CarriedAs, Flow, FlowKind, Per};
use crate::language::process::{CutOff, Fallback};
use crate::language::scenario::Scenario;
use ::devices::class::Role;
use bevy_ecs::prelude::Mut;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::Charge;
use sim::message::DeviceId;
use std::collections::BTreeMap;

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("contact.lost", "device"),
    ("command.held", "message"),
    ("command.by-fallback", "message"),
    ("reading.kept", "message"),
];

/// What the devices of each fleet do without which other fleet.
type CutOffs = BTreeMap<u16, Vec<(u16, CutOff)>>;

/// The fleets of a product whose devices act when they are cut off from one of its `others`: those that sense, act or
/// protect; where none does, all the rest.
pub fn devices_of<'s>(scenario: &'s Scenario, parts: &'s [Name], others: &[&str]) -> Vec<&'s str> {
    let fleets = || {
        parts
            .iter()
            .map(|part| part.value.as_str())
            .filter(|part| !others.contains(part) && scenario.fleets.contains_key(*part))
    };
    let works = |name: &&str| {
        let class = scenario.fleets.get(*name).and_then(|fleet| ::devices::class::class(&fleet.class).ok());
        class.is_some_and(|class| matches!(class.role, Role::Sense | Role::Act | Role::Safety))
    };
    let working: Vec<&str> = fleets().filter(works).collect();
    if working.is_empty() { fleets().collect() } else { working }
}

fn cut_offs(site: &Site) -> CutOffs {
    let mut all = CutOffs::new();
    let index =
        |name: &str| site.ground.fleets.iter().position(|fleet| fleet.name == name).map(|at| at as u16);
    for product in site.scenario.products.values() {
        let others: Vec<&str> = product.cut_off.iter().map(|cut| cut.from.value.as_str()).collect();
        for cut in &product.cut_off {
            let Some(from) = index(&cut.from) else { continue };
            for fleet in devices_of(&site.scenario, &product.parts, &others) {
                if let Some(fleet) = index(fleet) {
                    all.entry(fleet).or_default().push((from, cut.value.clone()));
                }
            }
        }
    }
    all
}

/// Before any route is laid: who keeps and who refuses is asked on the way.
pub(super) fn prepare(site: &mut Site) -> Result<(), SiteError> {
    let cut_offs = cut_offs(site);
    contact::prepare(site);
    store::prepare(site, &cut_offs)?;
    refusal::prepare(site, &cut_offs);
    site.world.insert_resource(authority::Authorities::default());
    site.world.insert_resource(held::Held::default());
    Ok(())
}

/// What the flows laid so far ask of local operation.
pub(super) struct Laying {
    cut_offs: CutOffs,
}

impl Laying {
    /// Begin to lay flows.
    pub(super) fn new(site: &Site) -> Self {
        Self { cut_offs: cut_offs(site) }
    }

    /// What an emitter's owner, the `nth` of its flow, does when it is cut off. Gives the emitter's authorities if it has
    /// several.
    pub(super) fn lay(
        &self,
        site: &mut Site,
        text: &Flow,
        (emitter, owner, nth): (u32, DeviceId, usize),
        plan: &mut Plan,
    ) -> Result<(), SiteError> {
        if text.answers.is_some() || text.carried_as == CarriedAs::Stream {
            return Ok(());
        }
        let commanded = text.kind == FlowKind::Command && text.per() == Per::Receiver;
        let fleet = site.ground.fleet_of(owner);
        let mut by_itself = None;
        for (part, cut) in self.cut_offs.get(&fleet).into_iter().flatten() {
            let reached = reached(&site.ground, plan, owner, *part);
            match (cut.does, reached) {
                (Fallback::HoldLast, Some(_)) if commanded => held::watch(site, emitter),
                (Fallback::LocalLoop, Some(end)) if commanded => by_itself = Some((end, cut.notices.clone())),
                (Fallback::StoreAndForward, Some(end)) if !commanded => {
                    let contact = contact::watch(site, owner, end, cut.notices.as_ref(), false)?;
                    store::watch(site, emitter, owner, contact);
                }
                (Fallback::FailSafe | Fallback::Stop, _) => {
                    let all: Vec<DeviceId> = site.ground.fleets[usize::from(*part)].devices().collect();
                    let own = (owner.0 - site.ground.fleet(owner).first.0) as usize;
                    let end = super::traffic::serve(site, &all, own, owner);
                    let contact = contact::watch(site, owner, end, cut.notices.as_ref(), false)?;
                    refusal::watch(site, emitter, contact);
                }
                _ => (),
            }
        }
        if commanded {
            authority::lay(site, text, (emitter, owner, nth), plan, by_itself)?;
        }
        Ok(())
    }
}

/// The end or relay of a plan that is a device of this fleet, seen from its owner.
fn reached(ground: &Ground, plan: &Plan, owner: DeviceId, part: u16) -> Option<End> {
    let of_part = |end: &&End| match **end {
        End::Device(device) => device != owner && ground.fleet_of(device) == part,
        End::Pool(fleet) => fleet == part,
    };
    [&plan.from, &plan.to].into_iter().chain(&plan.via).find(of_part).copied()
}

/// All flows are laid: what a strategy asks for is asked from its beginning on.
pub(super) fn begin(site: &mut Site) {
    contact::install(site, true);
}

/// All flows are laid: questions are asked from now on.
pub(super) fn install(site: &mut Site) {
    contact::install(site, false);
    authority::install(site);
    held::install(site);
}

/// What really keeps a device from reaching another: the first reason of the first part on the way there and back that
/// is down; if none is, what was when the device noticed, or the links' own losses. For charges alone: no device reads it.
pub(in crate::site) fn truth(core: &mut Core, world: &mut World, contact: usize) -> Charge {
    world.resource_scope(|world, mut network: Mut<Network>| {
        let (ground, contacts) = (world.resource::<Ground>(), world.resource::<contact::Contacts>());
        let Some([device, other]) = contacts.ends(core, ground, contact) else { return Charge::default() };
        for ends in [[device, other], [other, device]] {
            let route = network.route(core, ground, Traffic::Contact, ends, &[]);
            let parts = network.parts(core, route, ends);
            if let Some(down) = parts.into_iter().find(|&part| !core.status.up(part)) {
                return core.status.first_reason(down);
            }
        }
        // The way is whole again, and the device does not know it yet.
        let before = contacts.because(contact).filter(|because| *because != Charge::default());
        before.unwrap_or(Charge { by: core.radio, ..Charge::default() })
    })
}
