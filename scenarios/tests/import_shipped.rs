//! Contract: the shipped profiles and inventory become scenarios that the language finds no fault with, every
//! assumption is written into them, and no bytes given to an import make it panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, prints what it skips, and computes what it expects by other means"
)]

use proptest::prelude::*;
use scenarios::import::verdict::{Names, Need, Verdict, judge};
use scenarios::import::{ImportError, fleet, flows, inventory, mud, replay, write};
use scenarios::language::load::{Source, load};

const PUMP: &str = include_str!("../shipped/import/infusion-pump.json");
const CAMERA: &str = include_str!("../shipped/import/ip-camera.json");
const THERMOSTAT: &str = include_str!("../shipped/import/room-thermostat.json");
const CLINIC: &str = include_str!("../shipped/import/clinic-netbox.csv");

fn profile(name: &str, text: &str) -> mud::Profile {
    mud::read(name, text.as_bytes()).unwrap()
}

fn profiles() -> Vec<mud::Profile> {
    [("pump.json", PUMP), ("camera.json", CAMERA), ("thermostat.json", THERMOSTAT)]
        .map(|(name, text)| profile(name, text))
        .into()
}

/// The scenario's text, after the language has read it without a finding.
fn clean(draft: &scenarios::import::draft::Draft) -> String {
    let files = write::scenario(draft).unwrap();
    let (name, text) = files.first().unwrap();
    let loaded = load(&Source::text(name, text));
    assert!(loaded.findings.is_empty(), "{:#?}\n{text}", loaded.findings);
    assert_eq!(loaded.scenario.devices(), draft.devices() as u64);
    assert!(loaded.scenario.plants.is_empty());
    let strategies: Vec<&String> = loaded.scenario.strategies.keys().collect();
    assert_eq!(strategies, ["none", "checklist", "zoned"]);
    text.clone()
}

#[test]
fn profiles_alone_become_a_scenario() {
    let draft = fleet::from_profiles(&profiles()).unwrap();
    let text = clean(&draft);
    assert!(text.contains("harm is not modelled") && text.contains("devices-per-profile: 20 [assumption]"));
    let orders = draft.flows.iter().find(|flow| flow.is.contains("orders-from-pump-server")).unwrap();
    assert_eq!(orders.to, ["lv-300"]);
    assert!(draft.left_out.iter().any(|line| line.contains("frames below IP")));
    assert!(draft.left_out.iter().any(|line| line.contains("entries that drop")));
    assert!(draft.remarks.iter().any(|remark| remark.at.ends_with("verano-mud:commissioning")));
    assert!(!draft.flows.iter().any(|flow| flow.is.contains("no-telnet")));
}

#[test]
fn an_inventory_with_profiles_becomes_zones_fleets_and_flows() {
    let read = inventory::read("clinic.csv", CLINIC.as_bytes()).unwrap();
    let told = &read.understanding;
    // Counted in the file by hand: 353 rows, 3 planned, 2 decommissioned, 1 serial twice, 1 unnamed, 1 untold.
    assert_eq!((told.rows, told.devices), (353, 345));
    assert_eq!(told.left_out.values().sum::<usize>(), 5);
    assert_eq!(told.remarks.len(), 3);
    let pumps = read.assets.iter().filter(|asset| asset.class == "infusion-pump").count();
    assert_eq!(pumps, 72);
    let draft = fleet::from_inventory(&read, &profiles()).unwrap();
    assert_eq!(draft.devices(), 345);
    assert!(
        draft.left_out.iter().all(|line| !line.contains("no device of the inventory")),
        "{:?}",
        draft.left_out
    );
    let text = clean(&draft);
    for zone in ["medical-devices", "cameras", "building", "office", "servers", "internet"] {
        assert!(text.contains(&format!("[zone.{zone}]")), "{zone}");
    }
    println!("{}\n{}\n{text}", told.text(), draft.text());
}

