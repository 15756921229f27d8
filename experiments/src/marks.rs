//! What to mark on the clock: happenings with a set time, the first of those that come at random, and the first
//! steps of attacks.
//!
//! People who arrive at random are not marked: no fact tells when the first of them is due.

use reports::comparison::{Mark, MarkKind};
use reports::facts::{ACTUATOR_HOSTILE, DEVICE_TAKEN};
use scenarios::language::Scenario;
use scenarios::language::event::Timing;
use scenarios::site::episodes::BEGINS;
use serde::{Deserialize, Serialize};
use sim::fact::{By, CauseId, Fact, Topic};
use sim::names::Names;
use sim::time::SimTime;
use std::collections::BTreeMap;

use crate::run::RunOutcome;

/// A step that is marked when it is first made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It takes a device.
    Taken,
    /// It commands an actuator.
    Hostile,
    /// It happens, and nobody meant it.
    Happens,
}

/// When a campaign first made a step, or something first happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// The campaign, or what happened.
    pub name: String,
    /// The step.
    pub step: Step,
    /// When.
    pub at: SimTime,
}

/// The fold over a run's facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Firsts {
    steps: BTreeMap<(CauseId, Step), SimTime>,
    happened: BTreeMap<Topic, SimTime>,
    /// What comes at random, by the topic of its facts.
    random: BTreeMap<Topic, String>,
}

sim::kept!(Firsts { steps, happened } built { random });

impl First {
    /// In few words.
    pub fn text(&self) -> String {
        text(&self.name, self.step)
    }
}

fn text(name: &str, step: Step) -> String {
    match step {
        Step::Taken => format!("{name} takes its first device"),
        Step::Hostile => format!("{name} commands its first actuator"),
        Step::Happens => name.to_owned(),
    }
}

impl Firsts {
    /// Of a run of this scenario that is about to begin.
    pub(crate) fn new(scenario: &Scenario, names: &Names) -> Self {
        let random = |name: &str| {
            let happening = scenario.happenings.get(name);
            let what = match happening {
                Some(one) => matches!(one.timing, Timing::Rate(_)).then(|| one.def.id.replace('-', " "))?,
                None if scenario.services.contains_key(name) => "outage".to_owned(),
                None => return None,
            };
            Some(format!("{name}: first {what}"))
        };
        let topics = (0..).map(Topic).zip(names.topics());
        let random = topics.filter_map(|(topic, name)| Some((topic, random(name)?))).collect();
        Self { random, ..Self::default() }
    }

    pub(crate) fn add(&mut self, fact: &Fact) {
        let step = match fact.kind {
            DEVICE_TAKEN if fact.amount > 0 => Step::Taken,
            ACTUATOR_HOSTILE => Step::Hostile,
            BEGINS if self.random.contains_key(&fact.topic) => {
                self.happened.entry(fact.topic).or_insert(fact.at);
                return;
            }
            _ => return,
        };
        self.steps.entry((fact.charge.by, step)).or_insert(fact.at);
    }

