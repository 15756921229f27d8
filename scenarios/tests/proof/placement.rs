//! Contract: what cryptography costs on a carrier, a battery and in the years to come is what the formulas of its parts
//! say, in a run that goes through stations, sessions and rows like any other.

use crate::{begin, finish, read};
use devices::class::class;
use devices::crypto::{Catalogue, Machine, Protection, Resumption, Side, Suite, handshake};
use devices::exposure::{Arrival, Guard, Migration, Records};
use devices::frames::Carrier;
use scenarios::language::load::{Source, load};
use scenarios::language::units::Time;
use scenarios::site::power::{AIRTIME, AIRTIME_ADDED, LASTS};
use scenarios::site::{WINDOW, build};
use sim::fact::{Fact, kind};
use sim::kinds::{CHARGE_LOST, CHARGE_UNSENT, DUE, LATENCY};
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::Span;
use std::sync::Arc;

const PLACE: &str = r#"
title = "Stations on LoRaWAN"
starts_at = "Mon 00:00"
horizon = "1 day"
[zone]
field = { purdue_level = 0 }
centre = { purdue_level = 3, outside = true }
[conduit]
line = { between = ["field", "centre"], latency = "50 ms" }
[fleet]
nodes = { class = "CLASS", zone = "field", count = COUNT, gateway.fleet = "gateways", settings.link.loss = 0.0 }
gateways = { class = "lora-gateway", zone = "field", count = 1 }
collector = { class = "generic-server", zone = "centre", count = 1 }
[flow]
report = { kind = "reading", from = "nodes", to = "collector", every = "15 min", size = "40 B", deadline = "1 min",
  criticality = "business", secret_for = "10 years" }
[people]
technicians = { count = 1, does = "repair" }
[strategy.none]
[strategy.edhoc]
encryption = [{ on = "nodes", suite = "edhoc-static-dh", session = "6 h" }]
[strategy.lattice]
encryption = [{ on = "nodes", suite = "tls13-mlkem768-mldsa65", session = "6 h" }]
[strategy.tickets]
encryption = [{ on = "nodes", suite = "tls13-mlkem768-mldsa65", session = "6 h", tickets = true }]
[strategy.gateway]
encryption = [{ on = "nodes", suite = "tls13-mlkem768-mldsa65", at = "gateway" }]
[strategy.moving]
encryption = [{ on = "nodes", suite = "edhoc-static-dh",
  migrates = { to = "psk-mlkem512", starts = "1 year", takes = "4 years" } }]
[strategy.sampled]
encryption = [{ on = "nodes", suite = "edhoc-static-dh", implementation = "sampled" }]
"#;

fn place(of: &str, count: u32, more: &str) -> Arc<scenarios::language::scenario::Scenario> {
    Arc::new(read(&(PLACE.replace("CLASS", of).replace("COUNT", &count.to_string()) + more)))
}

fn facts(run: Simulation) -> (Simulation, Vec<Fact>) {
    let mut all = Vec::new();
    let run = finish(run, |fact, _| all.push(*fact));
    (run, all)
}

/// Who is charged with facts of these kinds, and with how much.
fn charged(run: &Simulation, facts: &[Fact], kinds: &[sim::fact::Kind], by: &str) -> i64 {
    let named =
        |fact: &&Fact| run.core().names.cause_of(fact.charge.by).is_some_and(|cause| cause.name == by);
    facts.iter().filter(|fact| kinds.contains(&fact.kind)).filter(named).map(|fact| fact.amount).sum()
}

/// How long a report that finds no session takes, on paper: each flight after the one before, a station's own
/// transmitter silent in between, the gateway's on its second window [s].
fn on_paper(of: &str, suite: &str) -> f64 {
    let [station, gateway, server] = [of, "lora-gateway", "generic-server"].map(|name| class(name).unwrap());
    let [up, down] = [station, gateway].map(|class| class.link.carrier.unwrap());
    let suite = Suite::shipped(suite).unwrap();
    let machines = [Machine::of(station), Machine::of(server)];
    let costs = Catalogue::shipped().unwrap();
    let talk = handshake(costs, suite, &machines[0], &machines[1], Resumption::Full).unwrap();
    let (mut now, mut free, mut free_below) = (0.0_f64, 0.0_f64, 0.0_f64);
    let send = |carrier: Carrier, bytes: u32, free: &mut f64, now: &mut f64| {
        let passage = carrier.passage(bytes);
        *now = now.max(*free) + passage.passes.seconds();
        *free = *now + passage.silent.seconds();
    };
    for flight in &talk.flights {
        now += flight.sender_cpu_at(0.0).seconds() + flight.receiver_cpu.seconds();
        match flight.from {
            Side::Client => send(up, flight.bytes, &mut free, &mut now),
            Side::Server => send(down, flight.bytes, &mut free_below, &mut now),
        }
    }
    let more = Protection::of(costs, suite, &machines[0]).unwrap().send(40).extra_bytes;
    send(up, 40 + more, &mut free, &mut now);
    now
}

