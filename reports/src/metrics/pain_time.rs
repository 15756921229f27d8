//! Pain time: the harm of too little treatment, never summed with the other.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::HARM_PAIN;
use sim::fact::Fact;

/// Time with the effect-site concentration under its target, summed over persons: too little treatment is harm too.
pub const DEF: MetricDef = MetricDef {
    id: "pain-time",
    title: "time in pain",
    meaning: "Time with the effect-site concentration under its target, summed over persons: too little treatment is harm too.",
    unit: "min",
    better: Better::Lower,
    source: "target concentration in the opioid-infusion model",
    reads: &[HARM_PAIN],
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
        let facts = [1, 2].map(|who| fact(5, HARM_PAIN, who, 0, 90_000_000_000));
        assert_eq!(value(&DEF, 2, &facts), Some(3.0));
        assert_eq!(value(&DEF, 0, &facts), None);
    }
}
