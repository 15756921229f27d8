//! Many runs on the same luck: strategies by replications, in parallel, read in order.

use crate::digest;
use crate::dossier;
use crate::error::ExperimentError;
use crate::marks;
use crate::parallel;
use crate::plan::{About, HARM, Plan};
use crate::run::{self, Job, RunOutcome};
use crate::sensitivity;
use crate::store::Store;
use crate::threads::{Before, Need};
use rayon::{ThreadPool, ThreadPoolBuilder};
use reports::comparison::{Comparison, Sentence};
use reports::sensitivity::Sensitivity;
use reports::summary::{self, StrategyRuns};
use sim::luck::Luck;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Replications between two looks at the precision reached. The look is taken after whole batches only, so that
/// what it decides does not depend on which run happened to be ready first.
pub const BATCH: u32 = 10;

/// Replications at most where only a precision is asked for.
pub const MOST: u32 = 1_000;

/// What is told while runs go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many more runs are to be made.
    Planned(u64),
    /// So many thousandths of a run were simulated since the last word of this kind.
    Simulated(u64),
    /// A run is complete.
    Completed,
    /// Fewer runs at once than wanted, or more memory than allowed: so the first one showed.
    Fitted {
        /// What a run takes.
        need: Need,
        /// What was allowed [B].
        budget: u64,
        /// Runs at once.
        at_once: usize,
        /// Runs at once that were wanted.
        wanted: usize,
    },
    /// So many more runs will tell which of so many parameters move the answer.
    Examining {
        /// Distinct parameters with a range.
        parameters: u64,
        /// Runs that read them.
        runs: u64,
    },
}

/// How a comparison goes on and is ended.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    /// Told how it goes, from any thread.
    pub progress: &'w (dyn Fn(Progress) + Sync),
    /// Set to end it: what is complete is kept.
    pub cancel: &'w AtomicBool,
    /// Where each run is kept as soon as it is complete.
    pub store: Option<&'w Store>,
}

/// A comparison, and whether it is all that was asked for.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The comparison of the completed prefix of replications.
    pub comparison: Comparison,
    /// False when it was interrupted.
    pub complete: bool,
}

/// Make the runs and compare them.
///
/// # Errors
/// When a run cannot be made or kept, or when it is interrupted before one replication of all strategies is
/// complete.
pub fn compare(plan: &Plan, watch: Watch<'_>) -> Result<Compared, ExperimentError> {
    plan.check()?;
    let (mut runs, at_once) = first(plan, watch)?;
    let pool = pool(at_once)?;
    let batch = if plan.until.is_some() { BATCH } else { plan.replications };
    let mut next = 0;
    while next < plan.replications && !watch.cancel.load(Ordering::Relaxed) {
        let end = next.saturating_add(batch).min(plan.replications);
        let made = if next == 0 { runs.len() } else { 0 };
        runs.extend(make(plan, (next..end, made), &pool, watch)?);
        next = end;
        if let Some(precision) = plan.until
            && !watch.cancel.load(Ordering::Relaxed)
            && reached(&plan.about, &runs, precision)?
        {
            break;
        }
    }
    let mut complete = runs.len() == next as usize * plan.about.strategies.len();
    if !plan.sensitivity {
        return Ok(Compared { comparison: of_runs(&plan.about, runs, None)?, complete });
    }
    let before = of_runs(&plan.about, runs.clone(), None)?;
    let found = sensitivity::examine(plan, &runs, &before, &pool, watch);
    complete &= !watch.cancel.load(Ordering::Relaxed);
    if let Some(store) = watch.store {
        store.keep_sensitivity(&found)?;
    }
    Ok(Compared { comparison: of_runs(&plan.about, runs, Some(found))?, complete })
}

/// The runs of some replications, in (replication, strategy) order; those that an interruption left out are
/// missing.
fn pool(wanted: usize) -> Result<ThreadPool, ExperimentError> {
    let pool = ThreadPoolBuilder::new().num_threads(wanted).build();
    pool.map_err(|source| ExperimentError::Threads { wanted, source })
}

/// Under a budget of memory, the first run by itself, and how many at once fit after what it took.
fn first(plan: &Plan, watch: Watch<'_>) -> Result<(Vec<RunOutcome>, usize), ExperimentError> {
    let (Some(budget), Some(strategy)) = (plan.memory, plan.about.strategies.first()) else {
        return Ok((Vec::new(), plan.threads));
    };
    let before = Before::run(&plan.scenario);
    (watch.progress)(Progress::Planned(1));
    let run = one(plan, 0, strategy, watch)?;
    let need = before.need();
    let at_once = need.fit(budget, plan.threads);
    if at_once < plan.threads || need.exceeds(budget) {
        (watch.progress)(Progress::Fitted { need, budget, at_once, wanted: plan.threads });
    }
    Ok((run.into_iter().collect(), at_once))
}

/// Every run of these replications, but for the first `made`.
fn make(
    plan: &Plan,
    (replications, made): (std::ops::Range<u32>, usize),
    pool: &ThreadPool,
    watch: Watch<'_>,
) -> Result<Vec<RunOutcome>, ExperimentError> {
    let jobs: Vec<(u32, &String)> = replications
        .flat_map(|r| plan.about.strategies.iter().map(move |name| (r, name)))
        .skip(made)
        .collect();
    (watch.progress)(Progress::Planned(jobs.len() as u64));
    let failed = AtomicBool::new(false);
    let stop = || watch.cancel.load(Ordering::Relaxed) || failed.load(Ordering::Relaxed);
    let done = parallel::in_order(pool, &jobs, stop, |&(replication, strategy)| {
        let result = one(plan, replication, strategy, watch).transpose();
        failed.fetch_or(matches!(result, Some(Err(_))), Ordering::Relaxed);
        result
    });
    done.into_iter().flatten().collect()
}

