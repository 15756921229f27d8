//! Streams take their share of every station on their way, and are due all the time.
//!
//! # Differs from the real thing
//! A stream holds its share at an even rate: what its packets do to others within a packet's time is left out
//! (`[streams] as = "packets"` runs them in full, for the test that compares both). What no station has room for is
//! lost evenly, not in bursts; a stream that is cut at one station asks the others for its whole share all the same,
//! and loses what the narrowest of them cannot take.

use super::Site;
use super::classes::LAST_STREAMS;
use super::network::Network;
use super::squeeze::Squeeze;
use crate::language::flow::CarriedAs;
use crate::language::scenario::SimulatedAs;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::CauseId;
use sim::keep::{self, KeepError};
use sim::kinds::{CHARGE_LOST, DUE, LOST, MILLIONTHS};
use sim::message::DeviceId;
use sim::route::{At, RouteId};
use sim::row::Row;
use sim::station::{STREAM_LIMIT, Shares, StationId};
use sim::status::{DutyId, Grain, PartId, own_parts};
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

const BILLION: u64 = 1_000_000_000;

/// Parts that hold an emitter's messages back for good: a device that cannot speak what a control asks for, say.
#[derive(Resource, Clone, Debug, Default)]
pub struct Blocks(BTreeMap<u32, Vec<PartId>>);

impl Blocks {
    /// Let this part stand in the way of an emitter.
    pub fn add(&mut self, emitter: u32, part: PartId) {
        self.0.entry(emitter).or_default().push(part);
    }

    /// Whether a part stands in anybody's way.
    fn stops(&self, part: PartId) -> bool {
        self.0.values().any(|parts| parts.contains(&part))
    }

    /// What stands in the way of an emitter.
    pub fn of(&self, emitter: u32) -> &[PartId] {
        self.0.get(&emitter).map_or(&[], Vec::as_slice)
    }
}

/// What a stream holds of one station [ppb]: bare, and what each control adds.
type Share = (StationId, u64, Shares);

/// A stream: where it goes, and what it holds while it goes there.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stream {
    emitter: u32,
    duty: DutyId,
    bytes: u64,
    period: Span,
    route: (RouteId, [DeviceId; 2]),
    shares: Vec<Share>,
    held: bool,
    /// Whether a control's list stops it on its way.
    stopped: bool,
    squeeze: Squeeze,
}

/// All streams of a run.
#[derive(Resource, Clone, Debug, Default)]
pub struct Streams {
    streams: Vec<Stream>,
    of_emitter: BTreeMap<u32, usize>,
    /// Those that pass a station, whether they hold their share of it now or not.
    at: BTreeMap<StationId, Vec<usize>>,
}

sim::kept!(Streams { streams, at } built { of_emitter });

/// What streams have lost so far where stations are overloaded, apart from what they hold: other controls make them
/// hold something else.
pub(crate) fn losses(world: &World) -> Result<Option<Vec<u8>>, KeepError> {
    let Some(streams) = world.get_resource::<Streams>() else { return Ok(None) };
    let losses: Vec<&Squeeze> = streams.streams.iter().map(|stream| &stream.squeeze).collect();
    keep::write("streams' losses", &losses).map(Some)
}

/// Go on with these losses.
pub(crate) fn lay_losses(world: &mut World, bytes: &[u8]) -> Result<(), KeepError> {
    let losses: Vec<Squeeze> = keep::read("streams' losses", bytes)?;
    let Some(mut streams) = world.get_resource_mut::<Streams>() else { return Ok(()) };
    if streams.streams.len() != losses.len() {
        return Err(KeepError::Differs { what: "streams" });
    }
    streams.streams.iter_mut().zip(losses).for_each(|(stream, losses)| stream.squeeze = losses);
    Ok(())
}

impl Streams {
    fn add(&mut self, stream: Stream) {
        let nth = self.streams.len();
        self.of_emitter.insert(stream.emitter, nth);
        for (station, ..) in &stream.shares {
            self.at.entry(*station).or_default().push(nth);
        }
        self.streams.push(stream);
    }

    /// Let a stream hold what it should now. Where a station is or was too small, all streams there are settled first.
    fn turn(&mut self, core: &mut Core, nth: usize) {
        let stream = &self.streams[nth];
        let sends = core.status.duty_active(stream.duty) && core.status.up(core.unit(stream.route.1[0]));
        if sends == stream.held {
            return;
        }
        let stations: Vec<StationId> = stream.shares.iter().map(|share| share.0).collect();
        let before = crowded(core, &stations);
        if sends {
            take(core, &mut self.streams[nth])
        } else {
            give_up(core, &mut self.streams[nth])
        }
        self.squeeze(core, before.into_iter().chain(crowded(core, &stations)));
    }

