//! Stations: servers with a queue, worked first come, first served.
//!
//! A visit is decided when it arrives (Lindley's recursion): no departure event is needed. Beside the real
//! clock runs a *bare* one, which has seen only the work that every control and attacker left out would have
//! brought at the same arrival instants; the difference of the two waits is what the additions cost, and it is
//! split over their causes by the work each added in the present busy period, in whole nanoseconds.

pub use crate::background::{Background, STREAM_LIMIT};
use crate::fact::{CauseId, Charge};
use crate::frames::{Aired, Framed};
use crate::names::Names;
use crate::priority::Ranked;
use crate::queue::Queue;
pub use crate::shares::{Shares, add_share, split};
use crate::sharing::Shared;
use crate::status::PartId;
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::VecDeque;

/// A station's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StationId(pub u32);

/// What a visit asks of a station.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// What the bare message needs [ns].
    pub bare: u64,
    /// What is added to it, by cause [ns].
    pub added: Shares,
    /// What a transmitter makes of it besides.
    pub aired: Aired,
}

/// What became of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visit {
    /// It is served and leaves.
    Leaves {
        /// When.
        at: SimTime,
        /// The part of wait and service that additions made, by cause [ns].
        extra: Shares,
    },
    /// The buffer was full; the cause is none if bare work alone would have filled it.
    Full(CauseId),
}

/// A FIFO station with one server or several, and a buffer that may be finite.
///
/// Most stations have one server, no streams and no work but what is bare, and have never failed: what goes beyond
/// that stands apart, so that a million processors fit into memory and a visit touches one line of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub struct Station {
    /// What must be up for it to serve.
    pub part: PartId,
    /// Fixed service time [ns].
    pub fixed: u64,
    /// Service time per byte [ps].
    pub per_byte: u64,
    /// When the server is free [ns].
    free: u64,
    /// Total time in service [ns].
    pub busy: u64,
    /// The sum of the waits of all who asked for something [ns]: over the run's length the mean number of those who wait,
    /// by Little's law.
    pub waited: u64,
    /// Visits served.
    pub visits: u64,
    /// Whether no emitter's message works here, and the longest wait so far [ns] as a short float.
    marks: u32,
    rare: Option<Box<Rare>>,
}

const _: () = assert!(size_of::<Station>() == 64);

/// The mark of a station at which no emitter's message works, where a float has its sign.
const IDLE: u32 = 1 << 31;

/// What most stations never need.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rare {
    /// When the first server would be free of bare work alone [ns].
    bare_free: u64,
    /// When all servers are free [ns].
    idle: u64,
    /// The servers besides the first.
    others: SmallVec<[(u64, u64); 3]>,
    background: Background,
    /// Work added in the present busy period, by cause [ns].
    added: Shares,
    /// How many may be in the station at once, in service or waiting.
    buffer: Option<u32>,
    /// When those inside leave, with all work and with bare work.
    inside: VecDeque<(u64, u64)>,
    /// When it failed and by whom, in the order of time: who was inside may only find out after the next failure.
    failures: Vec<(SimTime, Charge)>,
    /// Where departures are rows.
    queue: Option<Box<Queue>>,
    /// How a transmitter sends, and how long it was on air, with all work and with bare work [ns].
    #[serde(skip)]
    framed: Option<Framed>,
    on_air: (u64, u64),
    dropped: Dropped,
}

/// What a station did not serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Visits that found its buffer full.
    pub full: u64,
    /// Visits that were inside when it failed, or came while it was down.
    pub down: u64,
}

impl Station {
    /// A station with `servers` servers (at least one).
    pub fn new(part: PartId, servers: u16, fixed: Span, per_byte_ps: u64) -> Self {
        let others = usize::from(servers.max(1)) - 1;
        let rare = (others > 0)
            .then(|| Box::new(Rare { others: SmallVec::from_elem((0, 0), others), ..Rare::default() }));
        let (fixed, per_byte) = (fixed.0, per_byte_ps);
        Self { part, fixed, per_byte, free: 0, busy: 0, visits: 0, waited: 0, marks: 0, rare }
    }

    /// The same with room for so many, in service or waiting.
    #[must_use]
    pub fn with_buffer(mut self, room: Option<u32>) -> Self {
        if room.is_some() {
            self.rare().buffer = room;
        }
        self
    }

