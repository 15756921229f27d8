//! Updates: a fix is offered ring by ring, installed when a device may be restarted, and is sometimes bad.
//!
//! # Differs from the real thing
//! One fix is released, for every family of operating systems at the same time. A device works while the update is
//! copied to it. A bad fix keeps a device from starting, at once and always; people see that before the next ring is
//! offered, but call nobody back within a ring. A signature's own bytes are few beside the image's. What cannot be updated over the network waits for somebody who
//! repairs, as long as there is one.

use super::Site;
use super::classes::UPDATE;
use super::devices::{Devices, reboot};
use super::ground::Ground;
use super::hands;
use super::scope::Scope;
use super::staff::Call;
use super::staff::Staff;
use super::standby::Clocks;
use crate::language::clock::Clock;
use crate::language::people::Duty;
use ::devices::class::DeviceClass;
use ::devices::crypto::firmware::FirmwareCheck;
use ::devices::crypto::{Catalogue, Machine};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Topic, kind};
use sim::law::Law;
use sim::luck::{Draws, name_hash};
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Devices that have the fix and work.
pub const INSTALLED: Kind = kind("update.installed");
/// Devices that a bad fix kept from starting.
pub const BAD: Kind = kind("update.bad");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("update.installed", "device"), ("update.bad", "device")];

/// The capability without which an update needs hands (NIST SP 800-213A).
const OVER_THE_NETWORK: &str = "SU:UPD";

/// When and how a fix is installed.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whether a device in use is left alone.
    pub when_idle: bool,
    /// The hours in which a device may be restarted.
    pub hours: Option<(Clock, Clock)>,
    /// Shares of the devices that have the fix after each ring.
    pub rings: Vec<f64>,
    /// Time between two rings.
    pub soak: Span,
    /// When the fix is there.
    pub released: Span,
    /// Share of fixes that are bad.
    pub bad: f64,
    /// Whether a device that does not start goes back to the version before.
    pub rollback: bool,
    /// How long a device that does not go back is away.
    pub recovery: Law,
    /// How often a device that may not be restarted is asked again.
    pub ask_again: Span,
    /// By which scheme the fix is signed.
    pub signed: Option<&'static str>,
    /// What checking it costs, where that was measured on a machine.
    pub costs: Option<Arc<Catalogue>>,
}

sim::kept!(Updates { seen, waiting, at_work } built {
    control, topic, rules, scope, rings, fix, copying, starting, recovery
});

impl Rule {
    /// The ring, from 0, of the device at this place among `all` of its fleet: every ring has one of each fleet.
    fn ring(&self, place: usize, all: usize) -> u64 {
        let before = |share: &&f64| place >= (**share * all as f64).ceil() as usize;
        self.rings.iter().filter(before).count() as u64
    }

    /// How long a device of this class checks the fix, and at what energy [nJ]; none if it cannot.
    fn check(&self, class: &DeviceClass) -> Option<(Span, u64)> {
        let Some(scheme) = self.signed else { return Some((Span::ZERO, 0)) };
        let machine = Machine::of(class);
        let costs = self.costs.as_deref().or_else(|| Catalogue::shipped().ok())?;
        let check = FirmwareCheck::of(costs, scheme, &machine).ok()?;
        check.fits(&machine).then(|| (check.takes, (check.joules * 1e9).round() as u64))
    }

    /// How long until a device may be restarted, by the hour.
    fn wait(&self, now: Clock) -> Span {
        let Some((from, to)) = self.hours else { return Span::ZERO };
        let inside = if from <= to { from <= now && now < to } else { from <= now || now < to };
        if inside { Span::ZERO } else { Span((from.0.0 + Span::DAY.0 - now.0.0) % Span::DAY.0) }
    }
}

/// The steps of an update, as rows tell them apart.
const OFFERED: u64 = 0;
const COPIED: u64 = 1;
const STARTED: u64 = 2;
const STARTED_BADLY: u64 = 3;
const HAND_FREE: u64 = 4;

