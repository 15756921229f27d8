//! When will a scan notice? Between input changes a patient is deterministic, so the one scan that will see a limit
//! crossed can be found ahead of time, on a copy, and the others need not be rows.

use super::grid::Grid;
use super::infusion::{Body, Infusion, Vitals};
use super::pharmacokinetics::{effect, toward};
use serde::{Deserialize, Serialize};
use sim::time::SimTime;

/// A limit that an alarm, an interlock or a person watches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Saturation below this (0 to 1).
    SaturationBelow(f64),
    /// Arterial carbon dioxide above this [mmHg].
    CarbonDioxideAbove(f64),
    /// Minute ventilation below this [L/min].
    VentilationBelow(f64),
    /// Effect-site concentration below this [ng/mL].
    EffectBelow(f64),
}

/// How far a vital must be inside its limit to be safe from it within one step and from what the argument in
/// [`Infusion::stays_inside`] neglects: saturation, carbon dioxide [mmHg], ventilation [L/min].
const MARGIN: (f64, f64, f64) = (0.02, 1.0, 0.5);

/// Carbon dioxide and ventilation count as settled within this share of each other.
const SETTLED: f64 = 0.02;

impl Limit {
    /// Whether `vitals` lie beyond this limit. A vital that is not a number does not.
    pub fn beyond(self, vitals: &Vitals) -> bool {
        match self {
            Self::SaturationBelow(limit) => vitals.spo2 < limit,
            Self::CarbonDioxideAbove(limit) => vitals.paco2 > limit,
            Self::VentilationBelow(limit) => vitals.ventilation < limit,
            Self::EffectBelow(limit) => vitals.ce < limit,
        }
    }

    /// Whether `vitals` are on the inner side by more than the margin, or on the outer side by more than it.
    fn far(self, vitals: &Vitals, inside: bool) -> bool {
        let room = match self {
            Self::SaturationBelow(limit) => (vitals.spo2 - limit) / MARGIN.0,
            Self::CarbonDioxideAbove(limit) => (limit - vitals.paco2) / MARGIN.1,
            Self::VentilationBelow(limit) => (vitals.ventilation - limit) / MARGIN.2,
            // Two grid instants on one side do not bound what lies between them right after a dose.
            Self::EffectBelow(_) => 0.0,
        };
        if inside { room > 1.0 } else { room < -1.0 }
    }
}

impl Infusion {
    /// The first grid instant after [`now`](Infusion::now) and not after `horizon` at which the patient stands on
    /// the other side of `limit` than now; none when that does not happen under the present input.
    pub fn next_crossing(&self, limit: Limit, horizon: SimTime) -> Option<SimTime> {
        let side = limit.beyond(&self.patient.vitals(&self.body));
        self.next_scan(limit, !side, Self::GRID, SimTime(self.now().0.saturating_add(1)), horizon)
    }

    /// The first instant of `scans` not before `from` nor after `horizon` at which a scan would find `limit`
    /// crossed: the same instant that measuring at every one of them would give.
    pub fn next_noticed(
        &self,
        limit: Limit,
        scans: Grid,
        from: SimTime,
        horizon: SimTime,
    ) -> Option<SimTime> {
        self.next_scan(limit, true, scans, from, horizon)
    }

    /// As [`next_noticed`](Infusion::next_noticed), for the first scan that would find it *not* crossed.
    pub fn next_cleared(
        &self,
        limit: Limit,
        scans: Grid,
        from: SimTime,
        horizon: SimTime,
    ) -> Option<SimTime> {
        self.next_scan(limit, false, scans, from, horizon)
    }

    fn next_scan(
        &self,
        limit: Limit,
        want: bool,
        scans: Grid,
        from: SimTime,
        horizon: SimTime,
    ) -> Option<SimTime> {
        if self.state_at_fault() {
            let held = limit.beyond(&self.patient.vitals(&self.body));
            return if held == want { scans.at_or_after(from, horizon) } else { None };
        }
        let mut scan = scans.at_or_after(from.max(self.now()), horizon)?;
        let (mut body, mut now) = (self.body, self.now());
        let mut vitals = self.patient.vitals(&body);
        let mut last_dose_felt = false;
        loop {
            // The next grid instant, or the end of the look ahead.
            let next = Self::GRID.next(now, SimTime::NEVER)?;
            let later = self.ahead(&body, limit, next, now);
            let later_vitals = self.patient.vitals(&later);
            let both_far =
                last_dose_felt && [&vitals, &later_vitals].into_iter().all(|vitals| limit.far(vitals, want));
            while scan < next {
                // Where both ends lie far on the unwanted side, what lies between them does too.
                let found = !both_far && {
                    let there = if scan == now { body } else { self.ahead(&body, limit, scan, now) };
                    limit.beyond(&self.patient.vitals(&there)) == want
                };
                if found {
                    return Some(scan);
                }
                scan = scans.next(scan, horizon)?;
            }
            (body, now, vitals) = (later, next, later_vitals);
            last_dose_felt = true;
            if want && self.stays_inside(limit, &body, &vitals) {
                return None;
            }
        }
    }

    /// The body at `to`, a step or less from `now`. The effect-site concentration does not depend on the gases, so
    /// that a watch on it alone leaves them where they are.
    fn ahead(&self, body: &Body, limit: Limit, to: SimTime, now: SimTime) -> Body {
        let span = to.since(now);
        match limit {
            Limit::EffectBelow(_) => {
                let decay = self.patient.decay(span);
                Body { modes: toward(&body.modes, self.rest(), &decay.whole), gases: body.gases }
            }
            _ => self.patient.step(body, self.rest(), span),
        }
    }

    /// Whether the patient will not cross `limit` from inside any more under the present input.
    ///
    /// Each mode falls or rises towards its rest, so the effect-site concentration never rises by more than the
    /// sum of the rising modes' ways, nor falls by more than the falling ones'. Once carbon dioxide has settled, a
    /// rise moves ventilation by no more than if it came at once (the feedback's answer to a step is positive and
    /// largest at the start), and a fall helps; from the lowest ventilation follow the lowest saturation and the
    /// highest carbon dioxide.
    fn stays_inside(&self, limit: Limit, body: &Body, vitals: &Vitals) -> bool {
        let (mut rise, mut fall) = (0.0, 0.0);
        for (rest, mode) in self.rest().iter().zip(&body.modes) {
            rise += (rest - mode).max(0.0);
            fall += (mode - rest).max(0.0);
        }
        if let Limit::EffectBelow(limit) = limit {
            return vitals.ce - fall > limit * (1.0 + 1e-9);
        }
        let breathing = &self.patient.respiration;
        let settled = (body.gases.arterial_co2 / body.gases.centre_co2 - 1.0).abs() < SETTLED
            && (vitals.ve_share * body.gases.arterial_co2 / breathing.paco2 - 1.0).abs() < SETTLED;
        let worst = vitals.ve_share * breathing.left(effect(&body.modes) + rise) / breathing.left(vitals.ce)
            * (1.0 - SETTLED);
        let lasting = Vitals {
            ve_share: worst,
            ventilation: worst * breathing.ventilation,
            spo2: breathing.lasting_saturation(worst).min(vitals.spo2),
            paco2: (breathing.paco2 / worst).max(vitals.paco2),
            ..*vitals
        };
        settled && limit.far(vitals, true) && limit.far(&lasting, true)
    }
}