    /// The same where rank rules instead of the order of coming: see [`crate::route::Hop::rank`].
    #[must_use]
    pub fn by_rank(mut self) -> Self {
        let servers = self.servers() as usize;
        self.rare().queue = Some(Box::new(Queue::Ranked(Ranked::new(servers))));
        self
    }

    /// The same where all who are inside share the servers.
    #[must_use]
    pub fn shared(mut self) -> Self {
        let servers = self.servers() as u32;
        self.rare().queue = Some(Box::new(Queue::Shared(Shared::new(servers))));
        self
    }

    /// Whether who comes later changes when somebody leaves, so that departures are rows.
    pub fn has_departures(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.queue.is_some())
    }

    pub(crate) fn queue(&mut self) -> Option<&mut Queue> {
        self.rare.as_mut()?.queue.as_deref_mut()
    }

    pub(crate) fn by_rank_queue(&mut self) -> Option<&mut Ranked> {
        match self.queue()? {
            Queue::Ranked(ranked) => Some(ranked),
            Queue::Shared(_) => None,
        }
    }

    pub(crate) fn shared_queue(&mut self) -> Option<&mut Shared> {
        match self.queue()? {
            Queue::Shared(shared) => Some(shared),
            Queue::Ranked(_) => None,
        }
    }

    /// How many may be inside at once.
    pub(crate) fn room(&self) -> Option<u32> {
        self.rare.as_ref().and_then(|rare| rare.buffer)
    }

    /// How long work takes, how long its bare part would, and what the additions make of that by cause [ns].
    pub(crate) fn price(&mut self, work: &Work, names: &Names) -> (u64, u64, Shares) {
        let rare = self.rare();
        let added: u64 = work.added.iter().map(|&(_, nanos)| nanos).sum();
        let service = Background::stretch(rare.background.all, work.bare + added);
        let bare = Background::stretch(rare.background.bare, work.bare);
        (service, bare, rare.service_extra(work, service, bare, names))
    }

    /// The same as a transmitter that sends in frames.
    #[must_use]
    pub fn framed(mut self, framed: Framed) -> Self {
        self.rare().framed = Some(framed);
        self
    }

    /// How long a transmitter was on air, with all work and with bare work [ns].
    pub fn on_air(&self) -> (u64, u64) {
        self.rare.as_ref().map_or((0, 0), |rare| rare.on_air)
    }

    fn rare(&mut self) -> &mut Rare {
        let free = self.free;
        self.rare.get_or_insert_with(|| Rare::after(free))
    }

    /// The capacity that streams hold, if any ever did.
    pub fn background(&self) -> Option<&Background> {
        self.rare.as_ref().map(|rare| &rare.background)
    }

    /// The share of its capacity that streams hold [ppb].
    pub fn held_by_streams(&self) -> u64 {
        self.background().map_or(0, |held| held.all)
    }

    /// The capacity that streams hold, to change.
    pub fn background_mut(&mut self) -> &mut Background {
        &mut self.rare().background
    }

    /// Others take over: so many servers (at least one) that have nothing to do and are free from `at` on. Who came
    /// before that is still served as it was told.
    pub fn relieve(&mut self, at: SimTime, servers: u16) {
        self.free = at.0;
        let others = usize::from(servers.max(1)) - 1;
        if others > 0 || self.rare.is_some() {
            let rare = self.rare();
            (rare.bare_free, rare.idle) = (at.0, at.0);
            rare.others.clear();
            rare.others.resize(others, (at.0, at.0));
        }
    }

    /// Go on with the queue of the same station under another strategy; what streams hold of it, they tell anew.
    pub(crate) fn go_on_from(&mut self, old: Self) {
        (self.free, self.busy) = (old.free, old.busy);
        (self.visits, self.waited) = (old.visits, old.waited);
        self.marks = self.marks & IDLE | old.marks & !IDLE;
        if old.rare.is_some() || self.rare.is_some() {
            let free = old.rare.as_ref().map_or((old.free, old.free), |rare| (rare.bare_free, rare.idle));
            let own = self.rare();
            (own.bare_free, own.idle) = free;
        }
        if let Some(old) = old.rare {
            let own = self.rare();
            (own.others, own.added, own.inside) = (old.others, old.added, old.inside);
            (own.failures, own.on_air, own.dropped) = (old.failures, old.on_air, old.dropped);
            if own.queue.is_some() && old.queue.is_some() {
                own.queue = old.queue;
            }
        }
    }

    /// What is built anew and not kept, of the same station.
    pub(crate) fn built_as(&mut self, own: &Self) {
        if let Some(framed) = own.rare.as_ref().and_then(|rare| rare.framed) {
            self.rare().framed = Some(framed);
        }
    }

    /// What it did not serve.
    pub fn dropped(&self) -> Dropped {
        self.rare.as_ref().map_or(Dropped::default(), |rare| rare.dropped)
    }

    /// Somebody found its buffer full.
    pub(crate) fn refuse(&mut self) {
        self.rare().dropped.full += 1;
    }

    /// Somebody was inside when it failed, or came while it was down.
    pub(crate) fn lose(&mut self) {
        self.rare().dropped.down += 1;
    }

    /// How long a newcomer waits.
    pub fn wait(&self, now: SimTime) -> Span {
        SimTime(self.clocks().map(|server| server.0).min().unwrap_or(0)).since(now)
    }

    /// How many servers it has.
    pub fn servers(&self) -> u64 {
        1 + self.rare.as_ref().map_or(0, |rare| rare.others.len() as u64)
    }

    /// Who has added the most work in the present busy period.
    pub fn most_added(&self) -> Option<CauseId> {
        self.rare.as_ref()?.added.iter().max_by_key(|share| (share.1, share.0)).map(|share| share.0)
    }

    fn clocks(&self) -> impl Iterator<Item = (u64, u64)> {
        let others = self.rare.as_ref().map_or(&[][..], |rare| &rare.others[..]);
        let bare = self.rare.as_ref().map_or(self.free, |rare| rare.bare_free);
        std::iter::once((self.free, bare)).chain(others.iter().copied())
    }

    /// How long bare work alone would make a newcomer wait.
    pub fn bare_wait(&self, now: SimTime) -> Span {
        SimTime(self.clocks().map(|server| server.1).min().unwrap_or(0)).since(now)
    }

    /// How long bare work takes where streams hold a share of the station.
    pub fn bare_service(&self, work: u64) -> u64 {
        self.rare.as_ref().map_or(work, |rare| Background::stretch(rare.background.bare, work))
    }

    /// Time to serve `bytes`, the fixed part left out [ns].
    pub fn bytes_time(&self, bytes: u64) -> u64 {
        match self.frames() {
            None => bytes * self.per_byte / 1000,
            Some(framed) => framed.of(bytes).passes,
        }
    }

    /// Time to serve `more` bytes of a message that has `before` already [ns].
    pub fn more_time(&self, before: u64, more: u64) -> u64 {
        match self.frames() {
            None => self.bytes_time(more),
            Some(framed) => framed.of(before + more).passes.saturating_sub(framed.of(before).passes),
        }
    }

    /// What a transmitter makes of a message of `all` bytes of which `bare` are its own; nothing else makes anything.
    pub fn aired(&self, all: u64, bare: Option<u64>) -> Aired {
        let Some(framed) = self.frames() else { return Aired::default() };
        let (all, bare) = (framed.of(all), bare.map(|bare| framed.of(bare)).unwrap_or_default());
        Aired { silent: (all.silent, bare.silent), on_air: (all.on_air, bare.on_air) }
    }

    fn frames(&self) -> Option<&Framed> {
        self.rare.as_ref()?.framed.as_ref()
    }

    /// A visit that arrives at `now` with `bare` work alone, where the station has nothing out of the ordinary;
    /// gives the departure.
    pub(crate) fn visit_plain(&mut self, now: SimTime, bare: u64) -> Option<SimTime> {
        let leaves = self.departs(now, bare)?;
        self.serve_plain(now, bare);
        Some(leaves)
    }

    /// When a visit that arrives at `now` with `bare` work alone would leave, where the station has nothing out of the
    /// ordinary.
    #[inline]
    pub(crate) const fn departs(&self, now: SimTime, bare: u64) -> Option<SimTime> {
        if self.rare.is_some() { None } else { Some(self.leaves(now, bare)) }
    }

    /// The same where nothing is known to be out of the ordinary.
    #[inline(always)]
    pub(crate) const fn leaves(&self, now: SimTime, bare: u64) -> SimTime {
        let start = if now.0 > self.free { now.0 } else { self.free };
        SimTime(start + bare)
    }

    /// When the first server is free [ns].
    pub(crate) const fn free(&self) -> u64 {
        self.free
    }

    /// A visit as [`Station::departs`] tells it. One that asks for nothing holds up nobody, not even who came before and
    /// is worked after it.
    #[inline]
    pub(crate) fn serve_plain(&mut self, now: SimTime, bare: u64) {
        let start = now.0.max(self.free);
        if bare > 0 {
            self.free = start + bare;
        }
        self.served(start - now.0, bare);
    }

    /// A visit that arrives at `now` and asks for nothing, where the station has nothing out of the ordinary; gives the
    /// departure. It changes nothing, so it may come in any order with others of its kind.
    pub(crate) fn pass_by(&self, now: SimTime) -> Option<SimTime> {
        self.rare.is_none().then_some(SimTime(now.0.max(self.free)))
    }

    pub(crate) fn served(&mut self, wait: u64, service: u64) {
        self.busy += service;
        self.visits += 1;
        if wait > 0 && service > 0 {
            self.waited += wait;
            // The bits of floats that are not negative are in the order of their values.
            let longest = (wait as f32).to_bits();
            if longest > self.marks & !IDLE {
                self.marks = self.marks & IDLE | longest;
            }
        }
    }

    /// The longest wait so far [ns], to seven digits.
    pub const fn longest_wait(&self) -> u64 {
        f32::from_bits(self.marks & !IDLE) as u64
    }

    /// Whether no emitter's message works here: who passes by need not be looked at, until somebody does.
    pub(crate) const fn is_idle(&self) -> bool {
        self.marks & IDLE != 0
    }

    pub(crate) const fn set_idle(&mut self, idle: bool) {
        self.marks = if idle { self.marks | IDLE } else { self.marks & !IDLE };
    }

    /// A visit that arrives at `now` with this work.
    pub fn visit(&mut self, now: SimTime, work: &Work, names: &Names) -> Visit {
        if work.added.is_empty()
            && let Some(at) = self.visit_plain(now, work.bare)
        {
            return Visit::Leaves { at, extra: Shares::new() };
        }
        let (now, first) = (now.0, self.free);
        let rare = self.rare.get_or_insert_with(|| Rare::after(first));
        if let Some(full) = rare.overflow(now) {
            rare.dropped.full += 1;
            return Visit::Full(full);
        }
        if rare.idle <= now {
            rare.added.clear();
        }
        let added: u64 = work.added.iter().map(|&(_, nanos)| nanos).sum();
        let service = Background::stretch(rare.background.all, work.bare + added);
        let bare_service = Background::stretch(rare.background.bare, work.bare);
        let mut extra = rare.service_extra(work, service, bare_service, names);
        let (wait, leaves) = take_server(
            &mut self.free,
            &mut rare.others,
            |server| &mut server.0,
            now,
            [service, work.aired.silent.0],
        );
        let (bare_wait, bare_leaves) = take_server(
            &mut rare.bare_free,
            &mut rare.others,
            |server| &mut server.1,
            now,
            [bare_service, work.aired.silent.1],
        );
        rare.idle = rare.idle.max(leaves + work.aired.silent.0);
        rare.on_air.0 += work.aired.on_air.0;
        rare.on_air.1 += work.aired.on_air.1;
        let late = wait.saturating_sub(bare_wait);
        let waited = if late > 0 { split(late, &rare.added, names) } else { Shares::new() };
        for &(cause, nanos) in &extra {
            add_share(&mut rare.added, cause, nanos);
        }
        for (cause, nanos) in waited {
            add_share(&mut extra, cause, nanos);
        }
        if rare.buffer.is_some() {
            rare.inside.push_back((leaves, bare_leaves));
        }
        self.served(wait, service);
        Visit::Leaves { at: SimTime(leaves), extra }
    }

    /// Everyone inside is lost, and the servers stand empty from now on.
    pub fn fail(&mut self, now: SimTime, by: Charge) {
        self.free = now.0;
        let rare = self.rare();
        (rare.bare_free, rare.idle) = (now.0, now.0);
        rare.failures.push((now, by));
        rare.others.iter_mut().for_each(|server| *server = (now.0, now.0));
        rare.added.clear();
        rare.inside.clear();
    }

    /// Whether anything about it is out of the ordinary.
    pub(crate) const fn is_special(&self) -> bool {
        self.rare.is_some()
    }

    /// How often it has failed.
    pub(crate) fn failures(&self) -> u16 {
        self.rare.as_ref().map_or(0, |rare| rare.failures.len().min(usize::from(u16::MAX - 1)) as u16)
    }

    /// An instant at which it had failed so many times.
    pub(crate) fn came_after(&self, failures: u16) -> SimTime {
        let before = usize::from(failures).checked_sub(1);
        let failed = before.and_then(|before| self.rare.as_ref()?.failures.get(before));
        failed.map_or(SimTime::ZERO, |failure| failure.0)
    }

    /// Whether nothing about it is out of the ordinary; what was and is over is forgotten.
    pub(crate) fn is_plain(&mut self, now: SimTime) -> bool {
        let over = |rare: &Rare| {
            rare.others.is_empty()
                && rare.background == Background::default()
                && rare.buffer.is_none()
                && rare.queue.is_none()
                && rare.framed.is_none()
                && rare.failures.is_empty()
                && rare.dropped == Dropped::default()
        };
        if self.free <= now.0 && self.rare.as_deref().is_some_and(over) {
            self.rare = None;
        }
        self.rare.is_none()
    }

    /// To whom it is charged that somebody who came at `came` and was to leave at `leaves` is lost, if he was inside
    /// when the station failed.
    pub fn lost_inside(&self, came: SimTime, leaves: SimTime) -> Option<Charge> {
        let failures = &self.rare.as_ref()?.failures;
        let next = failures.partition_point(|&(failed, _)| failed <= came);
        failures.get(next).filter(|&&(failed, _)| failed <= leaves).map(|&(_, by)| by)
    }
}