    /// By name, sorted.
    pub(crate) fn named(&self, names: &Names) -> Vec<First> {
        let one = |(&(cause, step), &at): (&(CauseId, Step), &SimTime)| {
            let cause = names.cause_of(cause).filter(|cause| cause.by == By::Attack)?;
            Some(First { name: cause.name.clone(), step, at })
        };
        let happened = |(topic, &at): (&Topic, &SimTime)| {
            Some(First { name: self.random.get(topic)?.clone(), step: Step::Happens, at })
        };
        let mut all: Vec<First> = self.steps.iter().filter_map(one).collect();
        all.extend(self.happened.iter().filter_map(happened));
        all.sort_by(|a, b| (&a.name, a.step).cmp(&(&b.name, b.step)));
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

/// A strategy, the median instant, and the percentage of its runs in which there was one.
type Usual<'a> = (&'a str, (SimTime, usize));

/// The first steps of attacks and the first of what comes at random, each at its median over the runs in which it was
/// made, where those are at least half of the strategy's runs. What is at the same instant under all strategies is
/// marked once; of what happened the share of the runs is told unless it is all of them.
pub fn firsts(strategies: &[String], runs: &[RunOutcome]) -> Vec<Mark> {
    let mut seen: BTreeMap<(&str, Step), Vec<Usual<'_>>> = BTreeMap::new();
    for strategy in strategies {
        let mut times: BTreeMap<(&str, Step), Vec<SimTime>> = BTreeMap::new();
        let own = || runs.iter().filter(|run| run.strategy == *strategy);
        for first in own().flat_map(|run| &run.firsts) {
            times.entry((&first.name, first.step)).or_default().push(first.at);
        }
        for (key, mut at) in times.into_iter().filter(|(_, at)| 2 * at.len() >= own().count()) {
            at.sort_unstable();
            let percent = (100 * at.len() + own().count() / 2) / own().count();
            seen.entry(key).or_default().push((strategy, (at[(at.len() - 1) / 2], percent)));
        }
    }
    let mut marks = Vec::new();
    for ((name, step), times) in seen {
        let mark = |(at, percent): (SimTime, usize), strategy| {
            let (kind, share) = match step {
                Step::Happens if percent < 100 => (MarkKind::Happening, format!(", in {percent} % of runs")),
                Step::Happens => (MarkKind::Happening, String::new()),
                Step::Taken | Step::Hostile => (MarkKind::Attack, String::new()),
            };
            Mark { at_s: at.seconds(), kind, text: text(name, step) + &share, strategy }
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
        let first =
            |&at: &u64| First { name: "worm".to_owned(), step: Step::Taken, at: SimTime(at * 1_000_000_000) };
        RunOutcome {
            strategy: strategy.to_owned(),
            replication,
            digest: String::new(),
            digests: BTreeMap::new(),
            outcome: Outcome::default(),
            firsts: at.iter().map(first).collect(),
            zones: Vec::new(),
            stations: Vec::new(),
            media: Vec::new(),
            staff: BTreeMap::new(),
            harm: Vec::new(),
            read: Vec::new(),
            used: Vec::new(),
            effort: crate::run::Effort::default(),
        }
    }

    #[test]
    fn a_step_is_marked_at_its_median_and_once_when_all_strategies_agree() {
        let both = ["none".to_owned(), "zoned".to_owned()];
        let alike = [run("none", 0, &[5]), run("none", 1, &[9]), run("none", 2, &[7])];
        let with = |zoned: [&[u64]; 3]| {
            let zoned = zoned.iter().zip(0..).map(|(at, r)| run("zoned", r, at));
            firsts(&both, &alike.iter().cloned().chain(zoned).collect::<Vec<_>>())
        };
        let marks = with([&[7], &[7], &[7]]);
        assert_eq!((marks.len(), marks[0].at_s, &marks[0].strategy), (1, 7.0, &None));
        let marks = with([&[8], &[], &[8]]);
        assert_eq!(marks.iter().map(|mark| mark.at_s).collect::<Vec<_>>(), [7.0, 8.0]);
        let rarely = with([&[8], &[], &[]]);
        assert_eq!(rarely.len(), 1, "one run in three is not what usually happens");
    }

    #[test]
    fn what_happens_at_random_is_marked_with_the_share_of_the_runs_in_which_it_did() {
        let happens = |at: &[u64], replication| {
            let mut run = run("none", replication, at);
            for first in &mut run.firsts {
                (first.name, first.step) = ("pumps: first device fault".to_owned(), Step::Happens);
            }
            run
        };
        let only = ["none".to_owned()];
        let marks = firsts(&only, &[happens(&[3], 0), happens(&[], 1), happens(&[8], 2)]);
        assert_eq!(marks.len(), 1);
        assert_eq!((marks[0].at_s, marks[0].kind), (3.0, MarkKind::Happening));
        assert_eq!(marks[0].text, "pumps: first device fault, in 67 % of runs");
        let always = firsts(&only, &[happens(&[3], 0), happens(&[4], 1)]);
        assert_eq!(always[0].text, "pumps: first device fault");
    }
}
