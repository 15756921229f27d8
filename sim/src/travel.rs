//! Travel: every row of the window in order, and a message's way through its hops.
//!
//! It knows rows, stations and tolls, and no kind of traffic.

use crate::books::Arrival;
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::kinds::{ADDED_DELAY, CHARGE_LATE, CHARGE_LOST, IN_TIME, LATE, LATENCY, LOST, MILLIONTHS};
use crate::message::{Message, MessageId};
use crate::route::{At, Delay, Hop, Needs, Passage, PassageId};
use crate::row::{Class, Row};
use crate::simulation::Engine;
use crate::station::{Shares, StationId, Visit, Work, split};
use crate::status::PartId;
use crate::time::{SimTime, Span};
use bevy_ecs::prelude::Mut;
use bevy_ecs::world::World;

/// A control's judgement of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on.
    Pass,
    /// It is lost, to this charge.
    Drop(Charge),
    /// It waits until [`Core::resume`].
    Hold,
}

/// Phase Travel.
pub(crate) fn travel(world: &mut World) {
    world.resource_scope(|world, mut engine: Mut<Engine>| {
        crate::slots::work(&mut engine, world);
    });
}

/// Work a row.
pub(crate) fn row(core: &mut Core, world: &mut World, row: Row) {
    // Whatever is not a slot or a message may change anything.
    core.plain &= matches!(row.class(), Class::WAKE | Class::MESSAGE | Class::END);
    if let Some(handler) = core.handlers[usize::from(row.class().0) % Class::COUNT] {
        if core.meter.is_none() {
            handler(core, world, row);
        } else {
            crate::meter::work(core, world, row.class(), |core, world| handler(core, world, row));
        }
    }
}

/// A message reaches its next hop.
pub(crate) fn progress(core: &mut Core, world: &mut World, row: Row) {
    go_on(core, world, MessageId(row.arg as u32));
}

/// A message does what comes next.
pub(crate) fn go_on(core: &mut Core, world: &mut World, id: MessageId) {
    if let Some(message) = core.messages.take_out(id) {
        step(core, world, id, message);
    }
}

/// What a message does next.
pub(crate) enum Next {
    /// Its next row is at this time.
    At(SimTime),
    /// It waits: to be resumed, or for the row of its departure.
    Held,
    /// It is lost.
    Lost(Charge),
}

fn step(core: &mut Core, world: &mut World, id: MessageId, mut message: Box<Message>) {
    if core.ever_failed
        && let Some(station) = message.station
        && let Some(charge) = core.stations[station.0 as usize].lost_inside(message.entered, message.left)
        && !message.ghost
    {
        core.stations[station.0 as usize].lose();
        return lose(core, world, id, message, charge);
    }
    message.station = None;
    let Some(at) = core.routes.at(message.route, message.hop) else {
        deliver(core, world, &message);
        return core.messages.release(id, message);
    };
    let next = if message.ghost {
        ghost_hop(core, (id, &mut message), at)
    } else {
        hop(core, world, (id, &mut message), at)
    };
    settle(core, world, id, message, next);
}

/// A message that was taken out does what comes next.
pub(crate) fn settle(core: &mut Core, world: &mut World, id: MessageId, message: Box<Message>, next: Next) {
    match next {
        Next::At(at) => {
            core.push(at, Class::MESSAGE, message.id, u64::from(id.0));
            core.messages.put_back(id, message);
        }
        Next::Held => core.messages.put_back(id, message),
        Next::Lost(charge) => lose(core, world, id, message, charge),
    }
}

/// One hop: what it needs, its tolls, its station, its link.
fn hop(core: &mut Core, world: &mut World, (id, message): (MessageId, &mut Message), at: PassageId) -> Next {
    let Passage { hop, nanojoules, .. } = &core.routes[at];
    let (nanojoules, tolls, whose) = (*nanojoules, hop.tolls.len(), hop.at);
    core.counters.stages[hop.stage as usize] += 1;
    if let Some(part) = needed(core, hop.needs, message)
        && !core.status.up(part)
    {
        return Next::Lost(core.status.first_reason(part));
    }
    for index in usize::from(message.toll)..tolls {
        if let Some(next) = pay(core, world, (id, message), (at, index)) {
            return next;
        }
    }
    message.toll = 0;
    spend(core, message, whose, nanojoules);
    if let At::Air(air) = whose {
        return crate::medium::enter(core, id, message, air);
    }
    let leaves = match place(whose, message) {
        None => core.now,
        Some(station) => match visit(core, (id, message), station, at) {
            Ok(Some(leaves)) => leaves,
            Ok(None) => return Next::Held,
            Err(charge) => return Next::Lost(charge),
        },
    };
    leave_by(core, &core.routes[at].hop, message, leaves)
}

