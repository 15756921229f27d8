//! Why somebody was harmed: the cause that a scenario has by construction is named, in the order in which it came
//! to bear, and what is told of the run is told of the run that was made.

use crate::harness::{Folder, text};
use serde_json::Value;
use std::fs;

/// Six patients on an opioid on a network without loss.
const OPIOID: &str = include_str!("../data/opioid.toml");

const WORM: &str = r#"
[campaign.worm]
adversary = "credential-worm"
enters = "records"
by = "infected-device"
starts = { after = "1 h", within = "2 h" }
payload = "tamper"
addresses = 100
"#;

fn seconds(nanos: &Value) -> f64 {
    nanos.as_f64().unwrap() / 1e9
}

/// The first run, by seed from 1 on, with an event that is `wanted`, and that event; the run is in `kept`.
fn first(folder: &Folder, scenario: &str, wanted: impl Fn(&Value) -> bool) -> (Value, Value) {
    let look = |seed: u32| {
        let run = folder.json(&["run", scenario, "--seed", &seed.to_string(), "--out", "kept"]);
        let event = run["harm"].as_array().unwrap().iter().find(|event| wanted(event))?.clone();
        Some((run, event))
    };
    (1..=40).find_map(look).unwrap()
}

fn explain(folder: &Folder, kept: &str, id: &Value) -> Value {
    folder.json(&["explain", "harm", kept, id.as_str().unwrap()])
}

/// The steps of an explanation that are this; in order.
fn steps<'a>(told: &'a Value, what: &str) -> Vec<&'a Value> {
    told["steps"].as_array().unwrap().iter().filter(|step| step["what"] == what).collect()
}

/// The event is the run's, its charges are the whole of it, and the run made again is that run.
fn belongs(told: &Value, run: &Value, event: &Value) {
    assert_eq!(told["event"], *event);
    assert_eq!(told["digest"], run["digest"]);
    let charges = event["charges"].as_array().unwrap().iter();
    let sum: i64 = charges.map(|part| part["amount_ns"].as_i64().unwrap()).sum();
    assert_eq!(sum, event["amount_ns"].as_i64().unwrap());
    let (from, to) = (event["from_ns"].as_i64().unwrap(), event["to_ns"].as_i64().unwrap());
    assert_eq!(sum, to - from, "a spell has no gap");
}

#[test]
fn a_pump_that_patching_restarts_is_named_as_what_hurt_its_patient() {
    let folder = Folder::new("harm-patching").with("opioid.toml", OPIOID);
    let none = folder.json(&["run", "opioid.toml"]);
    assert_eq!(none["harm"].as_array().unwrap().len(), 0, "only patching harms here");
    let run = folder.json(&["run", "opioid.toml", "--strategy", "patched", "--out", "kept"]);
    let events = run["harm"].as_array().unwrap();
    assert!(!events.is_empty());
    for event in events {
        assert_eq!(event["harm"], "pain", "a pump that stops gives too little");
        let told = explain(&folder, "kept", &event["id"]);
        belongs(&told, &run, event);
        let charges = event["charges"].as_array().unwrap();
        assert_eq!(charges.len(), 1);
        assert_eq!(charges[0]["by"]["name"], "patching");
        // It goes down, its infusion stops and the shadow's does not, somebody is called and programs it as ordered.
        let (down, stopped) = (steps(&told, "device-down"), steps(&told, "pump-stopped"));
        assert_eq!((down.len(), stopped.len()), (1, 1), "{told:#}");
        assert!(down[0]["device"].as_str().unwrap().starts_with("pumps/"));
        assert_eq!(down[0]["by"]["name"], "patching");
        assert!(seconds(&down[0]["at_ns"]) >= 3600.0, "the fix is there after an hour");
        assert_eq!(down[0]["at_ns"], stopped[0]["at_ns"]);
        assert_eq!(told["apart_since_ns"], stopped[0]["at_ns"]);
        assert_eq!(stopped[0]["rate"].as_f64(), Some(0.0));
        assert!(stopped[0]["shadow_rate"].as_f64().unwrap() > 0.0);
        assert!(stopped[0]["at_ns"].as_i64() < event["from_ns"].as_i64());
        let called = steps(&told, "nurse-called");
        assert_eq!(called[0]["at_ns"], stopped[0]["at_ns"]);
        if let Some(programmed) = steps(&told, "programmed").first() {
            assert_eq!(programmed["at_ns"], called[0]["done_ns"]);
            assert_eq!(programmed["rate"], programmed["shadow_rate"]);
        }
    }
    // For people the same, with the command to ask by.
    let shown = text(&folder.run(&["run", "opioid.toml", "--strategy", "patched", "--out", "kept"]).stdout);
    let command = shown.lines().find_map(|line| line.strip_prefix("why     plimsoll ")).unwrap();
    let said = text(&folder.run(&command.split(' ').collect::<Vec<_>>()).stdout);
    assert!(said.contains("goes down") && said.contains("control patching"), "{said}");
}

