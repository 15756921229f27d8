//! The journal of one patient: what was done about their therapy, as it happens. Nobody keeps one unless a harm is
//! to be explained; it changes no fact.
//!
//! What befalls the patient's devices is recorded as facts anyway; the journal says which devices those are.

mod entry;

pub use entry::{Act, Added, Entry, Named, Outcome, Travelled};

use super::slots::Slots;
use crate::attempt::{ATTEMPT, BLOCKED};
use crate::site::devices::{Devices, NOBODY};
use crate::site::ground::Ground;
use crate::site::network::{Network, Place};
use crate::site::staff::Staff;
use crate::techniques;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use devices::class::Role;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Fact, Who};
use sim::message::{DeviceId, Message};
use sim::simulation::{Engine, Simulation};
use sim::status::PartId;
use sim::time::SimTime;
use std::collections::BTreeMap;

/// The journal of one patient.
#[derive(Resource, Clone, Debug)]
pub struct Journal {
    who: Who,
    entries: Vec<Entry>,
    /// Since when the patient and their shadow were apart, and until when.
    apart: Vec<(SimTime, Option<SimTime>)>,
    /// The devices at the patient that matter to the therapy: since when, and until when.
    devices: Vec<(DeviceId, SimTime, Option<SimTime>)>,
    /// When the bare path delivered what, by the message's name.
    bare: BTreeMap<(u64, u64), SimTime>,
}

/// Facts about the traffic of a device and its upkeep: too many to tell, and told by what they lead to.
const TRAFFIC: [&str; 4] = ["message.", "charge.", "energy", "fleet."];

/// Keep the journal of the patient of this name from now on, the beginning. False if no process is simulated for
/// anybody of that name.
pub fn open(simulation: &mut Simulation, name: &str) -> bool {
    let world = &mut simulation.world;
    let Some(who) =
        super::opioid::patients(world).find(|&who| world.resource::<Engine>().names.who(who) == name)
    else {
        return false;
    };
    let devices = world.resource::<Slots>().of_device.keys().copied().collect::<Vec<_>>();
    let mut journal =
        Journal { who, entries: Vec::new(), apart: Vec::new(), devices: Vec::new(), bare: BTreeMap::new() };
    journal.devices = devices
        .into_iter()
        .filter(|&device| matters(world, who, device))
        .map(|device| (device, SimTime::ZERO, None))
        .collect();
    let told: Vec<usize> = {
        let (ground, staff) = (world.resource::<Ground>(), world.resource::<Staff>());
        let told = |flow: &crate::site::ground::Flow| {
            flow.command && flow.text.serves.is_some() || staff.answering(&flow.name).is_some()
        };
        (0..ground.flows.len()).filter(|&at| told(&ground.flows[at])).collect()
    };
    world.insert_resource(journal);
    let core = simulation.core_mut();
    // The bare path is travelled beside orders and calls; what travels there adds no work and no fact.
    told.into_iter().for_each(|at| core.flows[at].shadowed = true);
    core.watch(status);
    true
}

