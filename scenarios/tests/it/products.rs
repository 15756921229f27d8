//! Contract: a product's function is up while all that it needs is up and reached, one of several where any one will do;
//! what is lost is charged in full to what is down; a vendor's outage hits all that the vendor runs; and support ends.

use scenarios::language::load::{Source, load};
use scenarios::site::devices::TAKEN;
use scenarios::site::products::{CHARGE, DUE, LOST};
use scenarios::site::updates::INSTALLED;
use scenarios::site::{WINDOW, build};
use sim::core::Core;
use sim::fact::{Fact, Kind};
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const HOMES: &str = r#"
title = "Pendants and cameras of two vendors"
horizon = "24 h"
[zone]
home = { purdue_level = 1 }
provider = { purdue_level = 5, outside = true }
[conduit.line]
between = ["home", "provider"]
latency = "20 ms"
[fleet]
pendants = { class = "generic-sensor", zone = "home", count = 10 }
cameras = { class = "ip-camera", zone = "home", count = 4 }
plugs = { class = "generic-actuator", zone = "home", count = 6 }
hub = { class = "server", zone = "home", count = 1 }
app = { class = "server", zone = "provider", count = 2, work = "failover" }
[service]
acme-cloud = { zone = "provider" }
camera-cloud = { zone = "provider" }
other-cloud = { zone = "provider", vendor = "beta" }
[product.alarm]
parts = ["pendants", "hub", "acme-cloud", "other-cloud", "app"]
vendor = "acme"
needs = { call = ["hub", ["acme-cloud", "other-cloud"]], history = ["acme-cloud"], phone = ["app"] }
[product.camera]
parts = ["cameras", "camera-cloud"]
vendor = "acme"
needs = { clip = ["camera-cloud"] }
[people]
engineers = { count = 2, does = "repair" }
"#;

fn run(happenings: &str, strategy: &str) -> (Simulation, Vec<Fact>) {
    run_with(3, happenings, strategy)
}

