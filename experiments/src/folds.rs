//! What is folded from a run's facts while it goes on; no fact is kept.

use crate::harm::{Event, Spells};
use crate::marks::{First, Firsts};
use reports::outcome::Outcome;
use reports::tally::Tally;
use scenarios::site::hands::STAFF_TIME;
use sim::core::Core;
use sim::fact::{Fact, Who};
use sim::keep::{self, Keep, KeepError};
use std::collections::BTreeMap;

/// The folds of a run.
pub(crate) struct Folds {
    tally: Tally,
    firsts: Firsts,
    spells: Spells,
    staff: BTreeMap<Who, i64>,
}

/// What they give in the end.
pub(crate) struct Folded {
    pub(crate) outcome: Outcome,
    pub(crate) firsts: Vec<First>,
    pub(crate) staff: BTreeMap<String, i64>,
    pub(crate) harm: Vec<Event>,
}

impl Keep for Folds {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        let Self { tally, firsts, spells, staff } = self;
        keep::write("the folds", &(tally.keep()?, firsts.keep()?, spells.keep()?, staff))
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let (tally, firsts, spells): (Vec<u8>, Vec<u8>, Vec<u8>);
        (tally, firsts, spells, self.staff) = keep::read("the folds", bytes)?;
        self.tally.lay(&tally)?;
        self.firsts.lay(&firsts)?;
        self.spells.lay(&spells)
    }
}

impl Folds {
    /// Nothing yet.
    pub(crate) fn new(tally: Tally, firsts: Firsts) -> Self {
        Self { tally, firsts, spells: Spells::default(), staff: BTreeMap::new() }
    }

    /// Fold a fact in.
    pub(crate) fn add(&mut self, fact: &Fact) {
        self.tally.add(fact);
        self.firsts.add(fact);
        self.spells.add(fact);
        if fact.kind == STAFF_TIME {
            *self.staff.entry(fact.who).or_default() += fact.amount;
        }
    }

    /// The end of the run.
    pub(crate) fn done(mut self, core: &Core) -> Folded {
        for (topic, book) in core.books.iter() {
            self.tally.close(topic, book);
        }
        Folded {
            outcome: self.tally.done(|id| core.names.cause_of(id).cloned()),
            firsts: self.firsts.named(&core.names),
            staff: groups(&self.staff, core),
            harm: self.spells.named(&core.names),
        }
    }
}

/// A group's time is recorded at its first member.
fn groups(staff: &BTreeMap<Who, i64>, core: &Core) -> BTreeMap<String, i64> {
    let group = |who: Who| {
        let name = core.names.who(who);
        name.split_once('/').map_or(name.clone(), |parts| parts.0.to_owned())
    };
    staff.iter().map(|(&who, &time)| (group(who), time)).collect()
}
