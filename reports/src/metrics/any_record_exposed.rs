//! Any record exposed: whether a harvester will read anything in time.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{EXPOSED, RECORDED};
use sim::fact::Fact;

/// Whether any recorded message is read while it should be secret: over runs, the probability.
pub const DEF: MetricDef = MetricDef {
    id: "any-record-exposed",
    title: "any record exposed",
    meaning: "Whether any recorded message is read while it should be secret: over runs, the probability.",
    unit: "1",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[EXPOSED, RECORDED],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if fact.kind == RECORDED {
        acc.whole = 1;
    } else if fact.amount > 0 {
        acc.part = 1;
    }
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    acc.share()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn one_exposed_record_is_enough() {
        let recorded = fact(1, RECORDED, 0, 0, 7);
        assert_eq!(value(&DEF, 0, &[recorded, fact(1, EXPOSED, 0, 0, 0)]), Some(0.0));
        assert_eq!(value(&DEF, 0, &[recorded, fact(1, EXPOSED, 0, 0, 3)]), Some(1.0));
    }
}
