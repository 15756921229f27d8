//! Contract: on a shared medium frames are intervals whose fate is decided at their end: unslotted ALOHA delivers what
//! its formula says, an idle carrier-sense link carries what its cycle says, a gateway has so many paths and no more,
//! who sends is deaf, a duty cycle is kept to the nanosecond, and the window's length changes no bit of any of it.

use sim::core::Core;
use sim::fact::{By, CauseId};
use sim::kinds::{CHARGE_LOST, IN_TIME, LATENCY};
use sim::law::Law;
use sim::luck::Luck;
use sim::medium::{Access, Acknowledge, Antenna, Causes, Draws, End, Grants, Judge, Link, Medium, Windows};
use sim::message::{DeviceId, Emitter, Flow, Pace};
use sim::route::{At, Hop};
use sim::simulation::Simulation;
use sim::station::Station;
use sim::status::PartId;
use sim::tick::Stage;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

pub const MS: u64 = 1_000_000;

pub fn causes(core: &mut Core) -> Causes {
    let mut cause = |name: &str| core.names.cause(By::Load, name);
    Causes {
        collision: cause("collision"),
        weak: cause("weak"),
        noise: cause("noise"),
        deaf: cause("deaf"),
        no_path: cause("no path"),
        busy: cause("busy"),
        buffer: cause("buffer"),
    }
}

/// Any overlap on a channel and rate kills both.
pub fn fragile(rates: usize) -> Judge {
    let margin = |own| (0..rates).map(|other| if own == other { 1e9 } else { -1e9 }).collect();
    Judge::Capture { sensitivity: [const { Vec::new() }; 2], margin: (0..rates).map(margin).collect() }
}

pub const GATEWAY: Antenna = Antenna {
    at: [0.0; 3],
    sends: 1.0,
    rate: 0,
    paths: 1000,
    room: 100,
    draws: Draws { sends: 0.0, receives: 0.0, listens: 0.0, rests: 0.0 },
    silence: None,
    gateway: true,
};

/// A medium with a gateway and `senders` devices that send by these laws.
struct Air {
    medium: Medium,
    senders: u32,
    every: Law,
    bytes: u32,
    horizon: Span,
    shift: u32,
    seed: u64,
    down: Option<Law>,
    rate: fn(u32) -> u8,
}

fn build(make: impl FnOnce(&mut Core) -> Air) -> Core {
    let mut probe = Core::new(Luck { seed: 0, replication: 0 }, SimTime(1), 20).unwrap();
    let air = make(&mut probe);
    let mut core =
        Core::new(Luck { seed: air.seed, replication: 0 }, SimTime::ZERO + air.horizon, air.shift).unwrap();
    causes(&mut core);
    let none = Station::new(PartId::ALWAYS, 1, Span::ZERO, 0);
    let first = core.fleet("devices", air.senders, &none);
    let gateway = core.fleet("gateway", 1, &none);
    let mut medium = air.medium;
    medium.stand(gateway, GATEWAY);
    for n in 0..air.senders {
        let antenna = Antenna { gateway: false, paths: 1, rate: (air.rate)(n), ..GATEWAY };
        medium.stand(DeviceId(first.0 + n), antenna);
    }
    let id = core.media.add(medium);
    let up = core.media.link(Link { medium: id, from: End::Source, to: End::Device(gateway) });
    let down = core.media.link(Link { medium: id, from: End::Device(gateway), to: End::Target });
    let flows = [(up, Some(air.every)), (down, air.down)];
    for (at, (link, every)) in flows.into_iter().enumerate() {
        let Some(every) = every else { continue };
        let route = core.routes.add([Hop::visit(Stage::Hop, At::Air(link))]);
        let topic = core.names.topic(["up", "down"][at]);
        let flow = core.flows.len() as u16;
        core.flows.push(Flow {
            topic,
            command: false,
            every: Pace::from(every),
            bytes: air.bytes,
            deadline: Span::DAY,
            action: Default::default(),
            retry: None,
            shadowed: false,
            answer: None,
            smoothing: None,
            wanted: None,
        });
        for n in 0..air.senders {
            let device = DeviceId(first.0 + n);
            let (source, target) = if at == 0 { (device, gateway) } else { (gateway, device) };
            let key = core.key(device) ^ u64::from(flow);
            core.emitters.push_with_key(Emitter::new(flow, route, [source, target]).owned_by(device), key);
        }
    }
    core
}

