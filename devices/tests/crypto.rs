//! What cryptography costs, through the public path: bytes against handshakes recorded from another program,
//! processor time by hand from rows, and what must hold for every suite on every core of the hospital.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail as the test does")]

use devices::class::{self, Library, Speaks};
use devices::crypto::{
    Authentication, Catalogue, Conversation, Machine, Protection, Resumption, Side, Suite, fits, handshake,
    steps,
};
use serde::Deserialize;

const CORES: &[&str] = &[
    "Cortex-M0+",
    "Cortex-M3",
    "Cortex-M4",
    "Cortex-M7",
    "ARM926",
    "ColdFire",
    "ARM11",
    "Cortex-A7",
    "Cortex-A8",
    "Cortex-A9",
    "Cortex-A53",
    "Cortex-A72",
    "PowerPC",
    "PLC",
    "x86-64",
];
const LIBRARIES: &[Library] = &[Library::Best, Library::Portable, Library::Smallest, Library::Hardware];

fn machine(core: &'static str, library: Library) -> Machine {
    let speaks = vec![Speaks::Plain, Speaks::Psk, Speaks::Tls10, Speaks::Tls12, Speaks::Tls13, Speaks::Pqc];
    let (ram, flash) = (1 << 20, 1 << 24);
    let (implementation, carrier) = (0.0, None);
    Machine { core, hz: 100e6, active_watts: 0.03, ram, flash, library, implementation, speaks, carrier }
}

fn talk(suite: &Suite, resumption: Resumption) -> Conversation {
    let catalogue = Catalogue::shipped().unwrap();
    let (client, server) = (machine("Cortex-M4", Library::Best), machine("x86-64", Library::Best));
    handshake(catalogue, suite, &client, &server, resumption).unwrap()
}

fn suite(name: &str) -> &'static Suite {
    Suite::shipped(name).unwrap()
}

/// A handshake as another program sent it.
#[derive(Deserialize)]
struct Recorded {
    exchange: String,
    scheme: String,
    chain: u32,
    mutual: bool,
    bytes_client: u32,
    bytes_server: u32,
    source: String,
}

#[test]
fn forty_recorded_handshakes_are_met_within_eight_bytes() {
    let mut reader = csv::Reader::from_reader(include_str!("data/handshakes_expected.csv").as_bytes());
    let recorded: Vec<Recorded> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(recorded.len(), 40);
    for one in recorded {
        let (scheme, chain, mutual) = (one.scheme.clone(), one.chain, one.mutual);
        let described = Suite {
            key_exchange: one.exchange.split('+').map(str::to_owned).collect(),
            authentication: Authentication::Certificates { scheme, chain, mutual },
            ..suite("tls13-ecdsa-p256").clone()
        };
        let talk = talk(&described, Resumption::Full);
        let client = talk.flights[0].bytes + talk.flights[2].bytes;
        let name = format!("{} {} {} {}: {}", one.exchange, one.scheme, one.chain, one.mutual, one.source);
        assert!(client.abs_diff(one.bytes_client) <= 8, "{client} against {} {name}", one.bytes_client);
        let server = talk.flights[1].bytes;
        assert!(server.abs_diff(one.bytes_server) <= 8, "{server} against {} {name}", one.bytes_server);
    }
}

/// Field by field: RFC 9147 with a name of 16 bytes, no key exchange, a tag of 16 bytes.
#[test]
fn a_conversation_with_a_pre_shared_key_is_as_long_as_its_fields() {
    let talk = talk(suite("psk-aes128-ccm"), Resumption::Full);
    let hello = 13 + 12 + (2 + 32 + 1 + 1 + 4 + 2 + 2) + 7 + 6 + (4 + 2 + 2 + 16 + 4 + 2 + 33);
    let answer = 13 + 12 + (2 + 32 + 1 + 2 + 1 + 2) + 6 + 6 + (12 + 2 + 12 + 32) + (2 + 1 + 16);
    let finish = 12 + 32 + (2 + 1 + 16);
    assert_eq!(talk.flights.iter().map(|f| f.bytes).collect::<Vec<_>>(), [hello, answer, finish]);
}

