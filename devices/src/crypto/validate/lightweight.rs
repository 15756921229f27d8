//! Costs of a message by a line through some lengths, against other lengths of the same measurement.

use super::relative;
use crate::check::Check;

const LWC: &str =
    "NIST Lightweight-Cryptography-Benchmarking, nano33ble-aead-summary.csv @00a6a4af, enc(0:n), nRF52840";

/// Length [B] and cycles.
type Point = (f64, f64);

/// The code that the catalogue's rows name, at the lengths from which the line is drawn.
const ASCON: [Point; 4] = [(0.0, 2_339.0), (16.0, 3_087.0), (32.0, 3_767.0), (128.0, 8_166.0)];
const AES: [Point; 4] = [(0.0, 13_100.0), (16.0, 16_894.0), (32.0, 19_360.0), (128.0, 33_760.0)];
/// The lengths that were held out.
const ASCON_HELD_OUT: [Point; 3] = [(64.0, 5_288.0), (256.0, 14_057.0), (512.0, 25_809.0)];
const AES_HELD_OUT: [Point; 3] = [(64.0, 24_160.0), (256.0, 52_933.0), (512.0, 91_333.0)];

/// Least squares: cycles once and for each byte.
fn line(points: &[Point]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>()
        / points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum::<f64>();
    (y - slope * x, slope)
}

/// Held-out lengths, and how many times dearer AES-GCM is than Ascon at a reading's length.
pub(super) fn checks() -> Vec<Check> {
    let (ascon, aes) = (line(&ASCON), line(&AES));
    let at = |(fixed, per_byte): (f64, f64), bytes: f64| fixed + per_byte * bytes;
    let mut rows = Vec::new();
    for (name, line, held_out) in [("ascon", ascon, ASCON_HELD_OUT), ("aes", aes, AES_HELD_OUT)] {
        for (bytes, expected) in held_out {
            let what = format!("sealing {bytes} bytes, {name}, from four other lengths [cycles]");
            rows.push(relative(&format!("V10-{name}-{bytes}"), &what, at(line, bytes), expected, 0.20, LWC));
        }
    }
    let times = at(aes, 64.0) / at(ascon, 64.0);
    rows.push(relative(
        "V10-ratio",
        "AES-128-GCM over Ascon-128a at 64 bytes [1]",
        times,
        24_160.0 / 5_288.0,
        0.20,
        LWC,
    ));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_its_own_points_is_that_line() {
        let (fixed, slope) = line(&[(0.0, 3.0), (1.0, 5.0), (4.0, 11.0)]);
        assert!((fixed - 3.0).abs() < 1e-12 && (slope - 2.0).abs() < 1e-12);
    }
}
