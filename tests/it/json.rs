//! `--format json`: one document on standard output, with a version, and nothing else there.

use crate::harness::{Folder, SMALL, text};
use serde_json::Value;

fn profile(name: &str) -> String {
    format!("{}/scenarios/shipped/import/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_document_has_a_version() {
    let folder = Folder::new("documents").with("small.toml", SMALL);
    let pump = profile("infusion-pump.json");
    for arguments in [
        &["compare", "small.toml", "--replications", "2"][..],
        &["run", "small.toml", "--timings"],
        &["report", "out/small"],
        &["check", "small.toml"],
        &["list"],
        &["list", "controls"],
        &["explain", "segmentation"],
        &["explain", "S007"],
        &["init"],
        &["import", "mud", &pump, "--out", "pumps"],
    ] {
        assert_eq!(folder.json(arguments)["version"], 1, "{arguments:?}");
    }
}

#[test]
fn findings_are_told_to_programs_too() {
    let folder = Folder::new("findings").with("small.toml", SMALL.replace("\"1 h\"", "1"));
    let output = folder.run(&["check", "small.toml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["version"], &told["errors"]), (&Value::from(1), &Value::from(1)));
    let finding = &told["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["line"], &finding["column"]),
        (&"S012".into(), &4.into(), &11.into())
    );
}

#[test]
fn a_comparison_says_what_the_design_promises() {
    let folder = Folder::new("fields").with("small.toml", SMALL);
    let comparison = folder.json(&["compare", "small.toml", "--replications", "2"]);
    for field in [
        "scenario",
        "seed",
        "replications",
        "confidence",
        "digest",
        "strategies",
        "differences",
        "pareto",
        "answer",
        "flags",
    ] {
        assert!(comparison.get(field).is_some(), "{field}");
    }
    let strategy = &comparison["strategies"][1];
    assert_eq!(strategy["name"], "walled");
    for field in ["metrics", "headline", "ledger"] {
        assert!(strategy.get(field).is_some(), "{field}");
    }
    let dropped = strategy["ledger"].as_array().unwrap().iter();
    assert!(dropped.clone().any(|row| row["by"]["kind"] == "control" && row["by"]["name"] == "segmentation"));
    assert_eq!(comparison["dossier"]["zones"].as_array().unwrap().len(), 2);
    assert!(!comparison["dossier"]["models"].as_array().unwrap().is_empty());
}

#[test]
fn a_run_says_what_the_design_promises() {
    let folder = Folder::new("run-fields").with("small.toml", SMALL);
    let run = folder.json(&["run", "small.toml", "--timings"]);
    for field in
        ["scenario", "strategy", "seed", "digest", "digests", "metrics", "ledger", "flows", "timings"]
    {
        assert!(run.get(field).is_some(), "{field}");
    }
    for phase in ["advance", "travel", "evolve", "account"] {
        assert!(run["timings"][phase].is_f64(), "{phase}");
    }
    assert!(run["counters"]["messages"].as_u64().unwrap() > 1_000);
    let profile = &run["profile"];
    let named = |list: &str| -> Vec<String> {
        let shares = profile[list].as_array().unwrap();
        shares.iter().map(|share| share["what"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named("stages"), ["sense", "protect", "hop", "decide", "guard", "act"]);
    assert!(named("models").contains(&"traffic".to_owned()));
    // Stages and models are parts of what the phases took.
    let seconds = |list: &str| -> f64 {
        profile[list].as_array().unwrap().iter().map(|share| share["seconds"].as_f64().unwrap()).sum()
    };
    let all: f64 = run["timings"].as_object().unwrap().values().map(|phase| phase.as_f64().unwrap()).sum();
    assert!(0.0 < seconds("stages") && seconds("stages") <= all && seconds("models") <= all);
    assert!(profile["messages_per_second"].as_f64().unwrap() > 1_000.0);
    assert!(profile["events_per_second"].as_f64() > profile["messages_per_second"].as_f64());
    let flow = &run["flows"][0];
    for field in ["due", "sent", "unsent", "delivered", "late", "lost", "in_flight", "sum_ns", "mean_ms"] {
        assert!(flow.get(field).is_some(), "{field}");
    }
}

/// Sensors in two zones: what each zone's messages took adds up to what the flow's took.
#[test]
fn latencies_are_told_by_zone_where_there_are_several() {
    let far = "sensors = { class = \"generic-sensor\", zone = \"floor\", count = 12 }\n\
               far = { class = \"generic-sensor\", zone = \"room\", count = 4 }";
    let text =
        SMALL.replace("sensors = { class = \"generic-sensor\", zone = \"floor\", count = 12 }", far).replace(
            "level = { kind = \"reading\", from = \"sensors\"",
            "level = { kind = \"reading\", from = [\"sensors\", \"far\"]",
        );
    let run = Folder::new("zones").with("small.toml", text).json(&["run", "small.toml"]);
    let zones = run["zones"].as_array().unwrap();
    let of = |field: &str| zones.iter().map(|zone| zone[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        zones.iter().map(|zone| zone["zone"].as_str().unwrap()).collect::<Vec<_>>(),
        ["floor", "room"]
    );
    let level = run["flows"].as_array().unwrap().iter().find(|flow| flow["flow"] == "level").unwrap();
    assert_eq!(of("arrived"), level["delivered"].as_u64().unwrap());
    assert_eq!(of("sum_ns"), level["sum_ns"].as_u64().unwrap());
    // Within the room there is no line to cross.
    assert!(zones[1]["p99_ms"].as_f64() < zones[0]["p50_ms"].as_f64());
    let counts = zones[0]["latencies"].as_array().unwrap().iter().map(|step| step[1].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), zones[0]["arrived"].as_u64().unwrap());
}

#[test]
fn validation_is_an_array_of_checks() {
    let rows = Folder::new("checks").json(&["validate", "crypto", "--quick"]);
    for field in
        ["area", "id", "what", "expected", "got", "error", "bound", "ok", "known", "source", "through"]
    {
        assert!(rows[0].get(field).is_some(), "{field}");
    }
}

#[test]
fn the_schema_is_json_and_names_every_control() {
    let output = Folder::new("schema").run(&["schema"]);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema.pointer("/properties/strategy/additionalProperties/properties/segmentation").is_some());
}

#[test]
fn whoever_stops_reading_is_no_failure() {
    use std::process::Stdio;
    let folder = Folder::new("pipe");
    let mut child =
        folder.command(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}
