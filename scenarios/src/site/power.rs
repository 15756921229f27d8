//! Batteries: what devices draw, what the sun gives back, and what befalls those that run empty.
//!
//! # Differs from the real thing
//! Batteries are looked at once an hour, on the hours of the run. What a device draws without any control is its sleep,
//! its sensors, its processor for each visit, its transmitter for bare bytes and its receiver's windows after each
//! message; a handshake's windows count among those. On a shared medium the radio's own account holds instead: sending,
//! receiving, listening and resting, to the nanosecond. A flight that is lost on its way and sent again is paid once. An
//! empty battery is exchanged by whoever repairs the class; a station under the sun goes on once it holds a twentieth.

use super::ground::Ground;
use super::{Site, standby};
use crate::keep::{Part, Whose, part};
use crate::site::classes::BATTERY;
use ::devices::power::{Power, Radio};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, kind};
use sim::keep::{self, Keep, KeepError};
use sim::medium::{MediumId, Spent};
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// All that a device on a battery has drawn [µJ].
pub const DRAWN: Kind = kind("battery.drawn");
/// Of that, what controls added [µJ].
pub const ADDED: Kind = kind("battery.added");
/// How long a new battery lasts at what the device has drawn in this run [h]; nothing where the sun suffices.
pub const LASTS: Kind = kind("battery.lasts");
/// How long a transmitter was on air [µs].
pub const AIRTIME: Kind = kind("airtime");
/// What a radio drew of the battery while it sent, while it received what was meant for it, while it listened for that,
/// and otherwise, on a shared medium asleep or always listening [µJ].
pub const BY_RADIO: [Kind; 4] =
    [kind("battery.transmit"), kind("battery.receive"), kind("battery.listen"), kind("battery.sleep")];
/// Of that, what controls added [µs].
pub const AIRTIME_ADDED: Kind = kind("airtime.added");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("battery.drawn", "µJ"),
    ("battery.added", "µJ"),
    ("battery.lasts", "h"),
    ("battery.transmit", "µJ"),
    ("battery.receive", "µJ"),
    ("battery.listen", "µJ"),
    ("battery.sleep", "µJ"),
    ("airtime", "µs"),
    ("airtime.added", "µs"),
];

/// How often batteries are looked at.
const EVERY: Span = Span::HOUR;
/// The share at which a station under the sun goes on. Assumption.
const GOES_ON: f64 = 0.05;

/// A battery in use.
#[derive(Clone, Debug)]
struct Cell {
    device: DeviceId,
    power: Power,
    radio: Option<Radio>,
    /// Sleep and sensors [W].
    always: f64,
    /// Of the processor for one visit [J].
    per_visit: f64,
    /// What it holds, and what it would hold without what controls add [J].
    holds: [f64; 2],
    /// What was drawn so far, and what of it controls added [J].
    drawn: [f64; 2],
    /// Of it, what the radio drew: sending, receiving, listening, resting [J].
    by_radio: [f64; 4],
    /// What was drawn besides: by sending, listening, the processor, and what is always on [J].
    bare: [f64; 4],
    seen: Seen,
    /// By whom it is down for want of power.
    empty: Option<Charge>,
    episode: u64,
}

/// Counters as they stood when the battery was last looked at.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Seen {
    nanojoules: u64,
    visits: u64,
    sent: u64,
    on_air: u64,
    spent: Spent,
}

/// All batteries of a run.
#[derive(Resource, Clone, Debug, Default)]
struct Batteries {
    cells: Vec<Cell>,
    topic: Topic,
    /// Seconds of the day at the run's start.
    clock: f64,
    by: [CauseId; 2],
}

sim::kept!(Cell { holds, drawn, by_radio, bare, seen, empty, episode } built { device, power, radio, always, per_visit });

impl Keep for Batteries {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        let Self { cells, topic: _, clock: _, by: _ } = self;
        keep::write("batteries", &cells.iter().map(Keep::keep).collect::<Result<Vec<_>, _>>()?)
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let cells: Vec<Vec<u8>> = keep::read("batteries", bytes)?;
        if cells.len() != self.cells.len() {
            return Err(KeepError::Differs { what: "batteries" });
        }
        self.cells.iter_mut().zip(&cells).try_for_each(|(own, kept)| own.lay(kept))
    }
}

/// What every battery holds.
pub(crate) const KEPT: Part = part::<Batteries>("batteries", Whose::World);

