//! What few stations need: what additions ask of one, and whatever else is out of the ordinary.
//!
//! A control that charges every message asks something of every processor: what such visits touch is one line of
//! memory, and all that is rarer still stands apart from it.

use crate::background::Background;
use crate::fact::{CauseId, Charge};
use crate::frames::{Aired, Framed};
use crate::names::Names;
use crate::queue::Queue;
use crate::shares::{Shares, split};
use crate::station::Dropped;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::VecDeque;

/// What a station needs once it has worked at more than bare messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rare {
    /// When the first server would be free of bare work alone [ns].
    pub(crate) bare_free: u64,
    /// When all servers are free [ns].
    pub(crate) idle: u64,
    /// Work added in the present busy period, by cause [ns].
    pub(crate) added: Shares,
    pub(crate) odd: Option<Box<Odd>>,
}

const _: () = assert!(size_of::<Rare>() == 56);

/// What most stations never have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Odd {
    /// The servers besides the first.
    pub(crate) others: SmallVec<[(u64, u64); 3]>,
    pub(crate) background: Background,
    /// How many may be in the station at once, in service or waiting.
    pub(crate) buffer: Option<u32>,
    /// When those inside leave, with all work and with bare work.
    pub(crate) inside: VecDeque<(u64, u64)>,
    /// When it failed and by whom, in the order of time: who was inside may only find out after the next failure.
    pub(crate) failures: Vec<(SimTime, Charge)>,
    /// Where departures are rows.
    pub(crate) queue: Option<Box<Queue>>,
    /// How a transmitter sends, and how long it was on air, with all work and with bare work [ns].
    #[serde(skip)]
    pub(crate) framed: Option<Framed>,
    pub(crate) on_air: (u64, u64),
    pub(crate) dropped: Dropped,
}

/// Room for what additions ask, of stations that are asked nothing at present.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spare(
    #[expect(clippy::vec_box, reason = "rooms are handed over as they are")] Vec<Box<Rare>>,
);

impl Spare {
    /// Of a station whose only server is free at `free`, if there is any to spare.
    pub(crate) fn take(&mut self, free: u64) -> Option<Box<Rare>> {
        let mut rare = self.0.pop()?;
        (rare.bare_free, rare.idle) = (free, free);
        rare.added.clear();
        Some(rare)
    }

    /// Others may have it.
    pub(crate) fn give(&mut self, rare: Option<Box<Rare>>) {
        self.0.extend(rare);
    }
}

impl Rare {
    /// Of a station whose only server is free at `free`.
    pub(crate) fn after(free: u64) -> Box<Self> {
        Box::new(Self { bare_free: free, idle: free, ..Self::default() })
    }

    /// How long work takes, how long its bare part would, and what the additions make of that by cause [ns].
    #[inline]
    pub(crate) fn price(&self, bare: u64, added: Shares, names: &Names) -> (u64, u64, Shares) {
        let all = bare + added.sum();
        match &self.odd {
            None => (all, bare, added),
            Some(odd) => odd.price([all, bare], &added, names),
        }
    }

    /// To whom it is charged that there is no room left, if there is none.
    pub(crate) fn overflow(&mut self, now: u64) -> Option<CauseId> {
        let odd = self.odd.as_mut()?;
        let buffer = odd.buffer? as usize;
        // Several servers do not let go in the order of arrival.
        odd.inside.retain(|&(leaves, _)| leaves > now);
        if odd.inside.len() < buffer {
            return None;
        }
        let bare = odd.inside.iter().filter(|&&(_, leaves)| leaves > now).count();
        let most = self.added.most().unwrap_or(CauseId::NONE);
        Some(if bare < buffer { most } else { CauseId::NONE })
    }
}

impl Odd {
    /// The same as [`Rare::price`], of what all work and bare work alone would take if nothing were odd.
    fn price(&self, [all, bare]: [u64; 2], added: &Shares, names: &Names) -> (u64, u64, Shares) {
        let service = Background::stretch(self.background.all, all);
        let bare = Background::stretch(self.background.bare, bare);
        (service, bare, self.service_extra(added, service.saturating_sub(bare), names))
    }

    /// What the additions make of the service itself: their own work, and what their streams stretch.
    fn service_extra(&self, added: &Shares, mut total: u64, names: &Names) -> Shares {
        let mut extra = Shares::new();
        if total == 0 {
            return extra;
        }
        for (cause, nanos) in added.iter() {
            let nanos = nanos.min(total);
            extra.add(cause, nanos);
            total -= nanos;
        }
        let stretched = if self.background.added.is_empty() { added } else { &self.background.added };
        extra.add_all(&split(total, stretched, names));
        extra
    }

    /// A visit is served, and will leave.
    pub(crate) fn left(&mut self, aired: &Aired, leaves: u64, bare_leaves: u64) {
        self.on_air.0 += aired.on_air.0;
        self.on_air.1 += aired.on_air.1;
        if self.buffer.is_some() {
            self.inside.push_back((leaves, bare_leaves));
        }
    }

    /// Whether nothing is out of the ordinary any longer.
    pub(crate) fn is_over(&self) -> bool {
        self.others.is_empty()
            && self.background == Background::default()
            && self.buffer.is_none()
            && self.queue.is_none()
            && self.framed.is_none()
            && self.failures.is_empty()
            && self.dropped == Dropped::default()
    }
}
