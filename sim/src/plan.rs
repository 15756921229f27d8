//! Plans: routes as parcels travel them, worked out once and packed.

use crate::message::DeviceId;
use crate::route::{At, Delay, Hop, Needs, RouteId, Routes, Toll};
use crate::station::StationId;
use crate::status::PartId;

/// What a parcel meets at one hop, in 40 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Work at the station besides what the station asks of every message [ns].
    pub(crate) work: u64,
    /// How long the link behind takes [ns]; `DRAWN` means that the hop's law tells.
    pub(crate) delay: u64,
    /// The share of messages that get lost on the way to the next hop.
    pub(crate) loss: f64,
    at: u32,
    part: u32,
    /// The stage it belongs to.
    pub(crate) stage: u8,
    /// Whether a control charges here, or the medium is shared: it is passed as a message.
    pub(crate) tolled: bool,
}

/// A delay that must be drawn.
pub(crate) const DRAWN: u64 = u64::MAX;
/// What stands for the ends of a route, and for nothing, in a packed step.
const SOURCE: u32 = u32::MAX;
const TARGET: u32 = u32::MAX - 1;
const NOTHING: u32 = u32::MAX - 2;

impl Step {
    fn of(hop: &Hop) -> Self {
        Self {
            work: hop.work,
            delay: match hop.delay {
                None => 0,
                Some(Delay::Fixed(span)) => span.0,
                Some(Delay::Drawn(_)) => DRAWN,
            },
            loss: hop.loss,
            at: match hop.at {
                At::Source => SOURCE,
                At::Target => TARGET,
                At::Station(station) => station.0,
                At::Air(_) | At::Nowhere => NOTHING,
            },
            part: match hop.needs {
                Needs::Nothing => NOTHING,
                Needs::SourceLink => SOURCE,
                Needs::TargetLink => TARGET,
                Needs::Part(part) => part.0,
            },
            stage: hop.stage as u8,
            tolled: !hop.tolls.is_empty() || matches!(hop.at, At::Air(_)),
        }
    }

    /// The station it visits.
    pub(crate) const fn station(&self, source: DeviceId, target: DeviceId) -> Option<StationId> {
        match self.at {
            SOURCE => Some(StationId(source.0)),
            TARGET => Some(StationId(target.0)),
            NOTHING => None,
            station => Some(StationId(station)),
        }
    }

    /// Whether it visits any.
    pub(crate) const fn is_at_station(&self) -> bool {
        self.at != NOTHING
    }

    /// What else must be up; the attachment of device `n` is part `2n + 1`.
    pub(crate) const fn part(&self, source: DeviceId, target: DeviceId) -> Option<PartId> {
        match self.part {
            SOURCE => Some(PartId(2 * source.0 + 1)),
            TARGET => Some(PartId(2 * target.0 + 1)),
            NOTHING => None,
            part => Some(PartId(part)),
        }
    }
}

/// The plans of all routes, in the order of the routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    steps: Vec<Step>,
    /// Where each route's steps end, and whether no control judges there or sends it elsewhere.
    ends: Vec<(u32, bool)>,
}

impl Plans {
    /// Work out the plans of routes laid since the last call.
    pub(crate) fn extend(&mut self, routes: &Routes) {
        for route in self.len()..routes.len() {
            let hops = routes.hops(RouteId(route));
            self.steps.extend(hops.iter().map(Step::of));
            let judged = |toll: &Toll| toll.check.is_some() || toll.visit.is_some();
            let unjudged = !hops.iter().any(|hop| hop.tolls.iter().any(judged));
            self.ends.push((self.steps.len() as u32, unjudged));
        }
    }

    /// How many routes are planned.
    pub(crate) const fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Whether no control judges what takes this route, or sends it elsewhere.
    pub(crate) fn unjudged(&self, route: RouteId) -> bool {
        self.ends.get(route.0 as usize).is_some_and(|end| end.1)
    }

    /// The steps of a route.
    pub(crate) fn steps(&self, route: RouteId) -> &[Step] {
        let at = route.0 as usize;
        let first = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end.0);
        self.ends.get(at).map_or(&[], |end| &self.steps[first as usize..end.0 as usize])
    }
}
