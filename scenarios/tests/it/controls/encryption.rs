//! Encryption: strangers are turned away, and so are old devices; sessions, certificates and tunnels have their price.

use super::{Trick, attack, begin, charged, device, finish, held, of_flow, place, sum};
use devices::class::class;
use devices::crypto::{Catalogue, Machine, Protection, Suite};
use scenarios::site::devices::reboot;
use sim::core::Core;
use sim::fact::{By, Charge, Fact};
use sim::kinds::{CHARGE_LOST, DUE, ENERGY, IN_TIME, LATENCY, LOST};
use sim::message::DeviceId;
use sim::row::Class;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};

const STRATEGIES: &str = r#"
[strategy.tls]
encryption = [{ on = "everything", suite = "tls13-ecdsa-p256" }]
[strategy.lenient]
encryption = [{ on = "everything", suite = "tls13-ecdsa-p256", else = "plain" }]
[strategy.gateways]
encryption = [{ on = "everything", suite = "tls13-ecdsa-p256", else = "gateway" }]
[fleet.loose]
class = "bms-controller"
zone = "ward"
count = 1
gateway.fleet = "aps"
credentials = "none"
[strategy.before]
encryption = [{ on = "loose", suite = "psk-aes128-ccm", at = "gateway" }]
[strategy.expiring]
encryption = [{ on = "pumps", suite = "tls13-ecdsa-p256", session = "1 h", certificate_life = "23 h" }]
[strategy.lasting]
encryption = [{ on = "pumps", suite = "tls13-ecdsa-p256", session = "1 h" }]
[strategy.wireguard]
encryption = [{ on = "conduit:ward-office", suite = "wireguard" }]
[strategy.macsec]
encryption = [{ on = "conduit:ward-office", suite = "macsec" }]
[strategy.tunnel]
encryption = [{ on = "conduit:ward-office", suite = "tls13-ecdsa-p256" }]
"#;

fn mean_latency(run: &Simulation, facts: &[Fact], flow: &str) -> f64 {
    let about = |fact: &&Fact| fact.kind == LATENCY && run.core().names.topic_name(fact.topic) == flow;
    of_flow(run, facts, LATENCY, flow) as f64 / facts.iter().filter(about).count() as f64
}

#[test]
fn what_cannot_speak_the_suite_is_lost_unless_it_may_be_plain_or_stands_behind_a_gateway() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        let due = of_flow(&run, &facts, DUE, "set-points");
        assert!(due > 0);
        let in_time = of_flow(&run, &facts, IN_TIME, "set-points");
        (due - in_time, charged(&run, &facts, &CHARGE_LOST, "encryption", None) / 1_000_000)
    };
    let (missed, charge) = lost("tls");
    let old_status = 4 * 24 * 60;
    assert!(missed > 200, "all commands to controllers that speak nothing: {missed}");
    assert!((charge - missed - old_status).abs() <= 8, "{charge} {missed}");
    for strategy in ["none", "lenient", "gateways"] {
        assert_eq!(lost(strategy).1, 0, "{strategy}");
    }
}

#[test]
fn a_device_without_credentials_is_commanded_by_whoever_reaches_it_until_only_its_peers_have_keys() {
    let place = place(STRATEGIES);
    for (from, strategy, taken) in [
        ("pumps", "none", true),
        ("pumps", "lenient", true),
        ("pumps", "gateways", false),
        ("desks", "gateways", true),
    ] {
        let mut run = begin(&place, strategy);
        let ends = [device(&run, from, 0), device(&run, "plain", 0)];
        attack(&mut run, Trick::Command, ends, &[Span::HOUR]);
        finish(&mut run);
        assert_eq!(held(&run, ends[1]), taken, "{from} {strategy}");
    }
}

#[test]
fn who_sits_in_the_gateway_that_protects_a_device_commands_it() {
    let place = place(STRATEGIES);
    for (from, strategy, taken) in
        [("aps", "before", true), ("desks", "before", false), ("desks", "none", true)]
    {
        let mut run = begin(&place, strategy);
        let ends = [device(&run, from, 0), device(&run, "loose", 0)];
        attack(&mut run, Trick::Command, ends, &[Span::HOUR]);
        finish(&mut run);
        assert_eq!(held(&run, ends[1]), taken, "{from} {strategy}");
    }
}

