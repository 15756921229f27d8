//! Radios, lines and networks against closed forms of their standards and against published figures.

use super::field::{Field, uplink};
use super::queues::run_text;
use super::{Effort, simulate};
use crate::error::ExperimentError;
use devices::check::Check;
use scenarios::language::load::{Source, load};
use sim::fact::{Kind, kind};
use sim::math::pow;
use std::sync::Arc;

const AREA: &str = "network";
const THROUGH: &str = "experiments::run on a scenario with a shared medium";

/// How many runs it plans.
pub(super) const RUNS: u64 = 4 + 2 + 1 + 3 + 2 + 1 + 1;

/// Every row.
pub(super) fn checks(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = wifi(effort)?;
    rows.extend(bluetooth(effort)?);
    rows.extend(serial(effort)?);
    rows.extend(cellular(effort)?);
    rows.extend(satellite(effort)?);
    rows.extend(ethernet(effort)?);
    rows.extend(battery(effort)?);
    Ok(rows)
}

/// Messages that arrive in a second.
fn rate(field: &Field<'_>, effort: Effort<'_>) -> Result<f64, ExperimentError> {
    let run = field.run(0, effort)?;
    Ok(uplink(&run)?.samples() as f64 / field.horizon)
}

/// Mean time from sending to arrival [s].
fn latency(field: &Field<'_>, effort: Effort<'_>) -> Result<f64, ExperimentError> {
    let run = field.run(0, effort)?;
    Ok(uplink(&run)?.mean_ns().unwrap_or(f64::NAN) / 1e9)
}

/// Wi-Fi's times [µs]: slot, SIFS, DIFS, acknowledgement, and a frame of 1,464 and 36 bytes at 65 Mbit/s.
const SLOT: f64 = 9.0;
const BUSY: f64 = 36.0 + 12_000.0 / 65.0 + 16.0 + 28.0 + 34.0;
const PAYLOAD: f64 = 1_464.0 * 8.0;

/// Saturation throughput [Mbit/s] of `n` stations: Bianchi 2000, equations 7 to 13, for waits that stand still in the
/// slot in which others send and with the immediate access of who has just sent (Tinnirello, Bianchi and Xiao 2010).
fn bianchi(n: i32) -> f64 {
    let window = |stage: i32| 16.0 * pow(2.0, f64::from(stage));
    let tau_at = |p: f64| {
        let each = |stage: i32| {
            let own = window(stage);
            let mean = if stage == 0 { (own - 2.0) / 2.0 } else { (own - 1.0) * (own - 2.0) / (2.0 * own) };
            pow(p, f64::from(stage)) * mean
        };
        1.0 / (1.0 + (1.0 - p) / (1.0 - pow(p, 7.0)) * (0..7).map(each).sum::<f64>())
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let tau = (low + high) / 2.0;
        let p = 1.0 - pow(1.0 - tau, f64::from(n - 1));
        if tau_at(p) > tau { low = tau } else { high = tau }
    }
    let tau = (low + high) / 2.0;
    let idle = pow(1.0 - tau, f64::from(n));
    let good = f64::from(n) * tau * pow(1.0 - tau, f64::from(n - 1));
    let again = 1.0 / window(0);
    let mean = idle * SLOT + good * (BUSY / (1.0 - again) + SLOT) + (1.0 - idle - good) * (BUSY + SLOT);
    good * PAYLOAD / (1.0 - again) / mean
}

fn wifi(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let horizon = if effort.quick { 2.0 } else { 20.0 };
    let mut rows = Vec::new();
    for senders in [1, 2, 5, 10] {
        let every = format!("{} us", 250 * senders);
        let medium = "radio = \"wifi\", capture = false, buffer = 4";
        let field = Field { medium, senders, every: &every, size: 1_464, horizon };
        let got = rate(&field, effort)? * PAYLOAD / 1e6;
        let (expected, source, bound) = if senders == 1 {
            (
                PAYLOAD / (BUSY + 7.5 * SLOT),
                "IEEE 802.11-2020: DIFS, 7.5 slots, frame, SIFS, acknowledgement",
                0.01,
            )
        } else {
            (bianchi(senders as i32), "Bianchi 2000 and Tinnirello, Bianchi and Xiao 2010", 0.03)
        };
        let id = format!("wifi-{senders}");
        let what = format!("saturation throughput of {senders} stations [Mbit/s]");
        rows.push(Check::relative(AREA, &id, &what, (got, expected), bound).from(source).through(THROUGH));
    }
    Ok(rows)
}

