//! Draws the terminal's text and the pages of invented comparisons, to look at: every number in them is made up.
//! `cargo run --release -p plimsoll-reports --example sample_page FOLDER`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example is a program: it prints, and stops where it fails"
)]

#[path = "../tests/it/sample.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod sample;

use reports::page;
use reports::terminal::{Look, comparison};
use std::path::PathBuf;

fn main() {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("say which folder the pages shall go to");
        return;
    };
    for all in [sample::hospital(20), sample::hospital(1), sample::water(20), sample::nothing_changes(20)] {
        let path = folder.join(format!("{}-{}.html", all.scenario, all.replications));
        print!("{}\n\n", comparison(&all, Look { columns: 100, colour: false }, path.to_str()));
        std::fs::write(path, page::html(&all).unwrap()).unwrap();
    }
}
