//! The ground of a run: what stands where. It does not change while the run goes on.

use crate::language::fleet::{Credentials, Work};
use crate::language::flow::{Criticality, Flow as FlowText};
use crate::language::selector::{Member, Selector};
use crate::reach::{Call, Tables, Way};
use ::devices::class::DeviceClass;
use ::devices::class::Role;
use bevy_ecs::prelude::Resource;
use sim::core::Core;
use sim::fact::Topic;
use sim::law::Law;
use sim::medium::MediumId;
use sim::message::DeviceId;
use sim::runs::Runs;
use sim::station::StationId;
use sim::status::PartId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A fleet on the ground.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// Its class, with what the scenario's settings change.
    pub class: Arc<DeviceClass>,
    /// Its zone's index.
    pub zone: u16,
    /// The name of its zone.
    pub zone_name: String,
    /// Its first device.
    pub first: DeviceId,
    /// How many devices.
    pub count: u32,
    /// How they prove who they are.
    pub credentials: Credentials,
    /// Share whose credentials can be guessed.
    pub guessable: f64,
    /// How they divide work.
    pub work: Work,
    /// What its class is there for.
    pub role: Role,
    /// The products it is a part of.
    pub products: Vec<String>,
    /// Whether it stands for a service that others run: not a device of the site.
    pub service: bool,
    /// Latency and loss of a device's own link to the network.
    pub link: (Law, f64),
}

impl Fleet {
    /// Its devices.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + use<> {
        (self.first.0..self.first.0 + self.count).map(DeviceId)
    }

    /// Whether any of these selects it.
    pub fn selected_by<'a>(&self, selectors: impl IntoIterator<Item = &'a Selector>) -> bool {
        let products: Vec<&str> = self.products.iter().map(String::as_str).collect();
        let (fleet, class, zone) = (self.name.as_str(), self.class.name, self.zone_name.as_str());
        let member = Member { fleet, class, zone, role: self.role, products: &products };
        selectors.into_iter().any(|selector| selector.selects(&member))
    }
}

/// A zone on the ground.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its Purdue level.
    pub purdue_level: f64,
    /// Whether others run it.
    pub outside: bool,
    /// Latency and loss between two wired devices inside.
    pub inside: Option<(Law, f64)>,
}

/// A conduit on the ground.
#[derive(Clone, Debug)]
pub struct Conduit {
    /// Its name.
    pub name: String,
    /// The zones it joins.
    pub ends: [u16; 2],
    /// Whether nothing goes from its second end to its first.
    pub one_way: bool,
    /// Its link from the first end to the second, and back.
    pub links: Option<[StationId; 2]>,
    /// Down while it is cut.
    pub part: PartId,
    /// One-way latency.
    pub latency: Law,
    /// Share of messages lost.
    pub loss: f64,
    /// Its own firewall.
    pub firewall: Option<Inspector>,
    /// What is never up: for calls that no entry of its list accepts, and for those that go past its jump host.
    pub refuses: [Option<PartId>; 2],
}

/// A firewall that stands in a conduit.
#[derive(Clone, Copy, Debug)]
pub struct Inspector {
    /// Where messages wait for it, whichever way they go.
    pub station: StationId,
    /// What it adds to each besides [s].
    pub adds: Law,
    /// The box itself: down while it is broken.
    pub part: PartId,
}

/// A flow on the ground.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: Topic,
    /// Whether it commands.
    pub command: bool,
    /// Whether the site's list of permitted flows holds it.
    pub declared: bool,
    /// What a loss puts at risk.
    pub criticality: Criticality,
    /// Its emitters: the first and how many.
    pub emitters: (u32, u32),
    /// As it was written.
    pub text: FlowText,
}

