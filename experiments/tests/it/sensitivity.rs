//! Contract: a comparison that is asked names the assumptions that move its answer, and no others; what could not be
//! tried says why; and it is the same on any number of threads.

use experiments::compare::{Progress, Watch, compare};
use experiments::plan::{About, Plan};
use reports::comparison::Comparison;
use reports::sensitivity::{End, Sensitivity};
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use sim::time::Span;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Sensors report to a server, with 7 ms to do so, behind a firewall that looks inside messages or behind none.
///
/// A reading takes the sensor 3.0 ms (its class), two links 0.1 ms each, the line 1 ms and the server 0.05 ms, all
/// fixed: a little over 4.2 ms. The firewall adds the median of `segmentation.dpi_latency`: 1 ms, 0.2 ms at its low
/// end, 5 ms at its high end. So every reading is in time with and without it, until the parameter is set high: then
/// each takes more than 9.2 ms and none is. Nobody attacks and no healthy device is ever suspected, so how long an
/// isolated device waits for its release (`autoquarantine.release_time`) is read and cannot matter.
const WARD: &str = r#"
title = "Sensors behind a firewall that takes its time"
starts_at = "Mon 00:00"
horizon = "10 min"
[zone]
floor = { purdue_level = 1 }
room = { purdue_level = 3 }
[conduit.line]
between = ["floor", "room"]
bandwidth = "1 Gbit/s"
latency = { law = "fixed", value = "1 ms" }
[fleet]
sensors = { class = "generic-sensor", zone = "floor", count = 4 }
server = { class = "server", zone = "room", count = 1 }
[flow.level]
kind = "reading"
from = "sensors"
to = "server"
every = "5 s"
size = "200 B"
deadline = "7 ms"
criticality = "care"
[strategy.none]
[strategy.walled]
segmentation = [{ on = "zones", allow = "declared-flows", inspection = "deep", misrules = 0.0 }]
quarantine = [{ on = "everything", by = "automation", false_alarms = "0 per day" }]
[compare]
primary = "data-flow-availability"
replications = 2
"#;

fn plan(scenario: Scenario, strategies: &[&str], threads: usize) -> Plan {
    let strategies: Vec<String> = strategies.iter().map(|name| (*name).to_owned()).collect();
    let about = About::new(("test", &scenario), &strategies, 42, "plimsoll compare test".to_owned()).unwrap();
    Plan {
        scenario: Arc::new(scenario),
        about,
        replications: 2,
        until: None,
        threads,
        memory: None,
        sensitivity: true,
    }
}

fn ward(threads: usize) -> Plan {
    let loaded = load(&Source::text("ward.toml", WARD));
    let found: Vec<&str> = loaded.findings.iter().map(|one| one.message.as_str()).collect();
    assert!(loaded.may_run(), "{found:?}");
    plan(loaded.scenario, &[], threads)
}

fn quietly(plan: &Plan) -> Comparison {
    let watch = Watch { progress: &|_| (), cancel: &AtomicBool::new(false), store: None };
    let compared = compare(plan, watch).unwrap();
    assert!(compared.complete);
    compared.comparison
}

fn found(all: &Comparison) -> &Sensitivity {
    all.sensitivity.as_ref().expect("it was asked for")
}

#[test]
fn what_decides_is_named_and_what_cannot_matter_is_not() {
    let all = quietly(&ward(1));
    let stated = all.difference("data-flow-availability", "walled").unwrap().interval;
    assert_eq!((stated.low, stated.mean, stated.high), (Some(0.0), 0.0, Some(0.0)));
    let found = found(&all);
    assert_eq!((found.metric.as_str(), found.replications), ("data-flow-availability", 2));
    let movers: Vec<_> = found.movers().map(|one| (one.parameter.as_str(), one.end, one.shift)).collect();
    assert_eq!(movers.len(), 1, "{movers:?}");
    assert_eq!((movers[0].0, movers[0].1), ("segmentation.dpi_latency", End::High));
    // Of all that was due, none but what is on its way at the horizon escapes.
    assert!((movers[0].2 + 1.0).abs() < 0.01, "{}", movers[0].2);
    let moves = |key: &str| all.dossier.parameters.iter().find(|one| one.key == key).unwrap().moves_answer;
    assert_eq!(moves("segmentation.dpi_latency"), Some(true));
    assert_eq!(moves("autoquarantine.release_time"), Some(false));
    // It is trusted, so nobody asked.
    assert_eq!(moves("ids.ignored"), None);
    assert_eq!(all.flags[0].movers, ["segmentation.dpi_latency"]);
    let rests = all.answer.iter().find(|one| one.text.starts_with("This rests on")).unwrap();
    assert!(rests.text.contains("segmentation.dpi_latency"), "{}", rests.text);
}

