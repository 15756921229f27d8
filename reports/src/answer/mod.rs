//! The answer in sentences. Every number and name in them is read from a field of the comparison, and the sentence
//! lists those fields; where an interval holds zero it says that no difference is shown.

mod best;
mod trade;

use crate::comparison::{Comparison, Sentence, StrategyReport};
use crate::error::ReportError;
use crate::format::number;
use crate::statistics::Interval;
use crate::words::Words;
use serde_json::Value;

/// The sentences of a comparison, the three that matter most first: who is best; what controls cost; what all this
/// rests on or, where the primary metric tells nothing apart, what each strategy leaves open.
///
/// # Errors
/// When the comparison cannot be written as JSON.
pub fn sentences(comparison: &Comparison) -> Result<Vec<Sentence>, ReportError> {
    let document = serde_json::to_value(comparison).map_err(ReportError::Json)?;
    let say = Teller { comparison, document: &document };
    let (third, fourth) = if say.primary_decides() {
        (say.assumptions(), say.left_open())
    } else {
        (say.left_open(), say.assumptions())
    };
    Ok([say.best(), say.trade(), third, fourth, say.change_of_care(), say.zeros()]
        .into_iter()
        .flatten()
        .collect())
}

struct Teller<'a> {
    comparison: &'a Comparison,
    document: &'a Value,
}

