//! Contract: on shared media what is far goes through neighbours and finds another way when one is gone; a diode lets
//! nothing back; the window's length changes no bit with radios, meshes, retries and acknowledgements in play; and a
//! medium that is not there is a finding.

use devices::frames::Carrier;
use scenarios::language::load::{Source, load};
use scenarios::site::ground::Ground;
use scenarios::site::network::Network;
use scenarios::site::power::AIRTIME;
use scenarios::site::{WINDOW, build};
use sim::fact::{By, CauseId, Charge, Kind};
use sim::kinds::CHARGE_LOST;
use sim::luck::Luck;
use sim::message::DeviceId;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

fn start(text: &str, window: u32) -> Simulation {
    let loaded = load(&Source::text("networks.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    build(&Arc::new(loaded.scenario), "none", Luck { seed: 5, replication: 0 }, window).unwrap()
}

fn field(mesh: bool) -> String {
    format!(
        r#"
title = "Sensors around one coordinator"
horizon = "30 min"
[zone.field]
purdue_level = 1
[medium.air]
radio = "ieee802154"
gateway = "coordinator"
radius = "350 m"
acknowledged = true
mesh = {mesh}
notices = "500 ms"
[fleet]
sensors = {{ class = "server", zone = "field", count = 80, gateway = {{ fleet = "coordinator", spread = "evenly" }} }}
coordinator = {{ class = "server", zone = "field", count = 1 }}
[flow.level]
kind = "reading"
from = "sensors"
to = "coordinator"
every = "20 s"
size = "40 B"
deadline = "1 s"
[flow.set]
kind = "command"
from = "coordinator"
to = "sensors"
every = "2 min"
size = "20 B"
deadline = "10 s"
[strategy.none]
"#
    )
}

/// What arrived of a flow, and its mean latency [s].
fn arrived(simulation: &Simulation, flow: &str) -> (f64, f64) {
    let core = simulation.core();
    let (_, book) = core.books.iter().find(|(topic, _)| core.names.topic_name(*topic) == flow).unwrap();
    let delivered = book.in_time + book.late;
    (delivered as f64 / book.due as f64, book.latencies.sum().seconds() / delivered as f64)
}

#[test]
fn what_is_out_of_reach_goes_through_neighbours() {
    let mut star = start(&field(false), WINDOW);
    let mut mesh = start(&field(true), WINDOW);
    star.run(|_, _| ());
    mesh.run(|_, _| ());
    // A node at 0 dBm is heard 163 m away: a fifth of the disc.
    assert!(arrived(&star, "level").0 < 0.4, "{:?}", arrived(&star, "level"));
    assert!(arrived(&mesh, "level").0 > 0.95, "{:?}", arrived(&mesh, "level"));
    assert!(arrived(&mesh, "set").0 > 0.95, "{:?}", arrived(&mesh, "set"));
    // Each hop takes its airtime.
    assert!(arrived(&mesh, "level").1 > 1.3 * arrived(&star, "level").1);
}

#[test]
fn when_a_parent_is_gone_its_children_find_another() {
    let mut run = start(&field(true), WINDOW);
    let ground = run.world.resource::<Ground>();
    let sensors = ground.fleet_named("sensors").unwrap().clone();
    let network = run.world.resource::<Network>();
    let children =
        |device: DeviceId| sensors.devices().filter(|&one| network.parent(one) == Some(device)).count();
    let busiest = sensors.devices().max_by_key(|&device| children(device)).unwrap();
    let orphans: Vec<DeviceId> =
        sensors.devices().filter(|&one| network.parent(one) == Some(busiest)).collect();
    assert!(orphans.len() > 3);
    let core = run.core_mut();
    let charge = Charge { by: core.names.cause(By::Fault, "broken"), because: CauseId::NONE };
    let link = core.link(busiest);
    // Isolated, not broken: quarantine takes a relay away as well.
    core.change_at(SimTime::ZERO + Span(600 * Span::SECOND.0), link, charge, false);
    while run.step(SimTime::ZERO + Span(601 * Span::SECOND.0)) {}
    let network = run.world.resource::<Network>();
    // Who hears nobody else keeps calling the parent that is gone.
    let rehomed = orphans.iter().filter(|&&one| network.parent(one) != Some(busiest)).count();
    assert!(rehomed * 10 >= orphans.len() * 7, "{rehomed} of {}", orphans.len());
    run.run(|_, _| ());
    assert!(arrived(&run, "level").0 > 0.9, "{:?}", arrived(&run, "level"));
}

#[test]
fn the_window_changes_no_bit_with_radios_meshes_retries_and_acknowledgements() {
    let digest = |text: &str, window| {
        let mut run = start(text, window);
        run.run(|_, _| ());
        run.core().digest.kinds().collect::<Vec<_>>()
    };
    let lora = field(false)
        .replace("ieee802154", "lorawan-eu868")
        .replace("350 m", "5 km")
        .replace("every = \"20 s\"", "every = \"5 min\"");
    let other = |radio: &str| field(false).replace("ieee802154", radio).replace("350 m", "60 m");
    let few = |text: String| text.replace("count = 80", "count = 12");
    let others = ["wifi", "ble", "modbus-rtu", "nb-iot", "lte-m", "satellite-burst", "ethernet"];
    for text in [field(true), lora].into_iter().chain(others.map(other).map(few)) {
        let reference = digest(&text, WINDOW);
        assert!(reference.len() > 2, "{reference:?} {text}");
        for window in [WINDOW - 2, WINDOW + 2] {
            assert_eq!(digest(&text, window), reference, "windows of 2^{window} ns");
        }
    }
}

/// Nodes whose class has a LoRaWAN carrier, around one gateway with a shared medium.
fn nodes(count: u32) -> String {
    format!(
        r#"
title = "Nodes around one gateway"
horizon = "1 day"
[zone.field]
purdue_level = 1
[medium.air]
radio = "lorawan-eu868"
gateway = "mast"
[fleet]
nodes = {{ class = "lora-node", zone = "field", count = {count}, gateway = {{ fleet = "mast", spread = "evenly" }} }}
mast = {{ class = "lora-gateway", zone = "field", count = 1 }}
[flow.report]
kind = "reading"
from = "nodes"
to = "mast"
every = "15 min"
size = "40 B"
deadline = "1 day"
[flow.order]
kind = "command"
from = "mast"
to = "nodes"
every = "2 h"
size = "12 B"
deadline = "1 h"
[strategy.none]
"#
    )
}

/// What was told of a kind of fact in a run.
fn told(text: &str, kind: Kind) -> i64 {
    let mut sum = 0;
    start(text, WINDOW).run(|facts, _| {
        sum += facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.amount).sum::<i64>();
    });
    sum
}

#[test]
fn what_a_class_says_of_its_carrier_holds_on_a_shared_medium() {
    // Alone, a node is on air as long as its carrier says: 96 reports of 40 bytes, one less where the first is late.
    let carrier = Carrier::Lora { spreading_factor: 12, duty_cycle: 0.01 };
    let report = carrier.on_air(40).0 as f64 / 1e3;
    let reports = told(&nodes(1), AIRTIME) as f64 / report;
    assert!((95.0..=96.0).contains(&reports) && (reports - reports.round()).abs() < 1e-3, "{reports}");
    // Many collide, and the gateway is deaf while it sends.
    let mut lost = std::collections::BTreeMap::new();
    let mut run = start(&nodes(100), WINDOW);
    run.run(|facts, core| {
        for fact in facts.iter().filter(|fact| fact.kind == CHARGE_LOST[0]) {
            let name = core.names.cause_of(fact.charge.by).map_or(String::new(), |cause| cause.name.clone());
            *lost.entry(name).or_insert(0) += fact.amount / 1_000_000;
        }
    });
    assert!(lost.get("frame collision").is_some_and(|&count| count > 500), "{lost:?}");
    assert!(lost.get("receiver sending").is_some_and(|&count| count > 20), "{lost:?}");
    // Orders wait for a receive window.
    assert!(
        arrived(&run, "order").0 > 0.5 && arrived(&run, "order").1 > 60.0,
        "{:?}",
        arrived(&run, "order")
    );
}

#[test]
fn who_has_another_carrier_than_his_gateway_is_a_finding() {
    let text = nodes(3).replace("lorawan-eu868", "ieee802154");
    let loaded = load(&Source::text("networks.toml", &text));
    assert!(loaded.findings.iter().any(|finding| finding.code == "S050"), "{:?}", loaded.findings);
}

const DIODE: &str = r#"
title = "A plant behind a diode"
horizon = "1 h"
[zone]
plant = { purdue_level = 1 }
office = { purdue_level = 4 }
[conduit.diode]
between = ["plant", "office"]
latency = "1 ms"
one_way = true
[fleet]
plc = { class = "server", zone = "plant", count = 2, link = { latency = "1 ms" } }
historian = { class = "server", zone = "office", count = 1, link = { latency = "1 ms" } }
[flow.out]
kind = "reading"
from = "plc"
to = "historian"
every = "10 s"
size = "100 B"
deadline = "1 s"
[strategy.none]
"#;

#[test]
fn a_diode_lets_out_what_goes_its_way_and_nothing_back() {
    let mut run = start(DIODE, WINDOW);
    run.run(|_, _| ());
    assert_eq!(arrived(&run, "out").0, 1.0);
    // Attackers use the same tables: there is a way out and none in.
    let ground = run.world.resource::<Ground>();
    let [plant, office] = ["plc", "historian"].map(|name| ground.fleet_named(name).unwrap().zone);
    assert!(ground.ways.contains_key(&(plant, office)) && !ground.ways.contains_key(&(office, plant)));
    let back = "[flow.back]\nkind = \"command\"\nfrom = \"historian\"\nto = \"plc\"\nevery = \"10 s\"\nsize = \"10 B\"\n[strategy.none]";
    let loaded = load(&Source::text("diode.toml", &DIODE.replace("[strategy.none]", back)));
    assert!(loaded.findings.iter().any(|finding| finding.code == "S019"), "{:?}", loaded.findings);
}

#[test]
fn a_radio_or_a_gateway_that_is_not_there_is_a_finding() {
    for (wrong, code) in
        [("radio = \"ieee80215\"", "S008"), ("radio = \"wifi\"\ngateway = \"nobody\"", "S009")]
    {
        let text = match code {
            "S008" => field(false).replace("radio = \"ieee802154\"", wrong),
            _ => field(false).replace("radio = \"ieee802154\"\ngateway = \"coordinator\"", wrong),
        };
        let loaded = load(&Source::text("networks.toml", &text));
        assert!(loaded.findings.iter().any(|finding| finding.code == code), "{:?}", loaded.findings);
    }
}