/// What was delivered, with each latency [ns], and what was lost to whom.
fn outcome(core: Core) -> (Vec<i64>, BTreeMap<String, i64>, Simulation) {
    let mut simulation = Simulation::new(core);
    let (mut latencies, mut lost) = (Vec::new(), BTreeMap::new());
    simulation.run(|facts, core| {
        for fact in facts {
            match fact.kind {
                LATENCY => latencies.push(fact.amount),
                kind if kind == CHARGE_LOST[0] => {
                    let name = core.names.cause_of(fact.charge.by).map_or("", |cause| cause.name.as_str());
                    *lost.entry(name.to_owned()).or_insert(0) += fact.amount / 1_000_000;
                }
                IN_TIME => assert_eq!(fact.charge.by, CauseId::NONE),
                _ => (),
            }
        }
    });
    (latencies, lost, simulation)
}

const AIRTIME: u64 = 112_896_000;

fn aloha(seed: u64, period: f64, shift: u32) -> Core {
    build(|core| Air {
        medium: Medium::new(vec![vec![AIRTIME; 60]], Access::Aloha { silence: 0 }, fragile(1), causes(core)),
        senders: 1000,
        every: Law::Fixed(period),
        bytes: 59,
        horizon: Span::from_seconds(period + 1.0),
        shift,
        seed,
        down: None,
        rate: |_| 0,
    })
    .tap(|core| {
        // One frame each, at a uniform instant of the period: the phase of its pace.
        core.flows[0].wanted = Some(|core, _, emitter| core.emitters[emitter as usize].slot == 1);
    })
}

