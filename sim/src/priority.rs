//! Stations where rank rules: who is served next is not who came first but who matters most, and nobody is interrupted.
//!
//! When somebody leaves depends on who comes after him, so departures are rows here. At one instant all arrivals come
//! before the choice. Beside the real queue stands a *bare* one, which gets the same arrivals with the work that they
//! would bring if every control and attacker were left out; what somebody waits longer than in that one is charged to
//! those whose added work was served before him in the present busy period. The bare queue needs no rows of its own:
//! it is carried on whenever its neighbour is looked at, and row by row only while a ghost stands in it.
//!
//! # Differs from the real thing
//! Whoever waits less for the additions (they kept a server busy until somebody of higher rank came) is credited
//! nothing. A station by rank is not relieved by others, and does not tell newcomers how long they will wait.

use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::message::{Message, MessageId};
use crate::queue;
use crate::row::Class;
use crate::shares::{Shares, split};
use crate::station::{StationId, Work};
use crate::time::{SimTime, Span};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The place in a queue: rank, then the order of coming.
type Key = (u8, u64);

/// Who waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    place: MessageId,
    came: u64,
    service: u64,
    /// What the additions make of the service itself.
    extra: Shares,
}

/// Who waits in the bare queue: its work, and the ghost that it is, with its own service.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BareJob {
    service: u64,
    ghost: Option<(MessageId, u64)>,
}

/// What a station needs where rank rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ranked {
    waiting: BTreeMap<Key, Job>,
    /// Who is served, and until when.
    serving: Vec<(MessageId, u64)>,
    /// Added work served in the present busy period, by cause [ns].
    added: Shares,
    bare: Bare,
    entered: u64,
    /// Counts failures, so that departures of before are known.
    epoch: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Bare {
    /// When each server is free.
    free: Vec<u64>,
    waiting: BTreeMap<Key, BareJob>,
    /// When those began to be served who still wait in the real queue.
    began: BTreeMap<Key, u64>,
    /// Ghosts whose turn has come, with the instant at which they leave.
    ghosts: Vec<(MessageId, u64)>,
}

const GHOST: u64 = 1 << 63;

impl Bare {
    /// Let those begin whose turn comes before `until`.
    fn carry(&mut self, until: u64, waiting: &BTreeMap<Key, Job>) {
        while let Some(free) = self.free.iter_mut().min()
            && *free < until
            && let Some((key, job)) = self.waiting.pop_first()
        {
            let begins = *free;
            *free += job.service;
            match job.ghost {
                Some((ghost, service)) => self.ghosts.push((ghost, begins + service)),
                None if waiting.contains_key(&key) => _ = self.began.insert(key, begins),
                None => (),
            }
        }
    }

    /// Somebody comes; true if he begins at once.
    fn enter(&mut self, now: u64, key: Key, job: BareJob) -> bool {
        // A server that becomes free this instant waits until all who come this instant are there.
        match self.free.iter_mut().min().filter(|free| **free < now && self.waiting.is_empty()) {
            Some(free) => {
                *free = now + job.service;
                true
            }
            None => {
                self.waiting.insert(key, job);
                false
            }
        }
    }

    fn inside(&self, now: u64) -> usize {
        let waiting = self.waiting.values().filter(|job| job.ghost.is_none()).count();
        waiting + self.free.iter().filter(|&&free| free > now).count()
    }
}

impl Ranked {
    pub(crate) fn new(servers: usize) -> Self {
        Self { bare: Bare { free: vec![0; servers], ..Bare::default() }, ..Self::default() }
    }

    fn key(&mut self, rank: u8) -> Key {
        self.entered += 1;
        (rank, self.entered)
    }

    /// Why there is no room, if there is none: who has added most, or nobody if bare work alone would have filled it.
    fn full(&self, room: Option<u32>, now: u64) -> Option<CauseId> {
        let room = room? as usize;
        let inside = self.waiting.len() + self.serving.iter().filter(|serving| serving.1 > now).count();
        if inside < room {
            return None;
        }
        let most = self.added.most().unwrap_or(CauseId::NONE);
        Some(if self.bare.inside(now) < room { most } else { CauseId::NONE })
    }
}

/// A message comes to a station by rank; it stays there until its departure's row.
pub(crate) fn enter(
    core: &mut Core,
    (place, message): (MessageId, &mut Message),
    id: StationId,
    work: &Work,
    rank: u8,
) -> Result<(), Charge> {
    let now = core.now.0;
    let station = &mut core.stations[id.0 as usize];
    let (service, bare, extra) = station.price(work, &core.names);
    let room = station.room();
    let servers = station.servers() as usize;
    let Some(ranked) = station.by_rank_queue() else { return Ok(()) };
    ranked.bare.carry(now, &ranked.waiting);
    if let Some(by) = ranked.full(room, now) {
        station.refuse();
        return Err(Charge { by: if by == CauseId::NONE { core.load } else { by }, because: CauseId::NONE });
    }
    let key = ranked.key(rank);
    let at_once = ranked.serving.len() < servers;
    ranked.waiting.insert(key, Job { place, came: now, service, extra });
    if ranked.bare.enter(now, key, BareJob { service: bare, ghost: None }) {
        ranked.bare.began.insert(key, now);
    }
    core.counters.visits += 1;
    message.station = None;
    if at_once && let Some((_, shares)) = begin(core, id) {
        message.extra.add_all(&shares);
    }
    Ok(())
}

