//! What the documents say is what the program does.

use crate::harness::{Folder, text};
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The commands of a document's shell blocks, one a line.
fn commands(document: &str) -> Vec<String> {
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(str::lines)
        .map(|line| line.split("  #").next().unwrap_or(line).trim().to_owned())
        .collect()
}

#[test]
fn every_command_of_the_readme_is_called_by_ci() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let commands = commands(&readme);
    assert!(commands.len() >= 5, "{commands:?}");
    for command in &commands {
        assert!(ci.contains(command.as_str()), "`{command}` is not in .ci/run");
    }
    assert_eq!(commands[0], "cargo run --release -- compare hospital");
    assert!(commands.contains(&"cargo test --release --workspace".to_owned()));
}

#[test]
fn the_command_line_is_documented_as_it_is() {
    let page = read("docs/command-line.md");
    let help = text(&Folder::new("help").run(&["--help"]).stdout);
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> =
        listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(names.contains(&"compare"), "{help}");
    for name in names.iter().filter(|name| !name.is_empty() && **name != "help") {
        assert!(page.contains(&format!("`plimsoll {name}")), "`{name}` is not in docs/command-line.md");
    }
    for line in page.lines().filter_map(|line| line.strip_prefix("| `plimsoll ")) {
        let name = line.split([' ', '`']).next().unwrap();
        assert!(names.contains(&name), "`{name}` is documented and is no command");
    }
}
