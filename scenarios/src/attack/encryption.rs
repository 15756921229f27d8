//! Encryption for ransom, and the way back: whoever restores a computer needs time and hands.

use super::target_choice::is_computer;
use crate::attempt::{Attempt, CampaignId, Campaigns, take_target};
use crate::language::people::Duty;
use crate::site::classes::RESTORE;
use crate::site::devices::{self, Devices};
use crate::site::ground::Ground;
use crate::site::staff::Call;
use crate::site::{Site, hands};
use ::devices::class::Login;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, kind};
use sim::law::Law;
use sim::luck::{Draws, mix};
use sim::message::DeviceId;
use sim::row::Row;
use std::collections::BTreeMap;

/// A computer is encrypted (+1) or restored (-1).
pub const ENCRYPTED: Kind = kind("device.encrypted");

/// Marks the row of a restoration that is done.
const DONE: u64 = 1 << 63;

/// How a campaign's encryption goes, and how long its victims are away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encryption {
    /// Share of computers on which it succeeds.
    pub(crate) share: f64,
    /// How long until somebody gets round to a computer [s].
    pub(crate) recovery: Law,
    pub(crate) draws: Draws,
}

#[derive(Resource, Clone, Debug, Default)]
struct Encryptions(BTreeMap<CampaignId, Encryption>);

/// Say how a campaign's encryption goes.
pub(crate) fn prepare(site: &mut Site, id: CampaignId, how: Encryption) -> Result<(), sim::kinds::KindError> {
    site.core.kinds.register("device.encrypted", "device")?;
    site.core.handle(RESTORE, restore);
    site.world.get_resource_or_init::<Encryptions>().0.insert(id, how);
    Ok(())
}

fn charge(cause: CauseId) -> Charge {
    Charge { by: cause, because: CauseId::NONE }
}

/// Encrypt the target of an attempt, held already or taken by this. False if it is no computer, somebody else
/// holds it, or encryption fails there.
pub fn encrypt(core: &mut Core, world: &mut World, attempt: &Attempt) -> bool {
    let device = attempt.target;
    let Some(how) = world.get_resource::<Encryptions>().and_then(|all| all.0.get(&attempt.campaign)).copied()
    else {
        return false;
    };
    let Some(own) = world.resource::<Campaigns>().get(attempt.campaign) else { return false };
    let key = mix(core.key(device) ^ own.key);
    let mine = |world: &World| world.resource::<Devices>().truth(device) == attempt.cause;
    if !is_computer(world.resource::<Ground>().class(device)) {
        return false;
    }
    if !mine(world) && !take_target(core, world, attempt) || !how.draws.chance(how.share, key, 0) {
        return false;
    }
    let unit = core.unit(device);
    let topic = core.names.topic("device");
    core.fact(ENCRYPTED, core.who(device), topic, charge(attempt.cause), 1);
    core.take_down(world, unit, charge(attempt.cause));
    let back = core.now + how.recovery.span(how.draws.unit(key, 1));
    core.push(back, RESTORE, u64::from(device.0), u64::from(attempt.campaign.0) << 32 | u64::from(device.0));
    true
}

/// Somebody may restore a computer, or has done so.
fn restore(core: &mut Core, world: &mut World, row: Row) {
    let (id, device) = (CampaignId((row.arg >> 32) as u16), DeviceId(row.arg as u32));
    let Some(own) = world.resource::<Campaigns>().get(id) else { return };
    let (cause, key) = (own.cause, mix(core.key(device) ^ own.key));
    if row.arg & DONE == 0 {
        let Some(how) = world.resource::<Encryptions>().0.get(&id).copied() else { return };
        let class = world.resource::<Ground>().class(device);
        let busy = class.firmware.update.span(how.draws.unit(key, 2));
        let duty = if class.accounts.login == Login::Service { Duty::Network } else { Duty::Repair };
        let done = hands::give(core, world, (duty, Call::Urgent(key)), busy, charge(cause))
            .unwrap_or(core.now + busy);
        return core.push(done, RESTORE, u64::from(device.0), row.arg | DONE);
    }
    let topic = core.names.topic("device");
    core.fact(ENCRYPTED, core.who(device), topic, charge(cause), -1);
    devices::free(core, world, device);
    let unit = core.unit(device);
    core.bring_up(world, unit, charge(cause));
}
