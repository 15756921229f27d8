//! What a device lives on: a battery, the sun, and how long both last.
//!
//! # Differs from the real thing
//! A battery gives what it holds at any temperature and any current. Processor and radio are added up, though on one
//! chip they share some of their current. The sun shines in a half sine from six to six, the same each day but for the
//! share that clouds leave.

use crate::quantity::{as_joules, as_seconds, as_watts};
use serde::Deserialize;
use sim::math::{ln_1p, sin};
use sim::time::{SimTime, Span};

/// The year of rates: 8,760 hours.
const YEAR: f64 = 365.0 * 86_400.0;

/// What feeds a device that no mains do.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// What a new battery holds [J].
    #[serde(deserialize_with = "as_joules")]
    pub capacity: f64,
    /// The share of it that the device can use before its voltage is too low [1].
    pub usable: f64,
    /// The share of what it holds that it loses by itself in a year [1].
    pub self_discharge: f64,
    /// What sensors and electronics besides processor and radio draw all the time [W].
    #[serde(deserialize_with = "as_watts")]
    pub base: f64,
    /// What charges it.
    #[serde(default)]
    pub solar: Option<Solar>,
}

/// A solar panel.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solar {
    /// What it gives the battery at noon under a clear sky [W].
    #[serde(deserialize_with = "as_watts")]
    pub peak: f64,
    /// The share that clouds leave, on average [1].
    pub clear: f64,
}

/// What the radio draws.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radio {
    /// While it sends [W].
    #[serde(deserialize_with = "as_watts")]
    pub transmit: f64,
    /// While it listens [W].
    #[serde(deserialize_with = "as_watts")]
    pub receive: f64,
    /// How long it listens after each message that it sends: receive windows, or the network's tail [s].
    #[serde(deserialize_with = "as_seconds")]
    pub listens: f64,
}

impl Solar {
    /// What it gives between two instants, of a scenario that starts at `clock` seconds after midnight [J].
    pub fn gives(&self, clock: f64, from: SimTime, until: SimTime) -> f64 {
        self.peak * self.clear * (self.sun(clock + until.seconds()) - self.sun(clock + from.seconds()))
    }

    /// Seconds of full sun since the midnight of the first day.
    fn sun(&self, clock: f64) -> f64 {
        use std::f64::consts::PI;
        const DAY: f64 = 86_400.0;
        let days = (clock / DAY).floor();
        let lit = (clock - days * DAY - 0.25 * DAY).clamp(0.0, 0.5 * DAY);
        // A half sine over half a day has the area of a day over π.
        let area = DAY / PI;
        let half = sin(PI * lit / DAY);
        days * area + area * half * half
    }

    /// What it gives on average [W].
    pub fn mean(&self) -> f64 {
        self.peak * self.clear / std::f64::consts::PI
    }
}

impl Power {
    /// What can be used of a new battery [J].
    pub fn usable(&self) -> f64 {
        self.capacity * self.usable
    }

    /// What a battery that holds this loses by itself [W].
    pub fn leaks(&self, holds: f64) -> f64 {
        self.self_discharge * holds.max(0.0) / YEAR
    }

    /// How long a new battery lasts at this mean power; none if the sun gives as much as is drawn.
    ///
    /// Of `dE/dt = −P − dE` it is `ln(1 + dE₀/P)/d`, without self-discharge `E₀/P`.
    pub fn lasts(&self, watts: f64) -> Option<Span> {
        let net = watts - self.solar.map_or(0.0, |solar| solar.mean());
        if net <= 0.0 {
            return None;
        }
        let leak = self.self_discharge / YEAR;
        let seconds = if leak > 0.0 { ln_1p(leak * self.usable() / net) / leak } else { self.usable() / net };
        Some(Span::from_seconds(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(self_discharge: f64, solar: Option<Solar>) -> Power {
        Power { capacity: 2_430.0, usable: 0.8, self_discharge, base: 0.0, solar }
    }

    /// By hand: 1,944 J at 10 µW are 194.4 million seconds; losing a share of 0.1 a year, ln(1 + 0.1 · 6.1644)/0.1 =
    /// 4.8025 years.
    #[test]
    fn a_battery_lasts_as_long_as_its_equation_says() {
        let plain = cell(0.0, None).lasts(10e-6).unwrap().seconds();
        assert!((plain / 194.4e6 - 1.0).abs() < 1e-12, "{plain}");
        let years = cell(0.1, None).lasts(10e-6).unwrap().seconds() / YEAR;
        assert!((years - 4.8025).abs() < 1e-3, "{years}");
    }

    /// Pressed into small steps the equation gives the same.
    #[test]
    fn self_discharge_agrees_with_steps() {
        let (cell, watts, step) = (cell(0.2, None), 20e-6, 3_600.0);
        let (mut holds, mut seconds) = (cell.usable(), 0.0);
        while holds > 0.0 {
            holds -= (watts + cell.leaks(holds)) * step;
            seconds += step;
        }
        let closed = cell.lasts(watts).unwrap().seconds();
        assert!((seconds / closed - 1.0).abs() < 1e-3, "{seconds} {closed}");
    }

    /// The mean of a half sine over half of the day is 1/π; nothing comes at night.
    #[test]
    fn the_sun_gives_its_mean_in_a_day_and_nothing_at_night() {
        let solar = Solar { peak: 2.0, clear: 0.5 };
        let at = |hours: u64| SimTime(hours * Span::HOUR.0);
        assert!((solar.gives(0.0, at(0), at(24)) - solar.mean() * 86_400.0).abs() < 1e-6);
        assert!((solar.gives(0.0, at(0), at(12)) - solar.mean() * 43_200.0).abs() < 1e-6);
        assert_eq!(solar.gives(0.0, at(19), at(29)), 0.0);
        assert!((solar.gives(43_200.0, at(0), at(1)) - solar.gives(0.0, at(12), at(13))).abs() < 1e-9);
        assert_eq!(cell(0.1, Some(solar)).lasts(0.3), None);
        assert!(cell(0.1, Some(solar)).lasts(0.4).is_some());
    }
}
