//! Numbers for people: as many digits as the interval allows, a true minus, a unit.

use crate::statistics::Interval;

/// How a unit is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown<'a> {
    /// Values are multiplied by this.
    pub factor: f64,
    /// And followed by this.
    pub unit: &'a str,
    /// Differences are followed by this.
    pub step: &'a str,
}

/// How to show a unit: shares as percent, their differences as percentage points.
pub fn shown(unit: &str) -> Shown<'_> {
    match unit {
        "1" => Shown { factor: 100.0, unit: "%", step: "pp" },
        other => Shown { factor: 1.0, unit: other, step: other },
    }
}

/// Most decimals that are ever printed.
const MOST: usize = 4;

/// Decimals for a value in the unit shown: the first digit of the interval's half width, two if that digit is a 1;
/// without an interval, three digits of the value and none behind a whole number.
pub fn decimals(interval: &Interval) -> usize {
    let order = |x: f64| sim::math::log10(x).floor();
    let digits = match interval.half_width() {
        Some(half) if half > 0.0 => {
            let order = order(half);
            let lead = half / sim::math::pow(10.0, order);
            -order + if lead < 2.0 { 1.0 } else { 0.0 }
        }
        _ if interval.mean.fract() != 0.0 => 2.0 - order(interval.mean.abs()),
        _ => 0.0,
    };
    digits.clamp(0.0, MOST as f64) as usize
}

/// A number with a true minus and commas between thousands; what rounds to zero bears no sign.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let nonzero = text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    if value < 0.0 && nonzero {
        out.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

/// The same with a plus when positive.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let positive = value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if positive { format!("+{text}") } else { text }
}

/// A whole number with commas between thousands.
pub fn count(value: u64) -> String {
    number(value as f64, 0)
}

/// A mean and its interval, ready to be set side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The mean.
    pub mean: String,
    /// `[low high]`; empty without an interval.
    pub range: String,
}

/// Lay out a mean with its interval; a difference bears its sign.
pub fn cell(interval: &Interval, factor: f64, difference: bool) -> Cell {
    let here = interval.scaled(factor);
    let digits = decimals(&here);
    let text = |value| if difference { signed(value, digits) } else { number(value, digits) };
    let range = match (here.low, here.high) {
        (Some(low), Some(high)) => format!("[{} {}]", text(low), text(high)),
        _ => String::new(),
    };
    Cell { mean: text(here.mean), range }
}

/// Time of day `seconds` after midnight, `14:05`.
pub fn clock(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as i64;
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

/// A length of time in its natural unit: `1 day`, `12 h`, `90 min`.
pub fn span(seconds: f64) -> String {
    let of = |unit: f64| seconds >= unit && (seconds / unit).fract() == 0.0;
    match seconds {
        _ if of(86_400.0) && seconds == 86_400.0 => "1 day".to_owned(),
        _ if of(86_400.0) => format!("{} days", count((seconds / 86_400.0) as u64)),
        _ if of(3_600.0) => format!("{} h", count((seconds / 3_600.0) as u64)),
        _ if of(60.0) => format!("{} min", count((seconds / 60.0) as u64)),
        _ => format!("{} s", number(seconds, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(mean: f64, half: f64) -> Interval {
        Interval { mean, low: Some(mean - half), high: Some(mean + half) }
    }

    #[test]
    fn a_wide_interval_has_few_digits_and_a_narrow_one_more() {
        for (half, digits) in
            [(40.0, 0), (14.0, 0), (4.0, 0), (1.2, 1), (0.4, 1), (0.13, 2), (0.04, 2), (1e-9, 4)]
        {
            assert_eq!(decimals(&around(97.0, half)), digits, "{half}");
        }
        assert_eq!(decimals(&Interval { mean: 97.123, low: None, high: None }), 1);
        assert_eq!(decimals(&Interval { mean: 3.0, low: None, high: None }), 0);
        assert_eq!(decimals(&around(0.0, 0.0)), 0);
    }

    #[test]
    fn minus_is_a_minus_and_zero_has_no_sign() {
        assert_eq!(number(-2.34, 1), "−2.3");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(signed(1.84, 1), "+1.8");
        assert_eq!(signed(0.01, 1), "0.0");
        assert_eq!(number(1_234_567.8, 1), "1,234,567.8");
        assert_eq!(number(5000.0, 0), "5,000");
        assert_eq!(number(-999.6, 0), "−1,000");
    }

    #[test]
    fn a_difference_of_shares_reads_in_points() {
        let cell = cell(&around(-0.023, 0.004), 100.0, true);
        assert_eq!((cell.mean.as_str(), cell.range.as_str()), ("−2.3", "[−2.7 −1.9]"));
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(span(86_400.0), "1 day");
        assert_eq!(span(43_200.0), "12 h");
        assert_eq!(span(90.0 * 60.0), "90 min");
        assert_eq!(clock(14.0 * 3600.0 + 299.0), "14:05");
        assert_eq!(clock(24.0 * 3600.0), "00:00");
    }
}
