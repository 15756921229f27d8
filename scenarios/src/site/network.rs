//! Routes over the ground: one truth about reachability, for legitimate traffic and for attackers.
//!
//! # Differs from the real thing
//! A cable's latency is counted where a message leaves its sender, not again where it reaches its receiver.
//! Traffic between two zones takes the way with the fewest conduits, whatever their load. An access point is one
//! half-duplex server for all its clients; association and roaming are left out.

use super::ground::Ground;
use super::mesh::{self, Parents};
use crate::reach::{Call, Manner, Refusal, Speaks, Way as Passage};
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{By, CauseId};
use sim::law::Law;
use sim::medium::{End, Link};
use sim::message::DeviceId;
use sim::route::{At, Delay, Hop, Needs, RouteId, Toll};
use sim::status::PartId;
use sim::tick::Stage;
use std::collections::{BTreeMap, BTreeSet};

/// Where a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The sender's processor.
    Source,
    /// A cable of the zone.
    Cable,
    /// The radio of this gateway.
    Radio(DeviceId),
    /// A switch, or what else stands before a device.
    Switch(DeviceId),
    /// What guards a conduit: its list, and the firewall that stands in it.
    Firewall(u16),
    /// A conduit, entered at this end (0 or 1).
    Conduit(u16, u8),
    /// A server on the way.
    Relay(DeviceId),
    /// The receiver's processor.
    Target,
}

/// What travels on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Traffic {
    /// The messages of a flow, by its index.
    Flow(u16),
    /// Flights of a conversation that this control holds.
    Handshake(CauseId),
    /// An adversary's attempts.
    Attempt,
    /// What staff and tools do that no flow describes: logins, updates.
    Service,
    /// Questions whether an end of a flow is there, and their answers.
    Contact,
    /// An adversary's attempts to log in.
    Login,
}

impl Traffic {
    /// Whether it is an adversary's.
    pub const fn is_attempt(self) -> bool {
        matches!(self, Self::Attempt | Self::Login)
    }

    /// What it is to the lists of conduits, between two fleets.
    fn call(self, ground: &Ground, [from, to]: [u16; 2]) -> Call {
        let (by, manner) = match self {
            Self::Flow(flow) => {
                let (by, manner) = ground.tables.talk(flow);
                (Speaks::Protocol(by), manner)
            }
            Self::Handshake(_) | Self::Contact => (Speaks::Any, Manner::Either),
            Self::Attempt | Self::Service => (Speaks::Any, Manner::Calls),
            Self::Login => (Speaks::Login, Manner::Calls),
        };
        Call { from, to, by, manner }
    }
}

/// What a control may ask of a route before it charges for it.
#[derive(Clone, Debug)]
pub struct Laid {
    /// What travels on it.
    pub traffic: Traffic,
    /// The sender's fleet.
    pub source: u16,
    /// The receiver's fleet.
    pub target: u16,
    /// Servers on the way.
    pub via: Vec<DeviceId>,
    /// Where each of its hops is.
    pub places: Vec<Place>,
    /// The ends that it was first laid for.
    ends: [DeviceId; 2],
    /// Who passes it on in the meshes of its ends.
    chains: [Vec<DeviceId>; 2],
    /// Whether it was laid by no control's rule, for what was under way when a strategy's controls ended.
    bare: bool,
}

/// What it takes to lay a route again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Way {
    traffic: Traffic,
    ends: [DeviceId; 2],
    via: Vec<DeviceId>,
    chains: [Vec<DeviceId>; 2],
    bare: bool,
}

/// The routes of a snapshot: those laid since the run was built, in order, and those in use, by their ids then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ways {
    since: Vec<Way>,
    in_use: Vec<(u32, Way)>,
}

impl Laid {
    /// The devices at its stops: the sender, the servers on the way, the receiver. Whoever else uses it is like them.
    pub fn stops(&self) -> impl Iterator<Item = DeviceId> + '_ {
        let [from, to] = self.ends;
        [from].into_iter().chain(self.via.iter().copied()).chain([to])
    }

    fn way(&self) -> Way {
        let (via, chains) = (self.via.clone(), self.chains.clone());
        Way { traffic: self.traffic, ends: self.ends, via, chains, bare: self.bare }
    }
}