#[test]
fn every_guessed_class_is_one_there_is() {
    for rule in scenarios::import::rules::Rules::embedded().unwrap().all() {
        assert!(devices::class::class(&rule.class).is_ok(), "{}", rule.class);
    }
    assert!(devices::class::class("generic-iot").is_ok());
}

#[test]
fn layouts_of_other_exporters_are_understood() {
    let layouts = [
        ("thingsboard", "name,type,label,floor\nT-1,thermostat,Room 1,2\n", "bms-controller"),
        (
            "claroty",
            "device_name;device_subcategory;device_manufacturer;device_purdue_level;device_vlan_list\nM-1;Patient Monitor;Acme;Level 1;MED\n",
            "bedside-monitor",
        ),
        (
            "14 columns",
            "Device Name,Role,Status,Site,Vendor,Model,Serial Number,IPv4\nx,Printer,active,HQ,Q,MF,1,10.0.0.1\n",
            "printer",
        ),
        (
            "axonius",
            "\u{feff}\"Asset Name\",\"Serial-Number\",\"Manufacturer\",\"Category\"\n\"c\",\"1\",\"Q\",\"IP camera\"\n",
            "ip-camera",
        ),
    ];
    for (layout, text, class) in layouts {
        let read = inventory::read(layout, text.as_bytes()).unwrap();
        assert_eq!(read.assets[0].class, class, "{layout}");
        clean(&fleet::from_inventory(&read, &[]).unwrap());
    }
    let claroty = inventory::read("claroty", layouts[1].1.as_bytes()).unwrap();
    assert_eq!((claroty.zones[0].name.as_str(), claroty.zones[0].purdue), ("med", 1));
}

#[test]
fn a_table_that_is_no_inventory_is_refused_with_what_was_expected() {
    let refused = inventory::read("flows.csv", b"flow_idx,remote_ip\n1,8.8.8.8\n").unwrap_err().to_string();
    assert!(refused.contains("no inventory") && refused.contains("`remote_ip`"), "{refused}");
    assert!(matches!(inventory::read("x", b" \n"), Err(ImportError::Empty { .. })));
    assert!(inventory::read("x", &[0, 159, 146, 150]).is_err());
}

const FLOWS: &str = "\
first_seen,device_ip,remote_ip,ip_protocol,device_port,remote_port,direction,tcp_initiated_by_device
2026-01-01 10:00:00,10.20.5.1,203.0.113.7,6,40000,443,egress,True
2026-01-01 10:00:01,10.20.5.1,203.0.113.7,6,40000,23,egress,True
2026-01-02 10:00:02,10.20.5.1,198.51.100.9,6,40001,4444,egress,True
2026-01-02 10:00:03,10.20.5.1,10.20.3.3,17,40002,53,egress,
2026-01-02 10:00:04,10.20.5.1,10.20.4.4,6,554,50123,ingress,False
";

#[test]
fn a_verdict_names_the_list_and_the_entry() {
    let (camera, seen) = (profile("camera.json", CAMERA), flows::read("f.csv", FLOWS.as_bytes()).unwrap());
    let said = |names: &Names| -> Vec<String> {
        seen.observed.iter().map(|one| judge(&camera, names, one).to_string()).collect()
    };
    let hosts = "203.0.113.7 firmware.hollis.example # cloud\n10.20.3.3\turn:ietf:params:mud:dns\n";
    let names = Names::read("hosts", hosts.as_bytes()).unwrap();
    assert_eq!(
        said(&names),
        [
            "accepted by entry `to-firmware` of list `camera-from-ipv4`",
            "denied by entry `no-telnet` of list `camera-from-ipv4`",
            "no entry of `camera-from-ipv4`, `camera-from-ethernet` accepts it",
            "accepted by entry `to-dns` of list `camera-from-ipv4`",
            "accepted by entry `watch` of list `camera-to-ipv4`",
        ]
    );
    let blind = judge(&camera, &Names::default(), &seen.observed[0]);
    let Verdict::Undecided { needs, .. } = blind else { panic!("{blind}") };
    assert_eq!(needs, [Need::Name("firmware.hollis.example".into())]);
}

