//! Devices taken at the peak: how far an attacker got.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{DEVICE_TAKEN, FLEET_DEVICES};
use sim::fact::Fact;

/// The largest share of the fleet under hostile control at one time.
pub const DEF: MetricDef = MetricDef {
    id: "devices-taken-peak",
    title: "devices taken (peak)",
    meaning: "Largest share of the fleet that was under hostile control at one time.",
    unit: "1",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[DEVICE_TAKEN, FLEET_DEVICES],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if fact.kind == FLEET_DEVICES {
        acc.whole += i128::from(fact.amount);
    } else {
        acc.step(fact.at, fact.amount);
        acc.part = i128::from(acc.peak);
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
    fn the_peak_is_what_was_held_at_once() {
        let mut facts = vec![fact(0, FLEET_DEVICES, 0, 0, 10)];
        facts.extend(
            [1, 1, -1, 1, 1, -1, -1].iter().zip(1..).map(|(&step, at)| fact(at, DEVICE_TAKEN, 0, 0, step)),
        );
        assert_eq!(value(&DEF, 0, &facts), Some(0.3));
        assert_eq!(value(&DEF, 0, &facts[1..]), None);
    }
}