fn bluetooth(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let medium = "radio = \"ble\", interval = \"100 ms\", bit_errors = 0.0, buffer = 100";
    // The first meeting is missed.
    let horizon = if effort.quick { 60.0 } else { 600.0 };
    let field = Field { medium, senders: 1, every: "2 ms", size: 244, horizon };
    let got = rate(&field, effort)? * 244.0 * 8.0 / 1e3;
    // An empty packet, a gap, 261 bytes and a gap, as often as they fit into 100 ms.
    let each: f64 = 80.0 + 150.0 + 261.0 * 8.0 + 150.0;
    let fit = ((100_000.0 - each + 150.0) / each).floor() + 1.0;
    let expected = fit * 244.0 * 8.0 / 100.0;
    let source = "Bluetooth Core 5.4 volume 6 part B: packets of 251 bytes, T_IFS of 150 us, an empty packet";
    let what = "throughput of one connection with longer packets [kbit/s]";
    let first = Check::relative(AREA, "ble-throughput", what, (got, expected), 0.005);
    let first = first.from(source).through(THROUGH);
    let medium = "radio = \"ble\", interval = \"100 ms\", bit_errors = 0.0002";
    let horizon = if effort.quick { 4_000.0 } else { 40_000.0 };
    let field = Field { medium, senders: 10, every: "7.3137 s", size: 100, horizon };
    let got = latency(&field, effort)?;
    // Half an interval until the meeting, and one more for each in which either packet was hit.
    let survives = pow(1.0 - 0.0002, f64::from(8 * (7 + 107)));
    let expected = 0.05 + 0.1 * (1.0 - survives) / survives + (80.0 + 150.0 + 117.0 * 8.0) / 1e6;
    let what = "mean latency where packets are hit and sent again at the next meeting [s]";
    let second = Check::relative(AREA, "ble-latency", what, (got, expected), 0.02);
    Ok(vec![first, second.from("a geometric number of meetings").through(THROUGH)])
}

/// Ten devices that always have twenty bytes of registers to tell.
fn serial(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let medium = "radio = \"modbus-rtu\", bit_errors = 0.0, buffer = 2";
    let horizon = if effort.quick { 60.0 } else { 600.0 };
    let field = Field { medium, senders: 10, every: "100 ms", size: 20, horizon };
    let got = 10.0 / rate(&field, effort)?;
    let character = 11.0 / 19_200.0;
    let expected = 10.0 * ((3.5 + 8.0 + 25.0) * character + 5e-3);
    let what = "time of a round over ten devices at 19.2 kbit/s [s]";
    let source = "Modbus over serial line V1.02: 11 bits a character, silence of 3.5, request 8, answer 5 and 20 bytes";
    let row = Check::relative(AREA, "modbus-round", what, (got, expected), 0.005);
    Ok(vec![row.from(source).through(THROUGH)])
}

fn cellular(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let horizon = if effort.quick { 20_000.0 } else { 100_000.0 };
    let mut took = Vec::new();
    for size in [1, 8_400] {
        let medium = "radio = \"nb-iot\"";
        took.push(latency(&Field { medium, senders: 1, every: "97.3 s", size, horizon }, effort)?);
    }
    let what = "time that 8.4 kB add over NB-IoT [s]";
    let added = Check::absolute(AREA, "nb-iot-8400", what, (took[1] - took[0], 1.5), 0.05);
    let added = added.from("Gonzalez and Wiggers: a handshake of 8.4 kB takes 1.5 s more").through(THROUGH);
    // All stand where the coupling loss is between 154 and 164 dB: 7.7 dB and 37.6 dB a decade.
    let text = Field { medium: "radio = \"nb-iot\"", senders: 20, every: "10 min", size: 20, horizon }
        .text()
        .replace("radio = \"nb-iot\"", "radio = \"nb-iot\", radius = \"14000 m\"")
        .replace("deadline = \"1 day\"", "deadline = \"10 s\"");
    let run = run_text(AREA, &text, 0, effort)?;
    let tally = uplink(&run)?;
    let share = tally.in_time as f64 / tally.delivered().max(1) as f64;
    let what = "share of reports of 20 B within 10 s, coupling losses of up to 164 dB";
    let soon = Check::absolute(AREA, "nb-iot-10s", what, (share, 1.0), 0.01);
    let soon = soon.from("3GPP TR 45.820: an exception report within 10 s at 164 dB").through(THROUGH);
    Ok(vec![added, soon])
}

