//! Who gives the orders when the wide area network is gone: the cloud, a controller at the edge, or the devices' peers.

use super::Effort;
use super::queues::run_text;
use crate::error::ExperimentError;
use devices::check::Check;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario whose conduit to the cloud is cut for a while";
/// How long each run is [h].
const HORIZON: f64 = 96.0;
const OUTAGES: [u32; 4] = [0, 1, 8, 72];

/// How many runs it plans.
pub(super) const RUNS: u64 = 12;

/// Command availability by authority and length of the outage.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = Vec::new();
    for authority in ["cloud", "edge", "peer"] {
        for hours in OUTAGES {
            let run = run_text(AREA, &text(authority, hours), 0, effort)?;
            let flow = run.outcome.flows.get("orders");
            let got = flow.map_or(f64::NAN, |flow| flow.in_time as f64 / flow.due as f64);
            let away = if authority == "cloud" { f64::from(hours) } else { 0.0 };
            let expected = 1.0 - away / HORIZON;
            let id = format!("wan-outage-{authority}-{hours}h");
            let what = format!("commands in time under {hours} h without WAN, {authority} authority");
            let row = Check::absolute(AREA, &id, &what, (got, expected), 1e-3);
            let source =
                "an order a minute to each of 50 devices: the share of time in which its way is whole";
            rows.push(row.from(source).through(THROUGH));
        }
    }
    Ok(rows)
}

fn text(authority: &str, hours: u32) -> String {
    let outage = match hours {
        0 => String::new(),
        hours => format!(
            "[happening.cut]\nwhat = \"wan-outage\"\nconduit = \"wan\"\nat = \"12:00\"\nlasts = \"{hours} h\"\n"
        ),
    };
    let from = match authority {
        "cloud" => "cloud",
        "edge" => "controller",
        _ => "peers",
    };
    format!(
        r#"title = "Actuators, and who commands them"
horizon = "{HORIZON} h"
[zone]
plant = {{ purdue_level = 1 }}
outside = {{ purdue_level = 5, outside = true }}
[conduit]
wan = {{ between = ["plant", "outside"], bandwidth = "100 Mbit/s", latency = "20 ms" }}
[fleet]
actuators = {{ class = "server", zone = "plant", count = 50, link = {{ latency = "1 ms" }} }}
peers = {{ class = "server", zone = "plant", count = 50, link = {{ latency = "1 ms" }} }}
controller = {{ class = "server", zone = "plant", count = 1, link = {{ latency = "1 ms" }} }}
cloud = {{ class = "server", zone = "outside", count = 1, link = {{ latency = "1 ms" }} }}
[flow]
orders = {{ kind = "command", from = "{from}", to = "actuators", every = "60 s", size = "100 B", deadline = "10 s", criticality = "safety" }}
{outage}[strategy.none]
"#
    )
}
