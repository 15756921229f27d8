//! Sealing: who protects which leg of a route by which suite, and what a message pays for it.
//!
//! A route's legs lie between its stops: the sender, the servers that it passes, the receiver. Each leg is sealed by
//! the use that names one of its ends most specifically; a server on the way opens what comes and seals what goes.
//!
//! # Differs from the real thing
//! A suite is set for whole fleets, of which some devices may have been moved to another: a leg is sealed by the new
//! suite once both its ends speak it, and who is in no plan to move speaks what it can run. What a box of its own does
//! for a device is paid at the device's own hop. Who answers a device without credentials of its own is let in by the
//! other's key alone: a device that may call it may also attack it.

use super::ground::{Fleet, Ground};
use super::network::{Laid, Place, Traffic};
use super::power;
use crate::controls::Substitute;
use ::devices::class::DeviceClass;
use ::devices::crypto::{
    Authentication, Catalogue, CryptoError, Machine, MessageCost, Protection, Suite, fits,
};
use sim::core::Core;
use sim::fact::CauseId;
use sim::luck::name_hash;
use sim::message::DeviceId;
use sim::route::Toll;
use sim::station::{Station, StationId};
use sim::status::PartId;
use sim::time::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A suite with what is done where it cannot be run.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The suite.
    pub suite: &'static Suite,
    /// What a device does that cannot run it.
    pub substitute: Option<Substitute>,
    /// Whether a gateway does it for the devices behind it.
    pub at_gateway: bool,
    /// Whether a session that has ended is resumed by a ticket.
    pub tickets: bool,
    /// How long a session may be used before it is opened anew.
    pub lifetime: Option<Span>,
    /// The layer that comes in its place for devices that have been moved to another suite.
    pub next: Option<u16>,
}

impl Layer {
    /// Whether both ends show who they are, so that a stranger gets no further than the handshake.
    pub fn is_mutual(&self) -> bool {
        match self.suite.authentication {
            Authentication::None => false,
            Authentication::PreSharedKey { .. } | Authentication::RawKeys { .. } => true,
            Authentication::KeyEncapsulation { .. } => false,
            Authentication::Certificates { mutual, .. } => mutual,
        }
    }
}

/// Who does the work at an end of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The device.
    Own,
    /// What stands before it.
    Proxy,
}

/// What becomes of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// It goes as it is.
    Plain,
    /// An end cannot run what it should: nothing passes.
    Lost,
    /// It is sealed by this layer, and this is who does it at either end.
    Sealed(u16, [Hand; 2]),
}

/// What stands before devices that cannot run a suite: their radio's gateway, or a box of its own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Proxy {
    Gateway(DeviceId),
    Boxes(u16),
}

/// Which implementation of their spread devices have: this one, or one drawn for each class.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// From −1, the cheapest, over 0, that of the class, to 1, the dearest.
    pub at: f64,
    /// Whether it is drawn for each class instead.
    pub sampled: bool,
}

#[derive(Clone, Debug)]
struct End {
    fits: bool,
    protection: Protection,
}

/// Everything that is known of sealing before routes are laid.
#[derive(Clone, Debug)]
pub struct Seals {
    /// The control.
    pub cause: CauseId,
    /// The layers, by the index of their use.
    pub layers: Vec<Layer>,
    /// By fleet: the layer that rules it, and how specifically.
    ruling: Vec<Option<(u16, u8)>>,
    ends: BTreeMap<(u16, u16), End>,
    /// By fleet: the machine as this run takes it to be built.
    machines: Vec<Machine>,
    /// By fleet: whether its devices can be moved to the suite that is to come, over the network.
    movable: Vec<bool>,
    /// Devices that have been moved to it.
    moved: BTreeSet<DeviceId>,
    proxies: BTreeMap<(u16, Proxy), StationId>,
}

