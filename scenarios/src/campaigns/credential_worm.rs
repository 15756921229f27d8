//! A worm that guesses default and shared passwords; a reboot clears it.
//!
//! # Differs from the real thing
//! A held device probes at the rate that Mirai's growth implies (0.94 full probes a second, by the doubling time of
//! 76 minutes), not at the rate its builds nominally send (160 a second and more), of which loader, bandwidth and
//! logins let little become growth. Probes go evenly over a block of addresses (`worm.site_addresses`), in which the
//! site's devices are spread; those that hit no device of the site are not simulated. Probes are a Poisson process of
//! each device on its own absolute clock, so that a later infection meets the same targets. The worm closes no door
//! behind itself, and what two worms do to each other is left out.

use super::AdversaryDef;
use crate::attack::entry::{self, Entry};
use crate::attempt::{self, Attempt, CampaignId, Campaigns, Outcome};
use crate::keep::{Part, Whose, part};
use crate::language::event::Campaign;
use crate::language::registry::{self, SettingsReader, Sourced};
use crate::language::units::Rate;
use crate::site::classes::SCAN;
use crate::site::devices::Devices;
use crate::site::{Site, SiteError};
use crate::techniques::{self, Need};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::keep::{self, Keep, KeepError};
use sim::law::Law;
use sim::luck::{Draws, mix, occasion};
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// The adversary.
pub const DEF: AdversaryDef = AdversaryDef {
    id: "credential-worm",
    title: "A program that goes from device to device by default and shared passwords",
    ways_in: &["default-credentials", "exposed-service", "infected-device"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &["mirai.effective_success_rate", "worm.site_addresses", "attempt.size"],
};

/// How it spreads.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Probes that one infected device makes; omitted: `mirai.effective_success_rate`.
    #[serde(default = "attempts")]
    pub attempts: Sourced<Rate>,
    /// Addresses over which probes go, the site's devices among them; omitted: `worm.site_addresses`.
    #[serde(default = "addresses")]
    pub addresses: Sourced<NonZeroU32>,
    /// Whether it stays in a device that is rebooted.
    #[serde(default)]
    pub survives_reboot: bool,
    /// What it does to what it holds.
    #[serde(default)]
    pub payload: Payload,
}

/// What a worm does to what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// Nothing but to spread.
    #[default]
    None,
    /// Gives actuators in use a hostile command.
    Tamper,
}

fn attempts() -> Sourced<Rate> {
    Sourced::Parameter("mirai.effective_success_rate")
}

fn addresses() -> Sourced<NonZeroU32> {
    Sourced::Parameter("worm.site_addresses")
}

impl registry::Settings for Settings {}

/// Probes are counted in blocks of absolute time that hold so many on average: a Poisson process may start anew
/// anywhere, and within a block the next probe is found without going back to the start of the run.
const PER_BLOCK: f64 = 16.0;

/// A worm in a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Worm {
    entry: Entry,
    payload: Payload,
    key: u64,
    /// Between two probes of one device that hit a device of the site [s].
    gap: Law,
    /// The length of a block of time.
    block: Span,
    targets: Vec<DeviceId>,
    /// The next probe's occasion, of each device that probes.
    probing: BTreeMap<DeviceId, u64>,
    /// Actuators that it has given its command.
    commanded: BTreeSet<DeviceId>,
    when: Draws,
    whom: Draws,
}

#[derive(Resource, Clone, Debug, Default)]
struct Worms(BTreeMap<CampaignId, Worm>);

impl Keep for Worms {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        keep::write("worms", &self.0)
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        self.0 = keep::read("worms", bytes)?;
        Ok(())
    }
}

/// How far each worm has come.
pub(crate) const KEPT: Part = part::<Worms>("worms", Whose::World);

fn install(name: &str, campaign: &Campaign, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = campaign.settings.get::<Settings>() else { return Ok(()) };
    let ground = &site.ground;
    let inside = |fleet: &&crate::site::ground::Fleet| !fleet.service;
    let targets: Vec<DeviceId> =
        ground.fleets.iter().filter(inside).flat_map(|fleet| fleet.devices()).collect();
    let addresses = match settings.addresses {
        Sourced::Stated(number) => f64::from(number.get()),
        Sourced::Parameter(key) => site.numbers.si(key)?,
    };
    let rate = site.numbers.rate(&settings.attempts)? * (targets.len() as f64 / addresses).min(1.0);
    let start = entry::start(site, name, campaign);
    let entry = entry::prepare(site, name, campaign)?;
    let id = attempt::enlist(site, name, start, settings.survives_reboot, enter, decided)?;
    let luck = site.core.luck;
    let worm = Worm {
        entry,
        payload: settings.payload,
        key: sim::luck::name_hash(name),
        gap: Law::Exponential { mean: 1.0 / rate },
        block: Span(Span::from_seconds(PER_BLOCK / rate).0.max(1)),
        targets,
        probing: BTreeMap::new(),
        commanded: BTreeSet::new(),
        when: luck.purpose("worm.probe"),
        whom: luck.purpose("worm.target"),
    };
    site.core.handle(SCAN, scan);
    site.world.get_resource_or_init::<Worms>().0.insert(id, worm);
    Ok(())
}

