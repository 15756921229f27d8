//! What one run leaves behind: plain values that add up, so that shards and replications merge in any order.

use crate::batteries::BatteryTally;
use crate::facts::Loss;
use serde::{Deserialize, Serialize};
use sim::fact::Cause;
use std::collections::BTreeMap;

/// Bins of the resilience curve over the horizon.
pub const BINS: usize = 96;

/// Due messages below which no percentile is printed: fewer hold no tail worth the name.
pub const FEWEST: i64 = 1_000;

/// The result of one replication of one strategy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The metrics that had something to say, by id.
    pub metrics: BTreeMap<String, f64>,
    /// What each pair of causes was charged with, sorted.
    pub ledger: Vec<Entry>,
    /// What was lost, by the folds that see no charge: messages [1] and times [ns].
    pub measured: BTreeMap<Loss, i64>,
    /// Every flow, by name.
    pub flows: BTreeMap<String, FlowTally>,
    /// The resilience curve.
    pub care: Care,
    /// What devices on batteries lived on, by class.
    #[serde(default)]
    pub batteries: BTreeMap<String, BatteryTally>,
    /// Charges of messages are in units of 1/`message_scale` of a message.
    pub message_scale: i64,
}

/// A line of the ledger: amounts of messages in 1/`message_scale`, of times in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was lost.
    pub loss: Loss,
    /// Who acted.
    pub by: Cause,
    /// What made them.
    pub because: Option<Cause>,
    /// Charged as the only cause.
    pub alone: i64,
    /// Charged as one of several.
    pub shared: i64,
    /// Loss that it avoided; never netted.
    pub credit: i64,
}

/// Care needed and lost in each of [`BINS`] equal parts of the horizon [ns].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Needed.
    pub needed: Vec<i64>,
    /// Lost of it.
    pub lost: Vec<i64>,
}

/// Where the charges of a loss do not add up to what was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// The loss.
    pub loss: Loss,
    /// What the charges should sum to.
    pub measured: i64,
    /// What they sum to.
    pub charged: i64,
}

impl Outcome {
    /// What was lost of one kind, in the ledger's unit.
    pub fn lost(&self, loss: Loss) -> i64 {
        let scale = if loss.is_messages() { self.message_scale } else { 1 };
        self.measured.get(&loss).copied().unwrap_or(0) * scale
    }

    /// Every loss whose charges differ from its measurement; empty when the books balance.
    pub fn imbalances(&self) -> Vec<Imbalance> {
        let charged = |loss| -> i64 {
            self.ledger
                .iter()
                .filter(|entry| entry.loss == loss)
                .map(|entry| entry.alone + entry.shared)
                .sum()
        };
        Loss::ALL
            .into_iter()
            .map(|loss| Imbalance { loss, measured: self.lost(loss), charged: charged(loss) })
            .filter(|books| books.measured != books.charged)
            .collect()
    }

    /// Care needed over the whole run [ns].
    pub fn care_needed(&self) -> i64 {
        self.care.needed.iter().sum()
    }

    /// Messages due over the whole run.
    pub fn messages_due(&self) -> i64 {
        self.flows.values().map(|flow| flow.due).sum()
    }
}

impl Care {
    /// Add another run's.
    pub fn absorb(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.needed, &other.needed), (&mut self.lost, &other.lost)] {
            mine.resize(mine.len().max(theirs.len()), 0);
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }

    /// The share of care available in a bin; nothing where none was needed.
    pub fn available(&self, bin: usize) -> Option<f64> {
        let needed = *self.needed.get(bin)?;
        let lost = self.lost.get(bin).copied().unwrap_or(0);
        (needed > 0).then(|| (needed - lost) as f64 / needed as f64)
    }
}

/// What became of a flow's messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowTally {
    /// Whether it carries commands.
    pub command: bool,
    /// Messages due.
    pub due: i64,
    /// Due and never sent.
    pub unsent: i64,
    /// Delivered before the deadline.
    pub in_time: i64,
    /// Delivered after it.
    pub late: i64,
    /// Sent and lost.
    pub lost: i64,
    /// Still on the way at the horizon.
    pub in_flight: i64,
    /// Sum of the recorded latencies [ns].
    pub latency_ns: i64,
    /// Sum of the values that its messages carried, of what arrived; 0 where they carry none that counts.
    #[serde(default)]
    pub values: u64,
    /// Recorded latencies: (value [ns], to three digits; how many), sorted.
    pub latencies: Vec<(u64, u64)>,
    /// Whom the losses of this flow were charged to, sorted.
    pub charged: Vec<Entry>,
}

/// A percentile of latency over all messages that were due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percentile {
    /// Too few messages to say.
    TooFew,
    /// So many were lost or never sent that this percentile never arrived.
    Never,
    /// That many nanoseconds.
    Ns(u64),
}

