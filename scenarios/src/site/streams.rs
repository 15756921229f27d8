//! Streams take their share of every station on their way, and are due all the time.
//!
//! # Differs from the real thing
//! A stream holds its share at an even rate: what its packets do to others within a packet's time is left out
//! (`[streams] as = "packets"` runs them in full, for the test that compares both).

use super::Site;
use crate::language::flow::CarriedAs;
use crate::language::scenario::SimulatedAs;
use bevy_ecs::prelude::Resource;
use sim::core::Core;
use sim::fact::CauseId;
use sim::kinds::{CHARGE_LOST, DUE, LOST, MILLIONTHS};
use sim::message::{DeviceId, Emitter};
use sim::route::At;
use sim::station::{StationId, add_share};
use sim::status::{Grain, PartId};
use std::collections::BTreeMap;

const BILLION: f64 = 1e9;

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

/// Give every stream its duty and its share of the stations on its route.
pub(super) fn fill(site: &mut Site) {
    if site.scenario.streams.simulated_as == SimulatedAs::Packets {
        return;
    }
    for flow in site.ground.flows.clone().into_iter().filter(|flow| flow.text.carried_as == CarriedAs::Stream)
    {
        let period = flow.text.every.value.mean();
        let (first, count) = flow.emitters;
        for at in first..first + count {
            let emitter = site.core.emitters[at as usize].clone();
            let phase = site.core.luck.purpose("phase").below(period.0.max(1), emitter.key, 0);
            let grain = Grain::Slots { phase, period: period.0.max(1) };
            let mut parts = site.network.parts(&site.core, emitter.route, [emitter.source, emitter.target]);
            parts.extend(site.world.get_resource::<Blocks>().into_iter().flat_map(|blocks| blocks.of(at)));
            let who = site.core.who(emitter.owner);
            let duty =
                site.core.status.duty(who, flow.topic, grain, [DUE, LOST], CHARGE_LOST, MILLIONTHS, &parts);
            site.core.emitters[at as usize].stream = Some(duty);
            site.core.set_duty(duty, emitter.enabled);
            take_share(
                &mut site.core,
                &emitter,
                site.ground.flows[usize::from(emitter.flow)].text.size.value.0,
                period.seconds(),
            );
        }
    }
}

/// Hold the stream's share of each station on its way: bare, and what tolls add.
fn take_share(core: &mut Core, emitter: &Emitter, bytes: u64, period: f64) {
    let hops = core.routes.hops(emitter.route).to_vec();
    let mut carried: BTreeMap<CauseId, i64> = BTreeMap::new();
    for hop in &hops {
        let mut cpu: BTreeMap<CauseId, u64> = BTreeMap::new();
        for toll in &hop.tolls {
            *carried.entry(toll.cause).or_default() += i64::from(toll.bytes);
            *cpu.entry(toll.cause).or_default() += toll.cpu;
        }
        let station = match hop.at {
            At::Source => of(emitter.source),
            At::Target => of(emitter.target),
            At::Station(station) => station,
            At::Nowhere => continue,
        };
        let station = &mut core.stations[station.0 as usize];
        let share = |nanos: u64| (nanos as f64 / (period * BILLION) * BILLION).round() as u64;
        let bare = share(station.fixed + hop.work + station.bytes_time(bytes));
        station.background.bare += bare;
        station.background.all += bare;
        for (&cause, &extra) in &carried {
            let more = share(station.bytes_time(extra.max(0) as u64) + cpu.get(&cause).copied().unwrap_or(0));
            station.background.all += more;
            add_share(&mut station.background.added, cause, more);
        }
    }
}

const fn of(device: DeviceId) -> StationId {
    StationId(device.0)
}
