//! Airtime: how long transmitters keep the air from others.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::AIRTIME;
use sim::fact::Fact;

/// Time that a transmitter was on air, per device and day.
pub const DEF: MetricDef = MetricDef {
    id: "airtime-per-device-day",
    title: "airtime per device-day",
    meaning: "Time that a transmitter was on air, per device and day.",
    unit: "s",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[AIRTIME],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.whole += 1;
    acc.part += i128::from(fact.amount);
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    let days = frame.horizon.seconds() / 86_400.0;
    acc.share().filter(|_| days > 0.0).map(|micros| micros / 1e6 / days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn two_transmitters_on_air_for_five_and_ten_seconds_in_ten_hours_are_eighteen_a_day() {
        let facts = [fact(1, AIRTIME, 0, 0, 5_000_000), fact(1, AIRTIME, 1, 0, 10_000_000)];
        assert!((value(&DEF, 0, &facts).unwrap() - 18.0).abs() < 1e-9);
    }
}
