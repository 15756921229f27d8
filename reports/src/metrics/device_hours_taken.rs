//! Device-hours taken: how much an attacker held, and for how long.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::DEVICE_TAKEN;
use sim::fact::Fact;
use sim::time::SimTime;

/// Devices under hostile control, summed over time.
pub const DEF: MetricDef = MetricDef {
    id: "device-hours-taken",
    title: "device-hours taken",
    meaning: "Devices under hostile control, summed over time, up to the horizon.",
    unit: "h",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[DEVICE_TAKEN],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.step(fact.at, fact.amount);
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    Some(acc.area_until(SimTime::ZERO + frame.horizon) as f64 / 3_600e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn a_device_taken_and_never_freed_counts_to_the_horizon() {
        let facts = [
            fact(3_600, DEVICE_TAKEN, 1, 0, 1),
            fact(7_200, DEVICE_TAKEN, 2, 0, 1),
            fact(9_000, DEVICE_TAKEN, 1, 0, -1),
        ];
        assert_eq!(value(&DEF, 0, &facts), Some(1.5 + 8.0));
    }
}
