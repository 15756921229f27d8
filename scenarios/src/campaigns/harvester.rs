//! A harvester: records what it can hear, to read it once a quantum computer breaks the keys.
//!
//! It acts on nothing. At the run's end it counts what crossed the conduits that it taps and the air around the devices
//! that it stands by, looks at what guarded each, and carries that over the years for which it records.
//!
//! # Differs from the real thing
//! Every message of a flow is a record of its own, as secret as the flow says; those that were due count, sent or not.
//! The years have as many as the run's days. Handshakes and what no flow describes are not worth keeping.

use super::AdversaryDef;
use crate::controls::Protected;
use crate::language::at::{At, Name};
use crate::language::date::Date;
use crate::language::event::Campaign;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::language::units::Time;
use crate::site::classes::HARVEST;
use crate::site::ground::Ground;
use crate::site::network::{Laid, Network, Place};
use crate::site::{Site, SiteError};
use ::devices::exposure::{Arrival, Guard, Migration, Records};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, kind};
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// Record-years exposed [1/1,000 record·years].
pub const EXPOSED: Kind = kind("exposure.record-years");
/// Records made in the years of recording [1].
pub const RECORDED: Kind = kind("exposure.recorded");
/// Devices whose records a quantum computer will read, at the end of the years [1/1,000 device].
pub const LEFT: Kind = kind("exposure.not-migrated");
/// Devices that were overheard [1/1,000 device].
pub const HEARD: Kind = kind("exposure.overheard");
/// The least margin of a flow by Mosca's inequality [day].
pub const MARGIN: Kind = kind("exposure.margin");

/// The adversary.
pub const DEF: AdversaryDef = AdversaryDef {
    id: "harvester",
    title: "Somebody who records now what a quantum computer may read later",
    ways_in: &["wiretap"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["crqc.weibull.k", "crqc.weibull.lambda", "crqc.passed"],
};

/// What it records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The conduits that it taps, beside the air around the devices that it `enters` by, and what those pass on.
    #[serde(default)]
    pub taps: Vec<Name>,
    /// For how long it records.
    #[serde(rename = "for")]
    pub records_for: At<Time>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        self.taps.iter().map(|name| Reference { to: Referent::Conduit, name }).collect()
    }
}

const YEAR: f64 = 365.0 * 86_400.0;

/// One at work.
#[derive(Clone, Debug)]
struct Harvester {
    by: CauseId,
    /// Conduits.
    taps: Vec<u16>,
    /// Fleets whose air it hears.
    hears: Vec<u16>,
    /// Years of recording.
    years: f64,
    /// Years until the machine comes.
    machine: f64,
}

#[derive(Resource, Clone, Debug, Default)]
struct Harvesters(Vec<Harvester>);

fn install(name: &str, campaign: &Campaign, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = campaign.settings.get::<Settings>() else { return Ok(()) };
    let arrival = Arrival {
        shape: site.numbers.si("crqc.weibull.k")?,
        scale: site.numbers.si("crqc.weibull.lambda")? / YEAR,
        passed: match (site.scenario.date, Date::new(2024, 1, 1)) {
            (Some(today), Some(origin)) => today.years_since(origin).max(0.0),
            _ => site.numbers.si("crqc.passed")? / YEAR,
        },
    };
    let taps = settings.taps.iter().filter_map(|tap| {
        site.ground.conduits.iter().position(|conduit| conduit.name == tap.value).map(|at| at as u16)
    });
    let taps: Vec<u16> = taps.collect();
    let hears = (0..)
        .zip(&site.ground.fleets)
        .filter(|(_, fleet)| fleet.selected_by(campaign.enters.iter().map(|one| &one.value)));
    let hears = hears.map(|(at, _)| at).collect();
    for (name, unit) in KINDS {
        site.core.kinds.register(name, unit).map_err(SiteError::Kind)?;
    }
    // One machine comes, whoever waits for it.
    let machine = arrival.quantile(site.core.luck.purpose("quantum computer").unit(0, 0));
    let by = site.core.names.cause(By::Attack, name);
    let years = settings.records_for.value.0.seconds() / YEAR;
    site.core.handle(HARVEST, reckon);
    let at = site.world.get_resource_or_init::<Harvesters>().0.len() as u64;
    let last = SimTime(site.core.horizon.0.saturating_sub(1));
    site.core.push(last, HARVEST, at, at);
    site.world.resource_mut::<Harvesters>().0.push(Harvester { by, taps, hears, years, machine });
    Ok(())
}

const KINDS: &[(&str, &str)] = &[
    ("exposure.record-years", "record·years/1000"),
    ("exposure.recorded", "record"),
    ("exposure.not-migrated", "device/1000"),
    ("exposure.overheard", "device/1000"),
    ("exposure.margin", "day"),
];

