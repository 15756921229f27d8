//! Whether any actuator came under hostile control.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::ACTUATOR_HOSTILE;
use sim::fact::Fact;

/// 1 for a run in which an actuator came under hostile control, else 0; its mean is a share of runs.
pub const DEF: MetricDef = MetricDef {
    id: "actuator-hostile-share",
    title: "actuator under attacker",
    meaning: "Share of runs in which at least one actuator came under hostile control.",
    unit: "1",
    better: Better::Lower,
    source: "Plimsoll's definition",
    reads: &[ACTUATOR_HOSTILE],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.first = acc.first.or(Some(fact.at));
}

fn done(acc: &Acc, _: &Frame) -> Option<f64> {
    Some(if acc.first.is_some() { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn once_is_enough() {
        assert_eq!(
            value(&DEF, 0, &[fact(5, ACTUATOR_HOSTILE, 1, 0, 1), fact(6, ACTUATOR_HOSTILE, 2, 0, 1)]),
            Some(1.0)
        );
        assert_eq!(value(&DEF, 0, &[]), Some(0.0));
    }
}
