//! Queues against their closed forms, through scenarios that anybody could write: senders behind one conduit whose
//! bandwidth is the server, messages whose size is the service time.
//!
//! An exponential service time is made of many flows, each with a size from one slice of the distribution: slices
//! a tenth of the mean wide leave its variance short by 0.04 %. Twenty senders share the load, so that none queues
//! at its own processor.

use super::{Effort, interrupted, simulate};
use crate::error::ExperimentError;
use crate::run::RunOutcome;
use crate::usage::StationUse;
use devices::check::Check;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use reports::outcome::FlowTally;
use scenarios::language::load::{Source, load};
use scenarios::language::render::render;
use sim::math::exp;
use std::fmt::Write;
use std::sync::Arc;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario of two zones and a conduit";

/// Mean size of a message [B]; at 1 Mbit/s it takes 8 ms.
const SIZE: f64 = 1000.0;
/// Time to send it [s].
const SERVICE: f64 = 8e-3;
/// The station that is the queue, as a run names it.
const LINE: &str = "conduit line from here to there";
/// Senders that share the load.
const SENDERS: f64 = 20.0;

/// What distinguishes one queue from another.
#[derive(Clone, Copy, Debug)]
struct Queue {
    id: &'static str,
    /// Share of the server's time that is asked for.
    load: f64,
    /// Whether all messages have one size.
    fixed: bool,
    /// How many may be in the station at once.
    room: Option<u32>,
    /// Whether all are served at once, each as fast as the others.
    shared: bool,
}

impl Queue {
    const fn new(id: &'static str, load: f64, fixed: bool) -> Self {
        Self { id, load, fixed, room: None, shared: false }
    }

    /// What the conduit says of it.
    fn settings(&self) -> String {
        let room = self.room.map_or_else(String::new, |room| format!(", buffer = {room}"));
        format!("{room}{}", if self.shared { ", order = \"shared\"" } else { "" })
    }
}

const QUEUES: [Queue; 9] = [
    Queue::new("md1-0.3", 0.3, true),
    Queue::new("md1-0.6", 0.6, true),
    Queue::new("md1-0.9", 0.9, true),
    Queue::new("mm1-0.3", 0.3, false),
    Queue::new("mm1-0.6", 0.6, false),
    Queue::new("mm1-0.9", 0.9, false),
    Queue { room: Some(10), ..Queue::new("mm1k-0.9", 0.9, false) },
    Queue { shared: true, ..Queue::new("md1-shared-0.6", 0.6, true) },
    Queue { shared: true, ..Queue::new("mm1-shared-0.6", 0.6, false) },
];

/// How many runs it plans.
pub(super) const RUNS: u64 = 2 + QUEUES.len() as u64;

/// Waiting times, and what a finite buffer refuses.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    // A single sender of one message a second never waits: what is left is the way itself, linear in the size.
    let alone = [1000.0, 2000.0].map(|size| {
        let run = run_text(AREA, &text(1.0, 600.0, "", &[(size, "\"1 s\"".to_owned())]), 0, effort)?;
        let pooled = pooled(&run);
        Ok::<f64, ExperimentError>(pooled.mean_ns().unwrap_or(f64::NAN) / 1e9)
    });
    let [small, large] = alone;
    let (small, large) = (small?, large?);
    let unhindered = |size: f64| small + (large - small) * (size - 1000.0) / 1000.0;
    let rows: Result<Vec<Vec<Check>>, ExperimentError> =
        QUEUES.into_par_iter().map(|queue| checks_of(&queue, &unhindered, effort)).collect();
    Ok(rows?.into_iter().flatten().collect())
}

