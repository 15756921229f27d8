//! Collect now, decrypt later: what somebody who records today can read once a quantum computer breaks the keys.
//!
//! # Differs from the real thing
//! From the day the machine exists it reads everything recorded, at no cost and at once. Records come evenly over the
//! years, as many as the simulated days had.

use sim::math::{exp, ln_1p, pow as powf};

/// When a cryptographically relevant quantum computer comes: a Weibull law from January 2024, given that it has not
/// come before the scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Shape [1].
    pub shape: f64,
    /// Scale [years].
    pub scale: f64,
    /// Years from the law's origin to the scenario's start.
    pub passed: f64,
}

impl Arrival {
    fn hazard(&self, years: f64) -> f64 {
        powf((self.passed + years.max(0.0)) / self.scale, self.shape)
    }

    /// The probability that it has come within so many years of the scenario's start.
    pub fn by(&self, years: f64) -> f64 {
        1.0 - exp(self.hazard(0.0) - self.hazard(years))
    }

    /// The years from the scenario's start after which it has come with probability `u` in [0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        let u = u.clamp(0.0, 1.0 - f64::EPSILON);
        self.scale * powf(self.hazard(0.0) - ln_1p(-u), 1.0 / self.shape) - self.passed
    }
}

/// How a fleet moves to suites that stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Migration {
    /// Years until the first device is moved.
    pub starts: f64,
    /// Years from the first device to the last of those that can be updated where they are.
    pub takes: f64,
    /// The share that can be updated.
    pub updatable: f64,
    /// Years after which each of the others is replaced, evenly from now on.
    pub replaced_within: f64,
}

impl Migration {
    /// Nobody ever moves.
    pub const NEVER: Self =
        Self { starts: f64::INFINITY, takes: 0.0, updatable: 1.0, replaced_within: f64::INFINITY };

    /// The share that has not moved after so many years. What is replaced before the migration starts is replaced by
    /// the same.
    pub fn left(&self, years: f64) -> f64 {
        let since = years - self.starts;
        if since <= 0.0 {
            return 1.0;
        }
        let share = |within: f64| if within > 0.0 { (since / within).min(1.0) } else { 1.0 };
        self.updatable * (1.0 - share(self.takes))
            + (1.0 - self.updatable) * (1.0 - share(self.replaced_within))
    }

    /// Years until the last device has moved.
    pub fn done(&self) -> f64 {
        let updated = if self.updatable > 0.0 { self.takes } else { 0.0 };
        let replaced = if self.updatable < 1.0 { self.replaced_within } else { 0.0 };
        self.starts + updated.max(replaced)
    }
}

/// What a recorder can make of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// Nothing, ever.
    Stands,
    /// It can be read once the machine is there.
    Falls,
    /// It can be read at once.
    Open,
}

/// Records of one sort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Records {
    /// How many are made in a year.
    pub per_year: f64,
    /// How long each must stay secret [years].
    pub secret_for: f64,
    /// What guards it.
    pub guard: Guard,
}

/// Steps to a year.
const STEPS: f64 = 48.0;

impl Records {
    /// Record-years exposed of what is recorded in the coming `horizon` years, if the machine comes after `machine`
    /// years: for each record that has not been moved to a suite that stands, the years from the day it can be read to
    /// the day it need no longer be secret.
    pub fn exposed(&self, migration: &Migration, horizon: f64, machine: f64) -> f64 {
        if self.guard == Guard::Stands || horizon <= 0.0 {
            return 0.0;
        }
        let steps = (horizon * STEPS).ceil();
        let width = horizon / steps;
        let mut sum = 0.0;
        for nth in 0..steps as u64 {
            let made = (nth as f64 + 0.5) * width;
            let readable = if self.guard == Guard::Open { made } else { made.max(machine) };
            sum += migration.left(made) * (made + self.secret_for - readable).max(0.0);
        }
        self.per_year * width * sum
    }

    /// How many years before the machine the last device must have moved for its records never to be read: the
    /// machine's coming less secrecy and migration. Negative is too late (Mosca's inequality).
    pub fn margin(&self, migration: &Migration, machine: f64) -> f64 {
        machine - self.secret_for - migration.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRI: Arrival = Arrival { shape: 1.671, scale: 18.1, passed: 0.0 };

    /// Global Risk Institute 2023: 11 % within five years, 31 % within ten; the note's 52 % and 69 % after 15 and 20.
    #[test]
    fn the_arrival_goes_through_the_experts_points() {
        for (years, expected) in [(5.0, 0.11), (10.0, 0.31), (15.0, 0.52), (20.0, 0.69)] {
            assert!((GRI.by(years) - expected).abs() < 0.01, "{years}: {}", GRI.by(years));
        }
        assert!((GRI.by(GRI.quantile(0.37)) - 0.37).abs() < 1e-9);
    }

    /// P(T < 3 + 5 | T > 3) by hand: 1 − S(8)/S(3).
    #[test]
    fn what_has_not_come_before_comes_later() {
        let later = Arrival { passed: 3.0, ..GRI };
        let by_hand = 1.0 - (1.0 - GRI.by(8.0)) / (1.0 - GRI.by(3.0));
        assert!((later.by(5.0) - by_hand).abs() < 1e-12);
        assert!((later.by(later.quantile(0.5)) - 0.5).abs() < 1e-9);
    }

    /// By integral: records of ten years from 0 to H, the machine at M < H: Σ (t + s − max(t, M)) over t.
    #[test]
    fn record_years_are_the_integral() {
        let records = Records { per_year: 100.0, secret_for: 30.0, guard: Guard::Falls };
        let got = records.exposed(&Migration::NEVER, 10.0, 4.0);
        // Before 4: t + 26, over [0, 4]: 8 + 104; after: 30 over [4, 10]: 180.
        assert!((got / (100.0 * (8.0 + 104.0 + 180.0)) - 1.0).abs() < 1e-6, "{got}");
        let short = Records { secret_for: 1.0, ..records };
        // Only what is made after 3 is secret when the machine comes: (t − 3) over [3, 4], then 1 over [4, 10].
        assert!((short.exposed(&Migration::NEVER, 10.0, 4.0) / 650.0 - 1.0).abs() < 1e-3);
        assert_eq!(short.exposed(&Migration::NEVER, 10.0, 11.0), 0.0);
        let open = Records { guard: Guard::Open, ..short };
        assert!((open.exposed(&Migration::NEVER, 10.0, 99.0) - 1_000.0).abs() < 1e-9);
        assert_eq!(Records { guard: Guard::Stands, ..open }.exposed(&Migration::NEVER, 10.0, 0.0), 0.0);
    }

    /// Half can be updated in four years from the second on; the other half is replaced within ten.
    #[test]
    fn a_fleet_moves_by_updates_and_by_age() {
        let plan = Migration { starts: 1.0, takes: 4.0, updatable: 0.5, replaced_within: 10.0 };
        for (years, left) in [(0.5, 1.0), (1.0, 1.0), (3.0, 0.25 + 0.4), (5.0, 0.3), (11.0, 0.0), (30.0, 0.0)]
        {
            assert!((plan.left(years) - left).abs() < 1e-12, "{years}: {}", plan.left(years));
        }
        assert!((plan.done() - 11.0).abs() < 1e-12);
        assert_eq!(Migration::NEVER.left(1e6), 1.0);
        let records = Records { per_year: 1.0, secret_for: 3.0, guard: Guard::Falls };
        assert!((records.margin(&plan, 20.0) - 6.0).abs() < 1e-12);
    }
}