/// Rows: P-256 on a Cortex-M4 by Emill, 327 k to make a key; SHA-256 4,245 + 57.43 a byte.
#[test]
fn the_first_flight_costs_a_key_and_its_transcript() {
    let first = &talk(suite("tls13-ecdsa-p256"), Resumption::Full).flights[0];
    let cycles = 327_000.0 + 4_245.0 + 57.43 * f64::from(first.bytes);
    assert!((first.sender_cpu.seconds() - cycles / 100e6).abs() < 2e-9, "{:?}", first.sender_cpu);
}

/// Row: Ascon-128a on a Cortex-M4, 2,337 + 45.79 a byte to seal, 2,304 + 44.94 to open.
#[test]
fn a_message_costs_its_cycles_and_their_joules() {
    let catalogue = Catalogue::shipped().unwrap();
    let machine = machine("Cortex-M4", Library::Best);
    let ascon = Protection::of(catalogue, suite("ascon-aead128"), &machine).unwrap();
    let (sent, received) = (ascon.send(300), ascon.receive(300));
    assert_eq!((sent.extra_bytes, received.extra_bytes), (19, 19));
    assert!((sent.cpu.seconds() - (2_337.0 + 45.79 * 300.0) / 100e6).abs() < 1e-9);
    assert!((received.cpu.seconds() - (2_304.0 + 44.94 * 300.0) / 100e6).abs() < 1e-9);
    assert!((sent.joules - 0.03 * sent.cpu.seconds()).abs() < 1e-15);
}

#[test]
fn every_suite_has_a_price_on_every_core_and_more_bytes_are_never_cheaper() {
    let catalogue = Catalogue::shipped().unwrap();
    let server = machine("x86-64", Library::Portable);
    for &core in CORES {
        for &library in LIBRARIES {
            for suite in Suite::all().unwrap().values() {
                let machine = machine(core, library);
                let full = handshake(catalogue, suite, &machine, &server, Resumption::Full).unwrap();
                let resumed = handshake(catalogue, suite, &machine, &server, Resumption::Resumed).unwrap();
                let name = format!("{} on {core} {library:?}", suite.name);
                assert!(resumed.bytes() <= full.bytes(), "{name}");
                assert!(resumed.cpu(Side::Client) <= full.cpu(Side::Client), "{name}");
                let protection = Protection::of(catalogue, suite, &machine).unwrap();
                let mut before = protection.send(0);
                for bytes in 1..1_000 {
                    let now = protection.send(bytes);
                    assert!(now.cpu >= before.cpu && now.joules >= before.joules, "{name}: {bytes} B");
                    let wire = (bytes + now.extra_bytes, bytes - 1 + before.extra_bytes);
                    assert!(wire.0 >= wire.1, "{name}: {bytes} B");
                    before = now;
                }
            }
        }
    }
}

#[test]
fn handshakes_grow_from_none_to_post_quantum() {
    let names =
        ["none", "psk-aes128-ccm", "tls13-ecdsa-p256", "tls13-x25519mlkem768", "tls13-mlkem768-mldsa65"];
    let bytes = names.map(|name| talk(suite(name), Resumption::Full).bytes());
    assert!(bytes.is_sorted_by(|a, b| a < b), "{bytes:?}");
    assert!(talk(suite("none"), Resumption::Full).flights.is_empty());
}

/// RFC 2246 section 7.3: four flights in full, three to resume.
#[test]
fn an_old_handshake_takes_two_round_trips_and_its_server_works_hardest() {
    let legacy = talk(suite("legacy-tls10"), Resumption::Full);
    assert_eq!(legacy.flights.len(), 4);
    assert_eq!(talk(suite("legacy-tls10"), Resumption::Resumed).flights.len(), 3);
    let private = legacy.flights[2].receiver_cpu;
    assert!(legacy.flights.iter().all(|f| f.receiver_cpu <= private || f.from == Side::Server));
}

