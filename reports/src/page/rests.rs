//! What the answer rests on: every assumption and every figure from memory, and which of them move it.

use crate::comparison::Comparison;
use crate::dossier::{Parameter, Trust};
use crate::format::count;
use crate::sensitivity::{Sensitivity, Untried};
use serde::Serialize;

/// What the page says of assumptions.
#[derive(Debug, Serialize)]
pub(super) struct Rests {
    /// Group, read, assumed, from memory, those that move the answer.
    flags: Vec<[String; 5]>,
    /// The assumptions and the figures from memory.
    weak: Vec<Weak>,
    /// What was watched when they were set low and high; empty when they were not.
    watched: String,
    /// With how many runs.
    runs: String,
    /// The command that sets them low and high; empty when that was done.
    ask: String,
}

/// A number that nobody has looked up.
#[derive(Debug, Serialize)]
struct Weak {
    key: String,
    meaning: String,
    value: String,
    range: String,
    trust: &'static str,
    /// What setting it low and high does.
    found: Vec<String>,
    moves: bool,
}

impl Rests {
    pub(super) fn new(all: &Comparison) -> Self {
        let found = all.sensitivity.as_ref();
        let title = |found: &Sensitivity| {
            all.metric(&found.metric).map_or_else(|| found.metric.clone(), |metric| metric.title.clone())
        };
        let weak = |one: &&Parameter| matches!(one.confidence, Trust::Assumption | Trust::FromMemory);
        Self {
            flags: flags(all),
            weak: all.dossier.parameters.iter().filter(weak).map(|one| row(found, one)).collect(),
            watched: found.map_or_else(String::new, title),
            runs: found.map_or_else(String::new, |found| count(found.replications as u64)),
            ask: if found.is_some() { String::new() } else { format!("{} --sensitivity", all.command) },
        }
    }
}

fn flags(all: &Comparison) -> Vec<[String; 5]> {
    let row = |flag: &crate::comparison::Flag| {
        let words = |n: usize| count(n as u64);
        let movers = match (flag.examined, flag.movers.is_empty()) {
            (0, _) if flag.assumed + flag.remembered == 0 => "–".to_owned(),
            (0, _) => "not examined".to_owned(),
            (_, true) => "none".to_owned(),
            (_, false) => flag.movers.join(", "),
        };
        [flag.group.clone(), words(flag.read), words(flag.assumed), words(flag.remembered), movers]
    };
    all.flags.iter().filter(|flag| flag.read > 0).map(row).collect()
}

fn row(found: Option<&Sensitivity>, one: &Parameter) -> Weak {
    let unit = if one.unit.is_empty() { String::new() } else { format!(" {}", one.unit) };
    Weak {
        key: one.key.clone(),
        meaning: one.meaning.clone(),
        value: format!("{}{unit}", one.value),
        range: one.range.clone(),
        trust: one.confidence.word(),
        found: found.map_or_else(Vec::new, |found| what_it_does(found, one)),
        moves: one.moves_answer == Some(true),
    }
}

fn what_it_does(found: &Sensitivity, one: &Parameter) -> Vec<String> {
    let moved = found.movers().filter(|shift| shift.parameter == one.key);
    let mut lines: Vec<String> = moved
        .map(|shift| format!("set {}: {} {}", shift.end.word(), shift.strategy, found.change(shift)))
        .collect();
    if lines.is_empty() && one.moves_answer == Some(false) {
        lines.push("no".to_owned());
    }
    let why = |untried: &Untried| {
        let end = untried.end.map_or_else(String::new, |end| format!(" {}", end.word()));
        format!("not set{end}: {}", untried.why)
    };
    lines.extend(found.untried.iter().filter(|untried| untried.parameter == one.key).map(why));
    lines
}
