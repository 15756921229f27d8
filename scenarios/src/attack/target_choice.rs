//! What an operator goes for next: a scan has shown what is weak, identity servers come first, then servers, then
//! the computers that people work at.

use crate::attempt::{self, CampaignId, Campaigns};
use crate::site::Site;
use crate::site::devices::Devices;
use crate::site::ground::Ground;
use crate::techniques::{self, TechniqueId};
use ::devices::class::{DeviceClass, Kind, Login, Role};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::luck::mix;
use sim::message::DeviceId;
use std::collections::BTreeSet;

/// The class that keeps the identities of all computers: who holds one has every computer's administrator.
const KEEPS_IDENTITIES: &str = "identity-server";

/// What an operator tries, in this order, where a scan shows that it may work.
const WAYS: [TechniqueId; 3] =
    [techniques::VALID_ACCOUNTS, techniques::EXPLOIT_REMOTE_SERVICE, techniques::DEFAULT_CREDENTIALS];

/// A computer that can be encrypted for ransom: medical devices, plant and network equipment are not.
pub(crate) fn is_computer(class: &DeviceClass) -> bool {
    class.kind == Kind::It && class.role == Role::Compute
}

/// Whether it keeps the identities of all computers.
pub(crate) fn keeps_identities(class: &DeviceClass) -> bool {
    class.name == KEEPS_IDENTITIES
}

fn rank(class: &DeviceClass) -> u8 {
    if keeps_identities(class) { 0 } else { 1 + u8::from(class.accounts.login != Login::Service) }
}

/// What an operator knows of the way to its targets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Map {
    /// Every computer of the site, the most wanted first; equals in an order drawn for the campaign.
    pub(crate) computers: Vec<DeviceId>,
    /// Where they may have come in.
    pub(crate) doors: Vec<DeviceId>,
    /// What was tried and did not work.
    pub(crate) failed: BTreeSet<(DeviceId, TechniqueId)>,
    /// From where (see [`Ground::vantage`]) which computer could not be reached.
    pub(crate) blocked: BTreeSet<(u16, DeviceId)>,
    /// Where an attempt is under way.
    pub(crate) under_way: BTreeSet<DeviceId>,
}

impl Map {
    /// The map of a campaign whose name has this hash, and which came in by one of these.
    pub(crate) fn draw(site: &Site, key: u64, doors: &[DeviceId]) -> Self {
        let order = site.core.luck.purpose("crew.target");
        let computers = site.ground.fleets.iter().filter(|fleet| !fleet.service && is_computer(&fleet.class));
        let mut computers: Vec<DeviceId> = computers.flat_map(|fleet| fleet.devices()).collect();
        computers.sort_by_cached_key(|&device| {
            (rank(site.ground.class(device)), order.bits(mix(site.core.key(device) ^ key), 0), device)
        });
        let outside = |door: &DeviceId| !is_computer(site.ground.class(*door));
        Self { computers, doors: doors.iter().copied().filter(outside).collect(), ..Self::default() }
    }

    /// From where a device is best reached: the fewest conduits away, of what is held.
    pub(crate) fn source(
        &self,
        core: &Core,
        world: &World,
        id: CampaignId,
        target: DeviceId,
    ) -> Option<DeviceId> {
        let (ground, devices) = (world.get_resource::<Ground>()?, world.get_resource::<Devices>()?);
        let cause = world.get_resource::<Campaigns>()?.get(id)?.cause;
        let zone = ground.fleet(target).zone;
        let held = self.computers.iter().chain(&self.doors).copied().filter(|&from| from != target);
        let usable = held.filter(|&from| {
            attempt::acts_from(core, devices, cause, from)
                && !self.blocked.contains(&(ground.vantage(from), target))
        });
        usable
            .filter_map(|from| Some((ground.ways.get(&(ground.fleet(from).zone, zone))?.len(), from)))
            .min_by_key(|&(far, _)| far)
            .map(|(_, from)| from)
    }

    /// The next step: from where, to which computer, by what.
    pub(crate) fn next(
        &self,
        core: &Core,
        world: &World,
        id: CampaignId,
    ) -> Option<([DeviceId; 2], TechniqueId)> {
        let (truth, devices) = (attempt::truth(world, id)?, world.get_resource::<Devices>()?);
        let open = |&target: &DeviceId| {
            if devices.truth(target) != sim::fact::CauseId::NONE || self.under_way.contains(&target) {
                return None;
            }
            let works = |way: &TechniqueId| way.def().is_some_and(|def| truth.allows(def, target));
            let way = WAYS.into_iter().find(|way| !self.failed.contains(&(target, *way)) && works(way))?;
            Some(([self.source(core, world, id, target)?, target], way))
        };
        self.computers.iter().find_map(open)
    }
}
