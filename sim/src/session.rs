//! Sessions: messages that need one wait while a conversation of flights opens it.
//!
//! A flight is a message like any other, on the same stations; the arrival of one launches the next. What the
//! flights say, and what they cost, is the affair of the crates above.

use crate::core::Core;
use crate::fact::{CauseId, Charge, Topic};
use crate::luck::occasion;
use crate::math::{ln, ln_1p};
use crate::message::{Action, ActionId, DeviceId, Message, MessageId, Retry};
use crate::route::RouteId;
use crate::row::{Class, Row};
use crate::time::{SimTime, Span};
use crate::travel::Verdict;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// One flight of a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// From the client to the server.
    pub up: bool,
    /// Size [B].
    pub bytes: u32,
    /// Processor time at the sender [ns].
    pub sender_cpu: u64,
    /// Processor time at the receiver [ns].
    pub receiver_cpu: u64,
    /// Energy at the sender [nJ].
    pub sender_nanojoules: u64,
    /// Energy at the receiver [nJ].
    pub receiver_nanojoules: u64,
    /// What the sender does again until it succeeds.
    pub again: Option<Again>,
}

/// Something that is tried until it succeeds, each time with the same chance: the first try is part of the flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Again {
    /// The share of tries that fail.
    pub fails: f64,
    /// Processor time of one more try [ns].
    pub cpu: u64,
    /// Its energy [nJ].
    pub nanojoules: u64,
}

impl Again {
    /// How many more tries it takes where a share `u` of all is luckier.
    fn tries(&self, u: f64) -> u64 {
        if self.fails <= 0.0 {
            return 0;
        }
        (ln_1p(-u.clamp(0.0, 1.0 - f64::EPSILON)) / ln(self.fails)).max(0.0) as u64
    }
}

/// What opens a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The control whose conversation it is.
    pub cause: CauseId,
    /// Its flights in order; an empty one opens at once.
    pub flights: Vec<Flight>,
    /// How long a session lasts.
    pub lifetime: Option<Span>,
    /// How long a conversation may take before it is begun anew; doubles each time.
    pub timeout: Span,
    /// How often it is begun anew before those who wait are given up.
    pub times: u8,
    /// How a flight that is lost on the way is sent again.
    pub retry: Option<Retry>,
    /// What its flights are recorded as.
    pub topic: Topic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Closed,
    Opening,
    Open(SimTime),
}

/// A session between two devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Session {
    conversation: u16,
    /// The conversation in full, and the shorter one of ends that remember each other.
    full: u16,
    short: Option<u16>,
    remembered: bool,
    client: DeviceId,
    server: DeviceId,
    up: RouteId,
    down: RouteId,
    state: State,
    /// Counts beginnings, so that what belongs to an earlier one is known.
    epoch: u32,
    attempt: u8,
    last_loss: Charge,
}

const _: () = assert!(size_of::<Session>() <= 64);

/// All sessions of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sessions {
    #[serde(skip)]
    conversations: Vec<Conversation>,
    sessions: Vec<Session>,
    /// The messages that wait for a session, where any do.
    waiting: BTreeMap<u32, Vec<MessageId>>,
    of_device: Vec<SmallVec<[u32; 4]>>,
    #[serde(skip)]
    action: Option<ActionId>,
    /// Handshakes completed.
    pub opened: u64,
    /// Handshakes given up.
    pub given_up: u64,
}

impl Sessions {
    /// Go on with these; what opens them is known here.
    pub(crate) fn lay(&mut self, kept: Self) {
        *self = Self { conversations: std::mem::take(&mut self.conversations), action: self.action, ..kept };
    }

    /// None is open: whoever needs one opens it.
    pub(crate) fn close_each(&mut self) {
        self.sessions.iter_mut().for_each(|session| session.state = State::Closed);
    }
}

impl Core {
    /// A new kind of conversation.
    pub fn conversation(&mut self, conversation: Conversation) -> u16 {
        self.sessions.conversations.push(conversation);
        (self.sessions.conversations.len() - 1) as u16
    }

