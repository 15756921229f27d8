//! Data-flow availability: in time, of what was due.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{MESSAGE_DUE, MESSAGE_IN_TIME};
use sim::fact::Fact;

/// The share of due readings that arrived before their deadline.
pub const DEF: MetricDef = MetricDef {
    id: "data-flow-availability",
    title: "readings in time",
    meaning: "Share of the readings that were due which arrived before their deadline; what was never sent counts as due.",
    unit: "1",
    better: Better::Higher,
    source: "IEC 60050-192, availability, of readings apart from commands (NIST IR 8618, 2.3)",
    reads: &[MESSAGE_DUE, MESSAGE_IN_TIME],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, topics: &Topics) {
    if !topics.command(fact.topic) {
        acc.count_due(fact);
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
    fn only_readings_count() {
        let facts = [
            fact(1, MESSAGE_DUE, 1, 0, 8),
            fact(1, MESSAGE_DUE, 1, 1, 5),
            fact(2, MESSAGE_IN_TIME, 1, 0, 6),
            fact(2, MESSAGE_IN_TIME, 1, 1, 1),
        ];
        assert_eq!(value(&DEF, 0, &facts), Some(0.75));
        assert_eq!(value(&DEF, 0, &facts[1..2]), None);
    }
}
