//! Where an intravenous drug is: three compartments and an effect site, solved exactly.
//!
//! The system is linear, so its solution between two input changes is a sum of four exponentials. The state is
//! kept as those four terms (*modes*) of the effect-site concentration; a step of any length multiplies each by
//! its own decay, which is exact, costs nothing when the length is the grid's, and needs no matrix.

use super::PlantError;
use serde::{Deserialize, Serialize};
use sim::math::exp;

/// Rate constants of a three-compartment drug with an effect site [min⁻¹], and its central volume.
///
/// # Differs from the real thing
/// Mixing within a compartment is instant; the line and the first pass through the lungs take no time; clearance
/// does not change with cardiac output, temperature or organ failure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compartments {
    /// Central volume [L] — constant.
    pub v1: f64,
    /// Elimination from the central compartment [min⁻¹] — constant.
    pub k10: f64,
    /// From the central to the fast compartment [min⁻¹] — constant.
    pub k12: f64,
    /// From the central to the slow compartment [min⁻¹] — constant.
    pub k13: f64,
    /// Back from the fast compartment [min⁻¹] — constant.
    pub k21: f64,
    /// Back from the slow compartment [min⁻¹] — constant.
    pub k31: f64,
    /// Between central compartment and effect site [min⁻¹] — constant.
    pub ke0: f64,
}

/// The terms of the effect-site concentration [ng/mL] — state: the three of the compartments, fastest first, and
/// the effect site's own.
pub type Modes = [f64; 4];

/// The factors by which each mode decays over a whole step and over its first half.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decay {
    /// Over the step.
    pub whole: Modes,
    /// Over half of it.
    pub half: Modes,
}

/// A drug's kinetics in one patient, solved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kinetics {
    /// What was solved.
    pub compartments: Compartments,
    /// The decay rate of each mode [min⁻¹] — constant.
    pub rates: Modes,
    /// What a dose of 1 µg into the central compartment adds to each mode [ng/mL] — constant; sums to zero.
    pub gain: Modes,
    /// By what a compartment mode is multiplied to give its share of the central concentration — constant.
    central: [f64; 3],
}

impl Compartments {
    /// Total clearance [L/min].
    pub fn clearance(&self) -> f64 {
        self.k10 * self.v1
    }

    /// The eigenvalues of the three compartments with their sign turned [min⁻¹], largest first.
    ///
    /// The characteristic polynomial's roots interlace with k21 and k31, so bisection finds each to the last bit.
    fn eigenvalues(&self) -> [f64; 3] {
        let Self { k10, k12, k13, k21, k31, .. } = *self;
        let a2 = k10 + k12 + k13 + k21 + k31;
        let a1 = k10 * k21 + k10 * k31 + k12 * k31 + k13 * k21 + k21 * k31;
        let a0 = k10 * k21 * k31;
        let polynomial = |x: f64| ((x - a2) * x + a1) * x - a0;
        let (low, high) = (k21.min(k31), k21.max(k31));
        let root = |mut negative: f64, mut positive: f64| {
            // Halving a bracket of doubles 200 times leaves neighbours, wherever it began.
            for _ in 0..200 {
                let middle = 0.5 * (negative + positive);
                if polynomial(middle) < 0.0 { negative = middle } else { positive = middle }
            }
            0.5 * (negative + positive)
        };
        [root(high, a2), root(high, low), root(0.0, low)]
    }
}

impl Kinetics {
    /// Solve `compartments`.
    ///
    /// # Errors
    /// When a constant is not positive and finite, or two rates (of modes, or back from the compartments) lie within a thousandth of each other, where the
    /// four terms cancel and digits are lost.
    pub fn new(compartments: Compartments) -> Result<Self, PlantError> {
        let Compartments { v1, k10, k12, k13, k21, k31, ke0 } = compartments;
        for (what, value) in
            [("v1", v1), ("k10", k10), ("k12", k12), ("k13", k13), ("k21", k21), ("k31", k31), ("ke0", ke0)]
        {
            if !(1e-9..1e9).contains(&value) {
                return Err(PlantError::OutOfRange { what, value, low: 1e-9, high: 1e9 });
            }
        }
        let [l1, l2, l3] = compartments.eigenvalues();
        let rates = [l1, l2, l3, ke0];
        let pairs = [(l1, l2), (l2, l3), (l1, l3), (l1, ke0), (l2, ke0), (l3, ke0), (k21, k31)];
        for (first, second) in pairs {
            if (first - second).abs() < 1e-3 * first.max(second) {
                return Err(PlantError::CoincidentRates { first, second });
            }
        }
        let mut gain = [0.0; 4];
        let mut central = [0.0; 3];
        for (i, (here, [j, k])) in [(l1, [l2, l3]), (l2, [l1, l3]), (l3, [l1, l2])].into_iter().enumerate() {
            let share = (k21 - here) * (k31 - here) / ((j - here) * (k - here));
            gain[i] = ke0 / (ke0 - here) * share / v1;
            central[i] = (ke0 - here) / ke0;
        }
        gain[3] = -(gain[0] + gain[1] + gain[2]);
        Ok(Self { compartments, rates, gain, central })
    }

