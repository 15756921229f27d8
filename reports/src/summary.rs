//! From the outcomes of runs to a comparison.

use crate::answer;
use crate::comparison::{
    Balance, CauseEntry, Clock, Comparison, ControlShare, Curve, Difference, Flag, FlowRow, Headline,
    LedgerRow, LostTo, Mark, MetricEntry, MetricValue, Pareto, Ranking, StrategyReport, VERSION,
};
use crate::dossier::{Dossier, Parameter, Trust};
use crate::error::ReportError;
use crate::facts::Loss;
use crate::metrics::{self, Better, MetricDef};
use crate::outcome::{BINS, Care, Entry, FlowTally, Outcome, Percentile};
use crate::statistics::{differences, mean_interval, pareto, ranks, verdict};
use sim::fact::By;
use sim::math;
use std::collections::{BTreeMap, BTreeSet};

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
    for other in runs.iter().filter(|other| other.outcomes.len() != base.outcomes.len()) {
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
    let headline = headline_loss(base);
    let mut strategies = Vec::new();
    let mut changes = Vec::new();
    for one in runs {
        strategies.push(strategy(one, base, headline, &told, about.confidence)?);
        if one.name != base.name {
            for def in &told {
                changes.push(difference(def, one, base, about.confidence)?);
            }
        }
    }
    let mut comparison = Comparison {
        version: VERSION,
        ranking: ranking(primary, runs, about.confidence)?,
        pareto: pareto_of(&strategies),
        metrics: told.iter().map(|def| entry(def)).collect(),
        replications: base.outcomes.len(),
        curves: runs.iter().filter_map(|one| curve(one, about.clock.horizon_s)).collect(),
        flags: flags(&about.dossier),
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

/// Care where people need any, else messages lost.
fn headline_loss(base: &StrategyRuns) -> Loss {
    let care = base.outcomes.iter().any(|outcome| outcome.care_needed() > 0);
    if care { Loss::Care } else { Loss::MessageLost }
}

/// Of what a loss is a share, in the ledger's unit.
fn whole(outcome: &Outcome, loss: Loss) -> Option<i64> {
    match loss {
        Loss::Care => Some(outcome.care_needed()),
        Loss::MessageUnsent | Loss::MessageLost | Loss::MessageLate => {
            Some(outcome.messages_due() * outcome.message_scale)
        }
        Loss::Hypoxaemia | Loss::Pain => None,
    }
}

/// Run by run, the share of a loss whose ledger lines fit `pick`.
fn shares(runs: &StrategyRuns, loss: Loss, pick: impl Fn(&Entry) -> bool) -> Vec<f64> {
    let share = |outcome: &Outcome| {
        let lost: i64 = outcome
            .ledger
            .iter()
            .filter(|entry| entry.loss == loss && pick(entry))
            .map(|entry| entry.alone + entry.shared)
            .sum();
        whole(outcome, loss).filter(|whole| *whole > 0).map_or(0.0, |whole| lost as f64 / whole as f64)
    };
    runs.outcomes.iter().map(share).collect()
}

fn answers_attack(entry: &Entry) -> bool {
    entry.because.as_ref().is_some_and(|because| because.by == By::Attack)
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
        values.insert(def.id.to_owned(), MetricValue { interval, unit: def.unit.to_owned(), zero_could_be });
    }
    let mean = |pick: &dyn Fn(&Entry) -> bool| {
        let runs = shares(one, loss, pick);
        runs.iter().sum::<f64>() / runs.len().max(1) as f64
    };
    let headline = Headline {
        loss,
        attack: mean(&|entry| entry.by.by == By::Attack),
        answering: mean(&|entry| entry.by.by == By::Control && answers_attack(entry)),
        other: mean(&|entry| entry.by.by == By::Control && !answers_attack(entry)),
        fault: mean(&|entry| entry.by.by == By::Fault),
        planned: mean(&|entry| entry.by.by == By::Planned),
        rest: mean(&|entry| matches!(entry.by.by, By::Load | By::Environment | By::Supplier | By::Design)),
    };
    let balance = if one.name == base.name { None } else { Some(balance(one, base, loss, confidence)?) };
    let (ledger, credits) = ledger(one, confidence)?;
    Ok(StrategyReport {
        name: one.name.clone(),
        metrics: values,
        headline,
        balance,
        controls: controls(one, loss, confidence)?,
        ledger,
        credits,
        flows: flows(&one.outcomes),
    })
}

fn balance(
    one: &StrategyRuns,
    base: &StrategyRuns,
    loss: Loss,
    confidence: f64,
) -> Result<Balance, ReportError> {
    let attack = |runs| shares(runs, loss, |entry| entry.by.by == By::Attack);
    let control = |runs| shares(runs, loss, |entry| entry.by.by == By::Control);
    let saved = differences([&base.name, &one.name], &attack(base), &attack(one))?;
    let spent = differences([&one.name, &base.name], &control(one), &control(base))?;
    let net: Vec<f64> = saved.iter().zip(&spent).map(|(saved, spent)| saved - spent).collect();
    let interval = mean_interval("saved less spent", &net, confidence)?;
    Ok(Balance {
        saved: mean_interval("saved from attackers", &saved, confidence)?,
        spent: mean_interval("spent by controls", &spent, confidence)?,
        worth: verdict(&net, &interval, Better::Higher, confidence),
        net: interval,
    })
}

fn controls(one: &StrategyRuns, loss: Loss, confidence: f64) -> Result<Vec<ControlShare>, ReportError> {
    let lines = one.outcomes.iter().flat_map(|outcome| &outcome.ledger);
    let names: BTreeSet<&str> = lines
        .filter(|entry| entry.loss == loss && entry.by.by == By::Control)
        .map(|entry| entry.by.name.as_str())
        .collect();
    let mut found = Vec::new();
    for name in names {
        let runs = shares(one, loss, |entry| entry.by.by == By::Control && entry.by.name == name);
        found.push(ControlShare { name: name.to_owned(), share: mean_interval(name, &runs, confidence)? });
    }
    found.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
    Ok(found)
}

/// The ledger and the credits, as means over runs in results' units.
fn ledger(one: &StrategyRuns, confidence: f64) -> Result<(Vec<LedgerRow>, Vec<LedgerRow>), ReportError> {
    let keys: BTreeSet<_> = one
        .outcomes
        .iter()
        .flat_map(|outcome| &outcome.ledger)
        .map(|e| (e.loss, &e.by, e.because.as_ref()))
        .collect();
    let (mut rows, mut credits) = (Vec::new(), Vec::new());
    for (loss, by, because) in keys {
        let fits =
            |entry: &&Entry| entry.loss == loss && entry.by == *by && entry.because.as_ref() == because;
        let per_run = |amount: &dyn Fn(&Entry) -> i64| -> Vec<f64> {
            let of = |outcome: &Outcome| {
                let scale = if loss.is_messages() { outcome.message_scale.max(1) as f64 } else { 1e9 };
                outcome.ledger.iter().find(fits).map_or(0.0, |entry| amount(entry) as f64 / scale)
            };
            one.outcomes.iter().map(of).collect()
        };
        let share_of = |entry: &Entry| entry.by == *by && entry.because.as_ref() == because;
        let row = |alone: &[f64], shared: &[f64], share: Option<f64>| {
            let both: Vec<f64> = alone.iter().zip(shared).map(|(a, s)| a + s).collect();
            let interval = mean_interval(loss.id(), &both, confidence)?;
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
            Ok(LedgerRow {
                loss,
                unit: loss.unit().to_owned(),
                by: by.into(),
                because: because.map(CauseEntry::from),
                alone: mean(alone),
                shared: mean(shared),
                low: interval.low,
                high: interval.high,
                share,
            })
        };
        let (alone, shared, credit) = (per_run(&|e| e.alone), per_run(&|e| e.shared), per_run(&|e| e.credit));
        if alone.iter().chain(&shared).any(|amount| *amount != 0.0) {
            let runs = shares(one, loss, share_of);
            let has_whole =
                one.outcomes.iter().all(|outcome| whole(outcome, loss).is_some_and(|whole| whole > 0));
            let share = has_whole.then(|| runs.iter().sum::<f64>() / runs.len().max(1) as f64);
            rows.push(row(&alone, &shared, share)?);
        }
        if credit.iter().any(|amount| *amount != 0.0) {
            credits.push(row(&credit, &vec![0.0; credit.len()], None)?);
        }
    }
    Ok((rows, credits))
}

/// The flows of some runs, pooled, by name.
pub(crate) fn flows(outcomes: &[Outcome]) -> Vec<FlowRow> {
    let mut pooled: BTreeMap<&str, FlowTally> = BTreeMap::new();
    for outcome in outcomes {
        for (name, flow) in &outcome.flows {
            pooled.entry(name).or_default().absorb(flow);
        }
    }
    let scale = outcomes.first().map_or(1, |outcome| outcome.message_scale.max(1)) as f64;
    pooled.into_iter().map(|(name, flow)| flow_row(name, &flow, scale)).collect()
}

fn flow_row(name: &str, flow: &FlowTally, scale: f64) -> FlowRow {
    let (p50, p99) = (flow.percentile(0.5), flow.percentile(0.99));
    let ms = |at| if let Percentile::Ns(ns) = at { Some(ns as f64 / 1e6) } else { None };
    let lost = flow.charged.iter().filter(|entry| entry.loss == Loss::MessageLost);
    FlowRow {
        flow: name.to_owned(),
        kind: if flow.command { "command" } else { "reading" }.to_owned(),
        due: flow.due,
        sent: flow.due - flow.unsent,
        unsent: flow.unsent,
        delivered: flow.delivered(),
        late: flow.late,
        lost: lost
            .map(|entry| LostTo {
                by: (&entry.by).into(),
                because: entry.because.as_ref().map(CauseEntry::from),
                messages: (entry.alone + entry.shared) as f64 / scale,
            })
            .collect(),
        lost_total: flow.lost,
        in_flight: flow.in_flight,
        sum_ns: flow.latency_ns,
        mean_ms: flow.mean_ns().map(|ns| ns / 1e6),
        p50_ms: ms(p50),
        p99_ms: ms(p99),
        percentiles: p50 != Percentile::TooFew && p99 != Percentile::TooFew,
    }
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
        interval,
    })
}

fn ranking(primary: &MetricDef, runs: &[StrategyRuns], confidence: f64) -> Result<Ranking, ReportError> {
    let names: Vec<&str> = runs.iter().map(|one| one.name.as_str()).collect();
    let values: Vec<Vec<f64>> = runs.iter().map(|one| one.values(primary.id).unwrap_or_default()).collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let sign = if primary.better == Better::Higher { -1.0 } else { 1.0 };
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
            Some((interval, verdict(&paired, &interval, primary.better, confidence) == Some(true)))
        }
        None => None,
    };
    Ok(Ranking {
        metric: primary.id.to_owned(),
        ranks: ranks(&names, &slices, primary.better),
        best: best.to_owned(),
        second: second.map(|(second, _)| second.to_owned()),
        lead: lead.map(|(interval, _)| interval),
        lead_shown: lead.is_some_and(|(_, shown)| shown),
    })
}

/// The axes of the picture, the first pair that every strategy has: what should suffer less, what should be kept.
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
    let (x, y, xs, ys) = AXES.into_iter().find_map(|(x, y)| Some((x, y, at(x)?, at(y)?)))?;
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
