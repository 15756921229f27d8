//! `plimsoll init`

use crate::cli::Init;
use crate::failure::Failure;
use crate::screen;
use scenarios::shipped;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A small scenario that shows each part of the language once.
pub const WARD: (&str, &str) = ("ward.toml", include_str!("ward.toml"));

/// The files of a template: path and text.
pub fn files(template: &str) -> Option<Vec<(&'static str, &'static str)>> {
    if template == "ward" {
        return Some(vec![WARD]);
    }
    let own = shipped::find(template)?;
    let beside =
        |path: &str| path == own || path.strip_prefix(template).is_some_and(|rest| rest.starts_with('/'));
    Some(shipped::FILES.iter().filter(|file| beside(file.0)).copied().collect())
}

/// Write a template; nothing that stands is touched.
pub fn init(asked: &Init, json: bool) -> Result<ExitCode, Failure> {
    let Some(files) = files(&asked.template) else {
        let known: Vec<&str> = std::iter::once("ward").chain(shipped::names()).collect();
        let told = format!("no template is called `{}`; there are {}", asked.template, known.join(", "));
        return Err(Failure::input(told));
    };
    let paths: Vec<PathBuf> = files.iter().map(|file| asked.out.join(file.0)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(Failure::input(format!("{} is already there, and is left alone", path.display())));
    }
    for (path, file) in paths.iter().zip(&files) {
        write_new(path, file.1)?;
    }
    let short = |path: &PathBuf| path.strip_prefix(".").unwrap_or(path).display().to_string();
    let shown: Vec<String> = paths.iter().map(short).collect();
    if json {
        screen::print_json(&json!({ "version": 1, "written": shown }))?;
    } else {
        let first = shown.first().cloned().unwrap_or_default();
        screen::print(&format!("{}\n\nnext: plimsoll compare {first}\n", shown.join("\n")))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Write a file that is not there yet.
pub fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(text.as_bytes())
    });
    written.map_err(|error| Failure::run(error).doing(format!("{} cannot be written", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::language::load::{Source, load};
    use scenarios::language::render::render;

    #[test]
    fn the_template_has_no_finding() {
        let loaded = load(&Source::text(WARD.0, WARD.1));
        assert!(loaded.findings.is_empty(), "{}", render(&loaded.findings, &loaded.files, false));
    }

    #[test]
    fn a_shipped_scenario_comes_with_what_it_includes() {
        for name in shipped::names() {
            let files = files(name).unwrap();
            assert!(files.iter().any(|file| file.0 == format!("{name}.toml")), "{name}");
        }
        assert!(files("nothing").is_none());
    }
}
