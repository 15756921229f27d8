//! Networks against closed forms, other simulators and published tables, through scenarios that anybody could write.

use super::field::{Field, delivered, mean_and_error, uplink};
use super::queues::run_text;
use super::{Effort, interrupted};
use crate::compare::Progress;
use crate::error::ExperimentError;
use devices::check::Check;
use devices::radio::airtime::{Lora, off_time};
use devices::radio::oqpsk_bit_error;
use devices::radio::profile::radio;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use reports::outcome::FlowTally;
use sim::math::pow;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario with a shared medium";

type Part = fn(Effort<'_>) -> Result<Vec<Check>, ExperimentError>;

/// What the area shows, each with how many runs it plans.
const PARTS: &[(u64, Part)] = &[
    (0, time_on_air),
    (0, bit_errors),
    (0, energy),
    (1, frames_a_day),
    (3 * ALOHA_SEEDS, aloha),
    (5 * CAPTURE_SEEDS, capture),
    (1, nine_on_eight),
    (5, throughput),
    (super::queues::RUNS, super::queues::checks),
    (super::placement::RUNS, super::placement::checks),
    (super::authority::RUNS, super::authority::checks),
    (1, cobham),
    (super::radios::RUNS, super::radios::checks),
];

const ALOHA_SEEDS: u64 = 700;
const CAPTURE_SEEDS: u64 = 10;

/// Every row of the area.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    (effort.progress)(Progress::Planned(PARTS.iter().map(|part| part.0).sum()));
    let mut rows = Vec::new();
    for (_, part) in PARTS {
        rows.extend(part(effort)?);
    }
    Ok(rows)
}

fn time_on_air(_: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    const SHORT: [f64; 6] = [41.216, 72.192, 144.384, 288.768, 577.536, 991.232];
    const LONG: [f64; 6] = [112.896, 205.312, 369.664, 657.408, 1478.656, 2629.632];
    const SILENT: [f64; 6] = [11.177, 20.326, 36.597, 65.083, 146.387, 260.334];
    let mut rows = Vec::new();
    for (bytes, table) in [(10, SHORT), (59, LONG)] {
        for (spreading, expected) in (7..).zip(table) {
            let got = Lora::uplink(spreading).time_on_air(bytes).0 as f64 / 1e6;
            let id = format!("toa-sf{spreading}-{bytes}");
            let what = "time on air [ms]";
            let row = Check::absolute(AREA, &id, what, (got, expected), 1e-3);
            rows.push(row.from("ns-3 lorawan, Semtech SX1272 formula"));
        }
    }
    for (spreading, expected) in (7..).zip(SILENT) {
        let got = off_time(Lora::uplink(spreading).time_on_air(59), 10).seconds();
        let id = format!("off-sf{spreading}");
        let row = Check::absolute(AREA, &id, "silence after 59 B at 1 % [s]", (got, expected), 1e-3);
        rows.push(row.from("ETSI EN 300 220-2: time on air over duty cycle less time on air"));
    }
    Ok(rows)
}

fn bit_errors(_: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    const TABLE: [(f64, f64, f64, f64); 3] =
        [(0.0, 1.615e-4, 0.0255, 0.1514), (1.0, 1.291e-5, 0.0021, 0.0130), (-1.0, 1.149e-3, 0.168, 0.689)];
    let source = "IEEE 802.15.4 annex E, O-QPSK, as ns-3 lr-wpan evaluates it";
    let mut rows = Vec::new();
    for (decibel, bit, short, long) in TABLE {
        let got = oqpsk_bit_error(pow(10.0, decibel / 10.0));
        let id = format!("ber-{decibel}");
        rows.push(Check::relative(AREA, &id, "bit error rate", (got, bit), 1e-3).from(source));
        for (bytes, expected) in [(20, short), (127, long)] {
            let packet = 1.0 - pow(1.0 - got, f64::from(8 * bytes));
            let id = format!("per-{decibel}-{bytes}");
            rows.push(Check::absolute(AREA, &id, "packet error rate", (packet, expected), 6e-4).from(source));
        }
    }
    Ok(rows)
}

/// What sending one frame costs.
fn energy(_: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let name = "lorawan-eu868";
    let node = radio(name).map(|radio| radio.antenna([0.0, 0.0], false, 1));
    let node = node.map_err(|error| interrupted(AREA, &error.to_string()))?;
    let got = node.draws.sends * Lora::uplink(12).time_on_air(59).seconds();
    let row = Check::relative(
        AREA,
        "energy-sf12-59",
        "energy of a frame of 59 B at SF12 [J]",
        (got, 0.24298),
        1e-4,
    );
    Ok(vec![row.from("ns-3 lorawan energy model: 3.3 V, 28 mA")])
}

