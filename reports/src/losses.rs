//! Who is behind a loss, over the runs of a strategy: shares of it, its parts, what controls saved and spent.

use crate::comparison::{Balance, CauseEntry, ControlShare, Headline, LedgerRow};
use crate::error::ReportError;
use crate::facts::Loss;
use crate::metrics::{Better, possible, possible_change};
use crate::outcome::{Entry, Outcome};
use crate::statistics::{differences, mean_interval, verdict};
use crate::summary::StrategyRuns;
use sim::fact::By;
use std::collections::BTreeSet;

/// Care where people need any, else messages lost.
pub(crate) fn headline_loss(base: &StrategyRuns) -> Loss {
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
        Loss::Hypoxaemia | Loss::Pain | Loss::Function => None,
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

/// The loss in its parts, as means of shares.
pub(crate) fn headline(one: &StrategyRuns, loss: Loss) -> Headline {
    let mean = |pick: &dyn Fn(&Entry) -> bool| {
        let runs = shares(one, loss, pick);
        runs.iter().sum::<f64>() / runs.len().max(1) as f64
    };
    Headline {
        loss,
        attack: mean(&|entry| entry.by.by == By::Attack),
        answering: mean(&|entry| entry.by.by == By::Control && answers_attack(entry)),
        other: mean(&|entry| entry.by.by == By::Control && !answers_attack(entry)),
        fault: mean(&|entry| entry.by.by == By::Fault),
        planned: mean(&|entry| entry.by.by == By::Planned),
        rest: mean(&|entry| matches!(entry.by.by, By::Load | By::Environment | By::Supplier | By::Design)),
    }
}

/// What controls saved from attackers and what they cost, against the baseline.
pub(crate) fn balance(
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
        saved: mean_interval("saved from attackers", &saved, confidence)?.within(possible_change("1")),
        spent: mean_interval("spent by controls", &spent, confidence)?.within(possible_change("1")),
        worth: verdict(&net, &interval, Better::Higher, confidence),
        net: interval.within(possible_change("1")),
    })
}

/// What each control cost, the dearest first.
pub(crate) fn controls(
    one: &StrategyRuns,
    loss: Loss,
    confidence: f64,
) -> Result<Vec<ControlShare>, ReportError> {
    let lines = one.outcomes.iter().flat_map(|outcome| &outcome.ledger);
    let names: BTreeSet<&str> = lines
        .filter(|entry| entry.loss == loss && entry.by.by == By::Control)
        .map(|entry| entry.by.name.as_str())
        .collect();
    let mut found = Vec::new();
    for name in names {
        let runs = shares(one, loss, |entry| entry.by.by == By::Control && entry.by.name == name);
        let share = mean_interval(name, &runs, confidence)?.within(possible("1"));
        found.push(ControlShare { name: name.to_owned(), share });
    }
    found.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
    Ok(found)
}

/// The ledger and the credits, as means over runs in results' units.
pub(crate) fn ledger(
    one: &StrategyRuns,
    confidence: f64,
) -> Result<(Vec<LedgerRow>, Vec<LedgerRow>), ReportError> {
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
