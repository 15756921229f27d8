//! Digests: what happened in a run in a few hex digits, one per kind of fact.
//!
//! A fact's hash uses names, never ids; a kind's digest is the wrapping sum of its facts' hashes and their count.
//! Sums do not depend on order, so the digest is of the *set* of facts.

use crate::fact::{Fact, Kind};
use crate::luck::mix;
use crate::names::Names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The digest of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    kinds: BTreeMap<Kind, (u64, u64)>,
}

impl Digest {
    /// Add one fact.
    pub fn add(&mut self, fact: &Fact, names: &Names) {
        let words = [
            names.hash(fact.who),
            names.topic_hash(fact.topic),
            names.cause_hash(fact.charge.by),
            names.cause_hash(fact.charge.because),
            fact.amount as u64,
        ];
        let hash = words
            .into_iter()
            .fold(mix(fact.at.0 ^ u64::from(fact.kind.0) << 32), |acc, word| mix(acc.rotate_left(23) ^ word));
        let (count, sum) = self.kinds.entry(fact.kind).or_default();
        *count += 1;
        *sum = sum.wrapping_add(hash);
    }

    /// Add `count` facts of a kind whose hashes sum to `hashes`.
    pub(crate) fn absorb(&mut self, kind: Kind, count: u64, hashes: u64) {
        if count > 0 {
            let (all, sum) = self.kinds.entry(kind).or_default();
            *all += count;
            *sum = sum.wrapping_add(hashes);
        }
    }

    /// The digest and the number of facts of each kind.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64, u64)> {
        self.kinds.iter().map(|(&kind, &(count, sum))| (kind, count, sum))
    }

    /// The digest of one kind.
    pub fn of(&self, kind: Kind) -> Option<u64> {
        self.kinds.get(&kind).map(|&(count, sum)| mix(count) ^ sum)
    }

    /// One number for everything.
    pub fn whole(&self) -> u64 {
        self.kinds.iter().fold(0, |acc, (kind, &(count, sum))| {
            mix(acc ^ mix(u64::from(kind.0)) ^ mix(count).rotate_left(17) ^ sum)
        })
    }
}
