//! Who gives the orders when the wide area network is gone: the cloud, a controller at the edge, or the devices' peers;
//! and who stands in for the cloud once the devices have noticed.

use super::Effort;
use super::queues::run_text;
use crate::error::ExperimentError;
use devices::check::Check;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario whose conduit to the cloud is cut for a while";
/// How long each run is [h].
const HORIZON: f64 = 96.0;
const OUTAGES: [u32; 4] = [0, 1, 8, 72];
/// Between two questions whether the cloud is there [h]; it is away once two were missed.
const EVERY: f64 = 60.0 / 3600.0;
/// From a cut to its noticing: a question is due within half a period on average, two more show that two were missed.
const UNNOTICED: f64 = 2.5 * EVERY;

/// Who commands, who stands in, and for how much of an outage nobody commands.
type Case = (&'static str, &'static str, &'static str, fn(f64) -> f64);

const CASES: [Case; 5] = [
    ("cloud", "cloud", "", |away| away),
    ("edge", "controller", "", |_| 0.0),
    ("peer", "peers", "", |_| 0.0),
    ("cloud-then-edge", "cloud", "else_from = [\"controller\"], ", |away| away.min(UNNOTICED)),
    ("cloud-then-itself", "cloud", "else_from = [\"itself\"], ", |away| away.min(UNNOTICED)),
];

/// How many runs it plans.
pub(super) const RUNS: u64 = (CASES.len() * OUTAGES.len()) as u64;

/// Command availability by authority and length of the outage.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = Vec::new();
    for (name, from, others, unheard) in CASES {
        for hours in OUTAGES {
            let run = run_text(AREA, &text(from, others, hours), 0, effort)?;
            let flow = run.outcome.flows.get("orders");
            let got = flow.map_or(f64::NAN, |flow| flow.in_time as f64 / flow.due as f64);
            let expected = 1.0 - unheard(f64::from(hours)) / HORIZON;
            let id = format!("wan-outage-{name}-{hours}h");
            let what = format!("commands in time under {hours} h without WAN, {name} authority");
            // Fifty devices ask at instants of their own: 3 standard errors, and orders that the next attempt saves.
            let row = Check::absolute(AREA, &id, &what, (got, expected), 5e-5);
            let source = "an order a minute to each of 50 devices: the share of time in which whoever is obeyed is reached";
            rows.push(row.from(source).through(THROUGH));
        }
    }
    Ok(rows)
}

fn text(from: &str, others: &str, hours: u32) -> String {
    let outage = match hours {
        0 => String::new(),
        hours => format!(
            "[happening.cut]\nwhat = \"wan-outage\"\nconduit = \"wan\"\nat = \"12:00\"\nlasts = \"{hours} h\"\n"
        ),
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
actuators = {{ class = "plant-plc", zone = "plant", count = 50, link = {{ latency = "1 ms" }} }}
peers = {{ class = "plant-plc", zone = "plant", count = 50, link = {{ latency = "1 ms" }} }}
controller = {{ class = "server", zone = "plant", count = 1, link = {{ latency = "1 ms" }} }}
cloud = {{ class = "server", zone = "outside", count = 1, link = {{ latency = "1 ms" }} }}
[flow]
orders = {{ kind = "command", from = "{from}", {others}to = "actuators", every = "60 s", size = "100 B", deadline = "10 s", criticality = "safety",
  notices = {{ every = "60 s", after = 2 }} }}
{outage}[strategy.none]
"#
    )
}
