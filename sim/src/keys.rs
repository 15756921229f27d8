//! The entity keys of emitters' draws, for those that need them often and cannot carry along what comes of them.
//!
//! Emitters mostly come in runs: one flow of a whole fleet, device by device. Where they are many, no key of a run is kept, for
//! each is made of the first faster than a million of them are fetched from memory; where keys count on, however few they are.

use crate::emitter::Emitter;
use crate::fact::Who;
use crate::luck::{Draws, member, mix};
use crate::message::Flow;
use crate::names::Names;
use crate::runs::Runs;
use crate::smooth::MANY;

/// A run has so many emitters on average, or each key is kept.
const LONG: usize = 16;

/// What the entity keys of emitters' draws come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keying<'a> {
    names: &'a Names,
    flows: &'a [Flow],
    /// Whether another program can make the same draws: then a key is the owner's number in its fleet.
    raw: bool,
}

impl<'a> Keying<'a> {
    /// Of the draws of `slots`.
    pub(crate) const fn new(names: &'a Names, flows: &'a [Flow], slots: Draws) -> Self {
        Self { names, flows, raw: slots.is_raw() }
    }

    /// The key of an emitter that has none of its own.
    pub(crate) fn key(self, own: &Emitter) -> u64 {
        let owner = Who(own.owner().0);
        if self.raw {
            self.names.ordinal(owner).into()
        } else {
            mix(self.names.hash(owner) ^ self.topic(own))
        }
    }

    /// What makes it and those of the next, and for how many of them: as many as the owner's group has from there on.
    fn making(self, own: &Emitter) -> (Making, u32) {
        let owner = Who(own.owner().0);
        let Some(group) = self.names.members(owner) else { return (Making::Counting(self.key(own)), 1) };
        let from = u64::from(group.ordinal(owner));
        match group.common() {
            _ if self.raw => (Making::Counting(from), group.from(owner)),
            Some(group_hash) => {
                (Making::Naming { group: group_hash, from, topic: self.topic(own) }, group.from(owner))
            }
            None => (Making::Counting(self.key(own)), 1),
        }
    }

    fn topic(self, own: &Emitter) -> u64 {
        let flow = self.flows.get(usize::from(own.flow));
        flow.map_or(0, |flow| self.names.topic_hash(flow.topic))
    }
}

/// What makes the keys of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    /// They count on from this one.
    Counting(u64),
    /// They come from the names of a group's members, from one of them on, and of a topic.
    Naming { group: u64, from: u64, topic: u64 },
}

/// The keys of some emitters in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    first: u32,
    runs: Runs,
    making: Vec<Making>,
    /// The keys themselves, where they are few and do not merely count on, or runs are short.
    kept: Vec<u64>,
}

impl Keys {
    /// The keys of `all` emitters from `first` on; `own` gives that of one that has one of its own.
    pub(crate) fn of(all: &[Emitter], first: u32, by: Keying<'_>, own: impl Fn(u32) -> Option<u64>) -> Self {
        let mut keys = Self { first, ..Self::default() };
        let mut rest = all;
        while let Some((one, others)) = rest.split_first() {
            let at = first + (all.len() - rest.len()) as u32;
            let (making, most) = match own(at) {
                Some(key) => (Making::Counting(key), 1),
                None => by.making(one),
            };
            let goes_on = |(nth, other): (u32, &Emitter)| {
                other.flow == one.flow && other.owner().0 == one.owner().0 + nth && own(at + nth).is_none()
            };
            let more = (1..most).zip(others).take_while(|(nth, other)| goes_on((*nth, other))).count();
            keys.runs.push(more as u32 + 1);
            keys.making.push(making);
            rest = &others[more..];
        }
        let counted = keys.making.iter().all(|making| matches!(making, Making::Counting(_)));
        if all.len() <= MANY && !counted || keys.making.len() > all.len() / LONG {
            keys.kept = (0..all.len() as u32).filter_map(|nth| keys.made(nth)).collect();
        }
        keys
    }

    /// The key of an emitter, if it is one of them.
    #[inline]
    pub(crate) fn get(&self, emitter: u32) -> Option<u64> {
        let nth = emitter.wrapping_sub(self.first);
        self.kept.get(nth as usize).copied().or_else(|| self.made(nth))
    }

    #[inline]
    fn made(&self, nth: u32) -> Option<u64> {
        let (run, offset) = self.runs.find(nth)?;
        Some(match *self.making.get(run)? {
            Making::Counting(from) => from + u64::from(offset),
            Making::Naming { group, from, topic } => mix(member(group, from + u64::from(offset)) ^ topic),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::luck::Luck;
    use crate::message::{DeviceId, Pace};
    use crate::route::RouteId;
    use crate::time::Span;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_what_its_emitter_says_alone(
            owners in proptest::collection::vec((0_u32..90, 1_u32..90, 0_u16..2), 1..12), raw in any::<bool>(), own in 0_u32..200,
        ) {
            let mut names = Names::default();
            names.group("pumps", 40);
            names.single("server");
            names.group("meters", 30);
            let topics = ["reading", "command"].map(|topic| names.topic(topic));
            let flows = topics.map(|topic| Flow {
                topic, command: false, every: Pace::fixed(Span(1)), bytes: 1, deadline: Span(1), action: Default::default(), retry: None,
                shadowed: false, answer: None, smoothing: None, wanted: None,
            });
            // Owners in a row, some of them in no group, and now and then all of it anew.
            let runs = owners.iter().flat_map(|(first, count, flow)| (*first..*first + *count).map(move |owner| (owner, *flow)));
            let emitter = |(owner, flow)| Emitter::new(flow, RouteId(0), [DeviceId(owner), DeviceId(99)]);
            let all: Vec<Emitter> = runs.map(emitter).collect();
            let slots = if raw { Draws::raw(7) } else { Luck { seed: 1, replication: 0 }.purpose("slots") };
            let by = Keying::new(&names, &flows, slots);
            let keys = Keys::of(&all, 5, by, |emitter| (emitter == own).then_some(11));
            for (at, one) in (5..).zip(&all) {
                let expected = if at == own { 11 } else { by.key(one) };
                prop_assert_eq!(keys.get(at), Some(expected));
                prop_assert_eq!(keys.made(at - 5), Some(expected));
            }
            prop_assert_eq!(keys.get(4), None);
            prop_assert_eq!(keys.get(5 + all.len() as u32), None);
        }
    }
}
