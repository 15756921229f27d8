//! Same seed, same digest: in fresh processes, on one thread or two, whichever strategies are beside it.

use crate::harness::{Folder, SMALL, text};
use serde_json::Value;

fn compare(folder: &Folder, more: &[&str]) -> Value {
    folder.json(&[&["compare", "small.toml", "--seed", "7"], more].concat())
}

#[test]
fn the_number_of_threads_changes_no_digit() {
    let folder = Folder::new("threads").with("small.toml", SMALL);
    let one = compare(&folder, &["--threads", "1", "--replications", "5"]);
    let two = compare(&folder, &["--threads", "2", "--replications", "5"]);
    assert_eq!(one, two);
    assert_eq!(one, compare(&folder, &["--threads", "8", "--replications", "5"]));
    assert_eq!(one["replications"], 5);
    assert_ne!(one["digest"], compare(&folder, &["--replications", "4"])["digest"]);
}

/// A megabyte is less than the program itself takes: one run at a time, and the same results.
#[test]
fn little_memory_means_fewer_runs_at_once_and_no_other_result() {
    let folder = Folder::new("memory").with("small.toml", SMALL);
    let usual = compare(&folder, &["--threads", "2"]);
    let arguments = ["compare", "small.toml", "--seed", "7", "--threads", "2", "--format", "json"];
    let output = folder.run(&[&arguments[..], &["--memory", "1 MB"]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("a run takes") && said.contains("one run at once instead of 2"), "{said}");
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), usual);
    let output = folder.run(&[&arguments[..], &["--memory", "100 GB"]].concat());
    assert!(!text(&output.stderr).contains("at once"), "{}", text(&output.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), usual);
    let run = folder.run(&["run", "small.toml", "--memory", "1 MB"]);
    assert!(
        run.status.success() && text(&run.stderr).contains("more than the 1 MB allowed"),
        "{}",
        text(&run.stderr)
    );
    assert_eq!(folder.run(&["run", "small.toml", "--memory", "much"]).status.code(), Some(2));
}

#[test]
fn a_fresh_process_gives_the_same_run_and_another_seed_another() {
    let folder = Folder::new("fresh").with("small.toml", SMALL);
    let run = |seed: &str| folder.json(&["run", "small.toml", "--strategy", "walled", "--seed", seed]);
    let first = run("1");
    assert_eq!(first, run("1"));
    assert_ne!(first["digest"], run("2")["digest"]);
    assert!(first["digests"].as_object().unwrap().contains_key("message.due"));
}

#[test]
fn a_strategy_meets_the_same_luck_whoever_is_beside_it() {
    let folder = Folder::new("beside").with("small.toml", SMALL);
    let strategy = |all: &Value, name: &str| -> Value {
        let all = all["strategies"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["metrics"].clone()
    };
    let (all, some) = (compare(&folder, &[]), compare(&folder, &["--strategies", "sealed,none"]));
    assert_eq!(strategy(&all, "sealed"), strategy(&some, "sealed"));
    assert_eq!(some["strategies"].as_array().unwrap().len(), 2);
}

#[test]
fn looking_for_a_precision_ends_after_whole_batches() {
    let folder = Folder::new("until").with("small.toml", SMALL);
    let wide = compare(&folder, &["--until", "0.5"]);
    assert_eq!(wide["replications"], 10);
    let narrow = compare(&folder, &["--until", "1e-9", "--replications", "25"]);
    assert_eq!(narrow["replications"], 25);
    let again = wide["command"].as_str().unwrap();
    assert_eq!(again, "plimsoll compare small.toml --seed 7 --replications 10");
    assert_eq!(compare(&folder, &["--replications", "10"])["digest"], wide["digest"]);
}
