//! Tunnels: what crosses a conduit is sealed by a gateway at one end and opened by one at the other.
//!
//! # Differs from the real thing
//! A tunnel stands from the start. It is rekeyed by its handshake, whose flights take their turn at the gateways and on
//! the link like any message, but nobody waits for it: the old keys are good until the new ones are there. A rekeying
//! that an outage interrupts is made up for at the next. The gateways do not fail, but for their certificate.

use super::classes::REKEY;
use super::ground::Ground;
use super::network::{Laid, Place, Traffic};
use super::sealing::{Layer, worker};
use ::devices::class::DeviceClass;
use ::devices::crypto::{
    Catalogue, CryptoError, Flight, Machine, Protection, Protocol, Resumption, Side, Suite, handshake,
};
use sim::core::Core;
use sim::fact::CauseId;
use sim::luck::{name_hash, occasion};
use sim::route::Toll;
use sim::row::Row;
use sim::station::{StationId, Visit, Work};
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// When WireGuard makes new keys. Source: WireGuard white paper, section 6.1.
const WIREGUARD_REKEYS: Span = Span(120 * Span::SECOND.0);

/// A tunnel over one conduit.
#[derive(Clone, Debug)]
struct Tunnel {
    suite: &'static Suite,
    /// The gateway at either end.
    gateways: [StationId; 2],
    /// How it is rekeyed: how often, and by which flights.
    rekeys: Option<(Span, Vec<Flight>)>,
}

/// The tunnels by conduit.
#[derive(Clone, Debug)]
pub struct Tunnels {
    dug: BTreeMap<u16, Tunnel>,
    /// The size by which what is no flow's message is padded and framed [B].
    frame: u32,
}

impl Tunnels {
    /// None as yet; what is no flow's message is taken to be a `frame` of so many bytes.
    pub const fn new(frame: u32) -> Self {
        Self { dug: BTreeMap::new(), frame }
    }

    /// Dig one over this conduit, with gateways of this class.
    ///
    /// # Errors
    /// When the suite has no known cost on that class.
    pub fn dig(
        &mut self,
        core: &mut Core,
        (ground, catalogue): (&Ground, &Catalogue),
        conduit: u16,
        layer: &Layer,
        class: &DeviceClass,
    ) -> Result<(), CryptoError> {
        let (machine, suite) = (Machine::of(class), layer.suite);
        let protection = Protection::of(catalogue, suite, &machine)?;
        let every = layer.lifetime.or((suite.protocol == Protocol::Wireguard).then_some(WIREGUARD_REKEYS));
        let talk = handshake(catalogue, suite, &machine, &machine, Resumption::Full)?;
        let rekeys = every.map(|every| (every, talk.flights));
        let part = ground.conduits[usize::from(conduit)].part;
        let mut gateway = || core.station(worker(class, &protection, part, 1));
        let gateways = [gateway(), gateway()];
        self.dug.insert(conduit, Tunnel { suite, gateways, rekeys });
        Ok(())
    }

    /// Let every tunnel that is rekeyed begin, each at its own time of its first period.
    pub fn keep_keys(&self, core: &mut Core, ground: &Ground) {
        let phases = core.luck.purpose("tunnel rekey");
        for (&conduit, tunnel) in &self.dug {
            if let Some((every, _)) = &tunnel.rekeys {
                let key = name_hash(&ground.conduits[usize::from(conduit)].name);
                let first = SimTime(phases.below(every.0.max(1), key, 0));
                core.push(first, REKEY, u64::from(conduit), u64::from(conduit));
            }
        }
    }

    /// The next turn of a rekeying: a flight at its sender's gateway, on the link, at its receiver's gateway.
    pub fn rekey(&self, core: &mut Core, ground: &Ground, cause: CauseId, row: Row) {
        let (conduit, turn) = (row.arg as u16, (row.arg >> 16) as usize);
        let Some(Tunnel { gateways, rekeys: Some((every, flights)), .. }) = self.dug.get(&conduit) else {
            return;
        };
        if turn == 0 {
            core.push(core.now + *every, REKEY, u64::from(conduit), u64::from(conduit));
        }
        let way = &ground.conduits[usize::from(conduit)];
        let Some(flight) = flights.get(turn / 3).filter(|_| core.status.up(way.part)) else { return };
        let from = usize::from(flight.from == Side::Server);
        let (station, work) = match turn % 3 {
            0 => (Some(gateways[from]), flight.sender_cpu.0),
            1 => (way.links.map(|links| links[from]), 0),
            _ => (Some(gateways[1 - from]), flight.receiver_cpu.0),
        };
        let leaves = match station {
            None => core.now,
            Some(id) => {
                let station = &mut core.stations[id.0 as usize];
                let mut asked = Work::default();
                let bytes = if turn % 3 == 1 { station.bytes_time(u64::from(flight.bytes)) } else { work };
                asked.added.add(cause, station.fixed + bytes);
                match station.visit(core.now, asked, &core.names) {
                    Visit::Leaves { at, .. } => at,
                    Visit::Full(_) => return,
                }
            }
        };
        let travels = if turn % 3 == 1 {
            let key = name_hash(&way.name);
            way.latency
                .span(core.luck.purpose("tunnel latency").unit(key, occasion(&[core.now.0, turn as u64])))
        } else {
            Span::ZERO
        };
        let next = u64::from(conduit) | (turn as u64 + 1) << 16;
        core.push(leaves + travels, REKEY, u64::from(conduit), next);
    }

    /// What protects a conduit.
    pub fn suite(&self, conduit: u16) -> Option<&'static Suite> {
        self.dug.get(&conduit).map(|tunnel| tunnel.suite)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.dug.is_empty()
    }

    fn toll(
        &self,
        ground: &Ground,
        laid: &Laid,
        cause: CauseId,
        (conduit, end): (u16, u8),
        out: bool,
    ) -> Option<Toll> {
        let tunnel = self.dug.get(&conduit)?;
        let bytes = match laid.traffic {
            Traffic::Flow(flow) => ground.flows.get(usize::from(flow))?.text.size.value.0,
            _ => u64::from(self.frame),
        };
        let more = tunnel.suite.overhead(u32::try_from(bytes).unwrap_or(u32::MAX)).ok()?;
        let more = i32::try_from(more).unwrap_or(i32::MAX);
        let gateway = tunnel.gateways[usize::from(end) ^ usize::from(out)];
        Some(Toll { bytes: if out { -more } else { more }, visit: Some(gateway), ..Toll::free(cause) })
    }

    /// What a message pays where it goes into a tunnel: at its conduit.
    pub fn entering(&self, ground: &Ground, laid: &Laid, place: Place, cause: CauseId) -> Option<Toll> {
        let Place::Conduit(conduit, end) = place else { return None };
        self.toll(ground, laid, cause, (conduit, end), false)
    }

    /// What a message pays where it comes out of one: at the place behind the conduit.
    pub fn leaving(&self, ground: &Ground, laid: &Laid, place: Place, cause: CauseId) -> Option<Toll> {
        let before = laid.places.windows(2).find_map(|pair| match pair[0] {
            Place::Conduit(conduit, end) if pair[1] == place => Some((conduit, end)),
            _ => None,
        });
        self.toll(ground, laid, cause, before?, true)
    }
}