fn one(
    plan: &Plan,
    replication: u32,
    strategy: &str,
    watch: Watch<'_>,
) -> Result<Option<RunOutcome>, ExperimentError> {
    let luck = Luck { seed: plan.about.seed, replication: u64::from(replication) };
    let job = Job { scenario: &plan.scenario, strategy, luck, clock: None, told: false, setting: None };
    let mut made = simulate(&job, watch)?;
    if let Some(run) = &mut made {
        if let Some(store) = watch.store {
            store.keep(run)?;
        }
        // It is on disk for whoever asks; a comparison reads only sums.
        (run.harm, run.zones) = (Vec::new(), Vec::new());
    }
    Ok(made)
}

/// Make a run and tell how it goes; nothing when it was interrupted.
pub(crate) fn simulate(job: &Job<'_>, watch: Watch<'_>) -> Result<Option<RunOutcome>, ExperimentError> {
    let mut told = 0;
    let made = run::run(job, &mut |_, core| {
        let share = u128::from(core.now.0) * 1000 / u128::from(core.horizon.0.max(1));
        let share = u64::try_from(share.min(1000)).unwrap_or(1000);
        if share > told {
            (watch.progress)(Progress::Simulated(share - told));
            told = share;
        }
        if watch.cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if made.is_some() {
        (watch.progress)(Progress::Simulated(1000 - told));
        (watch.progress)(Progress::Completed);
    }
    Ok(made)
}

/// Whether every primary difference is known to half its interval at most `precision`.
fn reached(about: &About, runs: &[RunOutcome], precision: f64) -> Result<bool, ExperimentError> {
    let comparison = of_runs(about, runs.to_vec(), None)?;
    let primary = &comparison.primary;
    let mut differences = comparison.differences.iter().filter(|one| one.metric == *primary);
    Ok(differences.all(|one| one.interval.half_width().is_some_and(|half| half <= precision)))
}

/// Compare the longest prefix of replications that every strategy has completed, with what was found by setting
/// parameters low and high, where that was asked for.
///
/// # Errors
/// When there is none, or the numbers do not compare.
pub fn of_runs(
    about: &About,
    mut runs: Vec<RunOutcome>,
    sensitivity: Option<Sensitivity>,
) -> Result<Comparison, ExperimentError> {
    runs.sort_by(|a, b| (a.replication, &a.strategy).cmp(&(b.replication, &b.strategy)));
    let has = |replication: u64, name: &String| {
        let key = (replication, name.as_str());
        runs.binary_search_by(|run| (run.replication, run.strategy.as_str()).cmp(&key)).is_ok()
    };
    let whole = |replication: &u64| about.strategies.iter().all(|name| has(*replication, name));
    let prefix = (0..).take_while(whole).count() as u64;
    if prefix == 0 {
        return Err(ExperimentError::TooSoon);
    }
    runs.retain(|run| run.replication < prefix && about.strategies.contains(&run.strategy));
    let digest =
        digest::of_runs(runs.iter().map(|run| (run.replication, run.strategy.as_str(), run.digest.as_str())));
    let mut about = about.clone();
    about.dossier.parameters = dossier::parameters(&about.dossier.parameters, &runs);
    about.dossier.costs = dossier::costs(&about.strategies, &runs);
    about.marks.extend(marks::firsts(&about.strategies, &runs));
    about.marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let primary = primary(&about.primary, &runs);
    let mut by_strategy: Vec<StrategyRuns> = about
        .strategies
        .iter()
        .map(|name| StrategyRuns { name: name.clone(), outcomes: Vec::new() })
        .collect();
    for run in runs {
        if let Some(own) = by_strategy.iter_mut().find(|own| own.name == run.strategy) {
            own.outcomes.push(run.outcome);
        }
    }
    let about = summary::About {
        scenario: about.scenario,
        title: about.title,
        seed: about.seed,
        confidence: about.confidence,
        digest,
        command: format!("{} --replications {prefix}", about.command),
        baseline: about.baseline,
        primary,
        clock: about.clock,
        marks: about.marks,
        dossier: about.dossier,
        sensitivity,
    };
    let mut comparison = summary::compare(about, &by_strategy).map_err(ExperimentError::Report)?;
    if comparison.metric(HARM[0]).is_none() {
        let text = "Harm is not modelled: the scenario has no plant that simulates a body.".to_owned();
        comparison.answer.push(Sentence { text, from: vec!["/metrics".to_owned()] });
    }
    Ok(comparison)
}

/// The metric that decides: `harm` is the first of [`HARM`] that every run gives.
fn primary(asked: &str, runs: &[RunOutcome]) -> String {
    let told = |id: &&&str| runs.iter().all(|run| run.outcome.metrics.contains_key(**id));
    match asked {
        "harm" => HARM.iter().find(told).copied().unwrap_or(HARM[0]).to_owned(),
        other => other.to_owned(),
    }
}
