//! Where integration steps and scans lie: anchored in absolute time, whoever asks and whenever.

use serde::{Deserialize, Serialize};
use sim::time::{SimTime, Span};

/// Instants `origin + k × step`, k = 0, 1, 2, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// The instant of k = 0 — constant.
    pub origin: SimTime,
    /// The distance between two instants [ns] — constant. A zero step has no instants.
    pub step: Span,
}

impl Grid {
    /// The grid of this step that has an instant at the scenario's start.
    pub const fn every(step: Span) -> Self {
        Self { origin: SimTime::ZERO, step }
    }

    /// The first instant after `from`, when it is not after `to`.
    pub const fn next(self, from: SimTime, to: SimTime) -> Option<SimTime> {
        if from.0 == u64::MAX {
            return None;
        }
        self.at_or_after(SimTime(from.0 + 1), to)
    }

    /// The first instant not before `from`, when it is not after `to`.
    pub const fn at_or_after(self, from: SimTime, to: SimTime) -> Option<SimTime> {
        if self.step.0 == 0 {
            return None;
        }
        let steps = from.0.saturating_sub(self.origin.0).div_ceil(self.step.0);
        match steps.checked_mul(self.step.0) {
            Some(way) => match self.origin.0.checked_add(way) {
                Some(at) if at <= to.0 => Some(SimTime(at)),
                _ => None,
            },
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = Span::SECOND.0;

    #[test]
    fn instants_are_absolute_whoever_asks() {
        let grid = Grid { origin: SimTime(2 * S), step: Span(5 * S) };
        assert_eq!(grid.next(SimTime(0), SimTime(9 * S)), Some(SimTime(2 * S)));
        assert_eq!(grid.next(SimTime(3 * S), SimTime(9 * S)), Some(SimTime(7 * S)));
        assert_eq!(grid.next(SimTime(7 * S), SimTime(9 * S)), None);
        assert_eq!(grid.at_or_after(SimTime(7 * S), SimTime(7 * S)), Some(SimTime(7 * S)));
    }

    #[test]
    fn the_end_of_time_has_no_instant_after_it() {
        let grid = Grid::every(Span(5));
        assert_eq!(grid.next(SimTime::NEVER, SimTime::NEVER), None);
        assert_eq!(Grid::every(Span(7)).next(SimTime(u64::MAX - 1), SimTime::NEVER), None);
        assert_eq!(Grid::every(Span::ZERO).next(SimTime::ZERO, SimTime::NEVER), None);
    }
}