fn run_with(seed: u64, happenings: &str, strategy: &str) -> (Simulation, Vec<Fact>) {
    let text = format!(
        "{HOMES}\n{happenings}\n[strategy.none]\n[strategy.patched]\n\
         patching = [{{ on = \"everything\", window = \"at-once\", released = \"2 h\", bad_fixes = 0.0 }}]\n"
    );
    let loaded = load(&Source::text("homes.toml", &text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    let mut run = build(&Arc::new(loaded.scenario), strategy, Luck { seed, replication: 0 }, WINDOW).unwrap();
    let mut all = Vec::new();
    run.run(|facts, _| all.extend_from_slice(facts));
    (run, all)
}

fn hours(core: &Core, facts: &[Fact], kinds: &[Kind], topic: &str, by: Option<&str>) -> f64 {
    let is = |fact: &&Fact| {
        let named = core.names.cause_of(fact.charge.by).map(|cause| cause.name.as_str());
        kinds.contains(&fact.kind)
            && core.names.topic_name(fact.topic) == topic
            && (by.is_none() || named == by)
    };
    facts.iter().filter(is).map(|fact| fact.amount as f64).sum::<f64>() / Span::HOUR.0 as f64
}

/// Lost and charged, of everybody and everything, to the last nanosecond.
fn conserved(facts: &[Fact]) {
    let mut lines: BTreeMap<_, [i64; 2]> = BTreeMap::new();
    for fact in facts {
        let line = lines.entry((fact.who, fact.topic)).or_default();
        line[0] += if fact.kind == LOST { fact.amount } else { 0 };
        line[1] += if CHARGE.contains(&fact.kind) { fact.amount } else { 0 };
    }
    assert!(lines.values().all(|[lost, charged]| lost == charged));
}

#[test]
fn a_function_is_due_all_the_time_and_lost_to_what_it_needs() {
    let (run, all) = run(
        "[happening]\n\
         acme-down = { what = \"vendor-outage\", vendor = \"acme\", at = \"06:00\", lasts = \"2 h\" }\n\
         beta-down = { what = \"service-outage\", of = \"other-cloud\", at = \"07:00\", lasts = \"3 h\" }\n",
        "none",
    );
    let core = run.core();
    conserved(&all);
    for (topic, devices) in [("alarm.call", 10.0), ("alarm.history", 10.0), ("camera.clip", 4.0)] {
        assert_eq!(hours(core, &all, &[DUE], topic, None), 24.0 * devices, "{topic}");
    }
    // One vendor's outage takes the parts of both of its products, and what it runs for the alarm alone.
    assert_eq!(hours(core, &all, &[CHARGE[0]], "alarm.history", Some("acme-down")), 20.0);
    assert_eq!(hours(core, &all, &[CHARGE[0]], "camera.clip", Some("acme-down")), 8.0);
    // The servers of the app stand outside and are the vendor's as well: a pool, and both are down.
    assert_eq!(hours(core, &all, &[CHARGE[0]], "alarm.phone", Some("acme-down")), 20.0);
    // A call finds another cloud until that is down, too; then both are to blame.
    assert_eq!(hours(core, &all, &[LOST], "alarm.call", None), 10.0);
    assert_eq!(hours(core, &all, &[CHARGE[1]], "alarm.call", Some("acme-down")), 5.0);
    assert_eq!(hours(core, &all, &[CHARGE[1]], "alarm.call", Some("beta-down")), 5.0);
}

#[test]
fn whatever_is_behind_a_line_is_lost_with_the_line_and_what_is_at_home_is_not() {
    let (run, all) = run(
        "[happening]\ncut = { what = \"wan-outage\", conduit = \"line\", at = \"06:00\", lasts = \"2 h\" }\n\
         [product.lamp]\nparts = [\"plugs\", \"hub\"]\nneeds = { switch = [\"hub\"] }\n",
        "none",
    );
    conserved(&all);
    for topic in ["alarm.call", "alarm.history", "alarm.phone"] {
        assert_eq!(hours(run.core(), &all, &[CHARGE[0]], topic, Some("cut")), 20.0, "{topic}");
    }
    assert_eq!(hours(run.core(), &all, &[LOST], "lamp.switch", None), 0.0);
    assert_eq!(hours(run.core(), &all, &[DUE], "lamp.switch", None), 144.0);
}

#[test]
fn after_the_end_of_support_there_are_no_fixes_and_later_no_services() {
    let ends = "[happening]\nend = { what = \"end-of-support\", vendor = \"acme\", at = \"00:00\", \
                services_end_after = \"18 h\" }\n";
    let fixed = |run: &Simulation, facts: &[Fact], fleet: &str| {
        let of = |fact: &&Fact| fact.kind == INSTALLED && run.core().names.who(fact.who).starts_with(fleet);
        facts.iter().filter(of).map(|fact| fact.amount).sum::<i64>()
    };
    let (before, all) = run("", "patched");
    assert!(fixed(&before, &all, "cameras") > 0 && fixed(&before, &all, "plugs") > 0);
    let plugs = fixed(&before, &all, "plugs");
    let (after, all) = run(ends, "patched");
    assert_eq!((fixed(&after, &all, "cameras"), fixed(&after, &all, "pendants")), (0, 0));
    assert_eq!(fixed(&after, &all, "plugs"), plugs);
    let ended = all.iter().filter(|fact| fact.kind == scenarios::happenings::ENDED);
    assert!(ended.map(|fact| fact.amount).sum::<i64>() > 0);
    assert_eq!(hours(after.core(), &all, &[CHARGE[0]], "camera.clip", Some("end")), 4.0 * 6.0);
    conserved(&all);
}

#[test]
fn a_vendor_or_a_part_that_is_not_there_is_a_finding() {
    let wrong = [
        "[happening]\ndown = { what = \"vendor-outage\", vendor = \"acne\", at = \"06:00\", lasts = \"2 h\" }\n",
        "[product.lamp]\nparts = [\"plugs\"]\nneeds = { switch = [[\"hub\", \"hubb\"]] }\n",
    ];
    for text in wrong {
        let loaded = load(&Source::text("homes.toml", &format!("{HOMES}\n{text}\n[strategy.none]\n")));
        assert!(
            loaded.findings.iter().any(|finding| finding.code == "S009"),
            "{text}: {:?}",
            loaded.findings
        );
    }
}

/// An adversary who enters a product begins at one of the devices and servers among its parts, whichever luck picks, and
/// at nothing else: what others run for it is nobody's device here.
#[test]
fn who_enters_a_product_begins_at_one_of_its_parts() {
    let mut first = BTreeSet::new();
    for seed in 0..40 {
        let worm = "[campaign.worm]\nadversary = \"credential-worm\"\nenters = \"product:alarm\"\n\
                    by = \"infected-device\"\nstarts = { after = \"0 s\" }\n";
        let (run, all) = run_with(seed, worm, "none");
        let taken = all.iter().find(|fact| fact.kind == TAKEN).unwrap();
        let name = run.core().names.who(taken.who);
        first.insert(name.split('/').next().unwrap().to_owned());
    }
    let parts = ["app", "hub", "pendants"].map(str::to_owned);
    assert!(first.len() > 1 && first.iter().all(|fleet| parts.contains(fleet)), "{first:?}");
}