/// What a control charges at a place of a route.
pub type Rule = Box<dyn Fn(&Ground, &Laid, Place) -> Option<Toll> + Send + Sync>;

/// Everything by which two routes differ; few have anybody on the way.
type Key = (Traffic, [u16; 2], [u32; 2], [bool; 3], Option<Box<OnTheWay>>);

/// Servers on the way, and who passes it on in the meshes of its ends.
type OnTheWay = (Vec<DeviceId>, [Vec<DeviceId>; 2]);

/// The routes laid so far and the rules they are laid by.
#[derive(bevy_ecs::prelude::Resource, Default)]
pub struct Network {
    rules: Vec<Rule>,
    known: BTreeMap<Key, RouteId>,
    /// Who passes on whose messages in meshes.
    pub(super) parents: Parents,
    /// Devices whose routes are other than those of the rest of their fleet; none where nothing tells them apart.
    apart: BTreeSet<DeviceId>,
    laid: Vec<Laid>,
    /// How many were laid when the run was built.
    built: usize,
}

impl Network {
    /// Charge by this rule on every route laid from now on; rules work in the order of their making.
    pub fn rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Lay the routes of these devices apart from those of the rest of their fleet: a control charges them otherwise.
    pub fn set_apart(&mut self, devices: impl IntoIterator<Item = DeviceId>) {
        self.apart.extend(devices);
    }

    /// Who passes on a device's messages in a mesh.
    pub fn parent(&self, device: DeviceId) -> Option<DeviceId> {
        self.parents.get(&device).copied()
    }

    /// What is known of a route.
    pub fn laid(&self, route: RouteId) -> Option<&Laid> {
        self.laid.get(route.0 as usize)
    }

    /// The route for `traffic` from one device over `via` to another, laid when it is new.
    pub fn route(
        &mut self,
        core: &mut Core,
        ground: &Ground,
        traffic: Traffic,
        [from, to]: [DeviceId; 2],
        via: &[DeviceId],
    ) -> RouteId {
        let chains = [from, to].map(|end| mesh::chain(&self.parents, end));
        self.route_by(core, ground, Way { traffic, ends: [from, to], via: via.to_vec(), chains, bare: false })
    }

    /// The route of a way, laid when it is new.
    fn route_by(&mut self, core: &mut Core, ground: &Ground, way: Way) -> RouteId {
        let [from, to] = way.ends;
        let fleets = [from, to].map(|end| ground.fleet_of(end));
        // Who has a transmitter of its own has routes of its own.
        let own = |end: DeviceId| ground.transmitters.get(&end).map(|station| u32::MAX - 1 - station.0);
        let gateways = [own(from).unwrap_or_else(|| nearest(ground, from)), nearest(ground, to)];
        let [first, last] = way.ends.map(|end| self.apart.contains(&end));
        let passes = !way.via.is_empty() || way.chains.iter().any(|chain| !chain.is_empty());
        let on_the_way = passes.then(|| Box::new((way.via.clone(), way.chains.clone())));
        let key = (way.traffic, fleets, gateways, [first, last, from == to], on_the_way);
        if let Some(&route) = self.known.get(&key) {
            return route;
        }
        let route = self.lay(core, ground, way);
        self.known.insert(key, route);
        route
    }

