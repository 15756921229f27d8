//! Stations whose servers are shared: all who are inside are served at once, each at the same speed (egalitarian
//! processor sharing; Kleinrock, Queueing Systems II, 1976, 4.4).
//!
//! With `c` servers and `n` inside each gets min(1, c/n) of a server. All have one speed, so one clock, the service
//! that each has *attained* since the beginning, tells for everybody when he is done: when it reaches what it showed
//! when he came, plus his own work. Who comes or goes changes its speed, so departures are rows. As everywhere, a *bare*
//! station stands beside the real one; who is delayed longer than there is delayed by who added work in the present busy
//! period.
//!
//! # Differs from the real thing
//! A processor's turns are infinitely short and cost nothing. The clock counts in parts of 2^-32 ns, and whoever is done
//! leaves at the next whole nanosecond. As where rank rules, such a station is not relieved by others, and does not tell
//! newcomers how long they will wait.

use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::message::{Message, MessageId};
use crate::names::Names;
use crate::queue;
use crate::row::Class;
use crate::shares::{Shares, split};
use crate::station::{StationId, Work};
use crate::time::{SimTime, Span};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Binary digits behind the point of attained service.
const FRACTION: u32 = 32;

/// Those inside by when they are done on the clock of attained service, then by the order of coming.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Processor<T> {
    servers: u32,
    /// Service that each has attained by `since` [ns, `FRACTION` digits].
    attained: u128,
    since: u64,
    inside: BTreeMap<(u128, u64), T>,
}

impl<T> Processor<T> {
    const fn new(servers: u32) -> Self {
        Self { servers, attained: 0, since: 0, inside: BTreeMap::new() }
    }

    /// What each of `sharers` attains in a span.
    fn gain(&self, sharers: usize, span: u64) -> u128 {
        let (servers, sharers) = (u128::from(self.servers), sharers as u128);
        (u128::from(span) << FRACTION) * servers.min(sharers) / sharers.max(1)
    }

    /// How long each of `sharers` takes to attain as much, to the next whole nanosecond.
    fn lasts(&self, sharers: usize, gain: u128) -> u64 {
        let (servers, sharers) = (u128::from(self.servers), sharers as u128);
        (gain * sharers).div_ceil(servers.min(sharers).max(1) << FRACTION) as u64
    }

    fn attained_by(&self, now: u64) -> u128 {
        self.attained + self.gain(self.inside.len(), now - self.since)
    }

    /// Who is inside and not done yet.
    fn unfinished(&self, now: u64) -> impl Iterator<Item = &T> {
        self.inside.range((self.attained_by(now) + 1, 0)..).map(|(_, job)| job)
    }

    fn enter(&mut self, now: u64, (ticket, service): (u64, u64), job: T) {
        (self.attained, self.since) = (self.attained_by(now), now);
        self.inside.insert((self.attained + (u128::from(service) << FRACTION), ticket), job);
    }

    /// When the next is done.
    fn next(&self) -> Option<u64> {
        let (done, _) = self.inside.first_key_value()?.0;
        Some(self.since + self.lasts(self.inside.len(), done.saturating_sub(self.attained)))
    }

    /// Somebody who is done by now, with his ticket.
    fn leave(&mut self, now: u64) -> Option<(u64, T)> {
        let attained = self.attained_by(now);
        let first = self.inside.first_entry().filter(|first| first.key().0 <= attained)?;
        let ((_, ticket), job) = first.remove_entry();
        (self.attained, self.since) = (attained, now);
        Some((ticket, job))
    }
}

/// Who is inside.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    place: MessageId,
    name: Name,
    came: u64,
    service: u64,
    bare: u64,
    /// What the additions make of the service itself.
    extra: Shares,
}

/// A message by its key and slot.
type Name = (u64, u64);

/// A ghost among bare work: it is served as slowly as that lets it, its own message apart, and slows nobody.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ghost {
    place: MessageId,
    name: Name,
    /// The service that it has yet to attain.
    left: u128,
    since: u64,
}

