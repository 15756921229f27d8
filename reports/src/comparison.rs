//! What `compare --format json` writes, versioned; the terminal and the page are drawn from it and nothing else.
//!
//! Shares are fractions of 1, times are in seconds unless the name says otherwise, and a missing end of an
//! interval means that a single replication cannot have one.

use crate::batteries::BatteryRow;
use crate::dossier::Dossier;
use crate::facts::Loss;
use crate::metrics::Better;
use crate::sensitivity::Sensitivity;
use crate::statistics::{Interval, Rank};
use serde::{Deserialize, Serialize};
use sim::fact::{By, Cause};
use std::collections::BTreeMap;

/// The version of this layout; it grows when a field changes its meaning or goes.
pub const VERSION: u32 = 1;

/// Strategies side by side on the same luck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`VERSION`].
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed of all luck.
    pub seed: u64,
    /// Completed replications, the same for every strategy.
    pub replications: usize,
    /// Confidence of every interval.
    pub confidence: f64,
    /// Digest of all facts of all runs.
    pub digest: String,
    /// The command that makes this again.
    pub command: String,
    /// The strategy that the others are compared with.
    pub baseline: String,
    /// The metric that decides.
    pub primary: String,
    /// When the day begins and how long it lasts.
    pub clock: Clock,
    /// The metrics that this scenario has something to say about.
    pub metrics: Vec<MetricEntry>,
    /// The strategies, in the scenario's order.
    pub strategies: Vec<StrategyReport>,
    /// Every metric of every strategy but the baseline, less the baseline's, paired run by run.
    pub differences: Vec<Difference>,
    /// How the strategies rank, run by run: on the primary metric or, where that is the same under every strategy in
    /// every run, on the first of care available, commands in time and devices taken that is not.
    pub ranking: Ranking,
    /// Who is beaten by nobody on the two axes of the page's picture; absent when there are no two axes.
    pub pareto: Option<Pareto>,
    /// The answer in sentences.
    pub answer: Vec<Sentence>,
    /// What rests on assumptions, by group of parameters.
    pub flags: Vec<Flag>,
    /// What setting these low and high does to the answer; absent when it was not asked for.
    pub sensitivity: Option<Sensitivity>,
    /// Care available over the day, one curve per strategy; empty where nobody needs care.
    pub curves: Vec<Curve>,
    /// What happened when.
    pub marks: Vec<Mark>,
    /// The place and where its numbers come from.
    pub dossier: Dossier,
}

/// The clock of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// As written in the scenario, such as `Mon 00:00`.
    pub starts_at: String,
    /// Time of day at the start [s since midnight].
    pub start_s: f64,
    /// Length of a run [s].
    pub horizon_s: f64,
}

/// A metric, described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricEntry {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it says.
    pub meaning: String,
    /// Its unit; `1` is a share.
    pub unit: String,
    /// Which way is good.
    pub better: Better,
    /// Who defined it.
    pub source: String,
}

/// What one strategy did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyReport {
    /// Its name.
    pub name: String,
    /// The metrics, by id.
    pub metrics: BTreeMap<String, MetricValue>,
    /// The main loss in three parts, and what remains.
    pub headline: Headline,
    /// What its controls took from the main loss and what they added, against the baseline; absent for itself.
    pub balance: Option<Balance>,
    /// What each of its controls cost, of the main loss, the dearest first.
    pub controls: Vec<ControlShare>,
    /// Who lost what.
    pub ledger: Vec<LedgerRow>,
    /// Loss that somebody avoided, never netted with the ledger.
    pub credits: Vec<LedgerRow>,
    /// The flows, pooled over all replications.
    pub flows: Vec<FlowRow>,
    /// How long batteries last and what draws them down, by class, pooled over all replications.
    #[serde(default)]
    pub batteries: Vec<BatteryRow>,
}

/// A metric's mean with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// Mean and interval, cut at what is possible: shares at 0 and 1, everything else at 0.
    #[serde(flatten)]
    pub interval: Interval,
    /// Its unit; `1` is a share.
    pub unit: String,
    /// When every run gave zero and less is better: the largest share of runs that could give more and still show
    /// this, at the stated confidence.
    pub zero_could_be: Option<f64>,
}

/// The main loss by who is behind it, as shares of what was needed or due. They add up to the whole loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Which loss: care where people need care, else messages lost.
    pub loss: Loss,
    /// Lost to attackers.
    pub attack: f64,
    /// Lost to controls because of an attack.
    pub answering: f64,
    /// Lost to controls because of anything else or nothing.
    pub other: f64,
    /// Lost to faults.
    pub fault: f64,
    /// Lost to planned work.
    pub planned: f64,
    /// Lost to load, environment, suppliers and design.
    pub rest: f64,
}

/// Saved from attackers against spent by controls, of the main loss, paired with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// What attackers took less than under the baseline.
    pub saved: Interval,
    /// What controls took more than under the baseline.
    pub spent: Interval,
    /// Saved less spent.
    pub net: Interval,
    /// Whether the controls saved more than they spent; absent when the interval holds zero.
    pub worth: Option<bool>,
}

/// What a control cost of the main loss, as a share of what was needed or due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlShare {
    /// The control's id.
    pub name: String,
    /// Mean and interval.
    #[serde(flatten)]
    pub share: Interval,
}

