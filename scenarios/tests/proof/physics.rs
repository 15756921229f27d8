//! Contract: harm has a way to come about, and no other. On a perfect network, where nothing happens and nobody
//! attacks, all harm is the environment's. The loss of all access points and of the way out stops no infusion. An
//! adversary's tenfold rate depresses breathing within minutes, and its harm is the campaign's. A control that
//! reboots a pump on a patient interrupts the therapy, and answers for it.

use crate::hostile::{CAMPAIGN, opioid_pumps, tamper_at};
use crate::{begin, finish, hospital};
use bevy_ecs::prelude::World;
use scenarios::care::slots::Slots;
use scenarios::care::{self, NEEDED};
use scenarios::language::fleet::Link;
use scenarios::language::laws::TimeLaw;
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Share;
use scenarios::site::devices::reboot;
use scenarios::site::ground::Ground;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Fact, Kind, Who, kind};
use sim::kinds::{LOST, UNSENT};
use sim::message::DeviceId;
use sim::row::{Class, Row};
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

const HYPOXAEMIA: Kind = kind("harm.hypoxaemia");
const HYPOXAEMIA_90: Kind = kind("harm.hypoxaemia-90");
const PAIN: Kind = kind("harm.pain");
const CHARGES: [Kind; 4] = [
    kind("charge.hypoxaemia"),
    kind("charge.hypoxaemia.shared"),
    kind("charge.pain"),
    kind("charge.pain.shared"),
];

/// The hospital where nothing happens and nobody attacks.
fn quiet(hours: u64) -> Scenario {
    let mut scenario = hospital(hours);
    scenario.happenings.clear();
    scenario.campaigns.clear();
    scenario.services.values_mut().for_each(|service| service.value.outage = Default::default());
    scenario
}

/// What was recorded, summed by kind and by what it is about; and what harm was charged to.
#[derive(Default)]
struct Sums {
    about: BTreeMap<(Kind, String), i64>,
    harm_by: BTreeMap<(By, String), i64>,
    first_below_90: BTreeMap<Who, SimTime>,
}

impl Sums {
    fn add(&mut self, fact: &Fact, core: &Core) {
        let topic = core.names.topic_name(fact.topic).to_owned();
        *self.about.entry((fact.kind, topic)).or_default() += fact.amount;
        if fact.kind == HYPOXAEMIA_90 {
            self.first_below_90.entry(fact.who).or_insert(fact.at);
        }
        if CHARGES.contains(&fact.kind) {
            let cause = core.names.cause_of(fact.charge.by).expect("a charge without a cause");
            *self.harm_by.entry((cause.by, cause.name.clone())).or_default() += fact.amount;
        }
    }

    fn of(&self, kind: Kind, topic: &str) -> i64 {
        self.about.get(&(kind, topic.to_owned())).copied().unwrap_or_default()
    }

    fn all(&self, kind: Kind) -> i64 {
        self.about.iter().filter(|((known, _), _)| *known == kind).map(|(_, amount)| amount).sum()
    }
}

#[test]
fn on_a_perfect_network_all_harm_is_the_environments() {
    let mut scenario = quiet(8);
    scenario.conduits.values_mut().for_each(|conduit| conduit.value.loss = Share(0.0));
    for fleet in scenario.fleets.values_mut() {
        let class = fleet.device_class().expect("a class");
        fleet.value.link =
            Some(Link { bandwidth: None, latency: TimeLaw(class.link.latency), loss: Share(0.0) });
    }
    let mut sums = Sums::default();
    finish(begin(&Arc::new(scenario), "none"), |fact, core| sums.add(fact, core));
    assert_eq!(sums.all(LOST) + sums.all(UNSENT), 0);
    sums.harm_by.retain(|cause, _| cause.0 != By::Environment);
    assert_eq!(sums.harm_by, BTreeMap::new());
    // Not so in the hospital as it is, where updates come at once.
    let mut sums = Sums::default();
    finish(begin(&Arc::new(hospital(3)), "checklist"), |fact, core| sums.add(fact, core));
    assert!(sums.harm_by.keys().any(|cause| cause.0 != By::Environment));
}

