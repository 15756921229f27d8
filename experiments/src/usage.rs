//! How busy stations and shared media were, so that what is overloaded can be named, and what batteries lived on.

use reports::batteries::{BatteryTally, Draws};
use scenarios::site::ground::Ground;
use scenarios::site::{power, station_names};
use serde::{Deserialize, Serialize};
use sim::simulation::Simulation;
use sim::station::{Dropped, StationId};
use std::collections::BTreeMap;

/// How many stations a run tells of: the busiest, and as many more of those that lost something.
const TOLD: usize = 20;

/// A station that serves for a larger share of the time than this is overloaded: what it adds to every wait grows
/// without bound from there.
pub const OVERLOADED: f64 = 0.95;

/// How busy a station was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationUse {
    /// Whose it is.
    pub name: String,
    /// Share of the run in which its servers worked, streams included.
    pub utilisation: f64,
    /// Visits served.
    pub visits: u64,
    /// Mean wait of a visit before it is served [ms].
    pub mean_wait_ms: f64,
    /// The longest wait [ms].
    pub longest_wait_ms: f64,
    /// How many waited on average over the run, whoever is served left out: the sum of all waits over its length, with
    /// what somebody waits beyond its end.
    pub mean_queue: f64,
    /// Visits that found its buffer full.
    pub refused: u64,
    /// Visits that were inside when it failed, or came while it was down.
    pub lost_down: u64,
    /// Whether it could not keep up.
    pub overloaded: bool,
}

/// How much a shared medium carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediumUse {
    /// The gateway whose medium it is.
    pub gateway: String,
    /// Frames sent on it.
    pub sent: u64,
    /// Frames received.
    pub frames_received: u64,
    /// Airtime offered per time.
    pub offered: f64,
    /// Airtime received per time.
    pub received: f64,
}

/// The busiest stations, the busiest first, equals by name.
pub fn stations(simulation: &Simulation) -> Vec<StationUse> {
    let core = simulation.core();
    let horizon = core.horizon.0.max(1) as f64;
    let mut all: Vec<(f64, u32)> = (0..)
        .zip(core.stations.iter())
        .filter(|(_, station)| {
            let dropped = station.dropped();
            station.visits + dropped.full + dropped.down > 0 || station.held_by_streams() > 0
        })
        .map(|(id, station)| {
            let streams = station.held_by_streams() as f64 / 1e9;
            (station.busy as f64 / station.servers() as f64 / horizon + streams, id)
        })
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // Whoever lost something is named, however little he had to do.
    let lost = |id: u32| core.stations[id as usize].dropped() != Dropped::default();
    let mut losers = all.split_off(all.len().min(TOLD));
    losers.retain(|&(_, id)| lost(id));
    losers.truncate(TOLD);
    all.extend(losers);
    let names = station_names::names(core, simulation.world.get_resource::<Ground>());
    let told = |(utilisation, id): (f64, u32)| {
        let station = core.stations.told(id as usize);
        StationUse {
            name: names.name(StationId(id)),
            utilisation,
            visits: station.visits,
            mean_wait_ms: station.waited as f64 / station.visits.max(1) as f64 / 1e6,
            longest_wait_ms: station.longest_wait() as f64 / 1e6,
            mean_queue: station.waited as f64 / horizon,
            refused: station.dropped().full,
            lost_down: station.dropped().down,
            overloaded: utilisation > OVERLOADED,
        }
    };
    all.into_iter().map(told).collect()
}

/// What devices on batteries lived on, by class.
pub fn batteries(simulation: &Simulation) -> BTreeMap<String, BatteryTally> {
    let core = simulation.core();
    let horizon = core.horizon.seconds();
    let told = |(class, own): (&str, power::Given)| {
        let [sending, listening, processing, always] = own.bare;
        let tally = BatteryTally {
            devices: own.devices,
            seconds: own.devices as f64 * horizon,
            drew: Draws { cryptography: own.added, sending, listening, processing, always },
            lasts: own.lasts.iter().map(|span| span.seconds() / 3_600.0).sum(),
            ending: own.lasts.len() as u64,
            ran_empty: own.ran_empty,
            sent: own.sent,
        };
        (class.to_owned(), tally)
    };
    power::given(core, &simulation.world).into_iter().map(told).collect()
}

/// Every shared medium, by its gateway's order.
pub fn media(simulation: &Simulation) -> Vec<MediumUse> {
    let core = simulation.core();
    let Some(ground) = simulation.world.get_resource::<Ground>() else { return Vec::new() };
    let horizon = core.horizon.0.max(1) as f64;
    let told = |(&gateway, id): (&sim::message::DeviceId, &sim::medium::MediumId)| {
        let fates = core.media.media.get(usize::from(id.0))?.fates;
        Some(MediumUse {
            gateway: core.names.who(core.who(gateway)),
            sent: fates.sent,
            frames_received: fates.received,
            offered: fates.on_air as f64 / horizon,
            received: fates.heard as f64 / horizon,
        })
    };
    ground.media.iter().filter_map(told).collect()
}
