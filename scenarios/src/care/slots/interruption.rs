//! Interruption: a device at a patient stops, a nurse is called, and the therapy goes on.

use super::{Slots, find, follow, release};
use crate::care::journal::{self, Act};
use crate::care::opioid;
use crate::language::fleet::Work;
use crate::language::people::Duty;
use crate::site::classes::RESTART;
use crate::site::ground::Ground;
use crate::site::staff::{Call, Staff, ask};
use bevy_ecs::world::World;
use devices::class::Role;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::luck::mix;
use sim::message::DeviceId;
use sim::row::Row;
use sim::status::PartId;
use sim::time::{SimTime, Span};

/// A device went down or came up. If it acts on a patient and went down, the therapy stays interrupted until a nurse
/// has seen to it; if it is a server with a spare, others may rest on that now.
pub(super) fn watch(core: &mut Core, world: &mut World, part: PartId, up: bool) {
    let Some(device) = core.device_of(part).filter(|&device| part == core.unit(device)) else { return };
    let spare =
        |ground: &Ground| ground.fleet(device).work == Work::Failover && ground.fleet(device).count > 1;
    if world.get_resource::<Ground>().is_some_and(spare) {
        follow(core, world);
    }
    let acts = world.get_resource::<Ground>().is_some_and(|ground| ground.class(device).role == Role::Act);
    let Some(at) = world.get_resource::<Slots>().and_then(|slots| slots.of_device.get(&device).copied())
    else {
        return;
    };
    if up || !acts {
        return;
    }
    let charge = core.status.first_reason(part);
    halt(core, world, at, charge);
}

/// A therapy is interrupted, and a nurse is called.
pub(in crate::care) fn halt(core: &mut Core, world: &mut World, at: usize, charge: Charge) {
    let Some(mut slots) = world.get_resource_mut::<Slots>() else { return };
    let Some(slot) = slots.slots.get_mut(at).filter(|slot| slot.halted_by.is_none()) else { return };
    slot.halted_by = Some(charge);
    slot.epoch += 1;
    let (part, plant, device) = (slot.halted, slot.plant, slot.device);
    core.take_down(world, part, charge);
    if let Some(plant) = plant {
        opioid::stop(core, world, plant, charge);
    }
    if let Some(device) = device {
        call_nurse(core, world, at, device, charge);
    }
}

/// A nurse comes, and programs the device anew: a row when that is done.
fn call_nurse(core: &mut Core, world: &mut World, at: usize, device: DeviceId, charge: Charge) {
    let Some(slots) = world.get_resource::<Slots>() else { return };
    let (Some(hands), Some(reprogram)) = (slots.hands, slots.reprogram) else { return };
    let (key, epoch) = (slots.slots[at].key, slots.slots[at].epoch);
    let occasion = u64::from(epoch) << 1;
    let busy = reprogram.span(hands.unit(key, occasion));
    let done = nurse(core, world, device, busy, hands.unit(key, occasion | 1), charge.by);
    core.push(done, RESTART, at as u64, u64::from(epoch) << 32 | at as u64);
    journal::device(core, world, device, charge, Act::NurseCalled { done_at: done });
}

/// Some bedside work of this length near a device: how soon it is done. `unit` draws the way to the bed.
pub fn nurse(
    core: &mut Core,
    world: &World,
    device: DeviceId,
    busy: Span,
    unit: f64,
    by: CauseId,
) -> SimTime {
    let (Some(ground), Some(staff)) = (world.get_resource::<Ground>(), world.get_resource::<Staff>()) else {
        return core.now + busy;
    };
    let zone = &ground.fleet(device).zone_name;
    let near = staff.groups().iter().find(|group| {
        let cares = group.text.does.iter().any(|duty| duty.value == Duty::Care);
        cares && group.text.zone.as_ref().is_some_and(|name| **name == *zone)
    });
    let Some(group) = near.or_else(|| staff.group(Duty::Care)) else { return core.now + busy };
    let way = group.text.response.map_or(Span::ZERO, |law| law.0.span(unit));
    // Work that a control or an attack made would not be there without it.
    let made_by = match core.names.cause_of(by).map(|cause| cause.by) {
        Some(By::Control | By::Attack) => by,
        _ => CauseId::NONE,
    };
    let key = mix(core.key(device) ^ unit.to_bits());
    ask(core, group, Call::Urgent(key), busy, made_by) + way
}

/// The nurse is there: the therapy goes on, on another device if this one is still down.
pub(in crate::care) fn restart(core: &mut Core, world: &mut World, row: Row) {
    let (at, epoch) = (row.arg as u32 as usize, (row.arg >> 32) as u32);
    let Some(mut slots) = world.remove_resource::<Slots>() else { return };
    let current = slots.slots.get(at).is_some_and(|slot| slot.on && slot.epoch == epoch);
    if !current {
        return world.insert_resource(slots);
    }
    let works = slots.slots[at].device.is_some_and(|device| core.status.up(core.unit(device)));
    if !works {
        release(core, world, &mut slots, at);
        find(core, world, &mut slots, at);
    }
    let (device, plant) = (slots.slots[at].device, slots.slots[at].plant);
    let charge = if device.is_some() { slots.slots[at].halted_by.take() } else { None };
    let part = slots.slots[at].halted;
    world.insert_resource(slots);
    if let Some(charge) = charge {
        core.bring_up(world, part, charge);
        if let Some(plant) = plant {
            opioid::programmed_by_hand(core, world, plant, charge, u64::from(epoch));
        }
    }
}
