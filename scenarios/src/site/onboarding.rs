//! Onboarding: a device gets credentials of its own, by hands that take time and may fail.
//!
//! # Differs from the real thing
//! A device that waits to be onboarded has no network at all. The maker's service, where a method needs one, is
//! always there. Where nobody repairs, hands are never short.

use super::Site;
use super::classes::ONBOARDING;
use super::devices::Devices;
use super::ground::Ground;
use super::hands;
use super::scope::Scope;
use super::staff::Call;
use crate::language::people::Duty;
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::law::Law;
use sim::luck::{Draws, occasion};
use sim::message::DeviceId;
use sim::row::Row;
use sim::status::PartId;
use std::collections::{BTreeMap, BTreeSet};

/// The capability without which a device is onboarded by hand (NIST SP 800-213A).
const BY_ITSELF: &str = "DS:ONB";
/// The capability without which a device asks nobody who they are.
const ASKS: &str = "LA:AUN";

/// How devices get their credentials.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Whether that was done before the run.
    pub already: bool,
    /// Share of attempts that fail.
    pub failures: f64,
    /// How long one takes.
    pub takes: Law,
    /// How long one takes where the class cannot do it by itself.
    pub by_hand: Law,
}

/// Who waits to be onboarded.
#[derive(Resource, Debug)]
pub struct Onboarding {
    control: CauseId,
    rules: Vec<Rule>,
    scope: Scope,
    /// How often each device has been onboarded before: repairs are episodes.
    episodes: BTreeMap<DeviceId, u64>,
    broken: BTreeSet<DeviceId>,
    taking: Draws,
    failing: Draws,
}

sim::kept!(Onboarding { episodes, broken } built { control, rules, scope, taking, failing });

/// Give these devices credentials of their own, at once or as people get round to it.
pub fn begin(site: &mut Site, control: CauseId, rules: Vec<Rule>, scope: Scope) {
    let [taking, failing] =
        ["onboarding", "onboarding failure"].map(|purpose| site.core.luck.purpose(purpose));
    let all: Vec<(DeviceId, bool)> =
        scope.devices().map(|(device, at)| (device, rules[at].already)).collect();
    let (episodes, broken) = (BTreeMap::new(), BTreeSet::new());
    site.world.insert_resource(Onboarding { control, rules, scope, episodes, broken, taking, failing });
    for &(device, _) in all.iter().filter(|(_, already)| *already) {
        give_credential(&mut site.world, &site.ground, device);
    }
    site.core.watch(repaired);
    site.later(move |site| {
        for (device, _) in all.into_iter().filter(|(_, already)| !already) {
            let charge = Charge { by: control, because: CauseId::NONE };
            site.core.take_down(&mut site.world, site.core.link(device), charge);
            site.core.push(site.core.now, ONBOARDING, u64::from(device.0), 0);
        }
        Ok(())
    });
}

/// What opens it opens nothing else, and nobody guesses it.
fn give_credential(world: &mut World, ground: &Ground, device: DeviceId) {
    if !ground.class(device).capabilities.iter().any(|code| code == ASKS) {
        return;
    }
    world.resource_mut::<Devices>().give_own_secret(device);
}

/// Somebody begins to onboard a device (an even argument, twice the attempt), or has tried (an odd one).
pub fn step(core: &mut Core, world: &mut World, row: Row) {
    let (device, attempt, tried) = (DeviceId(row.id() as u32), row.arg >> 1, row.arg & 1 == 1);
    let Some(onboarding) = world.get_resource::<Onboarding>() else { return };
    let Some(rule) = onboarding.scope.get(device).and_then(|at| onboarding.rules.get(at)).copied() else {
        return;
    };
    let episode = onboarding.episodes.get(&device).copied().unwrap_or(0);
    let (key, occasion) = (core.key(device), occasion(&[episode, attempt]));
    let charge = Charge { by: onboarding.control, because: CauseId::NONE };
    if tried && !onboarding.failing.chance(rule.failures, key, occasion) {
        world.resource_scope(|world, ground: Mut<Ground>| give_credential(world, &ground, device));
        return core.bring_up(world, core.link(device), charge);
    }
    let attempt = attempt + u64::from(tried);
    let class = world.resource::<Ground>().class(device);
    let law = if class.capabilities.iter().any(|code| code == BY_ITSELF) { rule.takes } else { rule.by_hand };
    let busy = law.span(onboarding.taking.unit(key, sim::luck::occasion(&[episode, attempt])));
    let done =
        hands::give(core, world, (Duty::Repair, Call::Planned), busy, charge).unwrap_or(core.now + busy);
    core.push(done, ONBOARDING, u64::from(device.0), attempt << 1 | 1);
}

/// A device that comes back from a fault is another one, or has lost its memory: it must be onboarded again.
fn repaired(core: &mut Core, world: &mut World, part: PartId, up: bool) {
    let Some(device) = core.device_of(part).filter(|&device| part == core.unit(device)) else { return };
    let by = core.names.cause_of(core.status.first_reason(part).by).map(|cause| cause.by);
    let Some(mut onboarding) = world.get_resource_mut::<Onboarding>() else { return };
    if onboarding.scope.get(device).is_none() {
        return;
    }
    if !up && by == Some(By::Fault) {
        onboarding.broken.insert(device);
    } else if up && onboarding.broken.remove(&device) {
        *onboarding.episodes.entry(device).or_default() += 1;
        let charge = Charge { by: onboarding.control, because: CauseId::NONE };
        core.take_down(world, core.link(device), charge);
        core.push(core.now, ONBOARDING, u64::from(device.0), 0);
    }
}
