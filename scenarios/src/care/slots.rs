//! Needs: a patient's need of a device is a slot. It begins, finds a device, is interrupted, is taken up again by
//! a nurse, and ends.

use super::opioid;
use crate::language::flow::During;
use crate::language::people::Duty;
use crate::language::selector::Selector;
use crate::site::classes::{BEGIN_OR_END, RESTART};
use crate::site::devices::{Devices, NOBODY};
use crate::site::ground::Ground;
use crate::site::hooks::Arrival;
use crate::site::network::Network;
use crate::site::staff::{Staff, ask};
use crate::site::streams::Blocks;
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use devices::class::Role;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Topic, Who};
use sim::law::Law;
use sim::luck::{Draws, mix};
use sim::message::DeviceId;
use sim::row::Row;
use sim::status::{DutyId, Grain, PartId};
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// Assumption: who finds no device, or an interrupted one still down, is looked after again after this time.
const LOOK_AGAIN: Span = Span(10 * Span::MINUTE.0);

/// Devices that give one function to some people.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
    waits: BTreeMap<(Who, super::Function), (PartId, DutyId)>,
    /// How many of a patient's needs are on.
    on: BTreeMap<Who, u32>,
    /// Emitters that count only while their device is in use (true), or only while it is not.
    emitters: BTreeMap<DeviceId, Vec<(u32, bool)>>,
    shortage: Option<PartId>,
    therapy: Option<Draws>,
    hands: Option<Draws>,
    reprogram: Option<Law>,
}

impl Slots {
    /// The part that is down while a patient waits for this.
    pub fn waits(&self, who: Who, function: super::Function) -> Option<PartId> {
        self.waits.get(&(who, function)).map(|wait| wait.0)
    }

    /// A patient's needs become one more or one fewer; waiting counts while there is any.
    fn count(&mut self, core: &mut Core, who: Who, more: bool) {
        let count = self.on.entry(who).or_default();
        let before = *count > 0;
        *count = if more { *count + 1 } else { count.saturating_sub(1) };
        let after = *count > 0;
        if before != after {
            for (function, _) in super::Function::ALL {
                if let Some(&(_, duty)) = self.waits.get(&(who, function)) {
                    core.set_duty(duty, after);
                }
            }
        }
    }

    /// A duty of this patient to be needed and lost by time.
    fn duty(core: &mut Core, who: Who, topic: Topic, parts: &[PartId]) -> DutyId {
        core.status.duty(who, topic, Grain::Time, [super::NEEDED, super::LOST], super::CHARGE, 1, parts)
    }
}

