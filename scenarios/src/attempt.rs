//! Attempts: what an adversary tries is a message on the routes of legitimate traffic, decided where and when it
//! arrives.
//!
//! An attempt passes the stations, tolls and verdicts of its way, and takes their time; the work that it makes there
//! is charged to its campaign. Whether a secret can be guessed or a weakness is open was drawn once per device when
//! the site was built, so that it is the same for every source, every campaign and every strategy.

use crate::site::accounts;
use crate::site::classes::ENTRY;
use crate::site::devices::{self, Credential, Devices};
use crate::site::ground::Ground;
use crate::site::network::{Network, Traffic};
use crate::site::{Site, SiteError};
use crate::techniques::{self, Need, Secret, TechniqueId, Truth};
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Kind, Topic, kind};
use sim::keep::{self, Keep, KeepError};
use sim::luck::{Draws, mix, name_hash};
use sim::message::{Action, ActionId, DeviceId, Message, Retry};
use sim::row::Row;
use sim::status::PartId;
use sim::time::SimTime;
use std::collections::BTreeSet;

/// An attempt that arrived: 1 if it worked, 0 if not.
pub const ATTEMPT: Kind = kind("attempt");
/// An attempt that never arrived, charged to what dropped it [attempts].
pub const BLOCKED: Kind = kind("attempt.blocked");

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Worked,
    /// It arrived, and something that it needs was not there.
    Failed,
    /// It never arrived.
    Blocked,
}

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which campaign's.
    pub campaign: CampaignId,
    /// The campaign as a cause.
    pub cause: CauseId,
    /// What is tried.
    pub technique: TechniqueId,
    /// From which device; that itself where the campaign comes from outside.
    pub source: DeviceId,
    /// At which device.
    pub target: DeviceId,
}

/// A campaign by its place in the order of the campaigns' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CampaignId(pub u16);

/// Told what became of each attempt of a campaign.
pub type Decided = fn(&mut Core, &mut World, &Attempt, Outcome);
/// Lets a campaign enter: with the part of the entry that is due.
pub type Enter = fn(&mut Core, &mut World, CampaignId, u32);

/// A campaign in a run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The campaign as a cause.
    pub cause: CauseId,
    /// The hash of its name, for its draws.
    pub key: u64,
    /// Whether it stays in a device that loses its memory.
    pub survives_reboot: bool,
    /// The secrets that it knows.
    pub known: BTreeSet<Credential>,
    enter: Enter,
    decided: Decided,
}

/// All campaigns of a run.
#[derive(Resource, Clone, Debug)]
pub struct Campaigns {
    all: Vec<Campaign>,
    action: ActionId,
    bytes: u32,
    /// How many secrets a list of likely ones holds, and where in it the right one stands.
    list: (u64, Draws),
    topics: Vec<Topic>,
}

impl Keep for Campaigns {
    fn keep(&self) -> Result<Vec<u8>, KeepError> {
        let Self { all, action: _, bytes: _, list: _, topics: _ } = self;
        let known: Vec<_> = all.iter().map(|one| (&one.known, one.survives_reboot)).collect();
        keep::write("campaigns", &known)
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let known: Vec<(BTreeSet<Credential>, bool)> = keep::read("campaigns", bytes)?;
        if known.len() != self.all.len() {
            return Err(KeepError::Differs { what: "campaigns" });
        }
        for (own, (known, survives)) in self.all.iter_mut().zip(known) {
            (own.known, own.survives_reboot) = (known, survives);
        }
        Ok(())
    }
}

impl Campaigns {
    /// A campaign.
    pub fn get(&self, id: CampaignId) -> Option<&Campaign> {
        self.all.get(usize::from(id.0))
    }

    /// A campaign, to teach it a secret.
    pub fn get_mut(&mut self, id: CampaignId) -> Option<&mut Campaign> {
        self.all.get_mut(usize::from(id.0))
    }

    /// The campaign that holds a device.
    pub fn holding(&self, holder: CauseId) -> Option<&Campaign> {
        self.all.iter().find(|one| one.cause == holder && holder != CauseId::NONE)
    }
}

