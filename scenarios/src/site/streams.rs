//! Streams take their share of every station on their way, and are due all the time.
//!
//! # Differs from the real thing
//! A stream holds its share at an even rate: what its packets do to others within a packet's time is left out
//! (`[streams] as = "packets"` runs them in full, for the test that compares both). Stations that tolls send
//! messages to, such as firewalls, see nothing of streams.

use super::Site;
use super::network::Network;
use crate::language::flow::CarriedAs;
use crate::language::scenario::SimulatedAs;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::CauseId;
use sim::kinds::{CHARGE_LOST, DUE, LOST, MILLIONTHS};
use sim::message::DeviceId;
use sim::route::{At, RouteId};
use sim::station::{Shares, StationId, add_share};
use sim::status::{DutyId, Grain, PartId};
use sim::time::Span;
use std::collections::BTreeMap;

const BILLION: u64 = 1_000_000_000;

/// Parts that hold an emitter's messages back for good: a device that cannot speak what a control asks for, say.
#[derive(Resource, Clone, Debug, Default)]
pub struct Blocks(BTreeMap<u32, Vec<PartId>>);

impl Blocks {
    /// Let this part stand in the way of an emitter.
    pub fn add(&mut self, emitter: u32, part: PartId) {
        self.0.entry(emitter).or_default().push(part);
    }

    /// What stands in the way of an emitter.
    pub fn of(&self, emitter: u32) -> &[PartId] {
        self.0.get(&emitter).map_or(&[], Vec::as_slice)
    }
}

/// What a stream holds of one station [ppb]: bare, and what each control adds.
type Share = (StationId, u64, Shares);

/// A stream: where it goes, and what it holds while it goes there.
#[derive(Clone, Debug)]
struct Stream {
    emitter: u32,
    duty: DutyId,
    bytes: u64,
    period: Span,
    route: (RouteId, [DeviceId; 2]),
    shares: Vec<Share>,
    held: bool,
}

/// All streams of a run.
#[derive(Resource, Clone, Debug, Default)]
pub struct Streams {
    streams: Vec<Stream>,
    of_emitter: BTreeMap<u32, usize>,
}

/// Give every stream its duty and, while it is on, its share of the stations on its route.
pub(super) fn fill(site: &mut Site) {
    if site.scenario.streams.simulated_as == SimulatedAs::Packets {
        return;
    }
    let mut streams = Streams::default();
    for flow in site.ground.flows.iter().filter(|flow| flow.text.carried_as == CarriedAs::Stream) {
        let period = Span(flow.text.every.value.mean().0.max(1));
        let (first, count) = flow.emitters;
        for at in first..first + count {
            let emitter = &site.core.emitters[at as usize];
            let route = (emitter.route, [emitter.source, emitter.target]);
            let (who, on) = (site.core.who(emitter.owner), emitter.enabled);
            let phase = site.core.luck.purpose("phase").below(period.0, emitter.key, 0);
            let grain = Grain::Slots { phase, period: period.0 };
            let parts = parts(&site.core, &site.world, &site.network, at, route);
            let duty =
                site.core.status.duty(who, flow.topic, grain, [DUE, LOST], CHARGE_LOST, MILLIONTHS, &parts);
            site.core.emitters[at as usize].stream = Some(duty);
            let bytes = flow.text.size.value.0;
            let shares = shares(&site.core, route, bytes, period);
            streams.of_emitter.insert(at, streams.streams.len());
            let mut stream = Stream { emitter: at, duty, bytes, period, route, shares, held: false };
            site.core.set_duty(duty, on);
            hold(&mut site.core, &mut stream);
            streams.streams.push(stream);
        }
    }
    site.world.insert_resource(streams);
    site.core.watch(turn);
}

/// A stream begins or ends.
pub fn switch(core: &mut Core, world: &mut World, emitter: u32, on: bool) {
    let Some(mut streams) = world.get_resource_mut::<Streams>() else { return };
    let Some(&at) = streams.of_emitter.get(&emitter) else { return };
    let stream = &mut streams.streams[at];
    core.set_duty(stream.duty, on);
    hold(core, stream);
}

/// A device went up or down: it sends again or no more, and who was served by it may be served by another.
fn turn(core: &mut Core, world: &mut World, part: PartId, _: bool) {
    if core.device_of(part).is_none_or(|device| part != core.unit(device)) {
        return;
    }
    let Some(mut streams) = world.remove_resource::<Streams>() else { return };
    for stream in &mut streams.streams {
        let emitter = &core.emitters[stream.emitter as usize];
        let route = (emitter.route, [emitter.source, emitter.target]);
        if route != stream.route {
            let Some(network) = world.get_resource::<Network>() else { continue };
            let parts = parts(core, world, network, stream.emitter, route);
            core.retarget(stream.duty, &parts);
            give_up(core, stream);
            stream.route = route;
            stream.shares = shares(core, route, stream.bytes, stream.period);
        }
        hold(core, stream);
    }
    world.insert_resource(streams);
}

/// What must be up for a stream to get through.
fn parts(
    core: &Core,
    world: &World,
    network: &Network,
    emitter: u32,
    (route, ends): (RouteId, [DeviceId; 2]),
) -> Vec<PartId> {
    let mut parts = network.parts(core, route, ends);
    parts.extend(world.get_resource::<Blocks>().into_iter().flat_map(|blocks| blocks.of(emitter)));
    parts
}

/// Hold the shares of a stream that is on and whose sender is up, and of no other.
fn hold(core: &mut Core, stream: &mut Stream) {
    let sends = core.status.duty_active(stream.duty) && core.status.up(core.unit(stream.route.1[0]));
    if sends && !stream.held {
        for (station, bare, added) in &stream.shares {
            core.stations[station.0 as usize].background().take(*bare, added);
        }
        stream.held = true;
    } else if !sends {
        give_up(core, stream);
    }
}

fn give_up(core: &mut Core, stream: &mut Stream) {
    if std::mem::take(&mut stream.held) {
        for (station, bare, added) in &stream.shares {
            core.stations[station.0 as usize].background().give_back(*bare, added);
        }
    }
}

/// The stream's share of each station on its way: bare, and what tolls add.
fn shares(
    core: &Core,
    (route, [source, target]): (RouteId, [DeviceId; 2]),
    bytes: u64,
    period: Span,
) -> Vec<Share> {
    let share = |nanos: u64| (u128::from(nanos) * u128::from(BILLION) / u128::from(period.0)) as u64;
    let mut carried: BTreeMap<CauseId, i64> = BTreeMap::new();
    let mut shares = Vec::new();
    for hop in core.routes.hops(route) {
        let mut cpu: BTreeMap<CauseId, u64> = BTreeMap::new();
        for toll in &hop.tolls {
            *carried.entry(toll.cause).or_default() += i64::from(toll.bytes);
            *cpu.entry(toll.cause).or_default() += toll.cpu;
        }
        let id = match hop.at {
            At::Source => StationId(source.0),
            At::Target => StationId(target.0),
            At::Station(station) => station,
            At::Nowhere => continue,
        };
        let station = &core.stations[id.0 as usize];
        let mut added = Shares::new();
        for (&cause, &extra) in &carried {
            let extra = station.bytes_time(extra.max(0) as u64);
            add_share(&mut added, cause, share(extra + cpu.get(&cause).copied().unwrap_or(0)));
        }
        shares.push((id, share(station.fixed + hop.work + station.bytes_time(bytes)), added));
    }
    shares
}