/// What stands where.
#[derive(Resource, Clone, Debug, Default)]
pub struct Ground {
    /// Fleets in name order, services among them.
    pub fleets: Vec<Fleet>,
    /// The devices of each.
    pub devices: Runs,
    /// The gateway of each device; `u32::MAX` where it has none.
    pub gateway_of: Vec<u32>,
    /// What stands before a device on the wire: a switch, a controller.
    pub behind: BTreeMap<DeviceId, DeviceId>,
    /// The host of each device that is virtual.
    pub hosts: BTreeMap<DeviceId, DeviceId>,
    /// The fleets with devices that are cut off without this one.
    pub cut_off_without: BTreeMap<DeviceId, BTreeSet<u16>>,
    /// The radio of each gateway that somebody uses.
    pub radios: BTreeMap<DeviceId, StationId>,
    /// The transmitter of each device whose carrier takes messages in frames.
    pub transmitters: BTreeMap<DeviceId, StationId>,
    /// The shared medium of each gateway that has one instead of a radio.
    pub media: BTreeMap<DeviceId, MediumId>,
    /// The gateways whose devices pass on each other's messages.
    pub meshed: BTreeSet<DeviceId>,
    /// What is never up, for messages that have no way: where there are diodes, answers may find none.
    pub barred: Option<PartId>,
    /// Zones in name order.
    pub zones: Vec<Zone>,
    /// Conduits in name order.
    pub conduits: Vec<Conduit>,
    /// Flows in name order.
    pub flows: Vec<Flow>,
    /// For each pair of zones the conduits on the shortest way, with the direction (0 from the first end).
    pub ways: BTreeMap<(u16, u16), Vec<(u16, u8)>>,
    /// Who reaches whom.
    pub tables: Tables,
}

impl Ground {
    /// The fleet of a device, by its place.
    pub fn fleet_of(&self, device: DeviceId) -> u16 {
        self.devices.of(device.0) as u16
    }

    /// The fleet of a device.
    pub fn fleet(&self, device: DeviceId) -> &Fleet {
        &self.fleets[usize::from(self.fleet_of(device))]
    }

    /// The fleet of this name.
    pub fn fleet_named(&self, name: &str) -> Option<&Fleet> {
        self.fleets.binary_search_by(|fleet| fleet.name.as_str().cmp(name)).ok().map(|at| &self.fleets[at])
    }

    /// The class of a device.
    pub fn class(&self, device: DeviceId) -> &DeviceClass {
        &self.fleet(device).class
    }

    /// The gateway of a device.
    pub fn gateway(&self, device: DeviceId) -> Option<DeviceId> {
        self.gateway_of.get(device.0 as usize).copied().filter(|&gateway| gateway != u32::MAX).map(DeviceId)
    }

    /// What a device's messages pass on the wire, from the nearest on: what stands before it, or before its gateway.
    pub fn switches(&self, device: DeviceId) -> Vec<DeviceId> {
        let before = |at: &DeviceId| self.behind.get(at).copied();
        let nearest = self.gateway(device).unwrap_or(device);
        std::iter::successors(before(&nearest), before).collect()
    }

    /// Whether a device is up and nothing cuts it off that stands before it.
    pub fn is_reached(&self, core: &Core, device: DeviceId) -> bool {
        let works = |at: DeviceId| core.status.up(core.unit(at)) && core.status.up(core.link(at));
        core.status.up(core.unit(device))
            && (self.behind.is_empty() || self.switches(device).into_iter().all(works))
    }

    /// The shared medium that a device sends and hears on, if its gateway has one.
    pub fn medium(&self, device: DeviceId) -> Option<MediumId> {
        self.media.get(&self.gateway(device)?).copied()
    }

    /// The fleets that any of these select, services left out unless they are named.
    pub fn selected<'a>(&'a self, selectors: &'a [Selector]) -> impl Iterator<Item = &'a Fleet> {
        self.fleets.iter().filter(move |fleet| {
            let named =
                selectors.iter().any(|one| matches!(one, Selector::Fleet(name) if *name == fleet.name));
            named || !fleet.service && fleet.selected_by(selectors)
        })
    }

    /// How many devices the site has.
    pub fn devices(&self) -> u32 {
        self.fleets.iter().filter(|fleet| !fleet.service).map(|fleet| fleet.count).sum()
    }

    /// The ways between all zones, whatever the lists of their conduits accept.
    pub(super) fn find_ways(&mut self) {
        for start in 0..self.zones.len() as u16 {
            let reached = self.tables.ways(start, |_, _| true);
            self.ways.extend(reached.into_iter().map(|(end, way)| ((start, end), way)));
        }
    }

    /// The way of a call between two devices' fleets; none where no conduits lead there.
    pub(super) fn way(&self, call: &Call) -> Option<Way> {
        if self.tables.is_selective() {
            return self.tables.way(call);
        }
        let zones = [call.from, call.to].map(|fleet| self.fleets[usize::from(fleet)].zone);
        let conduits = self.ways.get(&(zones[0], zones[1]))?.clone();
        Some(Way { conduits, refused: None })
    }

    /// From where an adversary has tried in vain what he need not try again: from a zone, or from a fleet where lists
    /// tell fleets apart.
    pub fn vantage(&self, device: DeviceId) -> u16 {
        if self.tables.is_selective() { self.fleet_of(device) } else { self.fleet(device).zone }
    }
}
