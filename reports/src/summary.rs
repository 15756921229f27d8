//! From the outcomes of runs to a comparison.

use crate::answer;
use crate::batteries;
use crate::comparison::{
    Clock, Comparison, Curve, Difference, Flag, Mark, MetricEntry, MetricValue, Pareto, Ranking,
    StrategyReport, VERSION,
};
use crate::dossier::{Dossier, Parameter, Trust};
use crate::error::ReportError;
use crate::facts::Loss;
use crate::flow_rows;
use crate::losses;
use crate::metrics::{self, Better, MetricDef};
use crate::outcome::{BINS, Care, Outcome};
use crate::sensitivity::{self, Sensitivity};
use crate::statistics::{differences, mean_interval, pareto, ranks, verdict};
use sim::math;
use std::collections::BTreeMap;

/// What a comparison says of itself besides what the runs gave.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed of all luck.
    pub seed: u64,
    /// Confidence of the intervals, such as 0.95.
    pub confidence: f64,
    /// Digest of all facts of all runs.
    pub digest: String,
    /// The command that makes this again.
    pub command: String,
    /// The strategy that the others are compared with.
    pub baseline: String,
    /// The id of the metric that decides.
    pub primary: String,
    /// The clock.
    pub clock: Clock,
    /// What happened when.
    pub marks: Vec<Mark>,
    /// The place and where its numbers come from.
    pub dossier: Dossier,
    /// What was found by setting parameters low and high, where that was asked for; judged here.
    pub sensitivity: Option<Sensitivity>,
}

/// The completed runs of a strategy, in replication order.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyRuns {
    /// Its name.
    pub name: String,
    /// One outcome a replication.
    pub outcomes: Vec<Outcome>,
}

impl StrategyRuns {
    /// A metric run by run; nothing unless every run gives it.
    fn values(&self, id: &str) -> Option<Vec<f64>> {
        self.outcomes.iter().map(|outcome| outcome.metrics.get(id).copied()).collect()
    }
}

/// Compare strategies that met the same luck. Replication `i` of each is paired with replication `i` of the others.
///
/// # Errors
/// When there are no runs, the strategies have different numbers of them, the baseline or the primary metric is
/// not there, or a value is not finite.
pub fn compare(about: About, runs: &[StrategyRuns]) -> Result<Comparison, ReportError> {
    let base = runs
        .iter()
        .find(|runs| runs.name == about.baseline)
        .ok_or_else(|| ReportError::Baseline(about.baseline.clone()))?;
    if let Some(other) = runs.iter().find(|other| other.outcomes.len() != base.outcomes.len()) {
        let (expected, got) = (base.outcomes.len(), other.outcomes.len());
        let (strategy, baseline) = (other.name.clone(), base.name.clone());
        return Err(ReportError::Unpaired { strategy, baseline, expected, got });
    }
    let told: Vec<&MetricDef> =
        metrics::ALL.iter().filter(|def| runs.iter().all(|one| one.values(def.id).is_some())).collect();
    let primary = told
        .iter()
        .find(|def| def.id == about.primary)
        .ok_or_else(|| ReportError::Metric(about.primary.clone()))?;
    let headline = losses::headline_loss(base);
    let mut strategies = Vec::new();
    let mut changes = Vec::new();
    for one in runs {
        let mut report = strategy(one, base, headline, &told, about.confidence)?;
        flow_rows::explain(&mut report.flows, &about.dossier.refusals);
        strategies.push(report);
        if one.name != base.name {
            for def in &told {
                changes.push(difference(def, one, base, about.confidence)?);
            }
        }
    }
    let mut comparison = Comparison {
        version: VERSION,
        ranking: ranking(deciding(primary, &told, runs), runs, about.confidence)?,
        pareto: pareto_of(&strategies),
        metrics: told.iter().map(|def| entry(def)).collect(),
        replications: base.outcomes.len(),
        curves: runs.iter().filter_map(|one| curve(one, about.clock.horizon_s)).collect(),
        flags: Vec::new(),
        sensitivity: about.sensitivity,
        scenario: about.scenario,
        title: about.title,
        seed: about.seed,
        confidence: about.confidence,
        digest: about.digest,
        command: about.command,
        baseline: about.baseline,
        primary: about.primary,
        clock: about.clock,
        strategies,
        differences: changes,
        answer: Vec::new(),
        marks: about.marks,
        dossier: about.dossier,
    };
    sensitivity::judge(&mut comparison);
    comparison.flags = flags(&comparison.dossier);
    comparison.answer = answer::sentences(&comparison)?;
    Ok(comparison)
}

