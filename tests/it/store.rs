//! What a comparison leaves: a folder that is whole or absent, drawn again from what is stored in it.

use crate::harness::{Folder, SMALL, text};
use std::fs;

#[test]
fn a_comparison_leaves_its_page_and_keeps_what_stood_there() {
    let folder = Folder::new("leaves").with("small.toml", SMALL);
    for replications in ["2", "3"] {
        let output = folder.run(&["compare", "small.toml", "--replications", replications]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("out/small/index.html"));
    }
    let files = folder.files();
    let runs = |of: &str| files.iter().filter(|path| path.starts_with(&format!("out/{of}/runs/"))).count();
    assert_eq!((runs("small"), runs("small.1")), (9, 6), "{files:?}");
    assert!(!files.iter().any(|path| path.contains("partial")), "{files:?}");
}

#[test]
fn a_report_drawn_again_is_the_same_to_the_last_byte() {
    let folder = Folder::new("again").with("small.toml", SMALL);
    folder.json(&["compare", "small.toml", "--out", "kept"]);
    let read = |name: &str| fs::read(folder.path("kept").join(name)).unwrap();
    let (page, comparison) = (read("index.html"), read("comparison.json"));
    fs::remove_file(folder.path("kept/index.html")).unwrap();
    fs::remove_file(folder.path("kept/comparison.json")).unwrap();
    folder.json(&["report", "kept"]);
    assert_eq!(read("comparison.json"), comparison);
    assert_eq!(read("index.html"), page);
}

#[test]
fn a_folder_of_somebody_else_is_neither_read_nor_replaced() {
    let folder = Folder::new("foreign").with("small.toml", SMALL).with("letters/one.txt", "dear");
    let before = folder.files();
    for arguments in [&["compare", "small.toml", "--out", "letters"][..], &["report", "letters"]] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("letters"), "{}", text(&output.stderr));
    }
    assert_eq!(folder.files(), before);
}

#[test]
fn the_log_holds_every_fact_of_the_run() {
    let folder = Folder::new("log").with("small.toml", SMALL);
    let run = folder.json(&["run", "small.toml", "--log", "--out", "kept"]);
    let log = fs::read_to_string(folder.path("kept/facts.jsonl")).unwrap();
    let facts: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let due = facts.iter().filter(|fact| fact["kind"] == "message.due" && fact["topic"] == "level");
    let flows = run["flows"].as_array().unwrap();
    let level = flows.iter().find(|flow| flow["flow"] == "level").unwrap();
    assert_eq!(due.map(|fact| fact["amount"].as_i64().unwrap()).sum::<i64>(), level["due"].as_i64().unwrap());
    assert!(facts.windows(2).all(|two| two[0]["at_ns"].as_u64() <= two[1]["at_ns"].as_u64()));
}

#[test]
fn what_first_happens_at_random_is_marked_when_its_first_fact_is() {
    let faults = "\n[happening]\nbreaks = { what = \"device-fault\", on = \"sensors\", rate = \"3 per day\",\n  \
                  repair = \"10 min\" }\n";
    let folder = Folder::new("marked").with("small.toml", format!("{SMALL}{faults}"));
    let compared = folder.json(&["compare", "small.toml", "--replications", "1", "--seed", "5"]);
    folder.json(&["run", "small.toml", "--seed", "5", "--log", "--out", "kept"]);
    let log = fs::read_to_string(folder.path("kept/facts.jsonl")).unwrap();
    let facts = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let first = facts.into_iter().find(|fact| fact["kind"] == "happening").unwrap();
    let marks = compared["marks"].as_array().unwrap();
    let texts: Vec<&str> = marks.iter().map(|mark| mark["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["breaks: first device fault"], "once, as it is alike under all strategies");
    assert_eq!(marks[0]["at_s"].as_f64(), Some(first["at_ns"].as_f64().unwrap() / 1e9));
    assert_eq!(marks[0]["kind"], "happening");
}