impl FlowTally {
    /// Messages delivered, in time or late.
    pub fn delivered(&self) -> i64 {
        self.in_time + self.late
    }

    /// Latencies recorded; of a stream they are a sample of what was delivered.
    pub fn samples(&self) -> u64 {
        self.latencies.iter().map(|(_, count)| count).sum()
    }

    /// Mean of the recorded latencies [ns].
    pub fn mean_ns(&self) -> Option<f64> {
        let samples = self.samples();
        (samples > 0).then(|| self.latency_ns as f64 / samples as f64)
    }

    /// The `quantile` of latency over due messages: what was lost or never sent took for ever, and what is still
    /// on its way at the horizon is left out, since nobody knows how long it will take.
    pub fn percentile(&self, quantile: f64) -> Percentile {
        let (population, samples) = (self.due - self.in_flight, self.samples());
        if population < FEWEST {
            return Percentile::TooFew;
        }
        let rank = (quantile * population as f64).ceil().max(1.0) as i64;
        if rank > self.delivered() {
            return Percentile::Never;
        }
        if samples < self.delivered().min(FEWEST).unsigned_abs() {
            return Percentile::TooFew;
        }
        let place = (rank as f64 / self.delivered() as f64 * samples as f64).ceil() as u64;
        let mut below = 0;
        for &(value, count) in &self.latencies {
            below += count;
            if below >= place {
                return Percentile::Ns(value);
            }
        }
        Percentile::TooFew
    }

    /// Add another run's.
    pub fn absorb(&mut self, other: &Self) {
        self.command |= other.command;
        self.due += other.due;
        self.unsent += other.unsent;
        self.in_time += other.in_time;
        self.late += other.late;
        self.lost += other.lost;
        self.in_flight += other.in_flight;
        self.latency_ns += other.latency_ns;
        self.values = self.values.wrapping_add(other.values);
        let mut counts: BTreeMap<u64, u64> = self.latencies.iter().copied().collect();
        for &(value, count) in &other.latencies {
            *counts.entry(value).or_default() += count;
        }
        self.latencies = counts.into_iter().collect();
        for entry in &other.charged {
            absorb_entry(&mut self.charged, entry);
        }
    }
}

/// Add a line to a sorted ledger.
pub(crate) fn absorb_entry(ledger: &mut Vec<Entry>, entry: &Entry) {
    let key = |entry: &Entry| (entry.loss, entry.by.clone(), entry.because.clone());
    match ledger.binary_search_by_key(&key(entry), key) {
        Ok(at) => {
            if let Some(mine) = ledger.get_mut(at) {
                mine.alone += entry.alone;
                mine.shared += entry.shared;
                mine.credit += entry.credit;
            }
        }
        Err(at) => ledger.insert(at, entry.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(due: i64, delivered: u64, each: u64) -> FlowTally {
        FlowTally {
            due,
            in_time: (delivered * each) as i64,
            latencies: (1..=delivered).map(|ms| (ms * 1_000_000, each)).collect(),
            ..FlowTally::default()
        }
    }

    #[test]
    fn what_never_arrived_took_for_ever() {
        let all = uniform(1_000, 1_000, 1);
        assert_eq!(all.percentile(0.5), Percentile::Ns(500_000_000));
        assert_eq!(all.percentile(0.99), Percentile::Ns(990_000_000));
        let most = FlowTally { lost: 200, ..uniform(1_000, 800, 1) };
        assert_eq!(most.percentile(0.5), Percentile::Ns(500_000_000));
        assert_eq!(most.percentile(0.8), Percentile::Ns(800_000_000));
        assert_eq!(most.percentile(0.81), Percentile::Never);
    }

    #[test]
    fn nine_hundred_and_ninety_nine_messages_have_no_percentile() {
        assert_eq!(uniform(999, 999, 1).percentile(0.5), Percentile::TooFew);
        let in_flight = FlowTally { in_flight: 1, ..uniform(1_000, 999, 1) };
        assert_eq!(in_flight.percentile(0.5), Percentile::TooFew);
    }

    #[test]
    fn a_sample_of_a_stream_stands_for_all_that_it_delivered() {
        let stream = FlowTally { in_time: 80_000, lost: 20_000, ..uniform(100_000, 1_000, 1) };
        assert_eq!(stream.percentile(0.4), Percentile::Ns(500_000_000));
        assert_eq!(stream.percentile(0.81), Percentile::Never);
    }

    #[test]
    fn merging_does_not_depend_on_the_order() {
        let (a, b) = (uniform(2_000, 10, 100), uniform(500, 30, 7));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.absorb(&b);
        ba.absorb(&a);
        assert_eq!(ab, ba);
        assert_eq!(ab.samples(), 1_210);
    }
}
