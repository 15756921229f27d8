//! People after money: they enter the office, steal what they find, cross, and encrypt.
//!
//! # Differs from the real thing
//! The weeks between the first access and the day of action are before the run (`dwell.ransomware.2024`): a campaign
//! begins with the first step of the last day. A step takes a breakout time, whatever it is; a scan has shown which
//! computers are weak, and only the way to them can still surprise. Who holds a server that keeps identities is
//! administrator of every computer, and encrypts at the next step. Nobody is asked for money, and data are not stolen.

use super::AdversaryDef;
use crate::attack::encryption::{self, Encryption};
use crate::attack::entry::{self, Entry};
use crate::attack::target_choice::{self, Map};
use crate::attempt::{self, Attempt, CampaignId, Campaigns, Outcome};
use crate::keep::{Part, Whose, part};
use crate::language::event::Campaign;
use crate::language::laws::TimeLaw;
use crate::language::registry::{self, SettingsReader, Sourced, SourcedTime};
use crate::language::units::Share;
use crate::site::classes::STEP;
use crate::site::devices::Devices;
use crate::site::ground::Ground;
use crate::site::{Numbers, Site, SiteError, retry};
use crate::techniques;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::keep::{self, Keep, KeepError};
use sim::law::Law;
use sim::luck::{Draws, name_hash, occasion};
use sim::math::exp;
use sim::message::{DeviceId, Retry};
use sim::row::Row;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The adversary.
pub const DEF: AdversaryDef = AdversaryDef {
    id: "ransom-crew",
    title: "People after money, who enter by the office network and cross to what hurts",
    ways_in: &["phishing", "stolen-credentials", "exposed-service", "vendor-access"],
    settings: SettingsReader::of::<Settings>(),
    install,
    parameters: &[
        "attempt.size",
        "message.retries",
        "ransom.fruitless_steps",
        "breakout.lognormal.mu",
        "breakout.lognormal.sigma",
        "phish.click_rate",
        "phish.submit_given_click",
        "phish.time_to_click",
        "phish.time_to_submit",
        "ransomware.health.devices_hit",
        "ransomware.health.downtime",
    ],
};

/// How they work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Time for one step from a device to the next; omitted: lognormal by `breakout.lognormal.mu` and
    /// `breakout.lognormal.sigma`.
    #[serde(default = "breakout")]
    pub breakout: Sourced<TimeLaw>,
    /// How many steps they take at a time; omitted: one.
    #[serde(default = "one")]
    pub hands: u32,
    /// Share of computers on which encryption succeeds; omitted: `ransomware.health.devices_hit`.
    #[serde(default = "encrypts")]
    pub encrypts: Sourced<Share>,
    /// How long after the first device is taken they encrypt; omitted: at the step after a server that keeps
    /// identities is theirs, or when ten steps have brought them into no new zone.
    pub patience: Option<TimeLaw>,
    /// How long an encrypted computer waits for somebody to restore it; omitted: `ransomware.health.downtime`.
    #[serde(default = "recovery")]
    pub recovery: Sourced<TimeLaw>,
}

fn breakout() -> SourcedTime {
    Sourced::Parameter("breakout.lognormal.mu")
}

fn one() -> u32 {
    1
}

fn encrypts() -> Sourced<Share> {
    Sourced::Parameter("ransomware.health.devices_hit")
}

fn recovery() -> SourcedTime {
    Sourced::Parameter("ransomware.health.downtime")
}

impl registry::Settings for Settings {}

/// How far they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// They go from computer to computer.
    Moving,
    /// They have pushed their tool to all that they can reach; what they hold comes last.
    Deployed,
    /// They are gone.
    Gone,
}

/// A crew in a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Crew {
    entry: Entry,
    map: Map,
    key: u64,
    breakout: Law,
    patience: Option<Law>,
    /// Steps taken by each hand.
    steps: Vec<u64>,
    /// Steps since they last came into a new zone.
    fruitless: u32,
    /// So many of these, and they take what they have.
    most_fruitless: u32,
    /// An operator's tools try again as any connection does.
    retry: Retry,
    zones: BTreeSet<u16>,
    /// Whether they hold a server that keeps identities.
    rules: bool,
    deadline: SimTime,
    stage: Stage,
    draws: Draws,
}

#[derive(Resource, Clone, Debug, Default)]
struct Crews(BTreeMap<CampaignId, Crew>);

impl Keep for Crews {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        keep::write("crews", &self.0)
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        self.0 = keep::read("crews", bytes)?;
        Ok(())
    }
}

/// How far each crew has come.
pub(crate) const KEPT: Part = part::<Crews>("crews", Whose::World);

