//! Hypoxaemia time: how long oxygen was dangerously low.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::HARM_HYPOXAEMIA;
use sim::fact::Fact;

/// Time below 85 % oxygen saturation, summed over persons.
pub const DEF: MetricDef = MetricDef {
    id: "hypoxaemia-time",
    title: "time below SpO2 85 %",
    meaning: "Time below 85 % oxygen saturation, summed over persons.",
    unit: "min",
    better: Better::Lower,
    source: "threshold of severe hypoxaemia in the opioid-infusion model",
    reads: &[HARM_HYPOXAEMIA],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.whole += i128::from(fact.amount);
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    (frame.watched > 0).then(|| acc.whole as f64 / 60e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn ninety_seconds_of_two_persons_are_three_minutes() {
        let facts = [1, 2].map(|who| fact(5, HARM_HYPOXAEMIA, who, 0, 90_000_000_000));
        assert_eq!(value(&DEF, 2, &facts), Some(3.0));
        assert_eq!(value(&DEF, 0, &facts), None);
    }
}
