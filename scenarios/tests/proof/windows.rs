//! Contract: a run is a function of its scenario, its strategy and its luck. How time is cut into windows changes no
//! digest, nor does the order of the file, nor who runs it again; another seed does. A fleet that nobody needs, in a
//! zone of its own, adds its own facts and moves no other.

use crate::{LUCK, begin, finish, hospital};
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::shipped;
use scenarios::site::{WINDOW, build};
use sim::core::Core;
use sim::digest::Digest;
use sim::luck::Luck;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The digest of each kind of fact, by the kind's name: a failure names its culprit.
type Digests = BTreeMap<String, u64>;

fn digests(scenario: &Arc<Scenario>, strategy: &str, luck: Luck, window: u32) -> Digests {
    let mut run = build(scenario, strategy, luck, window).expect("a run");
    run.run(|_, _| ());
    named(&run.core().digest, run.core())
}

fn named(digest: &Digest, core: &Core) -> Digests {
    let one = |kind| (core.kinds.name(kind).unwrap_or("?").to_owned(), digest.of(kind).unwrap_or_default());
    digest.kinds().map(|(kind, ..)| one(kind)).collect()
}

/// The kinds of fact whose digests differ.
fn differing(one: &Digests, other: &Digests) -> Vec<String> {
    let kinds: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    kinds.into_iter().filter(|kind| one.get(*kind) != other.get(*kind)).cloned().collect()
}

#[test]
fn where_a_window_ends_changes_no_digest() {
    let scenario = Arc::new(hospital(1));
    for strategy in ["zero-trust", "checklist"] {
        let usual = digests(&scenario, strategy, LUCK, WINDOW);
        for window in [WINDOW - 2, WINDOW + 2] {
            let other = digests(&scenario, strategy, LUCK, window);
            assert_eq!(differing(&usual, &other), Vec::<String>::new(), "{strategy}, {window}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    let scenario = Arc::new(hospital(1));
    let once = digests(&scenario, "risk-based", LUCK, WINDOW);
    assert_eq!(digests(&scenario, "risk-based", LUCK, WINDOW), once);
    for luck in [Luck { seed: LUCK.seed + 1, ..LUCK }, Luck { replication: 1, ..LUCK }] {
        let other = digests(&scenario, "risk-based", luck, WINDOW);
        let moved = differing(&once, &other);
        // The few on batteries spend an hour alike, whatever the luck.
        let steady = |kind: &&String| kind.starts_with("battery.") || kind.starts_with("airtime");
        let same: Vec<&String> = once.keys().filter(|kind| !moved.contains(kind) && !steady(kind)).collect();
        assert_eq!(same, ["fleet.devices"], "what no luck moves");
    }
}

/// A section of a file: its name and its entries.
pub(crate) type Section = Vec<String>;

/// What stands before the first section of a file, and its sections.
pub(crate) fn sections(text: &str) -> (&str, Vec<Section>) {
    let mut blocks: Vec<Section> = vec![Vec::new()];
    let starts = |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    let (head, body) = text.split_at(text.find("\n[").map_or(0, |at| at + 1));
    for line in body.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match blocks.last_mut() {
            Some(block) if !line.starts_with('[') && starts(line) => block.push(line.to_owned()),
            Some(block) if !line.starts_with('[') => {
                let entry = block.last_mut().expect("a section begins with its name");
                entry.push('\n');
                entry.push_str(line);
            }
            _ => blocks.push(vec![line.to_owned()]),
        }
    }
    (head, blocks)
}

/// The file of these sections.
pub(crate) fn joined(head: &str, sections: &[Section]) -> String {
    let texts: Vec<String> = sections.iter().map(|section| section.join("\n") + "\n").collect();
    format!("{head}{}", texts.join("\n"))
}

/// A file with its sections, and the entries of each, in the opposite order. What stands before the first section
/// stays there.
fn reversed(text: &str) -> String {
    let (head, mut sections) = sections(text);
    sections.reverse();
    sections.iter_mut().for_each(|section| section.get_mut(1..).unwrap_or_default().reverse());
    joined(head, &sections)
}

/// The shipped hospital, each of its files changed, for an hour.
pub fn changed(name: &str, change: impl Fn(&str, &str) -> String) -> Arc<Scenario> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("hospital")).expect("a folder for the files");
    for (path, text) in shipped::FILES.iter().filter(|file| file.0.starts_with("hospital")) {
        std::fs::write(folder.join(path), change(path, text)).expect("a file");
    }
    let loaded = load(&Source::Path(folder.join("hospital.toml")));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    Arc::new(Scenario { horizon: hospital(1).horizon, ..loaded.scenario })
}

#[test]
fn the_order_of_a_file_changes_no_digest() {
    let backwards = changed("backwards", |_, text| reversed(text));
    assert_ne!(backwards.strategies.get_index(0).map(|one| one.0.as_str()), Some("none"));
    for strategy in ["none", "zero-trust"] {
        let usual = digests(&Arc::new(hospital(1)), strategy, LUCK, WINDOW);
        let other = digests(&backwards, strategy, LUCK, WINDOW);
        assert_eq!(differing(&usual, &other), Vec::<String>::new(), "{strategy}");
    }
}

/// A museum in the basement: named so that most devices get other numbers, with traffic of its own.
const MUSEUM: &str = r#"
[zone.museum]
purdue_level = 4
[fleet.exhibits]
class = "generic-sensor"
zone = "museum"
count = 30
[fleet.guides]
class = "generic-server"
zone = "museum"
count = 1
[flow.exhibit-status]
kind = "reading"
from = "exhibits"
to = "guides"
every = "10 s"
size = "200 B"
deadline = "10 s"
criticality = "business"
secret_for = "1 day"
"#;

/// The digests of all facts that are not about the museum.
fn elsewhere(scenario: &Arc<Scenario>, strategy: &str) -> Digests {
    let mut digest = Digest::default();
    let of_the_museum = |who: &str| who.starts_with("exhibits") || who.starts_with("guides");
    let run = finish(begin(scenario, strategy), |fact, core| {
        if !of_the_museum(&core.names.who(fact.who)) {
            digest.add(fact, &core.names);
        }
    });
    named(&digest, run.core())
}

/// Under strategies that ask nothing of the staff in this time: people whom all share are no luck, and who looks
/// after an exhibit comes later to a pump.
#[test]
fn another_fleet_in_a_zone_of_its_own_moves_no_other_fact() {
    let with =
        changed(
            "museum",
            |path, text| {
                if path == "hospital.toml" { format!("{text}{MUSEUM}") } else { text.to_owned() }
            },
        );
    for strategy in ["none", "zoned"] {
        let (usual, other) = (elsewhere(&Arc::new(hospital(1)), strategy), elsewhere(&with, strategy));
        assert_eq!(differing(&usual, &other), Vec::<String>::new(), "{strategy}");
    }
}
