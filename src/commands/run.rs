//! `plimsoll run`

use super::harm;
use super::start::Start;
use crate::cli::Run;
use crate::driver::{self, Meter};
use crate::failure::{self, Failure};
use crate::input::{self, Asked};
use crate::memory;
use crate::screen;
use crate::wall;
use experiments::compare::Progress;
use experiments::harm::{Event, HARMS};
use experiments::marks::{self, First};
use experiments::run::{self, Effort, Job, Journey, RunOutcome, Saver, ZoneLatencies};
use experiments::snapshot::{self, Snapshot};
use experiments::store::{self, Store};
use experiments::threads::Before;
use experiments::usage::{MediumUse, StationUse};
use experiments::{ExperimentError, dossier, log};
use reports::batteries::{BatteryRow, HEADS, cells};
use reports::format::{count, number, shown};
use reports::metrics;
use reports::profile::{Profile, Share};
use reports::run_report::RunReport;
use serde::Serialize;
use sim::tick::Stage;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// A run as JSON: its report, and how much was worked where that was asked for.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a RunReport,
    harm: &'a [Event],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    zones: Vec<ZoneRow<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<&'static str, u64>,
    stations: &'a [StationUse],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    media: &'a [MediumUse],
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a Profile>,
}

/// Latencies of a flow in one zone.
#[derive(Serialize)]
struct ZoneRow<'a> {
    #[serde(flatten)]
    own: &'a ZoneLatencies,
    mean_ms: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl<'a> ZoneRow<'a> {
    fn of(own: &'a ZoneLatencies) -> Self {
        let percentile = |share| own.percentile(share).map(|ns| ns as f64 / 1e6);
        let mean_ms = own.sum_ns as f64 / own.arrived as f64 / 1e6;
        Self { own, mean_ms, p50_ms: percentile(0.50), p99_ms: percentile(0.99) }
    }
}

