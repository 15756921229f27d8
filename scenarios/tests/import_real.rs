//! Contract: every public MUD profile that is at hand is read, a broken one is refused with its place, and the
//! verdicts on observed flows agree with the entries that the flows' own files name. The files of others are
//! not part of this repository; where they are absent, the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, prints what it skips, and computes what it expects by other means"
)]

use scenarios::import::draft::Draft;
use scenarios::import::verdict::Names;
use scenarios::import::{acl::Direction, fleet, flows, mud, needed::Needed, replay, write};
use scenarios::language::load::{Source, load};
use std::fs;
use std::path::PathBuf;

fn third_party(folder: &str) -> Option<Vec<PathBuf>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mud").join(folder);
    let Ok(entries) = fs::read_dir(&root) else {
        println!("skipped: {} is not there", root.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|one| one.ok().map(|one| one.path())).collect();
    files.sort();
    Some(files)
}

fn profiles() -> Option<Vec<mud::Profile>> {
    let mut files = third_party("unsw")?;
    files.extend(third_party("locations")?);
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        mud::read(&name, &fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{error}"))
    };
    Some(files.iter().map(read).collect())
}

/// Counts measured over the files by another program (Python's json): 28 + 90 profiles, 1,025 + 2,275 entries.
#[test]
fn all_118_real_profiles_are_read_whole() {
    let Some(profiles) = profiles() else { return };
    assert_eq!(profiles.len(), 118);
    let entries = || profiles.iter().flat_map(|profile| profile.from_device.iter().chain(&profile.to_device));
    assert_eq!(entries().count(), 3_300);
    assert!(entries().all(|entry| entry.unread.is_empty()), "every condition is understood");
    let names = |of: fn(&scenarios::import::acl::Entry) -> bool| entries().filter(|entry| of(entry)).count();
    assert_eq!(names(|e| e.direction == Direction::FromDevice && e.remote.name.is_some()), 989);
    assert_eq!(names(|e| e.direction == Direction::ToDevice && e.remote.name.is_some()), 988);
    assert_eq!(names(|e| e.ethertype.is_some()), 213);
    assert_eq!(names(|e| e.initiated.is_some()), 887);
    assert_eq!(names(|e| e.device.mac.is_some()), 0);
    assert_eq!(names(|e| e.remote.mac.is_some()), 88);
    let remarks = || profiles.iter().flat_map(|profile| &profile.remarks);
    let about = |text: &str| remarks().filter(|remark| remark.text.contains(text)).count();
    assert_eq!((about("operator beside a range"), about("matches nothing")), (8, 1));
    assert_eq!(remarks().count(), 9, "nothing else is odd");
    println!("118 profiles, 3300 entries read; 8 ranges carry an operator, 1 IPv6 entry an IPv4 address");
}

fn clean(draft: &Draft) {
    let files = write::scenario(draft).unwrap();
    let loaded = load(&Source::text(files[0].0, &files[0].1));
    assert!(loaded.findings.is_empty(), "{}: {:#?}", draft.title, loaded.findings);
}

#[test]
fn every_real_profile_becomes_a_scenario() {
    let Some(profiles) = profiles() else { return };
    for profile in &profiles {
        let draft = fleet::from_profiles(std::slice::from_ref(profile)).unwrap();
        assert!(!draft.flows.is_empty(), "{}", profile.file);
        clean(&draft);
    }
    let all = fleet::from_profiles(&profiles).unwrap();
    clean(&all);
    println!("{}", all.text().lines().next().unwrap());
}

#[test]
fn a_real_profile_that_is_broken_is_refused_with_its_place() {
    let Some(files) = third_party("unsw") else { return };
    let text = fs::read_to_string(&files[0]).unwrap();
    let line = |needle: &str, of: &str| of.lines().position(|line| line.contains(needle)).unwrap() + 1;
    let cut = &text[..text.len() / 2];
    let said = mud::read("cut.json", cut.as_bytes()).unwrap_err().to_string();
    assert!(said.starts_with(&format!("cut.json:{}:", cut.lines().count())), "{said}");
    let broken = text.replacen("\"port\" : 80", "\"port\" : 80000", 1);
    let said = mud::read("port.json", broken.as_bytes()).unwrap_err().to_string();
    assert!(said.starts_with(&format!("port.json:{}:", line("80000", &broken))), "{said}");
    assert!(said.contains("/ietf-access-control-list:access-lists/acl/0/aces/ace/"), "{said}");
    assert!(said.contains("65535"), "{said}");
}

