//! Contract: a run that goes on from what was kept of it is the uninterrupted run, whatever was under way; under
//! another strategy everything goes on but the controls: with no controls on either side nothing at all changes, and
//! with controls only what comes after.

use crate::{LUCK, begin, hospital, read};
use scenarios::keep::{self, ALL, BUILT, Kept, Part};
use scenarios::language::clock::{Clock, Moment};
use scenarios::language::event::Timing;
use scenarios::language::flow::During;
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use scenarios::site::{WINDOW, build};
use sim::core::Core;
use sim::fact::{Fact, Kind};
use sim::kinds::MILLIONTHS;
use sim::luck::{Luck, mix};
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Digests by kind, and sums by kind, topic and charge in words.
#[derive(Debug, Default, PartialEq)]
struct Left {
    digests: BTreeMap<String, u64>,
    sums: BTreeMap<String, i64>,
}

fn word(fact: &Fact, core: &Core) -> String {
    let cause = |id| core.names.cause_of(id).map_or_else(String::new, |cause| cause.name.clone());
    let kind = core.kinds.name(fact.kind).unwrap_or("?");
    let topic = core.names.topic_name(fact.topic);
    format!("{kind} {topic} {} {}", cause(fact.charge.by), cause(fact.charge.because))
}

fn add(sums: &mut BTreeMap<String, i64>, simulation: &Simulation) {
    let core = simulation.core();
    for fact in simulation.facts() {
        *sums.entry(word(fact, core)).or_default() += fact.amount;
    }
}

fn until(simulation: &mut Simulation, at: SimTime, left: &mut Left) {
    while simulation.step(at) {
        add(&mut left.sums, simulation);
    }
}

fn finish(mut simulation: Simulation, mut left: Left) -> Left {
    until(&mut simulation, SimTime::NEVER, &mut left);
    simulation.finish();
    add(&mut left.sums, &simulation);
    let core = simulation.core();
    let named = |kind: Kind| core.kinds.name(kind).unwrap_or("?").to_owned();
    left.digests = core
        .digest
        .kinds()
        .map(|(kind, ..)| (named(kind), core.digest.of(kind).unwrap_or_default()))
        .collect();
    left
}

/// What was kept, through its bytes.
fn kept(simulation: &Simulation) -> Kept {
    let bytes = sim::keep::write("a run", &keep::keep(simulation).expect("a run is kept")).expect("bytes");
    sim::keep::read("a run", &bytes).expect("the same bytes")
}

/// A run taken up anew at each of these times.
fn in_pieces(scenario: &Arc<Scenario>, strategy: &str, luck: Luck, times: &[u64]) -> Left {
    let mut left = Left::default();
    let start = || build(scenario, strategy, luck, WINDOW).expect("a run");
    let mut simulation = start();
    for &at in times {
        until(&mut simulation, SimTime(at), &mut left);
        let kept = kept(&simulation);
        simulation = start();
        keep::go_on(&mut simulation, &kept).expect("it goes on");
    }
    finish(simulation, left)
}

/// A run under one strategy up to `at`, and under another from then on.
fn forked(scenario: &Arc<Scenario>, [first, then]: [&str; 2], at: SimTime) -> (Left, Left) {
    let mut left = Left::default();
    let mut simulation = begin(scenario, first);
    until(&mut simulation, at, &mut left);
    let before = Left { digests: BTreeMap::new(), sums: left.sums.clone() };
    let kept = kept(&simulation);
    let (simulation, _) = keep::fork(scenario, then, LUCK, at, &kept).expect("it goes on");
    (before, finish(simulation, left))
}

/// What differs, by name.
fn differing(one: &Left, other: &Left) -> Vec<String> {
    let words: BTreeSet<&String> = one.sums.keys().chain(other.sums.keys()).collect();
    let sums = words.into_iter().filter(|word| one.sums.get(*word) != other.sums.get(*word));
    let told = |word: &String| format!("{word}: {:?} {:?}", one.sums.get(word), other.sums.get(word));
    let kinds = one.digests.iter().filter(|(kind, digest)| other.digests.get(*kind) != Some(digest));
    sums.map(told).chain(kinds.map(|(kind, _)| format!("digest of {kind}"))).collect()
}

