//! Contract: in the shipped hospital, under each of its strategies, every loss equals its charges to the last unit,
//! per patient or device and per topic: messages lost, never sent and late, care not given, and each of the harms.
//! Losses and charges are folded apart. Every charge names a cause. What was due is in time, late, lost, never sent
//! or under way. And the fold is no rubber stamp: a single charge left out or counted twice is found, by the name of
//! its loss.

use crate::hostile::tamper_at;
use crate::{STRATEGIES, begin, finish, hospital};
use scenarios::care;
use sim::core::Core;
use sim::fact::{CauseId, Fact, Kind, Topic, Who, kind};
use sim::kinds::*;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A kind of loss, what it is charged as, and how many units of charge make one of loss.
struct Account {
    loss: &'static str,
    charges: [Kind; 2],
    scale: i64,
}

const ACCOUNTS: [Account; 6] = [
    Account { loss: "message.lost", charges: CHARGE_LOST, scale: MILLIONTHS as i64 },
    Account { loss: "message.unsent", charges: CHARGE_UNSENT, scale: MILLIONTHS as i64 },
    Account { loss: "message.late", charges: CHARGE_LATE, scale: MILLIONTHS as i64 },
    Account { loss: "care.lost", charges: care::CHARGE, scale: 1 },
    Account {
        loss: "harm.hypoxaemia",
        charges: [kind("charge.hypoxaemia"), kind("charge.hypoxaemia.shared")],
        scale: 1,
    },
    Account { loss: "harm.pain", charges: [kind("charge.pain"), kind("charge.pain.shared")], scale: 1 },
];

/// Where a loss and its charges must meet: the account, whose it is, and what it is about.
type Line = (usize, Who, Topic);

/// Losses and charges, folded apart.
#[derive(Default)]
struct Books {
    losses: BTreeMap<Line, i64>,
    charges: BTreeMap<Line, i64>,
    due: i64,
    known: i64,
}

impl Books {
    fn of<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Self {
        let mut books = Self::default();
        facts.into_iter().for_each(|fact| books.add(fact));
        books
    }

    fn add(&mut self, fact: &Fact) {
        for (at, account) in ACCOUNTS.iter().enumerate() {
            let line = (at, fact.who, fact.topic);
            if fact.kind == kind(account.loss) {
                *self.losses.entry(line).or_default() += fact.amount * account.scale;
            } else if account.charges.contains(&fact.kind) {
                *self.charges.entry(line).or_default() += fact.amount;
            }
        }
        match fact.kind {
            DUE => self.due += fact.amount,
            IN_TIME | LATE | LOST | UNSENT | IN_FLIGHT => self.known += fact.amount,
            _ => (),
        }
    }

    /// The names of the losses whose charges do not meet them.
    fn disagreements(&self, core: &Core) -> Vec<String> {
        let mut lines: Vec<Line> = self.losses.keys().chain(self.charges.keys()).copied().collect();
        lines.sort_unstable();
        lines.dedup();
        lines.retain(|line| self.losses.get(line).unwrap_or(&0) != self.charges.get(line).unwrap_or(&0));
        lines.iter().map(|line| name(line, core)).collect()
    }
}

fn name(&(at, who, topic): &Line, core: &Core) -> String {
    format!("{} of {} about {}", ACCOUNTS[at].loss, core.names.who(who), core.names.topic_name(topic))
}

fn account_of(fact: &Fact) -> Option<usize> {
    ACCOUNTS.iter().position(|account| account.charges.contains(&fact.kind))
}

/// Every charge names a cause; losses and charges meet; with one charge of any kind to any cause left out or
/// counted twice they do not, and that loss is named. Gives the accounts that had charges.
fn holds(facts: &[Fact], core: &Core, what: &str) -> BTreeSet<&'static str> {
    let books = Books::of(facts);
    assert_eq!(books.disagreements(core), Vec::<String>::new(), "{what}");
    assert_eq!(books.due, books.known, "{what}");
    let mut firsts: BTreeMap<(Kind, CauseId), usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (at, fact) in facts.iter().enumerate() {
        let Some(account) = account_of(fact) else { continue };
        assert!(
            core.names.cause_of(fact.charge.by).is_some(),
            "{what}: {} has no cause",
            ACCOUNTS[account].loss
        );
        found.insert(ACCOUNTS[account].loss);
        firsts.entry((fact.kind, fact.charge.by)).or_insert(at);
    }
    for &at in firsts.values() {
        let line = account_of(&facts[at]).map(|account| (account, facts[at].who, facts[at].topic));
        let wrong = line.map(|line| name(&line, core)).into_iter().collect::<Vec<_>>();
        let dropped = Books::of(facts[..at].iter().chain(&facts[at + 1..]));
        assert_eq!(dropped.disagreements(core), wrong, "{what}");
        let doubled = Books::of(facts.iter().chain([&facts[at]]));
        assert_eq!(doubled.disagreements(core), wrong, "{what}");
    }
    found
}

fn of_the_books(fact: &Fact) -> bool {
    let messages = [DUE, IN_TIME, IN_FLIGHT].contains(&fact.kind);
    messages || account_of(fact).is_some() || ACCOUNTS.iter().any(|account| fact.kind == kind(account.loss))
}

#[test]
fn in_every_strategy_losses_equal_charges_exactly_and_what_was_due_is_known() {
    let scenario = Arc::new(hospital(3));
    let mut found = BTreeSet::new();
    for strategy in STRATEGIES {
        let mut facts = Vec::new();
        let run =
            finish(begin(&scenario, strategy), |fact, _| facts.extend(of_the_books(fact).then_some(*fact)));
        found.extend(holds(&facts, run.core(), strategy));
    }
    // None of them harms anybody's breathing on this day, but an adversary may.
    let mut run = begin(&scenario, "risk-based");
    tamper_at(&mut run, SimTime::ZERO + Span::HOUR);
    let mut facts = Vec::new();
    let run = finish(run, |fact, _| facts.extend(of_the_books(fact).then_some(*fact)));
    found.extend(holds(&facts, run.core(), "tampering"));
    assert_eq!(found.len(), ACCOUNTS.len(), "{found:?}");
}