/// What guards a record where it is overheard; none if nothing is heard of it, or nothing passes.
fn guard(
    ground: &Ground,
    protected: Option<&Protected>,
    harvester: &Harvester,
    laid: &Laid,
) -> Option<(Guard, Option<u16>)> {
    let mut weakest: Option<(Guard, Option<u16>)> = None;
    let mut leg = 0;
    let last = laid.places.len() - 1;
    for (nth, &place) in laid.places.iter().enumerate() {
        let heard = match place {
            // A server on the way opens what comes and seals what goes: who sits in it reads.
            Place::Relay(relay) => {
                leg += 1;
                if harvester.hears.contains(&ground.fleet_of(relay)) {
                    return Some((Guard::Open, None));
                }
                false
            }
            Place::Radio(gateway) => harvester.hears.contains(&ground.fleet_of(gateway)),
            Place::Conduit(at, _) => harvester.taps.contains(&at),
            Place::Source => harvester.hears.contains(&laid.source),
            Place::Target => harvester.hears.contains(&laid.target),
            Place::Switch(switch) => harvester.hears.contains(&ground.fleet_of(switch)),
            Place::Firewall(_) | Place::Cable => false,
        };
        if !heard {
            continue;
        }
        // A device's radio is its end of the leg too: what its gateway does for it is done behind that.
        let radio = matches!(place, Place::Radio(_));
        let first = nth == 0 || radio && nth == 1;
        let at_end = if first { Some(0) } else { (nth == last || radio && nth + 1 == last).then_some(1) };
        let found = match protected {
            None => Some((Guard::Open, None)),
            Some(protected) => protected.guard(ground, laid, leg, place, at_end),
        };
        let found = found?;
        if weakest.is_none_or(|known| found.0 > known.0) {
            weakest = Some(found);
        }
    }
    weakest
}

/// The run's last instant: what was recorded, and what of it will be read.
fn reckon(core: &mut Core, world: &mut World, row: Row) {
    let Some(harvester) =
        world.get_resource::<Harvesters>().and_then(|all| all.0.get(row.arg as usize)).cloned()
    else {
        return;
    };
    let (Some(ground), Some(network)) = (world.get_resource::<Ground>(), world.get_resource::<Network>())
    else {
        return;
    };
    let protected = world.get_resource::<Protected>();
    let per_year = YEAR / core.now.seconds();
    // By flow, guard and fleet: how many records were made. A device is as exposed as its worst record.
    let mut made: BTreeMap<(u16, Guard, u16, Option<u16>), u64> = BTreeMap::new();
    let mut worst: BTreeMap<u32, (Guard, u16, Option<u16>)> = BTreeMap::new();
    for (own, slots) in core.emitters.iter().zip(core.slots_due()) {
        let Some(laid) = network.laid(own.route) else { continue };
        let Some((guard, layer)) = guard(ground, protected, &harvester, laid) else { continue };
        let fleet = ground.fleet_of(own.owner());
        *made.entry((own.flow, guard, fleet, layer)).or_default() +=
            messages(ground, own.flow, u64::from(slots));
        let known = worst.entry(own.owner().0).or_insert((guard, fleet, layer));
        if guard > known.0 {
            *known = (guard, fleet, layer);
        }
    }
    let migration = |fleet: u16, layer: Option<u16>| match (protected, layer) {
        (Some(protected), Some(layer)) => protected.migration(ground, fleet, layer),
        _ => Migration::NEVER,
    };
    let charge = Charge { by: harvester.by, because: CauseId::NONE };
    let mut told = Vec::new();
    for (&(flow, guard, fleet, layer), &count) in &made {
        let Some(flow) = ground.flows.get(usize::from(flow)) else { continue };
        let secret_for = flow.text.secret_for.as_ref().map_or(0.0, |time| time.value.0.seconds() / YEAR);
        if secret_for <= 0.0 {
            continue;
        }
        let records = Records { per_year: count as f64 * per_year, secret_for, guard };
        let plan = migration(fleet, layer);
        let who = core.who(ground.fleets[usize::from(fleet)].first);
        let exposed = records.exposed(&plan, harvester.years, harvester.machine);
        told.push((EXPOSED, who, flow.topic, (exposed * 1e3).round() as i64));
        told.push((RECORDED, who, flow.topic, (records.per_year * harvester.years).round() as i64));
        if guard == Guard::Falls {
            let done = if plan.starts.is_finite() {
                plan
            } else {
                Migration { starts: harvester.years, takes: 0.0, ..plan }
            };
            let days = records.margin(&done, harvester.machine) * 365.0;
            told.push((MARGIN, who, flow.topic, days.round() as i64));
        }
    }
    let mut left: BTreeMap<u16, [f64; 2]> = BTreeMap::new();
    for &(guard, fleet, layer) in worst.values() {
        let share = match guard {
            Guard::Stands => 0.0,
            Guard::Falls => migration(fleet, layer).left(harvester.years),
            Guard::Open => 1.0,
        };
        let sums = left.entry(fleet).or_default();
        (sums[0], sums[1]) = (sums[0] + share, sums[1] + 1.0);
    }
    let device = core.names.topic("device");
    for (fleet, [share, all]) in left {
        let who = core.who(ground.fleets[usize::from(fleet)].first);
        told.push((LEFT, who, device, (share * 1e3).round() as i64));
        told.push((HEARD, who, device, (all * 1e3).round() as i64));
    }
    for (kind, who, topic, amount) in told {
        core.fact(kind, who, topic, charge, amount);
    }
}

/// How many messages an emitter was due so far: of a stream, those that its samples stand for.
fn messages(ground: &Ground, flow: u16, slots: u64) -> u64 {
    let Some(text) = ground.flows.get(usize::from(flow)).map(|flow| &flow.text) else { return 0 };
    match &text.every {
        Some(every) if text.carried_as == crate::language::flow::CarriedAs::Stream => {
            let period = every.value.mean().0.max(1);
            (u128::from(slots) * u128::from(Span::MINUTE.0) / u128::from(period)) as u64
        }
        _ => slots,
    }
}