/// What a station needs whose servers are shared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shared {
    real: Processor<Job>,
    bare: Processor<Name>,
    /// When those who are inside would have left with bare work alone, once that is known.
    bare_leaves: BTreeMap<u64, Option<u64>>,
    ghosts: Vec<Ghost>,
    /// Ghosts who are done.
    gone: Vec<MessageId>,
    /// Added work of the present busy period, by cause [ns].
    added: Shares,
    tickets: u64,
    /// The row that counts; earlier ones were overtaken by who came.
    awaited: u64,
}

impl Shared {
    pub(crate) fn new(servers: u32) -> Self {
        Self {
            real: Processor::new(servers),
            bare: Processor::new(servers),
            bare_leaves: BTreeMap::new(),
            ghosts: Vec::new(),
            gone: Vec::new(),
            added: Shares::new(),
            tickets: 0,
            awaited: 0,
        }
    }

    /// With how many a ghost shares, itself among them.
    fn with(&self, ghost: &Ghost) -> usize {
        let own = self.bare.inside.values().any(|name| *name == ghost.name);
        self.bare.inside.len() + usize::from(!own)
    }

    /// When a ghost is done if nobody comes or goes.
    fn ends(&self, ghost: &Ghost) -> u64 {
        ghost.since + self.bare.lasts(self.with(ghost), ghost.left)
    }

    /// Let ghosts attain what they get until `now`, before somebody comes or goes.
    fn settle_ghosts(&mut self, now: u64) {
        let mut ghosts = std::mem::take(&mut self.ghosts);
        for ghost in &mut ghosts {
            let gain = self.bare.gain(self.with(ghost), now - ghost.since);
            (ghost.left, ghost.since) = (ghost.left.saturating_sub(gain), now);
        }
        self.ghosts = ghosts;
    }

    /// Let all leave the bare station who are done by `now`.
    fn carry(&mut self, now: u64) {
        loop {
            let ghost = (0..self.ghosts.len()).min_by_key(|&at| self.ends(&self.ghosts[at]));
            let ends = ghost.map_or(u64::MAX, |ghost| self.ends(&self.ghosts[ghost]));
            let next = self.bare.next().unwrap_or(u64::MAX);
            if ends.min(next) > now {
                return;
            }
            if let Some(ghost) = ghost.filter(|_| ends <= next) {
                self.gone.push(self.ghosts.remove(ghost).place);
                continue;
            }
            self.settle_ghosts(next);
            while let Some((ticket, _)) = self.bare.leave(next) {
                if let Some(leaves) = self.bare_leaves.get_mut(&ticket) {
                    *leaves = Some(next);
                }
            }
        }
    }

    /// Why there is no room, if there is none: who has added most, or nobody if bare work alone would have filled it.
    fn full(&self, room: Option<u32>, now: u64) -> Option<CauseId> {
        let room = room? as usize;
        if self.real.unfinished(now).count() < room {
            return None;
        }
        let most = self.added.most().unwrap_or(CauseId::NONE);
        Some(if self.bare.unfinished(now).count() < room { most } else { CauseId::NONE })
    }

    /// Who made somebody so late: his own additions first, then those of all who came in this busy period.
    fn charge(&self, job: &Job, late: u64, names: &Names) -> Shares {
        let own: u64 = job.extra.sum();
        let mut extra = if late < own { split(late, &job.extra, names) } else { job.extra.clone() };
        if late > own {
            let others = split(late - own, &self.added, names);
            extra.add_all(&others);
        }
        extra
    }

    fn enter(&mut self, now: u64, job: Job) {
        self.tickets += 1;
        if self.real.unfinished(now).next().is_none() {
            self.added.clear();
        }
        self.added.add_all(&job.extra);
        if job.bare > 0 {
            self.settle_ghosts(now);
            self.bare.enter(now, (self.tickets, job.bare), job.name);
        }
        self.bare_leaves.insert(self.tickets, (job.bare == 0).then_some(now));
        self.real.enter(now, (self.tickets, job.service), job);
    }
}

