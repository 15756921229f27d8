//! Where a run begins, and where it is kept on its way.

use crate::cli::Run;
use crate::failure::Failure;
use crate::input::Asked;
use experiments::ExperimentError;
use experiments::plan;
use experiments::snapshot::{self, Head, Snapshot, SnapshotError};
use sim::luck::Luck;
use sim::time::SimTime;

/// What `run` is to do, as far as its beginning and its snapshots go.
pub struct Start {
    /// The snapshot that it goes on from.
    pub from: Option<Snapshot>,
    /// Under which strategy.
    pub strategy: String,
    /// Its luck.
    pub luck: Luck,
    /// When it is to be kept, and as which run.
    pub keep: Option<(SimTime, Head)>,
}

impl Start {
    /// What was asked for, once it is known to make sense.
    pub fn of(asked: &Run, input: &Asked) -> Result<Self, Failure> {
        let from = asked.from.as_deref().map(Snapshot::read).transpose()?;
        if let (Some(from), Some(path)) = (&from, &asked.from) {
            from.check(path, &input.files)?;
        }
        let own = from.as_ref().map_or("none", |from| &from.head.strategy);
        let strategy = asked.strategy.clone().unwrap_or_else(|| own.to_owned());
        plan::known(&input.scenario, &strategy)?;
        let fresh = Luck { seed: asked.seed.unwrap_or(1), replication: 0 };
        let luck = from.as_ref().map_or(fresh, Snapshot::luck);
        let head = |at| Head {
            version: snapshot::VERSION,
            program: snapshot::PROGRAM.to_owned(),
            scenario: input.name.clone(),
            files: snapshot::digest(&input.files),
            strategy: strategy.clone(),
            seed: luck.seed,
            replication: luck.replication,
            at,
            told: false,
        };
        let keep = asked.snapshot_at.map(|span| SimTime::ZERO + span);
        let keep = keep.map(|at| (at, head(at)));
        let after = from.as_ref().map_or(SimTime::ZERO, |from| from.head.at);
        if let (Some((at, _)), Some(folder)) = (&keep, &asked.out)
            && (*at <= after || at.0 >= input.scenario.horizon.0.0)
        {
            let path = folder.join(snapshot::FILE);
            return Err(ExperimentError::Snapshot { path, why: SnapshotError::Outside }.into());
        }
        Ok(Self { from, strategy, luck, keep })
    }

    /// Whether controls change on the way: then the run cannot be made again from its start alone.
    pub fn is_fork(&self) -> bool {
        self.from.as_ref().is_some_and(|from| from.head.strategy != self.strategy)
    }
}