#[test]
fn a_report_without_a_session_waits_for_its_handshakes_frames_and_silences() {
    for (strategy, suite, at_least) in
        [("edhoc", "edhoc-static-dh", 60.0), ("lattice", "tls13-mlkem768-mldsa65", 3_600.0)]
    {
        let (_, facts) = facts(begin(&place("lora-station", 1, ""), strategy));
        let longest = facts.iter().filter(|fact| fact.kind == LATENCY).map(|fact| fact.amount).max().unwrap();
        let (longest, expected) = (longest as f64 / 1e9, on_paper("lora-station", suite));
        // Latencies of the line, processors' other work and unlucky signatures come besides.
        assert!(
            longest > expected && longest < 1.01 * expected + 3.0,
            "{strategy}: {longest} s for {expected} s"
        );
        assert!(expected > at_least, "{strategy}: {expected} s");
    }
}

/// A ticket saves the certificates, that is most of the bytes; a fresh exchange stays (RFC 8446 section 2.2).
#[test]
fn a_resumed_session_takes_the_air_for_its_fresh_exchange_alone() {
    let added = |strategy| {
        let (run, facts) = facts(begin(&place("lora-station", 1, ""), strategy));
        let airtime = facts.iter().find(|fact| fact.kind == AIRTIME_ADDED).unwrap().amount;
        airtime as f64 / 1e6 / run.core().sessions.opened as f64
    };
    let (full, short) = (added("lattice"), added("tickets"));
    assert!(short < 0.3 * full, "{short} s against {full} s each");
}

/// 96 reports a day, each of one frame: Semtech's formula for 53 bytes at SF9.
#[test]
fn airtime_is_that_of_the_frames_and_a_gateways_protection_adds_none() {
    let frame = Carrier::Lora { spreading_factor: 9, duty_cycle: 0.01 }.on_air(40);
    let airtime = |strategy| {
        let (_, facts) = facts(begin(&place("lora-station", 1, ""), strategy));
        let sum = |kind| facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.amount).sum::<i64>();
        (sum(AIRTIME), sum(AIRTIME_ADDED))
    };
    assert_eq!(airtime("none"), ((96 * frame.0 / 1_000) as i64, 0));
    assert_eq!(airtime("gateway"), airtime("none"));
    let (all, added) = airtime("edhoc");
    assert!(added > 0 && all - added == airtime("none").0, "{all} {added}");
}

/// On paper: a node's sleep and sensors, 96 frames of 53 bytes at SF12 with their windows, 96 visits of its processor.
#[test]
fn a_battery_lasts_as_long_as_its_loads_say_and_an_empty_one_is_charged_to_who_emptied_it() {
    let (_, all) = facts(begin(&place("lora-node", 1, ""), "none"));
    let node = class("lora-node").unwrap();
    let (radio, power) = (node.link.radio.unwrap(), node.power.unwrap());
    let frame = node.link.carrier.unwrap().on_air(40).seconds();
    let report = radio.transmit * frame
        + radio.receive * radio.listens
        + node.hardware.active_power * node.service.per_message;
    let watts = node.hardware.sleep_power + power.base + 96.0 * report / 86_400.0;
    let expected = power.lasts(watts).unwrap().seconds() / 3_600.0;
    let got = all.iter().find(|fact| fact.kind == LASTS).unwrap().amount as f64;
    assert!((got / expected - 1.0).abs() < 1e-3, "{got} h for {expected} h");

    let small = "\n[fleet.small]\nclass = \"lora-node\"\nzone = \"field\"\ncount = 40\ngateway.fleet = \"gateways\"\n\
                 settings.power.capacity = \"60 J\"\nsettings.link.loss = 0.0\n\
                 [flow.small-report]\nkind = \"reading\"\nfrom = \"small\"\nto = \"collector\"\nevery = \"15 min\"\n\
                 size = \"40 B\"\ndeadline = \"1 min\"\n\
                 [strategy.small]\nencryption = [{ on = \"small\", suite = \"psk-aes128-ccm\" }]\n";
    let small = place("lora-station", 1, small);
    let unsent = |strategy| {
        let (run, facts) = facts(begin(&small, strategy));
        ["battery", "encryption"].map(|by| charged(&run, &facts, &CHARGE_UNSENT, by))
    };
    let (bare, sealed) = (unsent("none"), unsent("small"));
    assert!(bare[0] > 0 && bare[1] == 0, "{bare:?}");
    assert!(sealed[1] > 0 && sealed[0] > 0 && sealed[0] <= bare[0], "{sealed:?} against {bare:?}");
}