/// It leaves the station of its hop and comes to the next, if the link lets it.
pub(crate) fn leave(core: &Core, message: &mut Message, leaves: SimTime) -> Next {
    match core.routes.at(message.route, message.hop) {
        Some(at) => leave_by(core, &core.routes[at].hop, message, leaves),
        None => Next::At(leaves),
    }
}

/// The same, of this hop.
fn leave_by(core: &Core, hop: &Hop, message: &mut Message, leaves: SimTime) -> Next {
    if hop.loss > 0.0 && core.loss.chance(hop.loss, message.key, Core::occasion(message, message.hop)) {
        return Next::Lost(Charge { by: core.radio, because: CauseId::NONE });
    }
    Next::At(link_by(core, hop, message, leaves))
}

/// When it comes to its next hop over the link behind this one.
pub(crate) fn link(core: &Core, message: &mut Message, leaves: SimTime) -> SimTime {
    match core.routes.at(message.route, message.hop) {
        Some(at) => link_by(core, &core.routes[at].hop, message, leaves),
        None => leaves,
    }
}

/// The same, of this hop. What is always the same is not drawn.
fn link_by(core: &Core, hop: &Hop, message: &mut Message, leaves: SimTime) -> SimTime {
    let delay = match hop.delay {
        None => Span::ZERO,
        Some(Delay::Fixed(span)) => span,
        Some(Delay::Drawn(law)) => {
            law.span(core.latency.unit(message.key, Core::occasion(message, message.hop)))
        }
    };
    message.hop += 1;
    leaves + delay
}

/// A ghost passes everything, waits only where bare work would make it wait, and adds no work.
fn ghost_hop(core: &mut Core, (place_of, message): (MessageId, &mut Message), own: PassageId) -> Next {
    let hop = &core.routes[own].hop;
    let leaves = match (hop.at, place(hop.at, message)) {
        (At::Air(air), _) => crate::medium::ghost(core, message, air),
        (_, None) => core.now,
        (_, Some(id)) => {
            let station = &core.stations[id.0 as usize];
            let work = station.fixed + hop.work + station.bytes_time(u64::from(message.bytes));
            let service = station.bare_service(work);
            if station.has_departures() {
                let rank = hop.rank;
                match crate::queue::enter_ghost(core, (place_of, message), id, service, rank) {
                    Some(leaves) => leaves,
                    None => return Next::Held,
                }
            } else {
                core.now + station.bare_wait(core.now) + Span(service)
            }
        }
    };
    Next::At(link_by(core, &core.routes[own].hop, message, leaves))
}

fn place(at: At, message: &Message) -> Option<StationId> {
    match at {
        At::Source => Some(StationId(message.source.0)),
        At::Target => Some(StationId(message.target.0)),
        At::Station(station) => Some(station),
        At::Air(_) | At::Nowhere => None,
    }
}

fn needed(core: &Core, needs: Needs, message: &Message) -> Option<PartId> {
    match needs {
        Needs::Nothing => None,
        Needs::SourceLink => Some(core.link(message.source)),
        Needs::TargetLink => Some(core.link(message.target)),
        Needs::Part(part) => Some(part),
    }
}

/// Pay one toll. `Some` if the message does not go on at once.
fn pay(
    core: &mut Core,
    world: &mut World,
    (place, message): (MessageId, &mut Message),
    (at, index): (PassageId, usize),
) -> Option<Next> {
    let toll = core.routes[at].hop.tolls[index];
    let worked = usize::from(toll.cause.0);
    if core.tolls_worked.len() <= worked {
        core.tolls_worked.resize(worked + 1, 0);
    }
    core.tolls_worked[worked] += 1;
    if let Some((check, arg)) = toll.check
        && let Some(check) = core.check_of(check)
    {
        match check(core, world, place, message, arg) {
            Verdict::Pass => (),
            Verdict::Drop(charge) => return Some(Next::Lost(charge)),
            Verdict::Hold => {
                message.held = core.now;
                return Some(Next::Held);
            }
        }
    }
    if toll.bytes != 0 {
        carry(message, toll.cause, toll.bytes);
    }
    message.toll = (index + 1) as u8;
    let station = toll.visit?;
    // The visit itself is the control's: all of it is added work.
    let (id, part) = (&core.stations[station.0 as usize], core.part_of(station));
    if !core.status.up(part) {
        let reason = core.status.first_reason(part);
        core.stations[station.0 as usize].lose();
        return Some(Next::Lost(reason));
    }
    let mut work = Work::default();
    work.added.add(toll.cause, id.fixed + id.bytes_time(size(message)));
    if id.has_departures() {
        let rank = core.routes[at].hop.rank;
        let entered = crate::queue::enter(core, (place, message), station, &work, rank);
        return Some(entered.map_or_else(Next::Lost, |()| Next::Held));
    }
    let idle = id.is_idle();
    core.stir(idle);
    Some(match core.stations[station.0 as usize].visit(core.now, work, &core.names) {
        Visit::Full(by) => Next::Lost(full(core, by)),
        Visit::Leaves { at, extra } => {
            core.counters.visits += 1;
            message.extra.add_all(&extra);
            (message.station, message.entered, message.left) = (Some(station), core.now, at);
            Next::At(at)
        }
    })
}

