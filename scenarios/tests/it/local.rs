//! Contract: a device that is cut off does what its product says, once it has noticed by questions that stay unanswered;
//! what that costs is what closed forms say; what cannot be is a finding; and neither windows nor snapshots change it.

use scenarios::keep::{go_on, keep};
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::site::local::held::{BY_FALLBACK, HELD};
use scenarios::site::local::store::KEPT;
use scenarios::site::{WINDOW, build};
use sim::fact::{Fact, Kind};
use sim::kinds::*;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

/// Ten devices and whoever commands and hears them over a line that is cut from noon on.
fn place(class: &str, flows: &str, hours: u32) -> String {
    let strategies = "[strategy.edge]\nauthority = [{ on = \"devices\", order = [\"controller\"] }]\n[strategy.loop]\n\
                      authority = [{ on = \"devices\", order = [\"cloud\", \"itself\"], notices = { every = \"30 s\", after = 2 } }]\n";
    let strategies = if class == "plant-plc" { strategies } else { "" };
    format!(
        r#"
title = "Devices behind a line"
horizon = "24 h"
[zone]
plant = {{ purdue_level = 1 }}
outside = {{ purdue_level = 5, outside = true }}
[conduit.wan]
between = ["plant", "outside"]
bandwidth = "8 Mbit/s"
latency = "20 ms"
[fleet]
devices = {{ class = "{class}", zone = "plant", count = 10, link = {{ latency = "1 ms" }} }}
controller = {{ class = "server", zone = "plant", count = 1, link = {{ latency = "1 ms" }} }}
cloud = {{ class = "server", zone = "outside", count = 1, link = {{ latency = "1 ms" }} }}
[happening.cut]
what = "wan-outage"
conduit = "wan"
at = "12:00"
lasts = "{hours} h"
{flows}
[strategy.none]
{strategies}"#
    )
}

fn orders(more: &str) -> String {
    format!(
        "[flow.orders]\nkind = \"command\"\nfrom = \"cloud\"\nto = \"devices\"\nevery = \"60 s\"\nsize = \"100 B\"\n\
         deadline = \"10 s\"\nacknowledged = false\n{more}\n"
    )
}

const READINGS: &str = "[flow.levels]\nkind = \"reading\"\nfrom = \"devices\"\nto = \"cloud\"\nevery = \"60 s\"\n\
                        size = \"100 B\"\ndeadline = \"30 s\"\n";