fn breakout_law(numbers: &Numbers, setting: &SourcedTime) -> Result<Law, SiteError> {
    let Sourced::Parameter(median) = setting else { return numbers.time_law(setting) };
    Ok(lognormal(numbers.si(median)?, numbers.si("breakout.lognormal.sigma")?))
}

/// The law of which these are the mean and the width in logarithms of minutes.
fn lognormal(mu: f64, sigma: f64) -> Law {
    Law::Lognormal { median: exp(mu) * Span::MINUTE.seconds(), sigma, min: 0.0 }
}

fn install(name: &str, campaign: &Campaign, site: &mut Site) -> Result<(), SiteError> {
    let Some(settings) = campaign.settings.get::<Settings>() else { return Ok(()) };
    let (breakout, share) =
        (breakout_law(&site.numbers, &settings.breakout)?, site.numbers.share(&settings.encrypts)?);
    let recovery = site.numbers.time_law(&settings.recovery)?;
    let (start, entry) = (entry::start(site, name, campaign), entry::prepare(site, name, campaign)?);
    let id = attempt::enlist(site, name, start, true, enter, decided)?;
    let draws = site.core.luck.purpose("encryption");
    encryption::prepare(site, id, Encryption { share, recovery, draws }).map_err(SiteError::Kind)?;
    let key = name_hash(name);
    let retry = retry(&site.numbers)?;
    let crew = Crew {
        map: Map::draw(site, key, &entry.doors),
        entry,
        key,
        breakout,
        patience: settings.patience.map(|law| law.0),
        steps: vec![0; settings.hands.max(1) as usize],
        fruitless: 0,
        most_fruitless: site.numbers.count("ransom.fruitless_steps")?,
        retry,
        zones: BTreeSet::new(),
        rules: false,
        deadline: SimTime::NEVER,
        stage: Stage::Moving,
        draws: site.core.luck.purpose("crew.step"),
    };
    site.core.handle(STEP, step);
    site.world.get_resource_or_init::<Crews>().0.insert(id, crew);
    Ok(())
}

impl Crew {
    /// The next step of a hand comes due.
    fn schedule(&mut self, core: &mut Core, id: CampaignId, hand: usize) {
        let Some(steps) = self.steps.get_mut(hand) else { return };
        *steps += 1;
        let takes = self.breakout.span(self.draws.unit(self.key, occasion(&[hand as u64, *steps])));
        let row = u64::from(id.0) << 32 | hand as u64;
        core.push(core.now + takes.max(Span(1)), STEP, row, row);
    }

    fn has_enough(&self, now: SimTime) -> bool {
        match self.patience {
            Some(_) => now >= self.deadline,
            None => self.rules || self.fruitless >= self.most_fruitless,
        }
    }
}

fn with<R>(world: &mut World, id: CampaignId, work: impl FnOnce(&mut Crew) -> R) -> Option<R> {
    world.get_resource_mut::<Crews>().and_then(|mut crews| crews.0.get_mut(&id).map(work))
}

fn enter(core: &mut Core, world: &mut World, id: CampaignId, part: u32) {
    let doors = with(world, id, |crew| crew.entry.due(core, id, part)).unwrap_or_default();
    if entry::try_doors(core, world, id, doors).is_none() {
        return;
    }
    with(world, id, |crew| {
        crew.entry.done();
        if let Some(patience) = crew.patience {
            crew.deadline = core.now + patience.span(crew.draws.unit(crew.key, 0));
        }
        for hand in 0..crew.steps.len() {
            crew.schedule(core, id, hand);
        }
    });
}

/// A step is due.
fn step(core: &mut Core, world: &mut World, row: Row) {
    let (id, hand) = (CampaignId((row.arg >> 32) as u16), row.arg as u32 as usize);
    let Some((stage, enough)) = with(world, id, |crew| (crew.stage, crew.has_enough(core.now))) else {
        return;
    };
    match (stage, enough) {
        (Stage::Gone, _) => return,
        (Stage::Deployed, _) => {
            with(world, id, |crew| crew.stage = Stage::Gone);
            return encrypt_held(core, world, id);
        }
        (Stage::Moving, true) => {
            with(world, id, |crew| crew.stage = Stage::Deployed);
            deploy(core, world, id);
        }
        (Stage::Moving, false) => move_on(core, world, id),
    }
    with(world, id, |crew| crew.schedule(core, id, hand));
}

fn moved(world: &World, id: CampaignId) -> Option<&Map> {
    world.get_resource::<Crews>()?.0.get(&id).map(|crew| &crew.map)
}

/// Go for the most wanted computer that is weak and can be reached.
fn move_on(core: &mut Core, world: &mut World, id: CampaignId) {
    let next = moved(world, id).and_then(|map| map.next(core, world, id));
    let sent = next.is_some_and(|(ends, way)| send(core, world, id, ends, way));
    if !sent {
        with(world, id, |crew| crew.fruitless += 1);
    }
}

