//! Contract: who stands behind a switch or runs on a host is cut off or down with it, for its reason and as long; spares
//! take over; what passes a switch takes its time; and switches, hosts and firewalls break as their classes say.

use scenarios::language::load::{Source, load};
use scenarios::site::ground::Ground;
use scenarios::site::network::{Network, Place, Traffic};
use scenarios::site::{WINDOW, build};
use sim::fact::{By, CauseId, Charge, Fact};
use sim::kinds::CHARGE_LOST;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

fn place(more: &str) -> String {
    format!(
        r#"
title = "Beds behind switches, and servers on hosts"
horizon = "2 h"
[zone]
wards = {{ purdue_level = 1 }}
servers = {{ purdue_level = 3 }}
[conduit.trunk]
between = ["wards", "servers"]
latency = "1 ms"
[fleet]
beds = {{ class = "bedside-monitor", zone = "wards", count = 40, gateway = {{ fleet = "aps", spread = "together" }}, link = {{ latency = "1 ms" }} }}
desks = {{ class = "server", zone = "wards", count = 8, behind = {{ fleet = "floors", spread = "together" }}, link = {{ latency = "1 ms" }} }}
aps = {{ class = "wifi-access-point", zone = "wards", count = 4, behind = {{ fleet = "floors", spread = "together" }} }}
floors = {{ class = "access-switch", zone = "wards", count = 2, behind = {{ fleet = "core" }} }}
core = {{ class = "core-switch", zone = "servers", count = 1 }}
station = {{ class = "server", zone = "servers", count = 2, work = "failover", runs_on = {{ fleet = "hosts" }} }}
hosts = {{ class = "storage-hypervisor", zone = "servers", count = 2 }}
[flow.vitals]
kind = "reading"
from = "beds"
to = "station"
every = "10 s"
size = "200 B"
deadline = "2 s"
[flow.record]
kind = "reading"
from = "desks"
to = "station"
every = "10 s"
size = "200 B"
deadline = "2 s"
{more}
[strategy.none]
"#
    )
}