    fn lay(&mut self, core: &mut Core, ground: &Ground, way: Way) -> RouteId {
        let Way { traffic, ends: [from, to], via, chains, bare } = way;
        let [source, target] = [from, to].map(|end| ground.fleet_of(end));
        let (mut hops, mut places) = (Vec::new(), Vec::new());
        if from == to && via.is_empty() {
            hops = vec![first_hop(ground, traffic), Hop::visit(Stage::Act, At::Target)];
            places = vec![Place::Source, Place::Target];
        }
        let inside = !hops.is_empty();
        let stops: Vec<DeviceId> = [from].into_iter().chain(via.iter().copied()).chain([to]).collect();
        for (leg, ends) in stops.windows(2).enumerate().filter(|_| !inside) {
            if leg == 0 {
                hops.push(first_hop(ground, traffic));
                places.push(Place::Source);
            }
            let [first, last] = [leg == 0, leg + 2 == stops.len()];
            let up = if first { chains[0].clone() } else { mesh::chain(&self.parents, ends[0]) };
            let down = if last { chains[1].clone() } else { mesh::chain(&self.parents, ends[1]) };
            let fleets = [ends[0], ends[1]].map(|end| ground.fleet_of(end));
            let passage = ground.way(&traffic.call(ground, fleets));
            let hops_on = traffic.is_attempt() && first && last;
            let leg = Leg { ends: [(ends[0], up), (ends[1], down)], passage, first, last, hops_on };
            lay_leg(core, ground, leg, &mut hops, &mut places);
        }
        let laid = Laid { traffic, source, target, via, places, ends: [from, to], chains, bare };
        let rank = rank(ground, traffic);
        hops.iter_mut().for_each(|hop| hop.rank = rank);
        let of_control =
            |toll: &Toll| core.names.cause_of(toll.cause).is_some_and(|cause| cause.by == By::Control);
        for (hop, &place) in hops.iter_mut().zip(&laid.places) {
            let tolls = self.rules.iter().filter_map(|rule| rule(ground, &laid, place));
            hop.tolls.extend(tolls.filter(|toll| !bare || !of_control(toll)));
            // There may be as many routes as gateways.
            hop.tolls.shrink_to_fit();
        }
        // What a control makes an answer's sender work is a visit of its own.
        if let Some(first) = hops.first_mut()
            && first.tolls.iter().any(|toll| toll.cpu > 0)
        {
            first.at = At::Source;
        }
        self.laid.push(laid);
        core.routes.add(hops)
    }

    /// The run is built: routes laid from now on are laid by the run.
    pub(super) fn built(&mut self) {
        self.built = self.laid.len();
    }

    /// What it takes to lay the routes of this run again, in it or under another strategy.
    pub(crate) fn ways(&self, core: &Core) -> Ways {
        let since = self.laid.get(self.built..).unwrap_or_default();
        let in_use = core.routes_in_use().into_iter();
        Ways {
            since: since.iter().map(|laid| laid.way()).collect(),
            in_use: in_use.filter_map(|route| Some((route.0, self.laid(route)?.way()))).collect(),
        }
    }

    /// Lay the routes again that a run like this had laid.
    pub(crate) fn lay_again(&mut self, core: &mut Core, ground: &Ground, ways: Ways) {
        for way in ways.since {
            if way.bare {
                self.lay(core, ground, way);
            } else {
                self.route_by(core, ground, way);
            }
        }
    }

    /// Lay the routes of what is under way without any control's charges; gives the new ids by the old ones.
    pub(crate) fn lay_bare(&mut self, core: &mut Core, ground: &Ground, ways: Ways) -> BTreeMap<u32, u32> {
        let lay = |(old, way)| (old, self.lay(core, ground, Way { bare: true, ..way }).0);
        ways.in_use.into_iter().map(lay).collect()
    }

    /// The parts that must be up for a message from one device to another to get through.
    pub fn parts(&self, core: &Core, route: RouteId, [from, to]: [DeviceId; 2]) -> Vec<PartId> {
        let mut parts = vec![core.unit(from), core.link(from)];
        for hop in core.routes.hops(route) {
            if let Needs::Part(part) = hop.needs {
                parts.push(part);
            }
            match hop.at {
                At::Station(station) => parts.push(core.stations[station.0 as usize].part),
                At::Air(air) => {
                    let link = core.media.link_of(air);
                    let ends = link.into_iter().flat_map(|link| [link.from, link.to]);
                    parts.extend(ends.filter_map(|end| match end {
                        End::Device(device) => Some(core.unit(device)),
                        End::Source | End::Target => None,
                    }));
                }
                At::Source | At::Target | At::Nowhere => (),
            }
        }
        parts.extend([core.unit(to), core.link(to)]);
        parts
    }
}

/// What a device reaches the network by: its gateway, or else what stands before it; `u32::MAX` for a mere cable.
fn nearest(ground: &Ground, device: DeviceId) -> u32 {
    let before = || ground.behind.get(&device);
    ground.gateway(device).or_else(|| before().copied()).map_or(u32::MAX, |at| at.0)
}

