use super::BEGINS;
use crate::language::load::Source;
use crate::language::load::load;
use crate::site;
use crate::site::ground::Ground;
use crate::site::hooks::{Arrival, Hooks};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{By, Fact};
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

const PLACE: &str = r#"
title = "t"
starts_at = "Mon 00:00"
horizon = "365 days"
[zone.works]
purdue_level = 2
[zone.cloud]
purdue_level = 5
outside = true
[conduit.wan]
between = ["works", "cloud"]
bandwidth = "1 Gbit/s"
latency = "10 ms"
[service.host]
zone = "cloud"
outage = { law = "exponential", mean = "2 h", per_year = 50 }
[fleet]
valves = { class = "generic-actuator", zone = "works", count = 400 }
servers = { class = "generic-server", zone = "works", count = 3 }
[strategy.none]
"#;

fn build(happenings: &str, replication: u64) -> Simulation {
    let loaded = load(&Source::text("t.toml", &format!("{PLACE}{happenings}")));
    assert!(loaded.may_run(), "{:#?}", loaded.findings);
    let luck = Luck { seed: 11, replication };
    site::build(&Arc::new(loaded.scenario), "none", luck, 44).unwrap()
}

fn begins(simulation: &mut Simulation, name: &str) -> Vec<Fact> {
    let topic = simulation.core_mut().names.topic(name);
    let mut found = Vec::new();
    simulation.run(|facts, _| {
        found.extend(facts.iter().filter(|fact| fact.kind == BEGINS && fact.topic == topic));
    });
    found
}

fn down_now(simulation: &Simulation, fleet: &str) -> usize {
    let (core, ground) = (simulation.core(), simulation.world.resource::<Ground>());
    let devices = ground.fleet_named(fleet).unwrap().devices();
    devices.filter(|&device| !core.status.up(core.unit(device))).count()
}

const FAULTS: &str = r#"
[happening.fault]
what = "device-fault"
on = "valves"
rate = "6 per year"
repair = { law = "lognormal", median = "5 days", p99 = "30 days" }
"#;

/// A renewal process that starts in its stationary state has T / (gap + repair) renewals in expectation, and is down
/// for the share repair / (gap + repair) at every instant, the first as much as any.
#[test]
fn faults_come_at_their_rate_and_the_first_instant_is_like_every_other() {
    let sigma = sim::math::ln(30.0 / 5.0) / 2.326_347_874;
    let (gap, repair) = (365.0 / 6.0, 5.0 * sim::math::exp(sigma * sigma / 2.0));
    let (runs, devices) = (10, 400.0);
    let mut counts = [0.0; 4];
    for replication in 0..runs {
        let mut simulation = build(FAULTS, replication);
        for (sum, days) in counts[1..].iter_mut().zip([0, 1, 200]) {
            while simulation.step(SimTime(days * Span::DAY.0 + 1)) {}
            *sum += down_now(&simulation, "valves") as f64;
        }
        counts[0] += begins(&mut build(FAULTS, replication), "fault").len() as f64;
    }
    let n = devices * runs as f64;
    let expected = n * 365.0 / (gap + repair);
    println!("{} faults, {expected:.0} expected", counts[0]);
    assert!((counts[0] - expected).abs() < 3.0 * expected.sqrt(), "{} for {expected}", counts[0]);
    let share = repair / (gap + repair);
    for down in &counts[1..] {
        println!("{} down, {:.0} expected", down, n * share);
        assert!(
            (down - n * share).abs() < 3.0 * (n * share * (1.0 - share)).sqrt(),
            "{down} for {}",
            n * share
        );
    }
}

