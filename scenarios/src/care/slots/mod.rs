//! Needs: a patient's need of a device is a slot. It begins, finds a device, is interrupted, is taken up again by
//! a nurse, and ends.

mod admission;
mod interruption;

pub(in crate::care) use admission::{arrive, install};
pub(in crate::care) use interruption::{nurse, restart};

use crate::care::journal;
use crate::site::classes::{BEGIN_OR_END, RESTART};
use crate::site::devices::{Devices, NOBODY};
use crate::site::ground::Ground;
use crate::site::network::Network;
use crate::site::streams::{self, Blocks};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use devices::class::Role;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{Charge, Topic, Who};
use sim::law::Law;
use sim::luck::Draws;
use sim::message::DeviceId;
use sim::row::Row;
use sim::status::{DutyId, Grain, PartId};
use sim::time::Span;
use std::collections::BTreeMap;

/// Devices that give one function to some people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pool {
    /// The devices, in an order drawn by their names.
    pub devices: Vec<DeviceId>,
    /// The function.
    pub topic: Topic,
    /// The function's name.
    pub function: String,
    /// How long it is needed at a time [s]; `None`: always.
    pub lasts: Option<Law>,
    /// Share of the people who need it.
    pub share: f64,
}

/// One patient's need of one device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slot {
    /// The patient.
    pub patient: Who,
    /// The pool it draws from.
    pub pool: usize,
    /// The need, as a duty.
    pub duty: DutyId,
    /// Down while the therapy waits for hands.
    pub halted: PartId,
    /// Why it waits.
    pub halted_by: Option<Charge>,
    /// The device, when it has one.
    pub device: Option<DeviceId>,
    /// Whether it is needed now.
    pub on: bool,
    /// The entity key of its draws.
    pub key: u64,
    /// Counts beginnings and interruptions, so that a row of an earlier one is known.
    pub epoch: u32,
    /// The plant that the device acts on.
    pub plant: Option<usize>,
}

/// Everybody's needs.
#[derive(Resource, Clone, Debug, Default)]
pub struct Slots {
    /// The pools.
    pub pools: Vec<Pool>,
    /// The slots, patient by patient in name order.
    pub slots: Vec<Slot>,
    /// The slot of each device in use.
    pub of_device: BTreeMap<DeviceId, usize>,
    /// What each patient may wait for: the part that is down meanwhile, and the duty it belongs to.
    waits: BTreeMap<(Who, crate::care::Function), (PartId, DutyId)>,
    /// How many of a patient's needs are on.
    on: BTreeMap<Who, u32>,
    /// Emitters that count only while their device is in use (true), or only while it is not.
    emitters: BTreeMap<DeviceId, Vec<(u32, bool)>>,
    shortage: Option<PartId>,
    therapy: Option<Draws>,
    hands: Option<Draws>,
    reprogram: Option<Law>,
    /// Who finds no device, or an interrupted one still down, is looked after again after this time.
    look_again: Span,
}

sim::kept!(Slots { pools, slots, of_device, waits, on } built {
    emitters, shortage, therapy, hands, reprogram, look_again
});

impl Slots {
    /// The part that is down while a patient waits for this.
    pub fn waits(&self, who: Who, function: crate::care::Function) -> Option<PartId> {
        self.waits.get(&(who, function)).map(|wait| wait.0)
    }

    /// A patient's needs become one more or one fewer; waiting counts while there is any.
    fn count(&mut self, core: &mut Core, who: Who, more: bool) {
        let count = self.on.entry(who).or_default();
        let before = *count > 0;
        *count = if more { *count + 1 } else { count.saturating_sub(1) };
        let after = *count > 0;
        if before != after {
            for (function, _) in crate::care::Function::ALL {
                if let Some(&(_, duty)) = self.waits.get(&(who, function)) {
                    core.set_duty(duty, after);
                }
            }
        }
    }

    /// A duty of this patient to be needed and lost by time.
    fn duty(core: &mut Core, who: Who, topic: Topic, parts: &[PartId]) -> DutyId {
        core.status.duty(
            who,
            topic,
            Grain::Time,
            [crate::care::NEEDED, crate::care::LOST],
            crate::care::CHARGE,
            1,
            parts,
        )
    }
}

/// Time between two needs, such that the share of time in need is the pool's.
fn pause(pool: &Pool) -> Law {
    let on = pool.lasts.map_or(0.0, |lasts| lasts.mean());
    let share = pool.share.clamp(1e-9, 1.0);
    Law::Exponential { mean: (on * (1.0 - share) / share).max(1.0) }
}

/// A need begins or ends.
pub(in crate::care) fn begin_or_end(core: &mut Core, world: &mut World, row: Row) {
    let at = row.arg as usize;
    let Some((on, key, epoch, pool, draws)) = world.get_resource::<Slots>().and_then(|slots| {
        let slot = slots.slots.get(at)?;
        Some((slot.on, slot.key, slot.epoch, slots.pools[slot.pool].clone(), slots.therapy?))
    }) else {
        return;
    };
    let next = if on {
        end(core, world, at);
        pause(&pool)
    } else {
        begin(core, world, at);
        match pool.lasts {
            Some(lasts) => lasts,
            None => return,
        }
    };
    let length = next.span(draws.unit(key, u64::from(epoch) << 1 | u64::from(on)));
    core.push(core.now + length.max(Span::SECOND), BEGIN_OR_END, at as u64, at as u64);
}

