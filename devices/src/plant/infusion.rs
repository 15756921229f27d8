//! A patient on an opioid infusion: drug, breathing, and what both have come to.

use super::grid::Grid;
use super::harm::{Harm, Holds, Toll};
use super::person::STEP;
use super::pharmacokinetics::{Decay, Kinetics, Modes, effect, toward};
use super::respiration::{Gases, Respiration};
use super::{PlantDef, PlantError};
use serde::{Deserialize, Serialize};
use sim::time::{SimTime, Span};

/// The opioid infusion, for the list of plants.
pub const DEF: PlantDef = PlantDef {
    id: "opioid-infusion",
    title: "A patient on remifentanil or fentanyl who breathes alone",
    models: &["Minto 1997 or Shafer 1990 kinetics", "Bouillon 2003 respiration", "lung oxygen store"],
    constants: include_str!("../../data/plants/opioid.toml"),
    harms: &[Harm::SevereHypoxaemia.name(), Harm::Hypoxaemia.name(), Harm::Pain.name()],
};

/// What does not change about a patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Patient {
    /// The drug in this body — constant.
    pub kinetics: Kinetics,
    /// This patient's breathing — constant.
    pub respiration: Respiration,
    /// Effect-site concentration under which a patient asks for more [ng/mL] — constant.
    pub comfort: f64,
    /// Effect-site concentration under which it hurts [ng/mL] — constant.
    pub target: f64,
    /// Saturations under which hypoxaemia is severe, and under which it is hypoxaemia — constant.
    pub saturation_limits: [f64; 2],
    /// The decays over a whole step of the grid — constant.
    decay: Decay,
}

/// What changes in a patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Terms of the effect-site concentration [ng/mL] — state.
    pub modes: Modes,
    /// Gases [mmHg] — state.
    pub gases: Gases,
}

/// What can be measured of a patient, without error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vitals {
    /// Effect-site concentration [ng/mL].
    pub ce: f64,
    /// Ventilation as a share of ventilation without drug.
    pub ve_share: f64,
    /// Minute ventilation [L/min].
    pub ventilation: f64,
    /// Arterial saturation (0 to 1).
    pub spo2: f64,
    /// Arterial carbon dioxide [mmHg].
    pub paco2: f64,
}

/// A number that was not one, and was kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When it appeared.
    pub at: SimTime,
    /// What it was.
    pub what: Faulty,
}

/// What was not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Faulty {
    /// A commanded rate: refused, the last one goes on.
    Rate,
    /// A commanded dose: refused.
    Dose,
    /// The effect-site concentration: the patient is held at the last finite state and harm is no longer counted.
    EffectSite,
    /// Carbon dioxide: likewise.
    CarbonDioxide,
    /// Oxygen: likewise.
    Oxygen,
}

/// A patient and the infusion they get.
///
/// The state moves on a grid of absolute instants; only a change of input breaks it, by a partial step to the
/// change and another to the next grid instant. Reading moves nothing.
///
/// # Differs from the real thing
/// As [`Respiration`] and
/// [`Compartments`](super::pharmacokinetics::Compartments); a demand dose arrives at once instead of in half a
/// minute, and the line between pump and vein holds nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Infusion {
    /// The patient — constant.
    pub patient: Patient,
    /// The state at `now`.
    pub body: Body,
    /// The first number that was not one, if any.
    pub fault: Option<Fault>,
    now: SimTime,
    rate: f64,
    rest: Modes,
    tolls: [Toll; 3],
}

impl Patient {
    /// A patient; see the fields.
    ///
    /// # Errors
    /// When a concentration or a limit is not a positive number.
    pub fn new(
        kinetics: Kinetics,
        respiration: Respiration,
        comfort: f64,
        target: f64,
        saturation_limits: [f64; 2],
    ) -> Result<Self, PlantError> {
        let [severe, common] = saturation_limits;
        for (what, value) in
            [("comfort", comfort), ("target", target), ("severe", severe), ("common", common)]
        {
            if !(1e-9..1e9).contains(&value) {
                return Err(PlantError::OutOfRange { what, value, low: 1e-9, high: 1e9 });
            }
        }
        let decay = kinetics.decay(minutes(STEP));
        Ok(Self { kinetics, respiration, comfort, target, saturation_limits, decay })
    }

    /// What `body` shows.
    pub fn vitals(&self, body: &Body) -> Vitals {
        let ce = effect(&body.modes);
        let ve_share = self.respiration.share(self.respiration.left(ce), &body.gases);
        Vitals {
            ce,
            ve_share,
            ventilation: ve_share * self.respiration.ventilation,
            spo2: self.respiration.saturation(&body.gases),
            paco2: body.gases.arterial_co2,
        }
    }

    /// Which harms hold in `body`.
    pub fn holds(&self, body: &Body) -> Holds {
        let saturation = self.respiration.saturation(&body.gases);
        let [severe, common] = self.saturation_limits;
        [saturation < severe, saturation < common, effect(&body.modes) < self.target]
    }

    /// The decays over `span`, kept ready for the grid's own.
    pub(super) fn decay(&self, span: Span) -> Decay {
        if span == STEP { self.decay } else { self.kinetics.decay(minutes(span)) }
    }

    /// `body` after `span` under an infusion that settles at `rest`.
    pub(super) fn step(&self, body: &Body, rest: &Modes, span: Span) -> Body {
        let decay = self.decay(span);
        let modes = toward(&body.modes, rest, &decay.whole);
        let middle = toward(&body.modes, rest, &decay.half);
        let left = [&body.modes, &middle, &modes].map(|modes| self.respiration.left(effect(modes)));
        Body { modes, gases: self.respiration.step(&body.gases, left, minutes(span)) }
    }
}

