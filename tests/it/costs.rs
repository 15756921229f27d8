//! Costs that were measured on a machine: `--costs FILE` lets them stand for those of the catalogue, keeps them with the
//! results, lists them among the numbers that were read, and refuses a table that makes no sense.

use crate::harness::{Folder, SMALL, text};
use serde_json::Value;

const HEADS: &str = "scheme,act,core,build,primitive,operation,parameter,platform,implementation,cycles,min_cycles,\
                     cycles_per_byte,fixed_cycles,ram_stack_bytes,code_bytes,source,year,confidence,note\n";

/// A server of 3 GHz opens a message in 20 ms.
fn slow() -> String {
    let row = "AES-128-CCM,decrypt,x86-64,portable,,,,this host,a slow crate,60000000,,,,,,plimsoll calibrate host,,medium,\n";
    HEADS.to_owned() + row
}

fn mean(run: &Value) -> f64 {
    let flows = run["flows"].as_array().unwrap();
    flows.iter().find(|flow| flow["flow"] == "level").unwrap()["mean_ms"].as_f64().unwrap()
}

/// By hand: 60,000,000 cycles at 3 GHz are 20 ms; 2.6 messages a second wait for each other 0.6 ms at most (M/D/1).
#[test]
fn measured_costs_stand_for_those_of_the_catalogue() {
    let folder = Folder::new("costs").with("small.toml", SMALL).with("host.csv", slow());
    let run = ["run", "small.toml", "--strategy", "sealed"];
    let (shipped, measured) =
        (folder.json(&run), folder.json(&[&run[..], &["--costs", "host.csv"]].concat()));
    let more = mean(&measured) - mean(&shipped);
    assert!((20.0..21.0).contains(&more), "{more} ms");
    let bare = ["run", "small.toml"];
    let other = folder.json(&[&bare[..], &["--costs", "host.csv"]].concat());
    assert_eq!(folder.json(&bare)["digest"], other["digest"], "what is not read changes nothing");
}

#[test]
fn measured_costs_are_listed_kept_and_named_in_the_command() {
    let folder = Folder::new("costs-kept").with("small.toml", SMALL).with("tables/host.csv", slow());
    let all = folder.json(&[
        "compare",
        "small.toml",
        "--strategies",
        "none,sealed",
        "--replications",
        "1",
        "--costs",
        "tables/host.csv",
    ]);
    let read = all["dossier"]["parameters"].as_array().unwrap();
    let own = read.iter().find(|one| one["key"] == "costs.AES-128-CCM.decrypt.x86-64").unwrap();
    assert_eq!((own["confidence"].as_str(), own["group"].as_str()), (Some("medium"), Some("crypto")));
    assert!(own["source"].as_str().unwrap().contains("measured, not of the catalogue"), "{own}");
    assert!(own["value"].as_str().unwrap().contains("this host"), "{own}");
    assert!(all["command"].as_str().unwrap().contains("--costs tables/host.csv"));
    let kept = folder.files();
    assert!(kept.contains(&"out/small/scenario/host.csv".to_owned()), "{kept:?}");
}

#[test]
fn a_scheme_is_explained_by_what_was_measured() {
    let folder = Folder::new("costs-explain").with("host.csv", slow());
    let page = text(&folder.run(&["explain", "aes-128-ccm", "--costs", "host.csv"]).stdout);
    assert!(page.contains("AES-128-CCM"), "{page}");
    let row = HEADS.to_owned()
        + "ML-KEM-768,encaps,x86-64,portable,,,,this host,ml-kem,4242,,,,,,plimsoll calibrate host,,medium,\n";
    let folder = folder.with("kem.csv", row);
    let page = text(&folder.run(&["explain", "ml-kem-768", "--costs", "kem.csv"]).stdout);
    assert!(page.contains("ml-kem on this host") && page.contains("4242"), "{page}");
}

#[test]
fn a_table_that_makes_no_sense_is_refused_with_its_line() {
    let bad = slow() + "AES-127-CCM,encrypt,x86-64,portable,,,,this host,a crate,1,,,,,,here,,medium,\n";
    let folder =
        Folder::new("costs-bad").with("small.toml", SMALL).with("bad.csv", bad).with("empty.csv", "");
    for command in [["run", "small.toml"], ["compare", "small.toml"], ["explain", "ml-kem-768"]] {
        let done = folder.run(&[&command[..], &["--costs", "bad.csv"]].concat());
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("AES-127-CCM") && said.contains('3'), "{said}");
        for other in ["empty.csv", "nowhere.csv", "."] {
            let done = folder.run(&[&command[..], &["--costs", other]].concat());
            assert_eq!(done.status.code(), Some(2), "{other}: {}", text(&done.stderr));
        }
    }
    let said = text(&folder.run(&["run", "small.toml", "--costs", "bad.csv"]).stderr);
    assert!(said.contains("S034") && said.contains("bad.csv:3"), "{said}");
    assert!(!folder.path("out").exists());
}