fn entry(def: &MetricDef) -> MetricEntry {
    MetricEntry {
        id: def.id.to_owned(),
        title: def.title.to_owned(),
        meaning: def.meaning.to_owned(),
        unit: def.unit.to_owned(),
        better: def.better,
        source: def.source.to_owned(),
    }
}

fn strategy(
    one: &StrategyRuns,
    base: &StrategyRuns,
    loss: Loss,
    told: &[&MetricDef],
    confidence: f64,
) -> Result<StrategyReport, ReportError> {
    let mut values = BTreeMap::new();
    for def in told {
        let runs = one.values(def.id).unwrap_or_default();
        let interval = mean_interval(&format!("{} of {}", def.id, one.name), &runs, confidence)?;
        let all_zero = def.better == Better::Lower && runs.iter().all(|value| *value == 0.0);
        let zero_could_be = all_zero.then(|| 1.0 - math::pow(1.0 - confidence, 1.0 / runs.len() as f64));
        let interval = interval.within(metrics::possible(def.unit));
        values.insert(def.id.to_owned(), MetricValue { interval, unit: def.unit.to_owned(), zero_could_be });
    }
    let balance =
        if one.name == base.name { None } else { Some(losses::balance(one, base, loss, confidence)?) };
    let (ledger, credits) = losses::ledger(one, confidence)?;
    Ok(StrategyReport {
        name: one.name.clone(),
        metrics: values,
        headline: losses::headline(one, loss),
        balance,
        controls: losses::controls(one, loss, confidence)?,
        ledger,
        credits,
        flows: flow_rows::pooled(&one.outcomes),
        batteries: batteries::pooled(&one.outcomes),
    })
}

fn difference(
    def: &MetricDef,
    one: &StrategyRuns,
    base: &StrategyRuns,
    confidence: f64,
) -> Result<Difference, ReportError> {
    let (values, from) = (one.values(def.id).unwrap_or_default(), base.values(def.id).unwrap_or_default());
    let paired = differences([&one.name, &base.name], &values, &from)?;
    let interval = mean_interval(&format!("{} of {}", def.id, one.name), &paired, confidence)?;
    Ok(Difference {
        metric: def.id.to_owned(),
        unit: def.unit.to_owned(),
        strategy: one.name.clone(),
        baseline: base.name.clone(),
        better: verdict(&paired, &interval, def.better, confidence),
        interval: interval.within(metrics::possible_change(def.unit)),
    })
}

/// What decides, in this order, where the primary metric is the same under every strategy in every run.
pub(crate) const INSTEAD: [&str; 3] = ["care-available", "command-flow-availability", "devices-taken-peak"];