    /// Where the modes settle under a constant infusion of `rate` [µg/min].
    pub fn rest(&self, rate: f64) -> Modes {
        [0, 1, 2, 3].map(|i| self.gain[i] * rate / self.rates[i])
    }

    /// The decays over a step of `minutes`.
    pub fn decay(&self, minutes: f64) -> Decay {
        Decay {
            whole: self.rates.map(|rate| exp(-rate * minutes)),
            half: self.rates.map(|rate| exp(-rate * minutes * 0.5)),
        }
    }

    /// The drug's amounts [µg]: central, fast, slow compartment, effect site (in units of the central volume).
    pub fn amounts(&self, modes: &Modes) -> [f64; 4] {
        let Compartments { v1, k12, k13, k21, k31, .. } = self.compartments;
        let mut amounts = [0.0, 0.0, 0.0, effect(modes) * v1];
        for ((mode, central), rate) in modes.iter().zip(self.central).zip(self.rates) {
            let here = mode * central * v1;
            amounts[0] += here;
            // A compartment with A' = k_in·A1 − k_out·A carries k_in / (k_out − λ) of each of A1's modes.
            amounts[1] += here * k12 / (k21 - rate);
            amounts[2] += here * k13 / (k31 - rate);
        }
        amounts
    }
}

/// The effect-site concentration [ng/mL].
pub fn effect(modes: &Modes) -> f64 {
    // Far below any dose the four terms cancel to rounding noise of either sign.
    (modes[0] + modes[1] + modes[2] + modes[3]).max(0.0)
}

/// `modes` after the time that `decay` stands for, on their way to `rest`.
pub fn toward(modes: &Modes, rest: &Modes, decay: &Modes) -> Modes {
    [0, 1, 2, 3].map(|i| rest[i] + (modes[i] - rest[i]) * decay[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fentanyl() -> Kinetics {
        let (v1, ke0) = (6.09, 0.147);
        Kinetics::new(Compartments { v1, k10: 0.0827, k12: 0.471, k13: 0.225, k21: 0.102, k31: 0.006, ke0 })
            .unwrap()
    }

    /// Conservation: what is in the body grows by what is infused less what is eliminated.
    #[test]
    fn drug_is_neither_made_nor_lost() {
        let drug = fentanyl();
        let (rate, minutes, n) = (2.0, 0.05, 20_000);
        let (rest, decay) = (drug.rest(rate), drug.decay(minutes));
        let mut modes = drug.gain.map(|gain| 100.0 * gain);
        let mut eliminated = 0.0;
        let mut before = drug.amounts(&modes)[0];
        for _ in 0..n {
            let middle = drug.amounts(&toward(&modes, &rest, &decay.half))[0];
            modes = toward(&modes, &rest, &decay.whole);
            let after = drug.amounts(&modes)[0];
            eliminated += drug.compartments.k10 * minutes * (before + 4.0 * middle + after) / 6.0; // Simpson
            before = after;
        }
        let [a1, a2, a3, _] = drug.amounts(&modes);
        let given = 100.0 + rate * minutes * f64::from(n);
        assert!((a1 + a2 + a3 + eliminated - given).abs() < 1e-6 * given, "{a1} {a2} {a3} {eliminated}");
    }

    #[test]
    fn a_long_infusion_settles_at_rate_over_clearance() {
        let drug = fentanyl();
        assert!((effect(&drug.rest(1.0)) - 1.0 / drug.compartments.clearance()).abs() < 1e-12);
    }

    #[test]
    fn many_small_steps_are_one_large_step() {
        let drug = fentanyl();
        let mut modes = drug.gain.map(|gain| 50.0 * gain);
        let once = toward(&modes, &drug.rest(1.0), &drug.decay(60.0).whole);
        for _ in 0..720 {
            modes = toward(&modes, &drug.rest(1.0), &drug.decay(1.0 / 12.0).whole);
        }
        for (a, b) in once.iter().zip(&modes) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn constants_that_make_no_drug_are_refused() {
        let good = fentanyl().compartments;
        assert!(Kinetics::new(Compartments { k10: f64::NAN, ..good }).is_err());
        assert!(Kinetics::new(Compartments { v1: 0.0, ..good }).is_err());
        assert!(Kinetics::new(Compartments { k31: good.k21, ..good }).is_err());
    }
}
