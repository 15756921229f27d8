//! Commands by fallback: how much of the commanding others do than those who usually do.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{COMMAND_BY_FALLBACK, MESSAGE_DUE};
use sim::fact::Fact;

/// The share of due commands that came from another than their receiver's first authority.
pub const DEF: MetricDef = MetricDef {
    id: "commands-by-fallback",
    title: "commands by others",
    meaning: "Share of the commands that were due which came from another than their receiver's first authority, because the receiver did not reach that one; nothing where no command did.",
    unit: "1",
    better: Better::Lower,
    source: "NIST IR 8618, 2.8: local control while the wide area network is lost",
    reads: &[MESSAGE_DUE, COMMAND_BY_FALLBACK],
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
    fn what_others_command_is_a_share_of_what_was_due() {
        let facts = [fact(1, MESSAGE_DUE, 1, 1, 8), fact(2, COMMAND_BY_FALLBACK, 1, 1, 2)];
        assert_eq!(value(&DEF, 0, &facts), Some(0.25));
        assert_eq!(value(&DEF, 0, &facts[..1]), None);
    }
}
