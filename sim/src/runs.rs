//! Runs: ids in a row that have something in common, as the devices of a fleet have.

/// Ids share a hint by so many, as a power of two.
const HINT: u32 = 6;

/// Runs of ids, one after the other from 0 on.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    firsts: Vec<u32>,
    ends: u32,
    /// The run of the first of every 64 ids: to be found without a search.
    hints: Vec<u32>,
}

impl Runs {
    /// Another run, of so many ids.
    pub fn push(&mut self, count: u32) {
        let own = self.firsts.len() as u32;
        self.firsts.push(self.ends);
        self.ends += count;
        self.hints.resize(self.ends.div_ceil(1 << HINT) as usize, own);
    }

    /// The run of an id, by its place, and its number there.
    #[inline]
    pub fn find(&self, id: u32) -> Option<(usize, u32)> {
        let run = self.of(id);
        let first = self.firsts.get(run).filter(|_| id < self.ends)?;
        Some((run, id - first))
    }

    /// The run of an id, by its place; one that is in no run has that of the last.
    #[inline]
    pub fn of(&self, id: u32) -> usize {
        let hint = self.hints.get((id >> HINT) as usize).or(self.hints.last());
        let mut run = hint.map_or(0, |run| *run as usize);
        while self.firsts.get(run + 1).is_some_and(|next| *next <= id) {
            run += 1;
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_in_the_run_that_a_search_finds(counts in proptest::collection::vec(0_u32..200, 1..40)) {
            let mut runs = Runs::default();
            counts.iter().for_each(|count| runs.push(*count));
            let owners = counts.iter().enumerate().flat_map(|(run, count)| vec![run; *count as usize]);
            for (id, owner) in owners.enumerate() {
                prop_assert_eq!(runs.of(id as u32), owner);
                let before: u32 = counts[..owner].iter().sum();
                prop_assert_eq!(runs.find(id as u32), Some((owner, id as u32 - before)));
            }
            prop_assert_eq!(runs.find(counts.iter().sum()), None);
        }
    }
}
