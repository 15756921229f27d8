//! What controls cost of the main loss, by name, against what they save.

use super::Teller;
use crate::comparison::{Sentence, StrategyReport};
use crate::facts::Loss;
use crate::words::Words;

impl<'a> Teller<'a> {
    /// Which strategy's controls cost more than they save; if none, which saves most; if none is shown, whose cost
    /// most, and that neither is shown.
    pub(super) fn trade(&self) -> Option<Sentence> {
        let care = self.comparison.strategies.first()?.headline.loss == Loss::Care;
        let goods = if care { "care" } else { "messages" };
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
        self.dearest(goods)
    }

    /// The strategy whose controls cost most, where neither way is shown of any.
    fn dearest(&self, goods: &str) -> Option<Sentence> {
        let all = self.comparison.strategies.iter().enumerate();
        let spent = |one: &StrategyReport| one.balance.map_or(0.0, |balance| balance.spent.mean);
        let (at, strategy) = all
            .filter(|(_, one)| spent(one) > 0.0)
            .max_by(|(_, one), (_, other)| spent(one).total_cmp(&spent(other)))
            .or_else(|| {
                self.comparison.strategies.iter().enumerate().find(|(_, one)| one.balance.is_some())
            })?;
        let path = format!("/strategies/{at}");
        if spent(strategy) <= 0.0 {
            let words = self.words().say(&format!("No strategy's controls cost more {goods} than those of "));
            return words.field("/baseline").end();
        }
        let words = self
            .words()
            .say(&format!("The controls that cost most {goods} are those of "))
            .field(&format!("{path}/name"))
            .say(", ")
            .interval(&format!("{path}/balance/spent"), "1", true);
        let shown = strategy.balance.and_then(|balance| balance.spent.low).is_some_and(|low| low > 0.0);
        let words = if shown { words } else { words.say(", an interval that holds zero") };
        Self::controls_of(words, at, strategy)
            .say("; whether that is more than it saves from attackers, ")
            .interval(&format!("{path}/balance/saved"), "1", true)
            .say(", is not shown, nor of any other strategy")
            .end()
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
}
