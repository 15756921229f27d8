//! The one door to transcendental functions.
//!
//! Platforms differ in the last bit of `sin`, `exp` and their kin, and one bit is enough to part two digests.
//! These are the pure-Rust versions of `libm`, the same on every machine.

pub use libm::{
    cbrt, cos, exp, expm1, fabs, hypot, log as ln, log1p as ln_1p, log2, log10, pow, sin, sqrt, tanh,
};

/// The standard normal quantile at `p` in (0, 1), by Wichura's algorithm AS 241 (PPND16), relative error
/// about 1e-16. Source: M. J. Wichura, Applied Statistics 37 (1988) 477-484.
///
/// `p` at or beyond the ends gives an infinity of the right sign.
#[expect(clippy::excessive_precision, reason = "the coefficients are printed as published")]
pub fn normal_quantile(p: f64) -> f64 {
    fn ratio(r: f64, num: &[f64; 8], den: &[f64; 7]) -> f64 {
        let top = num.iter().rev().fold(0.0, |acc, c| acc * r + c);
        let bottom = den.iter().rev().fold(0.0, |acc, c| acc * r + c) * r + 1.0;
        top / bottom
    }
    const A: [f64; 8] = [
        3.3871328727963666080,
        133.14166789178437745,
        1971.5909503065514427,
        13731.693765509461125,
        45921.953931549871457,
        67265.770927008700853,
        33430.575583588128105,
        2509.0809287301226727,
    ];
    const B: [f64; 7] = [
        42.313330701600911252,
        687.18700749205790830,
        5394.1960214247511077,
        21213.794301586595867,
        39307.895800092710610,
        28729.085735721942674,
        5226.4952788528545610,
    ];
    const C: [f64; 8] = [
        1.42343711074968357734,
        4.63033784615654529590,
        5.76949722146069140550,
        3.64784832476320460504,
        1.27045825245236838258,
        0.241780725177450611770,
        0.0227238449892691845833,
        7.74545014278341407640e-4,
    ];
    const D: [f64; 7] = [
        2.05319162663775882187,
        1.67638483018380384940,
        0.689767334985100004550,
        0.148103976427480074590,
        0.0151986665636164571966,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ];
    const E: [f64; 8] = [
        6.65790464350110377720,
        5.46378491116411436990,
        1.78482653991729133580,
        0.296560571828504891230,
        0.0265321895265761230930,
        0.00124266094738807843860,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ];
    const F: [f64; 7] = [
        0.599832206555887937690,
        0.136929880922735805310,
        0.0148753612908506148525,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ];
    let q = p - 0.5;
    if fabs(q) <= 0.425 {
        return q * ratio(0.180625 - q * q, &A, &B);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = sqrt(-ln(tail));
    let z = if r <= 5.0 { ratio(r - 1.6, &C, &D) } else { ratio(r - 5.0, &E, &F) };
    if q < 0.0 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: standard tables of the normal distribution (to the digits printed there).
    #[test]
    fn the_normal_quantile_agrees_with_the_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959963984540054),
            (0.99, 2.326347874040841),
            (0.999, 3.090232306167813),
            (0.1, -1.2815515655446004),
            (1e-9, -5.997807015007686_8),
        ] {
            assert!(fabs(normal_quantile(p) - z) < 1e-9, "{p}: {} against {z}", normal_quantile(p));
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }
}