/// Make patients and their needs; those who need something at the start begin at once.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = std::sync::Arc::clone(&site.scenario);
    let mut slots = Slots {
        therapy: Some(site.core.luck.purpose("therapy")),
        hands: Some(site.core.luck.purpose("hands")),
        reprogram: Some(site.numbers.law("hospital.infusion-pump.reprogram_time")?),
        ..Slots::default()
    };
    let by = site.core.names.cause(By::Load, "no device free");
    let shortage = site.core.status.parts(1);
    site.core.take_down(&mut site.world, shortage, Charge { by, because: CauseId::NONE });
    slots.shortage = Some(shortage);
    for at in 0..site.core.emitters.len() {
        let during = site.ground.flows[usize::from(site.core.emitters[at].flow)].text.during;
        if during != During::Always {
            let owner = site.core.emitters[at].owner;
            slots.emitters.entry(owner).or_default().push((at as u32, during == During::Use));
        }
    }
    let draws = site.core.luck.purpose("needs");
    let order = site.core.luck.purpose("assignment");
    for (name, people) in scenario.people.iter().filter(|(_, people)| people.are_cared_for()) {
        let first = site.core.names.group(name, people.count());
        for who in first.0..first.0 + people.count() {
            for (function, topic) in super::Function::ALL {
                let (topic, part) = (site.core.names.topic(topic), site.core.status.parts(1));
                let duty = Slots::duty(&mut site.core, Who(who), topic, &[part]);
                slots.waits.insert((Who(who), function), (part, duty));
            }
        }
        for (nth, need) in (0_u64..).zip(&people.needs) {
            let selectors: Vec<Selector> = need.from.iter().map(|one| one.value.clone()).collect();
            let mut devices: Vec<DeviceId> =
                site.ground.selected(&selectors).flat_map(crate::site::ground::Fleet::devices).collect();
            devices.sort_by_key(|&device| order.bits(site.core.key(device), 0));
            let topic = site.core.names.topic(&need.function);
            let (share, lasts) = (need.share.value.0, need.lasts.map(|law| law.0));
            let pool = slots.pools.len();
            slots.pools.push(Pool { devices, topic, function: need.function.value.clone(), lasts, share });
            for who in first.0..first.0 + people.count() {
                for one in 0..u64::from(need.each) {
                    let key = mix(site.core.names.hash(Who(who)) ^ mix(nth << 32 | one));
                    // Who needs something for good is drawn once; else the share is that of the time.
                    if lasts.is_none() && !draws.chance(share, key, 0) {
                        continue;
                    }
                    let halted = site.core.status.parts(1);
                    let duty = Slots::duty(&mut site.core, Who(who), topic, &[]);
                    slots.slots.push(Slot {
                        patient: Who(who),
                        pool,
                        duty,
                        halted,
                        halted_by: None,
                        device: None,
                        on: false,
                        key,
                        epoch: 0,
                        plant: None,
                    });
                }
            }
        }
    }
    start(site, slots);
    site.core.watch(watch);
    Ok(())
}

/// Somebody arrives who needs one device of each of these at once, and stays.
pub(super) fn arrive(core: &mut Core, world: &mut World, arrival: &Arrival) {
    let Some(mut slots) = world.remove_resource::<Slots>() else { return };
    let who = core.names.single(&format!("{}/{}", arrival.happening, arrival.nth));
    for (function, topic) in super::Function::ALL {
        let (topic, part) = (core.names.topic(topic), core.status.parts(1));
        let duty = Slots::duty(core, who, topic, &[part]);
        slots.waits.insert((who, function), (part, duty));
    }
    let first = slots.slots.len();
    let order = core.luck.purpose("assignment");
    for (nth, selector) in (0_u64..).zip(&arrival.needs) {
        let Some(ground) = world.get_resource::<Ground>() else { continue };
        let mut devices: Vec<DeviceId> = ground
            .selected(std::slice::from_ref(selector))
            .flat_map(crate::site::ground::Fleet::devices)
            .collect();
        devices.sort_by_key(|&device| order.bits(core.key(device), 0));
        // What these devices do for others they do for the newcomer.
        let Some(known) =
            slots.pools.iter().find(|pool| pool.devices.iter().any(|device| devices.contains(device)))
        else {
            continue;
        };
        let pool = Pool { devices, lasts: None, share: 1.0, ..known.clone() };
        let (topic, halted) = (pool.topic, core.status.parts(1));
        slots.pools.push(pool);
        slots.slots.push(Slot {
            patient: who,
            pool: slots.pools.len() - 1,
            duty: Slots::duty(core, who, topic, &[]),
            halted,
            halted_by: None,
            device: None,
            on: false,
            key: mix(arrival.key ^ mix(nth)),
            epoch: 0,
            plant: None,
        });
    }
    let last = slots.slots.len();
    world.insert_resource(slots);
    for at in first..last {
        begin(core, world, at);
    }
}

