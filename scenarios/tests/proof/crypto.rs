//! Contract: what a handshake costs, others pay at the station they share. A server is away for ten minutes; when it
//! is back, all its clients open their sessions anew through one gateway. Devices that have no session with it wait
//! there, the longer the more bytes a handshake has; not so when the gateway's service time is halved and the surge
//! no longer saturates it. The longest queue is that of a fluid calculated here from bytes and times alone.

use crate::{begin, read};
use devices::class::class;
use devices::crypto::{Catalogue, Conversation, Machine, Protection, Resumption, Side, Suite, handshake};
use scenarios::language::scenario::Scenario;
use scenarios::site::ground::Ground;
use sim::fact::{By, CauseId, Charge, Fact};
use sim::kinds::LATENCY;
use sim::time::{SimTime, Span};
use std::sync::Arc;

/// The scenario's own numbers.
const TEXT: &str = include_str!("../data/surge.toml");
const CLIENTS: f64 = 1600.0;
const PERIOD: f64 = 8.0;
const BYSTANDERS: f64 = 40.0;
const REPORT: u32 = 50;
const LINK: f64 = 0.002;
const PER_MESSAGE: f64 = 100e-6;
const PER_BYTE: f64 = 8.0 / 2.5e6;

const AWAY: SimTime = SimTime(Span::MINUTE.0 * 10);
/// Ten minutes later, and five seconds: every client has then ceased to try, and begins again with a later report, all
/// within one period of each other. A handshake is begun after 0, 10, 30, 70 and
/// 150 s (of DTLS after 0, 1, 3, 7 and 15 s), a first flight sent again up to four seconds long, and given up after
/// 310 s (31 s); with a report every 8 s that makes cycles of 312 s (32 s), of which the one after the return begins
/// 624 s (608 s) after a client's first report to a server that is away.
const BACK: SimTime = SimTime(AWAY.0 + 605 * Span::SECOND.0);
/// How long after the return latencies are looked at.
const AFTER: Span = Span(30 * Span::SECOND.0);

/// When the surge of certificates begins and is long over.
const SURGE: [SimTime; 2] = [SimTime(AWAY.0 + 624 * Span::SECOND.0), SimTime(AWAY.0 + 645 * Span::SECOND.0)];

/// What bystanders and the gateway went through.
struct Surge {
    /// Latency of the bystanders' messages after the return, 99th percentile [s].
    p99: f64,
    /// The longest wait at the gateway [s].
    queue: f64,
    /// Messages that passed the gateway in the surge.
    visits: u64,
    /// Sessions opened.
    opened: u64,
}

fn surge(scenario: &Arc<Scenario>, strategy: &str) -> Surge {
    let mut run = begin(scenario, strategy);
    let ground = run.world.resource::<Ground>().clone();
    let device = |fleet: &str| ground.fleet_named(fleet).map(|fleet| fleet.first).expect("a fleet");
    let radio = ground.radios[&device("gateway")].0 as usize;
    let core = run.core_mut();
    let charge = Charge { by: core.names.cause(By::Fault, "collector"), because: CauseId::NONE };
    let unit = core.unit(device("collector"));
    core.change_at(AWAY, unit, charge, false);
    core.change_at(BACK, unit, charge, true);
    let words = core.names.topic("words");
    let after = |fact: &Fact| BACK <= fact.at && fact.at < BACK + AFTER;
    let mut latencies = Vec::new();
    let mut visits = [0; 2];
    for (until, visits) in SURGE.into_iter().zip(&mut visits) {
        while run.step(until) {
            let theirs = run.facts().iter().filter(|fact| fact.kind == LATENCY && fact.topic == words);
            latencies.extend(theirs.filter(|fact| after(fact)).map(|fact| fact.amount));
        }
        *visits = run.core().stations[radio].visits;
    }
    latencies.sort_unstable();
    let p99 = latencies[latencies.len() * 99 / 100] as f64 / 1e9;
    let queue = run.core().stations[radio].longest_wait() as f64 / 1e9;
    Surge { p99, queue, visits: visits[1] - visits[0], opened: run.core().sessions.opened }
}

