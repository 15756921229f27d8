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
use sim::message::DeviceId;
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

/// The state of every device, by its id.
#[derive(Resource, Clone, Debug, Default)]
pub struct Devices {
    /// Who is attached to it: a patient, or [`NOBODY`].
    pub used_by: Vec<Who>,
    /// What opens it.
    pub credential: Vec<Credential>,
    /// Whether that can be guessed.
    pub guessable: Vec<bool>,
    /// Whether it has a known weakness that the network can reach.
    pub exploitable: Vec<bool>,
    /// Whether its software gets no fixes.
    pub unsupported: Vec<bool>,
    /// Which campaign holds it, or [`CauseId::NONE`].
    pub held_by: Vec<CauseId>,
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
    for fleet in &site.ground.fleets {
        for device in fleet.devices() {
            let key = site.core.key(device);
            let own = mix(key ^ name_hash("credential"));
            devices.used_by.push(NOBODY);
            devices.held_by.push(CauseId::NONE);
            devices.credential.push(Credential(match fleet.credentials {
                Credentials::Unique => own,
                Credentials::Shared => name_hash(&fleet.name),
                Credentials::Default | Credentials::Vendor => name_hash(fleet.class.name),
                Credentials::None => 0,
            }));
            // A shared secret is weak for the whole fleet or for nobody.
            let whose = if fleet.credentials == Credentials::Shared { name_hash(&fleet.name) } else { key };
            devices.guessable.push(guess.chance(fleet.guessable, whose, 0));
            devices.exploitable.push(exploit.chance(fleet.class.firmware.exploitable_share, key, 0));
            devices.unsupported.push(support.chance(fleet.class.firmware.unsupported_share, key, 0));
        }
    }
    site.world.insert_resource(devices);
}

sim::kept!(Devices { used_by, held_by, unsupported } built { credential, guessable, exploitable, watchers, topic });

impl Devices {
    /// What a control may have changed of the devices' weaknesses.
    pub(crate) fn weaknesses(&self) -> Result<Vec<u8>, KeepError> {
        keep::write("weaknesses", &(&self.credential, &self.guessable, &self.exploitable))
    }

    /// Go on with these.
    pub(crate) fn lay_weaknesses(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        (self.credential, self.guessable, self.exploitable) = keep::read("weaknesses", bytes)?;
        Ok(())
    }

    /// Whether a patient is attached.
    pub fn in_use(&self, device: DeviceId) -> bool {
        self.used_by.get(device.0 as usize).is_some_and(|who| *who != NOBODY)
    }

    /// The campaign that holds a device, as the `because` of a charge.
    pub fn truth(&self, device: DeviceId) -> CauseId {
        self.held_by.get(device.0 as usize).copied().unwrap_or_default()
    }
}

/// A campaign takes a device; nothing happens if somebody holds it already.
pub fn take(core: &mut Core, world: &mut World, device: DeviceId, campaign: CauseId) {
    let Some(ground) = world.get_resource::<Ground>() else { return };
    let acts = ground.class(device).role == ::devices::class::Role::Act;
    let Some(mut devices) = world.get_resource_mut::<Devices>() else { return };
    let topic = devices.topic;
    let Some(holder) = devices.held_by.get_mut(device.0 as usize).filter(|holder| **holder == CauseId::NONE)
    else {
        return;
    };
    *holder = campaign;
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
    let Some(holder) = devices.held_by.get_mut(device.0 as usize) else { return };
    let campaign = std::mem::take(holder);
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