/// Who goes first where rank rules: flows by what they put at risk, everything else last.
fn rank(ground: &Ground, traffic: Traffic) -> u8 {
    let flow = match traffic {
        Traffic::Flow(flow) => ground.flows.get(usize::from(flow)),
        _ => None,
    };
    flow.map_or(u8::MAX, |flow| flow.criticality as u8)
}

/// The sender's own part: what the flow says besides its class. An answer leaves with the visit that made it.
fn first_hop(ground: &Ground, traffic: Traffic) -> Hop {
    let flow = match traffic {
        Traffic::Flow(flow) => ground.flows.get(usize::from(flow)),
        _ => None,
    };
    let at = if flow.is_some_and(|flow| flow.text.answers.is_some()) { At::Nowhere } else { At::Source };
    let delay = flow.and_then(|flow| flow.text.ready_after).map(|ready| Delay::Fixed(ready.0));
    Hop { delay, ..Hop::visit(Stage::Protect, at) }
}

/// One leg of a route: its ends with who passes on in the meshes there, its way between zones, and whether it is the
/// route's first or last.
struct Leg {
    ends: [(DeviceId, Vec<DeviceId>); 2],
    passage: Option<Passage>,
    first: bool,
    last: bool,
    /// Whether it goes from radio to radio where both ends are in one mesh.
    hops_on: bool,
}

/// One leg: out of the sender's gateway, through the conduits, into the receiver's gateway, to its processor.
fn lay_leg(core: &mut Core, ground: &Ground, leg: Leg, hops: &mut Vec<Hop>, places: &mut Vec<Place>) {
    let Leg { ends: [(from, up), (to, mut down)], passage, first, last, hops_on } = leg;
    let mut push = |hop: Hop, place: Place| {
        hops.push(hop);
        places.push(place);
    };
    let [source, target] = [from, to].map(|end| ground.fleet(end));
    // Who sends needs its attachment to the network; a relay's is a part of its own.
    let leaves = if first { Needs::SourceLink } else { Needs::Part(core.link(from)) };
    let shared = |end: DeviceId| {
        let gateway = ground.gateway(end)?;
        Some((gateway, *ground.media.get(&gateway)?))
    };
    let radio = |end: DeviceId| {
        let gateway = ground.gateway(end)?;
        Some((gateway, *ground.radios.get(&gateway)?))
    };
    let mesh = shared(from).filter(|(gateway, _)| ground.meshed.contains(gateway));
    if let Some((gateway, medium)) = mesh.filter(|own| hops_on && shared(to) == Some(*own)) {
        let link = Link { medium, from: End::Source, to: End::Target };
        let air = Hop { needs: leaves, ..Hop::visit(Stage::Hop, At::Air(core.media.link(link))) };
        push(air, Place::Radio(gateway));
        return push(Hop { needs: Needs::TargetLink, ..Hop::visit(Stage::Act, At::Target) }, Place::Target);
    }
    if let Some((gateway, medium)) = shared(from) {
        let mut end = if first { End::Source } else { End::Device(from) };
        let mut needs = leaves;
        for to in up.into_iter().chain([gateway]) {
            let link = Link { medium, from: end, to: End::Device(to) };
            push(
                Hop { needs, ..Hop::visit(Stage::Hop, At::Air(core.media.link(link))) },
                Place::Radio(gateway),
            );
            if to != gateway {
                push(passes_on(core, to), Place::Relay(to));
            }
            (end, needs) = (End::Device(to), Needs::Nothing);
        }
    } else if let Some((gateway, radio)) = radio(from) {
        let own = ground.transmitters.get(&from).copied().unwrap_or(radio);
        let hop = Hop { needs: leaves, ..Hop::visit(Stage::Hop, At::Station(own)) };
        push(with_link(hop, Some(source.link)), Place::Radio(gateway));
    } else {
        let at = ground.transmitters.get(&from).map_or(At::Nowhere, |&own| At::Station(own));
        let hop = Hop { needs: leaves, ..Hop::visit(Stage::Hop, at) };
        push(with_link(hop, Some(source.link)), Place::Cable);
    }
    let (outwards, inwards) = switches(ground, from, to);
    for switch in outwards {
        push(passes_on(core, switch), Place::Switch(switch));
    }
    if source.zone == target.zone && from != to {
        let inside = ground.zones[usize::from(source.zone)].inside;
        if inside.is_some() {
            push(with_link(Hop::visit(Stage::Hop, At::Nowhere), inside), Place::Cable);
        }
    }
    if passage.is_none()
        && let Some(barred) = ground.barred
    {
        push(Hop { needs: Needs::Part(barred), ..Hop::visit(Stage::Hop, At::Nowhere) }, Place::Cable);
    }
    let Passage { conduits, refused } = passage.unwrap_or_default();
    for (nth, (at, end)) in (0..).zip(conduits) {
        let conduit = &ground.conduits[usize::from(at)];
        if let Some((_, why)) = refused.filter(|refused| refused.0 == nth) {
            let part = match why {
                Refusal::Unlisted => conduit.refuses[0],
                Refusal::PastJumpHost => conduit.refuses[1],
            };
            let needs = part.map_or(Needs::Nothing, Needs::Part);
            push(Hop { needs, ..Hop::visit(Stage::Hop, At::Nowhere) }, Place::Firewall(at));
        }
        if let Some(own) = conduit.firewall {
            let hop = Hop::visit(Stage::Hop, At::Station(own.station));
            push(with_link(hop, Some((own.adds, 0.0))), Place::Firewall(at));
        }
        let hop = Hop {
            needs: Needs::Part(conduit.part),
            ..Hop::visit(
                Stage::Hop,
                conduit.links.map_or(At::Nowhere, |links| At::Station(links[usize::from(end)])),
            )
        };
        push(with_link(hop, Some((conduit.latency, conduit.loss))), Place::Conduit(at, end));
    }
    for switch in inwards {
        push(passes_on(core, switch), Place::Switch(switch));
    }
    if let Some((gateway, medium)) = shared(to) {
        let mut end = End::Device(gateway);
        down.reverse();
        for relay in down {
            let link = Link { medium, from: end, to: End::Device(relay) };
            push(Hop::visit(Stage::Hop, At::Air(core.media.link(link))), Place::Radio(gateway));
            push(passes_on(core, relay), Place::Relay(relay));
            end = End::Device(relay);
        }
        let link = Link { medium, from: end, to: if last { End::Target } else { End::Device(to) } };
        push(Hop::visit(Stage::Hop, At::Air(core.media.link(link))), Place::Radio(gateway));
    } else if let Some((gateway, radio)) = radio(to) {
        let hop = Hop::visit(Stage::Hop, At::Station(radio));
        push(with_link(hop, Some(target.link)), Place::Radio(gateway));
    }
    if last {
        push(Hop { needs: Needs::TargetLink, ..Hop::visit(Stage::Act, At::Target) }, Place::Target);
    } else {
        let relay = At::Station(sim::station::StationId(to.0));
        let hop = Hop { needs: Needs::Part(core.link(to)), ..Hop::visit(Stage::Decide, relay) };
        push(hop, Place::Relay(to));
    }
}

