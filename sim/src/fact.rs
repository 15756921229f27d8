//! Facts: what is recorded, and nothing else is. Metrics are folds over facts.

use crate::luck::name_hash;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// What sort of thing happened: the hash of its name, so that any crate may name one.
///
/// ```
/// use sim::fact::{Kind, kind};
/// const HARM: Kind = kind("harm.hypoxaemia");
/// assert_eq!(HARM, kind("harm.hypoxaemia"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(pub u32);

/// The kind called `name`.
pub const fn kind(name: &str) -> Kind {
    let hash = name_hash(name);
    Kind((hash ^ (hash >> 32)) as u32)
}

/// Whom a fact is about: an index into the run's table of names (devices, people, stations, …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Who(pub u32);

impl Who {
    /// Nobody in particular.
    pub const NOBODY: Self = Self(u32::MAX);
}

/// What a fact is about besides whom: an index into the run's table of topics (flows, functions, …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Topic(pub u16);

/// A cause: an index into the run's table of causes. 0 is "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CauseId(pub u16);

impl CauseId {
    /// No cause.
    pub const NONE: Self = Self(0);
}

/// Who or what may be charged with a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// An adversary's act.
    Attack,
    /// A security control.
    Control,
    /// Something broke by itself.
    Fault,
    /// Work that was announced.
    Planned,
    /// More legitimate work than capacity.
    Load,
    /// What would have happened anyway.
    Environment,
    /// Somebody else's service.
    Supplier,
    /// The system as designed cannot do better.
    Design,
}

impl By {
    /// The word used in reports and digests.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Control => "control",
            Self::Fault => "fault",
            Self::Planned => "planned",
            Self::Load => "load",
            Self::Environment => "environment",
            Self::Supplier => "supplier",
            Self::Design => "design",
        }
    }
}

/// A cause by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Its kind.
    pub by: By,
    /// Its name (a control's id, a campaign's name, …).
    pub name: String,
}

/// A pair (by, because): who dropped it, and what made them. `because` is [`CauseId::NONE`] for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Charge {
    /// The cause that acted.
    pub by: CauseId,
    /// The cause, read from the simulation's truth, that it acted upon.
    pub because: CauseId,
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// When: a row's time or a grid instant.
    pub at: SimTime,
    /// What sort of thing.
    pub kind: Kind,
    /// Whom it is about.
    pub who: Who,
    /// What it is about.
    pub topic: Topic,
    /// Charged to.
    pub charge: Charge,
    /// How much, in the kind's registered unit; integers, so that sums do not depend on order.
    pub amount: i64,
}
