//! How an opioid changes breathing: carbon dioxide as an indirect response, oxygen as a store in the lung.

use super::PlantError;
use super::constants::Constants;
use serde::{Deserialize, Serialize};
use sim::math::{pow, sqrt};

/// The gases of a patient [mmHg] — state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gases {
    /// Arterial carbon dioxide.
    pub arterial_co2: f64,
    /// Carbon dioxide at the respiratory centre, which follows the arterial one.
    pub centre_co2: f64,
    /// Oxygen in the alveoli.
    pub alveolar_o2: f64,
}

/// One patient's respiration: the indirect-response model of Bouillon et al. 2003 with a gas balance for oxygen.
///
/// # Differs from the real thing
/// The paper's abstract gives the values, not the equations: their form is reconstructed. Oxygen is stored in the
/// lung alone, so saturation falls faster than in life, where blood and tissue hold about as much again. Room air,
/// no supplementary oxygen; no arousal by pain, voice or alarm; no airway obstruction; no sleep; nobody dies: a
/// patient left in apnoea stays there until the drug wears off. Volumes are those of the volunteers, for
/// everyone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Respiration {
    /// Exponent of the ventilatory answer to carbon dioxide — constant.
    pub gain: f64,
    /// Between arterial carbon dioxide and the respiratory centre [min⁻¹] — constant.
    pub ke0_co2: f64,
    /// Arterial carbon dioxide without drug [mmHg] — constant.
    pub paco2: f64,
    /// Minute ventilation without drug [L/min] — constant.
    pub ventilation: f64,
    /// Elimination of carbon dioxide without drug [min⁻¹] — constant.
    pub kel_co2: f64,
    /// Effect-site concentration that halves ventilation at unchanged carbon dioxide [ng/mL] — constant.
    pub c50: f64,
    /// Hill coefficient of that effect — constant.
    pub hill: f64,
    /// Oxygen in moist inspired air [mmHg] — constant.
    pub inspired: f64,
    /// Share of ventilation that reaches the alveoli — constant.
    pub alveolar_share: f64,
    /// Oxygen uptake times the gas factor [mmHg·L/min] — constant.
    pub uptake: f64,
    /// Alveolar oxygen under which uptake falls in proportion [mmHg] — constant.
    pub uptake_fails_below: f64,
    /// Lung volume [L] — constant.
    pub lung: f64,
    /// Alveolar less arterial oxygen [mmHg] — constant.
    pub gradient: f64,
    /// The dissociation curve's cubic constant [mmHg³] — constant.
    pub curve: f64,
    /// The dissociation curve's linear constant [mmHg²] — constant.
    pub curve_slope: f64,
}

impl Respiration {
    /// The volunteers' respiration, for a patient whose `c50` is `sensitivity` times theirs.
    ///
    /// # Errors
    /// When a constant is missing.
    pub fn new(constants: &Constants, sensitivity: f64) -> Result<Self, PlantError> {
        let breath = |name| constants.get("respiration", name);
        let oxygen = |name| constants.get("oxygen", name);
        Ok(Self {
            gain: breath("gain")?,
            ke0_co2: breath("ke0_co2")?,
            paco2: breath("paco2")?,
            ventilation: breath("ventilation")?,
            kel_co2: breath("kel_co2")?,
            c50: breath("c50")? * sensitivity,
            hill: breath("hill")?,
            inspired: oxygen("inspired")?,
            alveolar_share: oxygen("alveolar_share")?,
            uptake: oxygen("uptake")? * oxygen("factor")?,
            uptake_fails_below: oxygen("uptake_fails_below")?,
            lung: oxygen("lung")?,
            gradient: oxygen("gradient")?,
            curve: oxygen("curve")?,
            curve_slope: oxygen("curve_slope")?,
        })
    }

    /// The share of ventilation that the drug leaves at unchanged carbon dioxide, for an effect-site concentration.
    pub fn left(&self, ce: f64) -> f64 {
        let c = ce / self.c50;
        // The published coefficient 1.25 needs two square roots; a power costs ten times as much.
        let effect = if self.hill == 1.25 { c * sqrt(sqrt(c)) } else { pow(c, self.hill) };
        1.0 / (1.0 + effect)
    }

    /// Ventilation as a share of ventilation without drug.
    pub fn share(&self, left: f64, gases: &Gases) -> f64 {
        left * pow(gases.centre_co2 / self.paco2, self.gain)
    }

    /// Arterial saturation (0 to 1) by the Severinghaus curve.
    pub fn saturation(&self, gases: &Gases) -> f64 {
        let arterial = (gases.alveolar_o2 - self.gradient).max(0.0);
        1.0 / (1.0 + self.curve / (arterial * (arterial * arterial + self.curve_slope)))
    }

