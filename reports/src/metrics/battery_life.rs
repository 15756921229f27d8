//! Battery life: how long a battery lasts under a strategy.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::BATTERY_LASTS;
use sim::fact::Fact;

/// Mean time that a new battery lasts at what its device drew, of devices that live on one.
pub const DEF: MetricDef = MetricDef {
    id: "battery-life",
    title: "battery life",
    meaning: "Mean time that a new battery lasts at what its device drew, of devices that live on one.",
    unit: "years",
    better: Better::Higher,
    source: "Plimsoll's definition",
    reads: &[BATTERY_LASTS],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.whole += 1;
    acc.part += i128::from(fact.amount);
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    acc.share().map(|hours| hours / 8_760.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn two_batteries_of_one_and_three_years_last_two() {
        let facts = [fact(1, BATTERY_LASTS, 0, 0, 8_760), fact(1, BATTERY_LASTS, 1, 0, 3 * 8_760)];
        assert_eq!(value(&DEF, 0, &facts), Some(2.0));
        assert_eq!(value(&DEF, 0, &[]), None);
    }
}
