//! Commands held: how often a device went on as it was told last.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{COMMAND_HELD, MESSAGE_DUE};
use sim::fact::Fact;

/// The share of due commands that did not come while their receiver went on as it was told last.
pub const DEF: MetricDef = MetricDef {
    id: "commands-held",
    title: "commands held",
    meaning: "Share of the commands that were due which did not come while their receiver, by its product, went on as it was told last; nothing where none did.",
    unit: "1",
    better: Better::Lower,
    source: "NIST IR 8618, 2.8: local control while the wide area network is lost",
    reads: &[MESSAGE_DUE, COMMAND_HELD],
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
    acc.share_of_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn what_is_held_is_a_share_of_what_was_due() {
        let facts = [fact(1, MESSAGE_DUE, 1, 1, 8), fact(2, COMMAND_HELD, 1, 1, 2)];
        assert_eq!(value(&DEF, 0, &facts), Some(0.25));
        assert_eq!(value(&DEF, 0, &facts[..1]), None);
    }
}
