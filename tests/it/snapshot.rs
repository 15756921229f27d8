//! A run that goes on from a snapshot tells what the uninterrupted run tells, in a fresh process; under another
//! strategy it goes on from there; what does not fit is refused with exit 2, by name.

use crate::harness::{Folder, SMALL, text};
use serde_json::Value;
use std::fs;

fn refused(folder: &Folder, arguments: &[&str], words: &[&str]) {
    let output = folder.run(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(text(&output.stdout), "");
    words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in:\n{said}"));
}

#[test]
fn going_on_from_a_snapshot_tells_what_the_whole_run_tells() {
    let folder = Folder::new("snapshot").with("small.toml", SMALL);
    for strategy in ["none", "walled", "sealed"] {
        let run = ["run", "small.toml", "--strategy", strategy, "--seed", "3"];
        let whole = folder.json(&run);
        let kept = folder.json(&[&run[..], &["--snapshot-at", "1234 s", "--out", "kept"]].concat());
        assert_eq!(whole, kept, "a run that is kept goes on as if it were not");
        let again = folder.json(&["run", "small.toml", "--from", "kept"]);
        assert_eq!(again, whole);
        assert_eq!(
            folder.json(&["run", "small.toml", "--from", "kept/snapshot", "--strategy", strategy]),
            whole
        );
    }
}

/// A log tells each message; whether there is one is no part of the result, on either side of the snapshot.
#[test]
fn a_log_on_one_side_of_a_snapshot_only_changes_no_digit() {
    let folder = Folder::new("snapshot-log").with("small.toml", SMALL);
    let whole = folder.json(&["run", "small.toml"]);
    folder.json(&["run", "small.toml", "--snapshot-at", "20 min", "--out", "silent"]);
    folder.json(&["run", "small.toml", "--log", "--snapshot-at", "20 min", "--out", "told"]);
    for (from, more) in [("silent", &["--log", "--out", "more"][..]), ("told", &[])] {
        let again = folder.json(&[&["run", "small.toml", "--from", from], more].concat());
        assert_eq!(again, whole, "{from}");
    }
    let first = fs::read_to_string(folder.path("told/facts.jsonl")).unwrap();
    let rest = fs::read_to_string(folder.path("more/facts.jsonl")).unwrap();
    assert!(rest.lines().count() < first.lines().count());
}

#[test]
fn a_snapshot_of_a_run_that_went_on_from_one_is_as_good() {
    let folder = Folder::new("snapshot-twice").with("small.toml", SMALL);
    let whole = folder.json(&["run", "small.toml", "--strategy", "sealed"]);
    folder.json(&["run", "small.toml", "--strategy", "sealed", "--snapshot-at", "10 min", "--out", "one"]);
    folder.json(&["run", "small.toml", "--from", "one", "--snapshot-at", "40 min", "--out", "two"]);
    assert_eq!(folder.json(&["run", "small.toml", "--from", "two"]), whole);
}

fn lost(run: &Value, flow: &str) -> i64 {
    let flows = run["flows"].as_array().unwrap();
    let own = flows.iter().find(|one| one["flow"] == flow).unwrap();
    own["lost"].as_array().unwrap().iter().map(|to| to["messages"].as_f64().unwrap() as i64).sum()
}

/// The wall drops every gossip; half an hour of it lies on each side.
#[test]
fn under_another_strategy_its_controls_begin_at_the_snapshot() {
    let folder = Folder::new("fork").with("small.toml", SMALL);
    let [bare, walled] =
        ["none", "walled"].map(|name| folder.json(&["run", "small.toml", "--strategy", name]));
    let mut forks = Vec::new();
    for (from, to) in [("none", "walled"), ("walled", "none")] {
        folder.json(&["run", "small.toml", "--strategy", from, "--snapshot-at", "30 min", "--out", from]);
        forks.push(folder.json(&["run", "small.toml", "--from", from, "--strategy", to]));
    }
    let gossip = |run: &Value| lost(run, "gossip");
    assert_eq!(gossip(&forks[0]) + gossip(&forks[1]), gossip(&bare) + gossip(&walled));
    assert!(
        gossip(&forks[0]) > 300 && gossip(&forks[1]) > 300,
        "{} {}",
        gossip(&forks[0]),
        gossip(&forks[1])
    );
    for fork in &forks {
        assert_eq!(fork["flows"][0]["due"], bare["flows"][0]["due"]);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = Folder::new("misfit")
        .with("small.toml", SMALL)
        .with("other.toml", SMALL.replace("count = 12", "count = 13"));
    folder.json(&["run", "small.toml", "--snapshot-at", "30 min", "--out", "kept"]);
    refused(&folder, &["run", "other.toml", "--from", "kept"], &["kept", "is of `small`", "differ"]);
    refused(
        &folder,
        &["run", "small.toml", "--from", "kept", "--strategy", "absent"],
        &["no strategy `absent`", "`walled`"],
    );
    refused(&folder, &["run", "small.toml", "--from", "kept", "--seed", "4"], &["--seed", "--from"]);
    refused(&folder, &["run", "small.toml", "--from", "nowhere"], &["nowhere", "cannot be read"]);
    refused(&folder, &["run", "small.toml", "--from", "small.toml"], &["small.toml", "not a snapshot"]);
    let late = ["--snapshot-at", "2 h", "--out", "late"];
    refused(&folder, &[&["run", "small.toml"][..], &late].concat(), &["before its end"]);
    refused(
        &folder,
        &["run", "small.toml", "--from", "kept", "--snapshot-at", "10 min", "--out", "x"],
        &["after"],
    );
    refused(&folder, &["run", "small.toml", "--snapshot-at", "soon", "--out", "x"], &["soon"]);
    let bytes = fs::read(folder.path("kept/snapshot")).unwrap();
    fs::write(folder.path("short"), &bytes[..bytes.len() / 2]).unwrap();
    refused(&folder, &["run", "small.toml", "--from", "short"], &["short", "does not"]);
    let mut newer = bytes;
    newer["plimsoll snapshot\n".len()] = 99;
    fs::write(folder.path("newer"), &newer).unwrap();
    refused(&folder, &["run", "small.toml", "--from", "newer"], &["version 99"]);
    assert!(!folder.path("late").exists() && !folder.path("x").exists());
}