/// A patient begins to need a device, and takes the first that is free and up.
pub fn begin(core: &mut Core, world: &mut World, at: usize) {
    let Some(mut slots) = world.remove_resource::<Slots>() else { return };
    if let Some(slot) = slots.slots.get_mut(at) {
        slot.on = true;
        slot.epoch += 1;
        let patient = slot.patient;
        find(core, world, &mut slots, at);
        core.set_duty(slots.slots[at].duty, true);
        slots.count(core, patient, true);
    }
    world.insert_resource(slots);
}

/// A patient no longer needs it.
fn end(core: &mut Core, world: &mut World, at: usize) {
    let Some(mut slots) = world.remove_resource::<Slots>() else { return };
    core.set_duty(slots.slots[at].duty, false);
    let patient = slots.slots[at].patient;
    slots.count(core, patient, false);
    release(core, world, &mut slots, at);
    let slot = &mut slots.slots[at];
    slot.on = false;
    slot.epoch += 1;
    if let Some(charge) = slot.halted_by.take() {
        let part = slot.halted;
        core.bring_up(world, part, charge);
    }
    world.insert_resource(slots);
}

fn release(core: &mut Core, world: &mut World, slots: &mut Slots, at: usize) {
    journal::moves(core, world, slots, at, None);
    let Some(device) = slots.slots[at].device.take() else { return };
    slots.of_device.remove(&device);
    if let Some(mut devices) = world.get_resource_mut::<Devices>() {
        devices.use_by(device, NOBODY);
    }
    switch(core, world, slots, device, false);
}

/// Flows that count while the device is in use go on or off.
fn switch(core: &mut Core, world: &mut World, slots: &Slots, device: DeviceId, used: bool) {
    for &(emitter, during_use) in slots.emitters.get(&device).into_iter().flatten() {
        let enabled = during_use == used;
        core.emitters[emitter as usize].enable(enabled);
        streams::switch(core, world, emitter, enabled);
    }
}

/// Find a device; without one the need is unmet, for want of a device.
fn find(core: &mut Core, world: &mut World, slots: &mut Slots, at: usize) {
    let (pool, halted, duty, patient) = {
        let slot = &slots.slots[at];
        (slot.pool, slot.halted, slot.duty, slot.patient)
    };
    let free =
        |device: &&DeviceId| !slots.of_device.contains_key(device) && core.status.up(core.unit(**device));
    let Some(&device) = slots.pools[pool].devices.iter().find(free) else {
        let shortage = slots.shortage.unwrap_or(PartId::ALWAYS);
        core.retarget(duty, &[shortage]);
        journal::moves(core, world, slots, at, None);
        let epoch = slots.slots[at].epoch;
        return core.push(
            core.now + slots.look_again,
            RESTART,
            at as u64,
            u64::from(epoch) << 32 | at as u64,
        );
    };
    journal::moves(core, world, slots, at, Some(device));
    slots.slots[at].device = Some(device);
    slots.of_device.insert(device, at);
    if let Some(mut devices) = world.get_resource_mut::<Devices>() {
        devices.use_by(device, patient);
    }
    switch(core, world, slots, device, true);
    let mut parts = vec![core.unit(device), halted];
    parts.extend(way(core, world, &slots.pools[pool].function, device));
    core.retarget(duty, &parts);
}

/// A server went down or came back, and another may have taken over: what a need rests on follows its flow's way.
pub(crate) fn follow(core: &mut Core, world: &mut World) {
    let Some(slots) = world.get_resource::<Slots>() else { return };
    let mut moved = Vec::new();
    for slot in &slots.slots {
        let Some(device) = slot.device else { continue };
        let mut parts = vec![core.unit(device), slot.halted];
        parts.extend(way(core, world, &slots.pools[slot.pool].function, device));
        parts.retain(|part| *part != PartId::ALWAYS);
        parts.sort_unstable();
        parts.dedup();
        if core.status.duty_of(slot.duty).is_some_and(|duty| duty.parts.as_slice() != parts) {
            moved.push((slot.duty, parts));
        }
    }
    for (duty, parts) in moved {
        core.retarget(duty, &parts);
    }
}

/// What else a function needs: where it lives from a flow, all of that flow's way.
fn way(core: &Core, world: &World, function: &str, device: DeviceId) -> Vec<PartId> {
    let (Some(ground), Some(network)) = (world.get_resource::<Ground>(), world.get_resource::<Network>())
    else {
        return Vec::new();
    };
    let blocks = world.get_resource::<Blocks>();
    let mut parts = Vec::new();
    // A device that acts goes on without its network: only its programme must reach it, which is an order's affair.
    if ground.class(device).role == Role::Act {
        return parts;
    }
    let serving =
        |flow: &&crate::site::ground::Flow| flow.text.serves.as_ref().is_some_and(|name| **name == *function);
    for flow in ground.flows.iter().filter(serving) {
        let (first, count) = flow.emitters;
        for emitter in first..first + count {
            let own = &core.emitters[emitter as usize];
            if own.owner() == device {
                parts.extend(network.parts(core, own.route, [own.source, own.target]));
                parts.extend(blocks.into_iter().flat_map(|blocks| blocks.of(emitter)));
            }
        }
    }
    parts
}