/// In the stationary state a share of the slots is on, each for the rest of a drawn length.
fn start(site: &mut Site, slots: Slots) {
    let draws = site.core.luck.purpose("needs");
    let count = slots.slots.len();
    site.world.insert_resource(slots);
    let ground = std::mem::take(&mut site.ground);
    let network = std::mem::take(&mut site.network);
    site.world.insert_resource(ground);
    site.world.insert_resource(network);
    for at in 0..count {
        let Some((pool, key)) = site.world.get_resource::<Slots>().map(|slots| {
            let slot = &slots.slots[at];
            (slots.pools[slot.pool].clone(), slot.key)
        }) else {
            continue;
        };
        let Some(lasts) = pool.lasts else {
            begin(&mut site.core, &mut site.world, at);
            continue;
        };
        let rest = draws.unit(key, 2);
        if draws.chance(pool.share, key, 1) {
            begin(&mut site.core, &mut site.world, at);
            let left = Span::from_seconds(lasts.quantile(draws.unit(key, 3)) * rest);
            site.core.push(SimTime::ZERO + left, BEGIN_OR_END, at as u64, at as u64);
        } else {
            let away = pause(&pool).quantile(rest);
            site.core.push(SimTime::ZERO + Span::from_seconds(away), BEGIN_OR_END, at as u64, at as u64);
        }
    }
    if let Some(ground) = site.world.remove_resource::<Ground>() {
        site.ground = ground;
    }
    if let Some(network) = site.world.remove_resource::<Network>() {
        site.network = network;
    }
}

/// Time between two needs, such that the share of time in need is the pool's.
fn pause(pool: &Pool) -> Law {
    let on = pool.lasts.map_or(0.0, |lasts| lasts.mean());
    let share = pool.share.clamp(1e-9, 1.0);
    Law::Exponential { mean: (on * (1.0 - share) / share).max(1.0) }
}

/// A need begins or ends.
pub(super) fn begin_or_end(core: &mut Core, world: &mut World, row: Row) {
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
    let Some(device) = slots.slots[at].device.take() else { return };
    slots.of_device.remove(&device);
    if let Some(mut devices) = world.get_resource_mut::<Devices>() {
        devices.used_by[device.0 as usize] = NOBODY;
    }
    switch(core, slots, device, false);
}

/// Flows that count while the device is in use go on or off.
fn switch(core: &mut Core, slots: &Slots, device: DeviceId, used: bool) {
    for &(emitter, during_use) in slots.emitters.get(&device).into_iter().flatten() {
        let enabled = during_use == used;
        core.emitters[emitter as usize].enabled = enabled;
        if let Some(duty) = core.emitters[emitter as usize].stream {
            core.set_duty(duty, enabled);
        }
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
        let epoch = slots.slots[at].epoch;
        return core.push(core.now + LOOK_AGAIN, RESTART, at as u64, u64::from(epoch) << 32 | at as u64);
    };
    slots.slots[at].device = Some(device);
    slots.of_device.insert(device, at);
    if let Some(mut devices) = world.get_resource_mut::<Devices>() {
        devices.used_by[device.0 as usize] = patient;
    }
    switch(core, slots, device, true);
    let mut parts = vec![core.unit(device), halted];
    parts.extend(way(core, world, &slots.pools[pool].function, device));
    core.retarget(duty, &parts);
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
            if own.owner == device {
                parts.extend(network.parts(core, own.route, [own.source, own.target]));
                parts.extend(blocks.into_iter().flat_map(|blocks| blocks.of(emitter)));
            }
        }
    }
    parts
}

/// A device went down. If it acts on a patient, the therapy stays interrupted until a nurse has seen to it.
fn watch(core: &mut Core, world: &mut World, part: PartId, up: bool) {
    let Some(device) = core.device_of(part).filter(|&device| part == core.unit(device)) else { return };
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
pub(super) fn halt(core: &mut Core, world: &mut World, at: usize, charge: Charge) {
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
    ask(core, group.station, busy, made_by) + way
}

/// The nurse is there: the therapy goes on, on another device if this one is still down.
pub(super) fn restart(core: &mut Core, world: &mut World, row: Row) {
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
            opioid::programmed_by_hand(core, world, plant, charge);
        }
    }
}