#[test]
fn loss_of_the_network_alone_stops_no_infusion() {
    let mut run = begin(&Arc::new(quiet(6)), "none");
    let ground = run.world.resource::<Ground>().clone();
    let core = run.core_mut();
    let cause = core.names.cause(By::Fault, "network");
    let points = ground.fleets.iter().filter(|fleet| fleet.class.name == "wifi-access-point");
    let mut parts: Vec<_> =
        points.flat_map(|fleet| fleet.devices()).map(|device| core.unit(device)).collect();
    parts.extend(ground.conduits.iter().find(|one| one.name == "servers-vendor").map(|conduit| conduit.part));
    for &part in &parts {
        let charge = Charge { by: cause, because: CauseId::NONE };
        core.change_at(SimTime::ZERO + Span::HOUR, part, charge, false);
        core.change_at(SimTime::ZERO + Span(5 * Span::HOUR.0), part, charge, true);
    }
    let mut sums = Sums::default();
    let run = finish(run, |fact, core| sums.add(fact, core));
    assert!(sums.of(LOST, "pump-status") > 40_000, "the network was away: {}", sums.of(LOST, "pump-status"));
    assert!(sums.of(care::LOST, "monitoring") > 0 && sums.of(care::LOST, "order") > 0);
    for function in ["infusion", "analgesia", "ventilation"] {
        assert!(sums.of(NEEDED, function) > 0);
        assert_eq!(sums.of(care::LOST, function), 0, "{function}");
    }
    assert!(run.world.resource::<Slots>().slots.iter().all(|slot| slot.halted_by.is_none()));
}

/// The equations of the drug and of breathing, solved apart from this program for a patient of median traits, reach
/// 90 % of saturation 2.0 minutes after the rate rises tenfold; half a minute is left for who these patients are.
#[test]
fn a_tenfold_rate_harms_within_minutes_and_is_the_campaigns() {
    let at = SimTime::ZERO + Span(30 * Span::MINUTE.0);
    let mut run = begin(&Arc::new(quiet(2)), "none");
    tamper_at(&mut run, at);
    let icu = |core: &Core, who: Who| core.names.who(who).starts_with("icu-patients/");
    let mut sums = Sums::default();
    let run = finish(run, |fact, core| sums.add(fact, core));
    let mut after: Vec<u64> = sums
        .first_below_90
        .iter()
        .filter(|(who, _)| icu(run.core(), **who))
        .map(|(_, first)| first.since(at).0)
        .collect();
    after.sort_unstable();
    assert!(after.len() >= 15, "most of the 30: {}", after.len());
    let median = after[after.len() / 2];
    assert!((90..=150).contains(&(median / Span::SECOND.0)), "{median} ns");
    let campaign = sums.harm_by.get(&(By::Attack, CAMPAIGN.to_owned())).copied().unwrap_or_default();
    let environment: i64 =
        sums.harm_by.iter().filter(|(by, _)| by.0 == By::Environment).map(|(_, sum)| sum).sum();
    assert!(campaign >= sums.all(HYPOXAEMIA) && sums.all(HYPOXAEMIA) > 0);
    assert_eq!(campaign + environment, sums.harm_by.values().sum::<i64>());
}

const REBOOT: Class = Class(61);
const LASTS: Span = Span(5 * Span::MINUTE.0);

fn update(core: &mut Core, world: &mut World, row: Row) {
    let charge = Charge { by: core.names.cause(By::Control, "patching"), because: CauseId::NONE };
    reboot(core, world, DeviceId(row.id() as u32), LASTS, charge);
}

#[test]
fn a_reboot_on_a_patient_interrupts_and_is_charged_to_its_control() {
    let mut run = begin(&Arc::new(quiet(3)), "none");
    let pumps = opioid_pumps(&run.world);
    let core = run.core_mut();
    core.names.cause(By::Control, "patching");
    core.handle(REBOOT, update);
    for &pump in &pumps {
        core.push(SimTime::ZERO + Span::HOUR, REBOOT, u64::from(pump.0), 0);
    }
    let mut sums = Sums::default();
    let (mut care_by, mut waited) = (BTreeMap::<By, i64>::new(), BTreeMap::<Who, i64>::new());
    finish(run, |fact, core| {
        sums.add(fact, core);
        let infused = ["infusion", "analgesia"].contains(&core.names.topic_name(fact.topic));
        if fact.kind == care::LOST && infused {
            *waited.entry(fact.who).or_default() += fact.amount;
        } else if care::CHARGE.contains(&fact.kind) && infused {
            let cause = core.names.cause_of(fact.charge.by).expect("a charge without a cause");
            *care_by.entry(cause.by).or_default() += fact.amount;
        }
    });
    // One pump each; somebody must come before it, or another one, goes on.
    assert_eq!(waited.len(), pumps.len());
    assert!(waited.values().all(|&nanos| nanos > Span::SECOND.0 as i64));
    assert_eq!(care_by, BTreeMap::from([(By::Control, waited.values().sum::<i64>())]));
    let pain = sums.harm_by.get(&(By::Control, "patching".to_owned())).copied().unwrap_or_default();
    assert!(
        pain > 0 && pain == sums.all(PAIN),
        "an opioid that stops for minutes is felt: {:?}",
        sums.harm_by
    );
}
