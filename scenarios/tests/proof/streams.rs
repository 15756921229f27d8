//! Contract: a stream as a rate is a stream of packets, for all that others see. One ward is run both ways: as many
//! messages of each stream are due and delivered, every other flow's latencies agree within 5 % at the median and at
//! the 99th percentile, and each station is as busy. What streams ask for beyond what a station has, they lose: in the
//! ratio of the two, to the last message, and to those by whom it does not fit.

use crate::{LUCK, begin, read};
use devices::crypto::Suite;
use scenarios::language::flow::CarriedAs;
use scenarios::language::scenario::{Scenario, SimulatedAs, Streams};
use sim::core::Core;
use sim::kinds::{CHARGE_LOST, DUE, IN_TIME, LATE, LATENCY, LOST};
use sim::time::SimTime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of a flow.
#[derive(Default)]
struct Seen {
    due: i64,
    delivered: i64,
    latencies: Vec<i64>,
}

impl Seen {
    fn quantile(&self, share: f64) -> f64 {
        self.latencies[(self.latencies.len() as f64 * share) as usize] as f64
    }
}

/// What is known of a run: its flows, and for how long each station was busy [s], streams' shares included.
#[derive(Default)]
struct Ward {
    flows: BTreeMap<String, Seen>,
    busy: Vec<f64>,
}

fn run(scenario: &Scenario, simulated_as: SimulatedAs) -> Ward {
    let scenario = Arc::new(Scenario { streams: Streams { simulated_as }, ..scenario.clone() });
    let mut ward = Ward::default();
    let mut since = SimTime::ZERO;
    let mut run = begin(&scenario, "none");
    let mut held: Vec<u64> = shares(run.core());
    ward.busy = vec![0.0; held.len()];
    run.run(|facts, core| {
        for fact in facts.iter().filter(|fact| [DUE, IN_TIME, LATE, LATENCY].contains(&fact.kind)) {
            let seen = ward.flows.entry(core.names.topic_name(fact.topic).to_owned()).or_default();
            match fact.kind {
                DUE => seen.due += fact.amount,
                LATENCY => seen.latencies.push(fact.amount),
                _ => seen.delivered += fact.amount,
            }
        }
        let span = core.now.since(since).seconds();
        ward.busy.iter_mut().zip(&held).for_each(|(busy, share)| *busy += span * *share as f64 / 1e9);
        (since, held) = (core.now, shares(core));
    });
    let stations = run.core().stations.iter();
    ward.busy.iter_mut().zip(stations).for_each(|(busy, station)| *busy += station.busy as f64 / 1e9);
    ward.flows.values_mut().for_each(|seen| seen.latencies.sort_unstable());
    ward
}

/// What streams hold of every station now [ppb].
fn shares(core: &Core) -> Vec<u64> {
    core.stations.iter().map(|station| station.held_by_streams()).collect()
}

fn close(one: f64, other: f64, by: f64) -> bool {
    (one - other).abs() <= by * other
}

#[test]
fn a_ward_run_with_rates_agrees_with_the_ward_run_packet_by_packet() {
    let ward = read(include_str!("../data/ward.toml"));
    let (rates, packets) = (run(&ward, SimulatedAs::Rates), run(&ward, SimulatedAs::Packets));
    for (name, flow) in &ward.flows {
        let (rate, packet) = (&rates.flows[name], &packets.flows[name]);
        if flow.carried_as == CarriedAs::Stream {
            // Some 100 times telemetry begins or ends at a patient, and each may cut a slot off.
            assert!((rate.due - packet.due).abs() <= 100, "{name}: {} {}", rate.due, packet.due);
            // One in 2,000 is lost on the air. A lost sample stands for a minute's messages, so of half a million the
            // two runs lose 230 each, give or take 120 and 15: four of these are 480.
            let apart = (rate.delivered - packet.delivered).abs();
            assert!(apart <= 480, "{name}: {} {}", rate.delivered, packet.delivered);
            continue;
        }
        assert_eq!(rate.due, packet.due, "{name}");
        assert!(rate.latencies.len() > 1000, "{name}");
        for share in [0.5, 0.99] {
            let (rate, packet) = (rate.quantile(share), packet.quantile(share));
            assert!(close(rate, packet, 0.05), "{name} at {share}: {rate} {packet} ns");
        }
    }
    // A stream's sample a minute comes on top of its share: a sixtieth.
    let (mut compared, horizon) = (0, ward.horizon.0.seconds());
    for (at, (&rate, &packet)) in rates.busy.iter().zip(&packets.busy).enumerate() {
        if packet > horizon / 1e4 {
            assert!(close(rate, packet, 0.03), "station {at}: {rate} {packet} s of {horizon} with {LUCK:?}");
            compared += 1;
        }
    }
    assert!(compared >= 40, "monitors, transmitters, access points and servers: {compared}");
}