impl<'a> Teller<'a> {
    fn words(&self) -> Words<'a> {
        Words::new(self.document)
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.comparison.strategies.iter().position(|strategy| strategy.name == name)
    }

    fn difference(&self, metric: &str, strategy: &str) -> Option<usize> {
        self.comparison.differences.iter().position(|one| one.metric == metric && one.strategy == strategy)
    }

    /// The differences of a metric with a verdict.
    fn differences(&self, metric: &str, better: Option<bool>) -> Vec<usize> {
        let all = self.comparison.differences.iter().enumerate();
        all.filter(|(_, one)| one.metric == metric && one.better == better).map(|(at, _)| at).collect()
    }

    fn metric_path(&self, id: &str) -> Option<String> {
        let at = self.comparison.metrics.iter().position(|metric| metric.id == id)?;
        Some(format!("/metrics/{at}/title"))
    }

    /// Whether the primary metric tells the strategies apart in any run.
    fn primary_decides(&self) -> bool {
        let ranking = &self.comparison.ranking;
        let level = ranking.ranks.iter().all(|rank| rank.tied as usize == self.comparison.replications);
        ranking.metric == self.comparison.primary && !level
    }

    /// Whether the primary metric was zero in every run under every strategy.
    fn primary_is_zero(&self) -> bool {
        let of = |one: &StrategyReport| one.metrics.get(&self.comparison.primary).map(|value| value.interval);
        let zero = |one: Interval| one.mean == 0.0 && one.high.unwrap_or(0.0) == 0.0;
        self.comparison.strategies.iter().all(|one| of(one).is_some_and(zero))
    }

    /// What attackers still get under each strategy.
    fn left_open(&self) -> Option<Sentence> {
        let metric = "devices-taken-peak";
        let unit = self.comparison.metric(metric)?.unit.as_str();
        let value = |one: &StrategyReport| one.metrics.get(metric).map(|value| value.interval.mean);
        if self.comparison.strategies.len() < 2
            || !self.comparison.strategies.iter().filter_map(value).any(|mean| mean > 0.0)
        {
            return None;
        }
        let mut words =
            self.words().say("What each leaves open, ").field(&self.metric_path(metric)?).say(":");
        for at in 0..self.comparison.strategies.len() {
            words = words
                .say(if at == 0 { " " } else { ", " })
                .field(&format!("/strategies/{at}/name"))
                .say(" ")
                .mean(&format!("/strategies/{at}/metrics/{metric}"), unit);
        }
        if self.comparison.replications > 1 {
            let unshown = self.differences(metric, None);
            for (nth, at) in unshown.iter().enumerate() {
                words = if nth == 0 {
                    words.say("; no difference from ").field("/baseline").say(" is shown for ")
                } else {
                    words.say(", ")
                };
                words = words.field(&format!("/differences/{at}/strategy"));
            }
        }
        words.end()
    }

    /// What all this rests on.
    fn assumptions(&self) -> Option<Sentence> {
        let flag = self.comparison.flags.first().filter(|flag| flag.read > 0)?;
        let mut words = self
            .words()
            .say("This rests on ")
            .field("/flags/0/assumed")
            .say(if flag.assumed == 1 { " assumption and " } else { " assumptions and " })
            .field("/flags/0/remembered")
            .say(if flag.remembered == 1 {
                " figure from memory among "
            } else {
                " figures from memory among "
            })
            .field("/flags/0/read")
            .say(" parameters read");
        words = match (flag.examined, flag.movers.len()) {
            (0, _) => words.say("; which of them would change the answer was not examined"),
            (_, 0) => words
                .say("; none of the ")
                .field("/flags/0/examined")
                .say(" examined moves the answer beyond its interval when set low or high"),
            (_, movers) => {
                words = words
                    .say("; of ")
                    .field("/flags/0/examined")
                    .say(" examined, ")
                    .field("/flags/0/movers")
                    .say(" would move the answer beyond its interval when set low or high");
                for place in 0..movers.min(3) {
                    words = words
                        .say(if place == 0 { ": " } else { ", " })
                        .field(&format!("/flags/0/movers/{place}"));
                }
                if movers > 3 { words.say(" and others") } else { words }
            }
        };
        words.end()
    }

    /// With which strategies care, or what stands for it, rises and falls.
    fn change_of_care(&self) -> Option<Sentence> {
        if self.comparison.replications < 2 {
            return None;
        }
        let metric = ["care-available", "command-flow-availability", "data-flow-availability"]
            .into_iter()
            .find(|id| *id != self.comparison.primary && self.comparison.metric(id).is_some())?;
        let title = self.metric_path(metric)?;
        let (rises, falls) = (self.differences(metric, Some(true)), self.differences(metric, Some(false)));
        let list = |mut words: Words<'a>, all: &[usize]| {
            for (nth, at) in all.iter().enumerate() {
                words = words
                    .say(if nth == 0 { "" } else { ", " })
                    .field(&format!("/differences/{at}/strategy"))
                    .say(" (")
                    .change(&format!("/differences/{at}"), "1")
                    .say(")");
            }
            words
        };
        let named =
            self.words().say("Change of ").field(&title).say(" against ").field("/baseline").say(": ");
        match (rises.is_empty(), falls.is_empty()) {
            (true, true) => named.say("no difference shown under any strategy"),
            (false, true) => list(named.say("up with "), &rises).say("; down with none of them"),
            (true, false) => list(named.say("down with "), &falls).say("; up with none of them"),
            (false, false) => list(list(named.say("up with "), &rises).say("; down with "), &falls),
        }
        .end()
    }

    /// What "none in any run" leaves possible.
    fn zeros(&self) -> Option<Sentence> {
        if self.comparison.replications < 2 {
            return None;
        }
        let (at, primary) = (self.index(&self.comparison.ranking.best)?, &self.comparison.primary);
        let path = format!("/strategies/{at}/metrics/{primary}/zero_could_be");
        let value = self.document.pointer(&path)?.as_f64()?;
        let words = self.words().say("Under ");
        let words =
            if self.primary_is_zero() { words.say("every strategy") } else { words.field("/ranking/best") };
        let mut words = words
            .say(", ")
            .field(&self.metric_path(primary)?)
            .say(" was zero in all ")
            .field("/replications")
            .say(" runs, which does not exclude that it would be more in up to ");
        words.note(&path)?;
        words.say(&number(value * 100.0, 0)).say("\u{a0}% of such runs").end()
    }
}