/// `count` instants before the horizon, drawn by `seed`.
fn instants(seed: u64, count: u64, horizon: Span) -> Vec<u64> {
    let mut times: Vec<u64> = (0..count).map(|nth| mix(mix(seed) ^ nth) % horizon.0).collect();
    times.sort_unstable();
    times
}

/// The hospital on a day on which everything happens at once: both campaigns come in the first minutes, what happens
/// now and then happens a thousand times as often, and many arrive.
fn stormy(hours: u64) -> Arc<Scenario> {
    let mut scenario = hospital(hours);
    for campaign in scenario.campaigns.values_mut() {
        campaign.value.starts.value.after = Time(Span::MINUTE);
        campaign.value.starts.value.within = Some(Time(Span(20 * Span::MINUTE.0)));
    }
    let clock = Clock(Span(scenario.starts_at.clock.0.0 + 40 * Span::MINUTE.0));
    for happening in scenario.happenings.values_mut() {
        match &mut happening.value.timing {
            Timing::Rate(rate) => rate.value.0 *= 1000.0,
            Timing::At(moment) => moment.value = Moment { day: None, clock },
        }
    }
    Arc::new(scenario)
}

#[test]
fn the_hospital_goes_on_from_random_instants_under_every_strategy() {
    let scenario = stormy(4);
    for (nth, strategy) in (0..).zip(crate::STRATEGIES) {
        let whole = in_pieces(&scenario, strategy, LUCK, &[]);
        for word in ["attempt ", "device.taken ", "happening ", "harm."] {
            assert!(whole.sums.keys().any(|known| known.starts_with(word)), "{strategy}: nothing of {word}");
        }
        let pieces = in_pieces(&scenario, strategy, LUCK, &instants(nth, 2, scenario.horizon.0));
        assert_eq!(differing(&whole, &pieces), Vec::<String>::new(), "{strategy}");
    }
}

/// The ward of the conservation tests: a worm or a crew, failover, lockouts, updates and arrivals.
fn small(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    Arc::new(read(&std::fs::read_to_string(path).expect("a scenario of the tests")))
}

/// Stations on batteries and under the sun behind a slow radio, for half a day.
fn buoys() -> Arc<Scenario> {
    let loaded = load(&Source::named("crypto-placement-buoys"));
    assert!(loaded.may_run());
    Arc::new(Scenario { horizon: Time(Span(12 * Span::HOUR.0)), ..loaded.scenario })
}

#[test]
fn small_worlds_go_on_from_random_instants() {
    let worlds = [
        ("ward", small("ward.toml")),
        ("surge", small("surge.toml")),
        ("cut", small("cut.toml")),
        ("mesh", small("mesh.toml")),
        ("buoys", buoys()),
    ];
    for (name, scenario) in worlds {
        for strategy in scenario.strategies.keys() {
            for seed in 0..4 {
                let luck = Luck { seed, replication: 0 };
                let whole = in_pieces(&scenario, strategy, luck, &[]);
                let pieces = in_pieces(&scenario, strategy, luck, &instants(seed, 3, scenario.horizon.0));
                assert_eq!(differing(&whole, &pieces), Vec::<String>::new(), "{name} {strategy} {seed}");
            }
        }
    }
}

#[test]
fn where_neither_strategy_has_controls_a_fork_changes_nothing() {
    let mut scenario = Arc::unwrap_or_clone(stormy(4));
    let none = scenario.strategies["none"].clone();
    scenario.strategies.insert("bare".to_owned(), none);
    let scenario = Arc::new(scenario);
    let whole = in_pieces(&scenario, "none", LUCK, &[]);
    for at in instants(5, 2, scenario.horizon.0) {
        let (_, pieces) = forked(&scenario, ["none", "bare"], SimTime(at));
        assert_eq!(differing(&whole, &pieces), Vec::<String>::new(), "{at}");
    }
    // Devices that are cut off go on as what they know tells them.
    let mut scenario = Arc::unwrap_or_clone(small("cut.toml"));
    let none = scenario.strategies["none"].clone();
    scenario.strategies.insert("bare".to_owned(), none);
    let scenario = Arc::new(scenario);
    let whole = in_pieces(&scenario, "none", LUCK, &[]);
    for minutes in [30, 61, 75, 101] {
        let (_, pieces) = forked(&scenario, ["none", "bare"], SimTime(minutes * Span::MINUTE.0));
        assert_eq!(differing(&whole, &pieces), Vec::<String>::new(), "{minutes} min");
    }
}

