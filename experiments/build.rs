//! Collects what each model says about where it differs from the real thing, so that the page can quote it.
//!
//! The sources are the one place where it is written: `//!` or `///` lines under the heading
//! `# Differs from the real thing`. The first line of the same comment says what the model is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const HEADING: &str = "# Differs from the real thing";
const CRATES: [&str; 3] = ["sim", "devices", "scenarios"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let mut files = Vec::new();
    for name in CRATES {
        let folder = root.join(name).join("src");
        println!("cargo:rerun-if-changed={}", folder.display());
        walk(&folder, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let text = fs::read_to_string(&file)?;
        let path = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        for (what, differs) in models(&text) {
            let _ = writeln!(table, "    ({path:?}, {what:?}, {differs:?}),");
        }
    }
    table.push(']');
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("models.rs"), table)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The comments of a file that have the heading: their first line, and what stands under the heading.
fn models(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim).chain([""]) {
        match line.strip_prefix("//!").or_else(|| line.strip_prefix("///")) {
            Some(words) => comment.push(words.trim()),
            None => {
                found.extend(model(&comment));
                comment.clear();
            }
        }
    }
    found
}

fn model(comment: &[&str]) -> Option<(String, String)> {
    let at = comment.iter().position(|line| *line == HEADING)?;
    let what = comment[..at].iter().take_while(|line| !line.is_empty()).copied().collect::<Vec<_>>();
    let differs = comment[at + 1..].iter().skip_while(|line| line.is_empty());
    let differs = differs.take_while(|line| !line.is_empty() && !line.starts_with('#')).copied();
    Some((what.join(" "), differs.collect::<Vec<_>>().join(" ")))
}