fn frames_a_day(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let medium = "radio = \"lorawan-eu868\", channels = 1";
    let field = Field { medium, senders: 1, every: "6 s", size: 19, horizon: 86_400.0 };
    let run = field.run(0, effort)?;
    let got = uplink(&run)?.samples() as f64;
    let what = "frames of 32 B in a day at 1 %, SF7 (absolute: the first waits for its phase)";
    let row = Check::absolute(AREA, "duty-cycle-day", what, (got, 12_010.0), 1.0);
    Ok(vec![row.from("ETSI EN 300 220-2: 864 s over the time on air").through(THROUGH)])
}

/// One packet each at a uniform instant of the period, any overlap kills both.
fn aloha(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let seeds = if effort.quick { 40 } else { ALOHA_SEEDS };
    let medium = "radio = \"lorawan-eu868\", channels = 1, duty_cycle = 1.0, paths = 1000, capture = false, overhead = \"9 B\"";
    let mut rows = Vec::new();
    for (load, period) in [(0.05, 2257.92), (0.5, 225.792), (1.0, 112.896)] {
        let every = format!("{period} s");
        let field = Field { medium, senders: 1000, every: &every, size: 50, horizon: 2.0 * period };
        let ratios: Result<Vec<f64>, ExperimentError> = (0..seeds)
            .into_par_iter()
            .map(|seed| Ok(delivered(uplink(&field.run(seed, effort)?)?)))
            .collect();
        let (mean, error) = mean_and_error(&ratios?);
        let expected = pow(1.0 - 2.0 * 0.112_896 / period, 999.0);
        let id = format!("aloha-{load}");
        let what = format!("delivery ratio of unslotted ALOHA over {seeds} seeds (absolute)");
        let bound = (3.0 * error).max(0.002);
        let row = Check::absolute(AREA, &id, &what, (mean, expected), bound);
        rows.push(row.from("Abramson 1970: (1 - 2 a / T)^(n - 1)").through(THROUGH));
    }
    Ok(rows)
}

/// Devices over a disc, each at the fastest rate that reaches, before a gateway with one receive path.
fn capture(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let seeds = if effort.quick { 2 } else { CAPTURE_SEEDS };
    let medium = "radio = \"lorawan-eu868\", channels = 1, duty_cycle = 1.0, paths = 1, radius = \"7500 m\", overhead = \"9 B\"";
    let mut rows = Vec::new();
    for (load, expected) in [(0.5, 0.255), (1.0, 0.295), (2.0, 0.22), (3.0, 0.165), (3.5, 0.151)] {
        let period = 1000.0 * mean_airtime() / load;
        let every = format!("{period} s");
        let field = Field { medium, senders: 1000, every: &every, size: 50, horizon: 3.0 * period };
        let carried: Result<Vec<f64>, ExperimentError> = (0..seeds)
            .into_par_iter()
            .map(|seed| {
                let run = field.run(seed, effort)?;
                Ok(run.media.iter().map(|medium| medium.received).sum::<f64>())
            })
            .collect();
        let (mean, _) = mean_and_error(&carried?);
        let id = format!("capture-{load}");
        let what =
            format!("time received per time at G = {load}, six spreading factors with capture (absolute)");
        let row = Check::absolute(AREA, &id, &what, (mean, expected), 0.03);
        let source = "ns-3 lorawan, aloha-throughput example: the project's own figure";
        rows.push(row.from(source).through(THROUGH));
    }
    Ok(rows)
}

/// Mean time on air of 59 bytes over a disc of 7,500 m [s], each place at the fastest rate of which a node's
/// sensitivity allows: 14 dBm less 7.7 dB and 37.6 dB a decade, 13.8 m between the heights of the antennas.
fn mean_airtime() -> f64 {
    const SENSITIVITY: [f64; 5] = [-124.0, -127.0, -130.0, -133.0, -135.0];
    let whole = 7_500.0 * 7_500.0;
    let mut inside = 0.0;
    let mut mean = 0.0;
    for (spreading, least) in (7..).zip(SENSITIVITY.into_iter().map(Some).chain([None])) {
        let reach = least.map_or(whole, |dbm| pow(10.0, 2.0 * (14.0 - 7.7 - dbm) / 37.6) - 13.8 * 13.8);
        mean += Lora::uplink(spreading).time_on_air(59).seconds() * (reach - inside) / whole;
        inside = reach;
    }
    mean
}

