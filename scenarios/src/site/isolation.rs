//! Isolation: a detector suspects, a machine or an analyst decides, and a device is cut off until it is released.
//!
//! # Differs from the real thing
//! A take-over is seen at once or never. An analyst who has looked knows: a false alarm costs the time of looking and
//! nothing else. A device that is found to be held is restored by those who repair, as long as a new installation
//! takes; with nobody to do it, it stays cut off.

use super::Site;
use super::classes::{ISOLATION, RELEASE, SUSPICION};
use super::devices::{Devices, free};
use super::ground::Ground;
use super::hands;
use super::scope::Scope;
use super::staff::Call;
use crate::language::people::Duty;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Topic, kind};
use sim::law::Law;
use sim::luck::{Draws, mix, occasion};
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::Span;
use std::collections::BTreeMap;

/// Devices cut off.
pub const ISOLATED: Kind = kind("device.isolated");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("device.isolated", "device")];

/// Who isolates what, on what suspicion.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Whether an analyst looks first.
    pub analyst: bool,
    /// Whether a device in use is left alone until it is free.
    pub spare_in_use: bool,
    /// How often a healthy device is suspected [1/s].
    pub false_alarms: f64,
    /// Share of attacks that are not seen.
    pub missed: f64,
    /// How long an analyst looks.
    pub triage: Law,
    /// Share of suspicions that no analyst looks at.
    pub ignored: f64,
    /// How long a device stays cut off.
    pub release: Law,
    /// How often it is looked whether a device that is spared is still in use.
    pub look_again: Span,
}

/// A suspicion that is being dealt with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Case {
    charge: Charge,
    /// The occasion of its draws: the detector's episode, or the campaign.
    occasion: u64,
    isolated: bool,
}

/// The state of every detector and every device that it suspects.
#[derive(Resource, Debug)]
pub struct Isolation {
    control: CauseId,
    topic: Topic,
    rules: Vec<Rule>,
    scope: Scope,
    cases: BTreeMap<DeviceId, Case>,
    alarms: Draws,
    misses: Draws,
    triage: Draws,
    ignoring: Draws,
    release: Draws,
    restoring: Draws,
}

sim::kept!(Isolation { cases } built {
    control, topic, rules, scope, alarms, misses, triage, ignoring, release, restoring
});

impl Isolation {
    fn rule(&self, device: DeviceId) -> Option<Rule> {
        self.scope.get(device).and_then(|at| self.rules.get(at)).copied()
    }
}

/// Watch over these devices from now on.
pub fn watch(site: &mut Site, control: CauseId, rules: Vec<Rule>, scope: Scope) {
    let luck = site.core.luck;
    let [alarms, misses, triage, ignoring, release, restoring] =
        ["false alarm", "missed attack", "triage", "ignored alarm", "release", "restoring"]
            .map(|purpose| luck.purpose(purpose));
    let topic = site.core.names.topic("isolation");
    let devices: Vec<DeviceId> = scope.devices().map(|(device, _)| device).collect();
    let cases = BTreeMap::new();
    let isolation = Isolation {
        control,
        topic,
        rules,
        scope,
        cases,
        alarms,
        misses,
        triage,
        ignoring,
        release,
        restoring,
    };
    for device in devices {
        next_alarm(&mut site.core, &isolation, device, 0);
    }
    site.world.insert_resource(isolation);
    site.world.resource_mut::<Devices>().watchers.push(taken);
}

/// The detector's next false alarm about a device: an episode of a constant hazard.
fn next_alarm(core: &mut Core, isolation: &Isolation, device: DeviceId, episode: u64) {
    let Some(rule) = isolation.rule(device) else { return };
    let law = Law::Exponential { mean: 1.0 / rule.false_alarms };
    let at = core.now + law.span(isolation.alarms.unit(core.key(device), episode));
    core.push(at, SUSPICION, u64::from(device.0), episode);
}

/// The detector suspects a device of nothing that happened.
pub fn alarm(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    let Some(isolation) = world.get_resource::<Isolation>() else { return };
    next_alarm(core, isolation, device, row.arg + 1);
    let because = world.resource::<Devices>().truth(device);
    suspect(core, world, device, because, occasion(&[0, row.arg]));
}

