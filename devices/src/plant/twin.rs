//! A patient, and the same patient as they would have been: what a harm is charged to.
//!
//! The shadow gets every command, answer and repair at the instant its bare path delivers it. While both have had
//! the same input there is one patient and no shadow; the first one-sided input forks it.

use super::deviation::{Deviation, split};
use super::harm::Harm;
use super::infusion::{Body, Infusion};
use super::person::STEP;
use serde::{Deserialize, Serialize};
use sim::time::SimTime;

/// What reaches a patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// A rate from now on [µg/min].
    Rate(f64),
    /// A dose at once [µg].
    Dose(f64),
}

/// Whom an input reaches; for one side alone, by whose doing (names' hashes, equal parts).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side<'a> {
    /// Both at this instant.
    Both,
    /// The real patient alone: a forged or a late command, a stopped pump, a late answer.
    Real(&'a [u64]),
    /// The shadow alone: a command that reached the real patient otherwise or not yet.
    Shadow(&'a [u64]),
}

/// What one grid cell's harm is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// Both were harmed: it would have happened anyway.
    Environment,
    /// Only the real patient was harmed, by this cause's doing.
    Cause(u64),
    /// Only the shadow was harmed: this cause spared the real patient. A credit, never netted.
    Avoided(u64),
}

/// A patient with their shadow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    real: Infusion,
    shadow: Option<Box<Infusion>>,
    deviation: Deviation,
}

/// Both agree when they get the same rate and neither the concentration, now or ever after, nor the gases differ
/// by more than this: effect-site concentration [ng/mL] and gases [mmHg]. A hundredth of an analgesic
/// concentration and a third of what a blood gas analyser resolves; assumption.
pub const AGREEMENT: (f64, f64) = (0.01, 0.1);

impl Twin {
    /// A patient who has had what they should.
    pub fn new(real: Infusion) -> Self {
        let deviation = Deviation::default();
        Self { real, shadow: None, deviation }
    }

    /// The real patient.
    pub fn real(&self) -> &Infusion {
        &self.real
    }

    /// The patient as they would have been; the real one while both agree. Its tolls are its own only since the
    /// fork: harm is charged by [`advance`](Self::advance), cell by cell.
    pub fn shadow(&self) -> &Infusion {
        self.shadow.as_deref().unwrap_or(&self.real)
    }

    /// Whether both agree.
    pub fn agree(&self) -> bool {
        self.shadow.is_none()
    }

    /// Let `input` reach `side` at `at`. The patients are carried there first, so `charge` is told of the cells
    /// that end on the way, as by [`advance`](Self::advance).
    pub fn apply(
        &mut self,
        at: SimTime,
        side: Side<'_>,
        input: Input,
        charge: &mut impl FnMut(SimTime, Harm, Charged, u64),
    ) {
        self.advance(at, charge);
        let gap = self.gap();
        let causes = match side {
            Side::Both => &[][..],
            Side::Real(causes) | Side::Shadow(causes) => {
                self.shadow.get_or_insert_with(|| Box::new(self.real.clone()));
                causes
            }
        };
        if !matches!(side, Side::Shadow(_)) {
            give(&mut self.real, at, input);
        }
        if let (Some(shadow), Side::Both | Side::Shadow(_)) = (&mut self.shadow, side) {
            give(shadow, at, input);
        }
        match input {
            Input::Dose(amount) if side != Side::Both && amount.is_finite() => {
                self.deviation.dose(at, amount, causes);
            }
            Input::Dose(_) => {}
            Input::Rate(_) if self.real.rate() == self.shadow().rate() => self.deviation.rejoin(at),
            Input::Rate(_) => self.deviation.shift(at, self.gap() - gap, causes),
        }
    }

    /// Carry both to their last grid instant not after `to`; `charge` is told (instant, harm, to whom, ns) for each
    /// grid cell that is harmed. The parts of a cell sum to the cell, in whole nanoseconds.
    pub fn advance(&mut self, to: SimTime, charge: &mut impl FnMut(SimTime, Harm, Charged, u64)) {
        while let Some(at) = Infusion::GRID.next(self.real.now(), to) {
            let real = self.real.cell(at);
            let Some(shadow) = &mut self.shadow else {
                for (harm, _) in Harm::ALL.into_iter().zip(real).filter(|(_, holds)| *holds) {
                    charge(at, harm, Charged::Environment, STEP.0);
                }
                continue;
            };
            let bare = shadow.cell(at);
            for ((harm, real), bare) in Harm::ALL.into_iter().zip(real).zip(bare) {
                if real && bare {
                    charge(at, harm, Charged::Environment, STEP.0);
                } else if real || bare {
                    let moved = self.deviation.moved(at);
                    for ((cause, _), part) in moved.iter().zip(split(STEP.0, &moved)) {
                        let to = if real { Charged::Cause(*cause) } else { Charged::Avoided(*cause) };
                        if part > 0 {
                            charge(at, harm, to, part);
                        }
                    }
                }
            }
            self.join();
        }
    }

    /// How far the real rate is above the shadow's [µg/min].
    fn gap(&self) -> f64 {
        self.real.rate() - self.shadow().rate()
    }

    /// Give up the shadow once both agree; what is left of the difference is below what anyone could tell.
    fn join(&mut self) {
        let agree = |shadow: &Infusion| {
            shadow.rate() == self.real.rate()
                && shadow.state_at_fault() == self.real.state_at_fault()
                && close(&self.real.body, &shadow.body)
        };
        if self.shadow.as_deref().is_some_and(agree) {
            self.shadow = None;
            self.deviation.clear();
        }
    }
}

fn give(infusion: &mut Infusion, at: SimTime, input: Input) {
    match input {
        Input::Rate(rate) => infusion.set_rate(at, rate),
        Input::Dose(amount) => infusion.bolus(at, amount),
    }
}

/// Whether two bodies under the same rate agree. The sum of the modes' differences bounds the concentration's
/// difference at every later instant, deep compartments and all.
fn close(a: &Body, b: &Body) -> bool {
    let apart: f64 = a.modes.iter().zip(&b.modes).map(|(a, b)| (a - b).abs()).sum();
    apart <= AGREEMENT.0
        && (a.gases.arterial_co2 - b.gases.arterial_co2).abs() <= AGREEMENT.1
        && (a.gases.centre_co2 - b.gases.centre_co2).abs() <= AGREEMENT.1
        && (a.gases.alveolar_o2 - b.gases.alveolar_o2).abs() <= AGREEMENT.1
}
