//! Edge against cloud: cameras behind routers, a proxy and a far cloud, as iFogSim's intelligent surveillance places them.
//!
//! All cameras send at one instant, so a router's uplink serves its four one after the other, and the proxy's uplink
//! the cameras of all areas: it is saturated at 25. Processors are shared: four pictures that come together at a router
//! of 2,800 MIPS are done together, after 4 * 2,000 / 2,800. Between one module of the application and the next lies the
//! program's shortest time between two events, 0.1: once on a command's way, twice on a picture's.

use super::Effort;
use super::queues::run_text;
use crate::error::ExperimentError;
use devices::check::Check;
use std::fmt::Write;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario of cameras, routers, a proxy and a cloud";
const SOURCE: &str = "iFogSim2 @f9fdfa9, DCNS, 2,000 time units";

/// How many runs it plans.
pub(super) const RUNS: u64 = 6 + 3;

/// Mean latency of the cloud's loop by areas of four cameras [time units].
const CLOUD: [(u32, f64); 6] =
    [(1, 105.254), (2, 105.647), (4, 106.442), (5, 106.841), (6, 107.240), (7, 205.750)];

/// Every row.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = Vec::new();
    let mut cloud = Vec::new();
    for (areas, expected) in CLOUD {
        let got = latency(areas, "cloud", effort)?.0;
        cloud.push(got);
        let id = format!("placement-cloud-{}", 4 * areas);
        let what =
            format!("mean latency of {} cameras whose pictures go to the cloud [time units]", 4 * areas);
        rows.push(Check::relative(AREA, &id, &what, (got, expected), 0.02).from(SOURCE).through(THROUGH));
    }
    let slope = (cloud[4] - cloud[0]) / 5.0;
    let expected = (CLOUD[4].1 - CLOUD[0].1) / 5.0;
    let what = "added latency for each four cameras below the knee [time units]";
    rows.push(
        Check::relative(AREA, "placement-slope", what, (slope, expected), 0.02).from(SOURCE).through(THROUGH),
    );
    let what = "the knee lies between 24 and 28 cameras (1 for yes)";
    let knee = f64::from(cloud[5] > 1.5 * cloud[4] && cloud[4] < 1.05 * cloud[0]);
    rows.push(Check::absolute(AREA, "placement-knee", what, (knee, 1.0), 0.0).from(SOURCE).through(THROUGH));
    let mut edge = Vec::new();
    for areas in [1, 2, 8] {
        edge.push(latency(areas, "router", effort)?);
    }
    let flat = edge[2].0 / edge[0].0;
    let what = "latency of 32 cameras over that of 4 where pictures stay at the edge";
    rows.push(
        Check::relative(AREA, "placement-edge-flat", what, (flat, 1.0), 0.02).from(SOURCE).through(THROUGH),
    );
    let what = "mean latency of 4 cameras whose pictures stay at the edge [time units]";
    let row = Check::relative(AREA, "placement-edge", what, (edge[0].0, 5.357), 0.02);
    rows.push(row.from(SOURCE).through(THROUGH));
    let what = "latency of a camera's command from the edge [time units]";
    let row = Check::relative(AREA, "placement-command-edge", what, (edge[0].1, 3.11), 0.02);
    rows.push(row.from("2 + 1 + 0.1 + 0.01, as iFogSim2 shows").through(THROUGH));
    let far = latency(1, "cloud", effort)?.1;
    let what = "latency of a camera's command from the cloud [time units]";
    let row = Check::relative(AREA, "placement-command-cloud", what, (far, 105.13), 0.02);
    rows.push(row.from("100 + 2 + 2 + 1 + 0.1 + 3 * 0.01, as iFogSim2 shows").through(THROUGH));
    Ok(rows)
}

