//! Mass casualty: many people at once who need devices.

use super::HappeningDef;
use crate::language::at::{At, Name};
use crate::language::event::{Happening, Timing};
use crate::language::place::CountAt;
use crate::language::registry::{self, Reference, Referent, SettingsReader};
use crate::language::selector::Selector;
use crate::language::units::Time;
use crate::site::classes::ARRIVAL;
use crate::site::episodes;
use crate::site::hooks::{Arrival, Hooks};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::Deserialize;
use sim::core::Core;
use sim::law::Law;
use sim::luck::occasion;
use sim::row::Row;
use sim::time::SimTime;

/// The happening.
pub const DEF: HappeningDef = HappeningDef {
    id: "mass-casualty",
    title: "Many people arrive at once and need devices",
    per_device: false,
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[],
};

/// Who comes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many, how fast, and what for.
    pub arrivals: Arrivals,
}

/// People who arrive.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// How many.
    pub patients: CountAt,
    /// In which time; each one's instant is drawn evenly in it.
    pub over: At<Time>,
    /// The devices that each of them needs: fleets or selectors, one of each.
    pub each_needs: Vec<Name>,
    /// The people whom they join; omitted: those of whom there are most who need the same.
    pub join: Option<Name>,
}

impl registry::Settings for Settings {
    fn refers(&self) -> Vec<Reference<'_>> {
        let needs = self.arrivals.each_needs.iter().map(|name| Reference { to: Referent::Devices, name });
        let join = self.arrivals.join.iter().map(|name| Reference { to: Referent::People, name });
        needs.chain(join).collect()
    }
}

/// Everybody who arrives in the run, by happening and number.
#[derive(Resource, Clone, Debug, Default)]
struct Expected(Vec<Arrival>);

fn install(name: &str, happening: &Happening, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = happening.settings.get::<Settings>() else { return Ok(()) };
    let arrivals = &settings.arrivals;
    let needs = arrivals.each_needs.iter().map(|need| {
        super::devices(site, need)?;
        Selector::parse(need).map_err(|_| SiteError::Missing { what: "happening", name: need.value.clone() })
    });
    let needs = needs.collect::<Result<Vec<_>, _>>()?;
    site.core.handle(ARRIVAL, arrive);
    let evenly = Law::Uniform { low: 0.0, high: arrivals.over.0.seconds() };
    let draws = site.core.luck.purpose("arrival");
    for (episode, begins) in (0..).zip(starts(site, name, &happening.timing)) {
        for nth in 0..arrivals.patients.value.0 {
            let key = episodes::keyed(name, occasion(&[episode, u64::from(nth)]));
            let at = begins + evenly.span(draws.unit(key, 0));
            let mut expected = site.world.get_resource_or_init::<Expected>();
            let row = expected.0.len() as u64;
            let join = arrivals.join.as_ref().map(|join| join.value.clone());
            expected.0.push(Arrival { happening: name.to_owned(), nth, key, needs: needs.clone(), join });
            site.core.push(at, ARRIVAL, row, row);
        }
    }
    Ok(())
}

/// When people begin to arrive: once, or at the events of a Poisson process.
fn starts(site: &Site, name: &str, timing: &Timing) -> Vec<SimTime> {
    match timing {
        Timing::At(moment) => vec![moment.resolve(site.scenario.starts_at)],
        Timing::Rate(rate) => {
            let (gap, key) = (Law::Exponential { mean: 1.0 / rate.0 }, episodes::keyed(name, 0));
            let draws = site.core.luck.purpose("happening.gap");
            let next = |last: &mut SimTime, episode| {
                *last += gap.span(draws.unit(key, episode));
                (*last < site.core.horizon).then_some(*last)
            };
            (1..).scan(SimTime::ZERO, next).collect()
        }
    }
}

fn arrive(core: &mut Core, world: &mut World, row: Row) {
    let arrival = world.resource::<Expected>().0.get(row.arg as usize).cloned();
    if let (Some(arrival), Some(hook)) = (arrival, Hooks::of(world).arrive) {
        hook(core, world, &arrival);
    }
}
