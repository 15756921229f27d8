//! From files to a scenario and all its findings.

pub use super::files::Files;
pub use super::include::{DEEPEST, LARGEST_FILE, Source};

use super::check;
use super::findings::{Finding, Severity, arrange};
use super::include::{self, Entry, Folder};
use super::scenario::{Place, Scenario};
use super::sections::Sections;
use devices::crypto::{Catalogue, CryptoError};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use toml::de::DeTable;

/// What loading gives: always a scenario, if only a part of one, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The scenario, without what could not be read.
    pub scenario: Scenario,
    /// Its files.
    pub files: Files,
    /// All findings, in the order of their places.
    pub findings: Vec<Finding>,
}

impl Loaded {
    /// Whether it may be run: there is no error.
    pub fn may_run(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// Loads a scenario and checks it. No content of any file makes it panic.
pub fn load(source: &Source) -> Loaded {
    let mut loader = Loader { source, sections: Sections::default(), seen: Vec::new() };
    match include::open(source) {
        Ok((folder, entry)) => loader.file(&folder, entry, &mut Vec::new(), None),
        Err(complaint) => {
            let finding = Finding::error(complaint.code, None, complaint.message);
            loader.sections.findings.push(finding.label(complaint.label).help(complaint.help));
        }
    }
    let mut sections = loader.sections;
    // What could not even be parsed would make everything that refers to it look wrong.
    let parsed = !sections.findings.iter().any(|finding| ["S001", "S002", "S003"].contains(&finding.code));
    if parsed {
        sections.complete();
        check::all(&mut sections);
    }
    let Sections { scenario, files, mut findings, .. } = sections;
    arrange(&mut findings);
    Loaded { scenario, files, findings }
}

/// As [`load`], with costs of cryptography that were measured on a machine in place of those of the catalogue. Their
/// table becomes the last of the scenario's files.
pub fn load_with(source: &Source, costs: &Path) -> Loaded {
    let mut loaded = load(source);
    let name = costs.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match include::table(costs) {
        Ok(text) => {
            let file = loaded.files.add(name, text.clone());
            match Catalogue::shipped().and_then(|shipped| shipped.overlaid(&text)) {
                Ok(measured) => loaded.scenario.costs = Some(Arc::new(measured)),
                Err(error) => {
                    let line = if let CryptoError::Overlay { line, .. } = &error { *line } else { 1 };
                    let why = error.to_string();
                    let why = why.split_once(": ").map_or(why.as_str(), |parts| parts.1);
                    let why: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
                    let message = format!("measured costs cannot be used: {why}");
                    let finding = Finding::error("S034", line_of(file, &text, line), message);
                    loaded
                        .findings
                        .push(finding.help("`plimsoll calibrate host --out FILE` writes such a table"));
                }
            }
        }
        Err(complaint) => {
            let message = format!("measured costs cannot be used: {}", complaint.message);
            loaded.findings.push(Finding::error("S034", None, message).help(complaint.help));
        }
    }
    arrange(&mut loaded.findings);
    loaded
}

/// The place of a line, from 1.
fn line_of(file: usize, text: &str, line: u64) -> Place {
    let before: usize = text.split_inclusive('\n').take((line.max(1) - 1) as usize).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    Place::new(file, before..before + rest.lines().next().map_or(0, str::len))
}

struct Loader<'s> {
    source: &'s Source,
    sections: Sections,
    seen: Vec<Entry>,
}

/// Syntax findings per file; the parser goes on after a mistake, and soon reads nonsense.
const MOST_SYNTAX: usize = 10;

impl Loader<'_> {
    /// Reads a file and what it includes; `asked` is the include that names it.
    fn file(&mut self, folder: &Folder, entry: Entry, above: &mut Vec<Entry>, asked: Option<Place>) {
        let text = match folder.read(self.source, &entry) {
            Ok(text) => text,
            Err(complaint) => {
                let place = asked
                    .or_else(|| Some(Place::new(self.sections.files.add(entry.name, String::new()), 0..0)));
                let finding = Finding::error(complaint.code, place, complaint.message);
                return self.sections.findings.push(finding.label(complaint.label).help(complaint.help));
            }
        };
        let file = self.sections.files.add(entry.name.clone(), text.clone());
        self.seen.push(entry.clone());
        let (document, mistakes) = DeTable::parse_recoverable(&text);
        let broken = !mistakes.is_empty();
        for mistake in mistakes.iter().take(MOST_SYNTAX) {
            let place = Place::new(file, mistake.span().unwrap_or(0..0));
            let said = super::complaint::tidy(mistake.message());
            self.sections.findings.push(Finding::error("S003", place, "this is not TOML").label(said));
        }
        let before = self.sections.findings.len();
        let includes = self.sections.read(file, document.into_inner());
        if broken {
            // An entry that the parser lost looks like one that was never there.
            let lost = |finding: &Finding| finding.code == "S005";
            let later = self.sections.findings.split_off(before);
            self.sections.findings.extend(later.into_iter().filter(|finding| !lost(finding)));
        }
        above.push(entry);
        for name in includes {
            self.include(folder, above, &name.value, file, &name.span);
        }
        above.pop();
    }

    fn include(
        &mut self,
        folder: &Folder,
        above: &mut Vec<Entry>,
        name: &str,
        file: usize,
        span: &Range<usize>,
    ) {
        let place = Place::new(file, span.clone());
        let Some(from) = above.last() else { return };
        let entry = match folder.find(from, name) {
            Ok(entry) => entry,
            Err(wrong) => {
                let finding = Finding::error(wrong.code, place, wrong.message);
                return self.sections.findings.push(finding.label(wrong.label).help(wrong.help));
            }
        };
        let wrong = |message: &str| Finding::error("S015", place.clone(), message);
        let same = |other: &Entry| other.path == entry.path;
        let finding = if above.iter().any(same) {
            let way = above.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(" → ");
            wrong("files include each other in a circle").help(format!("{way} → {}", entry.name))
        } else if self.seen.iter().any(same) {
            wrong("this file is already included").help("include it once; all files share one scenario")
        } else if above.len() >= DEEPEST {
            wrong("files include each other too deep").help(format!("at most {DEEPEST} deep"))
        } else {
            return self.file(folder, entry, above, Some(place));
        };
        self.sections.findings.push(finding);
    }
}
