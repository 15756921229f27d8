//! Tunnels: what crosses a conduit is sealed by a gateway at one end and opened by one at the other.
//!
//! # Differs from the real thing
//! A tunnel stands from the start and is rekeyed without anybody's noticing. Its gateways do not fail, but for their
//! certificate.

use super::ground::Ground;
use super::network::{Laid, Place, Traffic};
use super::sealing::worker;
use ::devices::class::DeviceClass;
use ::devices::crypto::{Catalogue, CryptoError, Machine, Protection, Suite};
use sim::core::Core;
use sim::fact::CauseId;
use sim::route::Toll;
use sim::station::StationId;
use std::collections::BTreeMap;

/// A tunnel over one conduit.
#[derive(Clone, Debug)]
struct Tunnel {
    suite: &'static Suite,
    /// The gateway at either end.
    gateways: [StationId; 2],
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
        ground: &Ground,
        conduit: u16,
        suite: &'static Suite,
        class: &DeviceClass,
    ) -> Result<(), CryptoError> {
        let protection = Protection::of(Catalogue::shipped()?, suite, &Machine::of(class))?;
        let part = ground.conduits[usize::from(conduit)].part;
        let mut gateway = || core.station(worker(class, &protection, part, 1));
        let gateways = [gateway(), gateway()];
        self.dug.insert(conduit, Tunnel { suite, gateways });
        Ok(())
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
