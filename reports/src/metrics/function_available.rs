//! Functions available: what products are there for.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::{FUNCTION_DUE, FUNCTION_LOST};
use sim::fact::Fact;

/// The share of the time for which devices of products were to give a function in which they could.
pub const DEF: MetricDef = MetricDef {
    id: "function-available",
    title: "functions available",
    meaning: "Share of the time for which devices of products were to give their functions in which they and every part that the function needs were up and reached.",
    unit: "1",
    better: Better::Higher,
    source: "IEC 60050-192, mean availability, of a product's function rather than of a device (NIST IR 8425A)",
    reads: &[FUNCTION_DUE, FUNCTION_LOST],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    if fact.kind == FUNCTION_DUE {
        acc.whole += i128::from(fact.amount);
        acc.part += i128::from(fact.amount);
    } else {
        acc.part -= i128::from(fact.amount);
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
    fn a_function_is_available_while_it_is_not_lost() {
        let facts = [
            fact(60, FUNCTION_DUE, 1, 0, 60),
            fact(60, FUNCTION_LOST, 1, 0, 15),
            fact(90, FUNCTION_DUE, 2, 0, 40),
        ];
        assert_eq!(value(&DEF, 0, &facts), Some(0.85));
        assert_eq!(value(&DEF, 0, &[]), None);
    }
}
