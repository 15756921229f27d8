//! Harm events: each spell in which a person was harmed in one way, with its name and its charges.
//!
//! An event is called after its person and its place among that person's events, by when they began:
//! `icu-patients/17@2` is the second.

use reports::comparison::CauseEntry;
use reports::facts::Loss;
use serde::{Deserialize, Serialize};
use sim::fact::{Charge, Fact, Kind, Who};
use sim::names::Names;
use sim::time::SimTime;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The ways of being harmed that make events, the graver first.
pub const HARMS: [Loss; 2] = [Loss::Hypoxaemia, Loss::Pain];

/// Harm is told by cells of this length [ns], each at its end; cells that follow one another are one spell.
const CELL: u64 = devices::plant::person::STEP.0;

/// One spell of harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: String,
    /// In which way.
    pub harm: Loss,
    /// Who was harmed.
    pub who: String,
    /// From when on.
    #[serde(rename = "from_ns")]
    pub from: SimTime,
    /// Until when.
    #[serde(rename = "to_ns")]
    pub to: SimTime,
    /// How long [ns].
    #[serde(rename = "amount_ns")]
    pub amount: i64,
    /// To whom it is charged; the parts sum to the amount.
    pub charges: Vec<Part>,
}

/// A part of an event's harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who acted.
    pub by: Option<CauseEntry>,
    /// What made them.
    pub because: Option<CauseEntry>,
    /// How much [ns].
    #[serde(rename = "amount_ns")]
    pub amount: i64,
}

impl Event {
    /// The worse first: by the way of being harmed, then by length; what is alike by name and time.
    pub fn worse(&self, other: &Self) -> Ordering {
        let key = |event: &Self| {
            (HARMS.iter().position(|harm| *harm == event.harm), -event.amount, event.who.clone(), event.from)
        };
        key(self).cmp(&key(other))
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Spell {
    from: SimTime,
    to: SimTime,
    amount: i64,
    charges: BTreeMap<Charge, i64>,
}

/// The fold over a run's facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spells {
    open: BTreeMap<(Who, Loss), Spell>,
    done: Vec<(Who, Loss, Spell)>,
}

fn of(kind: Kind) -> Option<(Loss, bool)> {
    HARMS.into_iter().find_map(|harm| {
        let charge = kind == harm.alone() || kind == harm.shared();
        (charge || kind == harm.measured()).then_some((harm, charge))
    })
}

sim::kept!(Spells { open, done } built {});

impl Spells {
    pub(crate) fn add(&mut self, fact: &Fact) {
        let Some((harm, charge)) = of(fact.kind) else { return };
        let fresh =
            || Spell { from: SimTime(fact.at.0.saturating_sub(CELL)), to: fact.at, ..Spell::default() };
        let spell = self.open.entry((fact.who, harm)).or_insert_with(fresh);
        if fact.at.0 > spell.to.0 + CELL {
            self.done.push((fact.who, harm, std::mem::replace(spell, fresh())));
        }
        spell.to = fact.at;
        if charge {
            *spell.charges.entry(fact.charge).or_default() += fact.amount;
        } else {
            spell.amount += fact.amount;
        }
    }

    /// By name, each person's in the order of their beginnings.
    pub(crate) fn named(mut self, names: &Names) -> Vec<Event> {
        self.done.extend(self.open.into_iter().map(|((who, harm), spell)| (who, harm, spell)));
        let mut all: Vec<(String, Loss, Spell)> =
            self.done.into_iter().map(|(who, harm, spell)| (names.who(who), harm, spell)).collect();
        all.sort_by(|a, b| (&a.0, a.2.from, a.1).cmp(&(&b.0, b.2.from, b.1)));
        let mut events: Vec<Event> = Vec::with_capacity(all.len());
        let mut nth = 0;
        for (who, harm, spell) in all {
            nth = if events.last().is_some_and(|last| last.who == who) { nth + 1 } else { 1 };
            let cause = |id| names.cause_of(id).map(CauseEntry::from);
            let part = |(charge, amount): (&Charge, &i64)| Part {
                by: cause(charge.by),
                because: cause(charge.because),
                amount: *amount,
            };
            let mut charges: Vec<Part> = spell.charges.iter().map(part).collect();
            charges.sort_by(|a, b| (-a.amount, &a.by, &a.because).cmp(&(-b.amount, &b.by, &b.because)));
            let Spell { from, to, amount, .. } = spell;
            events.push(Event { id: format!("{who}@{nth}"), harm, who, from, to, amount, charges });
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::fact::{By, CauseId, Topic};

    fn fact(at_s: u64, kind: Kind, who: u32, by: CauseId, amount_s: i64) -> Fact {
        let charge = Charge { by, because: CauseId::NONE };
        let (at, amount) = (SimTime(at_s * 1_000_000_000), amount_s * 1_000_000_000);
        Fact { at, kind, who: Who(who), topic: Topic::default(), charge, amount }
    }

    #[test]
    fn cells_that_follow_one_another_are_one_event_and_a_gap_begins_the_next() {
        let mut names = Names::default();
        names.group("patients", 2);
        let (a, b) = (names.cause(By::Attack, "crew"), names.cause(By::Control, "patching"));
        let pain = Loss::Pain;
        let mut spells = Spells::default();
        for fact in [
            // Two cells, the second shared by two; then a gap of a cell; another person meanwhile.
            fact(5, pain.alone(), 0, a, 5),
            fact(5, pain.measured(), 0, CauseId::NONE, 5),
            fact(10, pain.shared(), 0, a, 2),
            fact(10, pain.shared(), 0, b, 3),
            fact(10, pain.measured(), 0, CauseId::NONE, 5),
            fact(10, Loss::Hypoxaemia.alone(), 1, b, 5),
            fact(10, Loss::Hypoxaemia.measured(), 1, CauseId::NONE, 5),
            fact(20, pain.alone(), 0, b, 5),
            fact(20, pain.measured(), 0, CauseId::NONE, 5),
        ] {
            spells.add(&fact);
        }
        let mut events = spells.named(&names);
        let told: Vec<(&str, u64, u64, i64)> = events
            .iter()
            .map(|one| (one.id.as_str(), one.from.0 / CELL, one.to.0 / CELL, one.amount / CELL as i64))
            .collect();
        assert_eq!(told, [("patients/0@1", 0, 2, 2), ("patients/0@2", 3, 4, 1), ("patients/1@1", 1, 2, 1)]);
        let parts =
            |event: &Event| event.charges.iter().map(|part| part.amount / 1_000_000_000).collect::<Vec<_>>();
        assert_eq!(parts(&events[0]), [7, 3]);
        events.sort_by(Event::worse);
        assert_eq!(events[0].id, "patients/1@1", "want of oxygen is graver than pain");
        assert_eq!(events[1].id, "patients/0@1");
    }
}
