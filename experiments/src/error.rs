//! What can go wrong between a scenario and its results.

use crate::snapshot::SnapshotError;
use reports::error::ReportError;
use scenarios::site::SiteError;
use sim::keep::KeepError;
use std::io;
use std::path::PathBuf;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A strategy that the scenario does not have.
    #[error("the scenario has no strategy `{name}`; it has {known}")]
    Strategy {
        /// The name asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A metric that there is not.
    #[error("no metric is called `{name}`; there are {known}")]
    Metric {
        /// The name asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A number that the experiment cannot be made with.
    #[error("{what} must be {must}")]
    Number {
        /// Which number.
        what: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// The run could not be built.
    #[error("strategy `{strategy}`, replication {replication}, cannot be run")]
    Build {
        /// The strategy.
        strategy: String,
        /// The replication.
        replication: u64,
        /// Why.
        #[source]
        source: Box<SiteError>,
    },
    /// A run cannot be kept.
    #[error("the run cannot be kept")]
    Keep(#[source] KeepError),
    /// A snapshot that cannot be used or taken.
    #[error("the snapshot {}", path.display())]
    Snapshot {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        why: SnapshotError,
    },
    /// The results could not be compared.
    #[error("the comparison cannot be made")]
    Report(#[source] ReportError),
    /// It was interrupted too soon.
    #[error("interrupted before the first replication of every strategy was complete")]
    TooSoon,
    /// The threads could not be started.
    #[error("{wanted} threads cannot be started")]
    Threads {
        /// How many.
        wanted: usize,
        /// Why.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// A file or folder refused.
    #[error("{} cannot be {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// `read`, `written`, ….
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder that something else made.
    #[error("{} is not a result folder of this program, and is left alone", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// A stored result that does not read.
    #[error("{} is not a result of this version", path.display())]
    Stored {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A stored result of another layout.
    #[error("{} has version {got} of the layout, and this program reads version {expected}", path.display())]
    Version {
        /// Which.
        path: PathBuf,
        /// Its version.
        got: u32,
        /// Ours.
        expected: u32,
    },
    /// A folder without results.
    #[error("{} holds no results of this program; {help}", path.display())]
    NoResults {
        /// Which.
        path: PathBuf,
        /// What may have been meant.
        help: String,
    },
    /// A harm event that there is not.
    #[error("no harm event in {} is called `{id}`; {help}", folder.display())]
    NoEvent {
        /// The name asked for.
        id: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// What may have been meant.
        help: String,
    },
    /// A stored scenario that has errors.
    #[error("{} no longer reads as a scenario; `plimsoll check` tells why", path.display())]
    Unreadable {
        /// Its file.
        path: PathBuf,
    },
    /// A run made again is another one.
    #[error(
        "the run made again is not the one that was kept (digest {kept}, now {got}): this program or the stored \
         scenario differs from that of then"
    )]
    Differs {
        /// The digest kept.
        kept: String,
        /// The digest now.
        got: String,
    },
    /// A result could not be made into JSON.
    #[error("a result cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// A model could not be set up for its validation.
    #[error("validation of {area}: {why}")]
    Validate {
        /// The area.
        area: &'static str,
        /// Why.
        why: String,
    },
}

impl ExperimentError {
    /// Whether what was asked is wrong, rather than what was done.
    pub fn is_input(&self) -> bool {
        if let Self::Build { source, .. } = self {
            return matches!(**source, SiteError::Keep(_));
        }
        matches!(
            self,
            Self::Strategy { .. }
                | Self::Metric { .. }
                | Self::Number { .. }
                | Self::Foreign { .. }
                | Self::NoResults { .. }
                | Self::NoEvent { .. }
                | Self::Unreadable { .. }
                | Self::Stored { .. }
                | Self::Version { .. }
                | Self::Snapshot { .. }
        )
    }
}
