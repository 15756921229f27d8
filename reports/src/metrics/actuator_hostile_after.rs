//! How long until the first actuator came under hostile control.

use super::{Acc, Better, Frame, MetricDef, Topics};
use crate::facts::ACTUATOR_HOSTILE;
use sim::fact::Fact;

/// Time to the first actuator under hostile control; a run without one counts with its horizon.
pub const DEF: MetricDef = MetricDef {
    id: "actuator-hostile-after",
    title: "time until actuator taken",
    meaning: "Time until the first actuator came under hostile control, restricted to the horizon: a run without one counts with its whole length.",
    unit: "h",
    better: Better::Higher,
    source: "restricted mean survival time (Royston and Parmar, BMC Med Res Methodol 13:152, 2013)",
    reads: &[ACTUATOR_HOSTILE],
    zero: Acc::default,
    add,
    done,
};

fn add(acc: &mut Acc, fact: &Fact, _: &Topics) {
    acc.first = acc.first.or(Some(fact.at));
}

fn done(acc: &Acc, frame: &Frame) -> Option<f64> {
    let horizon = frame.horizon.seconds();
    Some(acc.first.map_or(horizon, |at| at.seconds().min(horizon)) / 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{fact, value};

    #[test]
    fn a_run_without_one_counts_with_its_horizon() {
        assert_eq!(value(&DEF, 0, &[fact(1_800, ACTUATOR_HOSTILE, 1, 0, 1)]), Some(0.5));
        assert_eq!(value(&DEF, 0, &[]), Some(10.0));
    }
}
