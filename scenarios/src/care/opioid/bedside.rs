//! The bedside: what starts, stops and changes an infusion, and how depressed breathing is found.

use super::button::look_for_press;
use super::{AHEAD, RAISED, WRONG, with};
use crate::care::journal::{self, Act};
use crate::care::slots::Slots;
use crate::site::classes::{NOTICED, RESUME};
use bevy_ecs::world::World;
use devices::plant::grid::Grid;
use devices::plant::twin::Input;
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::{SimTime, Span};

/// The pump stops giving: it is down, or waits for hands.
pub(in crate::care) fn stop(core: &mut Core, world: &mut World, plant: usize, charge: Charge) {
    with(core, world, plant, |core, world, patient, opioids| {
        (patient.running, patient.stopped_by) = (false, charge);
        patient.give(core, opioids, Some(charge), Input::Rate(0.0));
        patient.tell(core, world, charge, Act::PumpStopped);
    });
}

/// Hands have programmed the pump: the programme as ordered, or, now and then, ten times of it. `occasion` names what
/// called for it, whenever it is done.
pub(in crate::care) fn programmed_by_hand(
    core: &mut Core,
    world: &mut World,
    plant: usize,
    charge: Charge,
    occasion: u64,
) {
    with(core, world, plant, |core, world, patient, opioids| {
        opioids.programmings += 1;
        let Some(draws) = opioids.draws else { return };
        let wrong = draws.chance(opioids.error, core.names.hash(patient.who), occasion);
        patient.running = true;
        patient.wrong = wrong.then_some(charge);
        let factor = if wrong { opioids.factor } else { 1.0 };
        let rate = patient.programme.times(factor).rate;
        if wrong {
            core.fact(WRONG, patient.who, opioids.topic, charge, 1);
        }
        patient.give(core, opioids, Some(charge), Input::Rate(rate));
        patient.tell(core, world, charge, Act::Programmed { factor });
    });
    look_ahead(core, world, plant);
    look_for_press(core, world, plant);
}

/// An attacker commands the pump that this device is.
pub fn tamper(core: &mut Core, world: &mut World, device: DeviceId, campaign: CauseId) {
    let plant =
        world.get_resource::<Slots>().and_then(|slots| slots.slots[*slots.of_device.get(&device)?].plant);
    let Some(plant) = plant else { return };
    let charge = Charge { by: campaign, because: CauseId::NONE };
    with(core, world, plant, |core, world, patient, opioids| {
        if patient.running {
            patient.wrong = Some(charge);
            let rate = patient.programme.settled_rate(patient.twin.real().patient()) * opioids.factor;
            patient.give(core, opioids, Some(charge), Input::Rate(rate));
            patient.tell(core, world, charge, Act::Tampered { factor: opioids.factor });
        }
    });
    look_ahead(core, world, plant);
}

/// Whether a monitor or a round will find this patient's breathing depressed, and when.
pub(super) fn look_ahead(core: &mut Core, world: &mut World, plant: usize) {
    let rounds = world
        .get_resource::<crate::care::answers::Answers>()
        .map_or(Span::HOUR, crate::care::answers::Answers::rounds);
    let mut row = None;
    with(core, world, plant, |core, _, patient, opioids| {
        if patient.twin.agree() && patient.wrong.is_none() {
            return;
        }
        let Some((limit, mut scans)) = opioids.scan else { return };
        if patient.monitor.is_none() {
            // Somebody looks in once a round, at an instant of the patient's own.
            let phase = opioids
                .draws
                .map_or(0, |draws| draws.below(rounds.0, core.names.hash(patient.who), u64::MAX));
            scans = Grid { origin: SimTime(phase), step: rounds };
        }
        let ahead = if patient.monitor.is_some() { AHEAD } else { rounds };
        let found = patient.twin.real().next_noticed(limit, scans, core.now, core.now + ahead);
        let (at, seen) = found.map_or((core.now + ahead, 0), |at| (at, 1));
        row =
            Some((at, u64::from(patient.who.0), seen << 63 | u64::from(patient.epoch) << 32 | plant as u64));
    });
    if let Some((at, id, arg)) = row {
        core.push(at, NOTICED, id, arg);
    }
}

/// A scan finds breathing depressed, or it is time to look further ahead.
pub(in crate::care) fn scan(core: &mut Core, world: &mut World, row: Row) {
    let (plant, epoch) = (row.arg as u32 as usize, (row.arg >> 32) as u32 & 0x7FFF_FFFF);
    let mut monitor = None;
    let mut current = false;
    with(core, world, plant, |_, _, patient, _| {
        current = patient.epoch == epoch;
        monitor = patient.monitor;
    });
    match (current, row.arg >> 63 == 1, monitor) {
        (false, ..) => (),
        (true, false, _) => look_ahead(core, world, plant),
        (true, true, Some(emitter)) => {
            let slot = RAISED | u64::from(epoch) << 32 | plant as u64;
            let owner = core.emitters[emitter as usize].owner();
            journal::device(core, world, owner, Charge::default(), Act::AlarmRaised);
            core.send_now(world, emitter, slot);
        }
        (true, true, None) => {
            with(core, world, plant, |core, world, patient, _| {
                patient.tell(core, world, Charge::default(), Act::SeenOnRound);
            });
            hold(core, world, plant);
        }
    }
}

/// Whether this alarm's slot says that a patient's breathing raised it.
pub(in crate::care) const fn raised(slot: u64) -> bool {
    slot & RAISED != 0
}

/// Somebody has answered, or will at `at`, an alarm: if this patient's breathing raised it, the drug is held then.
pub(in crate::care) fn answered(core: &mut Core, _: &mut World, slot: u64, at: SimTime) {
    if raised(slot) {
        let plant = slot & 0xFFFF_FFFF;
        core.push(at, RESUME, plant, 1 << 63 | plant);
    }
}

/// The drug is held, and given again as ordered after a while.
fn hold(core: &mut Core, world: &mut World, plant: usize) {
    let mut again = SimTime::NEVER;
    with(core, world, plant, |core, world, patient, opioids| {
        // Whoever made the programme wrong, or last stopped the pump; without either it is how the body took it.
        let charge = patient.wrong.take().unwrap_or(patient.stopped_by);
        (patient.running, patient.stopped_by) = (false, charge);
        patient.give(core, opioids, Some(charge), Input::Rate(0.0));
        patient.tell(core, world, charge, Act::DrugHeld);
        again = core.now + opioids.hold;
    });
    core.push(again, RESUME, plant as u64, plant as u64);
}

/// An answer is there (upper bit), or the drug is given again.
pub(in crate::care) fn resume(core: &mut Core, world: &mut World, row: Row) {
    let plant = row.arg as u32 as usize;
    if row.arg >> 63 == 1 {
        return hold(core, world, plant);
    }
    with(core, world, plant, |core, world, patient, opioids| {
        let halted =
            world.get_resource::<Slots>().is_some_and(|slots| slots.slots[patient.slot].halted_by.is_some());
        if !halted {
            patient.running = true;
            let rate = patient.programme.rate;
            let charge = patient.stopped_by;
            patient.give(core, opioids, Some(charge), Input::Rate(rate));
            patient.tell(core, world, charge, Act::DrugResumed);
        }
    });
    look_ahead(core, world, plant);
    look_for_press(core, world, plant);
}