/// The primary metric if it tells the strategies apart, else the first of [`INSTEAD`] that does; if none does, the
/// primary.
fn deciding<'a>(primary: &'a MetricDef, told: &[&'a MetricDef], runs: &[StrategyRuns]) -> &'a MetricDef {
    let apart = |def: &&MetricDef| {
        let mut values = runs.iter().map(|one| one.values(def.id));
        let first = values.next();
        values.any(|other| Some(other) != first)
    };
    if apart(&primary) {
        return primary;
    }
    let mut others = INSTEAD.iter().filter_map(|id| told.iter().copied().find(|def| def.id == *id));
    others.find(apart).unwrap_or(primary)
}

fn ranking(def: &MetricDef, runs: &[StrategyRuns], confidence: f64) -> Result<Ranking, ReportError> {
    let names: Vec<&str> = runs.iter().map(|one| one.name.as_str()).collect();
    let values: Vec<Vec<f64>> = runs.iter().map(|one| one.values(def.id).unwrap_or_default()).collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let sign = if def.better == Better::Higher { -1.0 } else { 1.0 };
    let mean = |at: &usize| {
        sign * values.get(*at).map_or(f64::INFINITY, |all| all.iter().sum::<f64>() / all.len().max(1) as f64)
    };
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let named = |place: usize| order.get(place).and_then(|at| Some((*names.get(*at)?, *slices.get(*at)?)));
    let (best, best_values) = named(0).unwrap_or_default();
    let second = named(1);
    let lead = match second {
        Some((second, values)) => {
            let paired = differences([best, second], best_values, values)?;
            let interval = mean_interval("lead of the best", &paired, confidence)?;
            let shown = verdict(&paired, &interval, def.better, confidence) == Some(true);
            Some((interval.within(metrics::possible_change(def.unit)), shown))
        }
        None => None,
    };
    Ok(Ranking {
        metric: def.id.to_owned(),
        ranks: ranks(&names, &slices, def.better),
        best: best.to_owned(),
        second: second.map(|(second, _)| second.to_owned()),
        lead: lead.map(|(interval, _)| interval),
        lead_shown: lead.is_some_and(|(_, shown)| shown),
    })
}

/// The axes of the picture: what should suffer less, what should be kept. The first pair that every strategy has and
/// of which something suffers under one of them; without that, the first that every strategy has.
const AXES: [(&str, &str); 4] = [
    ("patients-harmed", "care-available"),
    ("devices-taken-peak", "care-available"),
    ("devices-taken-peak", "command-flow-availability"),
    ("devices-taken-peak", "data-flow-availability"),
];

fn pareto_of(strategies: &[StrategyReport]) -> Option<Pareto> {
    let at = |id: &str| -> Option<Vec<f64>> {
        strategies.iter().map(|strategy| Some(strategy.metrics.get(id)?.interval.mean)).collect()
    };
    let pairs = || AXES.into_iter().filter_map(|(x, y)| Some((x, y, at(x)?, at(y)?)));
    let suffered = pairs().find(|(_, _, xs, _)| xs.iter().any(|x| *x != 0.0));
    let (x, y, xs, ys) = suffered.or_else(|| pairs().next())?;
    let points: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
    let set = pareto(&points, (Better::Lower, Better::Higher));
    let strategies = set.into_iter().filter_map(|at| Some(strategies.get(at)?.name.clone())).collect();
    Some(Pareto { x: x.to_owned(), y: y.to_owned(), strategies })
}

fn curve(one: &StrategyRuns, horizon_s: f64) -> Option<Curve> {
    let mut care = Care::default();
    one.outcomes.iter().for_each(|outcome| care.absorb(&outcome.care));
    let middle = |bin: usize| (bin as f64 + 0.5) / BINS as f64 * horizon_s;
    let points: Vec<(f64, f64)> =
        (0..BINS).filter_map(|bin| Some((middle(bin), care.available(bin)?))).collect();
    (!points.is_empty()).then(|| Curve { strategy: one.name.clone(), points })
}

/// How much of what was read is assumed: everything first, then by group.
fn flags(dossier: &Dossier) -> Vec<Flag> {
    let mut groups: BTreeMap<&str, Vec<&Parameter>> = BTreeMap::new();
    for parameter in &dossier.parameters {
        groups.entry(&parameter.group).or_default().push(parameter);
    }
    let flag = |group: &str, all: &[&Parameter]| {
        let count = |trust| all.iter().filter(|parameter| parameter.confidence == trust).count();
        let movers = all.iter().filter(|parameter| parameter.moves_answer == Some(true));
        Flag {
            group: group.to_owned(),
            read: all.len(),
            assumed: count(Trust::Assumption),
            remembered: count(Trust::FromMemory),
            examined: all.iter().filter(|parameter| parameter.moves_answer.is_some()).count(),
            movers: movers.map(|parameter| parameter.key.clone()).collect(),
        }
    };
    let everything: Vec<&Parameter> = dossier.parameters.iter().collect();
    std::iter::once(flag("all", &everything))
        .chain(groups.iter().map(|(group, all)| flag(group, all)))
        .collect()
}