impl Worm {
    fn entity(&self, core: &Core, device: DeviceId) -> u64 {
        mix(core.key(device) ^ self.key)
    }

    /// The first probe of a device after an instant, and the occasion that names it.
    fn next(&self, core: &Core, device: DeviceId, after: SimTime) -> Option<(SimTime, u64)> {
        let key = self.entity(core, device);
        let mut block = after.0 / self.block.0;
        while block.checked_mul(self.block.0)? < core.horizon.0 {
            let (begins, ends) = (block * self.block.0, (block + 1).saturating_mul(self.block.0));
            let (mut at, mut nth) = (SimTime(begins), 0);
            loop {
                let occasion = occasion(&[block, nth]);
                at += self.gap.span(self.when.unit(key, occasion));
                if at.0 >= ends {
                    break;
                }
                if at > after {
                    return Some((at, occasion));
                }
                nth += 1;
            }
            block += 1;
        }
        None
    }

    /// Let the next probe of a device come due.
    fn schedule(&mut self, core: &mut Core, id: CampaignId, device: DeviceId) {
        match self.next(core, device, core.now) {
            Some((at, occasion)) => {
                self.probing.insert(device, occasion);
                core.push(at, SCAN, u64::from(id.0) << 32 | u64::from(device.0), row_arg(id, device));
            }
            None => drop(self.probing.remove(&device)),
        }
    }
}

fn row_arg(id: CampaignId, device: DeviceId) -> u64 {
    u64::from(id.0) << 32 | u64::from(device.0)
}

fn with<R>(world: &mut World, id: CampaignId, work: impl FnOnce(&mut Worm) -> R) -> Option<R> {
    world.get_resource_mut::<Worms>().and_then(|mut worms| worms.0.get_mut(&id).map(work))
}

fn enter(core: &mut Core, world: &mut World, id: CampaignId, part: u32) {
    let doors = with(world, id, |worm| worm.entry.due(core, id, part)).unwrap_or_default();
    if entry::try_doors(core, world, id, doors).is_some() {
        with(world, id, |worm| worm.entry.done());
    }
}

/// It has taken a device, or not.
fn decided(core: &mut Core, world: &mut World, attempt: &Attempt, outcome: Outcome) {
    let (id, device) = (attempt.campaign, attempt.target);
    if outcome != Outcome::Worked || attempt.technique == techniques::UNAUTHORIZED_COMMAND {
        return;
    }
    with(world, id, |worm| {
        worm.commanded.remove(&device);
        if !worm.probing.contains_key(&device) {
            worm.schedule(core, id, device);
        }
    });
    command(core, world, id, device);
}

/// Give an actuator in use its hostile command, once for each time that it was taken.
fn command(core: &mut Core, world: &mut World, id: CampaignId, device: DeviceId) {
    let due = with(world, id, |worm| worm.payload == Payload::Tamper && !worm.commanded.contains(&device));
    let technique = techniques::UNAUTHORIZED_COMMAND.def();
    let open =
        technique.is_some_and(|def| attempt::truth(world, id).is_some_and(|truth| truth.allows(def, device)));
    if due == Some(true) && open {
        attempt::try_at(core, world, id, techniques::UNAUTHORIZED_COMMAND, device);
        with(world, id, |worm| worm.commanded.insert(device));
    }
}

/// A probe of a device that was held when it was scheduled.
fn scan(core: &mut Core, world: &mut World, row: Row) {
    let (id, device) = (CampaignId((row.arg >> 32) as u16), DeviceId(row.arg as u32));
    let cause = world.resource::<Campaigns>().get(id).map(|own| own.cause);
    let held = cause == Some(world.resource::<Devices>().truth(device));
    let probe = with(world, id, |worm| {
        let occasion = worm.probing.remove(&device)?;
        let nth = worm.whom.below(worm.targets.len() as u64, worm.entity(core, device), occasion);
        if held {
            worm.schedule(core, id, device);
        }
        Some((*worm.targets.get(nth as usize)?, occasion))
    });
    let Some((target, occasion)) = probe.flatten().filter(|_| held) else { return };
    command(core, world, id, device);
    let stolen = attempt::truth(world, id).is_some_and(|truth| truth.meets(Need::KnownSecret, target));
    let technique = if stolen { techniques::VALID_ACCOUNTS } else { techniques::DEFAULT_CREDENTIALS };
    attempt::launch(core, world, (id, technique), [device, target], occasion, None);
}
