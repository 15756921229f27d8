//! Sections: which stage of building a run made what.
//!
//! Parts, stations, duties and actions have no names of their own. The n-th part that a stage makes is the same thing
//! under every strategy, if the stage is not a control's; that is their name in a snapshot.

use crate::core::Core;
use serde::{Deserialize, Serialize};

/// How much there was of each when a section began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    parts: u32,
    stations: u32,
    duties: u32,
    actions: u32,
    rows: u64,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Section {
    name: String,
    of_strategy: bool,
    first: Counts,
}

/// The stages in which a run was built, in order; the last is the run itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sections(Vec<Section>);

/// The name of the last section: what is made while the run goes on.
const RUN: &str = "the run";

/// A choice of one of the counts.
type Which = fn(&Counts) -> u32;

impl Sections {
    /// Where each kind of thing made in the run itself begins, if it has begun.
    fn run(&self) -> Option<&Counts> {
        self.0.last().filter(|last| last.name == RUN).map(|last| &last.first)
    }

    fn ranges(&self, which: Which, total: u32) -> impl Iterator<Item = (&Section, u32, u32)> {
        let ends = self.0.iter().skip(1).map(move |next| which(&next.first)).chain([total]);
        self.0.iter().zip(ends).map(move |(section, end)| (section, which(&section.first), end))
    }

    /// The ids of the other run by those of this one, of which there are `total`; the other has `there`.
    fn table(&self, which: Which, total: u32, other: &Self, there: u32, gone: u32) -> Vec<u32> {
        let mut table = Vec::with_capacity(total as usize);
        // What every engine has before the first stage.
        table.extend(0..self.0.first().map_or(total, |section| which(&section.first)));
        for (nth, (section, first, end)) in self.ranges(which, total).enumerate() {
            // A stage may come several times under one name; the first answers to the first.
            let before = self.0[..nth].iter().filter(|own| own.name == section.name).count();
            let same = other.ranges(which, there).filter(|(own, ..)| own.name == section.name).nth(before);
            let same = same.filter(|_| !section.of_strategy);
            table.extend((0..end - first).map(|at| match same {
                Some((_, from, to)) if at < to - from => from + at,
                _ => gone,
            }));
        }
        table
    }

    /// Parts by this run's.
    pub(crate) fn parts(&self, total: u32, other: &Self, there: u32) -> Vec<u32> {
        self.table(|counts| counts.parts, total, other, there, super::ids::GONE)
    }

    /// Stations by this run's.
    pub(crate) fn stations(&self, total: u32, other: &Self, there: u32) -> Vec<u32> {
        self.table(|counts| counts.stations, total, other, there, super::ids::GONE)
    }

    /// Duties by this run's.
    pub(crate) fn duties(&self, total: u32, other: &Self, there: u32) -> Vec<u32> {
        self.table(|counts| counts.duties, total, other, there, super::ids::GONE)
    }

    /// Actions by this run's.
    pub(crate) fn actions(&self, total: u32, other: &Self, there: u32) -> Vec<u16> {
        let table =
            self.table(|counts| counts.actions, total, other, there, u32::from(super::ids::NO_ACTION));
        table.into_iter().map(|id| id as u16).collect()
    }

    /// How many parts and duties were made while the run went on, of so many in all.
    pub(crate) fn made_in_run(&self, parts: u32, duties: u32) -> (u32, u32) {
        self.run().map_or((0, 0), |first| (parts - first.parts, duties - first.duties))
    }

    /// Whether a control made the row of this number when the run was built.
    pub(crate) fn is_of_strategy(&self, row: u64) -> bool {
        // Numbers begin at 1, and a section's count is the last number given before it.
        let at = self.0.partition_point(|section| section.first.rows < row);
        at.checked_sub(1).is_some_and(|at| self.0[at].of_strategy)
    }

    /// The rows are numbered anew: all of them are the run's.
    pub(crate) fn forget_rows(&mut self) {
        self.0.iter_mut().for_each(|section| section.first.rows = 0);
    }
}

impl Core {
    /// A stage of building the run begins: a control's, if it is `of_strategy`.
    pub fn section(&mut self, name: &str, of_strategy: bool) {
        let first = Counts {
            parts: self.status.count(),
            stations: self.stations.len() as u32,
            duties: self.status.duties(),
            actions: self.actions(),
            rows: self.made(),
        };
        self.sections.0.push(Section { name: name.to_owned(), of_strategy, first });
    }

    /// The run is built: what is made from now on is made by the run.
    pub(crate) fn built(&mut self) {
        self.section(RUN, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, of_strategy: bool, parts: u32, rows: u64) -> Section {
        Section { name: name.to_owned(), of_strategy, first: Counts { parts, rows, ..Counts::default() } }
    }

    #[test]
    fn the_nth_of_a_stage_is_the_nth_of_the_same_stage_and_a_controls_own_is_gone() {
        let one = Sections(vec![
            section("ground", false, 0, 0),
            section("lockout", true, 4, 0),
            section("care", false, 7, 2),
            section(RUN, false, 9, 5),
        ]);
        let two = Sections(vec![
            section("ground", false, 0, 0),
            section("care", false, 4, 0),
            section(RUN, false, 6, 3),
        ]);
        let gone = super::super::ids::GONE;
        assert_eq!(one.parts(10, &two, 7), [0, 1, 2, 3, gone, gone, gone, 4, 5, 6]);
        assert_eq!(two.parts(7, &one, 10), [0, 1, 2, 3, 7, 8, 9]);
        let [mut early, late] = [&one, &two].map(Clone::clone);
        early.0.iter_mut().for_each(|section| section.first.parts += 1);
        assert_eq!(early.parts(11, &late, 7)[..3], [0, 0, 1]);
        assert_eq!(one.made_in_run(12, 0), (3, 0));
        assert_eq!(
            (1..=6).map(|row| one.is_of_strategy(row)).collect::<Vec<_>>(),
            [true, true, false, false, false, false]
        );
    }
}
