//! Stopped at any moment, a comparison loses at most the runs in progress: what was complete is whole, in order,
//! and compares to what a shorter comparison gives.

use crate::harness::{Folder, SMALL, text};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// More than can be made before the test has seen a few.
const MANY: &str = "100000";

/// A comparison under way, once so many of its runs are kept; and where they are.
fn under_way(folder: &Folder, kept: usize) -> (Child, PathBuf) {
    let mut command = folder.command(&["compare", "small.toml", "--replications", MANY, "--threads", "2"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let partial = folder.path(&format!("out/small.partial-{}", child.id()));
    let whole = || fs::read_dir(partial.join("runs")).map_or(0, Iterator::count);
    while whole() < kept {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        std::thread::yield_now();
    }
    (child, partial)
}

fn shorter(folder: &Folder, replications: &Value) -> Value {
    folder.json(&["compare", "small.toml", "--replications", &replications.to_string(), "--out", "shorter"])
}

#[test]
fn killed_it_loses_at_most_the_runs_in_progress() {
    let folder = Folder::new("killed").with("small.toml", SMALL);
    let (mut child, partial) = under_way(&folder, 8);
    child.kill().unwrap();
    child.wait().unwrap();
    let names = fs::read_dir(partial.join("runs")).unwrap().map(|entry| entry.unwrap().path());
    let whole: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    for path in &whole {
        let run: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert!(run["digest"].is_string(), "{}", path.display());
    }
    assert!(!folder.path("out/small").exists(), "it was not complete");
    let report = folder.json(&["report", partial.to_str().unwrap()]);
    let replications = report["replications"].as_u64().unwrap() as usize;
    assert!(3 * replications + 4 >= whole.len(), "{replications} replications of {} runs", whole.len());
    assert_eq!(report["digest"], shorter(&folder, &report["replications"])["digest"]);
}

#[test]
#[cfg(unix)]
fn interrupted_it_keeps_the_completed_prefix() {
    let folder = Folder::new("interrupted").with("small.toml", SMALL);
    let (child, partial) = under_way(&folder, 8);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("interrupted"), "{}", text(&output.stderr));
    assert!(!partial.exists());
    let kept: Value =
        serde_json::from_slice(&fs::read(folder.path("out/small/comparison.json")).unwrap()).unwrap();
    assert!(kept["replications"].as_u64().unwrap() >= 2);
    assert_eq!(kept["digest"], shorter(&folder, &kept["replications"])["digest"]);
}
