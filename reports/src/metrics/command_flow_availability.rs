//! Command-flow availability: in time, of what was due.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{MESSAGE_DUE, MESSAGE_IN_TIME};
use sim::fact::Fact;

/// The share of due commands that arrived before their deadline.
pub const DEF: MetricDef = MetricDef {
    id: "command-flow-availability",
    title: "commands in time",
    meaning: "Share of the commands that were due which arrived before their deadline; what was never sent counts as due.",
    unit: "1",
    better: Better::Higher,
    source: "IEC 60050-192, availability, of commands apart from readings (NIST IR 8618, 2.3)",
    reads: &[MESSAGE_DUE, MESSAGE_IN_TIME],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, topics: &Topics) {
    if topics.command(fact.topic) {
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
    fn only_commands_count() {
        let facts = [
            fact(1, MESSAGE_DUE, 1, 1, 8),
            fact(1, MESSAGE_DUE, 1, 0, 5),
            fact(2, MESSAGE_IN_TIME, 1, 1, 6),
            fact(2, MESSAGE_IN_TIME, 1, 0, 1),
        ];
        assert_eq!(value(&DEF, 0, &facts), Some(0.75));
        assert_eq!(value(&DEF, 0, &facts[1..2]), None);
    }
}
