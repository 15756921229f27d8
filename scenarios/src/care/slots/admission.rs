//! Admission: patients are made with their needs, and the surge brings more.

use super::interruption::watch;
use super::{Pool, Slot, Slots, begin, pause};
use crate::language::flow::During;
use crate::language::selector::Selector;
use crate::site::classes::BEGIN_OR_END;
use crate::site::episodes::residual;
use crate::site::ground::Ground;
use crate::site::hooks::Arrival;
use crate::site::network::Network;
use crate::site::{Site, SiteError};
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Who};
use sim::luck::mix;
use sim::message::DeviceId;
use sim::time::{SimTime, Span};

/// Make patients and their needs; those who need something at the start begin at once.
pub(in crate::care) fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = std::sync::Arc::clone(&site.scenario);
    let mut slots = Slots {
        therapy: Some(site.core.luck.purpose("therapy")),
        hands: Some(site.core.luck.purpose("hands")),
        look_again: site.numbers.span("care.look_again")?,
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
            let owner = site.core.emitters[at].owner();
            slots.emitters.entry(owner).or_default().push((at as u32, during == During::Use));
        }
    }
    let draws = site.core.luck.purpose("needs");
    let order = site.core.luck.purpose("assignment");
    for (name, people) in scenario.people.iter().filter(|(_, people)| people.are_cared_for()) {
        let first = site.core.names.group(name, people.count());
        for who in first.0..first.0 + people.count() {
            for (function, topic) in crate::care::Function::ALL {
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
pub(in crate::care) fn arrive(core: &mut Core, world: &mut World, arrival: &Arrival) {
    let Some(mut slots) = world.remove_resource::<Slots>() else { return };
    let who = core.names.single(&format!("{}/{}", arrival.happening, arrival.nth));
    for (function, topic) in crate::care::Function::ALL {
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

/// In the stationary state a share of the slots is on, each for what is left of a length that is met by chance.
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
            let left = Span::from_seconds(residual(&lasts, draws.unit(key, 3), rest));
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
