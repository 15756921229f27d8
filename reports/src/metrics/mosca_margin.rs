//! Mosca's margin: whether a fleet moves in time.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::MARGIN;
use sim::fact::Fact;

/// Least time by which records cease to be secret before a quantum computer reads them, over flows that it can read; negative is too late.
pub const DEF: MetricDef = MetricDef {
    id: "mosca-margin",
    title: "Mosca margin",
    meaning: "Least time by which records cease to be secret before a quantum computer reads them, over flows that it can read; negative is too late.",
    unit: "years",
    better: Better::Higher,
    source: "Mosca 2018, IEEE Security and Privacy 16(5)",
    reads: &[MARGIN],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if acc.whole == 0 || fact.amount < acc.level {
        acc.level = fact.amount;
    }
    acc.whole += 1;
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    (acc.whole > 0).then(|| acc.level as f64 / 365.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn the_least_margin_counts() {
        let facts = [fact(1, MARGIN, 0, 0, 730), fact(1, MARGIN, 1, 1, -365), fact(1, MARGIN, 2, 1, 0)];
        assert_eq!(value(&DEF, 0, &facts), Some(-1.0));
    }
}