/// Energy of a radio that is on for a length of time [nJ].
fn nanojoules(watts: f64, on: Span) -> u64 {
    (watts * on.0 as f64).round() as u64
}

/// What sending a message of `bytes` takes from the battery of a device of this fleet [nJ]; a shared medium keeps its own
/// account.
pub fn sends(ground: &Ground, fleet: u16, bytes: u32) -> u64 {
    if on_medium(ground, fleet).is_some() {
        return 0;
    }
    let link = &ground.fleets[usize::from(fleet)].class.link;
    let (Some(carrier), Some(radio)) = (link.carrier, link.radio) else { return 0 };
    nanojoules(radio.transmit, carrier.on_air(bytes))
}

/// What hearing one takes [nJ].
pub fn hears(ground: &Ground, fleet: u16, bytes: u32) -> u64 {
    if on_medium(ground, fleet).is_some() {
        return 0;
    }
    let class = &ground.fleets[usize::from(fleet)].class;
    let (Some(carrier), Some(radio)) = (comes_by(ground, fleet), class.link.radio) else { return 0 };
    nanojoules(radio.receive, carrier.on_air(bytes))
}

/// The shared medium of a fleet, by its first device.
fn on_medium(ground: &Ground, fleet: u16) -> Option<MediumId> {
    ground.medium(ground.fleets[usize::from(fleet)].first)
}

/// How long a message from a device of one fleet to one of another takes at the least, by what carries it at either end;
/// on a shared medium by the slowest rate.
pub fn passes(core: &Core, ground: &Ground, [from, to]: [u16; 2], bytes: u32) -> Span {
    let shared = |fleet: u16, up: bool| {
        let medium = core.media.media.get(usize::from(on_medium(ground, fleet)?.0))?;
        Some(medium.takes(bytes, up))
    };
    let own = |fleet: u16| {
        let link = &ground.fleets[usize::from(fleet)].class.link;
        link.carrier.filter(|_| link.radio.is_some())
    };
    let up =
        shared(from, true).unwrap_or_else(|| own(from).map_or(Span::ZERO, |carrier| carrier.occupied(bytes)));
    let down = shared(to, false).unwrap_or_else(|| {
        own(to).and_then(|_| comes_by(ground, to)).map_or(Span::ZERO, |carrier| carrier.occupied(bytes))
    });
    up + down
}

/// What carries messages to the devices of a fleet: their gateway's carrier, or their own.
fn comes_by(ground: &Ground, fleet: u16) -> Option<::devices::frames::Carrier> {
    let fleet = &ground.fleets[usize::from(fleet)];
    let gateway = ground.gateway(fleet.first).and_then(|gateway| ground.class(gateway).link.carrier);
    gateway.or(fleet.class.link.carrier)
}

/// Put the batteries of every device that lives on one into the run, and let the air be told of at its end.
pub(super) fn install(site: &mut Site) {
    let ages = site.core.luck.purpose("battery");
    let mut cells = Vec::new();
    for fleet in &site.ground.fleets {
        let class = &fleet.class;
        let Some(power) = class.power else { continue };
        for device in fleet.devices() {
            let age = ages.unit(site.core.key(device), 0);
            // A battery is of any age; under the sun it is at least half full.
            let share = if power.solar.is_some() { 0.5 + 0.5 * age } else { 1.0 - age };
            cells.push(Cell {
                device,
                power,
                radio: class.link.radio,
                always: class.hardware.sleep_power + power.base,
                per_visit: class.hardware.active_power * class.service.per_message,
                holds: [share * power.usable(); 2],
                drawn: [0.0; 2],
                by_radio: [0.0; 4],
                bare: [0.0; 4],
                seen: Seen::default(),
                empty: None,
                episode: 0,
            });
        }
    }
    if cells.is_empty() && site.ground.transmitters.is_empty() && site.ground.media.is_empty() {
        return;
    }
    let clock = site
        .world
        .get_resource::<standby::Clocks>()
        .map_or(0.0, |clocks| clocks.starts_at.clock_at(SimTime::ZERO).0.seconds());
    let by = [(By::Design, "battery"), (By::Control, "encryption")];
    let by = by.map(|(by, name)| site.core.names.cause(by, name));
    let topic = site.core.names.topic("device");
    site.world.insert_resource(Batteries { cells, topic, clock, by });
    site.core.handle(BATTERY, look);
    let last = SimTime(site.core.horizon.0.saturating_sub(1));
    site.core.push((SimTime::ZERO + EVERY).min(last), BATTERY, 0, 0);
}