#[test]
fn the_number_of_threads_changes_no_digit() {
    assert_eq!(quietly(&ward(1)), quietly(&ward(2)));
}

#[test]
fn asking_changes_no_digest_and_nothing_else_that_was_measured() {
    let asked = quietly(&ward(1));
    let all = quietly(&Plan { sensitivity: false, ..ward(1) });
    assert!(all.sensitivity.is_none() && all.dossier.parameters.iter().all(|one| one.moves_answer.is_none()));
    assert_eq!((&all.digest, &all.differences), (&asked.digest, &asked.differences));
}

/// Interrupted at the first word of the runs to come: the comparison stands, and every number says that it was not
/// tried, but for those that an end leaves as they are.
#[test]
fn interrupted_it_says_what_was_not_tried() {
    let cancel = AtomicBool::new(false);
    let told = AtomicU64::new(0);
    let progress = |one: Progress| {
        if let Progress::Examining { runs, .. } = one {
            told.store(runs, Ordering::Relaxed);
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let compared = compare(&ward(1), Watch { progress: &progress, cancel: &cancel, store: None }).unwrap();
    assert!(!compared.complete && told.load(Ordering::Relaxed) > 0);
    let all = compared.comparison;
    assert_eq!(all.replications, 2);
    let found = found(&all);
    // An end that is the value itself needs no run: a slipped decimal point is ten times, and at most ten.
    let told_anyway: Vec<_> = found.shifts.iter().map(|one| (one.parameter.as_str(), one.end)).collect();
    assert_eq!(told_anyway, [("care.programming_error.factor", End::High)]);
    let untried: BTreeSet<_> = found
        .untried
        .iter()
        .filter(|one| one.why == "interrupted before it was tried")
        .map(|one| (one.parameter.as_str(), one.end))
        .collect();
    for key in ["segmentation.dpi_latency", "autoquarantine.release_time"] {
        assert!([End::Low, End::High].iter().all(|end| untried.contains(&(key, Some(*end)))), "{untried:?}");
    }
    assert_eq!(all.flags[0].examined, 0);
}

#[test]
fn one_run_has_no_interval_to_move_beyond() {
    let plan = Plan { replications: 1, ..ward(1) };
    assert!(plan.check().unwrap_err().to_string().contains("at least 2"));
}

/// The first hour of the shipped hospital: every assumption and every figure from memory is either tried at each end
/// that its range has, or says why not; and the shares by group are told.
#[test]
fn every_assumption_of_a_hospital_is_tried_or_says_why_not() {
    let loaded = load(&Source::named("hospital"));
    let scenario = Scenario { horizon: Time(Span::HOUR), ..loaded.scenario };
    let all = quietly(&plan(scenario, &["none", "checklist"], 2));
    let found = found(&all);
    let weak: BTreeSet<&str> = all
        .dossier
        .parameters
        .iter()
        .filter(|one| ["assumption", "from memory"].contains(&one.confidence.word()))
        .map(|one| one.key.as_str())
        .collect();
    let tried = found.shifts.iter().map(|one| one.parameter.as_str());
    let known: BTreeSet<&str> = tried.chain(found.untried.iter().map(|one| one.parameter.as_str())).collect();
    assert_eq!(known, weak);
    assert_eq!(all.flags[0].assumed + all.flags[0].remembered, weak.len());
    for flag in &all.flags {
        println!(
            "{}: {} read, {} assumed, {} from memory, {} examined, move the answer: {:?}",
            flag.group, flag.read, flag.assumed, flag.remembered, flag.examined, flag.movers
        );
    }
    for one in found.movers() {
        println!("{} set {}: {} {}", one.parameter, one.end.word(), one.strategy, found.change(one));
    }
    // One run's luck is another's: what a strategy does not read leaves its difference to the baseline alone.
    assert!(found.shifts.iter().all(|one| one.strategy == "checklist"));
}