    /// A new session, open from the start if it stood before the scenario begins. Its flights take routes `up`
    /// and `down`.
    pub fn session(
        &mut self,
        conversation: u16,
        [client, server]: [DeviceId; 2],
        [up, down]: [RouteId; 2],
        open: bool,
    ) -> u32 {
        let id = self.sessions.sessions.len() as u32;
        if self.sessions.action.is_none() {
            self.sessions.action = Some(self.action(Action { arrived, lost }));
        }
        let state = if open { State::Open(SimTime::NEVER) } else { State::Closed };
        let last_loss = Charge::default();
        let (epoch, attempt) = (0, 0);
        self.sessions.sessions.push(Session {
            conversation,
            full: conversation,
            short: None,
            remembered: open,
            client,
            server,
            up,
            down,
            state,
            epoch,
            attempt,
            last_loss,
        });
        self.sessions.of_device.resize(self.devices() as usize, SmallVec::new());
        for device in [client, server] {
            if let Some(own) = self.sessions.of_device.get_mut(device.0 as usize) {
                own.push(id);
            }
        }
        id
    }

    /// Let a session that has ended be opened anew by this shorter conversation, as long as neither end has been down.
    pub fn resume_by(&mut self, id: u32, short: u16) {
        if let Some(session) = self.sessions.sessions.get_mut(id as usize) {
            session.short = Some(short);
        }
    }

    /// End a session now; who waits for it waits for the next.
    pub fn close_session(&mut self, id: u32) {
        if let Some(session) = self.sessions.sessions.get_mut(id as usize) {
            session.state = State::Closed;
            session.epoch += 1;
            if self.sessions.waiting.contains_key(&id) {
                begin(self, id, 0);
            }
        }
    }

    /// The sessions that a device has a part in.
    pub fn sessions_of(&self, device: DeviceId) -> &[u32] {
        self.sessions.of_device.get(device.0 as usize).map_or(&[], SmallVec::as_slice)
    }
}

/// The check of a toll that needs a session: pass while it is open, else wait and open it.
pub fn gate(core: &mut Core, _: &mut World, place: MessageId, message: &Message, _: u32) -> Verdict {
    let Some(id) = core.session_of.of(message.emitter) else {
        return Verdict::Pass;
    };
    let now = core.now;
    let Some(session) = core.sessions.sessions.get(id as usize) else { return Verdict::Pass };
    let opening = match session.state {
        State::Open(until) if now < until => return Verdict::Pass,
        state => state == State::Opening,
    };
    core.sessions.waiting.entry(id).or_default().push(place);
    if !opening {
        begin(core, id, 0);
    }
    Verdict::Hold
}

fn begin(core: &mut Core, id: u32, attempt: u8) {
    let Some(session) = core.sessions.sessions.get_mut(id as usize) else { return };
    session.state = State::Opening;
    session.epoch += 1;
    session.attempt = attempt;
    // Who is not answered to the short form begins in full.
    session.conversation =
        session.short.filter(|_| session.remembered && attempt == 0).unwrap_or(session.full);
    let (epoch, client) = (session.epoch, session.client);
    let conversation = &core.sessions.conversations[usize::from(session.conversation)];
    let timeout = Span(conversation.timeout.0 << attempt.min(6));
    core.push(core.now + timeout, Class::TIMER, u64::from(client.0), u64::from(epoch) << 32 | u64::from(id));
    flight(core, id, 0);
}

/// Launch a flight, or open the session when there is none left.
fn flight(core: &mut Core, id: u32, index: usize) {
    let Some(session) = core.sessions.sessions.get(id as usize) else { return };
    let conversation = &core.sessions.conversations[usize::from(session.conversation)];
    let Some(&flight) = conversation.flights.get(index) else { return open(core, id) };
    let (route, source, target) = if flight.up {
        (session.up, session.client, session.server)
    } else {
        (session.down, session.server, session.client)
    };
    if !core.status.up(core.unit(source)) {
        let charge = core.status.first_reason(core.unit(source));
        core.sessions.sessions[id as usize].last_loss = charge;
        return;
    }
    let mut message = Message::new(route, source, target, conversation.topic, flight.bytes);
    message.made_by = conversation.cause;
    message.retry = conversation.retry;
    message.action = core.sessions.action.unwrap_or_default();
    message.arg = u64::from(session.epoch) << 32 | u64::from(id);
    message.slot = index as u64;
    message.key = occasion(&[core.key(session.client), core.key(session.server), u64::from(session.epoch)]);
    message.id = u64::from(session.client.0) << 16 | u64::from(conversation.topic.0);
    let mut spent = [(source, flight.sender_nanojoules), (target, flight.receiver_nanojoules)];
    (message.source_cpu, message.target_cpu) = (flight.sender_cpu, flight.receiver_cpu);
    if let Some(again) = flight.again {
        let more = again.tries(core.luck.purpose("signing").unit(message.key, message.slot));
        message.source_cpu += more * again.cpu;
        spent[0].1 += more * again.nanojoules;
    }
    for (device, nanojoules) in spent {
        if let Some(sum) = core.energy.get_mut(device.0 as usize) {
            *sum += nanojoules;
        }
    }
    core.launch(message);
}