fn look(core: &mut Core, world: &mut World, row: Row) {
    let Some(mut batteries) = world.remove_resource::<Batteries>() else { return };
    let from = SimTime(row.arg);
    for cell in &mut batteries.cells {
        account(core, world, cell, [from, core.now], batteries.clock);
    }
    for at in 0..batteries.cells.len() {
        let by = batteries.by;
        settle(core, world, &mut batteries.cells[at], by);
    }
    let last = SimTime(core.horizon.0.saturating_sub(1));
    if core.now < last {
        core.push((core.now + EVERY).min(last), BATTERY, 0, core.now.0);
    } else {
        tell(core, world, &batteries);
    }
    world.insert_resource(batteries);
}

/// Draw what was used since the last look, and charge what the sun gave.
fn account(core: &Core, world: &World, cell: &mut Cell, [from, until]: [SimTime; 2], clock: f64) {
    let at = cell.device.0 as usize;
    let transmitter = world.get_resource::<Ground>().and_then(|ground| ground.transmitters.get(&cell.device));
    let transmitter = transmitter.map(|id| &core.stations[id.0 as usize]);
    let medium = world.get_resource::<Ground>().and_then(|ground| ground.medium(cell.device));
    let medium = medium.and_then(|id| core.media.media.get(usize::from(id.0)));
    let now = Seen {
        nanojoules: core.energy.get(at).copied().unwrap_or_default(),
        visits: core.stations.told(at).visits,
        sent: transmitter.map_or(0, |station| station.visits),
        on_air: transmitter.map_or(0, |station| station.on_air().1),
        spent: medium.map_or_else(Spent::default, |medium| medium.spent(cell.device, until)),
    };
    let span = until.since(from).seconds();
    let mut by_radio = [[0.0; 4]; 2];
    if let (Some(radio), None) = (cell.radio, medium) {
        let sends = radio.transmit * (now.on_air - cell.seen.on_air) as f64 / 1e9;
        let listens = radio.receive * radio.listens * (now.sent - cell.seen.sent) as f64;
        by_radio = [[sends, 0.0, listens, 0.0]; 2];
    }
    if let Some(draws) = medium.and_then(|medium| medium.antenna(cell.device)).map(|own| own.draws) {
        for (nth, own) in by_radio.iter_mut().enumerate() {
            let on = |now: [i64; 2], seen: [i64; 2]| (now[nth] - seen[nth]) as f64 / 1e9;
            let sends = on(now.spent.sends, cell.seen.spent.sends);
            let receives = on(now.spent.receives, cell.seen.spent.receives);
            let listens = on(now.spent.listens, cell.seen.spent.listens);
            let rests = (span - sends - receives - listens).max(0.0);
            *own = [
                sends * draws.sends,
                receives * draws.receives,
                listens * draws.listens,
                rests * draws.rests,
            ];
        }
    }
    let [sends, receives, listens, rests] = by_radio[1];
    let works = cell.per_visit * (now.visits - cell.seen.visits) as f64;
    let parts = [sends, receives + listens, works, cell.always * span + rests];
    let bare = parts.iter().sum::<f64>();
    let [radio, bare_radio] = by_radio.map(|own| own.iter().sum::<f64>());
    let added = (now.nanojoules - cell.seen.nanojoules) as f64 / 1e9 + radio - bare_radio;
    let sun = cell.power.solar.map_or(0.0, |solar| solar.gives(clock, from, until));
    cell.seen = now;
    for (nth, draws) in [bare + added, bare].into_iter().enumerate() {
        // Who is down for want of power draws nothing but what leaks.
        let draws = if cell.empty.is_some() { 0.0 } else { draws };
        let held = cell.holds[nth];
        let left = held + sun - draws - cell.power.leaks(held) * span;
        cell.holds[nth] = left.clamp(0.0, cell.power.usable());
    }
    if cell.empty.is_none() {
        cell.drawn[0] += bare + added;
        cell.drawn[1] += added;
        cell.by_radio.iter_mut().zip(by_radio[0]).for_each(|(sum, own)| *sum += own);
        cell.bare.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }
}

