//! What the template shows, as plain text: no number is formed there.

use super::plain::plain;
use super::rests::Rests;
use super::series_of;
use crate::batteries;
use crate::comparison::{CauseEntry, Comparison, FlowRow, MetricEntry, StrategyReport};
use crate::dossier::{Parameter, Trust};
use crate::format::{cell, count, number, shown, span};
use crate::metrics::Better;
use serde::Serialize;
use std::collections::BTreeMap;

/// The metrics of the first table, as far as the scenario has them; the others follow below.
const FIRST: [&str; 5] = [
    "care-available",
    "patients-harmed",
    "command-flow-availability",
    "devices-taken-peak",
    "data-flow-availability",
];

/// How many of them at most.
const MOST: usize = 4;

/// Everything on the page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    scenario: String,
    title: String,
    facts: Vec<String>,
    answer: Vec<String>,
    more: Vec<String>,
    baseline: String,
    confidence: String,
    single: bool,
    table: Table,
    all_metrics: Table,
    unbeaten: Vec<String>,
    loss_is_care: bool,
    costs: Vec<Vec<String>>,
    battery_heads: Vec<&'static str>,
    batteries: Vec<Vec<String>>,
    flows: Vec<FlowView>,
    flow_strategies: Vec<String>,
    refused: Vec<Vec<String>>,
    controls: Vec<[String; 2]>,
    ledger: Vec<LedgerView>,
    rests: Rests,
    groups: Vec<Group>,
    models: Vec<ModelView>,
    metrics: Vec<MetricView>,
    zones: Vec<Vec<String>>,
    fleet: Vec<Vec<String>>,
    command: String,
    digest: String,
    seed: String,
    runs: String,
}

#[derive(Debug, Serialize)]
struct Table {
    heads: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    series: usize,
    cells: Vec<CellView>,
}

#[derive(Debug, Serialize)]
struct CellView {
    head: String,
    value: String,
    range: String,
    change: String,
    change_range: String,
    verdict: &'static str,
}

