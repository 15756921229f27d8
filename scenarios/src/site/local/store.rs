//! Readings that cannot be sent are kept, as many as there is room for, and sent when there is a way again: through
//! the same stations, all at once.
//!
//! # Differs from the real thing
//! A reading that was on its way when the way was cut is lost unless it is acknowledged. What is kept survives a
//! restart: it is written to the memory for programs, which does not wear out here.

use super::CutOffs;
use super::contact::Contacts;
use crate::language::flow::FlowKind;
use crate::language::process::Fallback;
use crate::site::network::{Place, Traffic};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, kind};
use sim::message::{DeviceId, Message, MessageId};
use sim::route::Toll;
use sim::travel::Verdict;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Readings that were kept because there was no way.
pub const KEPT: Kind = kind("reading.kept");

/// A reading that waits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Waiting {
    message: MessageId,
    emitter: u32,
    bytes: u64,
    /// What kept it back.
    cause: CauseId,
}

/// What every device keeps.
#[derive(Resource, Debug, Default)]
pub struct Stores {
    waiting: BTreeMap<DeviceId, VecDeque<Waiting>>,
    contact_of: BTreeMap<u32, usize>,
    users: BTreeMap<usize, BTreeSet<DeviceId>>,
    /// Bytes that a device of a fleet has room for.
    room: BTreeMap<u16, u64>,
    fleet_of: Vec<u16>,
    full: CauseId,
}

sim::kept!(Stores { waiting } built { contact_of, users, room, fleet_of, full });

/// Ask, where a reading leaves, whether there is a way.
pub(super) fn prepare(site: &mut Site, cut_offs: &CutOffs) -> Result<(), SiteError> {
    let full = site.core.names.cause(By::Design, "a full memory");
    let mut stores = Stores { full, ..Stores::default() };
    for (&fleet, cuts) in cut_offs {
        for (_, cut) in cuts.iter().filter(|(_, cut)| cut.does == Fallback::StoreAndForward) {
            let room = match &cut.keeps {
                Some(stated) => stated.value.0,
                None => {
                    let flash = site.ground.fleets[usize::from(fleet)].class.hardware.flash as f64;
                    (flash * site.numbers.si("local.store_share")?) as u64
                }
            };
            stores.room.insert(fleet, room);
        }
    }
    let fleets: BTreeSet<u16> = stores.room.keys().copied().collect();
    if !fleets.is_empty() {
        let devices = (0..site.core.devices()).map(DeviceId);
        stores.fleet_of = devices.map(|device| site.ground.fleet_of(device)).collect();
    }
    site.world.insert_resource(stores);
    if fleets.is_empty() {
        return Ok(());
    }
    let (check, cause) = (site.core.check(keep_back), full);
    site.network.rule(Box::new(move |ground, laid, place| {
        let Traffic::Flow(flow) = laid.traffic else { return None };
        let reading = ground.flows.get(usize::from(flow))?.text.kind == FlowKind::Reading;
        let asks = reading && place == Place::Source && fleets.contains(&laid.source);
        asks.then(|| Toll { check: Some((check, 0)), ..Toll::free(cause) })
    }));
    Ok(())
}

/// An emitter's readings wait while its owner takes itself for cut off by this contact.
pub(super) fn watch(site: &mut Site, emitter: u32, owner: DeviceId, contact: usize) {
    let mut stores = site.world.resource_mut::<Stores>();
    stores.contact_of.insert(emitter, contact);
    stores.users.entry(contact).or_default().insert(owner);
}

/// A reading leaves, or is kept; what there is no room for any more, the oldest first, is lost.
fn keep_back(core: &mut Core, world: &mut World, id: MessageId, message: &Message, _: u32) -> Verdict {
    let Some(&contact) = world.resource::<Stores>().contact_of.get(&message.emitter) else {
        return Verdict::Pass;
    };
    if message.ghost || world.resource::<Contacts>().reached(contact) {
        return Verdict::Pass;
    }
    let truth = super::truth(core, world, contact);
    let mut stores = world.resource_mut::<Stores>();
    let stores = &mut *stores;
    let fleet = stores.fleet_of[message.source.0 as usize];
    let room = stores.room.get(&fleet).copied().unwrap_or(0);
    let bytes = u64::from(message.bytes);
    let charge = Charge { by: stores.full, because: truth.by };
    if bytes > room {
        return Verdict::Drop(charge);
    }
    let own = stores.waiting.entry(message.source).or_default();
    let mut used: u64 = own.iter().map(|one| one.bytes).sum();
    let mut dropped = Vec::new();
    while used + bytes > room {
        let Some(oldest) = own.pop_front() else { break };
        used -= oldest.bytes;
        dropped.push(oldest.message);
    }
    own.push_back(Waiting { message: id, emitter: message.emitter, bytes, cause: truth.by });
    let who = core.who(core.owner(message));
    core.fact(KEPT, who, message.topic, truth, i64::from(message.weight));
    dropped.into_iter().for_each(|oldest| core.discard_held(world, oldest, charge));
    Verdict::Hold
}

/// There is a way again: what waited for it leaves, in the order in which it came.
pub(super) fn release(core: &mut Core, world: &mut World, contact: usize) {
    let Some(mut stores) = world.get_resource_mut::<Stores>() else { return };
    let stores = &mut *stores;
    for device in stores.users.get(&contact).into_iter().flatten() {
        let Some(own) = stores.waiting.get_mut(device) else { continue };
        let leaves = |one: &Waiting| stores.contact_of.get(&one.emitter).is_none_or(|&of| of == contact);
        let (go, stay): (Vec<Waiting>, Vec<Waiting>) = own.drain(..).partition(leaves);
        own.extend(stay);
        if own.is_empty() {
            stores.waiting.remove(device);
        }
        go.into_iter().for_each(|one| core.resume(one.message, one.cause));
    }
}
