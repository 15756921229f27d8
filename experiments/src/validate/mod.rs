//! Models against the outside world, area by area.

mod authority;
mod carriers;
mod field;
mod hospital;
mod network;
mod placement;
mod queues;
mod radios;

use crate::compare::Progress;
use crate::error::ExperimentError;
use crate::run::{self, Job, RunOutcome};
use devices::check::Check;
use scenarios::language::Scenario;
use sim::core::Core;
use sim::fact::Fact;
use sim::luck::Luck;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What an area is given: whether to be quick, whom to tell, and when to stop.
#[derive(Clone, Copy)]
pub(crate) struct Effort<'e> {
    pub(crate) quick: bool,
    pub(crate) progress: &'e (dyn Fn(Progress) + Sync),
    pub(crate) cancel: &'e AtomicBool,
}

type Area = (&'static str, fn(Effort<'_>) -> Result<Vec<Check>, ExperimentError>);

/// Every area, in the order of reports.
const ALL: &[Area] = &[
    ("infusion", infusion),
    ("crypto", crypto),
    ("network", network::checks),
    ("hospital", hospital::checks),
];

/// The names of the areas.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|area| area.0).collect()
}

/// The checks of one area, or of all.
///
/// # Errors
/// When a model cannot be set up, or a run of its scenario fails or is interrupted.
pub fn checks(
    area: Option<&str>,
    quick: bool,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = Vec::new();
    for (_, checks) in ALL.iter().filter(|(name, _)| area.is_none_or(|area| area == *name)) {
        rows.extend(checks(Effort { quick, progress, cancel })?);
    }
    Ok(rows)
}

fn infusion(_: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let why = |error: devices::plant::PlantError| ExperimentError::Validate {
        area: "infusion",
        why: error.to_string(),
    };
    devices::plant::validate::checks().map_err(why)
}

fn crypto(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let why = |error: devices::crypto::CryptoError| ExperimentError::Validate {
        area: "crypto",
        why: error.to_string(),
    };
    let mut rows = devices::crypto::validate::checks().map_err(why)?;
    rows.extend(carriers::checks(effort)?);
    Ok(rows)
}

fn interrupted(area: &'static str, why: &str) -> ExperimentError {
    ExperimentError::Validate { area, why: why.to_owned() }
}

/// One run under the strategy `none`, as the command line makes it; the area has planned it.
fn simulate(
    area: &'static str,
    scenario: &Arc<Scenario>,
    replication: u64,
    effort: Effort<'_>,
    see: &mut dyn FnMut(&[Fact], &Core),
) -> Result<RunOutcome, ExperimentError> {
    let job = Job {
        scenario,
        strategy: "none",
        luck: Luck { seed: 1, replication },
        clock: None,
        told: false,
        setting: None,
    };
    let mut told = 0;
    let made = run::run(&job, &mut |facts, core| {
        see(facts, core);
        let share = (1000.0 * core.now.seconds() / core.horizon.seconds()) as u64;
        if share > told {
            (effort.progress)(Progress::Simulated(share - told));
            told = share;
        }
        if effort.cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    (effort.progress)(Progress::Simulated(1000_u64.saturating_sub(told)));
    (effort.progress)(Progress::Completed);
    made.ok_or_else(|| interrupted(area, "interrupted"))
}
