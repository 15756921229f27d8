//! Who is best, in how many runs, and how surely: on the primary metric or, where that is the same under every strategy,
//! on the metric that decides instead.

use super::Teller;
use crate::comparison::Sentence;
use crate::summary::INSTEAD;
use crate::words::Words;

impl<'a> Teller<'a> {
    /// Who is best, in how many runs, and how surely.
    pub(super) fn best(&self) -> Option<Sentence> {
        let all = self.comparison;
        if all.strategies.len() < 2 {
            return self.alone();
        }
        let decides = self.primary_decides();
        let words = self.words();
        let words = if all.replications < 2 {
            words.say("One run of each strategy shows what happened once, and no more: ")
        } else {
            words
        };
        if decides {
            return self.leader(words, false);
        }
        let words = self.level(words)?;
        if all.ranking.metric == all.primary {
            return self.nor_else(words).end();
        }
        self.leader(words.say("; "), true)
    }

    /// What a strategy has to be told of that has no other beside it.
    fn alone(&self) -> Option<Sentence> {
        let instead = INSTEAD.into_iter().find(|id| *id != self.comparison.primary && self.has(id));
        let told = [Some(self.comparison.primary.as_str()), instead.filter(|_| self.primary_is_zero())];
        let mut words = self.words().say("Only ").field("/baseline");
        words = words.say(" was run, so there is nothing to compare: ");
        for (nth, metric) in told.into_iter().flatten().enumerate() {
            words = words.say(if nth == 0 { "" } else { ", " }).field(&self.metric_path(metric)?).say(" ");
            words = words.interval(&format!("/strategies/0/metrics/{metric}"), self.unit(metric)?, false);
        }
        words.end()
    }

    /// That the primary metric is the same under every strategy, in plain words.
    fn level(&self, words: Words<'a>) -> Option<Words<'a>> {
        let all = self.comparison;
        let (title, value) = (self.metric_path(&all.primary)?, format!("metrics/{}", all.primary));
        let several = all.replications > 1;
        let runs = |words: Words<'a>| {
            if several { words.say(" in any of ").field("/replications").say(" runs") } else { words }
        };
        if !self.primary_is_zero() {
            let words = words.field(&title).say(" was the same under every strategy");
            let words = if several {
                words.say(" in each of ").field("/replications").say(" runs, in the mean ")
            } else {
                words.say(", ")
            };
            return Some(words.interval(&format!("/strategies/0/{value}"), self.unit(&all.primary)?, false));
        }
        let mut words = if all.primary == "patients-harmed" {
            let nobody = if several { "No" } else { "no" };
            runs(words.say(nobody).say(" patient was harmed by lack of oxygen")).say(" under any strategy")
        } else {
            runs(words.field(&title).say(" was not above zero")).say(" under any strategy")
        };
        for at in 0..all.strategies.len() {
            words.note(&format!("/strategies/{at}/{value}/mean"))?;
        }
        Some(words)
    }

    /// That no other metric tells the strategies apart either.
    fn nor_else(&self, mut words: Words<'a>) -> Words<'a> {
        let others = INSTEAD.into_iter().filter(|id| *id != self.comparison.primary);
        for (nth, path) in others.filter_map(|id| self.metric_path(id)).enumerate() {
            words =
                words.say(if nth == 0 { "; nor do the strategies differ on " } else { ", " }).field(&path);
        }
        words
    }

    /// Who leads on the metric that decides. `instead` says that another sentence part stands before.
    fn leader(&self, words: Words<'a>, instead: bool) -> Option<Sentence> {
        let (all, ranking) = (self.comparison, &self.comparison.ranking);
        let (unit, title) = (self.unit(&ranking.metric)?, self.metric_path(&ranking.metric)?);
        let value = |at: usize| format!("/strategies/{at}/metrics/{}", ranking.metric);
        let (best, base) = (self.index(&ranking.best)?, self.index(&all.baseline)?);
        let place = ranking.ranks.iter().position(|rank| rank.strategy == ranking.best)?;
        let tied = ranking.ranks.get(place)?.tied > 0;
        if all.replications < 2 {
            return words
                .field("/ranking/best")
                .say(if tied { " came out among the best on " } else { " came out best on " })
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
            let words = words
                .say(if instead { "no" } else { "No" })
                .say(" strategy did better on ")
                .field(&title)
                .say(" than ")
                .field("/baseline")
                .say(": ")
                .interval(&value(base), unit, false);
            return self.runs_led(words, place, tied).end();
        }
        let difference = self.difference(&ranking.metric, &ranking.best)?;
        if all.differences.get(difference)?.better != Some(true) {
            let words = words
                .say(if instead { "on " } else { "On " })
                .field(&title)
                .say(" no difference from ")
                .field("/baseline")
                .say(" is shown: the best, ")
                .field("/ranking/best")
                .say(" with ")
                .interval(&value(best), unit, false)
                .say(", differs by ")
                .interval(&format!("/differences/{difference}"), unit, true)
                .say(", an interval that holds zero");
            return self.runs_led(words, place, tied).end();
        }
        let words = words
            .field("/ranking/best")
            .say(" does best on ")
            .field(&title)
            .say(": ")
            .interval(&value(best), unit, false)
            .say(" against ")
            .mean(&value(base), unit)
            .say(" with ")
            .field("/baseline");
        let mut words = self.runs_led(words, place, tied);
        if ranking.second.as_ref().is_some_and(|second| *second != all.baseline) {
            let lead =
                if ranking.lead_shown { ", ahead of " } else { ", though no difference is shown from " };
            words = words.say(lead).field("/ranking/second").say(": ").interval("/ranking/lead", unit, true);
        }
        words.end()
    }

    /// In how many runs the leader was the best.
    fn runs_led(&self, words: Words<'a>, place: usize, tied: bool) -> Words<'a> {
        let mut words = words.say("; it was the best in ").field(&format!("/ranking/ranks/{place}/best"));
        if tied {
            words = words
                .say(" and among the best in ")
                .field(&format!("/ranking/ranks/{place}/tied"))
                .say(" more");
        }
        words.say(" of ").field("/replications").say(" runs")
    }

    fn has(&self, metric: &str) -> bool {
        self.comparison.metric(metric).is_some()
    }

    fn unit(&self, metric: &str) -> Option<&'a str> {
        self.comparison.metric(metric).map(|metric| metric.unit.as_str())
    }
}