impl Journal {
    /// The lines, in order.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        for entry in &mut entries {
            if let Act::OrderArrived(message)
            | Act::OrderLost { message, .. }
            | Act::AlarmArrived { message, .. }
            | Act::AlarmLost { message, .. } = &mut entry.act
            {
                message.bare_at = self.bare.get(&message.named).copied();
            }
        }
        // At the same instant, an adversary's steps are told in the order of their tactics, then what befalls a
        // device, then what follows from it.
        let rank = |act: &Act| match act {
            Act::Attempted { technique, .. } => (0, techniques::find(technique).map(|def| def.tactic)),
            Act::DeviceDown | Act::LinkDown | Act::Recorded { .. } => (1, None),
            _ => (2, None),
        };
        entries.sort_by_key(|entry| (entry.at, rank(&entry.act)));
        entries
    }

    /// Since when the patient and their shadow had been apart at some instant between these, if they were.
    pub fn apart(&self, from: SimTime, to: SimTime) -> Option<SimTime> {
        let during = |span: &&(SimTime, Option<SimTime>)| span.0 < to && span.1.is_none_or(|end| end >= from);
        self.apart.iter().find(during).map(|span| span.0)
    }

    /// Whether this device mattered to the therapy at this instant.
    pub fn held(&self, device: DeviceId, at: SimTime) -> bool {
        let then = |one: &(DeviceId, SimTime, Option<SimTime>)| {
            one.0 == device && one.1 <= at && one.2.is_none_or(|end| at <= end)
        };
        self.devices.iter().any(then)
    }

    /// Take note of what a window's facts say about the patient's devices.
    pub fn read(&mut self, facts: &[Fact], core: &Core) {
        for fact in facts {
            let device = DeviceId(fact.who.0);
            if device.0 >= core.devices() || !self.held(device, fact.at) {
                continue;
            }
            let kind = core.kinds.name(fact.kind).unwrap_or_default();
            let about = core.names.topic_name(fact.topic).to_owned();
            let outcome = match fact.kind {
                ATTEMPT if fact.amount > 0 => Some(Outcome::Worked),
                ATTEMPT => Some(Outcome::Failed),
                BLOCKED => Some(Outcome::Blocked),
                _ if TRAFFIC.iter().any(|start| kind.starts_with(start)) => continue,
                _ => None,
            };
            let act = match outcome {
                Some(outcome) => {
                    let attack_id = techniques::find(&about).map_or("", |def| def.attack_id);
                    Act::Attempted { technique: about, attack_id, outcome }
                }
                None => {
                    let unit = core.kinds.unit(fact.kind).unwrap_or_default().to_owned();
                    Act::Recorded { kind: kind.to_owned(), about, amount: fact.amount, unit }
                }
            };
            self.add_at(fact.at, core, Some(device), fact.charge, act, None);
        }
    }

    /// Whether the patient and their shadow agree now; and when they last came to.
    pub(super) fn stand(&mut self, who: Who, now: SimTime, agree: bool, agreed: SimTime) {
        if who != self.who {
            return;
        }
        if let Some((since, end @ None)) = self.apart.last_mut()
            && agreed > *since
        {
            *end = Some(agreed);
        }
        if !agree && self.apart.last().is_none_or(|last| last.1.is_some()) {
            self.apart.push((now, None));
        }
    }

    fn add(
        &mut self,
        core: &Core,
        device: Option<DeviceId>,
        charge: Charge,
        act: Act,
        rates: Option<[f64; 2]>,
    ) {
        self.add_at(core.now, core, device, charge, act, rates);
    }

    fn add_at(
        &mut self,
        at: SimTime,
        core: &Core,
        device: Option<DeviceId>,
        charge: Charge,
        act: Act,
        rates: Option<[f64; 2]>,
    ) {
        let cause = |id| named(core, id);
        self.entries.push(Entry {
            at,
            device: device.map(|device| core.names.who(core.who(device))),
            act,
            by: cause(charge.by),
            because: cause(charge.because),
            rate: rates.map(|rates| rates[0]),
            shadow_rate: rates.map(|rates| rates[1]),
        });
    }
}

/// Take note of something about a patient's pump, and of what it and the shadow's infuse then.
pub(super) fn pump(core: &Core, world: &mut World, who: Who, charge: Charge, act: Act, rates: [f64; 2]) {
    if let Some(mut journal) = world.get_resource_mut::<Journal>().filter(|journal| journal.who == who) {
        journal.add(core, None, charge, act, Some(rates));
    }
}

/// Take note of something about a device at a patient, if it matters to the therapy.
pub(super) fn device(core: &Core, world: &mut World, device: DeviceId, charge: Charge, act: Act) {
    let Some(who) = world.get_resource::<Journal>().map(|journal| journal.who) else { return };
    if matters(world, who, device)
        && let Some(mut journal) = world.get_resource_mut::<Journal>()
    {
        journal.add(core, Some(device), charge, act, None);
    }
}

/// Take note that a message's bare path delivers now.
pub(super) fn bare(core: &Core, world: &mut World, ghost: &Message) {
    if let Some(mut journal) = world.get_resource_mut::<Journal>() {
        journal.bare.insert((ghost.key, ghost.slot), core.now);
    }
}

/// Take note of a message about a device at a patient, if it matters to the therapy.
pub(super) fn message(
    core: &Core,
    world: &mut World,
    message: &Message,
    about: DeviceId,
    charge: Charge,
    act: impl FnOnce(Travelled) -> Act,
) {
    if world.get_resource::<Journal>().is_none() {
        return;
    }
    let act = act(travelled(core, world, message));
    device(core, world, about, charge, act);
}

