//! Routes: the hops that a message takes, with what controls charge for each.

use crate::fact::CauseId;
use crate::law::Law;
use crate::medium::AirId;
use crate::station::StationId;
use crate::status::PartId;
use crate::tick::Stage;
use crate::time::Span;
use serde::Serialize;
use std::ops::Range;

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

/// All routes of a run, flat.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    hops: Vec<Hop>,
    ranges: Vec<Range<u32>>,
}

impl Routes {
    /// A new route.
    pub fn add(&mut self, hops: impl IntoIterator<Item = Hop>) -> RouteId {
        let first = self.hops.len() as u32;
        self.hops.extend(hops);
        self.ranges.push(first..self.hops.len() as u32);
        RouteId((self.ranges.len() - 1) as u32)
    }

    /// The hops of a route.
    pub fn hops(&self, route: RouteId) -> &[Hop] {
        self.ranges
            .get(route.0 as usize)
            .map_or(&[], |range| &self.hops[range.start as usize..range.end as usize])
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