#[test]
fn flows_that_are_not_accepted_are_written_undeclared_with_the_reason() {
    let (camera, seen) = (profile("camera.json", CAMERA), flows::read("f.csv", FLOWS.as_bytes()).unwrap());
    let names = Names::read("hosts", b"203.0.113.7 firmware.hollis.example\n").unwrap();
    let draft = fleet::from_flows(&camera, &names, &seen).unwrap();
    let text = clean(&draft);
    let undeclared: Vec<&str> = draft.flows.iter().filter(|f| !f.declared).map(|f| f.is.as_str()).collect();
    assert_eq!(undeclared.len(), 3, "{undeclared:?}");
    assert!(text.contains("denied by entry `no-telnet` of list `camera-from-ipv4`\n"));
    assert!(text.contains("declared = false"));
    // One flow of a kind on two days.
    assert!(text.contains("mean = \"172800 s\""));
    let replay = replay::replay(&camera, &names, &seen);
    assert_eq!((replay.accepted, replay.not_accepted, replay.undecided), (2, 2, 1));
}

#[test]
fn a_line_of_names_without_an_address_is_refused_with_its_number() {
    let refused = Names::read("hosts", b"# names\n10.0.0.1 a\nb 10.0.0.2\n").unwrap_err().to_string();
    assert_eq!(refused, "hosts:3: expected an address and its names, not `b`");
}

#[test]
fn what_a_profile_says_of_itself_cannot_write_into_the_scenario() {
    let evil = PUMP
        .replace("\"LV-300\"", "\"x\\n[fleet]\\\"\\ny = 1\"")
        .replace("\"to-dns\"", "\"a\\r\\n[zone.evil]\"")
        .replace("https://mud.meridian.example/lv-300", "\\u0000\\n[strategy.evil]");
    let text = clean(&fleet::from_profiles(&[profile("evil.json", &evil)]).unwrap());
    assert!(!text.lines().any(|line| line.trim_start().starts_with("[zone.evil]")));
}

/// Some bytes of a file changed, cut, doubled or replaced.
fn mutated(seeds: Vec<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0_u8..5, any::<u8>(), any::<prop::sample::Index>());
    (prop::sample::select(seeds), prop::collection::vec(edit, 1..12)).prop_map(|(seed, edits)| {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, what, byte, other) in edits {
            if bytes.is_empty() {
                break;
            }
            let (at, other) = (at.index(bytes.len()), other.index(bytes.len()));
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"{}[]\",:;0-\n\\"[usize::from(byte) % 12]),
                2 => bytes.truncate(at.max(1)),
                3 => drop(bytes.drain(at.min(other)..at.max(other))),
                _ => {
                    let piece = bytes[at.min(other)..at.max(other)].to_vec();
                    bytes.splice(at..at, piece.into_iter().take(400));
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_profile_makes_the_import_panic(bytes in mutated(vec![PUMP, CAMERA, THERMOSTAT])) {
        if let Ok(profile) = mud::read("any.json", &bytes) {
            let seen = flows::read("f.csv", FLOWS.as_bytes()).unwrap();
            let _ = replay::replay(&profile, &Names::default(), &seen).text();
            clean(&fleet::from_flows(&profile, &Names::default(), &seen).unwrap());
            clean(&fleet::from_profiles(&[profile]).unwrap());
        }
    }

    #[test]
    fn no_inventory_makes_the_import_panic(bytes in mutated(vec![&CLINIC[..3_000]])) {
        if let Ok(read) = inventory::read("any.csv", &bytes) {
            let _ = read.understanding.text();
            clean(&fleet::from_inventory(&read, &profiles()).unwrap());
        }
    }

    #[test]
    fn no_flows_or_names_make_the_import_panic(bytes in mutated(vec![FLOWS]), raw in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(seen) = flows::read("any.csv", &bytes) {
            let _ = replay::replay(&profile("camera.json", CAMERA), &Names::default(), &seen).text();
        }
        let _ = (Names::read("n", &raw), flows::read("f", &raw), inventory::read("i", &raw), mud::read("m", &raw));
    }
}
