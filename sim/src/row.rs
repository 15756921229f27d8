//! A row: anything that happens at an instant.

use crate::core::Core;
use crate::time::SimTime;
use bevy_ecs::world::World;

/// What sort of row; at the same instant a smaller class is worked first.
///
/// The numbers are part of the tie rule (time, class, id) and so of every digest: they are written down here
/// and in the crates above, never handed out by who registers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u8);

impl Class {
    /// Something goes up or down.
    pub const STATUS: Self = Self(0);
    /// A scheduled slot of a flow.
    pub const WAKE: Self = Self(1);
    /// A message reaches its next hop.
    pub const MESSAGE: Self = Self(2);
    /// A conversation's retry timer.
    pub const TIMER: Self = Self(3);
    /// The last instant of a run: nothing is done, but its window is worked, and what evolves is carried to it.
    pub const END: Self = Self(4);
    /// A station where rank rules, or that is shared, has served somebody.
    pub const SERVED: Self = Self(5);
    /// A frame, a wait or a window of a shared medium.
    pub const AIR: Self = Self(6);
    /// The first class free for the crates above.
    pub const ABOVE: u8 = 16;
    /// How many classes there may be.
    pub const COUNT: usize = 64;
}

/// One row. Rows are worked in (time, class, id) order; `seq` orders rows that share all three by the order
/// of their making, which is itself the order of work and so the same for every window length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When.
    pub at: SimTime,
    order: u64,
    seq: u64,
    /// What its class makes of it: an index.
    pub arg: u64,
}

const ID_BITS: u32 = 56;

impl Row {
    /// A row of `class` about `id` (of which 56 bits count).
    pub(crate) const fn new(at: SimTime, class: Class, id: u64, seq: u64, arg: u64) -> Self {
        Self { at, order: (class.0 as u64) << ID_BITS | (id & ((1 << ID_BITS) - 1)), seq, arg }
    }

    /// The row's class.
    pub const fn class(&self) -> Class {
        Class((self.order >> ID_BITS) as u8)
    }

    /// Its number in the order of making.
    pub(crate) const fn number(&self) -> u64 {
        self.seq
    }

    /// Whom it is about: the id of the tie rule.
    pub const fn id(&self) -> u64 {
        self.order & ((1 << ID_BITS) - 1)
    }

    /// The same in less room, for who knows its window, of 2^`shift` nanoseconds, and the number of a row that was made
    /// before it; nothing where too many were made since.
    pub(crate) fn pack(&self, first: u64, shift: u32) -> Option<Packed> {
        let since = u32::try_from(self.seq.checked_sub(first)?).ok()?;
        let due = (self.at.0 & ((1 << shift) - 1)) as u32;
        Some(Packed { due, since, order: self.order, arg: self.arg })
    }
}

/// A row that waits among others of its window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    /// When it is due since its window began [ns].
    due: u32,
    /// How many rows were made since another, before it.
    since: u32,
    order: u64,
    arg: u64,
}

const _: () = assert!(size_of::<Packed>() == 24);

impl Packed {
    /// The row, whose window begins then; `first` is the number of the other.
    pub(crate) const fn unpack(&self, begins: SimTime, first: u64) -> Row {
        let at = SimTime(begins.0 + self.due as u64);
        Row { at, order: self.order, seq: first + self.since as u64, arg: self.arg }
    }
}

/// What works the rows of a class.
pub type Handler = fn(&mut Core, &mut World, Row);
