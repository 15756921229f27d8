//! Snapshots: a run as it stands at an instant, in a file, to go on from.

use crate::error::ExperimentError;
use crate::folds::Folds;
use crate::run::Job;
use devices::parameters::Setting;
use scenarios::keep::{self, Kept};
use scenarios::language::load::Files;
use scenarios::site;
use serde::{Deserialize, Serialize};
use sim::keep::{Keep, KeepError, ids, read, write};
use sim::luck::{Luck, mix, name_hash};
use sim::simulation::Simulation;
use sim::time::SimTime;
use std::path::Path;

/// The version of the layout: it changes with every change of what a part holds.
pub const VERSION: u32 = 1;

/// The version of the program: snapshots of another may mean something else.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// With what the file begins.
const MARK: &[u8] = b"plimsoll snapshot\n";

/// The name of the file in a folder of results.
pub const FILE: &str = "snapshot";

/// Of which run a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the layout.
    pub version: u32,
    /// The version of the program.
    pub program: String,
    /// The scenario's name.
    pub scenario: String,
    /// A digest of its files.
    pub files: u64,
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// The replication.
    pub replication: u64,
    /// Everything before this instant is worked.
    pub at: SimTime,
    /// Whether every message was told as facts until then.
    pub told: bool,
}

/// A run as it stands at an instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Of which run.
    pub head: Head,
    run: Kept,
    folds: Vec<u8>,
}

/// Why a snapshot cannot be used or taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unread(#[source] std::io::Error),
    /// It is none.
    #[error("it is not a snapshot of this program")]
    Foreign,
    /// It is of another layout.
    #[error("it has version {got} of the layout, and this program reads version {VERSION}")]
    Version {
        /// Its version.
        got: u32,
    },
    /// It was made by another version of the program.
    #[error("version {0} of the program made it")]
    Program(String),
    /// It is of another scenario, or of another text of it.
    #[error("it is of `{scenario}` as that stood then; the files differ now")]
    Scenario {
        /// The scenario's name.
        scenario: String,
    },
    /// The instant is not within the run.
    #[error(
        "a snapshot is taken after the run's start (or the snapshot that it goes on from) and before its end"
    )]
    Outside,
    /// A part of it does not read or fit.
    #[error("a part of it does not fit")]
    Part(#[source] KeepError),
}

/// A digest of a scenario's files, in the order of their reading.
pub fn digest(files: &Files) -> u64 {
    let texts = (0..files.len()).filter_map(|at| files.text(at));
    texts.fold(0, |digest: u64, text| mix(digest.rotate_left(1) ^ name_hash(text)))
}

impl Snapshot {
    /// A run as it stands, worked up to `head.at`.
    pub(crate) fn of(head: Head, simulation: &Simulation, folds: &Folds) -> Result<Self, KeepError> {
        Ok(Self { head, run: keep::keep(simulation)?, folds: folds.keep()? })
    }

    /// The file that holds it.
    ///
    /// # Errors
    /// When it cannot be serialised.
    pub fn bytes(&self) -> Result<Vec<u8>, ExperimentError> {
        let mut bytes = MARK.to_vec();
        bytes.extend(write("the head", &self.head).map_err(ExperimentError::Keep)?);
        bytes.extend(write("the run", &(&self.run, &self.folds)).map_err(ExperimentError::Keep)?);
        Ok(bytes)
    }

    /// Read a file, or the one of this name in a folder of results.
    ///
    /// # Errors
    /// When it cannot be read, or is no snapshot of this version.
    pub fn read(path: &Path) -> Result<Self, ExperimentError> {
        let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
        let refused = |why| ExperimentError::Snapshot { path: file.clone(), why };
        let bytes = std::fs::read(&file).map_err(|error| refused(SnapshotError::Unread(error)))?;
        let body = bytes.strip_prefix(MARK).ok_or_else(|| refused(SnapshotError::Foreign))?;
        // A version is read before anything whose layout it tells.
        let got: u32 = part(body).map_err(|why| refused(SnapshotError::Part(why)))?.0;
        if got != VERSION {
            return Err(refused(SnapshotError::Version { got }));
        }
        let (head, rest) = part::<Head>(body).map_err(|why| refused(SnapshotError::Part(why)))?;
        if head.program != PROGRAM {
            return Err(refused(SnapshotError::Program(head.program)));
        }
        let (run, folds) = read("the run", rest).map_err(|why| refused(SnapshotError::Part(why)))?;
        Ok(Self { head, run, folds })
    }

    /// Whether it is of these files.
    ///
    /// # Errors
    /// When it is of others.
    pub fn check(&self, path: &Path, files: &Files) -> Result<(), ExperimentError> {
        if self.head.files == digest(files) {
            return Ok(());
        }
        let why = SnapshotError::Scenario { scenario: self.head.scenario.clone() };
        Err(ExperimentError::Snapshot { path: path.to_owned(), why })
    }

    /// The luck of its run.
    pub const fn luck(&self) -> Luck {
        Luck { seed: self.head.seed, replication: self.head.replication }
    }

    /// The run that goes on from it: its own, or under the job's strategy if that is another one.
    pub(crate) fn go_on(
        &self,
        job: &Job<'_>,
        folds: impl FnOnce(&Simulation) -> Folds,
    ) -> Result<(Simulation, Folds), site::SiteError> {
        if job.strategy != self.head.strategy {
            let (simulation, ids) =
                keep::fork(job.scenario, job.strategy, job.luck, self.head.at, &self.run)?;
            let mut folds = folds(&simulation);
            ids::within(&ids, || folds.lay(&self.folds)).map_err(site::SiteError::Keep)?;
            return Ok((simulation, folds));
        }
        let none: Option<&Setting> = None;
        let mut simulation = site::build_set(job.scenario, job.strategy, job.luck, site::WINDOW, none)?;
        keep::go_on(&mut simulation, &self.run).map_err(site::SiteError::Keep)?;
        let mut folds = folds(&simulation);
        folds.lay(&self.folds).map_err(site::SiteError::Keep)?;
        Ok((simulation, folds))
    }
}

fn part<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<(T, &[u8]), KeepError> {
    sim::keep::read_first("the head", bytes)
}