/// An adversary has taken a device: the detector sees it, or never will.
fn taken(core: &mut Core, world: &mut World, device: DeviceId, taken: bool) {
    let Some(isolation) = world.get_resource::<Isolation>().filter(|_| taken) else { return };
    let Some(rule) = isolation.rule(device) else { return };
    let because = world.resource::<Devices>().truth(device);
    let occasion = occasion(&[1, core.names.cause_hash(because)]);
    if !isolation.misses.chance(rule.missed, core.key(device), occasion) {
        suspect(core, world, device, because, occasion);
    }
}

fn suspect(core: &mut Core, world: &mut World, device: DeviceId, because: CauseId, occasion: u64) {
    let key = core.key(device);
    let Some(mut isolation) = world.get_resource_mut::<Isolation>() else { return };
    let Some(rule) = isolation.rule(device).filter(|_| !isolation.cases.contains_key(&device)) else {
        return;
    };
    if rule.analyst && isolation.ignoring.chance(rule.ignored, key, occasion) {
        return;
    }
    let charge = Charge { by: isolation.control, because };
    isolation.cases.insert(device, Case { charge, occasion, isolated: false });
    if !rule.analyst {
        return isolate(core, world, device);
    }
    let busy = rule.triage.span(isolation.triage.unit(key, occasion));
    match hands::give(core, world, (Duty::Security, Call::Urgent(mix(key ^ occasion))), busy, charge) {
        Some(done) => core.push(done, ISOLATION, u64::from(device.0), 0),
        // Nobody looks.
        None => drop(world.resource_mut::<Isolation>().cases.remove(&device)),
    }
}

/// An analyst has looked, or a device that was spared may be free.
pub fn decide(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    let Some(mut isolation) = world.get_resource_mut::<Isolation>() else { return };
    let Some((rule, case)) = isolation.rule(device).zip(isolation.cases.get(&device).copied()) else {
        return;
    };
    if rule.analyst && case.charge.because == CauseId::NONE {
        isolation.cases.remove(&device);
    } else if !case.isolated {
        isolate(core, world, device);
    }
}

/// Cut a device off, unless somebody needs it who is to be spared.
fn isolate(core: &mut Core, world: &mut World, device: DeviceId) {
    let in_use = world.resource::<Devices>().in_use(device);
    let Some(mut isolation) = world.get_resource_mut::<Isolation>() else { return };
    let Some(rule) = isolation.rule(device) else { return };
    if rule.spare_in_use && in_use {
        return core.push(core.now + rule.look_again, ISOLATION, u64::from(device.0), 0);
    }
    let (topic, draws) = (isolation.topic, isolation.release);
    let Some(case) = isolation.cases.get_mut(&device) else { return };
    case.isolated = true;
    let Case { charge, occasion, .. } = *case;
    core.fact(ISOLATED, core.who(device), topic, charge, 1);
    core.take_down(world, core.link(device), charge);
    let at = core.now + rule.release.span(draws.unit(core.key(device), occasion));
    core.push(at, RELEASE, u64::from(device.0), 0);
}

/// Somebody looks at a device that is cut off: it is released, or first restored.
pub fn release(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    let (held, restored) = (world.resource::<Devices>().truth(device) != CauseId::NONE, row.arg == 1);
    let Some(mut isolation) = world.get_resource_mut::<Isolation>() else { return };
    let Some(case) = isolation.cases.get(&device).copied() else { return };
    if held && !restored {
        let share = isolation.restoring.unit(core.key(device), case.occasion);
        let firmware = &world.resource::<Ground>().class(device).firmware;
        let busy = firmware.update.span(share) + firmware.reboot.span(share);
        if let Some(done) = hands::give(
            core,
            world,
            (Duty::Repair, Call::Urgent(mix(core.key(device) ^ case.occasion))),
            busy,
            case.charge,
        ) {
            core.push(done, RELEASE, u64::from(device.0), 1);
        }
        return;
    }
    isolation.cases.remove(&device);
    free(core, world, device);
    core.bring_up(world, core.link(device), case.charge);
}

/// Whether a device is cut off.
pub fn is_isolated(world: &World, device: DeviceId) -> bool {
    world
        .get_resource::<Isolation>()
        .is_some_and(|own| own.cases.get(&device).is_some_and(|case| case.isolated))
}
