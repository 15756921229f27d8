//! Routes: the hops that a message takes, with what controls charge for each.

use crate::fact::CauseId;
use crate::law::Law;
use crate::medium::AirId;
use crate::station::{Shares, StationId};
use crate::status::PartId;
use crate::tick::Stage;
use crate::time::Span;
use serde::Serialize;
use std::ops::{Index, Range};

/// An index of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RouteId(pub u32);

/// Which station a hop visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The sender's processor.
    Source,
    /// The receiver's processor.
    Target,
    /// This station.
    Station(StationId),
    /// A shared medium: the link behind the hop begins where its frame was received.
    Air(AirId),
    /// None: the hop is a mere link.
    Nowhere,
}

/// What must be up for a hop to be passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing but its station.
    Nothing,
    /// The sender's attachment to the network.
    SourceLink,
    /// The receiver's attachment to the network.
    TargetLink,
    /// A part, such as a conduit.
    Part(PartId),
}

/// An index into the table of checks: a control's own function that passes, drops or holds a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckId(pub u16);

/// What a control takes from each message at a hop, before the hop's own station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Toll {
    /// The control.
    pub cause: CauseId,
    /// Bytes that the message carries from here on; negative takes them off again.
    pub bytes: i32,
    /// Processor time at the hop's station [ns].
    pub cpu: u64,
    /// Energy taken from the device at whose processor the hop is [nJ].
    pub nanojoules: u64,
    /// A station to pass first: the message comes back at its departure from there.
    pub visit: Option<StationId>,
    /// A verdict to ask for, with an argument of the control's own.
    pub check: Option<(CheckId, u32)>,
}

impl Toll {
    /// A toll that takes nothing.
    pub const fn free(cause: CauseId) -> Self {
        Self { cause, bytes: 0, cpu: 0, nanojoules: 0, visit: None, check: None }
    }
}

/// How long a link takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Fixed(Span),
    /// Drawn anew for each message and hop.
    Drawn(Law),
}

impl From<Law> for Delay {
    fn from(law: Law) -> Self {
        match law {
            Law::Fixed(seconds) => Self::Fixed(Span::from_seconds(seconds)),
            law => Self::Drawn(law),
        }
    }
}

/// One hop.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The stage it belongs to.
    pub stage: Stage,
    /// The station it visits.
    pub at: At,
    /// What else must be up.
    pub needs: Needs,
    /// How long it takes from the station to the next hop.
    pub delay: Option<Delay>,
    /// The share of messages that get lost on the way to the next hop.
    pub loss: f64,
    /// Fixed work at the station besides the station's own fixed time [ns].
    pub work: u64,
    /// Where rank rules: who has the smaller one is served first.
    pub rank: u8,
    /// What controls charge.
    pub tolls: Vec<Toll>,
}

impl Hop {
    /// A visit to a station.
    pub const fn visit(stage: Stage, at: At) -> Self {
        Self { stage, at, needs: Needs::Nothing, delay: None, loss: 0.0, work: 0, rank: 0, tolls: Vec::new() }
    }

    /// A link that takes `delay`.
    pub fn link(needs: Needs, delay: Law) -> Self {
        Self { needs, delay: Some(delay.into()), ..Self::visit(Stage::Hop, At::Nowhere) }
    }
}

/// A hop with what its tolls ask, whoever passes.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    pub(crate) hop: Hop,
    /// Processor time at the hop's station, by control [ns].
    pub(crate) cpu: Shares,
    /// Energy taken from the device at whose processor the hop is [nJ].
    pub(crate) nanojoules: u64,
}

impl From<Hop> for Passage {
    fn from(hop: Hop) -> Self {
        let mut cpu = Shares::new();
        hop.tolls.iter().for_each(|toll| cpu.add(toll.cause, toll.cpu));
        let nanojoules = hop.tolls.iter().map(|toll| toll.nanojoules).sum();
        Self { hop, cpu, nanojoules }
    }
}

/// One of the hops that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PassageId(u32);

/// All routes of a run. They differ in few of their hops: one that another has as well is kept once.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    passages: Vec<Passage>,
    /// Which hops the routes have, one route after the other.
    hops: Vec<PassageId>,
    ranges: Vec<Range<u32>>,
}

/// A hop is looked for among so many that were laid last.
const RECENT: usize = 32;

impl Routes {
    /// A new route.
    pub fn add(&mut self, hops: impl IntoIterator<Item = Hop>) -> RouteId {
        let first = self.hops.len() as u32;
        for hop in hops {
            let place = self.place(hop);
            self.hops.push(place);
        }
        self.ranges.push(first..self.hops.len() as u32);
        RouteId((self.ranges.len() - 1) as u32)
    }

    /// The place of a hop among those that differ.
    fn place(&mut self, hop: Hop) -> PassageId {
        let recent = self.hops.iter().rev().take(RECENT).copied();
        recent.into_iter().find(|known| self[*known].hop == hop).unwrap_or_else(|| {
            self.passages.push(hop.into());
            PassageId(self.passages.len() as u32 - 1)
        })
    }

    fn of(&self, route: RouteId) -> &[PassageId] {
        let own = self.ranges.get(route.0 as usize);
        own.map_or(&[], |range| &self.hops[range.start as usize..range.end as usize])
    }

    /// The hops of a route.
    pub fn hops(&self, route: RouteId) -> impl ExactSizeIterator<Item = &Hop> + Clone {
        self.of(route).iter().map(|place| &self[*place].hop)
    }

    /// Which of the hops that differ is a route's hop of this number, counted from 0.
    #[inline]
    pub(crate) fn at(&self, route: RouteId, hop: u16) -> Option<PassageId> {
        self.of(route).get(usize::from(hop)).copied()
    }

    /// How many routes there are.
    pub fn len(&self) -> u32 {
        self.ranges.len() as u32
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

impl Index<PassageId> for Routes {
    type Output = Passage;

    #[inline]
    fn index(&self, place: PassageId) -> &Passage {
        &self.passages[place.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_routes_share_is_kept_once() {
        let mut routes = Routes::default();
        let cause = CauseId(7);
        let tolls = vec![Toll { cpu: 40, nanojoules: 3, ..Toll::free(cause) }; 2];
        let lay = |station| {
            let radio = Hop::visit(Stage::Hop, At::Station(StationId(station)));
            [Hop { tolls: tolls.clone(), ..Hop::visit(Stage::Protect, At::Source) }, radio]
        };
        for station in [5, 6, 5] {
            let route = routes.add(lay(station));
            assert!(routes.hops(route).eq(&lay(station)));
        }
        assert_eq!((routes.len(), routes.passages.len()), (3, 3));
        let first = &routes[routes.at(RouteId(2), 0).unwrap()];
        assert_eq!((&first.cpu, first.nanojoules), (&Shares::of(cause, 80), 6));
        assert_eq!([routes.at(RouteId(2), 2), routes.at(RouteId(3), 0)], [None; 2]);
    }
}