/// A server takes who is first in the queue; gives him, and what the additions cost him here.
fn begin(core: &mut Core, id: StationId) -> Option<(MessageId, Shares)> {
    let now = core.now.0;
    let station = &mut core.stations[id.0 as usize];
    let ranked = station.by_rank_queue()?;
    let (key, job) = ranked.waiting.pop_first()?;
    let idle = ranked.serving.iter().all(|serving| serving.1 <= now);
    if idle && job.came == now && ranked.waiting.values().all(|other| other.came == now) {
        ranked.added.clear();
    }
    let wait = now - job.came;
    // Who has not begun in the bare queue by now would wait there longer still.
    let late = ranked.bare.began.remove(&key).map_or(0, |began| wait.saturating_sub(began - job.came));
    let mut extra = if late > 0 { split(late, &ranked.added, &core.names) } else { Shares::new() };
    ranked.added.add_all(&job.extra);
    extra.add_all(&job.extra);
    let leaves = now + job.service;
    ranked.serving.push((job.place, leaves));
    let arg = u64::from(ranked.epoch & 0x7FFF_FFFF) << 32 | u64::from(job.place.0);
    station.served(wait, job.service);
    core.push(SimTime(leaves), Class::SERVED, u64::from(id.0), arg);
    Some((job.place, extra))
}

/// Somebody has been served and leaves; or it is a ghost's turn.
pub(crate) fn served(core: &mut Core, world: &mut World, id: StationId, row: u64) {
    let now = core.now.0;
    let Some(ranked) = core.stations[id.0 as usize].by_rank_queue() else { return };
    ranked.bare.carry(now + 1, &ranked.waiting);
    if row & GHOST != 0 {
        return let_ghosts_go(core, id);
    }
    let place = MessageId(row as u32);
    if u64::from(ranked.epoch & 0x7FFF_FFFF) != row >> 32 {
        return;
    }
    ranked.serving.retain(|serving| serving.0 != place);
    if let Some((next, shares)) = begin(core, id)
        && let Some(message) = core.messages.get_mut(next)
    {
        message.extra.add_all(&shares);
    }
    let_ghosts_go(core, id);
    queue::leave(core, world, place, Shares::new());
}

/// A ghost comes: it waits its turn among bare work and adds none. Gives its departure if it is served at once.
pub(crate) fn enter_ghost(
    core: &mut Core,
    place: MessageId,
    id: StationId,
    service: u64,
    rank: u8,
) -> Option<SimTime> {
    let now = core.now.0;
    let ranked = core.stations[id.0 as usize].by_rank_queue()?;
    ranked.bare.carry(now, &ranked.waiting);
    let key = ranked.key(rank);
    if ranked.bare.enter(now, key, BareJob { service: 0, ghost: Some((place, service)) }) {
        return Some(SimTime(now + service));
    }
    watch_for_ghosts(core, id);
    None
}

/// The next row at which a ghost's turn may come.
fn watch_for_ghosts(core: &mut Core, id: StationId) {
    let Some(ranked) = core.stations[id.0 as usize].by_rank_queue() else { return };
    if ranked.bare.waiting.values().any(|job| job.ghost.is_some())
        && let Some(&free) = ranked.bare.free.iter().min()
    {
        core.push(SimTime(free), Class::SERVED, u64::from(id.0), GHOST);
    }
}

fn let_ghosts_go(core: &mut Core, id: StationId) {
    let Some(ranked) = core.stations[id.0 as usize].by_rank_queue() else { return };
    for (place, leaves) in std::mem::take(&mut ranked.bare.ghosts) {
        queue::let_ghost_go(core, place, SimTime(leaves));
    }
    watch_for_ghosts(core, id);
}

/// The station fails: everyone inside is lost now, ghosts excepted, which nothing can hold up.
pub(crate) fn fail(core: &mut Core, world: &mut World, id: StationId, charge: Charge) {
    let now = core.now;
    let Some(ranked) = core.stations[id.0 as usize].by_rank_queue() else { return };
    let servers = ranked.bare.free.len();
    let failed = std::mem::replace(ranked, Ranked::new(servers));
    ranked.epoch = failed.epoch + 1;
    ranked.entered = failed.entered;
    ranked.bare.free = vec![now.0; servers];
    let ghosts = failed.bare.waiting.values().filter_map(|job| job.ghost);
    ranked.bare.ghosts.extend(ghosts.map(|(place, service)| (place, (now + Span(service)).0)));
    let_ghosts_go(core, id);
    let waiting = failed.waiting.into_values().map(|job| job.place);
    for place in failed.serving.into_iter().map(|serving| serving.0).chain(waiting) {
        queue::lose(core, world, place, charge);
    }
}