#[test]
fn a_hand_that_programs_ten_times_too_much_is_named_with_the_order_that_never_came() {
    let lossy = OPIOID.replace("\nloss = 0\n", "\nloss = 1\n");
    assert_ne!(lossy, OPIOID);
    let folder = Folder::new("harm-hand").with("lossy.toml", lossy);
    let (run, event) = first(&folder, "lossy.toml", |event| event["harm"] == "hypoxaemia");
    let told = explain(&folder, "kept", &event["id"]);
    belongs(&told, &run, &event);
    let wrong: Vec<&Value> =
        steps(&told, "programmed").into_iter().filter(|step| step["factor"] != 1.0).collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["factor"].as_f64(), Some(10.0), "care.programming_error.factor");
    let (rate, shadow) = (wrong[0]["rate"].as_f64().unwrap(), wrong[0]["shadow_rate"].as_f64().unwrap());
    assert!((rate / shadow - 10.0).abs() < 1e-9);
    assert_eq!(told["apart_since_ns"], wrong[0]["at_ns"]);
    // The order whose place the hands took was lost before; the shadow had it by its bare path at once.
    let lost = steps(&told, "order-lost");
    let order = lost.iter().find(|order| order["by_hand_ns"] == wrong[0]["at_ns"]).unwrap();
    assert_eq!((order["by"]["name"].as_str(), order["flow"].as_str()), (Some("radio"), Some("dose-order")));
    assert!(order["at_ns"].as_i64() < wrong[0]["at_ns"].as_i64());
    let bare = seconds(&order["bare_ns"]) - seconds(&order["sent_ns"]);
    assert!((0.001..1.0).contains(&bare), "two links of a few milliseconds: {bare} s");
    assert_eq!(order["way"][1], "line");
    // The monitor calls before anybody holds the drug.
    assert!(!steps(&told, "alarm-raised").is_empty());
}

#[test]
fn a_worm_that_commands_the_pumps_is_named_with_its_technique() {
    let folder = Folder::new("harm-worm").with("worm.toml", format!("{OPIOID}{WORM}"));
    let (run, event) = first(&folder, "worm.toml", |event| event["harm"] == "hypoxaemia");
    let told = explain(&folder, "kept", &event["id"]);
    belongs(&told, &run, &event);
    assert!(event["charges"].as_array().unwrap().iter().all(|part| part["by"]["kind"] == "attack"));
    let tampered = steps(&told, "tampered");
    assert_eq!(tampered.len(), 1);
    assert_eq!(tampered[0]["by"]["name"], "worm");
    let attempts = steps(&told, "attempted");
    let command = attempts.iter().find(|one| one["technique"] == "unauthorized-command").unwrap();
    assert_eq!((&command["attack_id"], &command["outcome"]), (&"T0855".into(), &"worked".into()));
    assert_eq!(command["at_ns"], tampered[0]["at_ns"]);
    let entry = attempts.iter().find(|one| one["outcome"] == "worked").unwrap();
    assert_ne!(entry["technique"], "unauthorized-command", "it takes the pump before it commands it");
}

#[test]
fn an_event_of_a_comparison_is_found_by_strategy_and_replication() {
    let folder = Folder::new("harm-compare").with("opioid.toml", OPIOID);
    folder.json(&["compare", "opioid.toml", "--out", "kept"]);
    let all = folder.json(&["explain", "harm", "kept"]);
    let events = all["events"].as_array().unwrap();
    assert!(events.iter().all(|one| one["name"].as_str().unwrap().starts_with("patched/")));
    let amounts: Vec<i64> = events.iter().map(|one| one["event"]["amount_ns"].as_i64().unwrap()).collect();
    assert!(amounts.len() > 1 && amounts.windows(2).all(|two| two[0] >= two[1]), "the worst first");
    let second = events.iter().find(|one| one["name"].as_str().unwrap().starts_with("patched/1/")).unwrap();
    let told = explain(&folder, "kept", &second["name"]);
    assert_eq!((&told["replication"], &told["event"]), (&1.into(), &second["event"]));
    assert!(!steps(&told, "pump-stopped").is_empty());
}

#[test]
fn a_name_that_is_not_there_and_a_run_that_is_another_are_refused() {
    let folder = Folder::new("harm-refused").with("opioid.toml", OPIOID);
    let run = folder.json(&["run", "opioid.toml", "--strategy", "patched", "--out", "kept"]);
    let id = run["harm"][0]["id"].as_str().unwrap().to_owned();
    let near = format!("{id}1");
    for (arguments, said) in [
        (&["explain", "harm", "kept", near.as_str()][..], format!("did you mean `{id}`?")),
        (&["explain", "harm", "kpt"], "did you mean kept?".to_owned()),
        (&["explain", "harm"], "<DIR>".to_owned()),
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(&said), "{}", text(&output.stderr));
    }
    // Whoever changes the stored scenario has another run.
    let path = folder.path("kept/scenario/opioid.toml");
    let changed = fs::read_to_string(&path).unwrap().replace("released = \"1 h\"", "released = \"2 h\"");
    fs::write(&path, changed).unwrap();
    let output = folder.run(&["explain", "harm", "kept", &id]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(run["digest"].as_str().unwrap()), "{}", text(&output.stderr));
}
