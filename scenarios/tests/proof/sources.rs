//! Contract: a run knows what it rests on. Every number that a built hospital has read is in the shipped tables or
//! stands in the class or the scenario that it came from; each is counted once; and the shares of assumptions and of figures from
//! memory are told by group.

use crate::{LUCK, STRATEGIES, begin, hospital};
use devices::class::{Source, class};
use devices::parameters::{Confidence, End, Group, Parameters, Setting, SettingError, Tally};
use scenarios::language::load::{Source as SourceText, load};
use scenarios::language::stated::{Stated, stated};
use scenarios::site::{Numbers, SiteError, WINDOW, build_set};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is told where a scenario gives no source.
const UNSAID: &str = "the scenario states it without a source";

#[test]
fn every_number_that_a_hospital_reads_is_known_and_counted_once() {
    let scenario = Arc::new(hospital(1));
    let table = Parameters::shipped().expect("the tables");
    let stated: BTreeMap<String, Stated> =
        stated(&scenario).into_iter().map(|one| (one.key.clone(), one)).collect();
    for strategy in STRATEGIES {
        let mut run = begin(&scenario, strategy);
        run.run(|_, _| ());
        let log = &run.world.resource::<Numbers>().log;
        let entries = log.entries();
        let keys: BTreeSet<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
        assert_eq!(keys.len(), entries.len(), "{strategy}: each once");
        for section in ["flow", "conduit", "service", "people", "happening"] {
            let names = stated.keys().filter(|key| key.starts_with(&format!("{section}.")));
            assert!(
                names.clone().count() > 1 && names.clone().all(|key| keys.contains(key.as_str())),
                "{section}"
            );
        }
        // Counted anew, from the tables and the classes alone.
        let mut tallies = BTreeMap::<Group, Tally>::new();
        for (key, group, confidence) in &entries {
            match key.strip_prefix("class.").and_then(|field| field.split_once('.')) {
                Some((name, field)) => {
                    let said = class(name).expect("a class").source(field);
                    let known = matches!(said, Some(Source::Said(own, _)) if own == confidence);
                    assert!(known, "{strategy}: {key} says {said:?}");
                }
                None if stated.contains_key(key) => {
                    let said = &stated[key];
                    assert_eq!((said.group, said.confidence), (*group, *confidence), "{key}");
                }
                None => {
                    let row = table.get(key).unwrap_or_else(|unknown| panic!("{strategy}: {unknown}"));
                    assert_eq!((row.group, row.confidence), (*group, *confidence), "{key}");
                }
            }
            let tally = tallies.entry(*group).or_default();
            tally.read += 1;
            tally.assumptions += u32::from(*confidence == Confidence::Assumption);
            tally.from_memory += u32::from(*confidence == Confidence::FromMemory);
        }
        assert_eq!(log.tallies(), tallies, "{strategy}");
        for (group, tally) in &tallies {
            let Tally { read, assumptions, from_memory } = tally;
            println!(
                "{strategy:<10} {group:?}: {read} read, {assumptions} assumed, {from_memory} from memory"
            );
        }
        for group in [Group::Fleet, Group::Flows, Group::Latencies, Group::People] {
            assert!(tallies.contains_key(&group), "{strategy} {group:?} {tallies:?}");
        }
    }
}

/// What counts as an assumption only because nobody said where it comes from is seen as such.
#[test]
fn a_number_without_a_source_is_an_assumption_and_one_with_several_is_as_good_as_the_worst() {
    let text = include_str!("../data/ward.toml");
    let keyed = |source: &str| text.replacen("kind = ", &format!("source = {source}, kind = "), 1);
    let first = |text: &str| {
        let all = stated(&crate::read(text));
        all.into_iter()
            .find(|one| one.key.starts_with("flow.") && one.source != UNSAID)
            .map(|one| one.confidence)
    };
    assert!(stated(&crate::read(text)).iter().all(|one| one.confidence == Confidence::Assumption));
    // `hospital.infusion-pump.alarms_per_infusion_hour` is of high confidence, the middleware's deadline from memory.
    let high = "\"hospital.infusion-pump.alarms_per_infusion_hour\"";
    assert_eq!(first(&keyed(high)), Some(Confidence::High));
    let both = format!("[{high}, \"hospital.alarm-middleware.end_to_end.deadline\"]");
    assert_eq!(first(&keyed(&both)), Some(Confidence::FromMemory));
    let loaded =
        load(&SourceText::text("ward.toml", &keyed("\"hospital.infusion-pump.alarms_per_infusion_houm\"")));
    let codes: Vec<&str> = loaded.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"S009"), "{codes:?}");
}

/// A number that no run reads, and one whose upper end is its value, may be set as one likes: every run is the same to
/// the last fact. The log tells the sources of what was read, whatever it was set to.
#[test]
fn a_setting_that_changes_no_number_changes_no_digest() {
    let scenario = Arc::new(hospital(1));
    let run = |setting: Option<&Setting>| {
        let mut run = build_set(&scenario, "checklist", LUCK, WINDOW, setting).expect("a run");
        run.run(|_, _| ());
        (run.core().digest.whole(), run.world.resource::<Numbers>().log.entries())
    };
    let stated = run(None);
    let read = |key: &str| stated.1.iter().any(|entry| entry.0 == key);
    let set = |key: &str, end| Setting { key: key.to_owned(), end };
    assert!(!read("deadline.bms"));
    for end in End::ALL {
        assert!(run(Some(&set("deadline.bms", end))) == stated, "nobody reads it");
    }
    let factor = Parameters::shipped().expect("the tables").get("care.programming_error.factor").expect("it");
    assert!(read(&factor.key) && factor.high == factor.number().ok());
    assert!(run(Some(&set(&factor.key, End::High))) == stated, "its upper end is its value");
}

#[test]
fn what_cannot_be_set_is_refused_by_name() {
    let scenario = Arc::new(hospital(1));
    let refused = |key: &str| {
        let setting = Setting { key: key.to_owned(), end: End::Low };
        build_set(&scenario, "none", LUCK, WINDOW, Some(&setting)).map(|_| ()).expect_err(key)
    };
    assert!(matches!(refused("care.round"), SiteError::Setting(SettingError::Unknown(unknown))
        if unknown.nearest.as_deref() == Some("care.rounds")));
    assert!(matches!(refused("care.fatigue.some"), SiteError::Setting(SettingError::NoEnd { .. })));
}
