//! Contract: a flow that a profile does not allow is lost in `run` and in `compare` under `segmentation`, with the
//! reason: no entry of which list accepts it, or which entry denies it.

use crate::harness::{Folder, text};
use serde_json::Value;

const HOSTS: &str = "203.0.113.7 firmware.hollis.example\n10.20.3.3 urn:ietf:params:mud:dns\n";
const DENIED: &str = "denied by entry `no-telnet` of list `camera-from-ipv4`";
const UNKNOWN: &str = "no entry of `camera-from-ipv4`, `camera-from-ethernet` accepts it";

/// A camera that updates itself, which its profile accepts; logs in, which it denies; and calls somebody that it says
/// nothing of: a hundred times each in one day.
fn observed() -> String {
    let header = "first_seen,device_ip,remote_ip,ip_protocol,device_port,remote_port,direction,tcp_initiated_by_device\n";
    let ends = ["203.0.113.7,6,40000,443", "203.0.113.7,6,40000,23", "198.51.100.9,6,40001,4444"];
    let row = |at: usize| format!("2026-01-01 10:00:00,10.20.5.1,{},egress,True\n", ends[at % ends.len()]);
    (0..100 * ends.len()).map(row).fold(header.to_owned(), |text, row| text + &row)
}

/// Flow, control and reason of everything that was lost for a reason.
fn reasons(flows: &Value) -> Vec<[String; 3]> {
    let mut all = Vec::new();
    for flow in flows.as_array().unwrap() {
        for to in flow["lost"].as_array().unwrap() {
            if let Some(reason) = to["reason"].as_str() {
                let word = |value: &Value| value.as_str().unwrap().to_owned();
                assert_eq!(to["messages"].as_f64(), flow["sent"].as_f64(), "all of {flow}");
                all.push([word(&flow["flow"]), word(&to["by"]["name"]), reason.to_owned()]);
            }
        }
    }
    all
}

#[test]
fn what_a_profile_does_not_allow_is_lost_with_the_reason() {
    let camera = format!("{}/scenarios/shipped/import/ip-camera.json", env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::new("refused").with("flows.csv", observed()).with("hosts", HOSTS);
    folder.json(&["import", "flows", "flows.csv", "--mud", &camera, "--names", "hosts", "--out", "seen"]);
    let run = |strategy: &str| folder.json(&["run", "seen/scenario.toml", "--strategy", strategy]);
    assert!(reasons(&run("none")["flows"]).is_empty());
    let mut found = reasons(&run("zoned")["flows"]);
    found.sort_by(|a, b| a[2].cmp(&b[2]));
    let told: Vec<[&str; 2]> = found.iter().map(|[_, by, why]| [by.as_str(), why]).collect();
    assert_eq!(told, [["segmentation", DENIED], ["segmentation", UNKNOWN]]);
    assert!(found[1][0].contains("198-51-100-9"), "{found:?}");

    let shown = folder.run(&["run", "seen/scenario.toml", "--strategy", "zoned"]);
    let shown = text(&shown.stdout);
    let asked = [
        "compare",
        "seen/scenario.toml",
        "--strategies",
        "none,zoned",
        "--replications",
        "2",
        "--out",
        "out",
    ];
    let compared = folder.json(&asked);
    let zoned = compared["strategies"].as_array().unwrap().iter().find(|one| one["name"] == "zoned").unwrap();
    let mut again = reasons(&zoned["flows"]);
    again.sort_by(|a, b| a[2].cmp(&b[2]));
    assert_eq!(again, found);
    let page = std::fs::read_to_string(folder.path("out/index.html")).unwrap();
    for reason in [DENIED, UNKNOWN] {
        assert!(shown.contains(reason), "{shown}");
        assert!(page.contains(reason), "{reason}");
    }
}