/// Enlist a campaign: it enters at `start`.
///
/// # Errors
/// When a number that every attempt needs is missing.
pub fn enlist(
    site: &mut Site,
    name: &str,
    start: SimTime,
    survives_reboot: bool,
    enter: Enter,
    decided: Decided,
) -> Result<CampaignId, SiteError> {
    if site.world.get_resource::<Campaigns>().is_none() {
        let bytes = site.numbers.si("attempt.size")? as u32;
        let list =
            (site.numbers.si("mirai.credential_pairs")? as u64, site.core.luck.purpose("secret.place"));
        for (kind, unit) in [("attempt", "attempt"), ("attempt.blocked", "attempt")] {
            site.core.kinds.register(kind, unit).map_err(SiteError::Kind)?;
        }
        let action = site.core.action(Action { arrived, lost });
        let topics = techniques::ALL.iter().map(|def| site.core.names.topic(def.id)).collect();
        site.core.handle(ENTRY, enters);
        site.core.watch(reboots);
        site.world.insert_resource(Campaigns { all: Vec::new(), action, bytes, list, topics });
    }
    let cause = site.core.names.cause(By::Attack, name);
    let mut campaigns = site.world.resource_mut::<Campaigns>();
    let id = CampaignId(campaigns.all.len() as u16);
    let known = BTreeSet::new();
    campaigns.all.push(Campaign { cause, key: name_hash(name), survives_reboot, known, enter, decided });
    enter_at(&mut site.core, id, start, 0);
    Ok(id)
}

/// Let this part of a campaign's entry come due at `at`.
pub fn enter_at(core: &mut Core, id: CampaignId, at: SimTime, part: u32) {
    core.push(at, ENTRY, u64::from(id.0) << 32 | u64::from(part), u64::from(id.0) << 32 | u64::from(part));
}

fn enters(core: &mut Core, world: &mut World, row: Row) {
    let id = CampaignId((row.arg >> 32) as u16);
    let enter = world.resource::<Campaigns>().get(id).map(|campaign| campaign.enter);
    if let Some(enter) = enter {
        enter(core, world, id, row.arg as u32);
    }
}

/// Whether two zones are joined at all.
pub fn reachable(ground: &Ground, source: DeviceId, target: DeviceId) -> bool {
    ground.ways.contains_key(&(ground.fleet(source).zone, ground.fleet(target).zone))
}

/// Whether a campaign can act from a device: it holds it, and the device and its link are up.
pub fn acts_from(core: &Core, devices: &Devices, cause: CauseId, device: DeviceId) -> bool {
    devices.truth(device) == cause && core.status.up(core.unit(device)) && core.status.up(core.link(device))
}

/// Send an attempt on its way, under an occasion that names it. False if the campaign cannot act from there, or
/// no conduit leads to the target.
pub fn launch(
    core: &mut Core,
    world: &mut World,
    (campaign, technique): (CampaignId, TechniqueId),
    [source, target]: [DeviceId; 2],
    occasion: u64,
    retry: Option<Retry>,
) -> bool {
    let campaigns = world.resource::<Campaigns>();
    let Some(own) = campaigns.get(campaign) else { return false };
    let (cause, key, action, bytes) = (own.cause, own.key, campaigns.action, campaigns.bytes);
    let topic = campaigns.topics.get(usize::from(technique.0)).copied().unwrap_or_default();
    let free = acts_from(core, world.resource::<Devices>(), cause, source);
    if source == target || !free || !reachable(world.resource::<Ground>(), source, target) {
        return false;
    }
    // Who types a secret needs a way for remote access; what is weak is weak by any.
    let types = technique.def().is_some_and(|def| def.secret != Secret::None);
    let traffic = if types { Traffic::Login } else { Traffic::Attempt };
    let route = world.resource_scope(|world, mut network: Mut<Network>| {
        network.route(core, world.resource::<Ground>(), traffic, [source, target], &[])
    });
    let mut message = Message::new(route, source, target, topic, bytes);
    message.made_by = cause;
    message.key = mix(core.key(source) ^ key);
    message.slot = occasion;
    message.action = action;
    message.retry = retry;
    message.arg = u64::from(campaign.0) << 8 | u64::from(technique.0);
    core.launch(message);
    true
}

fn of(world: &World, message: &Message) -> Option<(Attempt, Decided)> {
    let campaign = CampaignId((message.arg >> 8) as u16);
    let own = world.get_resource::<Campaigns>()?.get(campaign)?;
    let technique = TechniqueId(message.arg as u8);
    let (source, target) = (message.source, message.target);
    Some((Attempt { campaign, cause: own.cause, technique, source, target }, own.decided))
}

fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    if let Some((attempt, decided)) = of(world, message) {
        let outcome = decide(core, world, &attempt);
        decided(core, world, &attempt, outcome);
    }
}