fn scenario(text: &str) -> Arc<Scenario> {
    let loaded = load(&Source::text("local.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    Arc::new(loaded.scenario)
}

fn start(text: &str, strategy: &str, window: u32) -> Simulation {
    build(&scenario(text), strategy, Luck { seed: 5, replication: 0 }, window).unwrap()
}

fn facts(text: &str, strategy: &str) -> (Simulation, Vec<Fact>) {
    let mut run = start(text, strategy, WINDOW);
    let mut all = Vec::new();
    run.run(|facts, _| all.extend_from_slice(facts));
    (run, all)
}

fn sum(facts: &[Fact], kind: Kind) -> i64 {
    facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.amount).sum()
}

fn charged(run: &Simulation, facts: &[Fact], kind: Kind, by: &str) -> i64 {
    let is = |fact: &&Fact| {
        fact.kind == kind && run.core().names.cause_of(fact.charge.by).is_some_and(|cause| cause.name == by)
    };
    facts.iter().filter(is).map(|fact| fact.amount).sum()
}

const NOTICES: &str = "notices = { every = \"30 s\", after = 2 }";

/// Commands lost in the time from the cut to its noticing, of ten devices: a question is due within half a period on
/// average, and two more periods show that two were missed; an order is due each minute.
const UNNOTICED: f64 = 10.0 * 2.5 * 30.0 / 60.0;
/// Of one device there is one such order or two, the second in a quarter of the cases: 3 standard deviations of ten.
const SPREAD: f64 = 3.0 * 1.37;

#[test]
fn without_the_cloud_commands_are_lost_for_as_long_as_it_is_away() {
    for hours in [1, 8] {
        let (run, all) = facts(&place("plant-plc", &orders(""), hours), "none");
        assert_eq!(sum(&all, DUE), 10 * 24 * 60);
        // One more may be on the line when it is cut.
        let lost = sum(&all, LOST);
        assert!((0..=1).contains(&(lost - 10 * i64::from(hours) * 60)), "{lost}");
        assert_eq!(charged(&run, &all, CHARGE_LOST[0], "cut"), lost * 1_000_000);
    }
}

#[test]
fn with_another_authority_commands_are_lost_only_until_the_cut_is_noticed() {
    let controller = format!("else_from = [\"controller\"]\n{NOTICES}");
    let by_product = "[product.drive]\nparts = [\"devices\", \"cloud\"]\n\
                      cut_off = { from = \"cloud\", does = \"local-loop\", notices = { every = \"30 s\", after = 2 } }\n";
    let cases = [
        (place("plant-plc", &orders(&controller), 8), "none"),
        (place("plant-plc", &(orders("") + by_product), 8), "none"),
        (place("plant-plc", &orders(""), 8), "loop"),
    ];
    for (text, strategy) in cases {
        let (_, all) = facts(&text, strategy);
        let lost = sum(&all, LOST) as f64;
        assert!((lost - UNNOTICED).abs() < SPREAD, "{lost} for {UNNOTICED}");
        // Who stands in orders from the noticing to the end of the outage, and at most a question longer.
        let by_fallback = sum(&all, BY_FALLBACK) as f64;
        let expected = 10.0 * (8.0 * 60.0 + 0.25) - UNNOTICED;
        assert!((by_fallback - expected).abs() < 2.0 * SPREAD, "{by_fallback} for {expected}");
        assert_eq!(sum(&all, DUE), sum(&all, IN_TIME) + sum(&all, LOST) + sum(&all, IN_FLIGHT));
    }
}

#[test]
fn an_authority_at_the_edge_does_not_notice_that_the_line_is_cut() {
    let (_, all) = facts(&place("plant-plc", &orders(""), 8), "edge");
    assert_eq!(sum(&all, LOST), 0);
    assert_eq!(sum(&all, IN_TIME), 10 * 24 * 60);
    assert_eq!(sum(&all, BY_FALLBACK), 0);
}

#[test]
fn whoever_holds_the_last_command_is_told_of_each_that_did_not_come() {
    let product = "[product.drive]\nparts = [\"devices\", \"cloud\"]\ncut_off = { from = \"cloud\", does = \"hold-last\" }\n";
    let (run, all) = facts(&place("plant-plc", &(orders("") + product), 8), "none");
    assert!((0..=1).contains(&(sum(&all, LOST) - 10 * 480)));
    assert_eq!(sum(&all, HELD), sum(&all, LOST));
    assert_eq!(charged(&run, &all, HELD, "cut"), sum(&all, LOST));
}

fn storing(keeps: &str) -> String {
    format!(
        "{READINGS}[product.gauge]\nparts = [\"devices\", \"cloud\"]\ncut_off = {{ from = \"cloud\", does = \
         \"store-and-forward\", keeps = \"{keeps}\", {NOTICES} }}\n"
    )
}

#[test]
fn what_is_kept_arrives_late_and_only_what_was_sent_unnoticed_is_lost() {
    let (_, all) = facts(&place("generic-sensor", &storing("1 MiB"), 8), "none");
    let lost = sum(&all, LOST) as f64;
    assert!((lost - UNNOTICED).abs() < SPREAD, "{lost} for {UNNOTICED}");
    let known = [IN_TIME, LATE, LOST, IN_FLIGHT].map(|kind| sum(&all, kind));
    assert_eq!(sum(&all, DUE), known.iter().sum::<i64>());
    let kept = sum(&all, KEPT);
    assert!((kept as f64 - (10.0 * 480.25 - UNNOTICED)).abs() < 2.0 * SPREAD, "{kept}");
}

/// The storm: all that was kept passes a line of ten readings a second, and with it the twelfth that is due meanwhile.
/// Questions wait behind it: some take themselves for cut off again, and keep more.
#[test]
fn what_was_kept_storms_the_line_when_it_is_back() {
    let text = place("generic-sensor", &storing("1 MiB"), 8).replace("8 Mbit/s", "8 kbit/s");
    let (_, all) = facts(&text, "none");
    let outage_ends = SimTime::ZERO + Span(20 * Span::HOUR.0);
    let of_before = all.iter().filter(|fact| fact.kind == LATENCY && fact.at > outage_ends);
    let of_before = of_before.filter(|fact| fact.at.0 - (fact.amount as u64) < outage_ends.0);
    let last = of_before.map(|fact| fact.at).max().unwrap().since(outage_ends).seconds();
    let expected = (10.0 * 480.0 - sum(&all, LOST) as f64) * 0.1;
    assert!(last > expected && last < 1.15 * expected, "{last} s for {expected} s");
}

#[test]
fn a_full_memory_drops_the_oldest_because_of_the_cut() {
    let (run, all) = facts(&place("generic-sensor", &storing("2 kB"), 8), "none");
    let (kept, dropped) = (sum(&all, KEPT), charged(&run, &all, CHARGE_LOST[0], "a full memory") / 1_000_000);
    assert_eq!(kept - dropped, 10 * 20);
    let because = all.iter().filter(|fact| fact.kind == CHARGE_LOST[0]).map(|fact| fact.charge.because);
    let cut =
        because.filter_map(|id| run.core().names.cause_of(id)).filter(|cause| cause.name == "cut").count();
    assert_eq!(cut as i64, dropped);
    // The newest survive: each is no older than twenty minutes and a question when the line is back.
    let outage_ends = SimTime::ZERO + Span(20 * Span::HOUR.0);
    let late = all.iter().filter(|fact| fact.kind == LATE).count() as i64;
    assert!((10 * 20 - 10..10 * 22).contains(&late), "{late}");
    let oldest =
        all.iter().filter(|fact| fact.kind == LATENCY && fact.at > outage_ends).map(|fact| fact.amount);
    assert!(oldest.max().unwrap() < 24 * 60 * 1_000_000_000);
}

#[test]
fn a_device_in_its_safe_state_obeys_nobody_and_one_that_stops_tells_nothing_either() {
    let local = "[flow.by-hand]\nkind = \"command\"\nfrom = \"controller\"\nto = \"devices\"\nevery = \"60 s\"\n\
                 size = \"100 B\"\ndeadline = \"10 s\"\nacknowledged = false\n\
                 [flow.panel]\nkind = \"reading\"\nfrom = \"devices\"\nto = \"controller\"\nevery = \"60 s\"\n\
                 size = \"100 B\"\ndeadline = \"10 s\"\n";
    for (does, readings) in [("fail-safe", false), ("stop", true)] {
        let product = format!(
            "[product.drive]\nparts = [\"devices\", \"cloud\"]\ncut_off = {{ from = \"cloud\", does = \"{does}\", {NOTICES} }}\n"
        );
        let (run, all) = facts(&place("plant-plc", &(local.to_owned() + &product), 8), "none");
        let lost = |flow: &str| {
            let about = |fact: &&Fact| fact.kind == LOST && run.core().names.topic_name(fact.topic) == flow;
            all.iter().filter(about).map(|fact| fact.amount).sum::<i64>() as f64
        };
        let expected = 10.0 * 480.25 - UNNOTICED;
        assert!(
            (lost("by-hand") - expected).abs() < 2.0 * SPREAD,
            "{does}: {} for {expected}",
            lost("by-hand")
        );
        let expected = if readings { expected } else { 0.0 };
        assert!((lost("panel") - expected).abs() < 2.0 * SPREAD, "{does}: {} for {expected}", lost("panel"));
        assert_eq!(charged(&run, &all, CHARGE_LOST[0], "cut"), sum(&all, LOST) * 1_000_000);
    }
}

fn digest(run: &Simulation) -> Vec<(Kind, u64, u64)> {
    run.core().digest.kinds().collect()
}

#[test]
fn neither_the_windows_length_nor_a_snapshot_changes_what_devices_do_that_are_cut_off() {
    let commands =
        place("plant-plc", &orders(&format!("else_from = [\"controller\", \"itself\"]\n{NOTICES}")), 2);
    for text in [commands, place("generic-sensor", &storing("4 kB"), 2)] {
        let whole = |window| {
            let mut run = start(&text, "none", window);
            run.run(|_, _| ());
            digest(&run)
        };
        let reference = whole(WINDOW);
        assert_eq!(whole(WINDOW - 2), reference);
        assert_eq!(whole(WINDOW + 2), reference);
        for minutes in [721, 780, 845] {
            let at = SimTime::ZERO + Span(minutes * Span::MINUTE.0);
            let mut first = start(&text, "none", WINDOW);
            while first.step(at) {}
            let kept = keep(&first).unwrap();
            let mut second = start(&text, "none", WINDOW);
            go_on(&mut second, &kept).unwrap();
            second.run(|_, _| ());
            assert_eq!(digest(&second), reference, "kept after {minutes} min");
        }
    }
}

#[test]
fn what_a_class_cannot_do_and_what_leads_nowhere_are_findings() {
    let product = |does: &str, more: &str| {
        format!(
            "[product.p]\nparts = [\"devices\", \"cloud\"]\ncut_off = {{ from = \"cloud\", does = \"{does}\"{more} }}\n"
        )
    };
    let codes = |class: &str, more: &str| {
        let loaded = load(&Source::text("local.toml", &place(class, more, 1)));
        loaded.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let loops = orders("") + &product("local-loop", "");
    assert!(!codes("plant-plc", &loops).contains(&"S043"));
    for (class, does) in [
        ("office-workstation", "hold-last"),
        ("infusion-pump", "local-loop"),
        ("plant-plc", "store-and-forward"),
    ] {
        let found = codes(class, &(orders("") + &product(does, "")));
        assert!(found.contains(&"S043"), "{class} {does}: {found:?}");
    }
    let wrong = [
        orders("") + &product("hold-last", ", keeps = \"1 kB\""),
        orders("") + &product("hold-last", "").replace("from = \"cloud\"", "from = \"controller\""),
        READINGS.to_owned() + "else_from = [\"controller\"]\n",
    ];
    for text in wrong {
        let found = codes("plant-plc", &text);
        assert!(found.contains(&"S044"), "{text}: {found:?}");
    }
    let found = codes("infusion-pump", &orders("else_from = [\"itself\"]"));
    assert!(found.contains(&"S043"), "{found:?}");
    let found = codes("plant-plc", &orders("else_from = [\"nobody\"]"));
    assert!(found.contains(&"S009"), "{found:?}");
    let found = codes("plant-plc", &orders("else_from = [\"controller\"]\nnotices = { every = \"0 s\" }"));
    assert!(found.contains(&"S013"), "{found:?}");
}