const COLLECTOR: &str = r#"
[campaign.collector]
adversary = "harvester"
enters = "nodes"
by = "wiretap"
starts = { after = "0 s" }
taps = ["line"]
for = "10 years"
"#;

/// The record-years of 96 records a day and node, guarded as each strategy says, by the formula of its own crate.
#[test]
fn a_harvester_reckons_with_what_the_run_sent_and_what_guarded_it() {
    let outside = place("lora-station", 2, COLLECTOR);
    // Who sits in the gateway reads what it protects for others, and nothing of what goes through it sealed.
    let inside =
        COLLECTOR.replace("enters = \"nodes\"", "enters = \"gateways\"").replace("taps = [\"line\"]\n", "");
    let inside = place("lora-station", 2, &inside);
    let arrival = Arrival { shape: 1.671, scale: 18.1, passed: 2.9 };
    let moving = Migration { starts: 1.0, takes: 4.0, updatable: 1.0, replaced_within: 10.0 };
    let cases = [
        (&outside, "none", Guard::Open, Migration::NEVER),
        (&outside, "gateway", Guard::Open, Migration::NEVER),
        (&outside, "edhoc", Guard::Falls, Migration::NEVER),
        (&outside, "moving", Guard::Falls, moving),
        (&outside, "lattice", Guard::Stands, Migration::NEVER),
        (&inside, "gateway", Guard::Open, Migration::NEVER),
        (&inside, "edhoc", Guard::Falls, Migration::NEVER),
        (&inside, "lattice", Guard::Stands, Migration::NEVER),
    ];
    for (place, strategy, guard, migration) in cases {
        let (run, facts) = facts(begin(place, strategy));
        let machine = arrival.quantile(run.core().luck.purpose("quantum computer").unit(0, 0));
        let got = facts.iter().filter(|fact| fact.kind == kind("exposure.record-years"));
        let got = got.map(|fact| fact.amount).sum::<i64>() as f64 / 1e3;
        let records = Records { per_year: 2.0 * 96.0 * 365.0, secret_for: 10.0, guard };
        let expected = records.exposed(&migration, 10.0, machine);
        assert!((got - expected).abs() <= 1e-6 * expected + 1.0, "{strategy}: {got} for {expected}");
    }
}

/// Between the cheapest and the dearest implementation that was measured: the same for every strategy of a replication,
/// another in the next.
#[test]
fn a_sampled_implementation_is_drawn_once_for_each_replication() {
    let place = place("lora-node", 1, "");
    let energy = |replication| {
        let run = build(&place, "sampled", Luck { seed: 42, replication }, WINDOW).unwrap();
        run.world.resource::<scenarios::controls::Protected>().seals.machine(2).implementation
    };
    let all: Vec<f64> = (0..20).map(energy).collect();
    assert!(all.iter().all(|at| (-1.0..=1.0).contains(at)) && energy(3) == all[3]);
    assert!(all.iter().any(|&at| at < -0.3) && all.iter().any(|&at| at > 0.3), "{all:?}");
}

const PARTNER: &str = r#"
[happening.sunset]
what = "suite-refused"
by = "collector"
weaker_than = "hybrid"
at = "12:00"
"#;

#[test]
fn a_partner_turns_away_what_weak_suites_protect_from_its_day_on() {
    let place = place("lora-station", 1, PARTNER);
    for (strategy, refused) in [("none", true), ("moving", true), ("gateway", false)] {
        let (run, facts) = facts(begin(&place, strategy));
        let due = facts.iter().filter(|fact| fact.kind == DUE).map(|fact| fact.amount).sum::<i64>();
        let lost = charged(&run, &facts, &CHARGE_LOST, "sunset") / 1_000_000;
        assert_eq!(due, 96);
        assert_eq!(lost, if refused { 48 } else { 0 }, "{strategy}");
    }
}