fn carry(message: &mut Message, cause: CauseId, bytes: i32) {
    match message.carried.iter_mut().find(|(known, _)| *known == cause) {
        Some((_, sum)) => *sum = sum.saturating_add(bytes),
        None => message.carried.push((cause, bytes)),
    }
}

pub(crate) fn size(message: &Message) -> u64 {
    u64::from(message.bytes)
        + message.carried.iter().map(|&(_, bytes)| u64::from(bytes.max(0) as u32)).sum::<u64>()
}

fn spend(core: &mut Core, message: &Message, at: At, nanojoules: u64) {
    let device = match at {
        At::Source => message.source,
        At::Target => message.target,
        At::Station(_) | At::Air(_) | At::Nowhere => return,
    };
    if let Some(sum) = core.energy.get_mut(device.0 as usize) {
        *sum += nanojoules;
    }
}

/// Visit a hop's own station with the message's bare work, its carried bytes and its tolls' processor time; gives the
/// departure, or nothing where only the row of its departure tells.
fn visit(
    core: &mut Core,
    (place, message): (MessageId, &mut Message),
    id: StationId,
    at: PassageId,
) -> Result<Option<SimTime>, Charge> {
    let Passage { hop, cpu, .. } = &core.routes[at];
    let (at, hop_work, rank) = (hop.at, hop.work, hop.rank);
    let (station, part) = (&core.stations[id.0 as usize], core.part_of(id));
    if !core.status.up(part) {
        let reason = core.status.first_reason(part);
        core.stations[id.0 as usize].lose();
        return Err(reason);
    }
    let cpu_of_its_own = match at {
        At::Source => message.source_cpu,
        At::Target => message.target_cpu,
        At::Station(_) | At::Air(_) | At::Nowhere => 0,
    };
    let own = station.fixed + hop_work + cpu_of_its_own + station.bytes_time(u64::from(message.bytes));
    let mut work = Work { bare: own, added: cpu.clone(), ..Work::default() };
    let mut bytes = u64::from(message.bytes);
    for &(cause, more) in &message.carried {
        let more = u64::from(more.max(0) as u32);
        work.added.add(cause, station.more_time(bytes, more));
        bytes += more;
    }
    let bare = (message.made_by == CauseId::NONE).then(|| u64::from(message.bytes));
    work.aired = station.aired(bytes, bare);
    if message.made_by != CauseId::NONE {
        work.bare = 0;
        work.added.add(message.made_by, own);
    }
    if station.has_departures() {
        return crate::queue::enter(core, (place, message), id, &work, rank).map(|()| None);
    }
    let idle = station.is_idle();
    if work.bare > 0 || !work.added.is_empty() || station.is_special() {
        core.stir(idle);
    }
    let id_at = id.0 as usize;
    let visited = match at {
        At::Source | At::Target => core.stations.visit_end(id_at, core.now, work, &core.names),
        At::Station(_) | At::Air(_) | At::Nowhere => core.stations[id_at].visit(core.now, work, &core.names),
    };
    match visited {
        Visit::Full(by) => Err(full(core, by)),
        Visit::Leaves { at, extra } => {
            core.counters.visits += 1;
            message.extra.add_all(&extra);
            (message.station, message.entered, message.left) = (Some(id), core.now, at);
            Ok(Some(at))
        }
    }
}

/// A buffer that bare work alone would have filled is charged to Load.
fn full(core: &Core, by: CauseId) -> Charge {
    Charge { by: if by == CauseId::NONE { core.load } else { by }, because: CauseId::NONE }
}

/// It arrived.
fn deliver(core: &mut Core, world: &mut World, message: &Message) {
    if message.weight > 0 {
        enter(core, message);
    }
    crate::emit::answer(core, world, message.emitter, message.slot, [message.sent, core.now]);
    (core.action_of(message.action).arrived)(core, world, message);
}