#[derive(Debug, Serialize)]
struct FlowView {
    name: String,
    kind: String,
    due: String,
    cells: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LedgerView {
    strategy: String,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    parameters: Vec<ParameterView>,
}

#[derive(Debug, Serialize)]
struct ParameterView {
    key: String,
    meaning: String,
    value: String,
    range: String,
    source: String,
    trust: &'static str,
    weak: bool,
    moves: bool,
}

#[derive(Debug, Serialize)]
struct ModelView {
    name: String,
    what: String,
    leaves_out: String,
}

#[derive(Debug, Serialize)]
struct MetricView {
    title: String,
    meaning: String,
    better: &'static str,
    source: String,
}

impl View {
    pub(super) fn new(all: &Comparison) -> Self {
        let (first, rest): (Vec<&MetricEntry>, Vec<&MetricEntry>) = {
            let first: Vec<&MetricEntry> = FIRST.iter().filter_map(|id| all.metric(id)).take(MOST).collect();
            let rest = all
                .metrics
                .iter()
                .filter(|metric| !first.iter().any(|known| known.id == metric.id))
                .collect();
            (first, rest)
        };
        let texts: Vec<String> = all.answer.iter().map(|sentence| sentence.text.clone()).collect();
        let (answer, more) = texts.split_at(texts.len().min(3));
        Self {
            scenario: all.scenario.clone(),
            title: all.title.clone(),
            facts: facts(all),
            answer: answer.to_vec(),
            more: more.to_vec(),
            baseline: all.baseline.clone(),
            confidence: number(all.confidence * 100.0, 0),
            single: all.replications < 2,
            table: table(all, &first),
            all_metrics: table(all, &rest),
            unbeaten: all.pareto.as_ref().map_or_else(Vec::new, |pareto| pareto.strategies.clone()),
            loss_is_care: all
                .strategies
                .first()
                .is_some_and(|one| one.headline.loss == crate::facts::Loss::Care),
            costs: costs(all),
            battery_heads: batteries::HEADS.to_vec(),
            batteries: battery_rows(all),
            flows: flows(all),
            flow_strategies: all.strategies.iter().map(|strategy| strategy.name.clone()).collect(),
            refused: refused(all),
            controls: all.dossier.controls.iter().map(|one| [one.id.clone(), one.title.clone()]).collect(),
            ledger: all.strategies.iter().map(|strategy| ledger(all, strategy)).collect(),
            rests: Rests::new(all),
            groups: groups(all),
            models: models(all),
            metrics: all.metrics.iter().map(metric).collect(),
            zones: zones(all),
            fleet: fleet(all),
            command: all.command.clone(),
            digest: all.digest.clone(),
            seed: all.seed.to_string(),
            runs: count(all.replications as u64),
        }
    }
}

fn facts(all: &Comparison) -> Vec<String> {
    let devices: u64 = all.dossier.zones.iter().map(|zone| zone.devices).sum();
    let plural =
        |n: usize, one: &str, more: &str| format!("{} {}", count(n as u64), if n == 1 { one } else { more });
    let mut facts = Vec::new();
    if devices > 0 {
        facts.push(plural(devices as usize, "device", "devices"));
        facts.push(plural(all.dossier.zones.len(), "zone", "zones"));
    }
    facts.push(span(all.clock.horizon_s));
    facts.push(plural(all.strategies.len(), "strategy", "strategies"));
    facts.push(format!("{} each, same luck", plural(all.replications, "run", "runs")));
    facts
}

fn table(all: &Comparison, metrics: &[&MetricEntry]) -> Table {
    let row = |strategy: &StrategyReport| Row {
        name: strategy.name.clone(),
        series: series_of(all, &strategy.name),
        cells: metrics.iter().map(|metric| cell_view(all, strategy, metric)).collect(),
    };
    let head = |metric: &&MetricEntry| {
        let unit = shown(&metric.unit).unit;
        if unit == "persons" { metric.title.clone() } else { format!("{}, {unit}", metric.title) }
    };
    Table { heads: metrics.iter().map(head).collect(), rows: all.strategies.iter().map(row).collect() }
}

fn cell_view(all: &Comparison, strategy: &StrategyReport, metric: &MetricEntry) -> CellView {
    let shown = shown(&metric.unit);
    let head = metric.title.clone();
    let Some(value) = strategy.metrics.get(&metric.id) else {
        let blank = String::new;
        return CellView {
            head,
            value: "–".to_owned(),
            range: blank(),
            change: blank(),
            change_range: blank(),
            verdict: "",
        };
    };
    let here = cell(&value.interval, shown.factor, false);
    let difference = all.difference(&metric.id, &strategy.name);
    let change = difference.map(|one| cell(&one.interval, shown.factor, true));
    CellView {
        head,
        value: here.mean,
        range: here.range,
        change: change.as_ref().map_or_else(String::new, |change| change.mean.clone()),
        change_range: change.map_or_else(String::new, |change| change.range),
        verdict: match difference.map(|one| one.better) {
            None => "",
            Some(Some(true)) => "better",
            Some(Some(false)) => "worse",
            Some(None) => "not shown",
        },
    }
}

fn costs(all: &Comparison) -> Vec<Vec<String>> {
    let row = |cost: &crate::dossier::Cost| {
        let digits = if cost.amount.abs() < 10.0 { 1 } else { 0 };
        vec![
            cost.strategy.clone(),
            cost.what.clone(),
            number(cost.amount, digits),
            cost.unit.clone(),
            cost.source.clone(),
        ]
    };
    all.dossier.costs.iter().map(row).collect()
}

/// Class, strategy, and what its batteries lived on.
fn battery_rows(all: &Comparison) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for one in &all.strategies {
        rows.extend(one.batteries.iter().map(|row| {
            let own = [row.class.clone(), one.name.clone()];
            own.into_iter().chain(batteries::cells(row)).collect()
        }));
    }
    // By class; strategies keep their order.
    rows.sort_by(|a, b| a.first().cmp(&b.first()));
    rows
}

/// Median and 99th percentile of every flow under every strategy.
fn flows(all: &Comparison) -> Vec<FlowView> {
    let mut names: BTreeMap<&str, &FlowRow> = BTreeMap::new();
    for row in all.strategies.iter().flat_map(|strategy| &strategy.flows) {
        names.entry(&row.flow).or_insert(row);
    }
    let latency = |row: &FlowRow| {
        if !row.percentiles {
            return "too few".to_owned();
        }
        let ms = |value: Option<f64>| match value {
            None => "never".to_owned(),
            Some(ms) if ms >= 10_000.0 => format!("{} s", number(ms / 1_000.0, 0)),
            Some(ms) if ms >= 1_000.0 => format!("{} s", number(ms / 1_000.0, 1)),
            Some(ms) => format!("{} ms", number(ms, if ms < 10.0 { 1 } else { 0 })),
        };
        format!("{} / {}", ms(row.p50_ms), ms(row.p99_ms))
    };
    let of = |strategy: &StrategyReport, flow: &str| {
        strategy.flows.iter().find(|row| row.flow == flow).map_or_else(|| "–".to_owned(), latency)
    };
    let view = |(name, row): (&str, &FlowRow)| FlowView {
        name: name.to_owned(),
        kind: row.kind.clone(),
        due: count(row.due.unsigned_abs()),
        cells: all.strategies.iter().map(|strategy| of(strategy, name)).collect(),
    };
    names.into_iter().map(view).collect()
}

