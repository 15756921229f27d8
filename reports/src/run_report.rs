//! What `run --format json` writes, versioned: one run of one strategy in detail.

use crate::batteries::{self, BatteryRow};
use crate::comparison::{CauseEntry, FlowRow, VERSION};
use crate::dossier::Refusal;
use crate::facts::Loss;
use crate::flow_rows;
use crate::metrics;
use crate::outcome::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Version of this layout.
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The strategy.
    pub strategy: String,
    /// The seed of all luck.
    pub seed: u64,
    /// Digest of all facts.
    pub digest: String,
    /// Digests per kind of fact, so that a difference names its culprit.
    pub digests: BTreeMap<String, String>,
    /// The metrics that had something to say.
    pub metrics: BTreeMap<String, RunMetric>,
    /// Who lost what, exactly.
    pub ledger: Vec<RunLedgerRow>,
    /// The flows.
    pub flows: Vec<FlowRow>,
    /// How long batteries last and what draws them down, by class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batteries: Vec<BatteryRow>,
    /// What other programs that do the same must arrive at, where messages carry values that count.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
    /// Seconds of this machine per stage, where asked for; they are no part of the result.
    pub timings: BTreeMap<String, f64>,
}

/// Sums over all flows, exact to the nanosecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Readings that arrived.
    pub delivered: i64,
    /// Commands that arrived.
    pub commands: i64,
    /// Sum of the readings' latencies [ns].
    pub uplink_latency_sum_ns: i64,
    /// Sum of the commands' latencies, from when the reading was sent that each answers [ns].
    pub loop_latency_sum_ns: i64,
    /// Sum of the values that arrived.
    pub checksum: u64,
}

impl Sums {
    fn of(outcome: &Outcome) -> Option<Self> {
        let mut sums = Self::default();
        for flow in outcome.flows.values() {
            if flow.command {
                sums.commands += flow.delivered();
                sums.loop_latency_sum_ns += flow.latency_ns;
            } else {
                sums.delivered += flow.delivered();
                sums.uplink_latency_sum_ns += flow.latency_ns;
            }
            sums.checksum = sums.checksum.wrapping_add(flow.values);
        }
        (sums.checksum > 0).then_some(sums)
    }
}

/// A metric of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunMetric {
    /// Its value.
    pub value: f64,
    /// Its unit; `1` is a share.
    pub unit: String,
}

/// A line of one run's ledger, in integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLedgerRow {
    /// What was lost.
    pub loss: Loss,
    /// `ns`, or parts of a message such as `message/1000`.
    pub unit: String,
    /// Who acted.
    pub by: CauseEntry,
    /// What made them.
    pub because: Option<CauseEntry>,
    /// Charged as the only cause.
    pub alone: i64,
    /// Charged as one of several.
    pub shared: i64,
    /// Loss that it avoided, never netted.
    pub credit: i64,
}

impl RunReport {
    /// Say why flows were refused, where a control did.
    pub fn explain(&mut self, refusals: &[Refusal]) {
        flow_rows::explain(&mut self.flows, refusals);
    }

    /// The report of an outcome; digests and timings are the caller's to fill in.
    pub fn new(scenario: &str, strategy: &str, seed: u64, digest: &str, outcome: &Outcome) -> Self {
        let metric = |(id, value): (&String, &f64)| {
            let unit = metrics::by_id(id).map_or("", |def| def.unit).to_owned();
            (id.clone(), RunMetric { value: *value, unit })
        };
        let messages = match outcome.message_scale {
            1 => "message".to_owned(),
            scale => format!("message/{scale}"),
        };
        let rows = outcome.ledger.iter().map(|entry| RunLedgerRow {
            loss: entry.loss,
            unit: if entry.loss.is_messages() { messages.clone() } else { "ns".to_owned() },
            by: (&entry.by).into(),
            because: entry.because.as_ref().map(CauseEntry::from),
            alone: entry.alone,
            shared: entry.shared,
            credit: entry.credit,
        });
        Self {
            version: VERSION,
            scenario: scenario.to_owned(),
            strategy: strategy.to_owned(),
            seed,
            digest: digest.to_owned(),
            digests: BTreeMap::new(),
            metrics: outcome.metrics.iter().map(metric).collect(),
            ledger: rows.collect(),
            flows: flow_rows::pooled(std::slice::from_ref(outcome)),
            batteries: batteries::pooled(std::slice::from_ref(outcome)),
            sums: Sums::of(outcome),
            timings: BTreeMap::new(),
        }
    }
}