/// What is known of the run's updates.
#[derive(Resource, Debug)]
pub struct Updates {
    control: CauseId,
    topic: Topic,
    rules: Vec<Rule>,
    scope: Scope,
    /// The ring of every device that gets the fix.
    rings: BTreeMap<DeviceId, u64>,
    /// Since when a use's fix for a family (its name's hash) is seen to be bad.
    seen: BTreeMap<(usize, u64), SimTime>,
    /// Devices that wait for hands, and how many hands are at work: others' work comes between two devices.
    waiting: VecDeque<DeviceId>,
    at_work: u32,
    fix: Draws,
    copying: Draws,
    starting: Draws,
    recovery: Draws,
}

/// Offer the fix to every device that it is made for.
pub fn offer(site: &mut Site, control: CauseId, rules: Vec<Rule>, scope: Scope) {
    let luck = site.core.luck;
    let [ring, fix, copying, starting, recovery] =
        ["ring", "bad fix", "update", "reboot", "update recovery"].map(|purpose| luck.purpose(purpose));
    let rings = rings(site, &rules, &scope, ring);
    for (&device, &nth) in &rings {
        let Some(rule) = scope.get(device).and_then(|at| rules.get(at)) else { continue };
        let at = SimTime::ZERO + rule.released + Span(nth * rule.soak.0);
        site.core.push(at, UPDATE, u64::from(device.0), OFFERED);
    }
    let topic = site.core.names.topic("update");
    let (seen, waiting, at_work) = (BTreeMap::new(), VecDeque::new(), 0);
    let updates = Updates {
        control,
        topic,
        rules,
        scope,
        rings,
        seen,
        waiting,
        at_work,
        fix,
        copying,
        starting,
        recovery,
    };
    site.world.insert_resource(updates);
}

/// The ring of every device that gets the fix: in each fleet, by the order of a draw.
fn rings(site: &Site, rules: &[Rule], scope: &Scope, draws: Draws) -> BTreeMap<DeviceId, u64> {
    let known = site.world.resource::<Devices>();
    let mut together: BTreeMap<(usize, u16), Vec<(u64, DeviceId)>> = BTreeMap::new();
    for (device, rule) in scope.devices().filter(|(device, _)| !known.is_unsupported(*device)) {
        let fleet = site.ground.fleet_of(device);
        if rules[rule].check(site.ground.class(device)).is_none() {
            continue;
        }
        let drawn = draws.bits(site.core.key(device), 0);
        together.entry((rule, fleet)).or_default().push((drawn, device));
    }
    let mut rings = BTreeMap::new();
    for ((rule, _), mut devices) in together {
        devices.sort_unstable();
        let all = devices.len();
        rings.extend((0..).zip(devices).map(|(place, (_, device))| (device, rules[rule].ring(place, all))));
    }
    rings
}

/// A device takes the next step of its update, or is asked again later.
pub fn step(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    match row.arg {
        OFFERED if world.resource::<Devices>().is_unsupported(device) => (),
        OFFERED | COPIED => {
            let Some(wait) = wait(core, world, device, row.arg) else { return };
            if wait > Span::ZERO {
                core.push(core.now + wait, UPDATE, row.id(), row.arg);
            } else if row.arg == OFFERED {
                copy(core, world, device);
            } else {
                restart(core, world, device);
            }
        }
        STARTED => install(core, world, device),
        HAND_FREE => {
            if let Some(mut updates) = world.get_resource_mut::<Updates>() {
                updates.at_work = updates.at_work.saturating_sub(1);
            }
            by_hand(core, world);
        }
        _ => (),
    }
}

fn of(world: &World, device: DeviceId) -> Option<(&Updates, usize, &Rule)> {
    let updates = world.get_resource::<Updates>()?;
    let at = updates.scope.get(device)?;
    Some((updates, at, updates.rules.get(at)?))
}

/// How long this step must wait; none if it is never taken.
fn wait(core: &Core, world: &World, device: DeviceId, step: u64) -> Option<Span> {
    let (updates, at, rule) = of(world, device)?;
    let os = name_hash(&world.resource::<Ground>().class(device).firmware.os);
    let later_ring = updates.rings.get(&device).is_some_and(|ring| *ring > 0);
    if step == OFFERED && later_ring && updates.seen.get(&(at, os)).is_some_and(|seen| *seen <= core.now) {
        return None;
    }
    let away = !core.status.up(core.unit(device)) || !core.status.up(core.link(device));
    let taken = rule.when_idle && world.resource::<Devices>().in_use(device);
    if away || taken {
        return Some(rule.ask_again);
    }
    let now = world.get_resource::<Clocks>()?.starts_at.clock_at(core.now);
    Some(rule.wait(now))
}

