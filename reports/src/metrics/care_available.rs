//! Care available: what people are there for.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{CARE_LOST, CARE_NEEDED};
use sim::fact::Fact;

/// The share of the time for which patients needed a function in which they had it.
pub const DEF: MetricDef = MetricDef {
    id: "care-available",
    title: "care available",
    meaning: "Share of the time for which patients needed a function (infusion, monitoring, an alarm answered, an order carried out) in which they had it.",
    unit: "1",
    better: Better::Higher,
    source: "IEC 60050-192, mean availability, of the function a patient needs rather than of a device",
    reads: &[CARE_NEEDED, CARE_LOST],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if fact.kind == CARE_NEEDED {
        acc.whole += i128::from(fact.amount);
        acc.part += i128::from(fact.amount);
    } else {
        acc.part -= i128::from(fact.amount);
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
    fn care_is_what_was_needed_less_what_was_lost() {
        let facts =
            [fact(60, CARE_NEEDED, 1, 0, 60), fact(60, CARE_LOST, 1, 0, 6), fact(90, CARE_NEEDED, 2, 0, 60)];
        assert_eq!(value(&DEF, 0, &facts), Some(114.0 / 120.0));
        assert_eq!(value(&DEF, 0, &[]), None);
    }
}
