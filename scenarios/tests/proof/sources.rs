//! Contract: a run knows what it rests on. Every number that a built hospital has read is in the shipped tables or
//! stands in the class that it came from; each is counted once; and the shares of assumptions and of figures from
//! memory are told by group.

use crate::{STRATEGIES, begin, hospital};
use devices::class::{Source, class};
use devices::parameters::{Confidence, Group, Parameters, Tally};
use scenarios::site::Numbers;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[test]
fn every_number_that_a_hospital_reads_is_known_and_counted_once() {
    let scenario = Arc::new(hospital(1));
    let table = Parameters::shipped().expect("the tables");
    for strategy in STRATEGIES {
        let mut run = begin(&scenario, strategy);
        run.run(|_, _| ());
        let log = &run.world.resource::<Numbers>().log;
        let entries = log.entries();
        let keys: BTreeSet<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
        assert_eq!(keys.len(), entries.len(), "{strategy}: each once");
        // Counted anew, from the tables and the classes alone.
        let mut tallies = BTreeMap::<Group, Tally>::new();
        for (key, group, confidence) in &entries {
            match key.strip_prefix("class.").and_then(|field| field.split_once('.')) {
                Some((name, field)) => {
                    let said = class(name).expect("a class").source(field);
                    let known = matches!(said, Some(Source::Said(own, _)) if own == confidence);
                    assert!(known, "{strategy}: {key} says {said:?}");
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
        for group in [Group::Fleet, Group::People] {
            assert!(tallies.contains_key(&group), "{strategy} {group:?} {tallies:?}");
        }
    }
}
