//! Emitters: who sends what to whom, and when next.

use crate::keys::{Keying, Keys};
use crate::message::DeviceId;
use crate::route::RouteId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

/// One sender of one flow to one receiver, in little room: there may be millions.
#[derive(Clone, Debug)]
pub struct Emitter {
    /// The route its messages take.
    pub route: RouteId,
    /// Who sends.
    pub source: DeviceId,
    /// Who receives.
    pub target: DeviceId,
    /// The next slot's number.
    pub slot: u32,
    /// The flow.
    pub flow: u16,
    traits: u8,
}

/// Slots are due.
const ENABLED: u8 = 1;
/// It has a clock of its own.
const CLOCKED: u8 = 2;
/// Its slots are its receiver's.
const OF_TARGET: u8 = 4;
/// Its messages move nothing but the books.
const LIGHT: u8 = 8;

impl Emitter {
    /// An emitter of a flow, with a clock of its own, whose slots are its sender's.
    pub const fn new(flow: u16, route: RouteId, [source, target]: [DeviceId; 2]) -> Self {
        Self { route, source, target, slot: 0, flow, traits: ENABLED | CLOCKED }
    }

    /// The same whose slots are `owner`'s, one of its ends: the one that is not the common server.
    #[must_use]
    pub fn owned_by(mut self, owner: DeviceId) -> Self {
        self.set(OF_TARGET, owner == self.target && owner != self.source);
        self
    }

    /// Whose slots these are.
    pub const fn owner(&self) -> DeviceId {
        if self.is(OF_TARGET) { self.target } else { self.source }
    }

    /// Whether slots are due at all.
    pub const fn is_enabled(&self) -> bool {
        self.is(ENABLED)
    }

    /// Let slots be due, or none.
    pub const fn enable(&mut self, enabled: bool) {
        self.set(ENABLED, enabled);
    }

    /// Whether it has a clock of its own; one without sends only when somebody else says so.
    pub const fn is_clocked(&self) -> bool {
        self.is(CLOCKED)
    }

    /// Let it have a clock of its own, or none.
    pub const fn clock(&mut self, clocked: bool) {
        self.set(CLOCKED, clocked);
    }

    /// Whether its messages move nothing but the books; the engine finds that out when the run begins.
    pub(crate) const fn is_light(&self) -> bool {
        self.is(LIGHT)
    }

    pub(crate) const fn lighten(&mut self, light: bool) {
        self.set(LIGHT, light);
    }

    const fn is(&self, one: u8) -> bool {
        self.traits & one != 0
    }

    const fn set(&mut self, one: u8, on: bool) {
        self.traits = if on { self.traits | one } else { self.traits & !one };
    }
}

const _: () = assert!(size_of::<Emitter>() == 20);

/// The emitters of a run, by their places.
#[derive(Clone, Debug, Default)]
pub struct Emitters {
    all: Vec<Emitter>,
    /// The entity keys of the draws of those that have one of their own.
    own: BTreeMap<u32, u64>,
    /// Those of some in a row, once the run begins: of whoever cannot carry along what comes of it.
    keys: Keys,
}

impl Emitters {
    /// Make room for so many more, and no others.
    pub fn reserve(&mut self, more: usize) {
        self.all.reserve_exact(more);
    }

    /// Another one. The entity key of its draws is its owner's and its flow's: the other end is part of it only through
    /// the flow, so that a spare server meets the same luck.
    pub fn push(&mut self, emitter: Emitter) {
        self.all.push(emitter);
    }

    /// Another one, with an entity key of its own.
    pub fn push_with_key(&mut self, emitter: Emitter, key: u64) {
        self.set_key(self.all.len() as u32, key);
        self.all.push(emitter);
    }

    /// Let an emitter's draws have an entity key of their own.
    pub fn set_key(&mut self, emitter: u32, key: u64) {
        self.own.insert(emitter, key);
        self.keys = Keys::default();
    }

    /// Work out the keys of all that need them often. Whose slots wait for themselves carries them along, in what its draws
    /// begin with; that leaves who answers, and whoever sends messages that move more than the books.
    pub(crate) fn settle_keys(&mut self, by: Keying<'_>) {
        let needs = |own: &Emitter| !own.is_clocked() || !own.is_light();
        let first = self.all.iter().position(needs).unwrap_or_default() as u32;
        let ends = self.all.iter().rposition(needs).map_or(first, |last| last as u32 + 1);
        let own = |emitter| self.own.get(&emitter).copied();
        self.keys = Keys::of(&self.all[first as usize..ends as usize], first, by, own);
    }

    /// The entity key of an emitter's draws.
    #[inline]
    pub(crate) fn key(&self, emitter: u32, by: Keying<'_>) -> u64 {
        let known = self.keys.get(emitter).or_else(|| self.own.get(&emitter).copied());
        known.unwrap_or_else(|| by.key(&self.all[emitter as usize]))
    }
}

impl<'a> IntoIterator for &'a Emitters {
    type Item = &'a Emitter;
    type IntoIter = std::slice::Iter<'a, Emitter>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl Deref for Emitters {
    type Target = [Emitter];

    fn deref(&self) -> &[Emitter] {
        &self.all
    }
}

impl DerefMut for Emitters {
    fn deref_mut(&mut self) -> &mut [Emitter] {
        &mut self.all
    }
}

/// What few have, by their places: nothing is kept until one has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Few<T>(Vec<Option<T>>);

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Few<T> {
    /// What the one at this place has.
    pub fn of(&self, place: u32) -> Option<T> {
        self.0.get(place as usize).copied().flatten()
    }

    /// Let the one at this place have that, or nothing.
    pub fn set(&mut self, place: u32, has: Option<T>) {
        let at = place as usize;
        if at >= self.0.len() && has.is_some() {
            self.0.resize(at + 1, None);
        }
        if let Some(place) = self.0.get_mut(at) {
            *place = has;
        }
    }

    /// Who has what.
    pub fn iter(&self) -> impl Iterator<Item = (u32, T)> {
        (0..).zip(&self.0).filter_map(|(at, has)| Some((at, (*has)?)))
    }
}
