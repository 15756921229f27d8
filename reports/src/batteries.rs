//! What devices on batteries lived on, class by class: how long a battery lasts, and what draws it down.

use crate::format::{count, number};
use crate::outcome::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a class's batteries gave in a run: sums, so that runs add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatteryTally {
    /// Devices of the class.
    pub devices: u64,
    /// How long they were looked at, in all [s].
    pub seconds: f64,
    /// What they drew, in all [J].
    pub drew: Draws,
    /// How long new batteries would last at that, of those that the sun does not keep full, in all [h].
    pub lasts: f64,
    /// How many those are.
    pub ending: u64,
    /// How often a battery ran empty.
    pub ran_empty: u64,
    /// Messages that they sent, flights of handshakes among them.
    pub sent: u64,
}

/// What draws a battery down. In a tally in joules, in a row as shares of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draws {
    /// Cryptography: the processor's work for it, and the bytes that it adds, sent and heard.
    pub cryptography: f64,
    /// Sending what is said, as bare bytes.
    pub sending: f64,
    /// Listening after what was sent.
    pub listening: f64,
    /// The processor's other work.
    pub processing: f64,
    /// Sleep, sensors and whatever else is always on.
    pub always: f64,
}

impl Draws {
    /// All of it.
    pub fn whole(&self) -> f64 {
        let Self { cryptography, sending, listening, processing, always } = self;
        cryptography + sending + listening + processing + always
    }

    fn each(&self, other: &Self, both: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            cryptography: both(self.cryptography, other.cryptography),
            sending: both(self.sending, other.sending),
            listening: both(self.listening, other.listening),
            processing: both(self.processing, other.processing),
            always: both(self.always, other.always),
        }
    }
}

impl BatteryTally {
    fn absorb(&mut self, other: &Self) {
        self.devices += other.devices;
        self.seconds += other.seconds;
        self.drew = self.drew.each(&other.drew, |mine, theirs| mine + theirs);
        self.lasts += other.lasts;
        self.ending += other.ending;
        self.ran_empty += other.ran_empty;
        self.sent += other.sent;
    }
}

/// The batteries of a class, as results show them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatteryRow {
    /// The class.
    pub class: String,
    /// Devices of it.
    pub devices: u64,
    /// How long a new battery lasts at what they drew [years], on average over those that the sun does not keep full;
    /// absent where it keeps all.
    pub lasts_years: Option<f64>,
    /// How many the sun keeps full.
    pub kept_by_the_sun: u64,
    /// What a device drew on average [mW].
    pub milliwatts: f64,
    /// Shares of that.
    pub shares: Draws,
    /// Messages that a device sent in a day, flights of handshakes among them.
    pub sent_per_day: f64,
    /// Batteries that ran empty, per run.
    pub ran_empty: f64,
}

/// The batteries of some runs of one strategy, by class.
pub fn pooled(outcomes: &[Outcome]) -> Vec<BatteryRow> {
    let mut sums: BTreeMap<&str, BatteryTally> = BTreeMap::new();
    for (class, own) in outcomes.iter().flat_map(|outcome| &outcome.batteries) {
        sums.entry(class).or_default().absorb(own);
    }
    let runs = outcomes.len().max(1) as u64;
    let row = |(class, all): (&str, BatteryTally)| {
        let whole = all.drew.whole();
        let over = |amount: f64, by: f64| if by > 0.0 { amount / by } else { 0.0 };
        BatteryRow {
            class: class.to_owned(),
            devices: all.devices / runs,
            lasts_years: (all.ending > 0).then(|| all.lasts / all.ending as f64 / 8_760.0),
            kept_by_the_sun: (all.devices - all.ending.min(all.devices)) / runs,
            milliwatts: 1e3 * over(whole, all.seconds),
            shares: all.drew.each(&all.drew, |joules, _| over(joules, whole)),
            sent_per_day: over(all.sent as f64 * 86_400.0, all.seconds),
            ran_empty: all.ran_empty as f64 / runs as f64,
        }
    };
    sums.into_iter().map(row).collect()
}

/// Above the columns that [`cells`] fills.
pub const HEADS: [&str; 8] = [
    "a battery lasts",
    "draws, mW",
    "cryptography, %",
    "sending, %",
    "listening, %",
    "processor, %",
    "sleep and sensors, %",
    "sent a day",
];

/// A row as text, in the order of [`HEADS`].
pub fn cells(row: &BatteryRow) -> [String; 8] {
    let length = |years: f64| match years {
        years if years >= 1.0 => format!("{} years", number(years, 2)),
        years => format!("{} days", number(years * 365.0, if years * 365.0 < 10.0 { 1 } else { 0 })),
    };
    let lasts = match (row.lasts_years, row.kept_by_the_sun) {
        (Some(years), 0) => length(years),
        (Some(years), sunny) => format!("{}, {} kept by the sun", length(years), count(sunny)),
        (None, _) => "kept by the sun".to_owned(),
    };
    let share = |share: f64| number(100.0 * share, if share > 0.0 && share < 0.1 { 2 } else { 1 });
    let digits = if row.milliwatts < 1.0 { 4 } else { 1 };
    let Draws { cryptography, sending, listening, processing, always } = row.shares;
    [
        lasts,
        number(row.milliwatts, digits),
        share(cryptography),
        share(sending),
        share(listening),
        share(processing),
        share(always),
        number(row.sent_per_day, if row.sent_per_day < 100.0 { 1 } else { 0 }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 2 devices of 10 h each drew 72 J, that is 1 mW; a quarter of it for cryptography.
    #[test]
    fn runs_add_up_and_shares_are_of_the_whole() {
        let drew = Draws { cryptography: 9.0, sending: 3.0, listening: 6.0, processing: 2.0, always: 16.0 };
        let own = BatteryTally {
            devices: 1,
            seconds: 36_000.0,
            drew,
            lasts: 8_760.0,
            ending: 1,
            ran_empty: 0,
            sent: 5,
        };
        let sunny = BatteryTally { lasts: 3.0 * 8_760.0, ran_empty: 1, ..own.clone() };
        let outcome = |one: BatteryTally| Outcome {
            batteries: BTreeMap::from([("node".to_owned(), one)]),
            ..Outcome::default()
        };
        let rows = pooled(&[outcome(own), outcome(sunny)]);
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.class.as_str(), row.devices, row.lasts_years), ("node", 1, Some(2.0)));
        assert!((row.milliwatts - 1.0).abs() < 1e-12 && (row.shares.cryptography - 0.25).abs() < 1e-12);
        assert!((row.shares.whole() - 1.0).abs() < 1e-12 && (row.sent_per_day - 12.0).abs() < 1e-12);
        assert!((row.ran_empty - 0.5).abs() < 1e-12 && row.kept_by_the_sun == 0);
        assert!(pooled(&[Outcome::default()]).is_empty());
    }
}