/// Enter in the books that a message has arrived.
pub(crate) fn enter(core: &mut Core, message: &Message) {
    let owner = core.owner(message);
    let who = core.who(owner);
    let (at, sent, weight) = (core.now, message.sent, message.weight);
    let in_time = at <= message.deadline;
    let name = core.slots.bits(message.key, message.slot);
    let value = if core.carries { message.value } else { 0 };
    let took = at.since(sent);
    core.books.arrived(message.topic, &Arrival { name, at, took, weight, in_time, value }, || owner);
    if in_time {
        core.tell(at, IN_TIME, who, message.topic, i64::from(weight));
        core.tell(at, LATENCY, who, message.topic, at.since(sent).0 as i64);
    } else {
        late(core, message, at);
    }
}

/// It arrived at `at`, and that was too late.
pub(crate) fn late(core: &mut Core, message: &Message, at: SimTime) {
    let who = core.who(core.owner(message));
    let latency = at.since(message.sent).0;
    core.tell(at, LATE, who, message.topic, i64::from(message.weight));
    core.tell(at, LATENCY, who, message.topic, latency as i64);
    charge_late(core, message, at, latency);
}

/// Who made it late: those who added delay, in proportion, if the bare path would have been in time; else the
/// design.
fn charge_late(core: &mut Core, message: &Message, at: SimTime, latency: u64) {
    let who = core.who(core.owner(message));
    let mut extra = message.extra.clone();
    extra.add_all(&message.earlier);
    let added = extra.sum();
    let charge = |by| Charge { by, because: CauseId::NONE };
    for (cause, nanos) in extra.iter() {
        core.fact_at(at, ADDED_DELAY, who, message.topic, charge(cause), nanos as i64);
    }
    let total = u64::from(message.weight) * MILLIONTHS;
    let bare = latency.saturating_sub(added);
    let allowed = message.deadline.since(message.sent).0;
    let parts =
        if bare > allowed { Shares::of(core.design, total) } else { split(total, &extra, &core.names) };
    let kind = CHARGE_LATE[usize::from(parts.len() > 1)];
    for (cause, amount) in parts.iter() {
        core.fact_at(at, kind, who, message.topic, charge(cause), amount as i64);
    }
}

/// It is lost here; it is sent again if it may be, else it is lost for good.
fn lose(core: &mut Core, world: &mut World, id: MessageId, mut message: Box<Message>, charge: Charge) {
    if let Some(retry) = message.retry
        && message.attempt < retry.times
        && !message.ghost
        && core.now + retry.after < message.deadline
        && core.status.up(core.unit(message.source))
    {
        let again = core.now + retry.after;
        message.earlier.add(charge.by, again.since(message.began).0);
        message.attempt += 1;
        (message.hop, message.toll, message.station, message.began) = (0, 0, None, again);
        message.extra.clear();
        message.carried.clear();
        core.push(again, Class::MESSAGE, message.id, u64::from(id.0));
        return core.messages.put_back(id, message);
    }
    if message.weight > 0 {
        let who = core.who(core.owner(&message));
        core.fact(LOST, who, message.topic, Charge::default(), i64::from(message.weight));
        let amount = u64::from(message.weight) * MILLIONTHS;
        core.fact(CHARGE_LOST[0], who, message.topic, charge, amount as i64);
    }
    if !message.ghost {
        (core.action_of(message.action).lost)(core, world, &message, charge);
    }
    core.messages.release(id, message);
}

impl Core {
    /// A message works at a station, an `idle` one or not: those who pass by must look at it, if they did not, and it may no
    /// longer be plain.
    fn stir(&mut self, idle: bool) {
        self.plain = false;
        if idle && !self.stirred {
            // Parcels under way have not looked where they passed by.
            self.unpack();
            self.stirred = true;
        }
    }

    /// Let a message that was held go on now; the time it was held is `cause`'s.
    pub fn resume(&mut self, id: MessageId, cause: CauseId) {
        let now = self.now;
        let Some(message) = self.messages.get_mut(id) else { return };
        message.extra.add(cause, now.since(message.held).0);
        let tie = message.id;
        self.push(now, Class::MESSAGE, tie, u64::from(id.0));
    }

    /// Lose a message that was held for good, whatever else might be tried.
    pub fn discard_held(&mut self, world: &mut World, id: MessageId, charge: Charge) {
        if let Some(mut message) = self.messages.take_out(id) {
            message.retry = None;
            lose(self, world, id, message, charge);
        }
    }

    /// Lose a message that was held.
    pub fn drop_held(&mut self, world: &mut World, id: MessageId, charge: Charge) {
        if let Some(message) = self.messages.take_out(id) {
            lose(self, world, id, message, charge);
        }
    }
}
