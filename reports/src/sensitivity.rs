//! Which uncertain numbers move the answer: each was set low and high on the same luck, and the difference that
//! decides is held against its own interval.
//!
//! # Differs from the real thing
//! One number is moved at a time, and each to the ends of the range that its source gives: two that matter only
//! together are not found. A shift is a mean over few replications, so a small one may be chance; it is taken on the
//! same luck as the value that it is held against. What a device class states for itself stays as the class has it,
//! even where it names the same source.

use crate::comparison::Comparison;
use crate::format::{decimals, shown, signed};
use crate::statistics::Interval;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An end of a parameter's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The lower one.
    Low,
    /// The upper one.
    High,
}

impl End {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// What became of the differences when each assumption and each figure from memory was set low and high.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The metric whose differences are watched: the one that decides.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// With how many replications, the first of the comparison's.
    pub replications: usize,
    /// What was tried: by parameter, end, and strategy in the scenario's order.
    pub shifts: Vec<Shift>,
    /// What was not.
    pub untried: Vec<Untried>,
}

/// What a strategy's difference from the baseline did when a parameter was set to an end of its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The parameter's key.
    pub parameter: String,
    /// The end.
    pub end: End,
    /// The strategy.
    pub strategy: String,
    /// Its difference from the baseline at that end less that at the stated value, mean over the replications.
    pub shift: f64,
    /// Whether the comparison's mean difference, shifted so, lies outside its own interval.
    pub moves: bool,
}

/// A parameter that was not tried at an end, or at any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untried {
    /// The parameter's key.
    pub parameter: String,
    /// The end; absent for both.
    pub end: Option<End>,
    /// Why.
    pub why: String,
    /// Whether there was nothing to try, as the parameter has no range there.
    pub no_range: bool,
}

impl Sensitivity {
    /// The shifts that move the answer.
    pub fn movers(&self) -> impl Iterator<Item = &Shift> {
        self.shifts.iter().filter(|shift| shift.moves)
    }

    /// Distinct parameters that were tried at an end at least.
    pub fn tried(&self) -> usize {
        self.shifts.iter().map(|shift| &shift.parameter).collect::<BTreeSet<_>>().len()
    }

    /// A shift as people read it, `+1.5 pp`.
    pub fn change(&self, shift: &Shift) -> String {
        let shown = shown(&self.unit);
        let mean = shift.shift * shown.factor;
        let text = signed(mean, decimals(&Interval { mean, low: None, high: None }));
        if shown.step == "persons" { text } else { format!("{text} {}", shown.step) }
    }
}

/// Judge the shifts against the comparison's intervals and mark the parameters: one moves the answer when a shift
/// does, and is examined when it was tried at every end that its range has.
pub(crate) fn judge(all: &mut Comparison) {
    let Some(mut told) = all.sensitivity.take() else { return };
    for shift in &mut told.shifts {
        let interval = all.difference(&told.metric, &shift.strategy).map(|one| one.interval);
        let ends = interval.and_then(|one| Some((one.mean + shift.shift, one.low?, one.high?)));
        shift.moves = ends.is_some_and(|(mean, low, high)| !(low..=high).contains(&mean));
    }
    let keys = |shifts: &mut dyn Iterator<Item = &Shift>| -> BTreeSet<String> {
        shifts.map(|shift| shift.parameter.clone()).collect()
    };
    let tried = keys(&mut told.shifts.iter());
    let moving = keys(&mut told.shifts.iter().filter(|shift| shift.moves));
    let missed: BTreeSet<&str> = told
        .untried
        .iter()
        .filter(|untried| !untried.no_range)
        .map(|untried| untried.parameter.as_str())
        .collect();
    for parameter in &mut all.dossier.parameters {
        let key = parameter.key.as_str();
        parameter.moves_answer = if moving.contains(key) {
            Some(true)
        } else {
            (tried.contains(key) && !missed.contains(key)).then_some(false)
        };
    }
    all.sensitivity = Some(told);
}
