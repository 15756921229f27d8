//! The flows of some runs, pooled.

use crate::comparison::{CauseEntry, FlowRow, LostTo};
use crate::dossier::Refusal;
use crate::facts::Loss;
use crate::outcome::{FlowTally, Outcome, Percentile};
use sim::fact::By;
use std::collections::BTreeMap;

/// The flows of some runs, pooled, by name.
pub(crate) fn pooled(outcomes: &[Outcome]) -> Vec<FlowRow> {
    let mut sums: BTreeMap<&str, FlowTally> = BTreeMap::new();
    for outcome in outcomes {
        for (name, flow) in &outcome.flows {
            sums.entry(name).or_default().absorb(flow);
        }
    }
    let scale = outcomes.first().map_or(1, |outcome| outcome.message_scale.max(1)) as f64;
    sums.into_iter().map(|(name, flow)| flow_row(name, &flow, scale)).collect()
}

/// Say why a control refused flows, where it did.
pub(crate) fn explain(rows: &mut [FlowRow], refusals: &[Refusal]) {
    for refusal in refusals {
        let lost = rows.iter_mut().filter(|row| row.flow == refusal.flow).flat_map(|row| &mut row.lost);
        for to in lost.filter(|to| to.by.kind == By::Control && to.by.name == refusal.control) {
            to.reason = Some(refusal.reason.clone());
        }
    }
}

fn flow_row(name: &str, flow: &FlowTally, scale: f64) -> FlowRow {
    let (p50, p99) = (flow.percentile(0.5), flow.percentile(0.99));
    let ms = |at| if let Percentile::Ns(ns) = at { Some(ns as f64 / 1e6) } else { None };
    let lost = flow.charged.iter().filter(|entry| entry.loss == Loss::MessageLost);
    FlowRow {
        flow: name.to_owned(),
        kind: if flow.command { "command" } else { "reading" }.to_owned(),
        due: flow.due,
        sent: flow.due - flow.unsent,
        unsent: flow.unsent,
        delivered: flow.delivered(),
        late: flow.late,
        lost: lost
            .map(|entry| LostTo {
                by: (&entry.by).into(),
                because: entry.because.as_ref().map(CauseEntry::from),
                messages: (entry.alone + entry.shared) as f64 / scale,
                reason: None,
            })
            .collect(),
        lost_total: flow.lost,
        in_flight: flow.in_flight,
        sum_ns: flow.latency_ns,
        mean_ms: flow.mean_ns().map(|ns| ns / 1e6),
        p50_ms: ms(p50),
        p99_ms: ms(p99),
        percentiles: p50 != Percentile::TooFew && p99 != Percentile::TooFew,
    }
}
