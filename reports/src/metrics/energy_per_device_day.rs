//! Energy per device-day: what protection costs in joules.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{ENERGY, FLEET_DEVICES};
use sim::fact::Fact;

/// Energy used by devices for computing and sending, per device and day.
pub const DEF: MetricDef = MetricDef {
    id: "energy-per-device-day",
    title: "energy per device-day",
    meaning: "Energy that devices used, per device and day.",
    unit: "J",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[ENERGY, FLEET_DEVICES],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    let sum = if fact.kind == ENERGY { &mut acc.part } else { &mut acc.whole };
    *sum += i128::from(fact.amount);
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    let days = frame.horizon.seconds() / 86_400.0;
    acc.share().filter(|_| days > 0.0).map(|microjoules| microjoules / 1e6 / days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn ten_joules_of_two_devices_in_ten_hours_are_twelve_a_day() {
        let facts = [
            fact(0, FLEET_DEVICES, 0, 0, 2),
            fact(9, ENERGY, 0, 0, 4_000_000),
            fact(9, ENERGY, 1, 0, 6_000_000),
        ];
        assert!((value(&DEF, 0, &facts).unwrap() - 12.0).abs() < 1e-12);
    }
}
