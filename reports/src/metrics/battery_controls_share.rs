//! What of a battery goes to controls.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{BATTERY_ADDED, BATTERY_DRAWN};
use sim::fact::Fact;

/// Share of what devices on batteries drew that controls added.
pub const DEF: MetricDef = MetricDef {
    id: "battery-controls-share",
    title: "battery spent on controls",
    meaning: "Share of what devices on batteries drew that controls added.",
    unit: "1",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[BATTERY_DRAWN, BATTERY_ADDED],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    let sum = if fact.kind == BATTERY_ADDED { &mut acc.part } else { &mut acc.whole };
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
    fn a_quarter_is_what_controls_added_of_all() {
        let facts = [fact(1, BATTERY_DRAWN, 0, 0, 8), fact(1, BATTERY_ADDED, 0, 0, 2)];
        assert_eq!(value(&DEF, 0, &facts), Some(0.25));
    }
}
