//! Bits that noise turns over.

use sim::math::{exp, pow};

/// A power [mW].
pub(super) fn milliwatts(dbm: f64) -> f64 {
    pow(10.0, dbm / 10.0)
}

/// Bits that survive at a ratio of signal to interference and noise: IEEE 802.15.4-2006 annex E.4.1.8, O-QPSK:
/// BER = 8/15 · 1/16 · Σ_{k=2}^{16} (-1)^k C(16, k) exp(20 · SINR · (1/k - 1)).
pub fn oqpsk_bit_error(ratio: f64) -> f64 {
    let mut binomial = 16.0;
    let mut sum = 0.0;
    for k in 2..=16 {
        let k = f64::from(k);
        binomial *= (17.0 - k) / k;
        let sign = if (k as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
        sum += sign * binomial * exp(20.0 * ratio * (1.0 / k - 1.0));
    }
    (8.0 / 15.0 / 16.0 * sum).clamp(0.0, 0.5)
}

pub(super) fn oqpsk_survive(ratio: f64, bits: f64) -> f64 {
    pow(1.0 - oqpsk_bit_error(ratio), bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's formula as ns-3's lr-wpan error model evaluates it.
    #[test]
    fn bit_and_packet_errors_are_the_standards() {
        for (decibel, bit, short, long) in
            [(0.0, 1.615e-4, 0.0255, 0.1514), (1.0, 1.291e-5, 0.0021, 0.0130), (-1.0, 1.149e-3, 0.168, 0.689)]
        {
            let ratio = milliwatts(decibel);
            assert!((oqpsk_bit_error(ratio) / bit - 1.0).abs() < 1e-3, "{decibel}");
            for (bytes, expected) in [(20.0, short), (127.0, long)] {
                let got = 1.0 - oqpsk_survive(ratio, bytes * 8.0);
                assert!((got - expected).abs() < 6e-4, "{decibel} {bytes}: {got}");
            }
        }
        assert!((1.0 - oqpsk_survive(milliwatts(0.404), 160.0) - 0.01).abs() < 1e-4);
    }
}