fn send(
    core: &mut Core,
    world: &mut World,
    id: CampaignId,
    ends: [DeviceId; 2],
    way: techniques::TechniqueId,
) -> bool {
    // The zones of an attempt that is blocked are marked, so each pair of zone and target is tried once per way.
    let occasion = occasion(&[u64::from(way.0), core.key(ends[1])]);
    let retry = world.get_resource::<Crews>().and_then(|crews| crews.0.get(&id)).map(|crew| crew.retry);
    let sent = attempt::launch(core, world, (id, way), ends, occasion, retry);
    if sent {
        with(world, id, |crew| crew.map.under_way.insert(ends[1]));
    }
    sent
}

/// Push the tool to every computer whose administrator they are.
fn deploy(core: &mut Core, world: &mut World, id: CampaignId) {
    let way = techniques::LOSS_OF_AVAILABILITY;
    let open = |world: &World, target| {
        let free = world.resource::<Devices>().truth(target) == sim::fact::CauseId::NONE;
        let allows = |truth: techniques::Truth<'_>| way.def().is_some_and(|def| truth.allows(def, target));
        free && attempt::truth(world, id).is_some_and(allows)
    };
    let targets: Vec<[DeviceId; 2]> = moved(world, id).map_or_else(Vec::new, |map| {
        let reached = map.computers.iter().filter(|&&target| open(world, target));
        reached.filter_map(|&target| Some([map.source(core, world, id, target)?, target])).collect()
    });
    for ends in targets {
        send(core, world, id, ends, way);
    }
}

/// Last, encrypt what they hold.
fn encrypt_held(core: &mut Core, world: &mut World, id: CampaignId) {
    let cause = world.resource::<Campaigns>().get(id).map(|own| own.cause);
    let devices = world.resource::<Devices>();
    let held: Vec<DeviceId> = moved(world, id).map_or_else(Vec::new, |map| {
        let tried = |&device: &DeviceId| map.failed.contains(&(device, techniques::LOSS_OF_AVAILABILITY));
        let held = |&device: &DeviceId| Some(devices.truth(device)) == cause && !tried(&device);
        map.computers.iter().copied().filter(held).collect()
    });
    for device in held {
        attempt::try_at(core, world, id, techniques::LOSS_OF_AVAILABILITY, device);
    }
}

/// What an attempt taught them.
fn decided(_: &mut Core, world: &mut World, attempt: &Attempt, outcome: Outcome) {
    let ground = world.resource::<Ground>();
    let (from, zone) = (ground.vantage(attempt.source), ground.fleet(attempt.target).zone);
    let rules = outcome == Outcome::Worked && target_choice::keeps_identities(ground.class(attempt.target));
    with(world, attempt.campaign, |crew| {
        crew.map.under_way.remove(&attempt.target);
        match outcome {
            Outcome::Worked if crew.zones.insert(zone) => crew.fruitless = 0,
            Outcome::Worked => crew.fruitless += 1,
            Outcome::Failed => {
                crew.fruitless += 1;
                crew.map.failed.insert((attempt.target, attempt.technique));
            }
            Outcome::Blocked => {
                crew.fruitless += 1;
                crew.map.blocked.insert((from, attempt.target));
            }
        }
        crew.rules |= rules;
    });
    if rules {
        learn_all(world, attempt.campaign);
    }
}

/// Who holds the identities has the secret of every computer.
fn learn_all(world: &mut World, id: CampaignId) {
    let (computers, devices) =
        (moved(world, id).map(|map| map.computers.clone()), world.resource::<Devices>());
    let secrets = computers.into_iter().flatten().filter_map(|one| devices.credential(one));
    let secrets: Vec<_> = secrets.collect();
    if let Some(own) = world.resource_mut::<Campaigns>().get_mut(id) {
        own.known.extend(secrets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean breakout time of 2025 is 29 minutes, and 17 % are under five (CrowdStrike's report of 2026, and the
    /// width chosen with it).
    #[test]
    fn a_step_takes_the_breakout_time_that_was_published() {
        let numbers = ::devices::parameters::Parameters::shipped().unwrap();
        let [mu, sigma] = ["breakout.lognormal.mu", "breakout.lognormal.sigma"]
            .map(|key| numbers.get(key).unwrap().number().unwrap());
        let law = lognormal(mu, sigma);
        assert!((law.mean() / 60.0 - 29.0).abs() < 0.1, "{}", law.mean());
        assert!((law.quantile(0.17) / 60.0 - 5.0).abs() < 0.1, "{}", law.quantile(0.17));
    }
}