/// The capability of a device that is updated over the network. Source: NIST SP 800-213A.
const OVER_THE_NETWORK: &str = "SU:UPD";

/// The class of the boxes that protect for others. Assumption: a small server.
pub const BOX: &str = "server";

impl Seals {
    /// Price every layer for every fleet, and set up who stands in for those that cannot run theirs.
    ///
    /// # Errors
    /// When a suite has no known cost on a core that can speak it.
    pub fn price(
        core: &mut Core,
        (ground, catalogue): (&Ground, &Catalogue),
        cause: CauseId,
        layers: Vec<Layer>,
        ruling: Vec<Option<(u16, u8)>>,
        stand_in: &DeviceClass,
        band: Band,
    ) -> Result<Self, CryptoError> {
        let draws = core.luck.purpose("implementation");
        let built = |class: &DeviceClass| {
            let drawn = 2.0 * draws.unit(name_hash(class.name), 0) - 1.0;
            Machine { implementation: if band.sampled { drawn } else { band.at }, ..Machine::of(class) }
        };
        let machines: Vec<Machine> = ground.fleets.iter().map(|fleet| built(&fleet.class)).collect();
        let (mut ends, mut proxies) = (BTreeMap::new(), BTreeMap::new());
        for (nth, layer) in (0..).zip(&layers) {
            for (at, fleet) in (0..).zip(&ground.fleets) {
                let machine = &machines[usize::from(at)];
                let relieved = layer.at_gateway && ground.gateway(fleet.first).is_some();
                let fits = !relieved && fits(catalogue, layer.suite, machine).is_ok();
                let priced = Protection::of(catalogue, layer.suite, machine);
                if fits || priced.is_ok() {
                    ends.insert((nth, at), End { fits, protection: priced? });
                }
            }
            if layer.substitute == Some(Substitute::Gateway) {
                let ruled = |own: u16| own == nth || layers[usize::from(own)].next == Some(nth);
                for (proxy, class, part, servers) in stand_ins(core, ground, &ruling, ruled, stand_in) {
                    let machine = built(class);
                    if fits(catalogue, layer.suite, &machine).is_ok() {
                        let protection = Protection::of(catalogue, layer.suite, &machine)?;
                        let station = core.station(worker(class, &protection, part, servers));
                        proxies.insert((nth, proxy), station);
                    }
                }
            }
        }
        let mut seals = Self {
            cause,
            layers,
            ruling,
            ends,
            machines,
            movable: Vec::new(),
            moved: BTreeSet::new(),
            proxies,
        };
        seals.movable = (0..)
            .zip(&ground.fleets)
            .map(|(at, fleet)| seals.may_move(ground, at, fleet, stand_in))
            .collect();
        Ok(seals)
    }

    /// Whether a fleet's devices can be moved to the suite that is to come: whoever does the work, they or what stands
    /// before them, runs it and is updated over the network.
    fn may_move(&self, ground: &Ground, at: u16, fleet: &Fleet, stand_in: &DeviceClass) -> bool {
        let Some((layer, _)) = self.ruling.get(usize::from(at)).copied().flatten() else { return false };
        let own = &self.layers[usize::from(layer)];
        let Some(next) = own.next else { return false };
        if self.runs(next, at) {
            return fleet.class.offers(OVER_THE_NETWORK);
        }
        if self.runs(layer, at) || own.substitute != Some(Substitute::Gateway) {
            return false;
        }
        let before = ground
            .gateway(fleet.first)
            .filter(|&gateway| self.proxies.contains_key(&(next, Proxy::Gateway(gateway))));
        match before {
            Some(gateway) => ground.class(gateway).offers(OVER_THE_NETWORK),
            None => self.proxies.contains_key(&(next, Proxy::Boxes(at))) && stand_in.offers(OVER_THE_NETWORK),
        }
    }

    /// Whether the devices of a fleet run a layer's suite by themselves.
    fn runs(&self, layer: u16, fleet: u16) -> bool {
        self.ends.get(&(layer, fleet)).is_some_and(|end| end.fits)
    }

