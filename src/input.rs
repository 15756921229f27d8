//! What is read: scenarios with their findings, and files to import.

use crate::failure::{self, Failure};
use crate::screen;
use devices::crypto::Catalogue;
use scenarios::language::Scenario;
use scenarios::language::findings::{Severity, tally};
use scenarios::language::load::{Files, Loaded, Source, load, load_with};
use scenarios::language::render::{render, summary};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// A scenario that may be run.
pub struct Asked {
    /// Its name: a shipped one's own, a file's without its ending.
    pub name: String,
    /// What it says.
    pub scenario: Arc<Scenario>,
    /// Its files.
    pub files: Files,
}

/// Load a scenario, with costs that were measured on a machine where those are given; with errors, tell all of them and go no further.
pub fn scenario(named: &str, costs: Option<&Path>) -> Result<Asked, Failure> {
    let source = Source::named(named);
    let Loaded { scenario, files, findings } = match costs {
        Some(costs) => load_with(&source, costs),
        None => load(&source),
    };
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        screen::tell(&render(&findings, &files, screen::messages_coloured()));
        return Err(Failure::told(failure::INPUT));
    }
    if tally(&findings).1 > 0 {
        screen::tell(&format!("{}; `plimsoll check {named}` shows them\n", summary(&findings)));
    }
    Ok(Asked { name: name(named), scenario: Arc::new(scenario), files })
}

/// The catalogue with the costs of a table that was measured on a machine.
pub fn costs(path: &Path) -> Result<Catalogue, Failure> {
    let refused = |why: String| Failure::input(why).doing(format!("{} cannot be used", path.display()));
    let text = String::from_utf8(bytes(path)?).map_err(|error| refused(error.to_string()))?;
    let shipped = Catalogue::shipped().map_err(Failure::run)?;
    shipped.overlaid(&text).map_err(|error| refused(error.to_string()))
}

/// What a scenario is called in results: `scenario.toml` and `main.toml` after their folder.
fn name(named: &str) -> String {
    let path = Path::new(named);
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = stem(path).unwrap_or_else(|| named.to_owned());
    let folder = path.canonicalize().ok().and_then(|path| stem(path.parent()?));
    match own.as_str() {
        "scenario" | "main" => folder.unwrap_or(own),
        _ => own,
    }
}

/// The bytes of a file to import: at most what the importers read, and one more so that they can refuse.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let refused =
        |error: std::io::Error| Failure::input(error).doing(format!("{} cannot be read", path.display()));
    let file = File::open(path).map_err(refused)?;
    if !file.metadata().map_err(refused)?.is_file() {
        return Err(Failure::input(format!("{} is not a file", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(scenarios::import::MAX_JSON as u64 * 4 + 1).read_to_end(&mut bytes).map_err(refused)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_called_after_its_file_or_its_folder() {
        assert_eq!(name("hospital"), "hospital");
        assert_eq!(name("some/where/ward.toml"), "ward");
        assert_eq!(name(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.toml")), "main");
    }
}
