//! How far a rank of stations may be worked ahead of the others.
//!
//! What leaves a station comes to the next no sooner than the work at the one and the link between them let it. So a rank may be worked
//! beyond what those that feed it have been worked to, by as many slots as that takes: two that feed each other take turns of
//! several slots, and what a turn costs is paid as much less often. It is the lookahead of conservative parallel simulation
//! (Chandy and Misra, IEEE Transactions on Software Engineering SE-5(5), 1979), used on one core.

use std::ops::Range;

/// How far each lane of a stretch of slots has been worked, and how far it may be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ahead {
    /// By lane, which lanes feed it, each with after how many slots at the soonest.
    feeds: Vec<Vec<(u8, u64)>>,
    /// No lane is worked so many slots beyond the present one, or more.
    most: u64,
    /// By lane, the first slot that has not been worked.
    next: Vec<u64>,
}

impl Ahead {
    /// Lanes that feed each other no sooner than after so many slots: from, to, and how many.
    pub(crate) fn new(lanes: usize, edges: impl Iterator<Item = (u8, u8, u64)>) -> Self {
        let mut feeds: Vec<Vec<(u8, u64)>> = vec![Vec::new(); lanes];
        for (from, to, after) in edges {
            let own = &mut feeds[usize::from(to)];
            match own.iter_mut().find(|known| known.0 == from) {
                Some(known) => known.1 = known.1.min(after),
                None => own.push((from, after)),
            }
        }
        Self { feeds, most: u64::MAX, next: vec![0; lanes] }
    }

    /// Whatever else comes to a lane comes no sooner than so many slots after what it comes of.
    pub(crate) fn limit(&mut self, slots: u64) {
        self.most = slots.max(1);
    }

    /// A stretch begins with a slot: nobody asks what was worked beyond it before.
    pub(crate) fn begin(&mut self, present: u64) {
        self.next.fill(present);
    }

    /// What comes before a slot has been worked in every lane.
    pub(crate) fn stand(&mut self, present: u64) {
        self.next.iter_mut().for_each(|next| *next = present.max(*next));
    }

    /// The slots of a lane that may be worked, the first of all lanes' being the `present` one: those before `end`.
    pub(crate) fn slots(&self, lane: usize, present: u64, end: u64) -> Range<u64> {
        let fed = self.feeds[lane].iter().map(|(from, after)| self.next[usize::from(*from)] + after);
        self.next[lane]..fed.fold(end.min(present.saturating_add(self.most)), u64::min)
    }

    /// A lane has been worked to a slot.
    pub(crate) fn reach(&mut self, lane: usize, slot: u64) {
        self.next[lane] = slot;
    }
}