trait Tap: Sized {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Tap for Core {}

/// Abramson 1970: each of n - 1 others begins within one frame's length before or after with probability 2 a / T, so a
/// frame gets through with probability (1 - 2 a / T)^(n - 1).
#[test]
fn unslotted_aloha_delivers_what_the_formula_says() {
    for period in [2257.92, 225.792, 112.896] {
        let seeds = 60;
        let expected = sim::math::pow(1.0 - 2.0 * 0.112_896 / period, 999.0);
        let mut rates = Vec::new();
        for seed in 0..seeds {
            let (_, _, simulation) = outcome(aloha(seed, period, 28));
            let book = simulation.core().books.iter().next().unwrap().1;
            assert_eq!(book.due, 1000);
            rates.push(book.in_time as f64 / 1000.0);
        }
        let n = rates.len() as f64;
        let mean = rates.iter().sum::<f64>() / n;
        let variance = rates.iter().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        assert!(
            (mean - expected).abs() < 3.0 * error + 0.002,
            "{period}: {mean} +- {error} against {expected}"
        );
    }
}

#[test]
fn nine_frames_on_eight_paths_lose_exactly_one() {
    let core = build(|core| Air {
        medium: Medium::new(
            vec![vec![AIRTIME; 60]; 9],
            Access::Aloha { silence: 0 },
            fragile(9),
            causes(core),
        ),
        senders: 9,
        every: Law::Fixed(1000.0),
        bytes: 59,
        horizon: Span(1000 * Span::SECOND.0),
        shift: 28,
        seed: 1,
        down: None,
        rate: |n| n as u8,
    })
    .tap(|core| {
        let gateway = DeviceId(9);
        core.media.media[0].stand(gateway, Antenna { paths: 8, ..GATEWAY });
        // All at one instant: one draws its phase, the others send when it does.
        core.slots = sim::luck::Draws::raw(7);
        for emitter in 0..core.emitters.len() as u32 {
            core.emitters.set_key(emitter, 3);
        }
    });
    let (delivered, lost, _) = outcome(core);
    assert_eq!((delivered.len(), lost), (8, BTreeMap::from([("no path".to_owned(), 1)])));
}

const CSMA: Access =
    Access::Csma { step: Span(320_000), first: 3, last: 5, tries: 4, ahead: Span(192_000), heard: 1e-12 };

fn ieee802154(bytes: u32, addressing: u32, acknowledged: bool, senders: u32, every: f64, shift: u32) -> Core {
    build(|core| {
        let overhead = 6 + 3 + 2 + addressing;
        let airtimes =
            (0..=127 - 5 - addressing).map(|payload| u64::from(payload + overhead) * 32_000).collect();
        let mut medium = Medium::new(vec![airtimes], CSMA, fragile(1), causes(core));
        medium.gap = if bytes + overhead - 6 > 18 { |_| Span(640_000) } else { |_| Span(192_000) };
        medium.acknowledge = acknowledged.then_some(Acknowledge {
            after: Span(192_000),
            lasts: Span(352_000),
            patience: Span(864_000),
            retries: 3,
        });
        Air {
            medium,
            senders,
            every: Law::Fixed(every),
            bytes,
            horizon: Span(200 * Span::SECOND.0),
            shift,
            seed: 3,
            down: None,
            rate: |_| 0,
        }
    })
}

/// Latré et al. 2006, and the same cycle for other rows: mean wait + frame + gap (+ turnaround + acknowledgement).
#[test]
fn a_saturated_802_15_4_link_carries_what_its_cycle_says() {
    for (addressing, acknowledged, payload, expected) in [
        (0, false, 122, 162.23),
        (0, true, 122, 148.78),
        (20, false, 102, 135.64),
        (20, true, 102, 124.39),
        (0, true, 20, 48.54),
    ] {
        let core = ieee802154(payload, addressing, acknowledged, 1, 0.001, 26);
        let (delivered, ..) = outcome(core);
        let got = delivered.len() as f64 * f64::from(payload) * 8.0 / 200.0 / 1000.0;
        assert!((got / expected - 1.0).abs() < 0.005, "{payload} {acknowledged}: {got} against {expected}");
    }
}

#[test]
fn several_senders_share_the_channel_and_the_window_changes_no_bit() {
    let digest = |shift| {
        let (delivered, lost, simulation) = outcome(ieee802154(60, 20, true, 8, 0.05, shift));
        assert!(delivered.len() > 10_000, "{}", delivered.len());
        assert!(lost.get("busy").is_some_and(|&busy| busy > 100), "{lost:?}");
        assert!(simulation.core().media.media[0].fates.sent > 20_000);
        simulation.core().digest.kinds().collect::<Vec<_>>()
    };
    assert_eq!(digest(24), digest(26));
    assert_eq!(digest(24), digest(28));
}

/// ETSI EN 300 220: at 1 % a frame of 112.896 ms is followed by 99 times as much silence, 11.177 s.
#[test]
fn a_duty_cycle_of_one_per_cent_is_kept_to_the_nanosecond() {
    let core = build(|core| Air {
        medium: Medium::new(
            vec![vec![AIRTIME; 60]],
            Access::Aloha { silence: 99_000 },
            fragile(1),
            causes(core),
        ),
        senders: 1,
        every: Law::Fixed(1.0),
        bytes: 59,
        horizon: Span(Span::HOUR.0),
        shift: 28,
        seed: 1,
        down: None,
        rate: |_| 0,
    });
    let mut arrivals = Vec::new();
    Simulation::new(core).run(|facts, _| {
        arrivals.extend(facts.iter().filter(|fact| fact.kind == IN_TIME).map(|fact| fact.at.0));
    });
    assert!(arrivals.len() > 300);
    assert!(arrivals.windows(2).all(|pair| pair[1] - pair[0] == 100 * AIRTIME));
}

fn class_a(confirmed: bool, down: Option<Law>, shift: u32) -> Core {
    build(|core| {
        let airtimes = vec![vec![AIRTIME; 60], vec![1_000 * MS; 60]];
        let access = Access::Aloha { silence: 99_000 };
        let mut medium = Medium::new(airtimes, access, fragile(2), causes(core));
        medium.gap = |_| Span(3 * Span::SECOND.0);
        medium.windows =
            Some(Windows { open: [Span::SECOND, Span(2 * Span::SECOND.0)], second: (1, 1), silence: 9_000 });
        medium.acknowledge = confirmed.then_some(Acknowledge {
            after: Span::SECOND,
            lasts: Span(41 * MS),
            patience: Span(5 * Span::SECOND.0),
            retries: 2,
        });
        let every = Law::Uniform { low: 20.0, high: 200.0 };
        Air { medium, senders: 20, every, bytes: 30, horizon: Span::DAY, shift, seed: 5, down, rate: |_| 0 }
    })
}

#[test]
fn a_gateway_that_answers_is_deaf_and_downlinks_wait_for_windows() {
    let (plain, lost_plain, _) = outcome(class_a(false, None, 28));
    assert_eq!(lost_plain.get("deaf"), None);
    let down = Some(Law::Uniform { low: 1000.0, high: 2000.0 });
    let (both, lost, simulation) = outcome(class_a(true, down, 28));
    assert!(lost["deaf"] > 10, "{lost:?}");
    assert!(both.len() != plain.len());
    // No downlink arrives before a window: a second after an uplink that lasts 0.1 s.
    let book = simulation.core().books.iter().nth(1).unwrap().1;
    assert!(book.in_time > 500 && book.latencies.steps().next().unwrap().0 > 0, "{}", book.in_time);
    let other = outcome(class_a(true, down, 24)).2;
    assert_eq!(simulation.core().digest.whole(), other.core().digest.whole());
}

#[test]
fn a_run_that_is_kept_amid_frames_goes_on_as_if_it_had_not_been() {
    let digest = |make: &dyn Fn() -> Core, kept: &[u64]| {
        let mut simulation = Simulation::new(make());
        for &at in kept {
            while simulation.step(SimTime(at)) {}
            let core = simulation.core().keep().unwrap();
            simulation = Simulation::new(make());
            simulation.core_mut().lay(&core).unwrap();
        }
        simulation.run(|_, _| ());
        let core = simulation.core();
        (core.digest.kinds().collect::<Vec<_>>(), core.media.media[0].fates)
    };
    let down = Some(Law::Uniform { low: 1000.0, high: 2000.0 });
    let makes: [&dyn Fn() -> Core; 2] =
        [&|| ieee802154(60, 20, true, 8, 0.05, 26), &|| class_a(true, down, 28)];
    for make in makes {
        let whole = digest(make, &[]);
        assert_eq!(digest(make, &[7_003_000_000, 50_000_000_001, 99_112_896_000]), whole);
    }
}

#[test]
fn a_flood_is_charged_for_the_frames_that_it_hits() {
    let core = build(|core| Air {
        medium: Medium::new(vec![vec![AIRTIME; 60]], Access::Aloha { silence: 0 }, fragile(1), causes(core)),
        senders: 50,
        every: Law::Uniform { low: 20.0, high: 60.0 },
        bytes: 20,
        horizon: Span::HOUR,
        shift: 28,
        seed: 2,
        down: None,
        rate: |_| 0,
    })
    .tap(|core| {
        // A control that lengthens what half of the devices send; equal airtimes leave no bare difference.
        let by = core.names.cause(By::Control, "longer");
        let times = (0..60_u64).map(|bytes| 20 * MS + bytes * 3 * MS).collect();
        core.media.media[0].airtimes = vec![times];
        let hop = core.routes.hops(sim::route::RouteId(0)).next().unwrap().clone();
        let toll = sim::route::Toll { bytes: 39, ..sim::route::Toll::free(by) };
        let route = core.routes.add([Hop { tolls: vec![toll], ..hop }]);
        core.emitters.iter_mut().step_by(2).for_each(|emitter| emitter.route = route);
    });
    let (_, lost, _) = outcome(core);
    assert!(lost["longer"] > 100 && lost["collision"] > 100, "{lost:?}");
}

/// A cell in which everybody calls at one opportunity, on one of so many preambles.
fn calls(preambles: u16, seed: u64) -> Core {
    build(|core| {
        let rules = Grants {
            every: Span::SECOND,
            preambles,
            calls: [Span(MS); 3],
            setup: [Span(50 * MS); 3],
            tries: 0,
            backoff: Span(MS),
            stays: Span(MS),
            lanes: 100,
            pages: Span::ZERO,
            listens: Span::ZERO,
            pass: [Span::ZERO; 2],
        };
        let judge = Judge::Bits { sensitivity: Vec::new(), errors: 0.0, overhead: 0 };
        let medium = Medium::new(vec![vec![MS; 60]], Access::Grants(rules), judge, causes(core));
        let horizon = Span(1_000 * Span::SECOND.0);
        Air {
            medium,
            senders: 20,
            every: Law::Fixed(1.0),
            bytes: 30,
            horizon,
            shift: 28,
            seed,
            down: None,
            rate: |_| 0,
        }
    })
}

/// Of n who call at once on one of N preambles, each is alone on his with probability (1 - 1/N)^(n - 1).
#[test]
fn calls_meet_as_often_as_the_formula_says() {
    for preambles in [12, 48] {
        let (delivered, lost, _) = outcome(calls(preambles, 1));
        let (good, bad) = (delivered.len() as f64, lost["busy"] as f64);
        let expected = sim::math::pow(1.0 - 1.0 / f64::from(preambles), 19.0);
        let got = good / (good + bad);
        // Calls of one instant hang together: about a thousand instants.
        assert!((got - expected).abs() < 0.02, "{preambles}: {got} against {expected}");
    }
}

/// A wire carries a full frame each 1,538 byte times, both ways at once.
#[test]
fn a_wire_is_full_duplex() {
    let core = build(|core| {
        let judge = Judge::Bits { sensitivity: Vec::new(), errors: 0.0, overhead: 0 };
        let gap = Span(12 * 80);
        let medium = Medium::new(vec![vec![1_526 * 80; 1_473]], Access::Wire { gap }, judge, causes(core));
        let every = Law::Fixed(100e-6);
        let horizon = Span::SECOND;
        let down = Some(every);
        Air { medium, senders: 2, every, bytes: 1_472, horizon, shift: 20, seed: 1, down, rate: |_| 0 }
    });
    let (delivered, lost, _) = outcome(core);
    let each = 1e9 / (1_538.0 * 80.0);
    assert!((delivered.len() as f64 / (4.0 * each) - 1.0).abs() < 1e-3, "{}", delivered.len());
    assert_eq!(lost.keys().collect::<Vec<_>>(), ["buffer"]);
}

/// By hand: reports are on air for 0.112896 s and two windows stay open for 10 and 20 ms; what comes down in the first
/// window spares both, and is received for as long as it lasts.
#[test]
fn a_radio_keeps_account_of_what_it_did() {
    let spent = |down: Option<Law>| {
        let core = class_a(false, down, 28).tap(|core| {
            core.media.media[0].opens = vec![Span(10 * MS), Span(20 * MS)];
            let others = core.emitters.iter_mut().filter(|one| one.source.0 != 0 && one.target.0 != 0);
            others.for_each(|emitter| emitter.enable(false));
        });
        let simulation = outcome(core).2;
        let core = simulation.core();
        let of = |flow: usize| core.books.iter().nth(flow).map_or(0, |book| book.1.in_time as i64);
        ([of(0), of(1)], core.media.media[0].spent(DeviceId(0), core.now))
    };
    let airtime = AIRTIME as i64;
    let ([up, _], alone) = spent(None);
    assert!(up > 500);
    assert_eq!((alone.sends, alone.receives), ([up * airtime; 2], [0; 2]));
    assert_eq!(alone.listens, [up * 30 * MS as i64; 2]);
    let ([up, down], both) = spent(Some(Law::Uniform { low: 1000.0, high: 2000.0 }));
    assert!(down > 40);
    assert_eq!((both.sends, both.receives), ([up * airtime; 2], [down * airtime; 2]));
    assert_eq!(both.listens, [(up - down) * 30 * MS as i64; 2]);
}

/// A hundred thousand nodes around a hundred gateways: three rows a frame, those of its slot, its beginning and its end.
#[test]
fn frames_cost_rows_in_proportion_to_themselves() {
    let mut core = Core::new(Luck { seed: 1, replication: 0 }, SimTime(Span::HOUR.0), 28).unwrap();
    let causes = causes(&mut core);
    let none = Station::new(PartId::ALWAYS, 1, Span::ZERO, 0);
    let (gateways, each) = (100, 1_000);
    let first = core.fleet("gateways", gateways, &none);
    let nodes = core.fleet("nodes", gateways * each, &none);
    let flow = Flow {
        topic: core.names.topic("up"),
        command: false,
        every: Pace::from(Law::Fixed(1_200.0)),
        bytes: 20,
        deadline: Span::DAY,
        action: Default::default(),
        retry: None,
        shadowed: false,
        answer: None,
        smoothing: None,
        wanted: None,
    };
    core.flows.push(flow);
    for gateway in 0..gateways {
        let access = Access::Aloha { silence: 99_000 };
        let mut medium = Medium::new(vec![vec![AIRTIME; 60]], access, fragile(1), causes);
        medium.stand(DeviceId(first.0 + gateway), Antenna { paths: 8, ..GATEWAY });
        let members = (0..each).map(|n| DeviceId(nodes.0 + gateway * each + n));
        members.clone().for_each(|node| medium.stand(node, Antenna { gateway: false, paths: 1, ..GATEWAY }));
        let medium = core.media.add(medium);
        let to = DeviceId(first.0 + gateway);
        let link = core.media.link(Link { medium, from: End::Source, to: End::Device(to) });
        let route = core.routes.add([Hop::visit(Stage::Hop, At::Air(link))]);
        for node in members {
            let key = core.key(node);
            core.emitters.push_with_key(Emitter::new(0, route, [node, to]).owned_by(node), key);
        }
    }
    let mut simulation = Simulation::new(core);
    simulation.run(|_, _| ());
    let core = simulation.core();
    let sent: u64 = core.media.media.iter().map(|medium| medium.fates.sent).sum();
    assert_eq!(sent, 300_000);
    assert!(core.counters().rows <= 3 * sent, "{} rows", core.counters().rows);
}
