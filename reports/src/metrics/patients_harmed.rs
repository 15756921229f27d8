//! Patients harmed: persons whose oxygen fell dangerously low.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::HARM_HYPOXAEMIA;
use sim::fact::Fact;

/// Persons with any time below 85 % oxygen saturation.
pub const DEF: MetricDef = MetricDef {
    id: "patients-harmed",
    title: "patients harmed",
    meaning: "Persons whose oxygen saturation was below 85 % (severe hypoxaemia) for any time in the run.",
    unit: "persons",
    better: Better::Lower,
    source: "threshold of severe hypoxaemia in the opioid-infusion model",
    reads: &[HARM_HYPOXAEMIA],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if fact.amount > 0 {
        acc.seen.insert(fact.who);
    }
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    (frame.watched > 0).then_some(acc.seen.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn a_person_counts_once_and_without_a_plant_there_is_no_count() {
        let facts = [(1, 7), (2, 7), (3, 9), (4, 0)]
            .map(|(at, ns)| fact(at, HARM_HYPOXAEMIA, at.min(2) as u32, 0, ns));
        assert_eq!(value(&DEF, 43, &facts), Some(2.0));
        assert_eq!(value(&DEF, 43, &[]), Some(0.0));
        assert_eq!(value(&DEF, 0, &[]), None);
    }
}