    /// The saturation that a lasting ventilation of `share` holds.
    pub fn lasting_saturation(&self, share: f64) -> f64 {
        let alveolar_o2 = self.inspired - self.uptake / (self.alveolar_share * self.ventilation * share);
        self.saturation(&Gases { arterial_co2: self.paco2, centre_co2: self.paco2, alveolar_o2 })
    }

    /// The gases that a lasting effect-site concentration holds, in closed form: ventilation d^(1/(F+1)) and carbon
    /// dioxide P₀ d^(−1/(F+1)), d being the share that the drug leaves.
    pub fn settled(&self, ce: f64) -> Gases {
        let share = pow(self.left(ce), 1.0 / (self.gain + 1.0));
        let alveolar = self.alveolar_share * self.ventilation * share;
        let uptake_limited = self.inspired - self.uptake / alveolar;
        // Below the point where uptake fails, the balance is linear in oxygen.
        let starved = alveolar * self.inspired / (alveolar + self.uptake / self.uptake_fails_below);
        let alveolar_o2 = if uptake_limited >= self.uptake_fails_below { uptake_limited } else { starved };
        Gases { arterial_co2: self.paco2 / share, centre_co2: self.paco2 / share, alveolar_o2 }
    }

    /// One Runge-Kutta step of fourth order over `minutes`; `left` is what the drug leaves at the step's start,
    /// middle and end.
    ///
    /// The ventilatory answer q^F (q the centre's carbon dioxide over its normal value) is carried as a fourth
    /// variable with (q^F)' = F q^F q'/q, set anew from q at each step: one power instead of four, at the same
    /// order.
    pub fn step(&self, gases: &Gases, left: [f64; 3], minutes: f64) -> Gases {
        let start = [
            gases.arterial_co2,
            gases.centre_co2,
            gases.alveolar_o2,
            pow(gases.centre_co2 / self.paco2, self.gain),
        ];
        let along = |slope: &[f64; 4], h: f64| [0, 1, 2, 3].map(|i| start[i] + h * slope[i]);
        let k1 = self.slope(&start, left[0]);
        let k2 = self.slope(&along(&k1, 0.5 * minutes), left[1]);
        let k3 = self.slope(&along(&k2, 0.5 * minutes), left[1]);
        let k4 = self.slope(&along(&k3, minutes), left[2]);
        let end = |i: usize| start[i] + minutes / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
        Gases { arterial_co2: end(0), centre_co2: end(1), alveolar_o2: end(2) }
    }

    fn slope(&self, [arterial, centre, oxygen, answer]: &[f64; 4], left: f64) -> [f64; 4] {
        let share = left * answer;
        let centre_slope = self.ke0_co2 * (arterial - centre);
        let uptake = self.uptake * (oxygen / self.uptake_fails_below).min(1.0);
        [
            self.kel_co2 * (self.paco2 - share * arterial),
            centre_slope,
            (self.alveolar_share * self.ventilation * share * (self.inspired - oxygen) - uptake) / self.lung,
            self.gain * answer * centre_slope / centre,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volunteer() -> Respiration {
        Respiration::new(&Constants::opioid().unwrap(), 1.0).unwrap()
    }

    /// Closed form of the published model at 2 ng/mL, computed apart from this program: 54.1037 mmHg, 0.78368.
    #[test]
    fn two_nanograms_settle_where_the_closed_form_says() {
        let volunteer = volunteer();
        let mut gases = volunteer.settled(0.0);
        let left = volunteer.left(2.0);
        for _ in 0..12 * 300 {
            gases = volunteer.step(&gases, [left; 3], 1.0 / 12.0);
        }
        assert!((gases.arterial_co2 - 54.1037).abs() < 5e-5, "{gases:?}");
        assert!((volunteer.share(left, &gases) - 0.78368).abs() < 5e-6);
        let closed = volunteer.settled(2.0);
        assert!((closed.arterial_co2 - gases.arterial_co2).abs() < 1e-9);
        assert!((closed.alveolar_o2 - gases.alveolar_o2).abs() < 1e-9);
    }

    #[test]
    fn five_second_steps_agree_with_half_second_steps() {
        let volunteer = volunteer();
        let (mut coarse, mut fine) = (volunteer.settled(0.0), volunteer.settled(0.0));
        let mut worst = 0.0_f64;
        for _ in 0..12 * 60 {
            // Concentration jumps to ten times what halves ventilation: the roughest the model meets.
            let left = [volunteer.left(9.2); 3];
            coarse = volunteer.step(&coarse, left, 1.0 / 12.0);
            for _ in 0..10 {
                fine = volunteer.step(&fine, left, 1.0 / 120.0);
            }
            worst = worst
                .max((coarse.arterial_co2 - fine.arterial_co2).abs())
                .max((coarse.alveolar_o2 - fine.alveolar_o2).abs());
        }
        // Three hundredths of a mmHg, a tenth of what a blood gas analyser resolves.
        assert!(worst < 0.03, "{worst} mmHg");
    }
}