/// A need takes a device (`Some`), leaves the one it has, or finds none.
pub(super) fn moves(core: &Core, world: &mut World, slots: &Slots, at: usize, taken: Option<DeviceId>) {
    let slot = &slots.slots[at];
    if world.get_resource::<Journal>().is_none_or(|journal| journal.who != slot.patient) {
        return;
    }
    let watches =
        |device| world.get_resource::<Ground>().is_some_and(|ground| ground.class(device).role != Role::Act);
    if slot.plant.is_none() && !taken.or(slot.device).is_some_and(watches) {
        return;
    }
    let Some(mut journal) = world.get_resource_mut::<Journal>() else { return };
    match (taken, slot.device) {
        (Some(device), _) => {
            journal.devices.push((device, core.now, None));
            journal.add(core, Some(device), Charge::default(), Act::DeviceTaken, None);
        }
        (None, Some(device)) => {
            let open = journal.devices.iter_mut().filter(|one| one.0 == device && one.2.is_none());
            open.for_each(|one| one.2 = Some(core.now));
            journal.add(core, Some(device), Charge::default(), Act::DeviceLeft, None);
        }
        (None, None) => journal.add(core, None, Charge::default(), Act::NoDeviceFree, None),
    }
}

fn status(core: &mut Core, world: &mut World, part: PartId, up: bool) {
    let Some(own) = core.device_of(part) else { return };
    let act = match (part == core.unit(own), up) {
        (true, false) => Act::DeviceDown,
        (true, true) => Act::DeviceUp,
        (false, false) => Act::LinkDown,
        (false, true) => Act::LinkUp,
    };
    let charge = if up { Charge::default() } else { core.status.first_reason(part) };
    device(core, world, own, charge, act);
}

/// Whether a device is at the patient, and acts on the process or watches it.
fn matters(world: &World, who: Who, device: DeviceId) -> bool {
    if world.get_resource::<Devices>().map_or(NOBODY, |devices| devices.user(device)) != who {
        return false;
    }
    let (Some(slots), Some(ground)) = (world.get_resource::<Slots>(), world.get_resource::<Ground>()) else {
        return false;
    };
    let slot = slots.of_device.get(&device).and_then(|&at| slots.slots.get(at));
    let acts = ground.class(device).role == Role::Act;
    slot.is_some_and(|slot| slot.plant.is_some() || !acts)
}

fn travelled(core: &Core, world: &World, message: &Message) -> Travelled {
    let added = |(cause, nanos)| Some(Added { by: named(core, cause)?, nanos });
    Travelled {
        flow: core.names.topic_name(message.topic).to_owned(),
        sent_at: Some(message.sent).filter(|&sent| sent > SimTime::ZERO),
        bare_at: None,
        late: core.now > message.deadline,
        sent_again: message.attempt,
        way: way(core, world, message),
        added: message.extra.iter().filter_map(added).collect(),
        named: (message.key, message.slot),
    }
}

fn named(core: &Core, cause: CauseId) -> Option<Named> {
    core.names.cause_of(cause).map(|cause| Named { kind: cause.by, name: cause.name.clone() })
}

fn way(core: &Core, world: &World, message: &Message) -> Vec<String> {
    let (Some(network), Some(ground)) = (world.get_resource::<Network>(), world.get_resource::<Ground>())
    else {
        return Vec::new();
    };
    let name = |device: DeviceId| core.names.who(core.who(device));
    let place = |place: &Place| match *place {
        Place::Source => Some(name(message.source)),
        Place::Target => Some(name(message.target)),
        Place::Relay(device) => Some(name(device)),
        Place::Radio(device) => Some(format!("radio of {}", name(device))),
        Place::Conduit(at, _) => ground.conduits.get(usize::from(at)).map(|one| one.name.clone()),
        Place::Switch(device) => Some(name(device)),
        Place::Firewall(_) | Place::Cable => None,
    };
    let mut way: Vec<String> =
        network.laid(message.route).into_iter().flat_map(|laid| &laid.places).filter_map(place).collect();
    way.dedup();
    way
}
