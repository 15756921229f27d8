//! Input that is wrong: told with its place and what to do, exit 2, nothing written.

use crate::harness::{Folder, SMALL, text};

/// Runs `compare` and `check` on a folder whose scenario is `bad.toml`; gives what they say.
fn refused(folder: &Folder) -> String {
    let before = folder.files();
    let check = folder.run(&["check", "bad.toml"]);
    assert_eq!(check.status.code(), Some(2), "{}", text(&check.stdout));
    let compare = folder.run(&["compare", "bad.toml"]);
    assert_eq!(compare.status.code(), Some(2), "{}", text(&compare.stderr));
    assert_eq!(text(&compare.stdout), "", "results are for standard output, complaints are not");
    assert_eq!(folder.files(), before, "something was written");
    assert_eq!(text(&check.stdout), text(&compare.stderr));
    text(&check.stdout)
}

fn changed(test: &str, from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    refused(&Folder::new(test).with("bad.toml", SMALL.replacen(from, to, 1)))
}

fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
}

#[test]
fn an_unknown_class_is_named_with_the_nearest() {
    let said = changed("class", "generic-sensor", "generic-sensr");
    assert_says(&said, &["error[S007]", "bad.toml:17:", "generic-sensr", "did you mean `generic-sensor`?"]);
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest() {
    assert_says(
        &changed("key", "latency =", "latnecy ="),
        &["bad.toml:", "latnecy", "did you mean `latency`?"],
    );
}

#[test]
fn a_number_without_its_unit_is_told_what_to_write() {
    assert_says(
        &changed("unit", "\"1 h\"", "1"),
        &["error[S012]", "bad.toml:4:11", "needs a unit", "write \"1 "],
    );
}

#[test]
fn a_negative_and_an_enormous_count_make_no_sense() {
    assert_says(&changed("negative", "count = 12", "count = -12"), &["error[S011]", "bad.toml:17:", "-12"]);
    assert_says(&changed("huge", "count = 12", "count = 99999999999"), &["error[S011]", "bad.toml:17:"]);
}

#[test]
fn a_conduit_to_nowhere_is_told_which_zones_there_are() {
    let said = changed("nowhere", "[\"floor\", \"room\"]", "[\"floor\", \"rom\"]");
    assert_says(&said, &["bad.toml:11:", "rom", "did you mean `room`?"]);
}

#[test]
fn files_that_include_each_other_are_told_in_which_circle() {
    let folder = Folder::new("circle")
        .with("bad.toml", format!("include = [\"more.toml\"]\n{SMALL}"))
        .with("more.toml", "include = [\"bad.toml\"]\n");
    assert_says(&refused(&folder), &["error[S015]", "more.toml:1:", "circle"]);
}

#[test]
fn a_path_that_leaves_the_folder_is_not_followed() {
    let secret = Folder::new("secret").with("secret.toml", "password = 1\n");
    let folder = Folder::new("leaves-folder")
        .with("bad.toml", format!("include = [\"../secret-{}/secret.toml\"]\n{SMALL}", std::process::id()));
    let said = refused(&folder);
    assert_says(&said, &["error[S014]", "bad.toml:1:"]);
    assert!(!said.contains("password"), "{said}");
    assert_eq!(secret.files(), ["secret.toml"]);
}

#[test]
fn files_that_are_empty_binary_or_absent_are_refused() {
    assert_says(&refused(&Folder::new("empty").with("bad.toml", "")), &["error[S002]", "bad.toml", "empty"]);
    let binary = [0x7f, b'E', b'L', b'F', 0, 0, 1];
    assert_says(&refused(&Folder::new("binary").with("bad.toml", binary)), &["error[S002]", "bad.toml"]);
    assert_says(&refused(&Folder::new("absent")), &["error[S001]", "bad.toml"]);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let folder = Folder::new("arguments").with("small.toml", SMALL);
    let before = folder.files();
    for arguments in [
        &["compare", "small.toml", "--strategies", "walls"][..],
        &["compare", "small.toml", "--replications", "0"],
        &["compare", "small.toml", "--until", "-1"],
        &["compare", "small.toml", "--until", "nan"],
        &["run", "small.toml", "--strategy", "walls"],
        &["run", "small.toml", "--seed", "-3"],
        &["explain", "nothing-of-this-name"],
        &["init", "nothing-of-this-name"],
        &["validate", "astrology"],
        &["report", "."],
        &["fly"],
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
}

#[test]
fn a_broken_profile_or_inventory_is_refused_with_its_place() {
    let folder = Folder::new("broken-import")
        .with("broken.json", "{ \"ietf-mud:mud\": { \"mud-version\": 1, }")
        .with("text.csv", "dear diary\nnothing happened\n")
        .with("empty.csv", "");
    let before = folder.files();
    for (arguments, place) in [
        (&["import", "mud", "broken.json"][..], "broken.json:1:"),
        (&["import", "mud", "absent.json"], "absent.json"),
        (&["import", "inventory", "text.csv"], "text.csv"),
        (&["import", "inventory", "empty.csv"], "empty.csv"),
        (&["import", "flows", "text.csv", "--mud", "broken.json"], "broken.json:1:"),
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert_says(&text(&output.stderr), &["error: ", place]);
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
}
