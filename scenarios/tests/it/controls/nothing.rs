//! A control whose settings ask for nothing is worked, and changes nothing: one test over the whole list.

use super::{begin, declared_place, finish};
use scenarios::controls;
use sim::digest::Digest;
use sim::fact::By;
use sim::simulation::Simulation;

/// For each control, a use on everything that costs nothing and happens never.
const NULL: &[(&str, &str)] = &[
    ("segmentation", r#"{ on = "zones", misrules = 0.0, takes = "0 s", throughput = "100000 Gbit/s" }"#),
    (
        "quarantine",
        r#"{ on = "everything", by = "analyst", missed = 1.0, ignored = 1.0, false_alarms = "100 per day" }"#,
    ),
    ("lockout", r#"{ on = "everything", attempts = 1000, for = "30 min" }"#),
    ("break-glass", r#"{ on = "everything", audit = true, overuse = 0.0 }"#),
    ("unique-identity", r#"{ on = "everything", already = true }"#),
    ("encryption", r#"{ on = "everything", suite = "none" }"#),
    ("patching", r#"{ on = "everything", window = "when-idle" }"#),
    ("authority", r#"{ on = "everything", order = [] }"#),
];

/// A day on which everybody is in use, and every flow is on the list.
fn day(strategy: &str) -> (Simulation, Digest) {
    let uses = NULL
        .iter()
        .find(|(id, _)| *id == strategy)
        .map_or(String::new(), |(id, one)| format!("[strategy.{id}]\n{id} = [{one}]\n"));
    let mut run = begin(&declared_place(&uses), strategy);
    super::use_all(&mut run);
    finish(&mut run);
    let digest = run.core().digest.clone();
    (run, digest)
}

#[test]
fn every_control_has_settings_that_ask_for_nothing() {
    let listed: Vec<&str> = NULL.iter().map(|(id, _)| *id).collect();
    let all: Vec<&str> = controls::ALL.iter().map(|def| def.id).collect();
    assert_eq!(listed, all);
}

#[test]
fn a_control_that_asks_for_nothing_is_worked_and_moves_no_other_fact() {
    let (bare, without) = day("none");
    for (id, _) in NULL {
        let (mut run, with) = day(id);
        let cause = run.core_mut().names.cause(By::Control, id);
        let tolls = run.core().tolls_worked.get(usize::from(cause.0)).copied().unwrap_or(0);
        let tasks = run.core().counters().rows > bare.core().counters().rows;
        // What is given once and for all has neither tolls nor tasks.
        assert!(tolls > 0 || tasks || ["unique-identity", "authority"].contains(id), "{id} was not worked");
        assert_eq!(with, without, "{id}");
    }
}
