//! Contacts: a device asks another whether it is there, and counts the questions that stay unanswered.
//!
//! A question and its answer are messages of two bytes (PINGREQ and PINGRESP, MQTT 3.1.1 sections 3.12 and 3.13) on the
//! routes of all other traffic. A question that has no answer when the next is due was missed; so many in a row, and the
//! device takes itself for cut off. The first answer ends that.
//!
//! # Differs from the real thing
//! A client that hears other traffic of its server sends no question; here each is sent. A device that is down asks
//! nothing and notices nothing.

use crate::keep::{Part, Whose};
use crate::language::process::Notices;
use crate::site::classes::CONTACT;
use crate::site::ground::Ground;
use crate::site::network::{Network, Traffic};
use crate::site::standby::End;
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{Charge, Kind, Topic, kind};
use sim::keep::{self, KeepError};
use sim::luck::{Draws, mix};
use sim::message::{Action, ActionId, DeviceId, Message};
use sim::row::Row;
use sim::time::Span;
use std::collections::BTreeMap;

/// A device takes itself for cut off (+1), or no longer (-1).
pub const LOST: Kind = kind("contact.lost");

/// Who asks whom, and how often.
#[derive(Clone, Copy, Debug)]
struct Contact {
    device: DeviceId,
    other: End,
    every: Span,
    after: u32,
    bytes: u32,
    /// Whether a strategy asks for it; else every strategy has it.
    of_strategy: bool,
}

/// What a device knows of a contact.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Known {
    /// Questions asked.
    asked: u64,
    /// The last of them that was answered.
    answered: u64,
    /// Unanswered in a row.
    missed: u32,
    reached: bool,
    /// What kept it from being reached when it was noticed; for charges alone.
    because: Charge,
}

/// All contacts, in the order of their making.
#[derive(Resource, Debug)]
pub struct Contacts {
    all: Vec<Contact>,
    known: Vec<Known>,
    of: BTreeMap<(DeviceId, End), usize>,
    by_name: BTreeMap<u64, usize>,
    topic: Topic,
    actions: [ActionId; 2],
    phase: Draws,
}

/// What devices know of the contacts that every strategy has, by name; and of those that a strategy asks for.
pub(crate) const KEPT: [Part; 2] = [
    Part { name: "contacts", whose: Whose::World, keep: |world| keep(world, false), lay },
    Part { name: "contacts of a strategy", whose: Whose::Strategy, keep: |world| keep(world, true), lay },
];

fn keep(world: &World, of_strategy: bool) -> Result<Option<Vec<u8>>, KeepError> {
    let Some(own) = world.get_resource::<Contacts>() else { return Ok(None) };
    let all = own.all.iter().zip(&own.known).filter(|(one, _)| one.of_strategy == of_strategy);
    keep::write("contacts", &all.map(|(one, known)| (one.name(), *known)).collect::<Vec<_>>()).map(Some)
}

fn lay(world: &mut World, bytes: &[u8]) -> Result<(), KeepError> {
    let kept: Vec<(u64, Known)> = keep::read("contacts", bytes)?;
    let Some(mut own) = world.get_resource_mut::<Contacts>() else { return Ok(()) };
    for (name, known) in kept {
        let at = own.named(name).ok_or(KeepError::Differs { what: "contacts" })?;
        own.known[at] = known;
    }
    Ok(())
}

impl Contact {
    /// A number that names it in every strategy: the device, and whom it asks.
    fn name(&self) -> u64 {
        let other = match self.other {
            End::Device(device) => u64::from(device.0) << 1,
            End::Pool(fleet) => u64::from(fleet) << 1 | 1,
        };
        u64::from(self.device.0 & 0x7FF_FFFF) << 28 | other & 0xFFF_FFFF
    }
}

impl Contacts {
    /// Whether a device takes itself for connected.
    pub fn reached(&self, contact: usize) -> bool {
        self.known.get(contact).is_none_or(|known| known.reached)
    }

    /// The contact of this name.
    fn named(&self, name: u64) -> Option<usize> {
        self.by_name.get(&name).copied()
    }

    /// What kept a device from reaching another when it noticed, if it has not reached it since.
    pub(super) fn because(&self, contact: usize) -> Option<Charge> {
        self.known.get(contact).filter(|known| !known.reached).map(|known| known.because)
    }

    /// The two devices of a contact, as things stand.
    pub(super) fn ends(&self, core: &Core, ground: &Ground, contact: usize) -> Option<[DeviceId; 2]> {
        let own = self.all.get(contact)?;
        Some([own.device, own.other.resolve(core, ground)])
    }
}

pub(super) fn prepare(site: &mut Site) {
    let nothing = |_: &mut Core, _: &mut World, _: &Message, _: Charge| ();
    let ask = site.core.action(Action { arrived: asked, lost: nothing });
    let answer = site.core.action(Action { arrived: answered, lost: nothing });
    site.core.handle(CONTACT, ask_again);
    let topic = site.core.names.topic("contact");
    let phase = site.core.luck.purpose("contact");
    site.world.insert_resource(Contacts {
        all: Vec::new(),
        known: Vec::new(),
        of: BTreeMap::new(),
        by_name: BTreeMap::new(),
        topic,
        actions: [ask, answer],
        phase,
    });
}