struct Case {
    flows: flows::Flows,
    profile: mud::Profile,
}

fn cases() -> Option<Vec<Case>> {
    let pairs = [
        ("AwairAirQuality", "awairAirQualityMud.json"),
        ("BlipCareBPMeter", "blipcareBPmeterMud.json"),
        ("HelloBarbie", "hellobarbieMud.json"),
        ("NestDropCam", "dropcamMud.json"),
        ("RingDoorBell", "ringdoorbellMud.json"),
    ];
    let (profiles, runs) = (profiles()?, third_party("runtime")?);
    let case = |(run, profile): &(&str, &str)| {
        let path =
            runs.iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(run)).unwrap();
        Case {
            flows: flows::read(run, &fs::read(path).unwrap()).unwrap(),
            profile: profiles.iter().find(|one| one.file == *profile).unwrap().clone(),
        }
    };
    Some(pairs.iter().map(case).collect())
}

/// What a site's own name server and router would tell: here from the names that the files' makers recorded.
fn names(flows: &flows::Flows) -> Names {
    let mut names = Names::default();
    for controller in ["urn:ietf:params:mud:gateway", "urn:ietf:params:mud:dns"] {
        names.add(controller, "192.168.1.1".parse().unwrap());
    }
    for one in &flows.observed {
        if let Some(name) = Needed::parse(&one.runtime_ace).and_then(|needed| needed.name) {
            names.add(&name, one.remote);
        }
    }
    names
}

#[test]
fn without_names_nothing_is_decided_wrongly() {
    let Some(cases) = cases() else { return };
    assert_eq!(cases.iter().map(|case| case.flows.observed.len()).sum::<usize>(), 7_779);
    for case in &cases {
        assert!(case.flows.remarks.is_empty());
        let replay = replay::replay(&case.profile, &Names::default(), &case.flows);
        println!("{}", replay.text());
        assert!(replay.agreement.unwrap().differ.is_empty());
    }
}

#[test]
fn with_names_the_verdicts_agree_with_the_files_own_entries() {
    let Some(cases) = cases() else { return };
    let (mut decided, mut undecided) = (0, 0);
    for case in &cases {
        let replay = replay::replay(&case.profile, &names(&case.flows), &case.flows);
        println!("{}", replay.text());
        clean(&fleet::from_flows(&case.profile, &names(&case.flows), &case.flows).unwrap());
        let agreement = replay.agreement.unwrap();
        decided += agreement.both_accept + agreement.both_deny;
        undecided += replay.undecided;
        assert!(agreement.differ.is_empty(), "{}", agreement.text());
        // What stays undecided is a name of the profile that no flow of the file went to.
        assert_eq!((agreement.undecided_accepted_there, agreement.no_answer_there), (0, 0));
    }
    assert_eq!(decided + undecided, 7_779);
    println!("{decided} decided alike, {undecided} undecided, none differently");
}

/// The periods that imports assume for services of these ports are the medians over these files.
#[test]
fn assumed_periods_are_those_of_the_observed_flows() {
    let Some(cases) = cases() else { return };
    let all = scenarios::import::assume::Assumptions::embedded().unwrap();
    for (protocol, port) in [(17, 53), (17, 67), (17, 123), (6, 443), (6, 80)] {
        let per_day = |case: &Case| {
            let asked = |one: &&flows::Observed| {
                (one.protocol, one.remote_port, one.direction)
                    == (protocol, Some(port), Direction::FromDevice)
            };
            case.flows.observed.iter().filter(asked).count() as f64 / case.flows.days() as f64
        };
        let mut rates: Vec<f64> = cases.iter().map(per_day).filter(|rate| *rate > 0.0).collect();
        rates.sort_by(f64::total_cmp);
        let middle = rates.len() / 2;
        let median =
            if rates.len() % 2 == 1 { rates[middle] } else { (rates[middle - 1] + rates[middle]) / 2.0 };
        let traffic = all.by_port(Some(protocol), Some(port)).unwrap();
        let hours: f64 = traffic.every.strip_suffix(" h").unwrap().parse().unwrap();
        println!(
            "{}: {median:.3} flows a device-day, {} devices; assumed every {hours} h",
            traffic.name,
            rates.len()
        );
        assert!((hours * median / 24.0 - 1.0).abs() < 0.02, "{}: {median}", traffic.name);
    }
}