    /// Whether the devices of a fleet can be moved to the suite that is to come.
    pub fn is_movable(&self, fleet: u16) -> bool {
        self.movable.get(usize::from(fleet)).copied().unwrap_or(false)
    }

    /// Take it that these devices have been moved, as far as they can be.
    pub fn moved(&mut self, ground: &Ground, has_moved: impl Fn(u16, DeviceId) -> bool) {
        for (at, fleet) in (0..).zip(&ground.fleets) {
            let ruling = self.ruling.get(usize::from(at)).copied().flatten().filter(|_| self.is_movable(at));
            let Some((layer, _)) = ruling else { continue };
            self.moved.extend(fleet.devices().filter(|&device| has_moved(layer, device)));
        }
    }

    /// The devices that have been moved to the suite that was to come.
    pub fn all_moved(&self) -> &BTreeSet<DeviceId> {
        &self.moved
    }

    /// Whether an end of a leg speaks the suite that is to come: it runs that no less than the old one, and has been moved
    /// or is in no plan that says when it will be.
    fn speaks(&self, ground: &Ground, device: DeviceId, layer: u16, next: u16) -> bool {
        let fleet = ground.fleet_of(device);
        let ruling = self.ruling.get(usize::from(fleet)).copied().flatten();
        let planned = ruling.is_some_and(|(own, _)| self.layers[usize::from(own)].next.is_some());
        (self.runs(next, fleet) || !self.runs(layer, fleet)) && (!planned || self.moved.contains(&device))
    }

    /// Both layers of a plan to move, where this is one of them.
    pub fn before_and_after(&self, layer: u16) -> [Option<u16>; 2] {
        let before = (0..).zip(&self.layers).find(|(_, own)| own.next == Some(layer)).map(|(at, _)| at);
        match before {
            Some(before) => [Some(before), Some(layer)],
            None => [Some(layer), self.layers.get(usize::from(layer)).and_then(|own| own.next)],
        }
    }

    /// Whether the devices of both fleets run a layer's suite by themselves.
    pub fn run_by(&self, layer: u16, fleets: [u16; 2]) -> bool {
        fleets.into_iter().all(|fleet| self.runs(layer, fleet))
    }

    /// What the devices of a fleet compute with.
    pub fn machine(&self, fleet: u16) -> &Machine {
        &self.machines[usize::from(fleet)]
    }

    /// What becomes of a leg between these two devices.
    pub fn leg(&self, ground: &Ground, ends: [DeviceId; 2]) -> Leg {
        let [from, to] = ends.map(|end| ground.fleet_of(end));
        let of = |fleet: u16| self.ruling.get(usize::from(fleet)).copied().flatten();
        let ruling = match (of(from), of(to)) {
            (Some(from), Some(to)) => Some(if to.1 > from.1 { to } else { from }),
            (from, to) => from.or(to),
        };
        let Some((layer, _)) = ruling else { return Leg::Plain };
        let next = self.layers[usize::from(layer)].next;
        let both = |next: &u16| ends.into_iter().all(|end| self.speaks(ground, end, layer, *next));
        let layer = next.filter(both).unwrap_or(layer);
        let own = [from, to].map(|fleet| self.runs(layer, fleet));
        match (own, self.layers[usize::from(layer)].substitute) {
            ([true, true], _) => Leg::Sealed(layer, [Hand::Own; 2]),
            (_, None) => Leg::Lost,
            (_, Some(Substitute::Plain)) => Leg::Plain,
            (own, Some(Substitute::Gateway)) => {
                Leg::Sealed(layer, own.map(|own| if own { Hand::Own } else { Hand::Proxy }))
            }
        }
    }

