//! The books: harm told as facts, and charged to whoever moved the input.

use super::{OnOpioid, Opioids};
use crate::care::journal::Journal;
use bevy_ecs::prelude::{Query, ResMut};
use devices::plant::harm::Harm;
use devices::plant::person::STEP;
use devices::plant::twin::Charged;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Topic, Who, kind};
use sim::simulation::Engine;
use sim::time::SimTime;
use std::collections::BTreeMap;

/// What is needed to tell a harm's charge.
pub(super) struct Shown {
    pub(super) charges: BTreeMap<u64, Charge>,
    pub(super) topic: Topic,
    pub(super) environment: CauseId,
}

impl Shown {
    pub(super) fn charge(&self, core: &mut Core, who: Who, at: SimTime, harm: Harm, to: Charged, nanos: u64) {
        let (charge, credit) = match to {
            Charged::Environment => (Charge { by: self.environment, because: CauseId::NONE }, false),
            Charged::Cause(key) => (self.charges.get(&key).copied().unwrap_or_default(), false),
            Charged::Avoided(key) => (self.charges.get(&key).copied().unwrap_or_default(), true),
        };
        let shared = nanos < STEP.0;
        let name = match (harm, credit, shared) {
            (Harm::SevereHypoxaemia, false, false) => "charge.hypoxaemia",
            (Harm::SevereHypoxaemia, false, true) => "charge.hypoxaemia.shared",
            (Harm::SevereHypoxaemia, true, _) => "credit.hypoxaemia",
            (Harm::Pain, false, false) => "charge.pain",
            (Harm::Pain, false, true) => "charge.pain.shared",
            (Harm::Pain, true, _) => "credit.pain",
            (Harm::Hypoxaemia, ..) => return,
        };
        core.fact_at(at, kind(name), who, self.topic, charge, nanos as i64);
    }
}

/// Phase Evolve: every patient to the last grid instant before the window's end; harm is told.
pub(super) fn carry(
    mut core: ResMut<Engine>,
    opioids: Option<ResMut<Opioids>>,
    mut journal: Option<ResMut<Journal>>,
    mut patients: Query<&mut OnOpioid>,
) {
    let Some(mut opioids) = opioids else { return };
    let end = SimTime(core.window_end().0.min(core.horizon.0) - 1);
    if end.0 / STEP.0 == opioids.carried.0 / STEP.0 && opioids.carried != SimTime::ZERO {
        return;
    }
    opioids.carried = end;
    let shown = opioids.show();
    for &entity in &opioids.entities {
        let Ok(mut patient) = patients.get_mut(entity) else { continue };
        patient.advance(&mut core, &shown, end);
        if let Some(journal) = &mut journal {
            journal.stand(patient.who, end, patient.twin.agree(), patient.agreed);
        }
    }
}
