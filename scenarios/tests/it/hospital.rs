//! The shipped hospital is the hospital of the data file: its counts are the file's rows, its people the
//! file's census, and nothing in it is a finding.

use devices::class::{Medium, class};
use devices::parameters::Parameters;
use scenarios::language::Scenario;
use scenarios::language::load::{Source, load};
use std::collections::BTreeMap;

/// The warning that classes cannot run a suite: what `checklist` is there to show.
const CANNOT_RUN: &str = "S020";

fn hospital() -> Scenario {
    let loaded = load(&Source::named("hospital"));
    let findings: Vec<String> = loaded
        .findings
        .iter()
        .filter(|finding| finding.code != CANNOT_RUN)
        .map(|finding| format!("{}: {}", finding.code, finding.message))
        .collect();
    assert!(loaded.may_run() && findings.is_empty(), "{findings:#?}");
    loaded.scenario
}

fn number(key: &str) -> f64 {
    Parameters::shipped().unwrap().get(key).unwrap().number().unwrap()
}

fn counts(scenario: &Scenario, mut of: impl FnMut(&str) -> bool) -> u32 {
    scenario.fleets.values().filter(|fleet| of(&fleet.class)).map(|fleet| fleet.count()).sum()
}

/// Old and new pumps of a kind together are the kind that the file counts.
#[test]
fn each_zone_holds_what_the_data_file_counts() {
    let scenario = hospital();
    let mut stands = BTreeMap::<(String, String), u32>::new();
    for fleet in scenario.fleets.values() {
        let kind = fleet.class.trim_end_matches("-legacy").to_owned();
        *stands.entry((kind, fleet.zone.value.clone())).or_default() += fleet.count();
    }
    let mut counted = BTreeMap::new();
    for row in Parameters::shipped().unwrap().iter() {
        let place = row.key.strip_prefix("hospital.").and_then(|key| key.split_once(".fleet.count."));
        if let Some((kind, zone)) = place {
            counted.insert((kind.to_owned(), zone.to_owned()), row.number().unwrap() as u32);
        }
    }
    assert_eq!(stands, counted);
    assert_eq!(scenario.devices(), 5_000);
}

/// 302 of 580 pumps are old; 1,564 devices are on Wi-Fi, 8.2 an access point.
#[test]
fn pumps_and_wireless_devices_add_up_as_the_note_says() {
    let scenario = hospital();
    assert_eq!(counts(&scenario, |name| name.contains("pump")), 580);
    assert_eq!(counts(&scenario, |name| name.ends_with("pump-legacy")), 302);
    let share = 302.0 / 580.0;
    assert!((share - number("hospital.infusion-pump.legacy_share")).abs() < 0.005);
    let wireless = counts(&scenario, |name| class(name).unwrap().link.medium == Medium::Wifi);
    let points = counts(&scenario, |name| name == "wifi-access-point");
    assert_eq!((wireless, points), (1_564, 190));
    assert!(
        (f64::from(wireless) / f64::from(points) - number("hospital.network.clients_per_ap")).abs() < 0.05
    );
}

#[test]
fn those_who_are_cared_for_and_those_who_care_are_the_census() {
    let scenario = hospital();
    let people = |cared_for: bool, does: &str| -> u32 {
        let counts = |name: &str| name.contains(does);
        scenario
            .people
            .iter()
            .filter(|(name, p)| p.are_cared_for() == cared_for && counts(name))
            .map(|(_, p)| p.count())
            .sum()
    };
    assert_eq!(f64::from(people(true, "patients")), number("hospital.hospital.inpatients.mean"));
    assert_eq!(f64::from(people(false, "nurses")), number("hospital.nurse.on_shift"));
    assert_eq!(f64::from(people(false, "biomed")), number("hospital.biomed.on_shift.day"));
    assert_eq!(f64::from(people(false, "service-desk")), number("hospital.it.service_desk"));
}

/// 30 x 4 + 196 x 0.38 pumps infuse: the third of 580 that was measured.
#[test]
fn the_pumps_in_use_are_the_share_that_was_measured() {
    let scenario = hospital();
    let mut in_use = 0.0;
    for people in scenario.people.values() {
        for need in
            people.needs.iter().filter(|need| ["infusion", "analgesia"].contains(&need.function.as_str()))
        {
            in_use += f64::from(people.count()) * need.share.value.0 * f64::from(need.each);
        }
    }
    let measured = number("hospital.infusion-pump.utilisation.infusing");
    assert!((in_use / 580.0 - measured).abs() < 0.005, "{in_use}");
    assert_eq!(
        scenario.plants["pca"].patients.as_ref().map(|count| f64::from(count.value.0)),
        Some(number("hospital.pca-pump.patients_on_pca"))
    );
}

#[test]
fn five_strategies_are_compared() {
    let scenario = hospital();
    let names: Vec<&str> = scenario.strategies.keys().map(String::as_str).collect();
    assert_eq!(names, ["none", "checklist", "zoned", "zero-trust", "risk-based"]);
}

/// A planner reads it: 250 lines, 500 with what it includes, none wider than a screen.
#[test]
fn the_files_fit_on_a_few_pages() {
    let lines: Vec<usize> =
        ["hospital.toml", "hospital/wards.toml", "hospital/flows.toml", "hospital/strategies.toml"]
            .iter()
            .map(|path| {
                let text = scenarios::shipped::text(path).unwrap();
                for line in text.lines() {
                    assert!(line.chars().count() <= 120, "{path}: {line}");
                }
                text.lines().count()
            })
            .collect();
    assert!(lines[0] < 250 && lines.iter().sum::<usize>() <= 500, "{lines:?}");
}