#[test]
fn an_unlucky_lattice_signature_delays_its_flight() {
    let talk = talk(suite("tls13-mlkem768-mldsa65"), Resumption::Full);
    let last = &talk.flights[2];
    assert!(last.sender_cpu_at(0.99) > last.sender_cpu && last.sender_cpu_at(0.01) < last.sender_cpu);
    let n = 20_000;
    let sum: f64 = (0..n).map(|i| last.sender_cpu_at((f64::from(i) + 0.5) / f64::from(n)).seconds()).sum();
    assert!((sum / f64::from(n) / last.sender_cpu.seconds() - 1.0).abs() < 1e-3);
    let steady = &self::talk(suite("tls13-x25519-ed25519"), Resumption::Full).flights[2];
    assert_eq!(steady.sender_cpu_at(0.99), steady.sender_cpu);
}

/// Notes on what does not fit: a pre-shared key runs in 10 KiB, lattice signing in portable C takes 80 KB of
/// stack (pqm4), everything but that runs in 256 KiB.
#[test]
fn memory_and_language_decide_what_fits() {
    let catalogue = Catalogue::shipped().unwrap();
    let with = |ram, library| Machine { ram, ..machine("Cortex-M4", library) };
    let small = with(10 * 1_024, Library::Smallest);
    assert_eq!(fits(catalogue, suite("ascon-aead128"), &small), Ok(()));
    assert_eq!(fits(catalogue, suite("psk-aes128-ccm"), &small), Ok(()));
    let error = fits(catalogue, suite("tls13-mlkem768-mldsa65"), &small).unwrap_err();
    assert_eq!((error.what, error.has.as_str()), ("memory beside application and network stack", "5120 B"));
    let post_quantum = suite("tls13-mlkem768-mldsa65");
    assert!(fits(catalogue, post_quantum, &with(128 * 1_024, Library::Portable)).is_err());
    assert_eq!(fits(catalogue, post_quantum, &with(128 * 1_024, Library::Smallest)), Ok(()));
    assert_eq!(fits(catalogue, post_quantum, &with(256 * 1_024, Library::Portable)), Ok(()));
    let mute = Machine { speaks: vec![Speaks::Plain], ..machine("x86-64", Library::Best) };
    let error = fits(catalogue, suite("tls13-ecdsa-p256"), &mute).unwrap_err();
    assert_eq!((error.needs.as_str(), error.has.as_str()), ("tls13", "plain"));
    assert_eq!(fits(catalogue, suite("none"), &mute), Ok(()));
}

#[test]
fn every_device_class_is_a_machine_that_the_catalogue_knows() {
    let catalogue = Catalogue::shipped().unwrap();
    for class in class::all().unwrap().values() {
        let machine = Machine::of(class);
        for suite in Suite::all().unwrap().values() {
            if let Err(error) = fits(catalogue, suite, &machine) {
                assert_ne!(error.what, "a known cost", "{}: {error}", class.name);
            }
        }
    }
}

/// Three links from the device's root to the transcript: two certificates and the signature over it.
#[test]
fn every_price_can_be_traced_to_its_rows() {
    let catalogue = Catalogue::shipped().unwrap();
    let machine = machine("Cortex-A9", Library::Portable);
    let steps = steps(catalogue, suite("tls13-ecdsa-p256"), &machine, Side::Client).unwrap();
    let verify = steps.iter().find(|step| step.act == "verify").unwrap();
    assert_eq!((verify.scheme.as_str(), verify.times), ("ECDSA P-256", 3));
    assert_eq!(verify.cost.scaled.unwrap().core, "Cortex-A9");
    assert!(steps.iter().all(|step| !step.cost.row.source.is_empty()));
    assert_eq!(steps.iter().filter(|step| step.times == 0).count(), 2);
}
