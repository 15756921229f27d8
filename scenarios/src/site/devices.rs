//! What each device is like beyond its class, and who holds it.
//!
//! This is the simulation's truth. Charges read it to say because of whom a control acted; detectors never do.

use super::Site;
use super::ground::Ground;
use crate::language::fleet::Credentials;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Topic, Who, kind};
use sim::keep::{self, KeepError};
use sim::luck::{mix, name_hash};
use sim::message::{DeviceId, Few};
use sim::names::Members;
use sim::time::SimTime;

/// An adversary takes a device (+1) or loses it (-1).
pub const TAKEN: Kind = kind("device.taken");
/// An actuator comes under hostile control.
pub const HOSTILE: Kind = kind("actuator.hostile");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("device.taken", "device"), ("actuator.hostile", "actuator")];

/// Nobody uses the device.
pub const NOBODY: Who = Who(u32::MAX);

/// What a login needs: a number that is the same wherever the same secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Credential(pub u64);

/// Told when an adversary takes a device (true) or loses it.
pub type Watcher = fn(&mut Core, &mut World, DeviceId, bool);

/// A device's secret can be guessed.
const GUESSABLE: u8 = 1;
/// It has a known weakness that the network can reach.
const EXPLOITABLE: u8 = 2;
/// It was given a secret of its own.
const OWN_SECRET: u8 = 4;

/// The secrets of a fleet's devices as the run begins, from the first of them on.
#[derive(Clone, Debug)]
struct Secrets {
    first: u32,
    /// That of all, or nothing where each has its own.
    shared: Option<Credential>,
    members: Option<Members>,
}

/// The state of every device, in little room: there may be millions.
#[derive(Resource, Clone, Debug, Default)]
pub struct Devices {
    secrets: Vec<Secrets>,
    /// Whether it is guessable, exploitable, and has a secret of its own, by the device's id.
    weak: Vec<u8>,
    /// Whether its software gets no fixes, by the device's id.
    unsupported: Vec<bool>,
    /// Who is attached to it.
    used_by: Few<Who>,
    /// Which campaign holds it.
    held_by: Few<CauseId>,
    /// Told when an adversary takes a device (true) or loses it.
    pub watchers: Vec<Watcher>,
    topic: Topic,
}

/// Draw what each device is like. Every draw is keyed by the device's name alone.
pub(super) fn draw(site: &mut Site) {
    let luck = site.core.luck;
    let [guess, exploit, support] =
        ["guessable", "exploitable", "unsupported"].map(|purpose| luck.purpose(purpose));
    let mut devices = Devices { topic: site.core.names.topic("device"), ..Devices::default() };
    devices.weak.reserve_exact(site.core.devices() as usize);
    devices.unsupported.reserve_exact(site.core.devices() as usize);
    for fleet in &site.ground.fleets {
        let shared = match fleet.credentials {
            Credentials::Unique => None,
            Credentials::Shared => Some(name_hash(&fleet.name)),
            Credentials::Default | Credentials::Vendor => Some(name_hash(fleet.class.name)),
            Credentials::None => Some(0),
        };
        let members = site.core.names.members(Who(fleet.first.0));
        devices.secrets.push(Secrets { first: fleet.first.0, shared: shared.map(Credential), members });
        for device in fleet.devices() {
            let key = site.core.key(device);
            // A shared secret is weak for the whole fleet or for nobody.
            let whose = if fleet.credentials == Credentials::Shared { name_hash(&fleet.name) } else { key };
            let guessable = guess.chance(fleet.guessable, whose, 0);
            let exploitable = exploit.chance(fleet.class.firmware.exploitable_share, key, 0);
            devices.weak.push((u8::from(guessable) * GUESSABLE) | (u8::from(exploitable) * EXPLOITABLE));
            devices.unsupported.push(support.chance(fleet.class.firmware.unsupported_share, key, 0));
        }
    }
    site.world.insert_resource(devices);
}

sim::kept!(Devices { used_by, held_by, unsupported } built { secrets, weak, watchers, topic });

impl Devices {
    /// What a control may have changed of the devices' weaknesses.
    pub(crate) fn weaknesses(&self) -> Result<Vec<u8>, KeepError> {
        keep::write("weaknesses", &self.weak)
    }

    /// Go on with these.
    pub(crate) fn lay_weaknesses(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        self.weak = keep::read("weaknesses", bytes)?;
        Ok(())
    }

    /// Who is attached to a device: a patient, or [`NOBODY`].
    pub fn user(&self, device: DeviceId) -> Who {
        self.used_by.of(device.0).unwrap_or(NOBODY)
    }

    /// Somebody is attached to a device from now on, or [`NOBODY`].
    pub fn use_by(&mut self, device: DeviceId, who: Who) {
        self.used_by.set(device.0, Some(who).filter(|who| *who != NOBODY));
    }