/// A line that is busy for most of the time, served in this order.
fn busy_line(order: &str) -> Arc<Scenario> {
    let flow = |mean: &str, criticality: &str| {
        format!(
            "{{ kind = \"reading\", from = \"senders\", to = \"receiver\", size = \"1000 B\", deadline = \"1 s\", \
             every = {{ law = \"exponential\", mean = \"{mean}\" }}, criticality = \"{criticality}\" }}"
        )
    };
    Arc::new(read(&format!(
        "title = \"A busy line\"\nhorizon = \"5 min\"\n\
         [zone]\nhere = {{ purdue_level = 2 }}\nthere = {{ purdue_level = 3 }}\n\
         [conduit]\nline = {{ between = [\"here\", \"there\"], bandwidth = \"1 Mbit/s\", latency = \"1 ms\", \
         order = \"{order}\" }}\n\
         [fleet]\nsenders = {{ class = \"server\", zone = \"here\", count = 20 }}\n\
         receiver = {{ class = \"server\", zone = \"there\", count = 1 }}\n\
         [flow]\nlow = {}\nhigh = {}\n[strategy.none]\n[strategy.bare]\n",
        flow("200 ms", "business"),
        flow("2 s", "safety")
    )))
}

#[test]
fn where_departures_are_rows_a_fork_forgets_nobody() {
    for order in ["first-come", "criticality", "shared"] {
        let scenario = busy_line(order);
        let whole = in_pieces(&scenario, "none", LUCK, &[]);
        assert!(whole.sums["message.due low  "] > 25_000, "{:?}", whole.sums);
        for at in instants(7, 5, scenario.horizon.0) {
            let (_, pieces) = forked(&scenario, ["none", "bare"], SimTime(at));
            assert_eq!(differing(&whole, &pieces), Vec::<String>::new(), "{order} {at}");
        }
    }
}

#[test]
fn a_fork_equals_the_old_strategy_before_and_differs_after() {
    let scenario = stormy(4);
    let at = SimTime(2 * Span::HOUR.0);
    for pair in [["none", "zero-trust"], ["zero-trust", "none"], ["checklist", "risk-based"]] {
        let mut left = Left::default();
        let mut simulation = begin(&scenario, pair[0]);
        until(&mut simulation, at, &mut left);
        let (before, after) = forked(&scenario, pair, at);
        assert_eq!(before.sums, left.sums, "{pair:?}");
        let whole = finish(simulation, left);
        assert!(!differing(&whole, &after).is_empty(), "{pair:?}");
        // What no control moves is the same in both: how many messages fall due of what does not wait for a patient.
        let always = scenario.flows.iter().filter(|(_, flow)| flow.during == During::Always);
        let due = |left: &Left| {
            let due =
                always.clone().map(|(name, _)| left.sums.get(&format!("message.due {name}  ")).copied());
            due.collect::<Vec<_>>()
        };
        assert!(due(&whole).len() > 10);
        balanced(&whole);
        balanced(&after);
        assert_eq!(due(&whole), due(&after), "{pair:?}");
    }
}

/// Nothing is lost between the strategies: what was due arrived or is accounted for, and every loss is charged.
fn balanced(left: &Left) {
    let sum = |kind: &str| {
        let own = left.sums.iter().filter(|(word, _)| word.split(' ').next() == Some(kind));
        own.map(|(_, sum)| *sum).sum::<i64>()
    };
    let charged = |charge: &str| sum(charge) + sum(&format!("{charge}.shared"));
    assert_eq!(
        sum("message.due"),
        ["in-time", "late", "lost", "unsent", "in-flight"]
            .map(|fate| sum(&format!("message.{fate}")))
            .iter()
            .sum::<i64>()
    );
    assert_eq!(sum("message.lost") * MILLIONTHS as i64, charged("charge.message-lost"));
    assert_eq!(sum("message.unsent") * MILLIONTHS as i64, charged("charge.message-unsent"));
    assert_eq!(sum("message.late") * MILLIONTHS as i64, charged("charge.message-late"));
    assert_eq!(sum("care.lost"), charged("charge.care"));
}