/// The update is copied to a device: over the network, or by somebody who comes to it.
fn copy(core: &mut Core, world: &mut World, device: DeviceId) {
    let class = world.resource::<Ground>().class(device);
    if class.capabilities.iter().any(|code| code == OVER_THE_NETWORK) {
        if let Some((takes, _)) = copying(core, world, device) {
            core.push(core.now + takes, UPDATE, u64::from(device.0), COPIED);
        }
    } else if let Some(mut updates) = world.get_resource_mut::<Updates>() {
        updates.waiting.push_back(device);
        by_hand(core, world);
    }
}

fn copying(core: &Core, world: &World, device: DeviceId) -> Option<(Span, Charge)> {
    let (updates, ..) = of(world, device)?;
    let law = world.resource::<Ground>().class(device).firmware.update;
    let charge = Charge { by: updates.control, because: CauseId::NONE };
    Some((law.span(updates.copying.unit(core.key(device), 0)), charge))
}

/// Whoever repairs and has a hand free takes the next device that waits; where nobody repairs, it waits for good.
fn by_hand(core: &mut Core, world: &mut World) {
    let hands =
        world.get_resource::<Staff>().and_then(|staff| staff.group(Duty::Repair)).map_or(0, |one| one.count);
    loop {
        let Some(mut updates) = world.get_resource_mut::<Updates>().filter(|own| own.at_work < hands) else {
            return;
        };
        let Some(device) = updates.waiting.pop_front() else { return };
        updates.at_work += 1;
        let Some((takes, charge)) = copying(core, world, device) else { return };
        let Some(done) = hands::give(core, world, (Duty::Repair, Call::Planned), takes, charge) else {
            return;
        };
        core.push(done, UPDATE, u64::from(device.0), COPIED);
        core.push(done, UPDATE, u64::from(device.0), HAND_FREE);
    }
}

/// A device restarts with the fix.
fn restart(core: &mut Core, world: &mut World, device: DeviceId) {
    let Some((updates, at, rule)) = of(world, device) else { return };
    let class = world.resource::<Ground>().class(device);
    let firmware = &class.firmware;
    let (key, os) = (core.key(device), name_hash(&firmware.os));
    // Its loader checks the fix before it starts it.
    let (checks, nanojoules) = rule.check(class).unwrap_or_default();
    if let Some(sum) = core.energy.get_mut(device.0 as usize) {
        *sum += nanojoules;
    }
    let starts = firmware.reboot.span(updates.starting.unit(key, 0)) + checks;
    let bad = updates.fix.chance(rule.bad, os, rule.released.0);
    let (lasts, next) = match (bad, rule.rollback) {
        (false, _) => (starts, STARTED),
        (true, true) => (starts + firmware.reboot.span(updates.starting.unit(key, 1)), STARTED_BADLY),
        // Who repairs it installs a version that works.
        (true, false) => (starts + rule.recovery.span(updates.recovery.unit(key, 0)), STARTED),
    };
    let (charge, topic) = (Charge { by: updates.control, because: CauseId::NONE }, updates.topic);
    if bad {
        let shows = core.now + starts;
        let mut updates = world.resource_mut::<Updates>();
        let seen = updates.seen.entry((at, os)).or_insert(shows);
        *seen = shows.min(*seen);
        core.fact(BAD, core.who(device), topic, charge, 1);
    }
    let up = reboot(core, world, device, lasts, charge);
    core.push(up, UPDATE, u64::from(device.0), next);
}

/// A device has the fix.
fn install(core: &mut Core, world: &mut World, device: DeviceId) {
    let Some((updates, ..)) = of(world, device) else { return };
    let (topic, charge) = (updates.topic, Charge { by: updates.control, because: CauseId::NONE });
    core.fact(INSTALLED, core.who(device), topic, charge, 1);
    world.resource_mut::<Devices>().set_exploitable(device, false);
}