fn satellite(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let mut rows = Vec::new();
    for (size, expected) in [(70, 5.0), (1_960, 20.0)] {
        let medium = "radio = \"satellite-burst\"";
        let got = latency(&Field { medium, senders: 1, every: "10 min", size, horizon: 86_400.0 }, effort)?;
        let id = format!("burst-{size}");
        let what = format!("latency of a message of {size} B [s]");
        let source = "NAL Research on 9522-class modems: about 5 s for 70 B, 20 s for the longest message";
        rows.push(Check::relative(AREA, &id, &what, (got, expected), 0.01).from(source).through(THROUGH));
    }
    Ok(rows)
}

fn ethernet(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    let horizon = if effort.quick { 1.0 } else { 10.0 };
    let medium = "radio = \"ethernet\", buffer = 4";
    let field = Field { medium, senders: 1, every: "100 us", size: 1_472, horizon };
    let got = rate(&field, effort)? * 1_472.0 * 8.0 / 1e6;
    let what = "throughput of full frames at 100 Mbit/s [Mbit/s]";
    let row = Check::relative(AREA, "ethernet", what, (got, 100.0 * 1_472.0 / 1_538.0), 0.001);
    Ok(vec![row.from("IEEE 802.3: 38 bytes around 1,500, 28 of them IP's and UDP's").through(THROUGH)])
}

/// A node on a battery that reports 46 bytes at SF12 each quarter of an hour, for two days.
fn battery(effort: Effort<'_>) -> Result<Vec<Check>, ExperimentError> {
    const SENDS: Kind = kind("battery.transmit");
    const LISTENS: Kind = kind("battery.listen");
    const SLEEPS: Kind = kind("battery.sleep");
    let field = Field {
        medium: "radio = \"lorawan-eu868\"",
        senders: 1,
        every: "15 min",
        size: 46,
        horizon: 172_800.0,
    };
    let text = field.text().replacen("class = \"server\"", "class = \"lora-node\"", 1);
    let scenario = Arc::new(load(&Source::text("battery.toml", &text)).scenario);
    let mut sums = [0; 3];
    let run = simulate(AREA, &scenario, 0, effort, &mut |facts, _| {
        for fact in facts {
            for (sum, kind) in sums.iter_mut().zip([SENDS, LISTENS, SLEEPS]) {
                *sum += if fact.kind == kind { fact.amount } else { 0 };
            }
        }
    })?;
    let frames = uplink(&run)?.delivered() as f64;
    let [sends, listens, sleeps] = sums.map(|sum| f64::from(sum as i32) / 1e6);
    let source =
        "ns-3 lorawan energy model: 3.3 V, 28 mA sending, 11.2 mA receiving, 1.5 uA asleep; SF12, 2.629632 s";
    // Two windows of eight symbols of 32.768 ms.
    let open = 2.0 * 8.0 * 0.032_768;
    let asleep = 172_800.0 - frames * (2.629_632 + open);
    let row = |id: &str, what: &str, got: f64, expected: f64| {
        Check::relative(AREA, id, what, (got, expected), 2e-3).from(source).through(THROUGH)
    };
    Ok(vec![
        row("battery-transmit", "energy of a frame of 59 B at SF12 in a run [J]", sends / frames, 0.242_98),
        row(
            "battery-listen",
            "energy of its two empty receive windows [J]",
            listens / frames,
            3.3 * 0.0112 * open,
        ),
        row("battery-sleep", "energy of two days asleep [J]", sleeps, 3.3 * 1.5e-6 * asleep),
    ])
}