/// A snapshot as its bytes have it: the engine's two parts, the routes, and the parts of the models.
type Parts = ((Vec<u8>, Vec<u8>), Vec<u8>, Vec<(String, Vec<u8>)>);

/// What is laid is what was kept, part by part; and a part that is left out is another one, in some run of the storm:
/// none is written for nothing.
#[test]
fn every_part_is_laid_as_it_was_kept_and_without_it_the_run_is_another() {
    let (storm, buoys, cut, mesh) = (stormy(4), buoys(), small("cut.toml"), small("mesh.toml"));
    let mut idle: BTreeSet<&str> = ALL.iter().map(Part::name).collect();
    for (scenario, strategy, minutes) in [
        (&storm, "none", 150),
        (&storm, "zero-trust", 100),
        (&storm, "checklist", 130),
        (&storm, "risk-based", 150),
        (&buoys, "none", 300),
        (&cut, "edge", 75),
        (&mesh, "none", 100),
    ] {
        let mut simulation = begin(scenario, strategy);
        until(&mut simulation, SimTime(minutes * Span::MINUTE.0), &mut Left::default());
        let parts: Parts = of(&kept(&simulation));
        // The losses of streams stand with the streams themselves, too: they are for other strategies.
        let alone = |name: &str| {
            let mut less = parts.clone();
            less.2.retain(|part| part.0 != name && (name != "losses of streams" || part.0 != "streams"));
            let mut run = begin(scenario, strategy);
            keep::go_on(&mut run, &of(&less)).expect("it goes on");
            of::<_, Parts>(&kept(&run)).2
        };
        assert_eq!(alone("no such part"), parts.2, "{strategy}");
        idle.retain(|name| alone(name) == parts.2);
    }
    assert_eq!(idle.into_iter().collect::<Vec<_>>(), Vec::<&str>::new());
}

/// The same bytes, as something else.
fn of<T: serde::Serialize, U: serde::de::DeserializeOwned>(one: &T) -> U {
    sim::keep::read("the same", &sim::keep::write("the same", one).expect("bytes")).expect("as they were")
}

/// The program's text is searched for types of state.
#[test]
fn every_resource_is_kept_or_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = BTreeSet::new();
    let mut folders: Vec<_> =
        ["sim", "devices", "scenarios", "experiments"].map(|one| root.join(one).join("src")).into();
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else if !entry.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&entry).expect("a file");
                found.extend(resources(&text));
            }
        }
    }
    let parts = std::fs::read_to_string(root.join("scenarios/src/keep/parts.rs")).expect("the list");
    let kept = |name: &String| {
        let listed = parts.contains(&format!("part::<{name}>("));
        let private = ["Crews", "Worms", "Sources", "Batteries"].contains(&name.as_str());
        listed || private
    };
    let known: BTreeSet<String> = BUILT.iter().map(|built| built.0.to_owned()).collect();
    let missing: Vec<_> = found.iter().filter(|name| !kept(name) && !known.contains(*name)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "neither kept nor built");
    assert!(known.is_subset(&found), "{known:?} {found:?}");
    assert!(found.len() > 20 && ALL.len() > 10);
}

/// The names of the types in a file that derive `Resource`.
fn resources(text: &str) -> Vec<String> {
    let derives = |line: &&str| line.starts_with("#[derive(") && line.contains("Resource");
    let mut lines = text.lines().peekable();
    let mut names = Vec::new();
    while let Some(line) = lines.next() {
        if !derives(&line) {
            continue;
        }
        if let Some(after) = lines.find_map(|line| line.split_once("struct ")) {
            names.push(after.1.chars().take_while(char::is_ascii_alphanumeric).collect());
        }
    }
    names
}