/// Who is behind a loss.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CauseEntry {
    /// Which kind of cause.
    pub kind: By,
    /// Its name.
    pub name: String,
}

impl From<&Cause> for CauseEntry {
    fn from(cause: &Cause) -> Self {
        Self { kind: cause.by, name: cause.name.clone() }
    }
}

/// A line of the ledger: means per run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// What was lost.
    pub loss: Loss,
    /// The unit of the amounts.
    pub unit: String,
    /// Who acted.
    pub by: CauseEntry,
    /// What made them.
    pub because: Option<CauseEntry>,
    /// Charged as the only cause.
    pub alone: f64,
    /// Charged as one of several.
    pub shared: f64,
    /// Lower end of the interval of both together.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Both together as a share of what was needed or due; absent for harm, of which nothing is due.
    pub share: Option<f64>,
}

/// A flow's messages, pooled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// The flow.
    pub flow: String,
    /// `command` or `reading`.
    pub kind: String,
    /// Due: sent and unsent.
    pub due: i64,
    /// Sent: delivered, lost and in flight.
    pub sent: i64,
    /// Due and never sent.
    pub unsent: i64,
    /// Delivered, in time or late.
    pub delivered: i64,
    /// Delivered after the deadline.
    pub late: i64,
    /// Sent and never delivered, by cause.
    pub lost: Vec<LostTo>,
    /// Sent and never delivered, in all.
    pub lost_total: i64,
    /// On the way at the horizon.
    pub in_flight: i64,
    /// Sum of the recorded latencies [ns].
    pub sum_ns: i64,
    /// Mean of the recorded latencies [ms].
    pub mean_ms: Option<f64>,
    /// Median latency over due messages [ms]; absent below 1,000 of them, or when half never arrived.
    pub p50_ms: Option<f64>,
    /// 99th percentile likewise [ms].
    pub p99_ms: Option<f64>,
    /// Whether there are messages enough for percentiles, so that an absent one means "never arrived".
    pub percentiles: bool,
}

/// Messages lost to a cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LostTo {
    /// Who dropped them.
    pub by: CauseEntry,
    /// What made them.
    pub because: Option<CauseEntry>,
    /// How many.
    pub messages: f64,
    /// Why the list of permitted flows does not hold this one, where a control dropped them for that.
    pub reason: Option<String>,
}

/// A metric of a strategy less the baseline's, paired run by run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The metric.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// The strategy.
    pub strategy: String,
    /// What it is compared with.
    pub baseline: String,
    /// Mean and interval; of shares cut at −1 and 1.
    #[serde(flatten)]
    pub interval: Interval,
    /// Whether it is an improvement; absent when the interval holds zero.
    pub better: Option<bool>,
}

/// Who is best on the metric that decides, and how surely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// The metric that decides: the primary, if it tells the strategies apart.
    pub metric: String,
    /// The strategies with the runs in which each was best.
    pub ranks: Vec<Rank>,
    /// The best mean.
    pub best: String,
    /// The second best mean; absent with a single strategy.
    pub second: Option<String>,
    /// The best less the second, paired.
    pub lead: Option<Interval>,
    /// Whether the lead is shown; false when its interval holds zero.
    pub lead_shown: bool,
}

/// The strategies that no other beats on both axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pareto {
    /// What should suffer less: harm, or devices taken.
    pub x: String,
    /// What should be kept: care, or commands in time.
    pub y: String,
    /// The set.
    pub strategies: Vec<String>,
}

/// A sentence of the answer, and the fields that it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// JSON pointers (RFC 6901) into this document.
    pub from: Vec<String>,
}

/// How much of what was read about a group is assumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The group: fleet, flows, people, …; `all` stands first and holds everything.
    pub group: String,
    /// Distinct parameters read.
    pub read: usize,
    /// Of them assumed.
    pub assumed: usize,
    /// Of them quoted from memory.
    pub remembered: usize,
    /// Of these examined for whether they move the answer: set to every end of their range.
    pub examined: usize,
    /// The keys of those that do.
    pub movers: Vec<String>,
}

/// Care available over a run, mean over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The strategy.
    pub strategy: String,
    /// (middle of the bin [s from the start], share available), where care was needed.
    pub points: Vec<(f64, f64)>,
}

/// Something to mark on the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When [s from the start].
    pub at_s: f64,
    /// What sort.
    pub kind: MarkKind,
    /// What happened, in few words.
    pub text: String,
    /// Under which strategy, where it did not happen under all.
    pub strategy: Option<String>,
}

/// What sort of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A happening of the scenario.
    Happening,
    /// A step of an attack, at its median time.
    Attack,
}

impl Comparison {
    /// The strategy called `name`.
    pub fn strategy(&self, name: &str) -> Option<&StrategyReport> {
        self.strategies.iter().find(|strategy| strategy.name == name)
    }

    /// The metric called `id`, if this scenario has something to say about it.
    pub fn metric(&self, id: &str) -> Option<&MetricEntry> {
        self.metrics.iter().find(|metric| metric.id == id)
    }

    /// The difference of a strategy from the baseline.
    pub fn difference(&self, metric: &str, strategy: &str) -> Option<&Difference> {
        self.differences.iter().find(|one| one.metric == metric && one.strategy == strategy)
    }
}
