//! Carrier sense: the channel is looked at once before each frame.

use super::queue::{begin, finish, head};
use super::turn::{Turn, post};
use super::{Access, MediumId, Spent};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::message::DeviceId;
use bevy_ecs::world::World;

/// Look whether the channel is clear.
pub(super) fn look(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Csma { tries, heard, .. } = medium.access else { return };
    if head(medium, device, seq).is_none() {
        return;
    }
    let senses = medium.senses.0;
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    Spent::add(&mut radio.spent.listens, senses, senses);
    let Some(radio) = medium.radios.get(&device) else { return };
    let until = radio.free;
    let busy = radio.sends_until > now || medium.is_busy(device, radio, 0, heard, now.0);
    if !busy {
        return post(core, until, Turn::Send, id, device, seq);
    }
    let by = medium.causes.busy;
    let Some(job) = head(medium, device, seq) else { return };
    job.waits += 1;
    job.active = false;
    if job.waits <= tries {
        return begin(core, id, device);
    }
    job.last = Charge { by, because: CauseId::NONE };
    finish(core, world, id, device, now);
}
