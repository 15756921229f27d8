//! Patients on an opioid: plants that orders, hands, buttons and attackers act on, each beside its shadow.
//!
//! The shadow has what was ordered, without interruption, and its own button. Harm that both suffer is the
//! environment's; what only the real patient suffers is charged to whoever moved its input.
//!
//! # Differs from the real thing
//! The shadow needs no answers: under an ordered programme nobody's breathing crossed a limit in the populations
//! tried, and if it does, it counts as the environment's. Depressed breathing is met by holding the drug; antidote
//! and oxygen are left out. Without a monitor it is found on the next round.

use super::slots::Slots;
use crate::site::classes::{NOTICED, PRESS, RESUME};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::{Component, Entity, IntoScheduleConfigs, Query, ResMut, Resource};
use bevy_ecs::world::World;
use devices::plant::constants::Constants;
use devices::plant::crossing::Limit;
use devices::plant::grid::Grid;
use devices::plant::harm::Harm;
use devices::plant::infusion::Infusion;
use devices::plant::person::{Drug, Person, STEP};
use devices::plant::therapy::{Button, Press, Programme};
use devices::plant::twin::{Charged, Input, Side, Twin};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, Who, kind};
use sim::luck::Draws;
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// How a patient on an opioid stands.
#[derive(Component, Clone, Debug)]
pub struct OnOpioid {
    who: Who,
    slot: usize,
    twin: Twin,
    programme: Programme,
    buttons: [Button; 2],
    /// Cells of each harm told so far.
    told: [u64; 3],
    /// Counts changes of the real input, so that an earlier look ahead is known.
    epoch: u32,
    /// The emitter by which a monitor calls for this patient.
    monitor: Option<u32>,
    /// Whether the pump gives something.
    running: bool,
    /// Whether the programme in force is wrong, and by whose doing.
    wrong: Option<Charge>,
    /// Who stopped the pump, if it does not run.
    stopped_by: Charge,
    /// The next press of each side.
    presses: [SimTime; 2],
}

/// All of them, and whom their harm may be charged to.
#[derive(Resource, Debug, Default)]
pub struct Opioids {
    entities: Vec<Entity>,
    /// The charges that were named to twins, by their key.
    charges: BTreeMap<u64, Charge>,
    topic: Topic,
    environment: CauseId,
    error: f64,
    factor: f64,
    hold: Span,
    scan: Scan,
    draws: Option<Draws>,
    carried: SimTime,
    programmings: u64,
}

/// The limit that a monitor alarms at, and how often it looks.
type Scan = Option<(Limit, Grid)>;

/// How far ahead a limit is looked for at a time.
const AHEAD: Span = Span(15 * Span::MINUTE.0);
/// The slot of an alarm that a patient's breathing raised has this bit, and the plant in its lower half.
const RAISED: u64 = 1 << 62;
/// A wrong programming was made.
const WRONG: Kind = kind("programming.wrong");

/// Make the plants of the scenario: patients with a device that acts on them.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = std::sync::Arc::clone(&site.scenario);
    let model = |error: &dyn std::fmt::Display| SiteError::Model {
        what: "opioid-infusion".into(),
        why: error.to_string(),
    };
    let constants = Constants::opioid().map_err(|error| model(&error))?;
    let draws = site.core.luck.purpose("opioid");
    let mut opioids = Opioids {
        topic: site.core.names.topic("opioid-infusion"),
        environment: site.core.names.cause(By::Environment, "the drug as ordered"),
        error: site.numbers.si("care.programming_error")?,
        factor: site.numbers.si("care.programming_error.factor")?,
        hold: Span::from_seconds(site.numbers.si("care.hold_after_depression")?),
        scan: Some((Limit::SaturationBelow(0.90), Grid::every(STEP))),
        draws: Some(draws),
        ..Opioids::default()
    };
    for (_, plant) in scenario.plants.iter().filter(|(_, plant)| plant.process.value == "opioid-infusion") {
        let fentanyl = plant.settings.0.get("drug").and_then(|drug| drug.as_str()) == Some("fentanyl");
        let drug = if fentanyl { Drug::Fentanyl } else { Drug::Remifentanil };
        let selectors: Vec<_> = plant.acts_through.iter().map(|one| one.value.clone()).collect();
        let pumps: Vec<DeviceId> =
            site.ground.selected(&selectors).flat_map(crate::site::ground::Fleet::devices).collect();
        let wanted = plant.patients.as_ref().map_or(u32::MAX, |count| count.value.0);
        for (slot, who) in candidates(site, &pumps, wanted) {
            let key = site.core.names.hash(who);
            let person = Person::draw(&constants, draws, key).map_err(|error| model(&error))?;
            let patient = person.patient(&constants, drug).map_err(|error| model(&error))?;
            let programme =
                Programme::ordered(&constants, &person, &patient, drug).map_err(|error| model(&error))?;
            let mut infusion = Infusion::settled(patient, SimTime::ZERO, programme.settled_rate(&patient));
            infusion.set_rate(SimTime::ZERO, programme.rate);
            let monitor = monitor_of(site, &plant.seen_through, who);
            let patient = OnOpioid {
                who,
                slot,
                twin: Twin::new(infusion),
                programme,
                buttons: [Button::default(), Button::default()],
                told: [0; 3],
                epoch: 0,
                monitor,
                running: true,
                wrong: None,
                stopped_by: Charge { by: opioids.environment, because: CauseId::NONE },
                presses: [SimTime::NEVER; 2],
            };
            let place = opioids.entities.len();
            opioids.entities.push(site.world.spawn(patient).id());
            if let Some(mut slots) = site.world.get_resource_mut::<Slots>() {
                slots.slots[slot].plant = Some(place);
            }
        }
    }
    let count = opioids.entities.len();
    site.world.insert_resource(opioids);
    for plant in 0..count {
        look_for_press(&mut site.core, &mut site.world, plant);
    }
    Ok(())
}