/// Nine frames on air at once, each on a channel of its own, at a gateway with eight paths: each sender begins within
/// 0.3 s, and a frame lasts 0.36 s.
fn nine_on_eight(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let medium = "radio = \"lorawan-eu868\", channels = 60000, duty_cycle = 1.0, overhead = \"13 B\"";
    let field = Field { medium, senders: 9, every: "0.3 s", size: 222, horizon: 1.0 };
    let run = field.run(0, effort)?;
    let lost = |name: &str| -> f64 {
        let charged = run.outcome.flows.get("uplink").map_or(&[][..], |flow| &flow.charged);
        charged
            .iter()
            .filter(|entry| entry.by.name == name)
            .map(|entry| (entry.alone + entry.shared) as f64 / 1e6)
            .sum()
    };
    let source = "Semtech SX1301: eight demodulators; nine frames that do not meet";
    let all = uplink(&run)?.lost as f64;
    Ok(vec![
        Check::absolute(AREA, "nine-on-eight", "frames lost", (all, 1.0), 0.0).from(source).through(THROUGH),
        Check::absolute(
            AREA,
            "nine-on-eight-cause",
            "frames lost for want of a path",
            (lost("no receive path"), 1.0),
            0.0,
        )
        .from(source)
        .through(THROUGH),
    ])
}

/// One sender that always has something to send, and one receiver.
fn throughput(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    const ROWS: [(u32, bool, u32, f64); 5] = [
        (0, false, 122, 162.23),
        (0, true, 122, 148.78),
        (20, false, 102, 135.64),
        (20, true, 102, 124.39),
        (0, true, 20, 48.54),
    ];
    let horizon = 400.0;
    let mut rows = Vec::new();
    for (addresses, acknowledged, payload, expected) in ROWS {
        let overhead = 5 + addresses;
        let medium = format!(
            "radio = \"ieee802154\", acknowledged = {acknowledged}, overhead = \"{overhead} B\", buffer = 4"
        );
        let field = Field { medium: &medium, senders: 1, every: "2 ms", size: payload, horizon };
        let run = field.run(0, effort)?;
        let got = uplink(&run)?.samples() as f64 * f64::from(payload) * 8.0 / horizon / 1000.0;
        let id = format!("802.15.4-{addresses}-{}-{payload}", if acknowledged { "ack" } else { "plain" });
        let what = "throughput of one sender [kbit/s]";
        let row = Check::relative(AREA, &id, what, (got, expected), 0.005);
        rows.push(row.from("Latré et al. 2006 and its cycle for other frames").through(THROUGH));
    }
    Ok(rows)
}

/// A conduit where criticality rules, near saturation.
fn cobham(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    const LOADS: [(&str, f64); 3] = [("safety", 0.3), ("care", 0.3), ("business", 0.2)];
    let messages = if effort.quick { 1e5 } else { 2e6 };
    let horizon = messages * 8e-3 / 0.8;
    let mut text = format!(
        r#"title = "Three classes of messages behind one conduit"
horizon = "{horizon} s"
[zone]
here = {{ purdue_level = 2 }}
there = {{ purdue_level = 3 }}
[conduit]
line = {{ between = ["here", "there"], bandwidth = "1 Mbit/s", latency = "0 s", order = "criticality" }}
[fleet]
senders = {{ class = "server", zone = "here", count = 50, link = {{ latency = "0 s" }}, settings.service.per_message = "0 s", settings.service.per_byte = "0 s" }}
receiver = {{ class = "server", zone = "there", count = 1, link = {{ latency = "0 s" }}, settings.service.per_message = "0 s", settings.service.per_byte = "0 s" }}
[flow]
"#
    );
    for (name, load) in LOADS {
        let mean = 50.0 * 8e-3 / load;
        text.push_str(&format!(
            "{name} = {{ kind = \"reading\", from = \"senders\", to = \"receiver\", every = {{ law = \"exponential\", mean = \"{mean} s\" }}, size = \"1000 B\", deadline = \"1 day\", criticality = \"{name}\" }}\n"
        ));
    }
    text.push_str("[strategy.none]\n");
    let run = run_text(AREA, &text, 0, effort)?;
    let residual = LOADS.iter().map(|load| load.1).sum::<f64>() / 2.0;
    let mut below = 0.0;
    let mut rows = Vec::new();
    for (name, load) in LOADS {
        let expected = residual / ((1.0 - below) * (1.0 - below - load));
        below += load;
        let mean = run.outcome.flows.get(name).and_then(FlowTally::mean_ns).unwrap_or(f64::NAN);
        let got = mean / 8e6 - 1.0;
        let what = format!("mean wait of {name} messages where criticality rules [service times]");
        let bound = if effort.quick { 0.1 } else { 0.02 };
        let row = Check::relative(AREA, &format!("priority-{name}"), &what, (got, expected), bound);
        rows.push(row.from("Cobham 1954, non-preemptive priorities").through(THROUGH));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn every_row_is_within_its_bound() {
        let effort = Effort { quick: true, progress: &|_| (), cancel: &AtomicBool::new(false) };
        let rows = checks(effort).unwrap();
        for row in &rows {
            println!("{} {:.4} {:.4} {:.4}", row.id, row.expected, row.got, row.error);
        }
        let wrong: Vec<&Check> = rows.iter().filter(|row| row.surprises()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