impl Rare {
    /// Of a station whose only server is free at `free`.
    fn after(free: u64) -> Box<Self> {
        Box::new(Self { bare_free: free, idle: free, ..Self::default() })
    }

    /// What the additions make of the service itself: their own work, and what their streams stretch.
    fn service_extra(&self, work: &Work, service: u64, bare_service: u64, names: &Names) -> Shares {
        let mut total = service.saturating_sub(bare_service);
        let mut extra = Shares::new();
        if total == 0 {
            return extra;
        }
        for &(cause, nanos) in &work.added {
            let nanos = nanos.min(total);
            add_share(&mut extra, cause, nanos);
            total -= nanos;
        }
        let stretched = if self.background.added.is_empty() { &work.added } else { &self.background.added };
        for (cause, nanos) in split(total, stretched, names) {
            add_share(&mut extra, cause, nanos);
        }
        extra
    }

    fn overflow(&mut self, now: u64) -> Option<CauseId> {
        let buffer = self.buffer? as usize;
        // Several servers do not let go in the order of arrival.
        self.inside.retain(|&(leaves, _)| leaves > now);
        if self.inside.len() < buffer {
            return None;
        }
        let bare = self.inside.iter().filter(|&&(_, leaves)| leaves > now).count();
        let most = self.added.iter().max_by_key(|share| share.1).map_or(CauseId::NONE, |share| share.0);
        Some(if bare < buffer { most } else { CauseId::NONE })
    }
}