fn start(text: &str) -> Simulation {
    let loaded = load(&Source::text("dependence.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    build(&Arc::new(loaded.scenario), "none", Luck { seed: 8, replication: 0 }, WINDOW).unwrap()
}

fn charged(run: &mut Simulation) -> Vec<Fact> {
    let mut all = Vec::new();
    run.run(|new, _| all.extend(new.iter().copied().filter(|fact| CHARGE_LOST.contains(&fact.kind))));
    all
}

/// One device is broken from 1800 s on for an hour.
fn break_one(run: &mut Simulation, fleet: &str, nth: u32) -> CauseId {
    let first = run.world.resource::<Ground>().fleet_named(fleet).unwrap().first;
    let core = run.core_mut();
    let by = core.names.cause(By::Fault, "a burnt board");
    let (unit, charge) =
        (core.unit(sim::message::DeviceId(first.0 + nth)), Charge { by, because: CauseId::NONE });
    for (seconds, up) in [(1800, false), (5400, true)] {
        core.change_at(SimTime::ZERO + Span(seconds * Span::SECOND.0), unit, charge, up);
    }
    by
}

fn lost(run: &Simulation, flow: &str) -> (u64, u64) {
    let core = run.core();
    let (_, book) = core.books.iter().find(|(topic, _)| core.names.topic_name(*topic) == flow).unwrap();
    (book.due - book.in_time - book.late, book.due)
}

#[test]
fn half_the_ward_is_dark_while_its_switch_is_broken_and_the_fault_is_charged() {
    let mut run = start(&place(""));
    let by = break_one(&mut run, "floors", 0);
    let charged = charged(&mut run);
    assert!(!charged.is_empty() && charged.iter().all(|fact| fact.charge.by == by));
    // Two access points of four and four desks of eight stand behind it: 24 of 48, for half of the two hours.
    for (flow, devices) in [("vitals", 40.0), ("record", 8.0)] {
        let (lost, due) = lost(&run, flow);
        let expected = devices / 2.0 * 360.0;
        assert!((lost as f64 / expected - 1.0).abs() < 0.01, "{flow}: {lost} of {due}, {expected} expected");
    }
    let core = start(&place(""));
    let broken = |run: &mut Simulation, fleet| {
        let by = break_one(run, fleet, 0);
        assert!(self::charged(run).iter().all(|fact| fact.charge.by == by));
        lost(run, "vitals").0 + lost(run, "record").0
    };
    // Behind the core stands everybody.
    let mut run = core;
    assert!((broken(&mut run, "core") as f64 / (48.0 * 360.0) - 1.0).abs() < 0.01);
}

#[test]
fn a_server_falls_with_its_host_and_its_spare_on_another_takes_over() {
    let mut run = start(&place(""));
    break_one(&mut run, "hosts", 0);
    while run.step(SimTime::ZERO + Span(2000 * Span::SECOND.0)) {}
    let ground = run.world.resource::<Ground>();
    let station = ground.fleet_named("station").unwrap().first;
    assert!(!run.core().status.up(run.core().unit(station)));
    run.run(|_, _| ());
    assert!(run.core().status.up(run.core().unit(station)));
    // What was under way at that instant at the most.
    assert!(lost(&run, "vitals").0 + lost(&run, "record").0 <= 48);
    let alone = place("").replace("count = 2, work = \"failover\", runs_on", "count = 1, runs_on");
    let mut run = start(&alone);
    let by = break_one(&mut run, "hosts", 0);
    assert!(charged(&mut run).iter().all(|fact| fact.charge.by == by));
    let (lost, due) = lost(&run, "vitals");
    assert!((lost as f64 / due as f64 - 0.5).abs() < 0.01, "{lost} of {due}");
}

/// A spare behind another switch serves who cannot reach the first.
#[test]
fn a_server_that_is_cut_off_is_relieved() {
    let text =
        place("").replace("runs_on = { fleet = \"hosts\" }", "behind = { fleet = \"racks\" }").replace(
            "hosts = {",
            "racks = { class = \"access-switch\", zone = \"servers\", count = 2 }\nhosts = {",
        );
    let mut run = start(&text);
    break_one(&mut run, "racks", 0);
    run.run(|_, _| ());
    assert!(lost(&run, "vitals").0 + lost(&run, "record").0 <= 48, "{:?}", lost(&run, "vitals"));
}

#[test]
fn messages_pass_the_switches_before_them_once_each() {
    let mut run = start(&place(""));
    let ground = run.world.resource::<Ground>().clone();
    let named = |name: &str| ground.fleet_named(name).unwrap().devices().collect::<Vec<_>>();
    let (beds, desks, station) = (named("beds"), named("desks"), named("station"));
    run.world.resource_scope(|world, mut network: bevy_ecs::prelude::Mut<Network>| {
        world.resource_scope(|_, mut core: bevy_ecs::prelude::Mut<sim::simulation::Engine>| {
            let mut way = |from, to| {
                let route = network.route(&mut core, &ground, Traffic::Service, [from, to], &[]);
                let places = network.laid(route).unwrap().places.clone();
                places
                    .into_iter()
                    .filter_map(|place| match place {
                        Place::Switch(device) => Some(ground.fleet(device).name.clone()),
                        _ => None,
                    })
                    .collect::<Vec<String>>()
            };
            assert_eq!(way(beds[0], station[0]), ["floors", "core"]);
            assert_eq!(way(station[0], beds[39]), ["core", "floors"]);
            assert_eq!(way(desks[0], desks[1]), ["floors"]);
            assert_eq!(way(desks[0], desks[7]), ["floors", "core", "floors"]);
            assert_eq!(way(beds[39], desks[7]), ["floors"]);
        });
    });
}

/// In the long run a part is down for repair / (1 / rate + repair): a rate of 100 a year and repairs of 1.25 days in the
/// mean (median 1, 95th percentile 3) make 25.5 % down; whoever stands behind them is cut off as long. A stated
/// happening takes the class's place.
#[test]
fn what_others_depend_on_breaks_as_its_class_says() {
    let text = |more: &str| {
        format!(
            r#"
title = "Switches that break"
horizon = "20 days"
[zone.hall]
purdue_level = 1
[fleet]
sensors = {{ class = "server", zone = "hall", count = 400, behind = {{ fleet = "switches" }}, link = {{ latency = "1 ms" }} }}
switches = {{ class = "access-switch", zone = "hall", count = 400, settings.failure = {{ rate = "100 per year", repair = {{ law = "lognormal", median = "1 day", p95 = "3 days" }} }} }}
head = {{ class = "server", zone = "hall", count = 1, link = {{ latency = "1 ms" }} }}
[flow.level]
kind = "reading"
from = "sensors"
to = "head"
every = "1 h"
size = "100 B"
deadline = "1 s"
{more}
[strategy.none]
"#
        )
    };
    let mut run = start(&text(""));
    let charged = charged(&mut run);
    let by = run.core_mut().names.cause(By::Fault, "switches");
    assert!(charged.iter().all(|fact| fact.charge.by == by));
    let (lost, due) = lost(&run, "level");
    let sigma = 3_f64.ln() / 1.644_853_627;
    let repair = (sigma * sigma / 2.0).exp();
    let (share, expected) = (lost as f64 / due as f64, repair / (365.0 / 100.0 + repair));
    println!("{share} of the time cut off, {expected} expected");
    // 400 alternating renewals over 20 days, some 17 turns of each: a standard error of about 2 %.
    assert!((share / expected - 1.0).abs() < 0.06, "{share} for {expected}");
    let stated =
        "[happening.never]\nwhat = \"device-fault\"\non = \"switches\"\nrate = \"0.000001 per year\"\n";
    let mut run = start(&text(stated));
    run.run(|_, _| ());
    assert_eq!(self::lost(&run, "level").0, 0);
}

#[test]
fn a_firewall_in_a_conduit_breaks_and_closes_it() {
    let mut run = start(&place("").replace(
        "latency = \"1 ms\"\n[fleet]",
        "latency = \"1 ms\"\nfirewall = { inspection = \"stateful\" }\n[fleet]",
    ));
    let part = run.world.resource::<Ground>().conduits[0].firewall.unwrap().part;
    let core = run.core_mut();
    let by = core.names.cause(By::Fault, "a burnt board");
    core.change_at(
        SimTime::ZERO + Span(3600 * Span::SECOND.0),
        part,
        Charge { by, because: CauseId::NONE },
        false,
    );
    assert!(charged(&mut run).iter().all(|fact| fact.charge.by == by));
    let (lost, due) = lost(&run, "vitals");
    assert!((lost as f64 / due as f64 - 0.5).abs() < 0.01, "{lost} of {due}");
    let station =
        &run.core().stations[run.world.resource::<Ground>().conduits[0].firewall.unwrap().station.0 as usize];
    assert!(station.dropped().down >= lost, "{:?}", station.dropped());
}

#[test]
fn what_stands_behind_itself_is_a_finding() {
    let text = place("").replace(
        "core = { class = \"core-switch\", zone = \"servers\", count = 1 }",
        "core = { class = \"core-switch\", zone = \"servers\", count = 1, behind = { fleet = \"floors\" } }",
    );
    let loaded = load(&Source::text("dependence.toml", &text));
    let circles = loaded.findings.iter().filter(|finding| finding.code == "S041").count();
    assert_eq!(circles, 2, "{:?}", loaded.findings);
    let nobody = place("").replace("fleet = \"hosts\"", "fleet = \"nobody\"");
    assert!(load(&Source::text("dependence.toml", &nobody)).findings.iter().any(|one| one.code == "S009"));
}