/// Two senders and one link of 10 Mbit/s, 95 % of which streams may hold.
const LINK: &str = r#"
title = "A link too small"
starts_at = "Mon 08:00"
horizon = "1 h"
[zone]
yard = { purdue_level = 1 }
office = { purdue_level = 4 }
[conduit.yard-office]
between = ["yard", "office"]
bandwidth = "10 Mbit/s"
latency = "1 ms"
[fleet]
cameras = { class = "generic-server", zone = "yard", count = 2 }
recorder = { class = "generic-server", zone = "office", count = 1 }
[flow.view]
kind = "reading"
from = "cameras"
to = "recorder"
every = "1 ms"
size = "SIZE"
criticality = "business"
as = "stream"
[strategy.none]
[strategy.tunnel]
encryption = [{ on = "conduit:yard-office", suite = "tls13-ecdsa-p256" }]
"#;
const ROOM: f64 = 9.5e6;
const MESSAGES: f64 = 2.0 * 3_600_000.0;

/// What is due, in time, late and lost, and the lost in millionths by whom it is charged to.
fn squeezed(size: u64, strategy: &str) -> ([i64; 4], BTreeMap<String, i64>) {
    let scenario = Arc::new(read(&LINK.replace("SIZE", &format!("{size} B"))));
    let (mut sums, mut charged) = ([0; 4], BTreeMap::new());
    crate::finish(begin(&scenario, strategy), |fact, core| {
        if let Some(at) = [DUE, IN_TIME, LATE, LOST].iter().position(|&kind| kind == fact.kind) {
            sums[at] += fact.amount;
        }
        if CHARGE_LOST.contains(&fact.kind) {
            let by = core.names.cause_of(fact.charge.by).map_or_else(String::new, |cause| cause.name.clone());
            *charged.entry(by).or_default() += fact.amount;
        }
    });
    (sums, charged)
}

/// The closed form: what gets through is the room over the demand.
fn expect(size: u64, asked: u64, strategy: &str, to: &str) {
    let ([due, in_time, late, lost], charged) = squeezed(size, strategy);
    assert_eq!(due, MESSAGES as i64);
    assert_eq!((due, late), (in_time + lost, 0), "each message once");
    let through = ROOM / (2.0 * 1000.0 * 8.0 * asked as f64);
    let expected = due as f64 * (1.0 - through.min(1.0));
    assert!((lost as f64 - expected).abs() <= 2.0, "{strategy}: {lost} lost of {due}, {expected} expected");
    let whole: BTreeMap<String, i64> =
        [(to.to_owned(), lost * 1_000_000)].into_iter().filter(|one| one.1 > 0).collect();
    assert_eq!(charged, whole, "{strategy}");
}

#[test]
fn two_cameras_on_a_link_too_small_lose_what_it_has_no_room_for() {
    expect(500, 500, "none", "queues");
    expect(1000, 1000, "none", "queues");
}

#[test]
fn what_fits_but_for_a_controls_bytes_is_lost_to_that_control() {
    let suite = Suite::shipped("tls13-ecdsa-p256").unwrap();
    let more = u64::from(suite.overhead(575).unwrap());
    assert!(575 * 16_000 < 9_500_000 && (575 + more) * 16_000 > 9_500_000, "{more}");
    expect(575, 575, "none", "");
    expect(575, 575 + more, "tunnel", "encryption");
    expect(1000, 1000 + u64::from(suite.overhead(1000).unwrap()), "tunnel", "queues");
}