/// The system that carries the plants, for [`sim::tick::Phase::Evolve`].
pub(crate) fn evolve(tick: &mut bevy_ecs::prelude::Schedule) {
    tick.add_systems(carry.in_set(sim::tick::Phase::Evolve));
}

/// The patients who have one of these pumps now: one pump each, as many as wanted, in the order of their names.
fn candidates(site: &Site, pumps: &[DeviceId], wanted: u32) -> Vec<(usize, Who)> {
    let Some(slots) = site.world.get_resource::<Slots>() else { return Vec::new() };
    let mut seen: BTreeMap<Who, usize> = BTreeMap::new();
    for (at, slot) in slots.slots.iter().enumerate() {
        if slot.on && slot.device.is_some_and(|device| pumps.contains(&device)) {
            seen.entry(slot.patient).or_insert(at);
        }
    }
    seen.into_iter().take(wanted as usize).map(|(who, at)| (at, who)).collect()
}

/// The emitter by which a monitor at this patient raises alarms.
fn monitor_of(
    site: &Site,
    seen: &crate::language::list::OneOrMore<crate::language::selector::Selector>,
    who: Who,
) -> Option<u32> {
    let selectors: Vec<_> = seen.iter().map(|one| one.value.clone()).collect();
    let slots = site.world.get_resource::<Slots>()?;
    let staff = site.world.get_resource::<crate::site::staff::Staff>()?;
    let at_patient = |device: DeviceId| {
        site.ground.fleet(device).selected_by(&selectors)
            && slots.of_device.get(&device).is_some_and(|&at| slots.slots[at].patient == who)
    };
    for flow in site.ground.flows.iter().filter(|flow| staff.answering(&flow.name).is_some()) {
        let (first, count) = flow.emitters;
        let own =
            (first..first + count).find(|&emitter| at_patient(site.core.emitters[emitter as usize].owner));
        if own.is_some() {
            return own;
        }
    }
    None
}

/// Work on one patient with everything at hand.
fn with(
    core: &mut Core,
    world: &mut World,
    plant: usize,
    work: impl FnOnce(&mut Core, &mut World, &mut OnOpioid, &mut Opioids),
) {
    let Some(mut opioids) = world.remove_resource::<Opioids>() else { return };
    let entity = opioids.entities.get(plant).copied();
    let taken = entity.and_then(|entity| world.get_entity_mut(entity).ok()?.take::<OnOpioid>());
    if let (Some(entity), Some(mut patient)) = (entity, taken) {
        work(core, world, &mut patient, &mut opioids);
        if let Ok(mut entity) = world.get_entity_mut(entity) {
            entity.insert(patient);
        }
    }
    world.insert_resource(opioids);
}

impl OnOpioid {
    /// Let an input reach one side or both, now, by whose doing.
    fn give(&mut self, core: &mut Core, opioids: &mut Opioids, real: Option<Charge>, input: Input) {
        let key = real.map(|charge| opioids.key(core, charge));
        let keys = key.as_ref().map_or(&[][..], std::slice::from_ref);
        let side = if real.is_some() { Side::Real(keys) } else { Side::Both };
        let now = core.now;
        let (who, shown) = (self.who, opioids.show());
        self.advance(core, &shown, now);
        self.twin
            .apply(now, side, input, &mut |at, harm, to, nanos| shown.charge(core, who, at, harm, to, nanos));
        self.epoch += 1;
    }

    /// Carry both sides to their last grid instant not after `to`. Harm is told cell by cell, at the cell's own
    /// instant, so that it is the same facts wherever windows end.
    fn advance(&mut self, core: &mut Core, shown: &Shown, to: SimTime) {
        let who = self.who;
        while let Some(at) = Infusion::GRID.next(self.twin.real().now(), to) {
            self.twin.advance(at, &mut |at, harm, to, nanos| shown.charge(core, who, at, harm, to, nanos));
            for (told, harm) in self.told.iter_mut().zip(Harm::ALL) {
                let cells = u64::from(self.twin.real().toll(harm).cells);
                let nanos = (cells - std::mem::replace(told, cells)) * STEP.0;
                if nanos > 0 {
                    core.fact_at(at, kind(harm.name()), who, shown.topic, Charge::default(), nanos as i64);
                }
            }
        }
    }
}

