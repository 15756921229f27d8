//! Not migrated: what is left of suites that fall.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{NOT_MIGRATED, OVERHEARD};
use sim::fact::Fact;

/// Share of overheard devices whose messages a quantum computer will read, at the end of the recording.
pub const DEF: MetricDef = MetricDef {
    id: "not-migrated",
    title: "not migrated",
    meaning: "Share of overheard devices whose messages a quantum computer will read, at the end of the recording.",
    unit: "1",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[NOT_MIGRATED, OVERHEARD],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    let sum = if fact.kind == NOT_MIGRATED { &mut acc.part } else { &mut acc.whole };
    *sum += i128::from(fact.amount);
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    acc.share()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn a_device_and_a_half_of_six_are_a_quarter() {
        let facts = [fact(1, OVERHEARD, 0, 0, 6_000), fact(1, NOT_MIGRATED, 0, 0, 1_500)];
        assert_eq!(value(&DEF, 0, &facts), Some(0.25));
    }
}
