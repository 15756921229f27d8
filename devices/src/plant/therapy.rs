//! What is ordered for a patient, and what a pump gives when its button is pressed.

use super::PlantError;
use super::constants::Constants;
use super::infusion::Patient;
use super::person::{Drug, Person};
use serde::{Deserialize, Serialize};
use sim::time::{SimTime, Span};
use std::collections::VecDeque;

/// A pump's programme.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    /// Background infusion [µg/min].
    pub rate: f64,
    /// Doses on demand, for a patient-controlled pump.
    pub demand: Option<Demand>,
}

/// What a press of the button may give.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// One dose [µg].
    pub dose: f64,
    /// No dose sooner after the last [ns].
    pub lockout: Span,
    /// No more than this in any four hours [µg].
    pub four_hours: f64,
}

/// What a press came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Press {
    /// This dose [µg].
    Dose(f64),
    /// Too soon after the last one.
    LockedOut,
    /// The four-hour limit is reached.
    LimitReached,
    /// The pump gives nothing on demand.
    NoDemand,
}

/// What a patient-controlled pump remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Button {
    given: VecDeque<(SimTime, f64)>,
}

const FOUR_HOURS: Span = Span(4 * Span::HOUR.0);

impl Programme {
    /// What a competent prescriber orders for `person` on `drug`.
    ///
    /// Remifentanil: the rate that holds the patient's comfort concentration, as titration finds it, in the label's
    /// steps and range. Fentanyl: demand doses without background, as advised for patients who breathe alone.
    ///
    /// # Errors
    /// When a constant is missing.
    pub fn ordered(
        constants: &Constants,
        person: &Person,
        patient: &Patient,
        drug: Drug,
    ) -> Result<Self, PlantError> {
        let therapy = |name| constants.get("therapy", name);
        Ok(match drug {
            Drug::Remifentanil => {
                let (low, high) = (therapy("remifentanil_rate_low")?, therapy("remifentanil_rate_high")?);
                let step = therapy("remifentanil_rate_step")?;
                let exact = patient.comfort * patient.kinetics.compartments.clearance() / person.weight;
                let titrated = ((exact / step).round() * step).clamp(low, high);
                Self { rate: titrated * person.weight, demand: None }
            }
            Drug::Fentanyl => {
                let lockout = Span::from_seconds(60.0 * therapy("pca_lockout")?);
                let (dose, four_hours) = (therapy("pca_dose")?, therapy("pca_four_hours")?);
                Self { rate: 0.0, demand: Some(Demand { dose, lockout, four_hours }) }
            }
        })
    }

    /// The programme with every amount `factor` times what was meant: a slipped decimal point, a wrong
    /// concentration.
    pub fn times(self, factor: f64) -> Self {
        let demand = self.demand.map(|demand| Demand {
            dose: demand.dose * factor,
            four_hours: demand.four_hours * factor,
            ..demand
        });
        Self { rate: self.rate * factor, demand }
    }

    /// The rate [µg/min] at which a patient who has long been on this therapy is settled: the programme's own, and
    /// with a button what holds the comfort concentration at which the patient presses.
    pub fn settled_rate(&self, patient: &Patient) -> f64 {
        let held = patient.comfort * patient.kinetics.compartments.clearance();
        if self.demand.is_some() { held.max(self.rate) } else { self.rate }
    }
}

impl Button {
    /// A press at `at` under `programme`; a dose that is given is remembered.
    pub fn press(&mut self, programme: &Programme, at: SimTime) -> Press {
        let Some(demand) = programme.demand else { return Press::NoDemand };
        while self.given.front().is_some_and(|(then, _)| at.since(*then) >= FOUR_HOURS) {
            self.given.pop_front();
        }
        let sum: f64 = self.given.iter().map(|(_, dose)| dose).sum();
        if self.given.back().is_some_and(|(then, _)| at.since(*then) < demand.lockout) {
            Press::LockedOut
        } else if sum + demand.dose > demand.four_hours {
            Press::LimitReached
        } else {
            self.given.push_back((at, demand.dose));
            Press::Dose(demand.dose)
        }
    }

    /// The first instant not before `at` at which a press would not be locked out.
    pub fn ready(&self, programme: &Programme, at: SimTime) -> SimTime {
        match (programme.demand, self.given.back()) {
            (Some(demand), Some((then, _))) => at.max(*then + demand.lockout),
            _ => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: u64) -> SimTime {
        SimTime(n * Span::MINUTE.0)
    }

    #[test]
    fn the_button_keeps_its_lockout_and_its_four_hours() {
        let demand = Demand { dose: 20.0, lockout: Span(6 * Span::MINUTE.0), four_hours: 60.0 };
        let programme = Programme { rate: 0.0, demand: Some(demand) };
        let mut button = Button::default();
        assert_eq!(button.press(&programme, minute(0)), Press::Dose(20.0));
        assert_eq!(button.press(&programme, minute(5)), Press::LockedOut);
        assert_eq!(button.ready(&programme, minute(5)), minute(6));
        assert_eq!(button.press(&programme, minute(6)), Press::Dose(20.0));
        assert_eq!(button.press(&programme, minute(12)), Press::Dose(20.0));
        assert_eq!(button.press(&programme, minute(239)), Press::LimitReached);
        assert_eq!(button.press(&programme, minute(240)), Press::Dose(20.0));
        assert_eq!(button.press(&Programme { rate: 1.0, demand: None }, minute(9)), Press::NoDemand);
    }

    /// 1.33 ng/mL times 2.6057 L/min over 70 kg is 0.0495 µg/kg/min: 0.05 in the label's steps.
    #[test]
    fn the_typical_man_is_ordered_the_reference_rate() {
        let constants = Constants::opioid().unwrap();
        let patient = Person::TYPICAL.patient(&constants, Drug::Remifentanil).unwrap();
        let ordered = Programme::ordered(&constants, &Person::TYPICAL, &patient, Drug::Remifentanil).unwrap();
        assert!((ordered.rate - 0.05 * 70.0).abs() < 1e-12);
        assert!((ordered.times(10.0).rate - 35.0).abs() < 1e-12);
    }
}