/// What is needed to tell a harm's charge.
struct Shown {
    charges: BTreeMap<u64, Charge>,
    topic: Topic,
    environment: CauseId,
}

impl Shown {
    fn charge(&self, core: &mut Core, who: Who, at: SimTime, harm: Harm, to: Charged, nanos: u64) {
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

impl Opioids {
    fn key(&mut self, core: &Core, charge: Charge) -> u64 {
        let key =
            sim::luck::occasion(&[core.names.cause_hash(charge.by), core.names.cause_hash(charge.because)]);
        self.charges.insert(key, charge);
        key
    }

    fn show(&self) -> Shown {
        Shown { charges: self.charges.clone(), topic: self.topic, environment: self.environment }
    }
}

/// Phase Evolve: every patient to the last grid instant before the window's end; harm is told.
fn carry(mut core: ResMut<Core>, opioids: Option<ResMut<Opioids>>, mut patients: Query<&mut OnOpioid>) {
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
    }
}

/// The pump stops giving: it is down, or waits for hands.
pub(super) fn stop(core: &mut Core, world: &mut World, plant: usize, charge: Charge) {
    with(core, world, plant, |core, _, patient, opioids| {
        (patient.running, patient.stopped_by) = (false, charge);
        patient.give(core, opioids, Some(charge), Input::Rate(0.0));
    });
}

/// Hands have programmed the pump: the programme as ordered, or, now and then, ten times of it.
pub(super) fn programmed_by_hand(core: &mut Core, world: &mut World, plant: usize, charge: Charge) {
    with(core, world, plant, |core, _, patient, opioids| {
        opioids.programmings += 1;
        let Some(draws) = opioids.draws else { return };
        let occasion = core.now.0;
        let wrong = draws.chance(opioids.error, core.names.hash(patient.who), occasion);
        patient.running = true;
        patient.wrong = wrong.then_some(charge);
        let factor = if wrong { opioids.factor } else { 1.0 };
        let rate = patient.programme.times(factor).rate;
        if wrong {
            core.fact(WRONG, patient.who, opioids.topic, charge, 1);
        }
        patient.give(core, opioids, Some(charge), Input::Rate(rate));
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
    with(core, world, plant, |core, _, patient, opioids| {
        if patient.running {
            patient.wrong = Some(charge);
            let rate = patient.programme.settled_rate(patient.twin.real().patient()) * opioids.factor;
            patient.give(core, opioids, Some(charge), Input::Rate(rate));
        }
    });
    look_ahead(core, world, plant);
}

/// Whether a monitor or a round will find this patient's breathing depressed, and when.
fn look_ahead(core: &mut Core, world: &mut World, plant: usize) {
    let rounds =
        world.get_resource::<super::answers::Answers>().map_or(Span::HOUR, super::answers::Answers::rounds);
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
pub(super) fn scan(core: &mut Core, world: &mut World, row: Row) {
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
            core.send_now(world, emitter, slot);
        }
        (true, true, None) => hold(core, world, plant),
    }
}

/// Somebody has answered, or will at `at`, an alarm: if this patient's breathing raised it, the drug is held then.
pub(super) fn answered(core: &mut Core, _: &mut World, slot: u64, at: SimTime) {
    if slot & RAISED != 0 {
        let plant = slot & 0xFFFF_FFFF;
        core.push(at, RESUME, plant, 1 << 63 | plant);
    }
}

/// The drug is held, and given again as ordered after a while.
fn hold(core: &mut Core, world: &mut World, plant: usize) {
    let mut again = SimTime::NEVER;
    with(core, world, plant, |core, _, patient, opioids| {
        // Whoever made the programme wrong, or last stopped the pump; without either it is how the body took it.
        let charge = patient.wrong.take().unwrap_or(patient.stopped_by);
        (patient.running, patient.stopped_by) = (false, charge);
        patient.give(core, opioids, Some(charge), Input::Rate(0.0));
        again = core.now + opioids.hold;
    });
    core.push(again, RESUME, plant as u64, plant as u64);
}

/// An answer is there (upper bit), or the drug is given again.
pub(super) fn resume(core: &mut Core, world: &mut World, row: Row) {
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
        }
    });
    look_ahead(core, world, plant);
    look_for_press(core, world, plant);
}

/// When a patient with a button will press it next: one row for the real patient, one for a shadow that differs.
fn look_for_press(core: &mut Core, world: &mut World, plant: usize) {
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
pub(super) fn press(core: &mut Core, world: &mut World, row: Row) {
    let (plant, side) = (row.arg as u32 as usize, (row.arg >> 32) as usize & 1);
    let mut pressed = false;
    with(core, world, plant, |core, _, patient, opioids| {
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
        let keys = key.as_ref().map_or(&[][..], std::slice::from_ref);
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
        if side == 0 && patient.running && patient.wrong.is_some() {
            let more = dose * (opioids.factor - 1.0);
            patient.twin.apply(now, Side::Real(keys), Input::Dose(more), &mut charge);
        }
        patient.epoch += 1;
    });
    if pressed {
        look_for_press(core, world, plant);
        look_ahead(core, world, plant);
    }
}
