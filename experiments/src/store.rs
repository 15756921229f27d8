//! Results on disk. Each run is a file of its own, whole as soon as it has its name; a folder of results comes to
//! stand under its name at once, and what stood there is kept beside it.
//!
//! | file | what |
//! | --- | --- |
//! | `about.json` | what was compared |
//! | `runs/0007-2.json` | a completed run: replication 7 of the third strategy |
//! | `harm/0007-2.json` | who was harmed in it, where somebody was |
//! | `scenario.json`, `scenario/` | the scenario's files, to make a run again |
//! | `sensitivity.json` | what setting parameters low and high did, where that was asked for |
//! | `comparison.json` | the comparison, as `--format json` prints it |
//! | `index.html` | the page |

use crate::compare;
use crate::error::ExperimentError;
use crate::kept::{KeptRun, Stored};
use crate::plan::About;
use crate::run::RunOutcome;
use reports::comparison::{Comparison, VERSION};
use reports::sensitivity::Sensitivity;
use scenarios::language::Scenario;
use scenarios::language::load::Files;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a folder of this program holds; nothing else is ever moved or replaced.
const MARKS: [&str; 2] = ["about.json", "run.json"];

/// What setting parameters low and high did.
const SENSITIVITY: &str = "sensitivity.json";

/// A folder that is being filled.
#[derive(Clone, Debug)]
pub struct Store {
    partial: PathBuf,
    target: PathBuf,
    strategies: Vec<String>,
}

fn refused(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> ExperimentError {
    move |source| ExperimentError::File { path: path.to_owned(), what, source }
}

impl Store {
    /// A folder that will stand at `target`. Until it is whole it is called after the process that fills it.
    ///
    /// # Errors
    /// When something else stands there, or the disk refuses.
    pub fn new(target: &Path) -> Result<Self, ExperimentError> {
        may_replace(target)?;
        let partial = beside(target, &format!(".partial-{}", std::process::id()));
        fs::create_dir_all(&partial).map_err(refused(&partial, "made"))?;
        Ok(Self { partial, target: target.to_owned(), strategies: Vec::new() })
    }

    /// As [`Store::new`], for a comparison.
    ///
    /// # Errors
    /// As [`Store::new`].
    pub fn of_comparison(target: &Path, about: &About) -> Result<Self, ExperimentError> {
        let store = Self { strategies: about.strategies.clone(), ..Self::new(target)? };
        let runs = store.partial.join("runs");
        fs::create_dir_all(&runs).map_err(refused(&runs, "made"))?;
        store.write("about.json", &json(about)?)?;
        Ok(store)
    }

    /// Where it is while it is being filled.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Keep a completed run.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(&self, run: &RunOutcome) -> Result<(), ExperimentError> {
        let nth =
            self.strategies.iter().position(|name| *name == run.strategy).unwrap_or(self.strategies.len());
        let name = format!("{:04}-{nth}.json", run.replication);
        if !run.harm.is_empty() {
            let harm = KeptRun {
                strategy: run.strategy.clone(),
                replication: run.replication,
                digest: run.digest.clone(),
                events: run.harm.clone(),
            };
            self.write(&format!("harm/{name}"), &json(&harm)?)?;
        }
        self.write(&format!("runs/{name}"), &json(run)?)
    }

    /// Keep the files of the scenario of this name, so that a run can be made again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep_scenario(
        &self,
        name: &str,
        scenario: &Scenario,
        files: &Files,
    ) -> Result<(), ExperimentError> {
        let own = Path::new(files.name(0).unwrap_or_default());
        let folder = own.parent().unwrap_or(Path::new(""));
        for at in 0..files.len() {
            let (Some(path), Some(text)) = (files.name(at), files.text(at)) else { continue };
            let path = Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path));
            self.write(&format!("scenario/{}", path.display()), text.as_bytes())?;
        }
        let file = own.file_name().map(PathBuf::from).unwrap_or_default();
        let start_s = scenario.starts_at.clock.0.seconds();
        let costs =
            scenario.costs.as_ref().and_then(|_| files.name(files.len().checked_sub(1)?)).map(PathBuf::from);
        let stored = Stored { version: VERSION, name: name.to_owned(), file, start_s, costs };
        self.write("scenario.json", &json(&stored)?)
    }

    /// Keep what setting parameters low and high did.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep_sensitivity(&self, found: &Sensitivity) -> Result<(), ExperimentError> {
        self.write(SENSITIVITY, &json(found)?)
    }

    /// Write a file, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ExperimentError> {
        let path = self.partial.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(refused(folder, "made"))?;
        }
        write(&path, bytes)
    }

    /// The comparison and its page.
    ///
    /// # Errors
    /// When the page cannot be drawn or the disk refuses.
    pub fn write_comparison(&self, comparison: &Comparison) -> Result<(), ExperimentError> {
        write_comparison(&self.partial, comparison)
    }

    /// Let it stand under its name; what stood there is kept as `NAME.1`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> Result<PathBuf, ExperimentError> {
        may_replace(&self.target)?;
        if self.target.exists() {
            let old = beside(&self.target, ".1");
            may_replace(&old)?;
            if old.exists() {
                fs::remove_dir_all(&old).map_err(refused(&old, "replaced"))?;
            }
            fs::rename(&self.target, &old).map_err(refused(&self.target, "moved aside"))?;
        }
        fs::rename(&self.partial, &self.target).map_err(refused(&self.target, "written"))?;
        sync_folder(&self.target);
        Ok(self.target)
    }

    /// Leave nothing behind.
    pub fn discard(self) {
        // What cannot be removed is named after a process that is gone and is in nobody's way.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// The path with more at the end of its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or(path.as_os_str()).to_owned();
    name.push(more);
    path.with_file_name(name)
}