impl Body {
    /// What in this state is not a number.
    fn faulty(&self) -> Option<Faulty> {
        let Gases { arterial_co2, centre_co2, alveolar_o2 } = self.gases;
        if !self.modes.iter().all(|mode| mode.is_finite()) {
            Some(Faulty::EffectSite)
        } else if !(arterial_co2.is_finite() && centre_co2.is_finite()) {
            Some(Faulty::CarbonDioxide)
        } else if !alveolar_o2.is_finite() {
            Some(Faulty::Oxygen)
        } else {
            None
        }
    }
}

impl Infusion {
    /// The grid on which every infusion moves: whole multiples of the step since the scenario's start.
    pub const GRID: Grid = Grid::every(STEP);

    /// A patient without drug at `at`.
    pub fn new(patient: Patient, at: SimTime) -> Self {
        let body = Body { modes: [0.0; 4], gases: patient.respiration.settled(0.0) };
        Self { patient, body, fault: None, now: at, rate: 0.0, rest: [0.0; 4], tolls: [Toll::default(); 3] }
    }

    /// A patient at `at` in whom an infusion of `rate` [µg/min] has long settled. A rate that is not a finite
    /// number ≥ 0 is refused as by [`set_rate`](Self::set_rate).
    pub fn settled(patient: Patient, at: SimTime, rate: f64) -> Self {
        let mut infusion = Self::new(patient, at);
        infusion.set_rate(at, rate);
        infusion.body.modes = infusion.rest;
        infusion.body.gases = patient.respiration.settled(effect(&infusion.rest));
        infusion
    }

    /// The instant that `body` stands for: a grid instant, or that of an input change since.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Who is infused.
    pub fn patient(&self) -> &Patient {
        &self.patient
    }

    /// The rate now infused [µg/min].
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Where the modes settle under the present rate.
    pub(super) fn rest(&self) -> &Modes {
        &self.rest
    }

    /// What a harm has come to, up to the last grid instant.
    pub fn toll(&self, harm: Harm) -> Toll {
        self.tolls[harm as usize]
    }

    /// Carry the patient to the last grid instant not after `to`.
    pub fn advance(&mut self, to: SimTime) {
        while let Some(at) = Self::GRID.next(self.now, to) {
            self.cell(at);
        }
    }

    /// Carry the patient to the grid instant `at`, the next one, and count the cell that ends there. Gives what
    /// holds there; nothing holds in a patient who is at fault.
    pub(super) fn cell(&mut self, at: SimTime) -> Holds {
        self.step_to(at);
        if self.state_at_fault() {
            return [false; 3];
        }
        let holds = self.patient.holds(&self.body);
        for (toll, holds) in self.tolls.iter_mut().zip(holds) {
            toll.count(at, holds);
        }
        holds
    }

    /// Infuse `rate` [µg/min] from `at` on. An instant before [`now`](Self::now) counts as now. The rate that
    /// already runs changes nothing; one that is not a finite number ≥ 0 is refused and noted as a fault.
    pub fn set_rate(&mut self, at: SimTime, rate: f64) {
        if !(rate.is_finite() && rate >= 0.0) {
            self.note(at, Faulty::Rate);
        } else if rate != self.rate {
            self.break_grid(at);
            self.rate = rate;
            self.rest = self.patient.kinetics.rest(rate);
        }
    }

    /// Give `amount` [µg] at once at `at`. An instant before [`now`](Self::now) counts as now. Nothing changes for
    /// nothing; an amount that is not a finite number ≥ 0 is refused and noted as a fault.
    pub fn bolus(&mut self, at: SimTime, amount: f64) {
        if !(amount.is_finite() && amount >= 0.0) {
            self.note(at, Faulty::Dose);
        } else if amount > 0.0 {
            self.break_grid(at);
            let gain = self.patient.kinetics.gain;
            self.body.modes = [0, 1, 2, 3].map(|i| self.body.modes[i] + amount * gain[i]);
        }
    }

    /// The body at `at`, on a copy; at [`now`](Self::now) when `at` is earlier.
    pub(super) fn body_at(&self, at: SimTime) -> Body {
        let (mut body, mut now) = (self.body, self.now);
        while let Some(next) = Self::GRID.next(now, at) {
            body = self.patient.step(&body, &self.rest, next.since(now));
            now = next;
        }
        if now < at { self.patient.step(&body, &self.rest, at.since(now)) } else { body }
    }

    /// What can be measured at `at`; as of [`now`](Self::now) when `at` is earlier. Changes nothing.
    pub fn measure(&self, at: SimTime) -> Vitals {
        let body = if self.state_at_fault() { self.body } else { self.body_at(at) };
        self.patient.vitals(if body.faulty().is_none() { &body } else { &self.body })
    }

    fn break_grid(&mut self, at: SimTime) {
        self.advance(at);
        if self.now < at {
            self.step_to(at);
        }
    }

    fn step_to(&mut self, at: SimTime) {
        if !self.state_at_fault() {
            let body = self.patient.step(&self.body, &self.rest, at.since(self.now));
            match body.faulty() {
                None => self.body = body,
                // A state's fault is the graver one and takes the place of a refused command's.
                Some(what) => self.fault = Some(Fault { at, what }),
            }
        }
        self.now = at;
    }

    fn note(&mut self, at: SimTime, what: Faulty) {
        self.fault = self.fault.or(Some(Fault { at, what }));
    }

    /// Whether the state itself, not just a command, was not a number.
    pub fn state_at_fault(&self) -> bool {
        !matches!(self.fault, None | Some(Fault { what: Faulty::Rate | Faulty::Dose, .. }))
    }
}

/// A span in minutes, the unit of the rate constants.
pub(super) fn minutes(span: Span) -> f64 {
    span.seconds() / 60.0
}
