//! The answer in sentences. Every number and name in them is read from a field of the comparison, and the sentence
//! lists those fields; where an interval holds zero it says that no difference is shown.

use crate::comparison::{Comparison, Sentence, StrategyReport};
use crate::error::ReportError;
use crate::facts::Loss;
use crate::format::number;
use crate::words::Words;
use serde_json::Value;

/// The sentences of a comparison, the three that matter most first.
///
/// # Errors
/// When the comparison cannot be written as JSON.
pub fn sentences(comparison: &Comparison) -> Result<Vec<Sentence>, ReportError> {
    let document = serde_json::to_value(comparison).map_err(ReportError::Json)?;
    let say = Teller { comparison, document: &document };
    Ok([say.best(), say.trade(), say.assumptions(), say.change_of_care(), say.zeros()]
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

    fn metric_path(&self, id: &str) -> Option<String> {
        let at = self.comparison.metrics.iter().position(|metric| metric.id == id)?;
        Some(format!("/metrics/{at}/title"))
    }

    /// Who is best on the primary metric, in how many runs, and how surely.
    fn best(&self) -> Option<Sentence> {
        let (all, ranking) = (self.comparison, &self.comparison.ranking);
        let unit = all.metric(&all.primary)?.unit.as_str();
        let title = self.metric_path(&all.primary)?;
        let value = |at: usize| format!("/strategies/{at}/metrics/{}", all.primary);
        let (best, base) = (self.index(&ranking.best)?, self.index(&all.baseline)?);
        let place = ranking.ranks.iter().position(|rank| rank.strategy == ranking.best)?;
        let rank = ranking.ranks.get(place)?;
        if all.strategies.len() < 2 {
            return self
                .words()
                .say("Only ")
                .field("/baseline")
                .say(" was run, so there is nothing to compare: ")
                .field(&title)
                .say(" ")
                .interval(&value(base), unit, false)
                .end();
        }
        if all.replications < 2 {
            return self
                .words()
                .say("One run of each strategy shows what happened once, and no more: ")
                .field("/ranking/best")
                .say(if rank.tied > 0 { " came out among the best on " } else { " came out best on " })
                .field(&title)
                .say(", ")
                .mean(&value(best), unit)
                .say(" against ")
                .mean(&value(base), unit)
                .say(" with ")
                .field("/baseline")
                .end();
        }
        if best == base {
            return self
                .words()
                .say("No strategy did better on ")
                .field(&title)
                .say(" than ")
                .field("/baseline")
                .say(": ")
                .interval(&value(base), unit, false)
                .end();
        }
        let difference = self.difference(&all.primary, &ranking.best)?;
        if all.differences.get(difference)?.better != Some(true) {
            return self
                .words()
                .say("On ")
                .field(&title)
                .say(" no difference from ")
                .field("/baseline")
                .say(" is shown: the best, ")
                .field("/ranking/best")
                .say(", differs by ")
                .interval(&format!("/differences/{difference}"), unit, true)
                .say(", which holds zero")
                .end();
        }
        let mut words = self
            .words()
            .field("/ranking/best")
            .say(" does best on ")
            .field(&title)
            .say(": ")
            .interval(&value(best), unit, false)
            .say(" against ")
            .mean(&value(base), unit)
            .say(" with ")
            .field("/baseline")
            .say("; it was the best in ")
            .field(&format!("/ranking/ranks/{place}/best"));
        if rank.tied > 0 {
            words = words
                .say(" and among the best in ")
                .field(&format!("/ranking/ranks/{place}/tied"))
                .say(" more");
        }
        words = words.say(" of ").field("/replications").say(" runs");
        if let Some(second) = ranking.second.as_ref().filter(|second| **second != all.baseline) {
            let lead =
                if ranking.lead_shown { ", ahead of " } else { ", though no difference is shown from " };
            words = words.say(lead);
            words = if self.index(second).is_some() { words.field("/ranking/second") } else { words };
            words = words.say(": ").interval("/ranking/lead", unit, true);
        }
        words.end()
    }

    /// The word for what the headline counts.
    fn goods(strategy: &StrategyReport) -> &'static str {
        if strategy.headline.loss == Loss::Care { "care" } else { "messages" }
    }

    /// Strategies whose controls are shown to cost more than they save (`false`) or less (`true`), by net.
    fn shown_worth(&self, worth: bool) -> Vec<(usize, &'a StrategyReport)> {
        let mut found: Vec<(f64, usize, &StrategyReport)> = Vec::new();
        for (at, strategy) in self.comparison.strategies.iter().enumerate() {
            if let Some(balance) = strategy.balance.filter(|balance| balance.worth == Some(worth)) {
                found.push((balance.net.mean, at, strategy));
            }
        }
        found.sort_by(|a, b| if worth { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        found.into_iter().map(|(_, at, strategy)| (at, strategy)).collect()
    }

    fn controls_of(mut words: Words<'a>, at: usize, strategy: &StrategyReport) -> Words<'a> {
        let total: f64 = strategy.controls.iter().map(|control| control.share.mean).sum();
        let told = strategy.controls.iter().take(3).take_while(|control| control.share.mean > total * 0.05);
        for (place, _) in told.enumerate() {
            let path = format!("/strategies/{at}/controls/{place}");
            words = words
                .say(if place == 0 { ": " } else { ", " })
                .field(&format!("{path}/name"))
                .say(" ")
                .mean(&path, "1");
        }
        words
    }

    /// Which strategy's controls cost more than they save; if none, which saves most; if none is shown, that.
    fn trade(&self) -> Option<Sentence> {
        let goods = Self::goods(self.comparison.strategies.first()?);
        if self.comparison.replications < 2 || self.comparison.strategies.len() < 2 {
            return None;
        }
        let costly = self.shown_worth(false);
        if let Some(&(at, strategy)) = costly.first() {
            let path = format!("/strategies/{at}");
            let words = self
                .words()
                .field(&format!("{path}/name"))
                .say(&format!(" costs more {goods} ("))
                .mean(&format!("{path}/balance/spent"), "1")
                .say(") than it saves from attackers (")
                .mean(&format!("{path}/balance/saved"), "1")
                .say(")");
            let words = Self::controls_of(words, at, strategy);
            return Self::others_that_cost(words, costly.get(1..).unwrap_or(&[])).end();
        }
        if let Some(&(at, _)) = self.shown_worth(true).first() {
            let path = format!("/strategies/{at}");
            return self
                .words()
                .field(&format!("{path}/name"))
                .say(&format!(" saves more {goods} from attackers ("))
                .mean(&format!("{path}/balance/saved"), "1")
                .say(") than its controls cost (")
                .mean(&format!("{path}/balance/spent"), "1")
                .say("), and of no strategy is the opposite shown")
                .end();
        }
        let mut words = self.words().say(&format!(
            "Of no strategy is it shown whether its controls cost more {goods} than they save"
        ));
        let balanced = self.comparison.strategies.iter().enumerate().filter(|(_, one)| one.balance.is_some());
        for (nth, (at, _)) in balanced.enumerate() {
            words = words
                .say(if nth == 0 { ": saved less spent, " } else { ", " })
                .field(&format!("/strategies/{at}/name"))
                .say(" ")
                .interval(&format!("/strategies/{at}/balance/net"), "1", true);
        }
        words.end()
    }

    /// The other strategies of which the same is shown.
    fn others_that_cost(mut words: Words<'a>, others: &[(usize, &StrategyReport)]) -> Words<'a> {
        for (nth, (at, _)) in others.iter().enumerate() {
            let path = format!("/strategies/{at}");
            words = words
                .say(if nth == 0 { "; the same is shown of " } else { " and of " })
                .field(&format!("{path}/name"))
                .say(" (costs ")
                .mean(&format!("{path}/balance/spent"), "1")
                .say(", saves ")
                .mean(&format!("{path}/balance/saved"), "1")
                .say(")");
        }
        words
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
                .say(" examined moves the answer beyond its interval"),
            (_, movers) => {
                words = words
                    .say("; of ")
                    .field("/flags/0/examined")
                    .say(" examined, ")
                    .field("/flags/0/movers")
                    .say(" would move the answer beyond its interval");
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
        let of = |better: Option<bool>| -> Vec<usize> {
            let all = self.comparison.differences.iter().enumerate();
            all.filter(|(_, one)| one.metric == metric && one.better == better).map(|(at, _)| at).collect()
        };
        let (rises, falls) = (of(Some(true)), of(Some(false)));
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
        let mut words = self
            .words()
            .say("Under ")
            .field("/ranking/best")
            .say(", ")
            .field(&self.metric_path(primary)?)
            .say(" was zero in all ")
            .field("/replications")
            .say(" runs, which does not exclude that it would be more in up to ");
        words.note(&path)?;
        words.say(&number(value * 100.0, 0)).say("\u{a0}% of such runs").end()
    }
}
