//! Frames and airtime: against a network server's test vectors and against values worked out on paper.

use super::{AREA, relative};
use crate::check::Check;
use crate::frames::Carrier;
use crate::radio::airtime::{Bandwidth, Lora, fsk_time_on_air};

const TTN: &str = "The Things Stack, pkg/toa/toa_test.go";
const PAPER: &str =
    "Semtech's formula and the limits of LoRaWAN RP002 EU868, on paper; IEEE 802.15.4 and RFC 4944, on paper";

fn micros(id: &str, what: &str, got: sim::time::Span, expected: u64) -> Check {
    let pair = (got.0 as f64 / 1e3, expected as f64);
    Check::absolute(AREA, id, &format!("time on air, {what} [µs]"), pair, 0.0).from(TTN)
}

/// LoRa's vectors, exact to the microsecond.
fn vectors() -> Vec<Check> {
    const AT_125: &[(u8, u64)] =
        &[(7, 41_216), (8, 72_192), (9, 144_384), (10, 288_768), (11, 577_536), (12, 991_232)];
    let mut rows: Vec<Check> = AT_125
        .iter()
        .map(|&(sf, expected)| {
            let got = Lora::uplink(sf).time_on_air(10);
            micros(&format!("V3-sf{sf}"), &format!("LoRa SF{sf}, 10 B"), got, expected)
        })
        .collect();
    let sf7 = Lora::uplink(7);
    let wide = |bandwidth| Lora { bandwidth, ..sf7 }.time_on_air(10);
    rows.push(micros("V3-250kHz", "LoRa SF7 at 250 kHz, 10 B", wide(Bandwidth::Khz250), 20_608));
    rows.push(micros("V3-500kHz", "LoRa SF7 at 500 kHz, 10 B", wide(Bandwidth::Khz500), 10_304));
    for (coding, expected) in [(2, 45_312), (3, 49_408), (4, 53_504)] {
        let got = Lora { coding, ..sf7 }.time_on_air(10);
        rows.push(micros(&format!("V3-cr{coding}"), &format!("LoRa SF7, 4/{}", 4 + coding), got, expected));
    }
    for (bytes, expected) in (13..=15).map(|b| (b, 46_336)).chain((16..=19).map(|b| (b, 51_456))) {
        let got = sf7.time_on_air(bytes);
        rows.push(micros(&format!("V3-{bytes}B"), &format!("LoRa SF7, {bytes} B"), got, expected));
    }
    rows.push(micros("V3-fsk", "FSK, 200 B", fsk_time_on_air(200), 33_760));
    rows
}

/// What an object costs over a carrier: frames, airtime, and the time under its duty cycle.
fn objects() -> Vec<Check> {
    let mesh = Carrier::MESH;
    let lora = |spreading_factor| Carrier::Lora { spreading_factor, duty_cycle: 0.01 };
    let frames: [(&str, &str, Carrier, u32, f64); 12] = [
        ("F-mesh-101", "EDHOC over 802.15.4", mesh, 101, 2.0),
        ("F-mesh-894", "DTLS 1.3 with raw keys over 802.15.4", mesh, 894, 10.0),
        ("F-mesh-1216", "a hybrid share over 802.15.4", mesh, 1_216, 13.0),
        ("F-mesh-2420", "ML-DSA-44 over 802.15.4", mesh, 2_420, 26.0),
        ("F-mesh-3309", "ML-DSA-65 over 802.15.4", mesh, 3_309, 35.0),
        ("F-mesh-7856", "SLH-DSA-128s over 802.15.4", mesh, 7_856, 82.0),
        ("F-sf12-1184", "an ML-KEM-768 key over LoRa SF12", lora(12), 1_184, 24.0),
        ("F-sf7-1184", "an ML-KEM-768 key over LoRa SF7", lora(7), 1_184, 6.0),
        ("F-sf12-3309", "ML-DSA-65 over LoRa SF12", lora(12), 3_309, 65.0),
        ("F-sf12-7856", "SLH-DSA-128s over LoRa SF12", lora(12), 7_856, 155.0),
        ("F-sf12-119", "EDHOC with CoAP over LoRa SF12", lora(12), 119, 3.0),
        ("F-sf12-2420", "ML-DSA-44 over LoRa SF12", lora(12), 2_420, 48.0),
    ];
    let mut rows: Vec<Check> = frames
        .into_iter()
        .map(|(id, what, carrier, bytes, expected)| {
            let got = f64::from(carrier.frames(bytes));
            Check::absolute(AREA, id, &format!("frames of {what} [1]"), (got, expected), 0.0).from(PAPER)
        })
        .collect();
    // The paper's values are rounded to two or three digits.
    let times: [(&str, &str, f64, f64, f64); 8] = [
        ("F-mesh-101-air", "EDHOC over 802.15.4 [ms]", mesh.on_air(101).seconds() * 1e3, 5.7, 0.02),
        (
            "F-mesh-1216-air",
            "a hybrid share over 802.15.4 [ms]",
            mesh.on_air(1_216).seconds() * 1e3,
            53.0,
            0.02,
        ),
        (
            "F-mesh-7856-air",
            "SLH-DSA-128s over 802.15.4 [ms]",
            mesh.on_air(7_856).seconds() * 1e3,
            341.0,
            0.02,
        ),
        (
            "F-sf12-1184-air",
            "an ML-KEM-768 key over LoRa SF12, on air [s]",
            lora(12).on_air(1_184).seconds(),
            65.7,
            0.02,
        ),
        (
            "F-sf12-1184-duty",
            "the same at 1 % duty [h]",
            lora(12).occupied(1_184).seconds() / 3_600.0,
            1.83,
            0.02,
        ),
        (
            "F-sf7-1184-duty",
            "an ML-KEM-768 key over LoRa SF7 at 1 % duty [min]",
            lora(7).occupied(1_184).seconds() / 60.0,
            3.3,
            0.02,
        ),
        (
            "F-sf12-3309-duty",
            "ML-DSA-65 over LoRa SF12 at 1 % duty [h]",
            lora(12).occupied(3_309).seconds() / 3_600.0,
            5.0,
            0.02,
        ),
        (
            "F-sf12-7856-duty",
            "SLH-DSA-128s over LoRa SF12 at 1 % duty [h]",
            lora(12).occupied(7_856).seconds() / 3_600.0,
            12.0,
            0.02,
        ),
    ];
    rows.extend(
        times.map(|(id, what, got, expected, bound)| relative(id, what, got, expected, bound, PAPER)),
    );
    rows
}

/// Every row.
pub(super) fn checks() -> Vec<Check> {
    let mut rows = vectors();
    rows.extend(objects());
    rows
}
