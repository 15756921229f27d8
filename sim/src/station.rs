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
use crate::rare::{Odd, Rare, Spare};
use crate::resting::Sums;
pub use crate::shares::{Shares, split};
use crate::sharing::Shared;
use crate::status::PartId;
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

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

impl Work {
    /// Whether nothing is asked.
    pub(crate) fn is_none(&self) -> bool {
        self.bare == 0 && self.added.is_empty()
    }
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
/// Most stations have one server, no streams and no work but what is bare, and have never failed: a visit to such a one
/// touches one line of memory. What additions need is a line apart, and what is rarer stands apart from that.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub struct Station {
    /// What must be up for it to serve.
    pub part: PartId,
    /// Whether no emitter's message works here, and the longest wait so far [ns] as a short float.
    marks: u32,
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
    rare: Option<Box<Rare>>,
}

const _: () = assert!(size_of::<Station>() == 64);

/// The mark of a station at which no emitter's message works, where a float has its sign.
const IDLE: u32 = 1 << 31;

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
        let (fixed, per_byte) = (fixed.0, per_byte_ps);
        let mut own =
            Self { part, fixed, per_byte, free: 0, busy: 0, waited: 0, visits: 0, marks: 0, rare: None };
        let others = usize::from(servers.max(1)) - 1;
        if others > 0 {
            own.odd().others = SmallVec::from_elem((0, 0), others);
        }
        own
    }

    /// The same with room for so many, in service or waiting.
    #[must_use]
    pub fn with_buffer(mut self, room: Option<u32>) -> Self {
        if room.is_some() {
            self.odd().buffer = room;
        }
        self
    }

    /// The same where rank rules instead of the order of coming: see [`crate::route::Hop::rank`].
    #[must_use]
    pub fn by_rank(mut self) -> Self {
        let servers = self.servers() as usize;
        self.odd().queue = Some(Box::new(Queue::Ranked(Ranked::new(servers))));
        self
    }

    /// The same where all who are inside share the servers.
    #[must_use]
    pub fn shared(mut self) -> Self {
        let servers = self.servers() as u32;
        self.odd().queue = Some(Box::new(Queue::Shared(Shared::new(servers))));
        self
    }

    /// Whether who comes later changes when somebody leaves, so that departures are rows.
    pub fn has_departures(&self) -> bool {
        self.oddities().is_some_and(|odd| odd.queue.is_some())
    }

    pub(crate) fn queue(&mut self) -> Option<&mut Queue> {
        self.rare.as_mut()?.odd.as_mut()?.queue.as_deref_mut()
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
        self.oddities().and_then(|odd| odd.buffer)
    }

    /// How long work takes, how long its bare part would, and what the additions make of that by cause [ns].
    pub(crate) fn price(&mut self, work: &Work, names: &Names) -> (u64, u64, Shares) {
        self.rare().price(work.bare, work.added.clone(), names)
    }

    /// The same as a transmitter that sends in frames.
    #[must_use]
    pub fn framed(mut self, framed: Framed) -> Self {
        self.odd().framed = Some(framed);
        self
    }

    /// How long a transmitter was on air, with all work and with bare work [ns].
    pub fn on_air(&self) -> (u64, u64) {
        self.oddities().map_or((0, 0), |odd| odd.on_air)
    }

    fn rare(&mut self) -> &mut Rare {
        let free = self.free;
        self.rare.get_or_insert_with(|| Rare::after(free))
    }

    fn odd(&mut self) -> &mut Odd {
        self.rare().odd.get_or_insert_default()
    }

    /// What is out of the ordinary about it, if anything ever was.
    fn oddities(&self) -> Option<&Odd> {
        self.rare.as_ref()?.odd.as_deref()
    }

    /// The capacity that streams hold, if any ever did.
    pub fn background(&self) -> Option<&Background> {
        self.oddities().map(|odd| &odd.background)
    }

    /// The share of its capacity that streams hold [ppb].
    pub fn held_by_streams(&self) -> u64 {
        self.background().map_or(0, |held| held.all)
    }

    /// The capacity that streams hold, to change.
    pub fn background_mut(&mut self) -> &mut Background {
        &mut self.odd().background
    }

    /// Others take over: so many servers (at least one) that have nothing to do and are free from `at` on. Who came
    /// before that is still served as it was told.
    pub fn relieve(&mut self, at: SimTime, servers: u16) {
        self.free = at.0;
        let others = usize::from(servers.max(1)) - 1;
        if others > 0 || self.rare.is_some() {
            let rare = self.rare();
            (rare.bare_free, rare.idle) = (at.0, at.0);
            if others > 0 || rare.odd.is_some() {
                let own = &mut self.odd().others;
                own.clear();
                own.resize(others, (at.0, at.0));
            }
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
        let Some(old) = old.rare else { return };
        self.rare().added = old.added;
        if old.odd.is_none() && self.oddities().is_none() {
            return;
        }
        let old = old.odd.unwrap_or_default();
        let own = self.odd();
        (own.others, own.inside) = (old.others, old.inside);
        (own.failures, own.on_air, own.dropped) = (old.failures, old.on_air, old.dropped);
        if own.queue.is_some() && old.queue.is_some() {
            own.queue = old.queue;
        }
    }

    /// What is built anew and not kept, of the same station.
    pub(crate) fn built_as(&mut self, own: &Self) {
        if let Some(framed) = own.oddities().and_then(|odd| odd.framed) {
            self.odd().framed = Some(framed);
        }
    }

    /// Whether nothing is out of the ordinary about it but what additions ask.
    pub(crate) fn is_ordinary(&self) -> bool {
        self.oddities().is_none()
    }

    /// Whether it has nothing to do from an instant on, and is as it was at its beginning but for its sums.
    pub(crate) fn is_over(&self, now: SimTime) -> bool {
        let over = |rare: &Rare| rare.odd.is_none() && rare.idle.max(rare.bare_free) <= now.0;
        self.free <= now.0 && self.rare.as_deref().is_none_or(over)
    }

    /// Take room for what additions will ask, if there is any to spare; they have asked nothing yet.
    pub(crate) fn take_rare(&mut self, spare: &mut Spare) {
        self.rare = spare.take(self.free);
    }

    /// What additions asked is over: others may have its room.
    pub(crate) fn give_rare_back(&mut self, spare: &mut Spare) {
        spare.give(self.rare.take());
    }

    /// Its sums, if they fit.
    pub(crate) fn sums(&self) -> Option<Sums> {
        let (busy, waited, longest) = (self.busy, self.waited, self.marks & !IDLE);
        Some(Sums { busy, waited, visits: u32::try_from(self.visits).ok()?, longest })
    }

    /// Go on with these sums.
    pub(crate) fn take_up(&mut self, sums: Sums) {
        (self.busy, self.waited, self.visits) = (sums.busy, sums.waited, u64::from(sums.visits));
        self.marks = self.marks & IDLE | sums.longest;
    }

    /// What it did not serve.
    pub fn dropped(&self) -> Dropped {
        self.oddities().map_or(Dropped::default(), |odd| odd.dropped)
    }

    /// Somebody found its buffer full.
    pub(crate) fn refuse(&mut self) {
        self.odd().dropped.full += 1;
    }

    /// Somebody was inside when it failed, or came while it was down.
    pub(crate) fn lose(&mut self) {
        self.odd().dropped.down += 1;
    }

    /// How long a newcomer waits.
    pub fn wait(&self, now: SimTime) -> Span {
        SimTime(self.clocks().map(|server| server.0).min().unwrap_or(0)).since(now)
    }

    /// How many servers it has.
    pub fn servers(&self) -> u64 {
        1 + self.oddities().map_or(0, |odd| odd.others.len() as u64)
    }

    /// Who has added the most work in the present busy period.
    pub fn most_added(&self) -> Option<CauseId> {
        self.rare.as_ref()?.added.iter().max_by_key(|share| (share.1, share.0)).map(|share| share.0)
    }

    fn clocks(&self) -> impl Iterator<Item = (u64, u64)> {
        let others = self.oddities().map_or(&[][..], |odd| &odd.others[..]);
        let bare = self.rare.as_ref().map_or(self.free, |rare| rare.bare_free);
        std::iter::once((self.free, bare)).chain(others.iter().copied())
    }

    /// How long bare work alone would make a newcomer wait.
    pub fn bare_wait(&self, now: SimTime) -> Span {
        SimTime(self.clocks().map(|server| server.1).min().unwrap_or(0)).since(now)
    }

    /// How long bare work takes where streams hold a share of the station.
    pub fn bare_service(&self, work: u64) -> u64 {
        self.oddities().map_or(work, |odd| Background::stretch(odd.background.bare, work))
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
        self.oddities()?.framed.as_ref()
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

    /// A visit as [`Station::departs`] tells it, which asks for something.
    #[inline(always)]
    pub(crate) fn serve_until(&mut self, now: SimTime, leaves: SimTime, bare: u64) {
        self.free = leaves.0;
        self.busy += bare;
        self.visits += 1;
        let wait = leaves.0 - bare - now.0;
        if wait > 0 {
            self.add_wait(wait);
        }
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
            self.add_wait(wait);
        }
    }

    #[inline(always)]
    fn add_wait(&mut self, wait: u64) {
        self.waited += wait;
        // The bits of floats that are not negative are in the order of their values.
        let longest = (wait as f32).to_bits();
        if longest > self.marks & !IDLE {
            self.marks = self.marks & IDLE | longest;
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
    pub fn visit(&mut self, now: SimTime, work: Work, names: &Names) -> Visit {
        let Work { bare, added, aired } = work;
        if added.is_empty()
            && let Some(at) = self.visit_plain(now, bare)
        {
            return Visit::Leaves { at, extra: Shares::new() };
        }
        let (now, first) = (now.0, self.free);
        let rare = self.rare.get_or_insert_with(|| Rare::after(first));
        if let Some(full) = rare.overflow(now) {
            self.refuse();
            return Visit::Full(full);
        }
        if rare.idle <= now {
            rare.added.clear();
        }
        let (service, bare_service, mut extra) = rare.price(bare, added, names);
        let others = rare.odd.as_mut().map_or(&mut [][..], |odd| &mut odd.others[..]);
        let (free, silent) = (&mut self.free, aired.silent);
        let (wait, leaves) = take_server(free, others, |server| &mut server.0, now, [service, silent.0]);
        let (free, bare) = (&mut rare.bare_free, [bare_service, silent.1]);
        let (bare_wait, bare_leaves) = take_server(free, others, |server| &mut server.1, now, bare);
        rare.idle = rare.idle.max(leaves + silent.0);
        let late = wait.saturating_sub(bare_wait);
        let waited = if late > 0 { split(late, &rare.added, names) } else { Shares::new() };
        rare.added.add_all(&extra);
        extra.add_all(&waited);
        if let Some(odd) = &mut rare.odd {
            odd.left(&aired, leaves, bare_leaves);
        }
        self.served(wait, service);
        Visit::Leaves { at: SimTime(leaves), extra }
    }

    /// Everyone inside is lost, and the servers stand empty from now on.
    pub fn fail(&mut self, now: SimTime, by: Charge) {
        self.free = now.0;
        let rare = self.rare();
        (rare.bare_free, rare.idle) = (now.0, now.0);
        rare.added.clear();
        let odd = self.odd();
        odd.failures.push((now, by));
        odd.others.iter_mut().for_each(|server| *server = (now.0, now.0));
        odd.inside.clear();
    }

    /// Whether anything about it is out of the ordinary.
    pub(crate) const fn is_special(&self) -> bool {
        self.rare.is_some()
    }

    /// How often it has failed.
    pub(crate) fn failures(&self) -> u16 {
        self.oddities().map_or(0, |odd| odd.failures.len().min(usize::from(u16::MAX - 1)) as u16)
    }

    /// An instant at which it had failed so many times.
    pub(crate) fn came_after(&self, failures: u16) -> SimTime {
        let before = usize::from(failures).checked_sub(1);
        let failed = before.and_then(|before| self.oddities()?.failures.get(before));
        failed.map_or(SimTime::ZERO, |failure| failure.0)
    }

    /// Whether nothing about it is out of the ordinary; what was and is over is forgotten.
    pub(crate) fn is_plain(&mut self, now: SimTime) -> bool {
        let over = |rare: &Rare| rare.odd.as_ref().is_none_or(|odd| odd.is_over());
        if self.free <= now.0 && self.rare.as_deref().is_some_and(over) {
            self.rare = None;
        }
        self.rare.is_none()
    }

    /// To whom it is charged that somebody who came at `came` and was to leave at `leaves` is lost, if he was inside
    /// when the station failed.
    pub fn lost_inside(&self, came: SimTime, leaves: SimTime) -> Option<Charge> {
        let failures = &self.oddities()?.failures;
        let next = failures.partition_point(|&(failed, _)| failed <= came);
        failures.get(next).filter(|&&(failed, _)| failed <= leaves).map(|&(_, by)| by)
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
mod tests;