    /// The legs of a route: what becomes of each.
    pub fn legs(&self, ground: &Ground, laid: &Laid) -> Vec<Leg> {
        let stops: Vec<DeviceId> = laid.stops().collect();
        stops.windows(2).map(|ends| self.leg(ground, [ends[0], ends[1]])).collect()
    }

    /// Whether nothing of a flow gets through on this route.
    pub fn is_lost(&self, ground: &Ground, laid: &Laid) -> bool {
        matches!(laid.traffic, Traffic::Flow(_))
            && (self.legs(ground, laid).contains(&Leg::Lost) || self.lacks_proxy(ground, laid))
    }

    fn lacks_proxy(&self, ground: &Ground, laid: &Laid) -> bool {
        let legs = self.legs(ground, laid);
        let lacks = |(nth, leg): (usize, &Leg)| match *leg {
            Leg::Sealed(layer, hands) => [0, 1]
                .into_iter()
                .any(|end| hands[end] == Hand::Proxy && self.proxy(ground, laid, layer, nth + end).is_none()),
            Leg::Plain | Leg::Lost => false,
        };
        legs.iter().enumerate().any(lacks)
    }

    /// What stands before the `stop`th stop of a route.
    fn proxy(&self, ground: &Ground, laid: &Laid, layer: u16, stop: usize) -> Option<StationId> {
        let (fleet, beside) = if stop == 0 {
            (laid.source, laid.places.get(1))
        } else if let Some(relay) = laid.via.get(stop - 1) {
            (ground.fleet_of(*relay), None)
        } else {
            (laid.target, laid.places.len().checked_sub(2).and_then(|at| laid.places.get(at)))
        };
        let radio = match beside {
            Some(Place::Radio(gateway)) => self.proxies.get(&(layer, Proxy::Gateway(*gateway))),
            _ => None,
        };
        radio.or_else(|| self.proxies.get(&(layer, Proxy::Boxes(fleet)))).copied()
    }

    /// What a message of a flow pays at this place: it is opened where a leg ends and sealed where one begins. What a
    /// radio's gateway does for a device is paid behind the radio.
    pub fn toll(&self, ground: &Ground, laid: &Laid, place: Place, bytes: u32) -> Option<Toll> {
        let legs = self.legs(ground, laid);
        let mut toll = Toll::free(self.cause);
        let mut pays = |nth: usize, end: usize| {
            let Some(&Leg::Sealed(layer, hands)) = legs.get(nth) else { return false };
            let stop = nth + end;
            if place_of(laid, stop, hands[end]) != Some(place) {
                return false;
            }
            let fleet = match stop {
                0 => laid.source,
                stop => laid.via.get(stop - 1).map_or(laid.target, |relay| ground.fleet_of(*relay)),
            };
            let cost = match self.ends.get(&(layer, fleet)) {
                Some(own) if end == 0 => own.protection.send(bytes),
                Some(own) => own.protection.receive(bytes),
                // A device whose own cost nobody knows stands behind a gateway: only the bytes are its message's.
                None => MessageCost {
                    extra_bytes: self.layers[usize::from(layer)].suite.overhead(bytes).unwrap_or(0),
                    ..MessageCost::default()
                },
            };
            add(&mut toll, &cost, if end == 0 { 1 } else { -1 }, hands[end] == Hand::Own);
            if hands[end] == Hand::Proxy {
                toll.visit = self.proxy(ground, laid, layer, stop);
            } else if stop == 0 {
                // The bytes go by the device's own transmitter.
                let [all, bare] =
                    [bytes + cost.extra_bytes, bytes].map(|bytes| power::sends(ground, fleet, bytes));
                toll.nanojoules += all.saturating_sub(bare);
            } else if stop == laid.via.len() + 1 {
                let [all, bare] =
                    [bytes + cost.extra_bytes, bytes].map(|bytes| power::hears(ground, fleet, bytes));
                toll.nanojoules += all.saturating_sub(bare);
            }
            true
        };
        let mut paid = false;
        for nth in 0..legs.len() {
            paid |= pays(nth, 1);
            paid |= pays(nth, 0);
        }
        paid.then_some(toll)
    }

