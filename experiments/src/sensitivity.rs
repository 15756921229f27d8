//! Which uncertain numbers move the answer: runs with one parameter set to an end of its range, on the same luck.

use crate::compare::{Progress, Watch, simulate};
use crate::parallel;
use crate::plan::Plan;
use crate::run::{Job, RunOutcome};
use devices::parameters::{End, Parameters, Setting, SettingError};
use rayon::ThreadPool;
use reports::comparison::Comparison;
use reports::dossier::Trust;
use reports::sensitivity::{self, Sensitivity, Shift, Untried};
use sim::luck::Luck;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::atomic::Ordering;

/// Replications with which each end of each parameter is tried. The luck is that of the comparison's own runs, so that
/// few tell what many would; more would multiply the hours.
pub const REPLICATIONS: usize = 2;

/// A run to be made: a place in the list of settings, a replication, a place in the list of strategies.
type Try = (usize, usize, usize);

/// The stated runs that settings are held against.
struct Stated<'r> {
    metric: &'r str,
    strategies: &'r [String],
    baseline: usize,
    replications: usize,
    runs: BTreeMap<(usize, &'r str), &'r RunOutcome>,
}

/// Set every assumption and every figure from memory that the comparison's runs read to both ends of its range.
///
/// A run that did not read a parameter is not made again, since it would be the same. What an interruption left out,
/// what has no range and what cannot be run at an end is listed as untried.
pub(crate) fn examine(
    plan: &Plan,
    runs: &[RunOutcome],
    comparison: &Comparison,
    pool: &ThreadPool,
    watch: Watch<'_>,
) -> Sensitivity {
    let stated = Stated::new(plan, runs, comparison);
    let mut untried = Vec::new();
    let settings = settings(comparison, &mut untried);
    let jobs: Vec<Try> = (0..settings.len())
        .flat_map(|at| {
            let (stated, setting) = (&stated, &settings[at]);
            (0..stated.replications).flat_map(move |replication| {
                let all = 0..stated.strategies.len();
                let moved = all.filter(move |&which| stated.reads(setting, replication, which));
                moved.map(move |which| (at, replication, which))
            })
        })
        .collect();
    let keys: BTreeSet<&str> = settings.iter().map(|one| one.setting.key.as_str()).collect();
    (watch.progress)(Progress::Examining { parameters: keys.len() as u64, runs: jobs.len() as u64 });
    (watch.progress)(Progress::Planned(jobs.len() as u64));
    let stop = || watch.cancel.load(Ordering::Relaxed);
    let done = parallel::in_order(pool, &jobs, stop, |&(at, replication, which)| {
        stated.value_at(plan, &settings[at].setting, (replication, which), watch).transpose()
    });
    let mut found: BTreeMap<Try, Option<Result<f64, String>>> = jobs.into_iter().zip(done).collect();
    let mut shifts = Vec::new();
    for (at, one) in settings.iter().enumerate() {
        match stated.shifts(at, one, &mut found) {
            Ok(own) => shifts.extend(own),
            Err(why) => untried.push(Untried {
                parameter: one.setting.key.clone(),
                end: Some(told(one.setting.end)),
                why,
                no_range: false,
            }),
        }
    }
    untried.sort_by(|a, b| (&a.parameter, a.end).cmp(&(&b.parameter, b.end)));
    let metric = comparison.metric(stated.metric);
    Sensitivity {
        metric: stated.metric.to_owned(),
        unit: metric.map_or_else(String::new, |metric| metric.unit.clone()),
        replications: stated.replications,
        shifts,
        untried,
    }
}

/// A setting, and whether the row is the same as without it.
struct Candidate {
    setting: Setting,
    same: bool,
}

