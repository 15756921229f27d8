//! What is cut off or down without something else: devices behind switches, virtual servers on their hosts.
//!
//! Whoever stands behind a device that is down or cut off is cut off for the same reason, for as long; whoever runs on a
//! host is down with it. So what is lost is charged to what broke the switch or the host, to whoever rebooted or
//! isolated it, and to nobody else.
//!
//! # Differs from the real thing
//! A device has one switch and one uplink: rings and pairs of links are left out, and so is the time in which they
//! reconverge. What runs on a host does not move to another.

use super::Site;
use super::episodes::{self, Hit, Named};
use super::{SiteError, selection};
use crate::happenings::{AccessPointFailure, DeviceFault};
use crate::language::at::At;
use crate::language::event::Timing;
use crate::language::selector::Selector;
use crate::language::units::Rate;
use ::devices::class::{self, Failure};
use sim::fact::By;
use sim::luck::name_hash;
use sim::message::DeviceId;
use sim::status::PartId;
use std::collections::{BTreeMap, BTreeSet};

/// The class that breaks and is mended as the firewall of a conduit does.
const FIREWALL: &str = "firewall";

/// Let everybody follow what he depends on.
pub(super) fn tie(site: &mut Site) {
    let core = &mut site.core;
    let ground = &mut site.ground;
    for (&device, &before) in &ground.behind {
        for part in [core.unit(before), core.link(before)] {
            core.follow(part, core.link(device));
        }
    }
    for (&device, &host) in &ground.hosts {
        core.follow(core.unit(host), core.unit(device));
        core.follow(core.link(host), core.link(device));
    }
    if ground.behind.is_empty() {
        return;
    }
    let mut cut_off: BTreeMap<DeviceId, BTreeSet<u16>> = BTreeMap::new();
    for device in (0..core.devices()).map(DeviceId) {
        let switches = ground.switches(device);
        // Who has a gateway is cut off by what stands before that.
        if let (Some(_), Some(&nearest)) = (ground.gateway(device), switches.first()) {
            for part in [core.unit(nearest), core.link(nearest)] {
                core.follow(part, core.link(device));
            }
        }
        for switch in switches {
            cut_off.entry(switch).or_default().insert(ground.fleet_of(device));
        }
    }
    ground.cut_off_without = cut_off;
}

/// What others depend on fails by itself, as its class says, where no happening of the scenario says how: switches and
/// what else stands before devices, hosts, and the firewalls of conduits.
///
/// # Errors
/// When a kind of fact collides, or the class of firewalls is missing.
pub(crate) fn fail(site: &mut Site) -> Result<(), SiteError> {
    let stated = stated(site);
    let leaders: BTreeSet<DeviceId> =
        site.ground.behind.values().chain(site.ground.hosts.values()).copied().collect();
    for device in leaders.into_iter().filter(|device| !stated.contains(device)) {
        let fleet = site.ground.fleet(device);
        let (name, failure) = (fleet.name.clone(), fleet.class.failure.clone());
        let key = episodes::keyed("its class", site.core.key(device));
        breaks(site, &name, (site.core.unit(device), key), &failure)?;
    }
    for at in 0..site.ground.conduits.len() {
        let conduit = &site.ground.conduits[at];
        let Some(own) = conduit.firewall else { continue };
        let name = format!("firewall of {}", conduit.name);
        let class = class::class(FIREWALL).map_err(|source| SiteError::class(&name, source))?;
        site.numbers.class(&name, class)?;
        breaks(site, &name, (own.part, name_hash(&name)), &class.failure)?;
    }
    Ok(())
}

fn breaks(
    site: &mut Site,
    name: &str,
    (part, key): (PartId, u64),
    failure: &Failure,
) -> Result<(), SiteError> {
    let timing = Timing::Rate(At { value: Rate(failure.rate), span: 0..0 });
    let hit = Hit::together([(part, key)].into(), failure.repair);
    episodes::add(site, Named { name, by: By::Fault, key }, &timing, hit)
}

/// The devices of whose faults the scenario itself says when they come.
fn stated(site: &Site) -> BTreeSet<DeviceId> {
    let happenings = site.scenario.happenings.values();
    let named = happenings.filter_map(|happening| {
        let settings = &happening.settings;
        let fault = settings.get::<DeviceFault>().map(|own| &own.on);
        fault.or_else(|| settings.get::<AccessPointFailure>().map(|own| &own.on))
    });
    let selectors: Vec<Selector> = named.filter_map(|name| Selector::parse(name).ok()).collect();
    selection::devices(&site.ground, &selectors).into_iter().collect()
}
