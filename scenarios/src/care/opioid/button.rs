//! The button: a patient whose pump gives doses on demand presses when it hurts.

use super::bedside::look_ahead;
use super::{AHEAD, with};
use crate::care::journal::Act;
use crate::site::classes::PRESS;
use bevy_ecs::world::World;
use devices::plant::crossing::Limit;
use devices::plant::therapy::Press;
use devices::plant::twin::{Input, Side};
use sim::core::Core;
use sim::row::Row;
use sim::time::Span;

/// When a patient with a button will press it next: one row for the real patient, one for a shadow that differs.
pub(super) fn look_for_press(core: &mut Core, world: &mut World, plant: usize) {
    for side in 0..2_usize {
        let mut row = None;
        with(core, world, plant, |core, _, patient, _| {
            let body = if side == 0 { patient.twin.real() } else { patient.twin.shadow() };
            if patient.programme.demand.is_none() || side == 1 && patient.twin.agree() {
                return;
            }
            let comfort = Limit::EffectBelow(body.patient().comfort);
            let ahead = core.now + AHEAD;
            let hurts = comfort.beyond(&body.measure(core.now));
            let at = if hurts { Some(core.now) } else { body.next_crossing(comfort, ahead) };
            let ready = patient.buttons[side].ready(&patient.programme, at.unwrap_or(ahead));
            // A press that is refused for the four-hour limit is tried again after the lockout.
            let next = ready.max(core.now + patient.programme.demand.map_or(AHEAD, |demand| demand.lockout));
            patient.presses[side] =
                if hurts || at.is_some() { ready.max(core.now + Span::SECOND) } else { next };
            row = Some((patient.presses[side], u64::from(patient.who.0)));
        });
        if let Some((at, id)) = row {
            core.push(at, PRESS, id, (side as u64) << 32 | plant as u64);
        }
    }
}

/// A patient presses the button, if it hurts enough; the pump gives what its programme says, if it runs.
pub(in crate::care) fn press(core: &mut Core, world: &mut World, row: Row) {
    let (plant, side) = (row.arg as u32 as usize, (row.arg >> 32) as usize & 1);
    let mut pressed = false;
    with(core, world, plant, |core, world, patient, opioids| {
        if patient.presses[side] != row.at || side == 1 && patient.twin.agree() {
            return;
        }
        pressed = true;
        let body = if side == 0 { patient.twin.real() } else { patient.twin.shadow() };
        if !Limit::EffectBelow(body.patient().comfort).beyond(&body.measure(core.now)) {
            return;
        }
        let together = patient.twin.agree();
        let Press::Dose(dose) = patient.buttons[side].press(&patient.programme, core.now) else { return };
        if together {
            patient.buttons[1] = patient.buttons[0].clone();
        }
        let by = if patient.running { patient.wrong } else { Some(patient.stopped_by) };
        let key = by.map(|charge| opioids.key(core, charge));
        let keys = key.as_slice();
        let (who, now, shown) = (patient.who, core.now, opioids.show());
        patient.advance(core, &shown, now);
        let mut charge = |at, harm, to, nanos| shown.charge(core, who, at, harm, to, nanos);
        let shadow = side == 1 || together && !patient.running;
        let both = together && patient.running;
        let apply = if both {
            Side::Both
        } else if shadow {
            Side::Shadow(keys)
        } else {
            Side::Real(keys)
        };
        if both || shadow || patient.running {
            patient.twin.apply(now, apply, Input::Dose(dose), &mut charge);
        }
        let more = if side == 0 && patient.running && patient.wrong.is_some() {
            dose * (opioids.factor - 1.0)
        } else {
            0.0
        };
        if more > 0.0 {
            patient.twin.apply(now, Side::Real(keys), Input::Dose(more), &mut charge);
        }
        let got = if both || !shadow && patient.running { dose + more } else { 0.0 };
        let act = Act::Pressed { dose: got, shadow_dose: if both || shadow { dose } else { 0.0 } };
        patient.tell(core, world, by.unwrap_or_default(), act);
        patient.epoch += 1;
    });
    if pressed {
        look_for_press(core, world, plant);
        look_ahead(core, world, plant);
    }
}
