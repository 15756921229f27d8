//! The harm events that a folder of results holds, of one run or of a comparison's.

use crate::error::ExperimentError;
use crate::harm::Event;
use crate::plan::About;
use crate::store;
use devices::quantity::nearest;
use reports::comparison::VERSION;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Which of the stored files is the scenario's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) version: u32,
    pub(crate) name: String,
    /// Its path in `scenario/`.
    pub(crate) file: PathBuf,
    /// The time of day at which it starts [s].
    pub(crate) start_s: f64,
    /// The table of costs in `scenario/` that was measured on a machine, where one was used.
    #[serde(default)]
    pub(crate) costs: Option<PathBuf>,
}

/// The harm events of a kept run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRun {
    /// The strategy.
    pub strategy: String,
    /// The replication.
    #[serde(default)]
    pub replication: u64,
    /// The digest of the run.
    pub digest: String,
    /// Its events.
    #[serde(rename = "harm")]
    pub events: Vec<Event>,
}

/// What `run.json` says of its run besides.
#[derive(Deserialize)]
struct Single {
    seed: u64,
    #[serde(flatten)]
    run: KeptRun,
}

/// A folder's events.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The folder.
    pub folder: PathBuf,
    /// The scenario's name.
    pub scenario: String,
    /// Where it is.
    pub scenario_file: PathBuf,
    /// Where the costs are that were measured on a machine, if such were used.
    pub costs_file: Option<PathBuf>,
    /// The time of day at which it starts [s].
    pub start_s: f64,
    /// The seed of all luck.
    pub seed: u64,
    /// Whether there are many runs, so that an event's name begins with its run's.
    pub many: bool,
    /// The runs in which somebody was harmed; those of a comparison in (replication, strategy) order.
    pub runs: Vec<KeptRun>,
}

impl Kept {
    /// What a folder holds.
    ///
    /// # Errors
    /// When it is not a folder of results of this version, or does not read.
    pub fn open(folder: &Path) -> Result<Self, ExperimentError> {
        let (run, about) = (folder.join("run.json"), folder.join("about.json"));
        let (seed, many, runs) = if run.is_file() {
            let single: Single = store::read(&run)?;
            (single.seed, false, vec![single.run])
        } else if about.is_file() {
            let about: About = store::read(&about)?;
            (about.seed, true, runs(&folder.join("harm"))?)
        } else {
            return Err(ExperimentError::NoResults { path: folder.to_owned(), help: beside(folder) });
        };
        let stored: Stored = store::read(&folder.join("scenario.json"))?;
        if stored.version != VERSION {
            let path = folder.join("scenario.json");
            return Err(ExperimentError::Version { path, got: stored.version, expected: VERSION });
        }
        let scenario_file = folder.join("scenario").join(&stored.file);
        let costs_file = stored.costs.as_ref().map(|costs| folder.join("scenario").join(costs));
        let (scenario, start_s) = (stored.name, stored.start_s);
        Ok(Self { folder: folder.to_owned(), scenario, scenario_file, costs_file, start_s, seed, many, runs })
    }

    /// The name of a run's event in this folder.
    pub fn name(&self, run: &KeptRun, event: &Event) -> String {
        if self.many {
            format!("{}/{}/{}", run.strategy, run.replication, event.id)
        } else {
            event.id.clone()
        }
    }

    /// Every event, the worst first.
    pub fn worst_first(&self) -> Vec<(&KeptRun, &Event)> {
        let mut all: Vec<(&KeptRun, &Event)> =
            self.runs.iter().flat_map(|run| run.events.iter().map(move |event| (run, event))).collect();
        all.sort_by(|a, b| a.1.worse(b.1));
        all
    }

    /// The event of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, id: &str) -> Result<(&KeptRun, &Event), ExperimentError> {
        let all = self.worst_first();
        if let Some(found) = all.iter().find(|(run, event)| self.name(run, event) == id) {
            return Ok(*found);
        }
        let names: Vec<String> = all.iter().map(|(run, event)| self.name(run, event)).collect();
        let help = match nearest(id, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "nobody was harmed".to_owned(),
            None => format!("the worst is `{}`", names[0]),
        };
        Err(ExperimentError::NoEvent { id: id.to_owned(), folder: self.folder.clone(), help })
    }
}

/// The events of a comparison's runs.
fn runs(folder: &Path) -> Result<Vec<KeptRun>, ExperimentError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| store::read(path)).collect()
}

/// A folder of results beside this one that may have been meant.
fn beside(folder: &Path) -> String {
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let results = |path: &PathBuf| path.join("run.json").is_file() || path.join("about.json").is_file();
    let entries = fs::read_dir(parent).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut names: Vec<String> = entries
        .filter(results)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    match nearest(&own, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", folder.with_file_name(near).display()),
        None => {
            "`plimsoll run SCENARIO --out DIR` and `plimsoll compare SCENARIO --out DIR` make one".to_owned()
        }
    }
}