/// The switches that a leg passes on its way out and on its way in; those that both ends stand behind only once.
fn switches(ground: &Ground, from: DeviceId, to: DeviceId) -> (Vec<DeviceId>, Vec<DeviceId>) {
    if ground.behind.is_empty() || from == to {
        return (Vec::new(), Vec::new());
    }
    let (mut outwards, mut inwards) = (ground.switches(from), ground.switches(to));
    if let Some(common) = outwards.iter().position(|switch| inwards.contains(switch)) {
        outwards.truncate(common + 1);
        let again = inwards.iter().position(|switch| *switch == outwards[common]);
        inwards.truncate(again.unwrap_or(inwards.len()));
    }
    // Who is the other's switch is no stop on the way to it.
    outwards.retain(|switch| *switch != to);
    inwards.retain(|switch| *switch != from);
    inwards.reverse();
    (outwards, inwards)
}

/// A device of a mesh, or a switch, works on what it passes on.
fn passes_on(core: &Core, relay: DeviceId) -> Hop {
    let at = At::Station(sim::station::StationId(relay.0));
    Hop { needs: Needs::Part(core.link(relay)), ..Hop::visit(Stage::Hop, at) }
}

fn with_link(hop: Hop, link: Option<(Law, f64)>) -> Hop {
    match link {
        Some((latency, loss)) => Hop { delay: Some(latency.into()), loss, ..hop },
        None => hop,
    }
}