/// A message comes to a station that is shared; it stays there until its departure's row.
pub(crate) fn enter(
    core: &mut Core,
    (place, message): (MessageId, &mut Message),
    id: StationId,
    work: &Work,
) -> Result<(), Charge> {
    let now = core.now.0;
    let station = &mut core.stations[id.0 as usize];
    let (service, bare, extra) = station.price(work, &core.names);
    let room = station.room();
    let Some(shared) = station.shared_queue() else { return Ok(()) };
    shared.carry(now);
    if let Some(by) = shared.full(room, now) {
        station.refuse();
        return Err(Charge { by: if by == CauseId::NONE { core.load } else { by }, because: CauseId::NONE });
    }
    let name = (message.key, message.slot);
    shared.enter(now, Job { place, name, came: now, service, bare, extra });
    core.counters.visits += 1;
    message.station = None;
    watch(core, id);
    Ok(())
}

/// The next row at which somebody may be done.
fn watch(core: &mut Core, id: StationId) {
    let Some(shared) = core.stations[id.0 as usize].shared_queue() else { return };
    shared.awaited += 1;
    // A ghost's end may change with each who leaves the bare station.
    let bare = shared.bare.next().filter(|_| !shared.ghosts.is_empty());
    let ends = shared.ghosts.iter().map(|ghost| shared.ends(ghost));
    let next = ends.chain(bare).chain(shared.real.next()).min();
    let awaited = shared.awaited;
    if let Some(next) = next {
        core.push(SimTime(next), Class::SERVED, u64::from(id.0), awaited);
    }
}

/// Those who are done leave.
pub(crate) fn served(core: &mut Core, world: &mut World, id: StationId, row: u64) {
    let now = core.now.0;
    let Some(shared) = core.stations[id.0 as usize].shared_queue().filter(|shared| shared.awaited == row)
    else {
        return;
    };
    shared.carry(now);
    let mut done = Vec::new();
    while let Some((ticket, job)) = shared.real.leave(now) {
        let bare = shared.bare_leaves.remove(&ticket).flatten().unwrap_or(now);
        done.push((shared.charge(&job, now - bare, &core.names), job));
    }
    for (_, job) in &done {
        core.stations[id.0 as usize].served((now - job.came).saturating_sub(job.service), job.service);
    }
    let_ghosts_go(core, id);
    watch(core, id);
    for (extra, job) in done {
        queue::leave(core, world, job.place, extra);
    }
}

/// A ghost comes; its departure's row is told.
pub(crate) fn enter_ghost(
    core: &mut Core,
    (place, ghost): (MessageId, &Message),
    id: StationId,
    service: u64,
) {
    let now = core.now.0;
    let Some(shared) = core.stations[id.0 as usize].shared_queue() else { return };
    shared.carry(now);
    let name = (ghost.key, ghost.slot);
    shared.ghosts.push(Ghost { place, name, left: u128::from(service) << FRACTION, since: now });
    watch(core, id);
}

fn let_ghosts_go(core: &mut Core, id: StationId) {
    let Some(shared) = core.stations[id.0 as usize].shared_queue() else { return };
    for place in std::mem::take(&mut shared.gone) {
        queue::let_ghost_go(core, place, core.now);
    }
}

/// The station fails: everyone inside is lost now, ghosts excepted, which nothing can hold up.
pub(crate) fn fail(core: &mut Core, world: &mut World, id: StationId, charge: Charge) {
    let now = core.now;
    let Some(shared) = core.stations[id.0 as usize].shared_queue() else { return };
    shared.carry(now.0);
    let fresh =
        Shared { tickets: shared.tickets, awaited: shared.awaited + 1, ..Shared::new(shared.real.servers) };
    let failed = std::mem::replace(shared, fresh);
    for ghost in &failed.ghosts {
        let left = ghost.left.div_ceil(1 << FRACTION) as u64;
        queue::let_ghost_go(core, ghost.place, SimTime(ghost.since) + Span(left));
    }
    failed.gone.into_iter().for_each(|place| queue::let_ghost_go(core, place, now));
    for job in failed.real.inside.into_values() {
        queue::lose(core, world, job.place, charge);
    }
}