fn checks_of(
    queue: &Queue,
    unhindered: &(dyn Fn(f64) -> f64 + Sync),
    effort: Effort<'_>,
) -> Result<Vec<Check>, ExperimentError> {
    let flows = flows(queue);
    // The error of a mean wait falls with the root of the number of messages; near saturation it is largest.
    let messages = match (effort.quick, queue.load > 0.7) {
        (true, _) => 2e5,
        (false, false) => 4e6,
        (false, true) => 2.4e7,
    };
    let horizon = messages * SERVICE / queue.load;
    let run = run_text(AREA, &text(SENDERS, horizon, &queue.settings(), &flows), 0, effort)?;
    let (mut waited, mut delivered) = (0.0, 0.0);
    for ((size, _), nth) in flows.iter().zip(0..) {
        let Some(flow) = run.outcome.flows.get(&name(nth)) else { continue };
        waited += flow.latency_ns as f64 / 1e9 - flow.samples() as f64 * unhindered(*size);
        delivered += flow.samples() as f64;
    }
    let got = waited / delivered / SERVICE;
    let bound = match (effort.quick, queue.load > 0.7) {
        (false, false) => 0.01,
        (false, true) => 0.02,
        (true, false) => 0.05,
        (true, true) => 0.2,
    };
    let row = |id: &str, what: &str, got: f64, expected: f64, source: &str| {
        Check::relative(AREA, id, what, (got, expected), bound).from(source).through(THROUGH)
    };
    let load = queue.load;
    let told = run.stations.iter().find(|station| station.name == LINE);
    let told = |field: fn(&StationUse) -> f64| told.map_or(f64::NAN, field);
    let report = |wait: f64, source: &'static str, served: f64| {
        let queued = load * served * wait;
        let lambda = "the same, by Little's law: the rate let in times the mean wait";
        [
            row(
                &format!("{}-told-busy", queue.id),
                "utilisation that the run tells",
                told(|own| own.utilisation),
                load * served,
                "rate let in times service time",
            ),
            row(
                &format!("{}-told-wait", queue.id),
                "mean wait that the run tells [service times]",
                told(|own| own.mean_wait_ms) / 1e3 / SERVICE,
                wait,
                source,
            ),
            row(
                &format!("{}-told-queue", queue.id),
                "mean number waiting that the run tells",
                told(|own| own.mean_queue),
                queued,
                lambda,
            ),
        ]
    };
    let mut rows = Vec::new();
    match queue.room {
        None => {
            let (wait, source) = match (queue.shared, queue.fixed) {
                (true, _) => (
                    load / (1.0 - load),
                    "M/G/1 shared equally: rho / (1 - rho) service times longer than alone, whatever their law",
                ),
                (false, true) => (
                    load / (2.0 * (1.0 - load)),
                    "Pollaczek and Khinchine: rho / (2 (1 - rho)) service times",
                ),
                (false, false) => (load / (1.0 - load), "M/M/1: rho / (1 - rho) service times"),
            };
            rows.push(row(queue.id, "mean wait [service times]", got, wait, source));
            rows.extend(report(wait, source, 1.0));
        }
        Some(room) => {
            let (refused, wait) = finite(load, room);
            let pooled = pooled(&run);
            let lost = pooled.lost as f64 / pooled.due as f64;
            let source = "M/M/1/K: (1 - rho) rho^K / (1 - rho^(K+1))";
            let little = "M/M/1/K: mean number waiting over the rate let in (Little)";
            let [full, waits] = ["lost", "wait"].map(|what| format!("{}-{what}", queue.id));
            rows.push(row(&full, "share refused by a full buffer of 10", lost, refused, source));
            rows.push(row(&waits, "mean wait of who got in [service times]", got, wait, little));
            rows.extend(report(wait, little, 1.0 - refused));
            let came = told(|own| (own.visits + own.refused) as f64);
            let turned = told(|own| own.refused as f64) / came;
            rows.push(row(
                &format!("{}-told-refused", queue.id),
                "share refused that the run tells",
                turned,
                refused,
                source,
            ));
        }
    }
    Ok(rows)
}

/// The share that M/M/1/K refuses, and the mean wait of the others [service times].
fn finite(load: f64, room: u32) -> (f64, f64) {
    let weights: Vec<f64> =
        std::iter::successors(Some(1.0), |weight| Some(weight * load)).take(room as usize + 1).collect();
    let sum: f64 = weights.iter().sum();
    let refused = weights.last().copied().unwrap_or(0.0) / sum;
    let waiting: f64 =
        weights.iter().zip(0..).map(|(weight, n)| weight / sum * f64::from((n - 1).max(0))).sum();
    (refused, waiting / (load * (1.0 - refused)))
}

