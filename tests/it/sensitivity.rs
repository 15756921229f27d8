//! `compare --sensitivity`: it says beforehand how many runs it takes, tells programs and people which numbers move the
//! answer, and keeps that for the page to be drawn again.

use crate::harness::{Folder, SMALL, text};
use std::fs;

const ASKED: [&str; 5] = ["compare", "small.toml", "--replications", "2", "--sensitivity"];

#[test]
fn the_document_the_page_and_the_page_drawn_again_agree() {
    let folder = Folder::new("sensitivity").with("small.toml", SMALL);
    let asked = folder.json(&ASKED);
    let found = &asked["sensitivity"];
    assert_eq!((&found["metric"], &found["replications"]), (&"data-flow-availability".into(), &2.into()));
    let shifts = found["shifts"].as_array().unwrap();
    // Of what the strategies read, the firewall's time and the mistakes of its list are assumed.
    for key in ["segmentation.firewall_latency", "segmentation.misrule_rate"] {
        for end in ["low", "high"] {
            let own = shifts.iter().filter(|one| one["parameter"] == key && one["end"] == end);
            assert_eq!(own.count(), 2, "{key} {end}: for each strategy but the baseline");
        }
    }
    // `sealed` has no firewall.
    let of_firewalls =
        |one: &&serde_json::Value| one["parameter"].as_str().unwrap().starts_with("segmentation.");
    let mut sealed = shifts.iter().filter(of_firewalls).filter(|one| one["strategy"] == "sealed");
    assert!(sealed.all(|one| one["shift"] == 0.0));
    assert!(asked["command"].as_str().unwrap().contains("--sensitivity"));
    let page = fs::read_to_string(folder.path("out/small/index.html")).unwrap();
    assert!(page.contains("segmentation.misrule_rate") && page.contains("was set to the low"));
    assert_eq!(folder.json(&["report", "out/small"]), asked);
    assert_eq!(fs::read_to_string(folder.path("out/small/index.html")).unwrap(), page);
}

#[test]
fn people_are_told_the_runs_beforehand_and_the_shares_at_the_end() {
    let folder = Folder::new("sensitivity-told").with("small.toml", SMALL);
    let output = folder.run(&ASKED);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let beforehand = text(&output.stderr);
    assert!(beforehand.contains(" more runs tell which of "), "{beforehand}");
    let told = text(&output.stdout);
    assert!(told.contains("what this rests on") && told.contains("from memory"), "{told}");
    let stored = fs::read_to_string(folder.path("out/small/comparison.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    let shifts = stored["sensitivity"]["shifts"].as_array().unwrap();
    let tried: std::collections::BTreeSet<_> =
        shifts.iter().map(|one| one["parameter"].as_str().unwrap()).collect();
    assert!(told.contains(&format!("Of {} set low and high, in 2 runs", tried.len())), "{told}");
}

#[test]
fn unasked_the_page_says_what_would_tell() {
    let folder = Folder::new("unasked").with("small.toml", SMALL);
    let all = folder.json(&["compare", "small.toml", "--replications", "2"]);
    assert!(all["sensitivity"].is_null());
    let page = fs::read_to_string(folder.path("out/small/index.html")).unwrap();
    assert!(page.contains("plimsoll compare small.toml --seed 42 --replications 2 --sensitivity"));
}

#[test]
fn a_single_run_is_refused() {
    let folder = Folder::new("sensitivity-once").with("small.toml", SMALL);
    let output = folder.run(&["compare", "small.toml", "--replications", "1", "--sensitivity"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!folder.path("out").exists());
}