#[test]
fn twice_the_rate_is_the_same_luck_in_half_the_time() {
    let first = |rate: &str| {
        let text = FAULTS.replace("6 per year", rate).replace("5 days", "1 s").replace("30 days", "2 s");
        let mut times = vec![None; 400];
        for fact in begins(&mut build(&text, 0), "fault") {
            times[fact.who.0 as usize % 400].get_or_insert(fact.at.0);
        }
        times
    };
    let (slow, fast) = (first("6 per year"), first("12 per year"));
    let mut compared = 0;
    for (slow, fast) in slow.into_iter().zip(fast) {
        if let (Some(slow), Some(fast)) = (slow, fast) {
            assert!(slow.abs_diff(2 * fast) <= 2, "{slow} {fast}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn outages_hold_down_what_they_name_and_say_whose_they_are() {
    let text = r#"
[happening]
line = { what = "wan-outage", conduit = "wan", at = "06:00", lasts = "1 h" }
room = { what = "service-outage", of = "servers", at = "06:00", lasts = "1 h" }
paper = { what = "certificate-expiry", of = "servers", at = "08:00", lasts = "1 h" }
"#;
    let mut simulation = build(text, 0);
    let at = |hours: u64, minutes: u64| SimTime(hours * Span::HOUR.0 + minutes * Span::MINUTE.0);
    while simulation.step(at(6, 1)) {}
    let ground = simulation.world.resource::<Ground>().clone();
    let server = ground.fleet_named("servers").unwrap().first;
    let core = simulation.core();
    let by = |part| {
        core.names.cause_of(core.status.first_reason(part).by).map(|cause| (cause.by, cause.name.clone()))
    };
    assert_eq!(by(ground.conduits[0].part), Some((By::Supplier, "line".to_owned())));
    assert_eq!(by(core.unit(server)), Some((By::Fault, "room".to_owned())));
    assert_eq!(down_now(&simulation, "servers"), 3);
    while simulation.step(at(8, 1)) {}
    let core = simulation.core();
    assert!(core.status.up(ground.conduits[0].part) && core.status.up(core.unit(server)));
    assert!(!core.status.up(core.link(server)));
}

/// Services' own outages: 50 a year of two hours each, over ten years of runs.
#[test]
fn services_fail_as_often_as_they_say() {
    let count: usize = (0..10).map(|replication| begins(&mut build("", replication), "host").len()).sum();
    let expected = 10.0 * 365.0 / (365.0 / 50.0 + 2.0 / 24.0);
    assert!((count as f64 - expected).abs() < 3.0 * expected.sqrt(), "{count} for {expected}");
}

/// A faulty update hits its share, and half of those hit are back after the median.
#[test]
fn a_faulty_update_hits_its_share_and_each_comes_back_by_itself() {
    let text = r#"
[happening.bad]
what = "faulty-update"
on = "valves"
hits = 0.5
at = "06:00"
recovery = { law = "lognormal", median = "5 h", p99 = "48 h" }
"#;
    let (mut hit, mut still) = (0, 0);
    for replication in 0..10 {
        let mut simulation = build(text, replication);
        while simulation.step(SimTime(6 * Span::HOUR.0 + 1)) {}
        hit += down_now(&simulation, "valves");
        while simulation.step(SimTime(11 * Span::HOUR.0 + 1)) {}
        still += down_now(&simulation, "valves");
    }
    assert!((hit as f64 - 2000.0).abs() < 3.0 * 1000.0_f64.sqrt(), "{hit}");
    assert!((still as f64 - 1000.0).abs() < 3.0 * 750.0_f64.sqrt(), "{still}");
}

#[derive(Resource, Default)]
struct Came(Vec<(SimTime, u32, usize)>);

fn came(core: &mut Core, world: &mut World, arrival: &Arrival) {
    world.resource_mut::<Came>().0.push((core.now, arrival.nth, arrival.needs.len()));
}

#[test]
fn everybody_who_is_expected_arrives_within_the_time() {
    let text = r#"
[happening.surge]
what = "mass-casualty"
at = "14:00"
arrivals = { patients = 54, over = "3 h", each_needs = ["valves", "servers"] }
"#;
    let mut simulation = build(text, 0);
    simulation.world.insert_resource(Came::default());
    simulation.world.insert_resource(Hooks { arrive: Some(came), ..Hooks::default() });
    simulation.run(|_, _| ());
    let came = &simulation.world.resource::<Came>().0;
    assert_eq!(came.len(), 54);
    let (from, to) = (14 * Span::HOUR.0, 17 * Span::HOUR.0);
    assert!(came.iter().all(|&(at, nth, needs)| (from..=to).contains(&at.0) && nth < 54 && needs == 2));
    let mean = came.iter().map(|arrival| arrival.0.seconds()).sum::<f64>() / 54.0 / 3600.0;
    // An even share of three hours has a standard deviation of 3 / sqrt(12) hours.
    assert!((mean - 15.5).abs() < 3.0 * 3.0 / 12.0_f64.sqrt() / 54.0_f64.sqrt(), "{mean}");
}