/// Let a device ask another from the start on; who does so already goes on as it does.
///
/// # Errors
/// When nobody says how often, or how many bytes that takes.
pub(in crate::site) fn watch(
    site: &mut Site,
    device: DeviceId,
    other: End,
    notices: Option<&Notices>,
    of_strategy: bool,
) -> Result<usize, SiteError> {
    let (every, after) = match notices {
        Some(notices) => (notices.every.value.0, notices.after.value),
        None => (site.numbers.span("contact.period")?, site.numbers.count("contact.misses")?),
    };
    let bytes = site.numbers.count("contact.bytes")?;
    let mut contacts = site.world.resource_mut::<Contacts>();
    let next = contacts.all.len();
    let at = *contacts.of.entry((device, other)).or_insert(next);
    if at == next {
        let (every, after) = (every.max(Span(1)), after.max(1));
        let own = Contact { device, other, every, after, bytes, of_strategy };
        contacts.by_name.insert(own.name(), at);
        contacts.all.push(own);
        contacts.known.push(Known {
            asked: 0,
            answered: 0,
            missed: 0,
            reached: true,
            because: Charge::default(),
        });
    }
    Ok(at)
}

/// Each device begins to ask at an instant of its own within the first period.
pub(super) fn install(site: &mut Site, of_strategy: bool) {
    let contacts = site.world.resource::<Contacts>();
    for own in contacts.all.iter().filter(|own| own.of_strategy == of_strategy) {
        let first = Span(contacts.phase.below(own.every.0, site.core.key(own.device), 0));
        site.core.push(site.core.now + first, CONTACT, own.name(), u64::from(of_strategy));
    }
}

fn ask_again(core: &mut Core, world: &mut World, row: Row) {
    let Some(mut contacts) = world.get_resource_mut::<Contacts>() else { return };
    let contacts = &mut *contacts;
    let Some(at) = contacts.named(row.id()) else { return };
    let (Some(&own), Some(known)) = (contacts.all.get(at), contacts.known.get_mut(at)) else { return };
    core.push(core.now + own.every, CONTACT, row.id(), row.arg);
    if !core.status.up(core.unit(own.device)) {
        return;
    }
    known.missed += u32::from(known.asked > known.answered);
    known.asked += 1;
    let cut_off = known.reached && known.missed >= own.after;
    known.reached &= !cut_off;
    let (number, topic) = (known.asked, contacts.topic);
    if cut_off {
        let because = super::truth(core, world, at);
        if let Some(known) = world.resource_mut::<Contacts>().known.get_mut(at) {
            known.because = because;
        }
        core.fact(LOST, core.who(own.device), topic, Charge::default(), 1);
        super::authority::turn(core, world, at);
    }
    send(core, world, at, number, false);
}

/// Send a question, or the answer to one.
fn send(core: &mut Core, world: &mut World, contact: usize, number: u64, answer: bool) {
    world.resource_scope(|world, mut network: Mut<Network>| {
        let (ground, contacts) = (world.resource::<Ground>(), world.resource::<Contacts>());
        let Some([device, other]) = contacts.ends(core, ground, contact) else { return };
        let [from, to] = if answer { [other, device] } else { [device, other] };
        if !core.status.up(core.unit(from)) {
            return;
        }
        let bytes = contacts.all.get(contact).map_or(0, |own| own.bytes);
        let route = network.route(core, ground, Traffic::Contact, [from, to], &[]);
        let mut message = Message::new(route, from, to, contacts.topic, bytes);
        message.key = mix(core.key(device) ^ core.key(other).rotate_left(1) ^ u64::from(answer));
        message.slot = number;
        message.arg = contacts.all.get(contact).map_or(u64::MAX, Contact::name);
        message.action = contacts.actions[usize::from(answer)];
        core.launch(message);
    });
}

fn asked(core: &mut Core, world: &mut World, message: &Message) {
    if let Some(at) = world.get_resource::<Contacts>().and_then(|contacts| contacts.named(message.arg)) {
        send(core, world, at, message.slot, true);
    }
}

fn answered(core: &mut Core, world: &mut World, message: &Message) {
    let Some(mut contacts) = world.get_resource_mut::<Contacts>() else { return };
    let Some(at) = contacts.named(message.arg) else { return };
    let topic = contacts.topic;
    let Some(known) = contacts.known.get_mut(at) else { return };
    known.answered = known.answered.max(message.slot);
    known.missed = 0;
    if !std::mem::replace(&mut known.reached, true) {
        core.fact(LOST, core.who(message.target), topic, Charge::default(), -1);
        super::authority::turn(core, world, at);
    }
    super::store::release(core, world, at);
    crate::site::exchange::broker::release(core, world, at);
}