    /// Whether a patient is attached.
    pub fn in_use(&self, device: DeviceId) -> bool {
        self.user(device) != NOBODY
    }

    /// What opens a device; nothing where there is no such device.
    pub fn credential(&self, device: DeviceId) -> Option<Credential> {
        let own = self.is_weak(device, OWN_SECRET);
        let fleet = self.secrets.partition_point(|fleet| fleet.first <= device.0).checked_sub(1)?;
        let fleet = &self.secrets[fleet];
        fleet.shared.filter(|_| !own).or_else(|| {
            let key = fleet.members?.hash(Who(device.0));
            Some(Credential(mix(key ^ name_hash("credential"))))
        })
    }

    /// From now on, what opens a device opens nothing else, and nobody guesses it.
    pub fn give_own_secret(&mut self, device: DeviceId) {
        self.set_weak(device, OWN_SECRET, true);
        self.set_weak(device, GUESSABLE, false);
    }

    /// Whether what opens a device can be guessed.
    pub fn is_guessable(&self, device: DeviceId) -> bool {
        self.is_weak(device, GUESSABLE)
    }

    /// Whether a device has a known weakness that the network can reach.
    pub fn is_exploitable(&self, device: DeviceId) -> bool {
        self.is_weak(device, EXPLOITABLE)
    }

    /// Let a device have a known weakness that the network can reach, or none.
    pub fn set_exploitable(&mut self, device: DeviceId, exploitable: bool) {
        self.set_weak(device, EXPLOITABLE, exploitable);
    }

    /// Whether a device's software gets no fixes.
    pub fn is_unsupported(&self, device: DeviceId) -> bool {
        self.unsupported.get(device.0 as usize).copied().unwrap_or_default()
    }

    /// Let a device's software get no fixes, or let it get them; gives what was before.
    pub fn set_unsupported(&mut self, device: DeviceId, unsupported: bool) -> bool {
        let own = self.unsupported.get_mut(device.0 as usize);
        own.is_some_and(|own| std::mem::replace(own, unsupported))
    }

    /// The campaign that holds a device, as the `because` of a charge.
    pub fn truth(&self, device: DeviceId) -> CauseId {
        self.held_by.of(device.0).unwrap_or_default()
    }

    fn is_weak(&self, device: DeviceId, how: u8) -> bool {
        self.weak.get(device.0 as usize).is_some_and(|own| own & how != 0)
    }

    fn set_weak(&mut self, device: DeviceId, how: u8, weak: bool) {
        if let Some(own) = self.weak.get_mut(device.0 as usize) {
            *own = if weak { *own | how } else { *own & !how };
        }
    }
}

/// A campaign takes a device; nothing happens if somebody holds it already.
pub fn take(core: &mut Core, world: &mut World, device: DeviceId, campaign: CauseId) {
    let Some(ground) = world.get_resource::<Ground>() else { return };
    let acts = ground.class(device).role == ::devices::class::Role::Act;
    let Some(mut devices) = world.get_resource_mut::<Devices>() else { return };
    let topic = devices.topic;
    if devices.truth(device) != CauseId::NONE {
        return;
    }
    devices.held_by.set(device.0, Some(campaign));
    let charge = Charge { by: campaign, because: CauseId::NONE };
    core.fact(TAKEN, core.who(device), topic, charge, 1);
    if acts {
        core.fact(HOSTILE, core.who(device), topic, charge, 1);
    }
    tell(core, world, device, true);
}

fn tell(core: &mut Core, world: &mut World, device: DeviceId, taken: bool) {
    let watchers = world.get_resource::<Devices>().map(|devices| devices.watchers.clone());
    for watcher in watchers.into_iter().flatten() {
        watcher(core, world, device, taken);
    }
}

/// A campaign loses a device: a reboot cleared it, or it was restored.
pub fn free(core: &mut Core, world: &mut World, device: DeviceId) {
    let Some(mut devices) = world.get_resource_mut::<Devices>() else { return };
    let topic = devices.topic;
    let campaign = devices.truth(device);
    devices.held_by.set(device.0, None);
    if campaign != CauseId::NONE {
        core.fact(TAKEN, core.who(device), topic, Charge { by: campaign, because: CauseId::NONE }, -1);
        tell(core, world, device, false);
    }
}

/// A device reboots: it is down from now on for `lasts`, to this charge.
pub fn reboot(
    core: &mut Core,
    world: &mut World,
    device: DeviceId,
    lasts: sim::time::Span,
    charge: Charge,
) -> SimTime {
    let unit = core.unit(device);
    core.take_down(world, unit, charge);
    let up = core.now + lasts;
    core.change_at(up, unit, charge, true);
    up
}