/// Both ends of every uncertain parameter; what has none is noted as untried.
fn settings(comparison: &Comparison, untried: &mut Vec<Untried>) -> Vec<Candidate> {
    let weak = |trust| matches!(trust, Trust::Assumption | Trust::FromMemory);
    let table = Parameters::shipped().ok();
    let mut settings = Vec::new();
    for parameter in comparison.dossier.parameters.iter().filter(|one| weak(one.confidence)) {
        let key = &parameter.key;
        let none = |end: Option<End>, why: &str| Untried {
            parameter: key.clone(),
            end: end.map(told),
            why: why.to_owned(),
            no_range: true,
        };
        let Some(row) = table.and_then(|table| table.get(key).ok()) else {
            untried.push(none(None, "it stands in no table that could give it a range"));
            continue;
        };
        let mut missing = Vec::new();
        for end in End::ALL {
            match row.at(end) {
                Ok(moved) => {
                    let setting = Setting { key: key.clone(), end };
                    settings.push(Candidate { setting, same: moved == *row });
                }
                Err(SettingError::Text { .. }) => missing.push(none(Some(end), "it is a text")),
                Err(SettingError::NoEnd { .. }) => {
                    missing.push(none(Some(end), "the table gives its range no such end"));
                }
                Err(other) => missing.push(none(Some(end), &other.to_string())),
            }
        }
        match missing.as_slice() {
            [only] => untried.push(only.clone()),
            [first, ..] if first.why == "it is a text" => untried.push(none(None, "it is a text")),
            [_, ..] => untried.push(none(None, "the table gives it no range")),
            [] => {}
        }
    }
    settings
}

impl<'r> Stated<'r> {
    fn new(plan: &'r Plan, runs: &'r [RunOutcome], comparison: &'r Comparison) -> Self {
        let strategies = plan.about.strategies.as_slice();
        let replications = REPLICATIONS.min(comparison.replications);
        let of = |run: &'r RunOutcome| ((run.replication as usize, run.strategy.as_str()), run);
        Self {
            metric: &comparison.ranking.metric,
            baseline: strategies.iter().position(|name| *name == comparison.baseline).unwrap_or(0),
            strategies,
            replications,
            runs: runs.iter().filter(|run| run.replication < replications as u64).map(of).collect(),
        }
    }

    fn run(&self, replication: usize, which: usize) -> Option<&'r RunOutcome> {
        self.runs.get(&(replication, self.strategies.get(which)?.as_str())).copied()
    }

    /// Whether this run would differ by the setting: it has read the parameter, and the end is not its value.
    fn reads(&self, one: &Candidate, replication: usize, which: usize) -> bool {
        let read = |run: &RunOutcome| run.read.iter().any(|(key, ..)| *key == one.setting.key);
        !one.same && self.run(replication, which).is_some_and(read)
    }

    /// The metric of a run with this setting; nothing when it was interrupted.
    fn value_at(
        &self,
        plan: &Plan,
        setting: &Setting,
        (replication, which): (usize, usize),
        watch: Watch<'_>,
    ) -> Result<Option<f64>, String> {
        let Some(strategy) = self.strategies.get(which) else { return Ok(None) };
        let luck = Luck { seed: plan.about.seed, replication: replication as u64 };
        let job = Job {
            scenario: &plan.scenario,
            strategy,
            luck,
            clock: None,
            told: false,
            setting: Some(setting),
        };
        let made = simulate(&job, watch).map_err(|error| chain(&error))?;
        let missing = || format!("{strategy} then gives no {}", self.metric);
        let value = |run: RunOutcome| run.outcome.metrics.get(self.metric).copied();
        made.map(|run| value(run).ok_or_else(missing)).transpose()
    }

    /// What each strategy's difference did under a setting.
    fn shifts(
        &self,
        at: usize,
        one: &Candidate,
        found: &mut BTreeMap<Try, Option<Result<f64, String>>>,
    ) -> Result<Vec<Shift>, String> {
        let mut changes = vec![0.0; self.strategies.len()];
        for replication in 0..self.replications {
            for (which, change) in changes.iter_mut().enumerate() {
                if !self.reads(one, replication, which) {
                    continue;
                }
                let set = found.remove(&(at, replication, which)).flatten();
                let set = set.unwrap_or_else(|| Err("interrupted before it was tried".to_owned()))?;
                let run = self.run(replication, which);
                let stated = run.and_then(|run| run.outcome.metrics.get(self.metric).copied());
                *change += set - stated.ok_or_else(|| format!("no {} to compare with", self.metric))?;
            }
        }
        let base = changes.get(self.baseline).copied().unwrap_or(0.0);
        let shift = |(which, change): (usize, f64)| {
            (which != self.baseline).then(|| Shift {
                parameter: one.setting.key.clone(),
                end: told(one.setting.end),
                strategy: self.strategies[which].clone(),
                shift: (change - base) / self.replications as f64,
                moves: false,
            })
        };
        Ok(changes.into_iter().enumerate().filter_map(shift).collect())
    }
}

/// As reports call it.
const fn told(end: End) -> sensitivity::End {
    match end {
        End::Low => sensitivity::End::Low,
        End::High => sensitivity::End::High,
    }
}

/// An error with all that led to it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&format!(": {source}"));
        next = source.source();
    }
    text
}