fn open(core: &mut Core, id: u32) {
    core.sessions.opened += 1;
    let now = core.now;
    let Some(session) = core.sessions.sessions.get_mut(id as usize) else { return };
    let conversation = &core.sessions.conversations[usize::from(session.conversation)];
    let cause = conversation.cause;
    session.state = State::Open(conversation.lifetime.map_or(SimTime::NEVER, |lifetime| now + lifetime));
    (session.attempt, session.remembered) = (0, true);
    for place in core.sessions.waiting.remove(&id).unwrap_or_default() {
        core.resume(place, cause);
    }
}

/// The session of a flight, if the flight belongs to its present beginning.
fn current(core: &Core, arg: u64) -> Option<u32> {
    let (id, epoch) = (arg as u32, (arg >> 32) as u32);
    let session = core.sessions.sessions.get(id as usize)?;
    (session.epoch == epoch && session.state == State::Opening).then_some(id)
}

fn arrived(core: &mut Core, _: &mut World, message: &Message) {
    if let Some(id) = current(core, message.arg) {
        flight(core, id, message.slot as usize + 1);
    }
}

fn lost(core: &mut Core, _: &mut World, message: &Message, charge: Charge) {
    if let Some(id) = current(core, message.arg) {
        core.sessions.sessions[id as usize].last_loss = charge;
    }
}

/// A conversation has taken too long: it is begun anew, or those who wait are given up.
pub(crate) fn timer(core: &mut Core, world: &mut World, row: Row) {
    let Some(id) = current(core, row.arg) else { return };
    let session = &core.sessions.sessions[id as usize];
    let conversation = &core.sessions.conversations[usize::from(session.conversation)];
    if session.attempt < conversation.times {
        return begin(core, id, session.attempt + 1);
    }
    let charge = match session.last_loss {
        Charge { by: CauseId::NONE, .. } => Charge { by: conversation.cause, because: CauseId::NONE },
        charge => charge,
    };
    core.sessions.given_up += 1;
    give_up(core, world, id, charge);
}

fn give_up(core: &mut Core, world: &mut World, id: u32, charge: Charge) {
    let Some(session) = core.sessions.sessions.get_mut(id as usize) else { return };
    session.state = State::Closed;
    session.epoch += 1;
    for place in core.sessions.waiting.remove(&id).unwrap_or_default() {
        core.drop_held(world, place, charge);
    }
}

/// A device went down: its sessions end. What waited in a client that went down is lost with it; who waits for a
/// server goes on trying.
pub(crate) fn close_all(core: &mut Core, world: &mut World, device: DeviceId, charge: Charge) {
    for at in 0..core.sessions_of(device).len() {
        let id = core.sessions_of(device)[at];
        let Some(session) = core.sessions.sessions.get_mut(id as usize) else { continue };
        session.remembered = false;
        if session.client == device {
            give_up(core, world, id, charge);
        } else if session.state != State::Opening {
            session.state = State::Closed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed form: with a share of three quarters that fails, a quarter succeed at once and the mean is three more.
    #[test]
    fn tries_are_geometric() {
        let again = Again { fails: 0.75, cpu: 1, nanojoules: 1 };
        assert_eq!((again.tries(0.0), again.tries(0.249), again.tries(0.251)), (0, 0, 1));
        let n = 100_000;
        let sum: u64 = (0..n).map(|nth| again.tries((f64::from(nth) + 0.5) / f64::from(n))).sum();
        assert!((sum as f64 / f64::from(n) - 3.0).abs() < 0.01, "{sum}");
        assert_eq!(Again { fails: 0.0, ..again }.tries(0.99), 0);
    }
}