    /// Let a stream go another way.
    fn reroute(&mut self, core: &mut Core, nth: usize, route: (RouteId, [DeviceId; 2]), stopped: bool) {
        let old: Vec<StationId> = self.streams[nth].shares.iter().map(|share| share.0).collect();
        let before = crowded(core, &old);
        let stream = &mut self.streams[nth];
        stream.squeeze.settle(core, stream.duty);
        give_up(core, stream);
        for station in old {
            if let Some(there) = self.at.get_mut(&station) {
                there.retain(|other| *other != nth);
            }
        }
        let stream = &mut self.streams[nth];
        (stream.route, stream.stopped) = (route, stopped);
        stream.shares = shares(core, route, stream.bytes, stream.period, stopped);
        stream.squeeze.narrowest(core, stream.shares.iter().map(|share| share.0));
        for (station, ..) in &stream.shares {
            self.at.entry(*station).or_default().push(nth);
        }
        self.squeeze(core, before);
    }

    /// Work out anew what each stream at these stations loses.
    fn squeeze(&mut self, core: &mut Core, stations: impl IntoIterator<Item = StationId>) {
        let there: BTreeSet<usize> =
            stations.into_iter().filter_map(|station| self.at.get(&station)).flatten().copied().collect();
        for nth in there {
            let stream = &mut self.streams[nth];
            stream.squeeze.settle(core, stream.duty);
            stream.squeeze.narrowest(core, stream.shares.iter().map(|share| share.0));
        }
    }
}

/// Those of some stations that streams ask for more than there is.
fn crowded(core: &Core, stations: &[StationId]) -> Vec<StationId> {
    let over = |id: &&StationId| core.stations[id.0 as usize].held_by_streams() > STREAM_LIMIT;
    stations.iter().filter(over).copied().collect()
}

/// Give every stream its duty and, while it is on, its share of the stations on its route.
pub(super) fn fill(site: &mut Site) {
    if site.scenario.streams.simulated_as == SimulatedAs::Packets {
        return;
    }
    let mut streams = Streams::default();
    for flow in site.ground.flows.iter().filter(|flow| flow.text.carried_as == CarriedAs::Stream) {
        let period = Span(flow.text.every.as_ref().map_or(1, |every| every.value.mean().0.max(1)));
        let (first, count) = flow.emitters;
        for at in first..first + count {
            let emitter = &site.core.emitters[at as usize];
            let route = (emitter.route, [emitter.source, emitter.target]);
            let (who, on) = (site.core.who(emitter.owner()), emitter.is_enabled());
            let phase = site.core.luck.purpose("phase").below(period.0, site.core.emitter_key(at), 0);
            let grain = Grain::Slots { phase, period: period.0 };
            let parts = parts(&site.core, &site.world, &site.network, at, route);
            let duty =
                site.core.status.duty(who, flow.topic, grain, [DUE, LOST], CHARGE_LOST, MILLIONTHS, &parts);
            site.core.stream_of.set(at, Some(duty));
            let (bytes, stopped) = (flow.text.size.value.0, is_stopped(&site.core, &site.world, at));
            let shares = shares(&site.core, route, bytes, period, stopped);
            let (held, squeeze) = (false, Squeeze::default());
            let mut stream =
                Stream { emitter: at, duty, bytes, period, route, shares, held, stopped, squeeze };
            site.core.set_duty(duty, on);
            if on && site.core.status.up(site.core.unit(route.1[0])) {
                take(&mut site.core, &mut stream);
            }
            streams.add(stream);
        }
    }
    let stations: Vec<StationId> = streams.at.keys().copied().collect();
    let crowded = crowded(&site.core, &stations);
    streams.squeeze(&mut site.core, crowded);
    site.world.insert_resource(streams);
    site.core.watch(turn);
    site.core.handle(LAST_STREAMS, last);
    let end = SimTime(site.core.horizon.0.saturating_sub(1));
    site.core.push(end, LAST_STREAMS, 0, 0);
}

/// A stream begins or ends.
pub fn switch(core: &mut Core, world: &mut World, emitter: u32, on: bool) {
    let Some(mut streams) = world.remove_resource::<Streams>() else { return };
    if let Some(&nth) = streams.of_emitter.get(&emitter) {
        core.set_duty(streams.streams[nth].duty, on);
        streams.turn(core, nth);
    }
    world.insert_resource(streams);
}

/// A stream's sample is about to be sent: it stands for what got through since the last one.
pub(super) fn sample(core: &mut Core, world: &mut World, emitter: u32) {
    let Some(mut streams) = world.get_resource_mut::<Streams>() else { return };
    let streams = &mut *streams;
    if let Some(&nth) = streams.of_emitter.get(&emitter) {
        let stream = &mut streams.streams[nth];
        stream.squeeze.settle(core, stream.duty);
        stream.squeeze.seen = 0;
    }
}

/// The run's last instant: what no sample has told.
fn last(core: &mut Core, world: &mut World, _: Row) {
    let Some(mut streams) = world.get_resource_mut::<Streams>() else { return };
    for stream in &mut streams.streams {
        stream.squeeze.settle(core, stream.duty);
    }
}