/// Mean latency of pictures to, and of commands from, the place that works on them.
fn latency(areas: u32, place: &str, effort: Effort<'_>) -> Result<(f64, f64), ExperimentError> {
    let run = run_text(AREA, &text(areas, place), 0, effort)?;
    let mean = |name: &str| {
        let flows = run.outcome.flows.iter().filter(|(flow, _)| flow.starts_with(name));
        let (sum, count) = flows.fold((0.0, 0.0), |(sum, count), (_, flow)| {
            (sum + flow.latency_ns as f64, count + flow.samples() as f64)
        });
        sum / count / 1e9
    };
    Ok((mean("pictures"), mean("command")))
}

/// One time unit is a second: links of 10,000 B/s, latencies of 2, 2 and 100 s, an actuator's of 1 s, and 0.1 s from
/// module to module.
fn text(areas: u32, place: &str) -> String {
    let mut text = String::from(
        "title = \"Cameras, routers, a proxy and a cloud\"\nhorizon = \"2000 s\"\n[draws]\nraw = 1\n[zone]\n\
         proxy = { purdue_level = 3 }\ncloud = { purdue_level = 5 }\n",
    );
    let (mut zones, mut conduits, mut fleets, mut flows) =
        (String::new(), String::new(), String::new(), String::new());
    for area in 0..areas {
        let _ = writeln!(zones, "area-{area} = {{ purdue_level = 1 }}");
        let _ = writeln!(
            conduits,
            "up-{area} = {{ between = [\"area-{area}\", \"proxy\"], bandwidth = \"80 kbit/s\", latency = \"2 s\" }}"
        );
        let service = "link = { latency = \"0 s\" }, settings.service.order = \"shared\", settings.service.per_byte = \"0 s\", settings.service.per_message";
        let _ = writeln!(
            fleets,
            "router-{area} = {{ class = \"server\", zone = \"area-{area}\", count = 1, {service} = \"0.714286 s\" }}"
        );
        for camera in 0..4 {
            let name = format!("{area}-{camera}");
            // A picture's first way: 0.2 s of bytes, the link's 2 s, and 0.1 s before and after it is looked at.
            let first = 0.2 + 2.0 + 2.0 * 0.1;
            let _ = writeln!(
                fleets,
                "camera-{name} = {{ class = \"server\", zone = \"area-{area}\", count = 1, link = {{ latency = \"{first:.1} s\" }}, settings.service.per_message = \"0 s\", settings.service.per_byte = \"0 s\" }}"
            );
            // A command's last way: the router's 2 s, 0.01 s of bytes, and the actuator's 1 s behind 0.1 s.
            let last = 2.0 + 0.01 + 1.1;
            let to = if place == "cloud" { "cloud".to_owned() } else { format!("router-{area}") };
            let common = "deadline = \"1 day\", criticality = \"business\", acknowledged = false";
            let _ = writeln!(
                flows,
                "pictures-{name} = {{ kind = \"reading\", from = \"camera-{name}\", to = \"{to}\", every = \"5 s\", size = \"2000 B\", {common} }}"
            );
            if camera == 0 && area == 0 {
                let _ = writeln!(
                    flows,
                    "command-{name} = {{ kind = \"command\", from = \"orders\", to = \"camera-{name}\", every = \"500 s\", size = \"100 B\", ready_after = \"{last} s\", {common} }}"
                );
            }
        }
    }
    let at = if place == "cloud" { "cloud" } else { "area-0" };
    let none = "settings.service.per_message = \"0 s\", settings.service.per_byte = \"0 s\"";
    let _ = writeln!(
        fleets,
        "cloud = {{ class = \"server\", zone = \"cloud\", count = 1, settings.service.order = \"shared\", settings.service.per_byte = \"0 s\", settings.service.per_message = \"0.044643 s\" }}\norders = {{ class = \"server\", zone = \"{at}\", count = 1, link = {{ latency = \"0 s\" }}, {none} }}"
    );
    let far = "far = { between = [\"proxy\", \"cloud\"], bandwidth = \"80 kbit/s\", latency = \"100 s\" }";
    let _ =
        write!(text, "{zones}[conduit]\n{far}\n{conduits}[fleet]\n{fleets}[flow]\n{flows}[strategy.none]\n");
    text
}
