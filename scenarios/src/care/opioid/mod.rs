//! Patients on an opioid: plants that orders, hands, buttons and attackers act on, each beside its shadow.
//!
//! The shadow has what was ordered, without interruption, and its own button. Harm that both suffer is the
//! environment's; what only the real patient suffers is charged to whoever moved its input.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `bedside` | hands, answers and attackers: what starts, stops and changes an infusion |
//! | `button` | the patient's own hand |
//! | `books` | harm as it is told and charged |
//!
//! # Differs from the real thing
//! The shadow needs no answers: under an ordered programme nobody's breathing crossed a limit in the populations
//! tried, and if it does, it counts as the environment's. Depressed breathing is met by holding the drug; antidote
//! and oxygen are left out. Without a monitor it is found on the next round.

mod bedside;
mod books;
mod button;

use books::{Shown, carry};
use button::look_for_press;

pub use bedside::tamper;
pub(in crate::care) use bedside::{answered, programmed_by_hand, raised, resume, scan, stop};
pub(in crate::care) use button::press;

use crate::care::journal::{self, Act, Journal};
use crate::care::slots::Slots;
use crate::keep::{Part, Whose};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::{Component, Entity, IntoScheduleConfigs, Resource};
use bevy_ecs::world::World;
use devices::plant::constants::Constants;
use devices::plant::crossing::Limit;
use devices::plant::grid::Grid;
use devices::plant::harm::Harm;
use devices::plant::infusion::Infusion;
use devices::plant::person::{Drug, Person, STEP};
use devices::plant::therapy::{Button, Programme};
use devices::plant::twin::{Input, Side, Twin};
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, Who, kind};
use sim::keep::{self, KeepError};
use sim::luck::Draws;
use sim::message::DeviceId;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// How a patient on an opioid stands.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
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
    /// When the patient and the shadow last came to agree.
    agreed: SimTime,
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
pub(in crate::care) fn install(site: &mut Site) -> Result<(), SiteError> {
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
                agreed: SimTime::ZERO,
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

sim::kept!(Opioids { charges, carried, programmings } built {
    entities, topic, environment, error, factor, hold, scan, draws
});

/// Everybody whose process is simulated.
pub(in crate::care) fn patients(world: &World) -> impl Iterator<Item = Who> {
    let entities = world.get_resource::<Opioids>().map_or(&[][..], |opioids| &opioids.entities);
    entities.iter().filter_map(|&entity| world.get::<OnOpioid>(entity)).map(|patient| patient.who)
}

fn keep_patients(world: &World) -> Result<Option<Vec<u8>>, KeepError> {
    let Some(opioids) = world.get_resource::<Opioids>() else { return Ok(None) };
    let patients = opioids.entities.iter().filter_map(|&entity| world.get::<OnOpioid>(entity));
    keep::write("patients", &patients.collect::<Vec<_>>()).map(Some)
}

fn lay_patients(world: &mut World, bytes: &[u8]) -> Result<(), KeepError> {
    let patients: Vec<OnOpioid> = keep::read("patients", bytes)?;
    let entities =
        world.get_resource::<Opioids>().map(|opioids| opioids.entities.clone()).unwrap_or_default();
    if entities.len() != patients.len() {
        return Err(KeepError::Differs { what: "patients" });
    }
    for (entity, patient) in entities.into_iter().zip(patients) {
        if let Some(mut own) = world.get_mut::<OnOpioid>(entity) {
            *own = patient;
        }
    }
    Ok(())
}

/// Every patient's body, in the order of the plants.
pub(crate) const PATIENTS: Part =
    Part { name: "patients", whose: Whose::World, keep: keep_patients, lay: lay_patients };

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
            (first..first + count).find(|&emitter| at_patient(site.core.emitters[emitter as usize].owner()));
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
        if let Some(mut journal) = world.get_resource_mut::<Journal>() {
            journal.stand(patient.who, core.now, patient.twin.agree(), patient.agreed);
        }
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
        let keys = key.as_slice();
        let side = if real.is_some() { Side::Real(keys) } else { Side::Both };
        let now = core.now;
        let (who, shown) = (self.who, opioids.show());
        self.advance(core, &shown, now);
        self.twin
            .apply(now, side, input, &mut |at, harm, to, nanos| shown.charge(core, who, at, harm, to, nanos));
        self.epoch += 1;
    }

    /// Tell the journal what was done about the pump.
    fn tell(&self, core: &Core, world: &mut World, charge: Charge, act: Act) {
        let rates = [self.twin.real().rate(), self.twin.shadow().rate()];
        journal::pump(core, world, self.who, charge, act, rates);
    }

    /// Carry both sides to their last grid instant not after `to`. Harm is told cell by cell, at the cell's own
    /// instant, so that it is the same facts wherever windows end.
    fn advance(&mut self, core: &mut Core, shown: &Shown, to: SimTime) {
        let who = self.who;
        while let Some(at) = Infusion::GRID.next(self.twin.real().now(), to) {
            let apart = !self.twin.agree();
            self.twin.advance(at, &mut |at, harm, to, nanos| shown.charge(core, who, at, harm, to, nanos));
            if apart && self.twin.agree() {
                self.agreed = at;
            }
            for (told, harm) in self.told.iter_mut().zip(Harm::ALL) {
                let cells = self.twin.real().toll(harm).cells;
                let nanos = (cells - std::mem::replace(told, cells)) * STEP.0;
                if nanos > 0 {
                    core.fact_at(at, kind(harm.name()), who, shown.topic, Charge::default(), nanos as i64);
                }
            }
        }
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