/// An empty battery takes its device down: the design's fault, unless it would still hold without the controls.
fn settle(core: &mut Core, world: &mut World, cell: &mut Cell, [design, control]: [CauseId; 2]) {
    let unit = core.unit(cell.device);
    match cell.empty {
        None if cell.holds[0] <= 0.0 => {
            let by = if cell.holds[1] > 0.0 { control } else { design };
            let charge = Charge { by, because: CauseId::NONE };
            core.take_down(world, unit, charge);
            cell.empty = Some(charge);
            cell.episode += 1;
        }
        Some(charge) if cell.power.solar.is_some() && cell.holds[0] >= GOES_ON * cell.power.usable() => {
            core.change_at(core.now, unit, charge, true);
            cell.empty = None;
        }
        Some(charge) if cell.power.solar.is_none() => {
            let Some(ground) = world.get_resource::<Ground>() else { return };
            let repair = ground.class(cell.device).failure.repair;
            let draws = core.luck.purpose("battery.exchange");
            let takes = repair.span(draws.unit(core.key(cell.device), cell.episode));
            core.change_at(core.now + takes, unit, charge, true);
            (cell.holds, cell.empty) = ([cell.power.usable(); 2], None);
        }
        None | Some(_) => (),
    }
}

/// What the batteries of a class gave in a run that is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Devices.
    pub devices: u64,
    /// What controls added to what was drawn [J].
    pub added: f64,
    /// What was drawn besides: by sending, listening, the processor, and what is always on [J].
    pub bare: [f64; 4],
    /// How long new batteries would last at that, in all, of those that the sun does not keep full.
    pub lasts: Vec<Span>,
    /// How often one ran empty.
    pub ran_empty: u64,
    /// Messages that they sent by transmitters of their own.
    pub sent: u64,
}

/// What every class on batteries lived on, by its name.
pub fn given(core: &Core, world: &World) -> BTreeMap<&'static str, Given> {
    let mut all: BTreeMap<&'static str, Given> = BTreeMap::new();
    let (Some(ground), Some(batteries)) = (world.get_resource::<Ground>(), world.get_resource::<Batteries>())
    else {
        return all;
    };
    for cell in &batteries.cells {
        let own = all.entry(ground.class(cell.device).name).or_default();
        own.devices += 1;
        own.added += cell.drawn[1];
        own.bare.iter_mut().zip(cell.bare).for_each(|(sum, part)| *sum += part);
        own.lasts.extend(cell.power.lasts(cell.drawn[0] / core.horizon.seconds()));
        own.ran_empty += cell.episode;
        own.sent += cell.seen.sent;
    }
    all
}

/// The run's last instant: what was drawn, how long batteries last at that, and who was on air how long.
fn tell(core: &mut Core, world: &World, batteries: &Batteries) {
    let topic = batteries.topic;
    let seconds = core.now.seconds();
    for cell in &batteries.cells {
        let who = core.who(cell.device);
        let micro = |joules: f64| (joules * 1e6).round() as i64;
        core.fact(DRAWN, who, topic, Charge::default(), micro(cell.drawn[0]));
        core.fact(ADDED, who, topic, Charge::default(), micro(cell.drawn[1]));
        for (kind, joules) in BY_RADIO.into_iter().zip(cell.by_radio) {
            core.fact(kind, who, topic, Charge::default(), micro(joules));
        }
        if let Some(lasts) = cell.power.lasts(cell.drawn[0] / seconds) {
            let hours = lasts.seconds() / 3_600.0;
            core.fact(LASTS, who, topic, Charge::default(), hours.round() as i64);
        }
    }
    let Some(ground) = world.get_resource::<Ground>() else { return };
    for (&device, station) in &ground.transmitters {
        let (all, bare) = core.stations[station.0 as usize].on_air();
        let who = core.who(device);
        core.fact(AIRTIME, who, topic, Charge::default(), (all / 1_000) as i64);
        core.fact(AIRTIME_ADDED, who, topic, Charge::default(), (all.saturating_sub(bare) / 1_000) as i64);
    }
    // On a shared medium, of devices whose class says that they have a carrier.
    let carried = ground.fleets.iter().filter(|fleet| fleet.class.link.carrier.is_some());
    let sent: Vec<(DeviceId, [i64; 2])> = carried
        .flat_map(|fleet| fleet.devices())
        .filter_map(|device| {
            let medium = core.media.media.get(usize::from(ground.medium(device)?.0))?;
            Some((device, medium.spent(device, core.now).sends))
        })
        .collect();
    for (device, [all, bare]) in sent {
        let who = core.who(device);
        core.fact(AIRTIME, who, topic, Charge::default(), all / 1_000);
        core.fact(AIRTIME_ADDED, who, topic, Charge::default(), (all - bare) / 1_000);
    }
}