/// Let the server that is free first take the work and rest after it; gives the wait and the departure. Who is free
/// already is as good as any other who is: no more are looked at than are busy, and one.
fn take_server(
    first: &mut u64,
    others: &mut [(u64, u64)],
    clock: impl Fn(&mut (u64, u64)) -> &mut u64,
    now: u64,
    [service, rest]: [u64; 2],
) -> (u64, u64) {
    let mut server = first;
    for other in others {
        if *server <= now {
            break;
        }
        let other = clock(other);
        if *other < *server {
            server = other;
        }
    }
    let start = now.max(*server);
    *server = start + service + rest;
    (start - now, start + service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::By;

    const MS: u64 = 1_000_000;

    fn bare(millis: u64) -> Work {
        Work { bare: millis * MS, ..Work::default() }
    }

    /// The worked example of the design: uplinks at 0 and 9 ms and a command at 6 ms, 4 ms each.
    #[test]
    fn a_gateway_lets_three_messages_go_at_4_10_and_14_milliseconds() {
        let names = Names::default();
        let mut gateway = Station::new(PartId(0), 1, Span::ZERO, 0);
        let mut leaves = Vec::new();
        for at in [0, 6, 9] {
            match gateway.visit(SimTime(at * MS), &bare(4), &names) {
                Visit::Leaves { at, extra } => {
                    assert!(extra.is_empty());
                    leaves.push(at.0 / MS);
                }
                Visit::Full(_) => unreachable!("no buffer"),
            }
        }
        assert_eq!(leaves, [4, 10, 14]);
    }

    #[test]
    fn what_was_added_is_charged_to_who_added_it_and_the_parts_sum_to_the_difference() {
        let mut names = Names::default();
        let (tls, flood) = (names.cause(By::Control, "encryption"), names.cause(By::Attack, "flood"));
        let mut station = Station::new(PartId(0), 1, Span::ZERO, 0);
        let mut twin = Station::new(PartId(0), 1, Span::ZERO, 0);
        let works = [
            (0, Work { added: SmallVec::from_slice(&[(flood, 7 * MS)]), ..Work::default() }),
            (1, Work { added: SmallVec::from_slice(&[(tls, 2 * MS)]), ..bare(3) }),
            (2, bare(5)),
            (40, bare(1)),
        ];
        for (at, work) in works {
            let at = SimTime(at * MS);
            let Visit::Leaves { at: all, extra } = station.visit(at, &work, &names) else { unreachable!() };
            let Visit::Leaves { at: lone, .. } =
                twin.visit(at, &Work { bare: work.bare, ..Work::default() }, &names)
            else {
                unreachable!()
            };
            assert_eq!(extra.iter().map(|share| share.1).sum::<u64>(), all.0 - lone.0);
        }
    }

    #[test]
    fn who_waits_when_a_station_fails_is_lost() {
        let names = Names::default();
        let mut station = Station::new(PartId(0), 1, Span::ZERO, 0);
        let Visit::Leaves { at, .. } = station.visit(SimTime(0), &bare(4), &names) else { unreachable!() };
        station.fail(SimTime(3 * MS), Charge::default());
        assert_eq!(station.lost_inside(SimTime(0), at), Some(Charge::default()));
        let Visit::Leaves { at, .. } = station.visit(SimTime(5 * MS), &bare(4), &names) else {
            unreachable!()
        };
        assert_eq!(at, SimTime(9 * MS));
        assert_eq!(station.lost_inside(SimTime(5 * MS), at), None);
    }

    #[test]
    fn a_full_buffer_is_charged_to_who_filled_it() {
        let mut names = Names::default();
        let flood = names.cause(By::Attack, "flood");
        let mut station = Station::new(PartId(0), 1, Span::ZERO, 0).with_buffer(Some(2));
        let junk = Work { added: SmallVec::from_slice(&[(flood, 10 * MS)]), ..Work::default() };
        for _ in 0..2 {
            assert!(matches!(station.visit(SimTime(0), &junk, &names), Visit::Leaves { .. }));
        }
        assert_eq!(station.visit(SimTime(1), &bare(1), &names), Visit::Full(flood));
    }

    /// By hand: frames of 10 bytes take 2 ms each and are followed by 8 ms of silence. 12 bytes leave after 2 + 8 + 2;
    /// the next message waits for the silence after them, for 20 ms in all.
    #[test]
    fn a_transmitter_is_silent_after_each_frame() {
        use crate::frames::Passage;
        fn passage([most, on_air, silent, _]: [u64; 4], bytes: u64) -> Passage {
            let frames = bytes.div_ceil(most).max(1);
            Passage { passes: frames * on_air + (frames - 1) * silent, silent, on_air: frames * on_air }
        }
        let (mut names, settings) = (Names::default(), [10, 2 * MS, 8 * MS, 0]);
        let tls = names.cause(By::Control, "encryption");
        let mut radio = Station::new(PartId(0), 1, Span::ZERO, 0).framed(Framed { settings, passage });
        let mut sends = |at: u64, bare: u64, more: u64| {
            let mut work = Work { bare: radio.bytes_time(bare), ..Work::default() };
            add_share(&mut work.added, tls, radio.more_time(bare, more));
            work.aired = radio.aired(bare + more, Some(bare));
            match radio.visit(SimTime(at * MS), &work, &names) {
                Visit::Leaves { at, extra } => {
                    (at.0 / MS, extra.iter().map(|share| share.1 / MS).sum::<u64>())
                }
                Visit::Full(_) => unreachable!("no buffer"),
            }
        };
        assert_eq!(sends(0, 8, 4), (12, 10));
        // It waits for 17 ms; with bare work alone for 7.
        assert_eq!(sends(3, 8, 0), (22, 10));
        assert_eq!(radio.on_air(), (6 * MS, 4 * MS));
    }

    #[test]
    fn three_units_over_two_equal_causes_go_by_name() {
        let mut names = Names::default();
        let (z, a) = (names.cause(By::Control, "z"), names.cause(By::Control, "a"));
        let parts = split(3, &[(z, 1), (a, 1)], &names);
        assert_eq!(parts.iter().find(|part| part.0 == a).map(|part| part.1), Some(2));
    }
}