/// A device went up or down: it sends again or no more, and who was served by it may be served by another. Or what
/// stopped a stream is gone.
fn turn(core: &mut Core, world: &mut World, part: PartId, _: bool) {
    let stops = world.get_resource::<Blocks>().is_some_and(|blocks| blocks.stops(part));
    if !stops && core.device_of(part).is_none_or(|device| part != core.unit(device)) {
        return;
    }
    let Some(mut streams) = world.remove_resource::<Streams>() else { return };
    for nth in 0..streams.streams.len() {
        let stream = &streams.streams[nth];
        let (emitter, duty) = (stream.emitter, stream.duty);
        let own = &core.emitters[emitter as usize];
        let route = (own.route, [own.source, own.target]);
        // Lists stop it by parts of their own.
        let stopped = if stops { is_stopped(core, world, emitter) } else { stream.stopped };
        if route != stream.route {
            let Some(network) = world.get_resource::<Network>() else { continue };
            let parts = parts(core, world, network, emitter, route);
            core.retarget(duty, &parts);
        }
        if route != stream.route || stopped != stream.stopped {
            streams.reroute(core, nth, route, stopped);
        }
        streams.turn(core, nth);
    }
    world.insert_resource(streams);
}

/// The strategy's controls begin: every stream goes the way of its emitter and holds there what these controls make it
/// hold. What goes on as before is not even accounted.
pub(crate) fn begin_anew(core: &mut Core, world: &mut World) {
    let Some(mut streams) = world.remove_resource::<Streams>() else { return };
    streams.at.clear();
    for nth in 0..streams.streams.len() {
        let stream = &mut streams.streams[nth];
        give_up(core, stream);
        let own = &core.emitters[stream.emitter as usize];
        stream.route = (own.route, [own.source, own.target]);
        stream.stopped = is_stopped(core, world, stream.emitter);
        stream.shares = shares(core, stream.route, stream.bytes, stream.period, stream.stopped);
        if core.status.duty_active(stream.duty) && core.status.up(core.unit(stream.route.1[0])) {
            take(core, stream);
        }
        for (station, ..) in &stream.shares {
            streams.at.entry(*station).or_default().push(nth);
        }
        let Some(network) = world.get_resource::<Network>() else { continue };
        let parts = own_parts(&parts(core, world, network, stream.emitter, stream.route));
        if core.status.duty_of(stream.duty).is_some_and(|duty| duty.parts != parts) {
            core.retarget(stream.duty, &parts);
        }
    }
    for stream in &mut streams.streams {
        stream.squeeze.follow(core, stream.duty, stream.shares.iter().map(|share| share.0));
    }
    world.insert_resource(streams);
}

/// Whether a list stops an emitter's messages now.
fn is_stopped(core: &Core, world: &World, emitter: u32) -> bool {
    let blocks = world.get_resource::<Blocks>().map_or(&[][..], |blocks| blocks.of(emitter));
    blocks.iter().any(|&part| !core.status.up(part))
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

fn take(core: &mut Core, stream: &mut Stream) {
    for (station, bare, added) in &stream.shares {
        core.stations[station.0 as usize].background_mut().take(*bare, added);
    }
    stream.held = true;
}

fn give_up(core: &mut Core, stream: &mut Stream) {
    if std::mem::take(&mut stream.held) {
        for (station, bare, added) in &stream.shares {
            core.stations[station.0 as usize].background_mut().give_back(*bare, added);
        }
    }
}

/// The stream's share of each station on its way: bare, and what tolls add. One that a list stops gets as far as to
/// where the list is looked at.
fn shares(
    core: &Core,
    (route, [source, target]): (RouteId, [DeviceId; 2]),
    bytes: u64,
    period: Span,
    stopped: bool,
) -> Vec<Share> {
    let share = |nanos: u64| (u128::from(nanos) * u128::from(BILLION) / u128::from(period.0)) as u64;
    let mut carried: BTreeMap<CauseId, i64> = BTreeMap::new();
    let mut shares = Vec::new();
    for hop in core.routes.hops(route) {
        let mut cpu: BTreeMap<CauseId, u64> = BTreeMap::new();
        for toll in &hop.tolls {
            *carried.entry(toll.cause).or_default() += i64::from(toll.bytes);
            *cpu.entry(toll.cause).or_default() += toll.cpu;
            let Some(visited) = toll.visit else { continue };
            if stopped && toll.check.is_some() {
                return shares;
            }
            let station = &core.stations[visited.0 as usize];
            let size = bytes + carried.values().map(|&extra| extra.max(0) as u64).sum::<u64>();
            let work = (station.fixed + station.bytes_time(size)) / station.servers();
            shares.push((visited, 0, Shares::of(toll.cause, share(work))));
        }
        let id = match hop.at {
            At::Source => StationId(source.0),
            At::Target => StationId(target.0),
            At::Station(station) => station,
            At::Air(_) | At::Nowhere => continue,
        };
        let station = &core.stations[id.0 as usize];
        let mut added = Shares::new();
        for (&cause, &extra) in &carried {
            let extra = station.bytes_time(extra.max(0) as u64);
            added.add(cause, share(extra + cpu.get(&cause).copied().unwrap_or(0)));
        }
        shares.push((id, share(station.fixed + hop.work + station.bytes_time(bytes)), added));
    }
    shares
}