/// Nodes of a class with capabilities of its own, on a day, under plans to move from EDHOC to lattices.
fn on(day: &str, more: &str, secret_for: &str) -> Arc<scenarios::language::scenario::Scenario> {
    const PLANS: &str = r#"
[strategy.plan]
encryption = [{ on = "nodes", suite = "edhoc-static-dh",
  migrates = { to = "tls13-mlkem768-mldsa65", starts = "2028-01-01", takes = "4 years" } }]
[strategy.before]
encryption = [{ on = "nodes", suite = "edhoc-static-dh" }]
[strategy.after]
encryption = [{ on = "nodes", suite = "tls13-mlkem768-mldsa65" }]
"#;
    let text = PLACE.replace("starts_at =", &format!("date = \"{day}\"\nstarts_at ="));
    let text = text.replace("CLASS", "lora-station").replace("COUNT", "200");
    let text = text.replace("secret_for = \"10 years\"", &format!("secret_for = \"{secret_for}\""));
    Arc::new(read(&(text + PLANS + PARTNER + more)))
}

/// Those of 200 nodes whose airtime is that of the new suite, by name; each has that of the old or of the new one.
fn moved(run: &Simulation, facts: &[Fact]) -> Vec<String> {
    let carrier = class("lora-station").unwrap().link.carrier.unwrap();
    let [old, new] = ["edhoc-static-dh", "tls13-mlkem768-mldsa65"].map(|suite| {
        let more = Suite::shipped(suite).unwrap().overhead(40).unwrap();
        (96 * carrier.on_air(40 + more).0 / 1_000) as i64
    });
    assert!(old < new);
    let airtimes = facts.iter().filter(|fact| fact.kind == AIRTIME);
    let each: Vec<(String, i64)> =
        airtimes.map(|fact| (run.core().names.who(fact.who), fact.amount)).collect();
    assert_eq!(each.len(), 200);
    assert!(each.iter().all(|(_, airtime)| [old, new].contains(airtime)), "{old} or {new}: {each:?}");
    each.into_iter().filter(|(_, airtime)| *airtime == new).map(|(name, _)| name).collect()
}

/// On the first day of 2030, 731 of the plan's 1,460 days are over: half of the nodes have been moved, give or take four
/// deviations of 200 throws of a coin; half a year later more, those among them. The partner refuses the others alone.
#[test]
fn who_has_been_moved_by_the_day_of_the_run_sends_under_the_new_suite_and_only_the_others_are_refused() {
    let told = |day, strategy| {
        let (run, facts) = facts(begin(&on(day, "", "10 years"), strategy));
        let lost = charged(&run, &facts, &CHARGE_LOST, "sunset") / 1_000_000;
        (moved(&run, &facts), lost, run.core().digest.whole())
    };
    let (half, lost, _) = told("2030-01-01", "plan");
    assert!((72..=128).contains(&half.len()), "{}", half.len());
    assert_eq!(lost, 48 * (200 - half.len() as i64));
    let (later, _, _) = told("2030-07-01", "plan");
    assert!(later.len() > half.len() && half.iter().all(|node| later.contains(node)));

    let (none, lost, digest) = told("2027-12-31", "plan");
    let (_, _, before) = told("2027-12-31", "before");
    assert_eq!((none.len(), lost, digest), (0, 48 * 200, before));
    let (all, lost, digest) = told("2032-01-01", "plan");
    let (_, _, after) = told("2032-01-01", "after");
    assert_eq!((all.len(), lost, digest), (200, 0, after));
}

/// A node without updates over the network (SU:UPD) keeps its suite; so does every node while its peer keeps the old one.
#[test]
fn what_cannot_be_updated_is_never_moved_and_a_new_suite_takes_two() {
    let text = PLACE.replace("starts_at =", "date = \"2040-01-01\"\nstarts_at =");
    let text = text.replace("CLASS", "lora-station").replace("COUNT", "20");
    let plan = |on: &str, starts: &str| {
        format!(
            "\n[strategy.{}]\nencryption = [{{ on = [\"nodes\", {on}], suite = \"edhoc-static-dh\", migrates = {{ \
             to = \"tls13-mlkem768-mldsa65\", starts = \"{starts}\", takes = \"1 year\" }} }}]\n",
            if on.is_empty() { "nodes" } else { "both" }
        )
    };
    let place = |from: &str, to: &str| {
        let strategies = plan("", "2028-01-01") + &plan("\"collector\"", "2028-01-01");
        Arc::new(read(&(text.replace(from, to) + &strategies + PARTNER)))
    };
    let lost = |place, strategy| {
        let (run, facts) = facts(begin(&place, strategy));
        charged(&run, &facts, &CHARGE_LOST, "sunset") / 1_000_000
    };
    let [node, server] = ["settings.link.loss = 0.0", "class = \"generic-server\", zone = \"centre\""];
    let fixed = |text: &str| format!("{text}, settings.capabilities = [\"DI:IMS\"]");
    assert_eq!(lost(place(node, node), "nodes"), 0);
    assert_eq!(lost(place(node, &fixed(node)), "nodes"), 48 * 20);
    assert_eq!(lost(place(node, node), "both"), 0);
    assert_eq!(lost(place(server, &fixed(server)), "both"), 48 * 20);
}