/// Flows that a control refused, under which strategies, and why.
fn refused(all: &Comparison) -> Vec<Vec<String>> {
    let mut rows: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for strategy in &all.strategies {
        for row in &strategy.flows {
            for to in &row.lost {
                if let Some(reason) = &to.reason {
                    rows.entry((&row.flow, &to.by.name, reason)).or_default().push(&strategy.name);
                }
            }
        }
    }
    let row = |((flow, control, reason), under): ((&str, &str, &str), Vec<&str>)| {
        [flow, control, &under.join(", "), reason].map(str::to_owned).to_vec()
    };
    rows.into_iter().map(row).collect()
}

fn ledger(all: &Comparison, strategy: &StrategyReport) -> LedgerView {
    let cause = |cause: &CauseEntry| {
        let named = if cause.name.is_empty() { String::new() } else { format!(" · {}", cause.name) };
        format!("{}{named}", cause.kind.word())
    };
    let amount = |value: f64, unit: &str| match unit {
        "s" => format!("{} h", number(value / 3_600.0, 1)),
        _ => number(value, if value < 10.0 { 1 } else { 0 }),
    };
    let rows = strategy.ledger.iter().map(|row| {
        vec![
            row.loss.id().replace('-', " "),
            cause(&row.by),
            row.because.as_ref().map_or_else(|| "–".to_owned(), cause),
            amount(row.alone, &row.unit),
            amount(row.shared, &row.unit),
            row.share.map_or_else(|| "–".to_owned(), |share| format!("{} %", number(share * 100.0, 2))),
        ]
    });
    let name = if strategy.name == all.baseline {
        format!("{} (baseline)", strategy.name)
    } else {
        strategy.name.clone()
    };
    LedgerView { strategy: name, rows: rows.collect() }
}

fn groups(all: &Comparison) -> Vec<Group> {
    let mut groups: BTreeMap<&str, Vec<ParameterView>> = BTreeMap::new();
    for parameter in &all.dossier.parameters {
        groups.entry(&parameter.group).or_default().push(parameter_view(parameter));
    }
    groups.into_iter().map(|(name, parameters)| Group { name: name.to_owned(), parameters }).collect()
}

fn parameter_view(parameter: &Parameter) -> ParameterView {
    let unit = if parameter.unit.is_empty() { String::new() } else { format!(" {}", parameter.unit) };
    ParameterView {
        key: parameter.key.clone(),
        meaning: parameter.meaning.clone(),
        value: format!("{}{unit}", parameter.value),
        range: parameter.range.clone(),
        source: parameter.source.clone(),
        trust: parameter.confidence.word(),
        weak: matches!(parameter.confidence, Trust::Assumption | Trust::FromMemory),
        moves: parameter.moves_answer == Some(true),
    }
}

fn models(all: &Comparison) -> Vec<ModelView> {
    let view = |model: &crate::dossier::ModelEntry| ModelView {
        name: model.name.clone(),
        what: sentence(&model.what),
        leaves_out: model.leaves_out.iter().map(|one| sentence(one)).collect::<Vec<_>>().join(" "),
    };
    all.dossier.models.iter().map(view).collect()
}

/// Documentation as a sentence of plain words, with its full stop.
fn sentence(text: &str) -> String {
    let plain = plain(text);
    if plain.ends_with('.') { plain } else { plain + "." }
}

fn metric(metric: &MetricEntry) -> MetricView {
    MetricView {
        title: metric.title.clone(),
        meaning: metric.meaning.clone(),
        better: if metric.better == Better::Higher { "more is better" } else { "less is better" },
        source: metric.source.clone(),
    }
}

fn zones(all: &Comparison) -> Vec<Vec<String>> {
    let level = |level: Option<f64>| {
        level.map_or_else(|| "–".to_owned(), |at| number(at, usize::from(at.fract() != 0.0)))
    };
    let mut zones: Vec<_> = all.dossier.zones.iter().collect();
    zones.sort_by(|a, b| b.purdue_level.unwrap_or(9.0).total_cmp(&a.purdue_level.unwrap_or(9.0)));
    zones
        .into_iter()
        .map(|zone| vec![zone.name.clone(), level(zone.purdue_level), count(zone.devices)])
        .collect()
}

fn fleet(all: &Comparison) -> Vec<Vec<String>> {
    all.dossier
        .fleet
        .iter()
        .map(|entry| vec![entry.class.clone(), entry.zone.clone(), count(entry.count)])
        .collect()
}
