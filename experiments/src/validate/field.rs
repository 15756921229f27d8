//! A field of devices around one gateway, as anybody could write it.

use super::queues::run_text;
use super::{Effort, interrupted};
use crate::error::ExperimentError;
use crate::run::RunOutcome;
use reports::outcome::FlowTally;
use sim::math::sqrt;

const AREA: &str = "network";

/// A field of devices around one gateway.
pub(super) struct Field<'f> {
    pub(super) medium: &'f str,
    pub(super) senders: u32,
    pub(super) every: &'f str,
    pub(super) size: u32,
    pub(super) horizon: f64,
}

impl Field<'_> {
    pub(super) fn text(&self) -> String {
        let Self { medium, senders, every, size, horizon } = self;
        format!(
            r#"title = "Devices around one gateway"
horizon = "{horizon} s"
[zone]
field = {{ purdue_level = 1 }}
[medium]
air = {{ {medium}, gateway = "gateway" }}
[fleet]
devices = {{ class = "server", settings.service.per_message = "0 s", settings.service.per_byte = "0 s", zone = "field", count = {senders}, gateway = {{ fleet = "gateway", spread = "evenly" }} }}
gateway = {{ class = "server", settings.service.per_message = "0 s", settings.service.per_byte = "0 s", zone = "field", count = 1 }}
[flow]
uplink = {{ kind = "reading", from = "devices", to = "gateway", every = "{every}", size = "{size} B", deadline = "1 day", criticality = "business" }}
[strategy.none]
"#
        )
    }

    pub(super) fn run(&self, replication: u64, effort: Effort<'_>) -> Result<RunOutcome, ExperimentError> {
        run_text(AREA, &self.text(), replication, effort)
    }
}

pub(super) fn uplink(run: &RunOutcome) -> Result<&FlowTally, ExperimentError> {
    run.outcome.flows.get("uplink").ok_or_else(|| interrupted(AREA, "the run has no flow"))
}

/// The share of what has been decided that was delivered.
pub(super) fn delivered(tally: &FlowTally) -> f64 {
    tally.delivered() as f64 / (tally.delivered() + tally.lost).max(1) as f64
}

/// The mean of runs, and its standard error.
pub(super) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance =
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, sqrt(variance / n))
}