    /// Whether a stranger from this fleet is turned away by that one: it has no credentials of its own, and a mutual
    /// suite. Nobody is turned away who sits in the gateway that does the checking.
    pub fn turns_away(&self, ground: &Ground, source: u16, target: u16) -> bool {
        let fleet = &ground.fleets[usize::from(target)];
        let Some((layer, _)) = self.ruling.get(usize::from(target)).copied().flatten() else { return false };
        let own = self.ends.get(&(layer, target)).is_some_and(|end| end.fits);
        let layer = &self.layers[usize::from(layer)];
        let gateway = ground.gateway(fleet.first).map(|gateway| ground.fleet_of(gateway));
        if !own && gateway == Some(source) {
            return false;
        }
        fleet.credentials == crate::language::fleet::Credentials::None
            && layer.is_mutual()
            && (own || layer.substitute == Some(Substitute::Gateway))
    }
}

/// Where the work at a stop of a route is done: there, or if a gateway does it for the device, on the network's side of
/// its radio. Where that place comes twice, it is done at the stop.
fn place_of(laid: &Laid, stop: usize, hand: Hand) -> Option<Place> {
    let places = &laid.places;
    let last = places.len() - 1;
    let (own, radio, behind) = match stop {
        0 => (0, 1, 2),
        stop if stop == laid.via.len() + 1 => (last, last.saturating_sub(1), last.saturating_sub(1)),
        stop => return laid.via.get(stop - 1).map(|&relay| Place::Relay(relay)),
    };
    let is_radio = matches!(places.get(radio), Some(Place::Radio(_)));
    let once = |place: &Place| places.iter().filter(|other| *other == place).count() == 1;
    let behind = places.get(behind).filter(|place| is_radio && hand == Hand::Proxy && once(place));
    behind.or(places.get(own)).copied()
}

fn add(toll: &mut Toll, cost: &MessageCost, sign: i32, own: bool) {
    toll.bytes += sign * i32::try_from(cost.extra_bytes).unwrap_or(i32::MAX);
    if own {
        toll.cpu += cost.cpu.0;
        toll.nanojoules += (cost.joules * 1e9).round() as u64;
    }
}

/// A station that opens or seals one message after the other, beside handling it.
pub fn worker(class: &DeviceClass, protection: &Protection, part: PartId, servers: u16) -> Station {
    const MANY: u32 = 1 << 20;
    let [none, many] = [0, MANY].map(|bytes| protection.send(bytes).cpu.seconds());
    let fixed = Span::from_seconds(class.service.per_message + none);
    let per_byte = class.service.per_byte + (many - none) / f64::from(MANY);
    Station::new(part, servers, fixed, (per_byte * 1e12).round() as u64)
}

/// Who may stand in for the devices that this layer rules: every gateway, and for each fleet as many boxes.
fn stand_ins<'a>(
    core: &Core,
    ground: &'a Ground,
    ruling: &[Option<(u16, u8)>],
    rules: impl Fn(u16) -> bool,
    class: &'a DeviceClass,
) -> Vec<(Proxy, &'a DeviceClass, PartId, u16)> {
    let gateways = ground
        .radios
        .keys()
        .map(|&gateway| (Proxy::Gateway(gateway), ground.class(gateway), core.unit(gateway), 1));
    let ruled = |at: &u16| ruling.get(usize::from(*at)).copied().flatten().is_some_and(|own| rules(own.0));
    let boxes = (0..ground.fleets.len() as u16).filter(ruled).map(|at| {
        let count = ground.fleets[usize::from(at)].count;
        (Proxy::Boxes(at), class, PartId::ALWAYS, u16::try_from(count).unwrap_or(u16::MAX))
    });
    gateways.chain(boxes).collect()
}
