//! Amounts by cause, and how a whole is split over them.

use crate::fact::CauseId;
use crate::names::Names;
use smallvec::SmallVec;

/// Nanoseconds by cause.
pub type Shares = SmallVec<[(CauseId, u64); 2]>;

/// Add to a cause's share.
pub fn add_share(shares: &mut Shares, cause: CauseId, nanos: u64) {
    if nanos == 0 {
        return;
    }
    match shares.iter_mut().find(|(known, _)| *known == cause) {
        Some((_, sum)) => *sum += nanos,
        None => shares.push((cause, nanos)),
    }
}

/// Split `total` over `weights` in whole units: largest remainder first, equal remainders by cause name.
pub fn split(total: u64, weights: &[(CauseId, u64)], names: &Names) -> Shares {
    // Most waits have one cause, and no remainder to give away.
    if let [(cause, weight)] = *weights {
        return if weight == 0 || total == 0 { Shares::new() } else { Shares::from_slice(&[(cause, total)]) };
    }
    let sum: u128 = weights.iter().map(|&(_, weight)| u128::from(weight)).sum();
    if sum == 0 {
        return Shares::new();
    }
    let mut parts: SmallVec<[(CauseId, u64, u128); 4]> = weights
        .iter()
        .map(|&(cause, weight)| {
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
    parts.into_iter().filter(|part| part.1 > 0).map(|(cause, nanos, _)| (cause, nanos)).collect()
}