fn lost(core: &mut Core, world: &mut World, message: &Message, charge: Charge) {
    let Some((attempt, decided)) = of(world, message) else { return };
    let because = if charge.because == CauseId::NONE { attempt.cause } else { charge.because };
    core.fact(BLOCKED, core.who(attempt.target), message.topic, Charge { because, ..charge }, 1);
    decided(core, world, &attempt, Outcome::Blocked);
}

/// A campaign tries something at a device where it stands: from outside, or on a device that it holds. Nothing
/// is tried where the device or its link is down.
pub fn try_at(
    core: &mut Core,
    world: &mut World,
    campaign: CampaignId,
    technique: TechniqueId,
    target: DeviceId,
) -> Outcome {
    let own = world.resource::<Campaigns>().get(campaign).map(|own| (own.cause, own.decided));
    let up = core.status.up(core.unit(target)) && core.status.up(core.link(target));
    let Some((cause, decided)) = own.filter(|_| up) else { return Outcome::Blocked };
    let attempt = Attempt { campaign, cause, technique, source: target, target };
    let outcome = decide(core, world, &attempt);
    decided(core, world, &attempt, outcome);
    outcome
}

/// What a campaign's attempts are judged by.
pub fn truth(world: &World, campaign: CampaignId) -> Option<Truth<'_>> {
    let known = &world.get_resource::<Campaigns>()?.get(campaign)?.known;
    Some(Truth { ground: world.get_resource()?, devices: world.get_resource()?, known })
}

/// Decide an attempt at its target, and record it.
fn decide(core: &mut Core, world: &mut World, attempt: &Attempt) -> Outcome {
    let Some(def) = attempt.technique.def() else { return Outcome::Failed };
    let campaigns = world.resource::<Campaigns>();
    let topic = campaigns.topics.get(usize::from(attempt.technique.0)).copied().unwrap_or_default();
    let Some(truth) = truth(world, attempt.campaign) else { return Outcome::Failed };
    let (allowed, login) = (truth.allows(def, attempt.target), truth.meets(Need::Login, attempt.target));
    let opened = if login { logs_in(core, world, attempt, def.secret, allowed) } else { allowed };
    let worked = opened && (def.attempt)(core, world, attempt);
    let charge = Charge { by: attempt.cause, because: CauseId::NONE };
    core.fact(ATTEMPT, core.who(attempt.target), topic, charge, i64::from(worked));
    if worked { Outcome::Worked } else { Outcome::Failed }
}

/// Type secrets at the target's login until one is right (if any will be), none is left, or the account is closed.
fn logs_in(core: &mut Core, world: &mut World, attempt: &Attempt, secret: Secret, right: bool) -> bool {
    let target = attempt.target;
    let (many, place) = world.resource::<Campaigns>().list;
    let wrong = match secret {
        Secret::None => return right,
        Secret::Known => u64::from(!right),
        Secret::List if right => {
            let devices = world.resource::<Devices>();
            let own = devices.credential(target).map_or(0, |credential| credential.0);
            place.below(many, own, 0)
        }
        Secret::List => many,
    };
    for _ in 0..wrong {
        if accounts::locked(world, target) {
            return false;
        }
        accounts::failed_login(core, world, target, attempt.cause);
    }
    let opened = right && !accounts::locked(world, target);
    if opened {
        accounts::good_login(world, target);
    }
    opened
}

/// Take the target, and with it the secret that opens it. False if somebody holds it already.
pub fn take_target(core: &mut Core, world: &mut World, attempt: &Attempt) -> bool {
    let devices = world.resource::<Devices>();
    let secret = devices.credential(attempt.target);
    if devices.truth(attempt.target) != CauseId::NONE {
        return false;
    }
    devices::take(core, world, attempt.target, attempt.cause);
    if let (Some(secret), Some(own)) = (secret, world.resource_mut::<Campaigns>().get_mut(attempt.campaign)) {
        own.known.insert(secret);
    }
    true
}

/// A device went down: what lived in its memory alone is gone.
fn reboots(core: &mut Core, world: &mut World, part: PartId, up: bool) {
    let Some(device) = core.device_of(part).filter(|&device| !up && part == core.unit(device)) else {
        return;
    };
    let holder = world.get_resource::<Devices>().map(|devices| devices.truth(device)).unwrap_or_default();
    let campaigns = world.get_resource::<Campaigns>();
    if campaigns.and_then(|all| all.holding(holder)).is_some_and(|own| !own.survives_reboot) {
        devices::free(core, world, device);
    }
}