#[test]
fn protection_takes_energy_and_time_and_a_restart_costs_every_client_a_handshake() {
    const RESTART: Class = Class(61);
    let place = place(STRATEGIES);
    let run = |strategy, restart: bool| {
        let mut run = begin(&place, strategy);
        let servers = [0, 1].map(|nth| device(&run, "pump-server", nth));
        let core = run.core_mut();
        core.names.cause(By::Planned, "restart");
        core.handle(RESTART, |core: &mut Core, world, row| {
            let charge = Charge { by: core.names.cause(By::Planned, "restart"), ..Charge::default() };
            reboot(core, world, DeviceId(row.id() as u32), Span(10 * Span::MINUTE.0), charge);
        });
        for server in servers.iter().filter(|_| restart) {
            core.push(SimTime::ZERO + Span::HOUR, RESTART, u64::from(server.0), 0);
        }
        let facts = finish(&mut run);
        (run.core().sessions.opened, sum(&facts, ENERGY))
    };
    let (standing, energy) = run("lenient", false);
    assert_eq!(standing, 0, "sessions stand when the run begins");
    assert!(energy > run("none", false).1);
    // Twenty pumps call the server; the other one was down as well.
    let (opened, _) = run("lenient", true);
    assert_eq!(opened, 20);
}

#[test]
fn a_forgotten_certificate_keeps_new_sessions_from_being_opened() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        charged(&run, &facts, &CHARGE_LOST, "encryption", None)
    };
    assert_eq!(lost("lasting"), 0);
    assert!(lost("expiring") > 0);
}

/// WireGuard white paper: new keys every 120 seconds, in messages of 148, 92 and 32 bytes. With nothing else on the way
/// the link has served those alone, one way two and one way one of each three.
#[test]
fn a_tunnel_is_rekeyed_by_flights_that_take_their_turn_on_its_link() {
    let place = place(STRATEGIES);
    let visits = |strategy| {
        let mut run = begin(&place, strategy);
        finish(&mut run);
        let ground = run.world.resource::<scenarios::site::ground::Ground>();
        ground.conduits[0].links.unwrap().map(|link| run.core().stations[link.0 as usize].visits)
    };
    let (none, wireguard, macsec) = (visits("none"), visits("wireguard"), visits("macsec"));
    let more = [0, 1].map(|way| wireguard[way] - none[way]);
    assert!(more[0].abs_diff(2 * 720) <= 2 && more[1].abs_diff(720) <= 1, "{more:?}");
    assert_eq!(macsec, none, "nobody said how long its keys last");
}

/// The gateways' own work, and the tunnel's bytes over a link of 1 Gbit/s. Nothing else waits at this load, but for
/// one message in some thousands.
#[test]
fn a_tunnel_adds_the_work_of_two_gateways_and_asks_nothing_of_the_devices() {
    let place = place(STRATEGIES);
    let latency = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        assert_eq!(of_flow(&run, &facts, LOST, "set-points"), 0, "{strategy}");
        mean_latency(&run, &facts, "set-points")
    };
    let added = latency("tunnel") - latency("none");
    let (server, suite) = (class("server").unwrap(), Suite::shipped("tls13-ecdsa-p256").unwrap());
    let protection = Protection::of(Catalogue::shipped().unwrap(), suite, &Machine::of(server)).unwrap();
    let more = f64::from(suite.overhead(90).unwrap());
    let sealed = 90.0 + more;
    let gateway = |bytes: f64| {
        server.service.per_message
            + server.service.per_byte * bytes
            + protection.send(bytes as u32).cpu.seconds()
    };
    let expected = (2.0 * gateway(sealed) + more * 8.0 / 1e9) * 1e9;
    assert!((added - expected).abs() < 0.1 * expected, "{added} against {expected} ns");
}
