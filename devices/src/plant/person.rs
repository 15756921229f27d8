//! Who lies in the bed, and what that makes of drugs and breathing.

use super::PlantError;
use super::constants::Constants;
use super::infusion::Patient;
use super::pharmacokinetics::{Compartments, Kinetics};
use super::respiration::Respiration;
use serde::{Deserialize, Serialize};
use sim::law::Law;
use sim::luck::Draws;
use sim::math::normal_quantile;
use sim::time::Span;

/// Sex, as the lean body mass formula needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// A woman.
    Woman,
    /// A man.
    Man,
}

/// What is infused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drug {
    /// Minto's remifentanil: gone in minutes.
    Remifentanil,
    /// Shafer's fentanyl: its tail is seen for hours. With the respiration measured under remifentanil: our
    /// combination, on the assumption that equal effect-site concentrations depress breathing equally.
    Fentanyl,
}

/// A person, as far as the plants know them.
///
/// # Differs from the real thing
/// No illness, no other drugs, no tolerance. What differs between people beyond age, sex and size is one factor
/// on the concentration that halves ventilation and one on the concentration that relieves pain, independent of
/// each other. Fentanyl's volumes are the same for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Age [a].
    pub age: f64,
    /// Weight [kg].
    pub weight: f64,
    /// Height [cm].
    pub height: f64,
    /// Sex.
    pub sex: Sex,
    /// This person's half-ventilation concentration over the typical one.
    pub sensitivity: f64,
    /// This person's analgesic concentration over the typical one.
    pub need: f64,
}

/// The internal step of the infusion plant [ns]: 5 s, at which the error of the gases is below 0.03 mmHg (a test).
pub const STEP: Span = Span(5 * Span::SECOND.0);

impl Person {
    /// The volunteer of the reference runs: a man of 40 years, 70 kg and 170 cm, typical in all else.
    pub const TYPICAL: Self =
        Self { age: 40.0, weight: 70.0, height: 170.0, sex: Sex::Man, sensitivity: 1.0, need: 1.0 };

    /// The person drawn for `entity` (a patient's name as a hash).
    ///
    /// # Errors
    /// When a constant of the population is missing.
    pub fn draw(constants: &Constants, draws: Draws, entity: u64) -> Result<Self, PlantError> {
        let law = |name| constants.get("population", name);
        let unit = |occasion| draws.unit(entity, occasion);
        let sex = if unit(0) < 0.5 { Sex::Woman } else { Sex::Man };
        let (low, mode, high) = (law("age_low")?, law("age_mode")?, law("age_high")?);
        let age = Law::Triangular { low, mode, high }.quantile(unit(1));
        let tall = if sex == Sex::Man { law("height_man")? } else { law("height_woman")? };
        let height = tall + law("height_sd")? * normal_quantile(unit(2)).clamp(-3.0, 3.0);
        let lognormal = |median, sigma, u| Law::Lognormal { median, sigma, min: 0.0 }.quantile(u);
        let index = lognormal(law("bmi_median")?, law("bmi_sigma")?, unit(3));
        let index = index.clamp(law("bmi_low")?, law("bmi_high")?);
        let weight = index * (height / 100.0) * (height / 100.0);
        let sensitivity = lognormal(1.0, law("c50_sigma")?, unit(4));
        let need = lognormal(1.0, constants.get("therapy", "need_sigma")?, unit(5));
        Ok(Self { age, weight, height, sex, sensitivity, need })
    }

    /// Lean body mass [kg] by James's formula.
    ///
    /// # Errors
    /// When a constant is missing.
    pub fn lean(&self, constants: &Constants) -> Result<f64, PlantError> {
        let (a, b) = match self.sex {
            Sex::Man => ("man_a", "man_b"),
            Sex::Woman => ("woman_a", "woman_b"),
        };
        let slimness = self.weight / self.height;
        Ok(constants.get("lean", a)? * self.weight - constants.get("lean", b)? * slimness * slimness)
    }

    /// What `drug` does in this person's body.
    ///
    /// # Errors
    /// When the person lies outside the range for which the model was made (20 to 85 years, 30 to 200 kg, 120 to
    /// 220 cm), or a constant is missing.
    pub fn kinetics(&self, constants: &Constants, drug: Drug) -> Result<Kinetics, PlantError> {
        for (what, value, low, high) in [
            ("age", self.age, 20.0, 85.0),
            ("weight", self.weight, 30.0, 200.0),
            ("height", self.height, 120.0, 220.0),
        ] {
            if !(low..=high).contains(&value) {
                return Err(PlantError::OutOfRange { what, value, low, high });
            }
        }
        let compartments = match drug {
            Drug::Remifentanil => self.minto(constants)?,
            Drug::Fentanyl => {
                let get = |name| constants.get("fentanyl", name);
                let (v1, ke0) = (get("v1")?, get("ke0")?);
                let [k10, k12, k13] = [get("k10")?, get("k12")?, get("k13")?];
                Compartments { v1, k10, k12, k13, k21: get("k21")?, k31: get("k31")?, ke0 }
            }
        };
        Kinetics::new(compartments)
    }