/// Make one run and show it.
pub async fn run(asked: Run, json: bool) -> Result<ExitCode, Failure> {
    let input = input::scenario(&asked.scenario, asked.costs.as_deref())?;
    let start = Start::of(&asked, &input)?;
    let (strategy, luck, forked) = (start.strategy.clone(), start.luck, start.is_fork());
    let logged = || Path::new("out").join(format!("{}-{strategy}", input.name));
    let target = asked.out.clone().or_else(|| asked.log.then(logged));
    let store = target.as_deref().map(Store::new).transpose()?;
    let timings = asked.timings;
    let (scenario, starts_at, happenings) =
        (input.scenario.clone(), input.scenario.starts_at, marks::happenings(&input.scenario));
    let log = store.as_ref().filter(|_| asked.log).map(|store| store.partial().join("facts.jsonl"));
    let before = Before::run(&input.scenario);
    let snapshots = store.as_ref().map(|store| store.partial().join(snapshot::FILE));
    let made = driver::drive(move |meter, cancel| {
        let clock = timings.then_some(wall::nanoseconds as fn() -> u64);
        let told = log.is_some();
        let strategy = start.strategy.as_str();
        let job = Job { scenario: &scenario, strategy, luck, clock, told, setting: None };
        let mut save = |kept: Snapshot| match &snapshots {
            Some(path) => store::write(path, &kept.bytes()?),
            None => Ok(()),
        };
        let keep = start.keep.clone().map(|(at, head)| (at, head, &mut save as Saver<'_>));
        let journey = Journey { from: start.from.as_ref(), keep };
        make(&job, journey, log.as_deref(), meter, cancel)
    })
    .await?;
    if let Some(budget) = asked.memory.filter(|budget| before.need().exceeds(*budget)) {
        screen::tell(&memory::told(before.need(), budget, None));
    }
    let made = match made {
        Ok(Some(made)) => made,
        other => {
            store.into_iter().for_each(Store::discard);
            other?;
            screen::tell("interrupted: nothing was kept\n");
            return Ok(ExitCode::from(failure::RUN));
        }
    };
    let mut report = RunReport::new(&input.name, &strategy, luck.seed, &made.digest, &made.outcome);
    report.explain(&dossier::refusals(&input.scenario));
    report.digests = made.digests.clone();
    report.timings = made.effort.profile.as_ref().map(|own| own.phases.clone()).unwrap_or_default();
    let counters = if asked.timings { counters(&made.effort) } else { BTreeMap::new() };
    let document = Document {
        report: &report,
        harm: &made.harm,
        zones: made.zones.iter().map(ZoneRow::of).collect(),
        counters,
        profile: made.effort.profile.as_ref(),
        stations: &made.stations,
        media: &made.media,
    };
    let folder = match store {
        Some(store) => {
            store.keep_scenario(&input.name, &input.scenario, &input.files)?;
            store.write("run.json", &serde_json::to_vec_pretty(&document)?)?;
            Some(store.finish()?)
        }
        None => None,
    };
    if json {
        screen::print_json(&document)?;
    } else {
        let minutes = starts_at.clock.0.seconds();
        let timeline =
            timeline(minutes, happenings.iter().map(|mark| (mark.at_s, mark.text.clone())), &made.firsts);
        screen::print(&text(&input, &document, &timeline, folder, !forked))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn make(
    job: &Job<'_>,
    journey: Journey<'_>,
    log: Option<&Path>,
    meter: &Meter,
    cancel: &AtomicBool,
) -> Result<Option<RunOutcome>, Failure> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| ExperimentError::File { path, what: "written", source }
    };
    let mut out = match log {
        Some(path) => Some((path, BufWriter::new(File::create(path).map_err(refused(path))?))),
        None => None,
    };
    meter.note(Progress::Planned(1));
    let (mut told, mut failed) = (0, None);
    let made = run::travel(job, journey, &mut |facts, core| {
        let share = u128::from(core.now.0) * 1000 / u128::from(core.horizon.0.max(1));
        let share = u64::try_from(share.min(1000)).unwrap_or(1000);
        meter.note(Progress::Simulated(share.saturating_sub(told)));
        told = share.max(told);
        if let Some((path, out)) = &mut out
            && let Err(error) = log::write(facts, core, out)
        {
            failed = Some(refused(path)(error));
            return ControlFlow::Break(());
        }
        if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    if let Some((path, mut out)) = out {
        out.flush().map_err(refused(path))?;
    }
    Ok(made)
}

fn counters(effort: &Effort) -> BTreeMap<&'static str, u64> {
    let own = effort.counters;
    let worked =
        [("windows", own.windows), ("rows", own.rows), ("messages", own.messages), ("visits", own.visits)];
    worked
        .into_iter()
        .chain(Stage::ALL.iter().map(|&(stage, name)| (name, own.stages[stage as usize])))
        .collect()
}

/// What happened when, as far as it is marked: time of day and what.
fn timeline(
    start_s: f64,
    happenings: impl Iterator<Item = (f64, String)>,
    firsts: &[First],
) -> Vec<(String, String)> {
    let first = |first: &First| (first.at.seconds(), first.text());
    let mut all: Vec<(f64, String)> = happenings.chain(firsts.iter().map(first)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(at_s, what)| (screen::day(start_s + at_s), what)).collect()
}

fn text(
    input: &Asked,
    document: &Document<'_>,
    timeline: &[(String, String)],
    folder: Option<PathBuf>,
    explained: bool,
) -> String {
    let report = document.report;
    let mut out = format!(
        "{} · {} devices · {} · strategy {} · seed {}\n{}\n",
        report.scenario,
        count(input.scenario.devices()),
        reports::format::span(input.scenario.horizon.0.seconds()),
        report.strategy,
        report.seed,
        input.scenario.title
    );
    let mut section = |title: &str, rows: Vec<Vec<String>>| {
        if rows.len() > usize::from(title.ends_with('.')) {
            out.push_str(&format!("\n{}\n{}", title.trim_end_matches('.'), screen::table(&rows)));
        }
    };
    let metric = |def: &metrics::MetricDef| {
        let value = report.metrics.get(def.id)?.value;
        let shown = shown(def.unit);
        let value = number(value * shown.factor, if value == 0.0 { 0 } else { 3 });
        let gap = if shown.unit.is_empty() { "" } else { " " };
        Some(vec![def.title.to_owned(), format!("{value}{gap}{}", shown.unit.trim_start())])
    };
    section("metrics", metrics::ALL.iter().filter_map(metric).collect());
    section("what happened", timeline.iter().map(|(at, what)| vec![at.clone(), what.clone()]).collect());
    section("who lost what.", ledger(report));
    section("flows.", flows(report));
    section("why flows are on no list", refused(report));
    section("batteries.", batteries(report));
    section("busiest stations.", busiest(document.stations));
    section("shared media.", media(document.media));
    section("who was harmed, the worst.", harmed(input, document));
    let seconds = report.timings.iter().map(|(phase, seconds)| vec![phase.clone(), number(*seconds, 3)]);
    section("seconds of this machine", seconds.collect());
    if let Some(profile) = document.profile {
        section("seconds by stage of messages.", shares("stage", &profile.stages));
        section("seconds by model.", shares("model", &profile.models));
        section("traffic that nobody reacts to goes", vec![vec![profile.path.clone()]]);
        let rates = [("messages", profile.messages_per_second), ("events", profile.events_per_second)];
        section("in a second", rates.map(|(what, rate)| vec![what.to_owned(), count(rate as u64)]).to_vec());
    }
    let worked = document.counters.iter().map(|(what, n)| vec![(*what).to_owned(), count(*n)]);
    section("worked", worked.collect());
    out.push('\n');
    if let Some(event) = worst(document.harm).first().filter(|_| explained) {
        let hint = match &folder {
            Some(folder) => format!("plimsoll explain harm {} {}", folder.display(), event.id),
            None => "--out DIR keeps the run for `plimsoll explain harm DIR ID`".to_owned(),
        };
        out.push_str(&format!("why     {hint}\n"));
    }
    if let Some(folder) = folder {
        out.push_str(&format!("written {}\n", folder.display()));
    }
    out.push_str(&format!("digest  {}\n", report.digest));
    out
}

/// Where the time went, of what was worked at all.
fn shares(head: &str, all: &[Share]) -> Vec<Vec<String>> {
    let mut rows = vec![[head, "rows", "seconds"].map(str::to_owned).to_vec()];
    let worked = all.iter().filter(|share| share.rows > 0 || share.seconds > 0.0);
    rows.extend(worked.map(|share| vec![share.what.clone(), count(share.rows), number(share.seconds, 3)]));
    rows
}

/// So many events of each way of being harmed are shown.
const WORST: usize = 3;

/// The worst events of each way of being harmed.
fn worst(events: &[Event]) -> Vec<&Event> {
    let mut all: Vec<&Event> = events.iter().collect();
    all.sort_by(|a, b| a.worse(b));
    let few = HARMS.iter().flat_map(|harm| all.iter().filter(|event| event.harm == *harm).take(WORST));
    few.copied().collect()
}

fn harmed(input: &Asked, document: &Document<'_>) -> Vec<Vec<String>> {
    let start_s = input.scenario.starts_at.clock.0.seconds();
    let mut rows = vec![harm::HEAD.map(str::to_owned).to_vec()];
    rows.extend(worst(document.harm).into_iter().map(|event| harm::row(event.id.clone(), event, start_s)));
    rows
}

fn ledger(report: &RunReport) -> Vec<Vec<String>> {
    let head = ["loss", "by", "because of", "alone", "shared", "avoided", "unit"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in &report.ledger {
        let (scale, unit) = match row.unit.strip_prefix("message/").map(str::parse::<f64>) {
            Some(Ok(scale)) => (scale, "messages"),
            _ if row.unit == "ns" => (1e9, "s"),
            _ => (1.0, row.unit.as_str()),
        };
        let amount = |amount: i64| number(amount as f64 / scale, 1);
        let because = row.because.as_ref().map_or_else(String::new, |cause| cause.name.clone());
        rows.push(vec![
            row.loss.id().to_owned(),
            format!("{} {}", row.by.kind.word(), row.by.name),
            because,
            amount(row.alone),
            amount(row.shared),
            amount(row.credit),
            unit.to_owned(),
        ]);
    }
    rows
}

/// What devices on batteries lived on, by class.
fn batteries(report: &RunReport) -> Vec<Vec<String>> {
    let head = ["class", "devices"].into_iter().chain(HEADS).map(str::to_owned).collect();
    let row = |row: &BatteryRow| {
        let own = [row.class.clone(), count(row.devices)];
        own.into_iter().chain(cells(row)).collect()
    };
    [head].into_iter().chain(report.batteries.iter().map(row)).collect()
}

/// The stations that were busy for more than a tenth of the run, and which of them could not keep up.
fn busiest(stations: &[StationUse]) -> Vec<Vec<String>> {
    let head = ["station", "busy", "mean wait", "longest wait", "waiting", "no room", "down", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let told = |station: &&StationUse| station.utilisation > 0.1 || station.refused + station.lost_down > 0;
    rows.extend(stations.iter().filter(told).take(8).map(|station| {
        vec![
            station.name.clone(),
            format!("{} %", number(100.0 * station.utilisation, 1)),
            format!("{} ms", number(station.mean_wait_ms, 3)),
            format!("{} ms", number(station.longest_wait_ms, 1)),
            number(station.mean_queue, 3),
            count(station.refused),
            count(station.lost_down),
            if station.overloaded { "overloaded".to_owned() } else { String::new() },
        ]
    }));
    rows
}

/// The shared media that carried most.
fn media(media: &[MediumUse]) -> Vec<Vec<String>> {
    let head = ["gateway", "frames", "received", "on air"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut all: Vec<&MediumUse> = media.iter().collect();
    all.sort_by(|a, b| b.offered.total_cmp(&a.offered).then_with(|| a.gateway.cmp(&b.gateway)));
    rows.extend(all.into_iter().take(5).map(|medium| {
        vec![
            medium.gateway.clone(),
            count(medium.sent),
            count(medium.frames_received),
            format!("{} %", number(100.0 * medium.offered, 1)),
        ]
    }));
    rows
}

/// Flows that a control refused, how much of them, and why.
fn refused(report: &RunReport) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for flow in &report.flows {
        for to in &flow.lost {
            if let Some(reason) = &to.reason {
                let lost = format!("{} lost to {}", number(to.messages, 0), to.by.name);
                rows.push(vec![flow.flow.clone(), lost, reason.clone()]);
            }
        }
    }
    rows
}

fn flows(report: &RunReport) -> Vec<Vec<String>> {
    let head = ["flow", "kind", "due", "late", "lost", "unsent", "mean ms", "p50 ms", "p99 ms"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let whole = |n: i64| count(n.unsigned_abs());
    for flow in &report.flows {
        let percentile = |value: Option<f64>| match value {
            Some(ms) => number(ms, 2),
            None if flow.percentiles => "never".to_owned(),
            None => String::new(),
        };
        rows.push(vec![
            flow.flow.clone(),
            flow.kind.clone(),
            whole(flow.due),
            whole(flow.late),
            whole(flow.lost_total),
            whole(flow.unsent),
            flow.mean_ms.map_or_else(String::new, |ms| number(ms, 2)),
            percentile(flow.p50_ms),
            percentile(flow.p99_ms),
        ]);
    }
    rows
}