/// Only an empty folder or one of ours may be replaced.
fn may_replace(path: &Path) -> Result<(), ExperimentError> {
    let ours = MARKS.iter().any(|mark| path.join(mark).is_file());
    let empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    if !path.exists() || ours || empty() {
        return Ok(());
    }
    Err(ExperimentError::Foreign { path: path.to_owned() })
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, ExperimentError> {
    serde_json::to_vec(value).map_err(ExperimentError::Json)
}

/// Write a file that is whole once it has its name.
/// Write a file as a whole: nobody ever sees a part of it.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ExperimentError> {
    let partial = beside(path, ".partial");
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&partial, path)).map_err(refused(path, "written"))?;
    sync_folder(path);
    Ok(())
}

/// Make a new name last. A system that cannot do it for folders still has the file.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

fn write_comparison(folder: &Path, comparison: &Comparison) -> Result<(), ExperimentError> {
    let text = serde_json::to_vec_pretty(comparison).map_err(ExperimentError::Json)?;
    write(&folder.join("comparison.json"), &text)?;
    let page = reports::page::html(comparison).map_err(ExperimentError::Report)?;
    write(&folder.join("index.html"), page.as_bytes())
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ExperimentError> {
    let bytes = fs::read(path).map_err(refused(path, "read"))?;
    serde_json::from_slice(&bytes).map_err(|source| ExperimentError::Stored { path: path.to_owned(), source })
}

/// Compare stored runs again, and draw their page again beside them. An interrupted folder gives the completed
/// prefix of replications.
///
/// # Errors
/// When the folder does not hold a comparison of this version, or the disk refuses.
pub fn report(folder: &Path) -> Result<Comparison, ExperimentError> {
    let path = folder.join("about.json");
    if !path.is_file() {
        return Err(ExperimentError::Foreign { path: folder.to_owned() });
    }
    let about: About = read(&path)?;
    if about.version != VERSION {
        return Err(ExperimentError::Version { path, got: about.version, expected: VERSION });
    }
    let runs = folder.join("runs");
    let mut names: Vec<PathBuf> = fs::read_dir(&runs)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(refused(&runs, "read"))?;
    names.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    names.sort();
    let runs = names.iter().map(|path| read(path)).collect::<Result<Vec<RunOutcome>, _>>()?;
    let found = folder.join(SENSITIVITY);
    let found = found.is_file().then(|| read::<Sensitivity>(&found)).transpose()?;
    let comparison = compare::of_runs(&about, runs, found)?;
    write_comparison(folder, &comparison)?;
    Ok(comparison)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("plimsoll-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn what_stood_there_is_kept_beside_it_once() {
        let root = folder("kept");
        let target = root.join("ward");
        for text in ["first", "second", "third"] {
            let store = Store::new(&target).unwrap();
            store.write("run.json", text.as_bytes()).unwrap();
            assert_eq!(store.finish().unwrap(), target);
        }
        assert_eq!(fs::read_to_string(target.join("run.json")).unwrap(), "third");
        assert_eq!(fs::read_to_string(root.join("ward.1/run.json")).unwrap(), "second");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 2);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let root = folder("foreign");
        fs::write(root.join("letter.txt"), "dear").unwrap();
        assert!(matches!(Store::new(&root), Err(ExperimentError::Foreign { .. })));
        assert!(matches!(report(&root), Err(ExperimentError::Foreign { .. })));
        assert_eq!(fs::read_to_string(root.join("letter.txt")).unwrap(), "dear");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_folder_that_is_discarded_leaves_nothing() {
        let root = folder("discard");
        let store = Store::new(&root.join("ward")).unwrap();
        store.write("run.json", b"{}").unwrap();
        store.discard();
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        fs::remove_dir_all(root).unwrap();
    }
}