    /// Minto's parameters: each is linear in age and lean body mass.
    fn minto(&self, constants: &Constants) -> Result<Compartments, PlantError> {
        let get = |name| constants.get("remifentanil", name);
        let (years, kilos) = (self.age - 40.0, self.lean(constants)? - 55.0);
        let v1 = get("v1")? + get("v1_age")? * years + get("v1_lean")? * kilos;
        let v2 = get("v2")? + get("v2_age")? * years + get("v2_lean")? * kilos;
        let cl1 = get("cl1")? + get("cl1_age")? * years + get("cl1_lean")? * kilos;
        let cl2 = get("cl2")? + get("cl2_age")? * years;
        let cl3 = get("cl3")? + get("cl3_age")? * years;
        let ke0 = get("ke0")? + get("ke0_age")? * years;
        let k31 = cl3 / get("v3")?;
        Ok(Compartments { v1, k10: cl1 / v1, k12: cl2 / v1, k13: cl3 / v1, k21: cl2 / v2, k31, ke0 })
    }

    /// This person as a patient on `drug`.
    ///
    /// # Errors
    /// As [`Person::kinetics`], or when a factor is not between 0.01 and 100.
    pub fn patient(&self, constants: &Constants, drug: Drug) -> Result<Patient, PlantError> {
        for (what, value) in [("sensitivity", self.sensitivity), ("need", self.need)] {
            if !(0.01..=100.0).contains(&value) {
                return Err(PlantError::OutOfRange { what, value, low: 0.01, high: 100.0 });
            }
        }
        let therapy = |name| constants.get("therapy", name);
        let (comfort, target) = match drug {
            Drug::Remifentanil => {
                let target = therapy("remifentanil_target")? * self.need;
                (target * therapy("remifentanil_headroom")?, target)
            }
            Drug::Fentanyl => {
                let comfort = therapy("fentanyl_mec_median")? * self.need;
                (comfort, comfort * therapy("fentanyl_pain_share")?)
            }
        };
        let respiration = Respiration::new(constants, self.sensitivity)?;
        let limits = |name| constants.get("limits", name);
        Patient::new(
            self.kinetics(constants, drug)?,
            respiration,
            comfort,
            target,
            [limits("severe_hypoxaemia")?, limits("hypoxaemia")?],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::luck::{Luck, member, name_hash};

    /// By hand from the published formulas: 1.1·70 − 128·(70/170)² = 55.2976 kg.
    #[test]
    fn the_typical_man_has_the_published_parameters() {
        let constants = Constants::opioid().unwrap();
        assert!((Person::TYPICAL.lean(&constants).unwrap() - 55.297578).abs() < 1e-6);
        let drug = Person::TYPICAL.kinetics(&constants, Drug::Remifentanil).unwrap().compartments;
        assert!((drug.v1 - 5.121426).abs() < 1e-6);
        assert!((drug.clearance() - 2.605684).abs() < 1e-6);
        assert_eq!(drug.ke0, 0.595);
    }

    #[test]
    fn everyone_who_is_drawn_can_be_a_patient() {
        let constants = Constants::opioid().unwrap();
        let draws = Luck { seed: 1, replication: 0 }.purpose("person");
        for i in 0..5_000 {
            let person = Person::draw(&constants, draws, member(name_hash("ward"), i)).unwrap();
            assert!((18.4..35.1).contains(&(person.weight / person.height / person.height * 1e4)));
            for drug in [Drug::Remifentanil, Drug::Fentanyl] {
                person.patient(&constants, drug).unwrap();
            }
        }
    }

    #[test]
    fn who_was_not_studied_is_refused_by_name() {
        let constants = Constants::opioid().unwrap();
        for person in [
            Person { age: 3.0, ..Person::TYPICAL },
            Person { weight: f64::NAN, ..Person::TYPICAL },
            Person { height: 0.0, ..Person::TYPICAL },
        ] {
            assert!(person.patient(&constants, Drug::Remifentanil).is_err(), "{person:?}");
        }
        let odd = Person { sensitivity: 0.0, ..Person::TYPICAL };
        assert!(odd.patient(&constants, Drug::Fentanyl).unwrap_err().to_string().contains("sensitivity"));
    }
}
