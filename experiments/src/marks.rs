//! What to mark on the clock: happenings with a set time, and the first steps of attacks.

use reports::comparison::{Mark, MarkKind};
use reports::facts::{ACTUATOR_HOSTILE, DEVICE_TAKEN};
use scenarios::language::Scenario;
use scenarios::language::event::Timing;
use serde::{Deserialize, Serialize};
use sim::fact::{By, CauseId, Fact};
use sim::names::Names;
use sim::time::SimTime;
use std::collections::BTreeMap;

use crate::run::RunOutcome;

/// A step that is marked when a campaign first makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It takes a device.
    Taken,
    /// It commands an actuator.
    Hostile,
}

/// When a campaign first made a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// The campaign.
    pub campaign: String,
    /// The step.
    pub step: Step,
    /// When.
    pub at: SimTime,
}

/// The fold over a run's facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Firsts(BTreeMap<(CauseId, Step), SimTime>);

impl Firsts {
    pub(crate) fn add(&mut self, fact: &Fact) {
        let step = match fact.kind {
            DEVICE_TAKEN if fact.amount > 0 => Step::Taken,
            ACTUATOR_HOSTILE => Step::Hostile,
            _ => return,
        };
        self.0.entry((fact.charge.by, step)).or_insert(fact.at);
    }

    /// By name, sorted.
    pub(crate) fn named(&self, names: &Names) -> Vec<First> {
        let one = |(&(cause, step), &at): (&(CauseId, Step), &SimTime)| {
            let cause = names.cause_of(cause).filter(|cause| cause.by == By::Attack)?;
            Some(First { campaign: cause.name.clone(), step, at })
        };
        let mut all: Vec<First> = self.0.iter().filter_map(one).collect();
        all.sort_by(|a, b| (&a.campaign, a.step).cmp(&(&b.campaign, b.step)));
        all
    }
}

/// Happenings that come at a set time.
pub fn happenings(scenario: &Scenario) -> Vec<Mark> {
    let mark = |(name, happening): (&String, &scenarios::language::scenario::Item<_>)| {
        let happening: &scenarios::language::event::Happening = happening;
        let Timing::At(moment) = &happening.timing else { return None };
        let at_s = moment.value.resolve(scenario.starts_at).seconds();
        let within = at_s < scenario.horizon.0.seconds();
        let text = format!("{name}: {}", happening.def.id.replace('-', " "));
        within.then_some(Mark { at_s, kind: MarkKind::Happening, text, strategy: None })
    };
    scenario.happenings.iter().filter_map(mark).collect()
}

/// The first steps of attacks, each at its median over the runs in which it was made, where those are at least
/// half of the strategy's runs. A step at the same instant under all strategies is marked once.
pub fn attacks(strategies: &[String], runs: &[RunOutcome]) -> Vec<Mark> {
    let mut seen: BTreeMap<(&str, Step), Vec<(&str, SimTime)>> = BTreeMap::new();
    for strategy in strategies {
        let mut times: BTreeMap<(&str, Step), Vec<SimTime>> = BTreeMap::new();
        let own = || runs.iter().filter(|run| run.strategy == *strategy);
        for first in own().flat_map(|run| &run.firsts) {
            times.entry((&first.campaign, first.step)).or_default().push(first.at);
        }
        for (key, mut at) in times.into_iter().filter(|(_, at)| 2 * at.len() >= own().count()) {
            at.sort_unstable();
            seen.entry(key).or_default().push((strategy, at[(at.len() - 1) / 2]));
        }
    }
    let mut marks = Vec::new();
    for ((campaign, step), times) in seen {
        let text = match step {
            Step::Taken => format!("{campaign} takes its first device"),
            Step::Hostile => format!("{campaign} commands its first actuator"),
        };
        let mark = |at: SimTime, strategy| Mark {
            at_s: at.seconds(),
            kind: MarkKind::Attack,
            text: text.clone(),
            strategy,
        };
        match times.as_slice() {
            [(_, at), rest @ ..]
                if times.len() == strategies.len() && rest.iter().all(|other| other.1 == *at) =>
            {
                marks.push(mark(*at, None));
            }
            some => marks.extend(some.iter().map(|(strategy, at)| mark(*at, Some((*strategy).to_owned())))),
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use reports::outcome::Outcome;

    fn run(strategy: &str, replication: u64, at: &[u64]) -> RunOutcome {
        let first = |&at: &u64| First {
            campaign: "worm".to_owned(),
            step: Step::Taken,
            at: SimTime(at * 1_000_000_000),
        };
        RunOutcome {
            strategy: strategy.to_owned(),
            replication,
            digest: String::new(),
            digests: BTreeMap::new(),
            outcome: Outcome::default(),
            firsts: at.iter().map(first).collect(),
            staff: BTreeMap::new(),
            harm: Vec::new(),
            read: Vec::new(),
            effort: crate::run::Effort::default(),
        }
    }

    #[test]
    fn a_step_is_marked_at_its_median_and_once_when_all_strategies_agree() {
        let both = ["none".to_owned(), "zoned".to_owned()];
        let alike = [run("none", 0, &[5]), run("none", 1, &[9]), run("none", 2, &[7])];
        let with = |zoned: [&[u64]; 3]| {
            let zoned = zoned.iter().zip(0..).map(|(at, r)| run("zoned", r, at));
            attacks(&both, &alike.iter().cloned().chain(zoned).collect::<Vec<_>>())
        };
        let marks = with([&[7], &[7], &[7]]);
        assert_eq!((marks.len(), marks[0].at_s, &marks[0].strategy), (1, 7.0, &None));
        let marks = with([&[8], &[], &[8]]);
        assert_eq!(marks.iter().map(|mark| mark.at_s).collect::<Vec<_>>(), [7.0, 8.0]);
        let rarely = with([&[8], &[], &[]]);
        assert_eq!(rarely.len(), 1, "one run in three is not what usually happens");
    }
}