/// A harvester finds nothing of use at those that were moved; the rest are moved in what is left of the plan, and the
/// machine has not come in the years since the law's origin, January 2024.
#[test]
fn exposure_is_reckoned_from_the_day_of_the_run_and_from_who_has_been_moved_by_then() {
    let long = on("2030-01-01", COLLECTOR, "60 years");
    let (run, facts) = facts(begin(&long, "plan"));
    let left = 200 - moved(&run, &facts).len();
    let arrival = Arrival { shape: 1.671, scale: 18.1, passed: 2_192.0 / 365.0 };
    let machine = arrival.quantile(run.core().luck.purpose("quantum computer").unit(0, 0));
    let rest = Migration { starts: 0.0, takes: 4.0 - 731.0 / 365.0, updatable: 1.0, replaced_within: 10.0 };
    let records = Records { per_year: left as f64 * 96.0 * 365.0, secret_for: 60.0, guard: Guard::Falls };
    let expected = records.exposed(&rest, 10.0, machine);
    let got = facts.iter().filter(|fact| fact.kind == kind("exposure.record-years"));
    let got = got.map(|fact| fact.amount).sum::<i64>() as f64 / 1e3;
    assert!(expected > 0.0 && (got - expected).abs() <= 1e-6 * expected + 1.0, "{got} for {expected}");
}

/// What a tunnel protects up to the partner's door is as strong there as the tunnel.
#[test]
fn a_partner_takes_what_comes_through_a_tunnel_to_its_door_as_the_tunnel_protects_it() {
    let tunnels = r#"
[strategy.hybrid-tunnel]
encryption = [{ on = "conduit:line", suite = "tls13-x25519mlkem768" }]
[strategy.classical-tunnel]
encryption = [{ on = "conduit:line", suite = "wireguard" }]
"#;
    let place = place("lora-station", 1, &format!("{PARTNER}{tunnels}"));
    for (strategy, refused) in [("hybrid-tunnel", 0), ("classical-tunnel", 48)] {
        let (run, facts) = facts(begin(&place, strategy));
        assert_eq!(charged(&run, &facts, &CHARGE_LOST, "sunset") / 1_000_000, refused, "{strategy}");
    }
}

/// Every strategy of both shipped variants is told by its misses, its batteries, its air and its exposure.
#[test]
fn both_placements_tell_batteries_air_and_exposure_under_every_strategy() {
    for name in ["crypto-placement-hospital", "crypto-placement-buoys"] {
        let mut scenario = load(&Source::named(name)).scenario;
        scenario.horizon = Time(Span::HOUR);
        let scenario = Arc::new(scenario);
        for strategy in scenario.strategies.keys() {
            let (_, facts) = facts(begin(&scenario, strategy));
            for told in [LASTS, AIRTIME, kind("exposure.record-years"), DUE] {
                assert!(facts.iter().any(|fact| fact.kind == told), "{name} {strategy} {told:?}");
            }
        }
    }
}

/// On paper as above: all parts of what a node drew, and nothing twice.
#[test]
fn the_parts_of_what_a_battery_gave_are_those_of_its_loads() {
    let bare = finish(begin(&place("lora-node", 1, ""), "none"), |_, _| ());
    let given = &scenarios::site::power::given(bare.core(), &bare.world)["lora-node"];
    let node = class("lora-node").unwrap();
    let (radio, power) = (node.link.radio.unwrap(), node.power.unwrap());
    let frame = node.link.carrier.unwrap().on_air(40).seconds();
    let expected = [
        96.0 * radio.transmit * frame,
        96.0 * radio.receive * radio.listens,
        96.0 * node.hardware.active_power * node.service.per_message,
        86_400.0 * (node.hardware.sleep_power + power.base),
    ];
    for (got, expected) in given.bare.into_iter().zip(expected) {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} J for {expected} J");
    }
    assert_eq!((given.added, given.devices, given.sent, given.ran_empty), (0.0, 1, 96, 0));

    let sealed = finish(begin(&place("lora-node", 1, ""), "edhoc"), |_, _| ());
    let sealed = &scenarios::site::power::given(sealed.core(), &sealed.world)["lora-node"];
    assert!(sealed.added > 0.0 && sealed.lasts[0] < given.lasts[0]);
}
