//! Metrics: streaming folds over facts. A metric sees neither the world nor the facts that went before.
//!
//! A new one is a file here and a line in [`ALL`].

use crate::facts::MESSAGE_DUE;
use serde::{Deserialize, Serialize};
use sim::fact::{Fact, Kind, Topic, Who};
use sim::time::{SimTime, Span};
use std::collections::BTreeSet;

pub mod actuator_hostile_after;
pub mod actuator_hostile_share;
pub mod airtime_per_device_day;
pub mod any_record_exposed;
pub mod battery_controls_share;
pub mod battery_life;
pub mod care_available;
pub mod command_flow_availability;
pub mod commands_by_fallback;
pub mod commands_held;
pub mod data_flow_availability;
pub mod device_hours_taken;
pub mod devices_taken_peak;
pub mod energy_per_device_day;
pub mod function_available;
pub mod hypoxaemia_time;
pub mod mosca_margin;
pub mod not_migrated;
pub mod pain_time;
pub mod patients_harmed;
pub mod record_years_exposed;

/// Every metric, in the order of reports.
pub const ALL: &[MetricDef] = &[
    care_available::DEF,
    patients_harmed::DEF,
    hypoxaemia_time::DEF,
    pain_time::DEF,
    command_flow_availability::DEF,
    data_flow_availability::DEF,
    commands_by_fallback::DEF,
    commands_held::DEF,
    function_available::DEF,
    devices_taken_peak::DEF,
    device_hours_taken::DEF,
    actuator_hostile_share::DEF,
    actuator_hostile_after::DEF,
    energy_per_device_day::DEF,
    battery_life::DEF,
    battery_controls_share::DEF,
    airtime_per_device_day::DEF,
    record_years_exposed::DEF,
    any_record_exposed::DEF,
    not_migrated::DEF,
    mosca_margin::DEF,
];

/// The metric called `id`.
pub fn by_id(id: &str) -> Option<&'static MetricDef> {
    ALL.iter().find(|def| def.id == id)
}

/// The values that a mean in a unit can take: a share lies between 0 and 1, years may lie before or after, and of the
/// rest there is never less than none.
pub fn possible(unit: &str) -> [f64; 2] {
    match unit {
        "1" => [0.0, 1.0],
        "years" => [f64::NEG_INFINITY, f64::INFINITY],
        _ => [0.0, f64::INFINITY],
    }
}

/// By how much two such means can differ.
pub fn possible_change(unit: &str) -> [f64; 2] {
    let [_, most] = possible(unit);
    [-most, most]
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A metric: a fold over the facts of one run.
#[derive(Clone, Copy, Debug)]
pub struct MetricDef {
    /// Its name in results and on the command line.
    pub id: &'static str,
    /// Its name for people, short enough to head a column.
    pub title: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// Its unit; `1` is a share.
    pub unit: &'static str,
    /// Which way is good.
    pub better: Better,
    /// Who defined it.
    pub source: &'static str,
    /// The kinds of facts that it is shown; it never sees another.
    pub reads: &'static [Kind],
    /// The state before the first fact.
    pub zero: fn() -> Acc,
    /// Take in a fact; facts come in order of time.
    pub add: fn(&mut Acc, &Fact, &Topics),
    /// The value; `None` when the run has nothing to say about it.
    pub done: fn(&Acc, &Frame) -> Option<f64>,
}

/// What a metric remembers between facts; each uses what it needs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Acc {
    /// A total, such as what was due.
    pub whole: i128,
    /// A part of that total.
    pub part: i128,
    /// A level that goes up and down.
    pub level: i64,
    /// The highest level so far.
    pub peak: i64,
    /// Since when the level holds.
    pub since: SimTime,
    /// Level × time so far [ns].
    pub area: i128,
    /// When it first happened.
    pub first: Option<SimTime>,
    /// Who has been seen.
    pub seen: BTreeSet<Who>,
}

impl Acc {
    /// Move the level at a given time.
    pub fn step(&mut self, at: SimTime, by: i64) {
        self.area += i128::from(self.level) * i128::from(at.since(self.since).0);
        self.since = at;
        self.level += by;
        self.peak = self.peak.max(self.level);
    }

    /// Level × time up to `end` [ns].
    pub fn area_until(&self, end: SimTime) -> i128 {
        self.area + i128::from(self.level) * i128::from(end.since(self.since).0)
    }

    /// Count messages that were due, or a part of those.
    pub fn count_due(&mut self, fact: &Fact) {
        let sum = if fact.kind == MESSAGE_DUE { &mut self.whole } else { &mut self.part };
        *sum += i128::from(fact.amount);
    }

    /// `part` as a share of `whole`; nothing when either is empty.
    pub fn share_of_any(&self) -> Option<f64> {
        self.share().filter(|share| *share > 0.0)
    }

    /// `part` as a share of `whole`; nothing when the whole is empty.
    pub fn share(&self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }
}

/// What a run's facts cannot say by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Length of the run.
    pub horizon: Span,
    /// Persons whose body is simulated; with none, harm is not modelled and no harm metric is given.
    pub watched: u32,
    /// Charges of messages are in units of 1/`message_scale` of a message.
    pub message_scale: i64,
}

/// The topics of a run, by id: flows and functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    /// Whether the topic is a flow of commands.
    pub is_command: Vec<bool>,
    /// Its name.
    pub names: Vec<String>,
}

impl Topics {
    /// Whether a topic is a flow of commands; readings and functions are not.
    pub fn command(&self, topic: Topic) -> bool {
        self.is_command.get(usize::from(topic.0)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sim::fact::Charge;
    use std::path::Path;

    /// A fact at `at` seconds.
    pub(crate) fn fact(at: u64, kind: Kind, who: u32, topic: u16, amount: i64) -> Fact {
        let at = SimTime(at * Span::SECOND.0);
        Fact { at, kind, who: Who(who), topic: Topic(topic), charge: Charge::default(), amount }
    }

    /// What a metric says of some facts in a run of ten hours with two flows, the second of commands.
    pub(crate) fn value(def: &MetricDef, watched: u32, facts: &[Fact]) -> Option<f64> {
        let topics =
            Topics { is_command: vec![false, true], names: vec!["status".to_owned(), "order".to_owned()] };
        let mut acc = (def.zero)();
        for fact in facts.iter().filter(|fact| def.reads.contains(&fact.kind)) {
            (def.add)(&mut acc, fact, &topics);
        }
        (def.done)(&acc, &Frame { horizon: Span(10 * Span::HOUR.0), watched, message_scale: 1 })
    }

    #[test]
    fn every_file_is_in_the_list_once_under_its_own_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "mod.rs")
            .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
            .collect();
        files.sort();
        let mut listed: Vec<&str> = ALL.iter().map(|def| def.id).collect();
        listed.sort_unstable();
        assert_eq!(listed, files);
    }

    #[test]
    fn a_metric_says_what_it_is_and_reads_something() {
        for def in ALL {
            assert!(
                !def.reads.is_empty() && !def.source.is_empty() && def.meaning.ends_with('.'),
                "{}",
                def.id
            );
            assert!(def.title.chars().count() <= 26, "{}", def.title);
        }
    }
}