/// The sizes of a queue's flows [B], and how often each sender sends one.
fn flows(queue: &Queue) -> Vec<(f64, String)> {
    let every = |share: f64| {
        let mean = SENDERS * SERVICE / (queue.load * share);
        format!("{{ law = \"exponential\", mean = \"{mean} s\" }}")
    };
    if queue.fixed {
        return vec![(SIZE, every(1.0))];
    }
    const WIDTH: f64 = 0.1;
    let slice = |nth: i32| {
        let (from, to) = (f64::from(nth) * WIDTH, f64::from(nth + 1) * WIDTH);
        let share = exp(-from) - exp(-to);
        let mean = ((from + 1.0) * exp(-from) - (to + 1.0) * exp(-to)) / share;
        ((mean * SIZE).round(), every(share))
    };
    (0..120).map(slice).collect()
}

fn name(nth: usize) -> String {
    format!("size-{nth}")
}

/// A scenario as anybody could write it.
fn text(senders: f64, horizon: f64, settings: &str, flows: &[(f64, String)]) -> String {
    let mut text = format!(
        r#"title = "Senders behind one conduit"
horizon = "{horizon} s"
[zone]
here = {{ purdue_level = 2 }}
there = {{ purdue_level = 3 }}
[conduit]
line = {{ between = ["here", "there"], bandwidth = "1 Mbit/s", latency = "1 ms"{settings} }}
[fleet]
senders = {{ class = "server", zone = "here", count = {senders}, link = {{ latency = "1 ms" }} }}
receiver = {{ class = "server", zone = "there", count = 1, link = {{ latency = "1 ms" }} }}
[flow]
"#
    );
    for ((size, every), nth) in flows.iter().zip(0..) {
        let name = name(nth);
        let _ = writeln!(
            text,
            "{name} = {{ kind = \"reading\", from = \"senders\", to = \"receiver\", every = {every}, size = \"{size} B\", deadline = \"1 day\", criticality = \"business\" }}"
        );
    }
    text.push_str("[strategy.none]\n");
    text
}

fn pooled(run: &RunOutcome) -> FlowTally {
    let mut pooled = FlowTally::default();
    run.outcome.flows.values().for_each(|flow| pooled.absorb(flow));
    pooled
}

/// One run of a scenario under the strategy `none`.
pub(super) fn run_text(
    area: &'static str,
    text: &str,
    replication: u64,
    effort: Effort<'_>,
) -> Result<RunOutcome, ExperimentError> {
    let loaded = load(&Source::text("validate.toml", text));
    if !loaded.may_run() {
        return Err(interrupted(area, &render(&loaded.findings, &loaded.files, false)));
    }
    simulate(area, &Arc::new(loaded.scenario), replication, effort, &mut |_, _| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn the_closed_form_of_a_finite_queue_is_the_textbooks() {
        // Gross and Harris, M/M/1/K with K = 1 is Erlang's loss formula: rho / (1 + rho).
        let (refused, wait) = finite(0.5, 1);
        assert!((refused - 1.0 / 3.0).abs() < 1e-12 && wait.abs() < 1e-12);
        let (_, wait) = finite(0.5, 60);
        assert!((wait - 1.0).abs() < 1e-9, "a large buffer is none: {wait}");
    }

    #[test]
    fn the_slices_hold_the_exponential_distribution() {
        let queue = Queue::new("x", 1.0, false);
        let mean_of = |every: &String| -> f64 {
            every.split('"').nth(3).unwrap().trim_end_matches(" s").parse().unwrap()
        };
        let rates: Vec<(f64, f64)> = flows(&queue)
            .iter()
            .map(|(size, every)| (size / SIZE, SENDERS * SERVICE / mean_of(every)))
            .collect();
        let moment =
            |power: f64| -> f64 { rates.iter().map(|(x, share)| share * sim::math::pow(*x, power)).sum() };
        assert!((moment(0.0) - 1.0).abs() < 1e-4 && (moment(1.0) - 1.0).abs() < 1e-3, "{}", moment(1.0));
        assert!((moment(2.0) / 2.0 - 1.0).abs() < 2e-3, "{}", moment(2.0));
    }

    #[test]
    fn every_queue_is_within_its_bound() {
        let effort = Effort { quick: true, progress: &|_| (), cancel: &AtomicBool::new(false) };
        for row in checks(effort).unwrap() {
            println!("{} {:.4} {:.4} {:.3}", row.id, row.expected, row.got, row.error);
            assert!(row.ok, "{row:?}");
        }
    }
}
