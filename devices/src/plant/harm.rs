//! How long a patient was where nobody should be: counted in whole cells of the grid, so that it is exact, and the
//! same for every window.

use serde::{Deserialize, Serialize};
use sim::time::{SimTime, Span};

/// The harms of an opioid infusion. They are never summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Harm {
    /// Saturation below the severe limit (85 %).
    SevereHypoxaemia,
    /// Saturation below the common limit (90 %); holds whenever the severe one does.
    Hypoxaemia,
    /// Effect-site concentration below the patient's analgesic target.
    Pain,
}

impl Harm {
    /// Every harm, in the order of the arrays below.
    pub const ALL: [Self; 3] = [Self::SevereHypoxaemia, Self::Hypoxaemia, Self::Pain];

    /// The name of its fact, in nanoseconds.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SevereHypoxaemia => "harm.hypoxaemia",
            Self::Hypoxaemia => "harm.hypoxaemia-90",
            Self::Pain => "harm.pain",
        }
    }
}

/// Which harms hold at an instant, in the order of [`Harm::ALL`].
pub type Holds = [bool; 3];

/// What one harm has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toll {
    /// Grid cells at whose end the harm held — state.
    pub cells: u64,
    /// Times the harm began — state.
    pub episodes: u64,
    /// The grid instant at which it was first seen — state.
    pub first: Option<SimTime>,
    /// Whether it held at the last grid instant — state.
    pub holds: bool,
}

impl Toll {
    /// Take note of the grid cell that ends `at`.
    pub fn count(&mut self, at: SimTime, holds: bool) {
        if holds {
            self.cells += 1;
            self.first = self.first.or(Some(at));
            self.episodes += u64::from(!self.holds);
        }
        self.holds = holds;
    }

    /// The time harmed, for cells of this `step`.
    pub const fn time(&self, step: Span) -> Span {
        Span(self.cells.saturating_mul(step.0))
    }
}
