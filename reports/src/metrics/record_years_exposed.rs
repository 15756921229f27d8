//! Record-years exposed: what a harvester will read.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{EXPOSED, RECORDED};
use sim::fact::Fact;

/// Years that recorded messages can be read before they need no longer be secret, over all that a harvester records.
pub const DEF: MetricDef = MetricDef {
    id: "record-years-exposed",
    title: "record-years exposed",
    meaning: "Years that recorded messages can be read before they need no longer be secret, over all that a harvester records.",
    unit: "record·years",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[EXPOSED, RECORDED],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    let sum = if fact.kind == EXPOSED { &mut acc.part } else { &mut acc.whole };
    *sum += i128::from(fact.amount);
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    (acc.whole > 0).then_some(acc.part as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn thousandths_are_summed_and_nothing_recorded_says_nothing() {
        let facts = [fact(1, RECORDED, 0, 0, 7), fact(1, EXPOSED, 0, 0, 1_500), fact(1, EXPOSED, 1, 1, 500)];
        assert_eq!(value(&DEF, 0, &facts), Some(2.0));
        assert_eq!(value(&DEF, 0, &[]), None);
    }
}