/// The longest queue [s] if messages were a fluid: every client begins a handshake within one period, its flights
/// pass the gateway one after the other, and each takes its work with it.
fn fluid(suite: &str) -> f64 {
    const STEP: f64 = 1e-4;
    let steps = (3.0 * PERIOD / STEP) as usize;
    let [client, server] = ["bedside-monitor", "generic-server"].map(|name| class(name).expect("a class"));
    let (catalogue, suite) = (Catalogue::shipped().expect("costs"), Suite::shipped(suite).expect("a suite"));
    let machines = [client, server].map(Machine::of);
    let Conversation { flights } =
        handshake(catalogue, suite, &machines[0], &machines[1], Resumption::Full).expect("a price");
    let seal = Protection::of(catalogue, suite, &machines[0]).expect("a price").send(REPORT);
    let handled = |from: Side, bytes: u32| {
        let service = if from == Side::Client { &client.service } else { &server.service };
        service.per_message + service.per_byte * f64::from(bytes)
    };
    let other = |side: Side| if side == Side::Client { Side::Server } else { Side::Client };
    // What passes in turn, and how long it takes from the gateway to the next.
    let mut passing: Vec<(f64, f64)> = Vec::new();
    for (at, flight) in flights.iter().enumerate() {
        let (next, bytes, cpu) = flights
            .get(at + 1)
            .map_or((Side::Client, REPORT, seal.cpu), |next| (next.from, next.bytes, next.sender_cpu));
        let between = handled(other(flight.from), flight.bytes)
            + flight.receiver_cpu.seconds()
            + handled(next, bytes)
            + cpu.seconds();
        let work = PER_MESSAGE + PER_BYTE * f64::from(flight.bytes);
        passing.push((work, LINK + between));
    }
    let report = PER_MESSAGE + PER_BYTE * f64::from(REPORT + seal.extra_bytes);
    passing.push((report, 0.0));
    let word = PER_MESSAGE + PER_BYTE * f64::from(REPORT);

    let mut inflow = vec![vec![0.0; steps]; passing.len()];
    let (mut queue, mut longest): (f64, f64) = (0.0, 0.0);
    for step in 0..steps {
        let mut work = BYSTANDERS * word * STEP;
        let begun = CLIENTS / PERIOD * STEP;
        // A client reports once a period; the first report waits for the handshake.
        if (step as f64) * STEP < PERIOD {
            inflow[0][step] += begun
        } else {
            work += begun * report
        }
        for turn in 0..passing.len() {
            let (each, between) = passing[turn];
            let come = inflow[turn][step];
            work += come * each;
            let then = step + ((queue + each + between) / STEP) as usize;
            if turn + 1 < passing.len() && then < steps {
                inflow[turn + 1][then] += come;
            }
        }
        queue = (queue + work - STEP).max(0.0);
        longest = longest.max(queue);
    }
    longest
}

#[test]
fn a_surge_of_handshakes_delays_those_who_have_no_part_in_it_by_its_bytes() {
    let slow = Arc::new(read(TEXT));
    let [none, psk, tls] = ["none", "psk", "tls"].map(|strategy| surge(&slow, strategy));
    assert_eq!([none.opened, psk.opened, tls.opened], [0, 1600, 1600]);
    // Three flights each, at the station of everybody's messages; one or two may be on their way at the ends.
    assert!((tls.visits - none.visits).abs_diff(3 * 1600) <= 2, "{} {}", tls.visits, none.visits);
    assert!(psk.p99 > 1.05 * none.p99, "{} {} s", psk.p99, none.p99);
    assert!(tls.p99 > 1.05 * psk.p99, "{} {} s", tls.p99, psk.p99);
    let fast = TEXT.replace("100 us", "50 us").replace("2500 kbit/s", "5000 kbit/s");
    let fast = Arc::new(read(&fast));
    let [quick_none, quick_tls] = ["none", "tls"].map(|strategy| surge(&fast, strategy));
    assert_eq!(quick_tls.opened, 1600);
    assert!(quick_tls.p99 - quick_none.p99 < 0.01 * (tls.p99 - none.p99), "{} s", quick_tls.p99);
}

#[test]
fn the_longest_queue_is_that_of_a_fluid() {
    let expected = fluid("tls13-ecdsa-p256");
    let got = surge(&Arc::new(read(TEXT)), "tls").queue;
    assert!((got / expected - 1.0).abs() < 0.05, "{got} s for {expected} s");
}
