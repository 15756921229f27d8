//! Amounts by cause, and how a whole is split over them.

use crate::fact::CauseId;
use crate::names::Names;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::iter;

/// So many causes have their place in the shares themselves.
const HERE: usize = 2;

/// Nanoseconds by cause, in the order in which the causes came. Nearly always there are none, one or two.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(CauseId, u64)>", into = "Vec<(CauseId, u64)>")]
pub struct Shares {
    nanos: [u64; HERE],
    causes: [CauseId; HERE],
    /// How many of those places are taken; in the others nothing stands.
    here: u8,
    /// What came after.
    more: Option<Box<Self>>,
}

const _: () = assert!(size_of::<Shares>() == 32);

impl Shares {
    /// Nobody has a share.
    pub const fn new() -> Self {
        Self { nanos: [0; HERE], causes: [CauseId::NONE; HERE], here: 0, more: None }
    }

    /// The share of one cause.
    pub fn of(cause: CauseId, nanos: u64) -> Self {
        iter::once((cause, nanos)).collect()
    }

    /// Add to a cause's share.
    #[inline]
    pub fn add(&mut self, cause: CauseId, nanos: u64) {
        if nanos == 0 {
            return;
        }
        if self.here == 0 || self.causes[0] == cause {
            self.causes[0] = cause;
            self.nanos[0] += nanos;
            self.here = self.here.max(1);
        } else {
            self.add_another(cause, nanos);
        }
    }

    /// Add to the share of a cause that is not the first.
    fn add_another(&mut self, cause: CauseId, nanos: u64) {
        let here = usize::from(self.here);
        if let Some(place) = (1..here).find(|place| self.causes[*place] == cause) {
            self.nanos[place] += nanos;
        } else if here < HERE {
            (self.causes[here], self.nanos[here]) = (cause, nanos);
            self.here += 1;
        } else {
            self.more.get_or_insert_default().add(cause, nanos);
        }
    }

    /// Add to all shares.
    #[inline(always)]
    pub fn add_all(&mut self, more: &Self) {
        if more.here > 0 {
            self.add(more.causes[0], more.nanos[0]);
        }
        if more.here > 1 {
            self.extend(more.iter().skip(1));
        }
    }

    /// Take from the shares of those who have any; who has nothing left has none.
    pub fn take_all(&mut self, less: &Self) {
        let own = std::mem::take(self);
        let taken = |cause| less.iter().find(|share| share.0 == cause).map_or(0, |share| share.1);
        self.extend(own.iter().map(|(cause, nanos)| (cause, nanos - taken(cause))));
    }

    /// All together.
    #[inline]
    pub fn sum(&self) -> u64 {
        self.nanos.iter().sum::<u64>() + self.more.as_ref().map_or(0, |more| more.sum())
    }

    /// Whether nobody has a share.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.here == 0
    }

    /// How many have one.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Nobody has a share any longer.
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Who has a share, and which.
    pub fn iter(&self) -> impl Iterator<Item = (CauseId, u64)> {
        let all = iter::successors(Some(self), |own| own.more.as_deref());
        all.flat_map(|own| own.causes.into_iter().zip(own.nanos).take(own.here.into()))
    }

    /// Who has the largest share; of several the last to come.
    pub fn most(&self) -> Option<CauseId> {
        self.iter().max_by_key(|share| share.1).map(|share| share.0)
    }
}

impl PartialEq for Shares {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Shares {}

impl Extend<(CauseId, u64)> for Shares {
    fn extend<I: IntoIterator<Item = (CauseId, u64)>>(&mut self, shares: I) {
        shares.into_iter().for_each(|(cause, nanos)| self.add(cause, nanos));
    }
}

impl FromIterator<(CauseId, u64)> for Shares {
    fn from_iter<I: IntoIterator<Item = (CauseId, u64)>>(shares: I) -> Self {
        let mut own = Self::new();
        own.extend(shares);
        own
    }
}

impl From<Vec<(CauseId, u64)>> for Shares {
    fn from(shares: Vec<(CauseId, u64)>) -> Self {
        shares.into_iter().collect()
    }
}

impl From<Shares> for Vec<(CauseId, u64)> {
    fn from(shares: Shares) -> Self {
        shares.iter().collect()
    }
}

/// Split `total` over `weights` in whole units: largest remainder first, equal remainders by cause name.
pub fn split(total: u64, weights: &Shares, names: &Names) -> Shares {
    // Most waits have one cause, and no remainder to give away.
    if weights.here <= 1 {
        return if weights.is_empty() { Shares::new() } else { Shares::of(weights.causes[0], total) };
    }
    let sum = u128::from(weights.sum());
    let mut parts: SmallVec<[(CauseId, u64, u128); 4]> = weights
        .iter()
        .map(|(cause, weight)| {
            let exact = u128::from(total) * u128::from(weight);
            (cause, (exact / sum) as u64, exact % sum)
        })
        .collect();
    let mut left = total - parts.iter().map(|part| part.1).sum::<u64>();
    parts.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| names.cause_of(a.0).cmp(&names.cause_of(b.0))));
    for part in &mut parts {
        let more = u64::from(left > 0);
        part.1 += more;
        left -= more;
    }
    parts.into_iter().map(|(cause, nanos, _)| (cause, nanos)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_are_what_a_list_of_sums_is(added in proptest::collection::vec((1_u16..7, 0_u64..5), 0..30)) {
            let (mut shares, mut list) = (Shares::new(), Vec::<(CauseId, u64)>::new());
            for (cause, nanos) in added.iter().map(|(cause, nanos)| (CauseId(*cause), *nanos)) {
                shares.add(cause, nanos);
                match list.iter_mut().find(|own| own.0 == cause) {
                    Some(own) => own.1 += nanos,
                    None if nanos > 0 => list.push((cause, nanos)),
                    None => (),
                }
            }
            prop_assert_eq!(Vec::from(shares.clone()), list.clone());
            prop_assert_eq!((shares.len(), shares.is_empty()), (list.len(), list.is_empty()));
            prop_assert_eq!(shares.sum(), list.iter().map(|own| own.1).sum::<u64>());
            prop_assert_eq!(shares.most(), list.iter().max_by_key(|own| own.1).map(|own| own.0));
            prop_assert_eq!(&Shares::from(list.clone()), &shares);

            let mut twice = shares.clone();
            twice.add_all(&shares);
            prop_assert_eq!(Vec::from(twice.clone()), list.iter().map(|own| (own.0, 2 * own.1)).collect::<Vec<_>>());
            twice.take_all(&shares);
            prop_assert_eq!(&twice, &shares);
            twice.take_all(&shares);
            prop_assert_eq!(twice, Shares::new());
            shares.clear();
            prop_assert_eq!(shares, Shares::new());
        }
    }
}
