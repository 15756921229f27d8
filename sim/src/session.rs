//! Sessions: messages that need one wait while a conversation of flights opens it.
//!
//! A flight is a message like any other, on the same stations; the arrival of one launches the next. What the
//! flights say, and what they cost, is the affair of the crates above.

use crate::between::{Beginning, Between, Terms};
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

/// All sessions of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sessions {
    #[serde(skip)]
    conversations: Vec<Conversation>,
    between: Between,
    #[serde(skip)]
    action: Option<ActionId>,
    /// Handshakes completed.
    pub opened: u64,
    /// Handshakes given up.
    pub given_up: u64,
}

impl Sessions {
    /// Make room for so many more, and no others.
    pub fn reserve(&mut self, more: usize) {
        self.between.reserve(more);
    }

    /// Whether a session is open then.
    pub(crate) fn is_open(&self, id: u32, at: SimTime) -> bool {
        self.between.is_open(id, at).unwrap_or(true)
    }

    /// The session that a conversation opens between a client and a server, if there is one.
    pub fn find(&mut self, conversation: u16, ends: [DeviceId; 2]) -> Option<u32> {
        self.between.find(conversation, ends)
    }

    /// Go on with these; what opens them is known here.
    pub(crate) fn lay(&mut self, kept: Self) {
        *self = Self { conversations: std::mem::take(&mut self.conversations), action: self.action, ..kept };
        self.between.settle();
    }

    /// Nobody needs any of them any longer; what they came to stays known.
    pub(crate) fn clear(&mut self) {
        self.between = Between::default();
    }

    /// None is open: whoever needs one opens it.
    pub(crate) fn close_each(&mut self) {
        self.between.close_each();
    }

    /// The conversation that opens a session at present.
    fn opens(&self, id: u32) -> Option<&Conversation> {
        self.conversations.get(usize::from(self.between.beginning(id)?.conversation))
    }
}

/// The session that each emitter's messages need: nothing is kept until one needs any.
#[derive(Clone, Debug, Default)]
pub struct Needed(Vec<u32>);

/// No session.
const NONE: u32 = u32::MAX;

impl Needed {
    /// Make room for those of so many emitters, and no others.
    pub fn reserve(&mut self, emitters: usize) {
        self.0.reserve_exact(emitters.saturating_sub(self.0.len()));
    }

    /// What the emitter at this place needs.
    pub fn of(&self, emitter: u32) -> Option<u32> {
        self.0.get(emitter as usize).copied().filter(|session| *session != NONE)
    }

    /// Let the emitter at this place need that, or nothing.
    pub fn set(&mut self, emitter: u32, session: Option<u32>) {
        let at = emitter as usize;
        if at >= self.0.len() && session.is_some() {
            self.0.resize(at + 1, NONE);
        }
        if let Some(place) = self.0.get_mut(at) {
            *place = session.unwrap_or(NONE);
        }
    }
}

impl Core {
    /// A new kind of conversation.
    pub fn conversation(&mut self, conversation: Conversation) -> u16 {
        self.sessions.conversations.push(conversation);
        (self.sessions.conversations.len() - 1) as u16
    }

    /// A new session, open from the start if it stood before the scenario begins. It is opened by the first conversation,
    /// and once it has ended by the shorter second, if there is one, as long as neither end has been down. Its flights take
    /// routes `up` and `down`.
    pub fn session(
        &mut self,
        (full, short): (u16, Option<u16>),
        [client, server]: [DeviceId; 2],
        [up, down]: [RouteId; 2],
        open: bool,
    ) -> u32 {
        if self.sessions.action.is_none() {
            self.sessions.action = Some(self.action(Action { arrived, lost }));
        }
        self.sessions.between.add(client, Terms { full, short, server, up, down }, open)
    }

    /// End a session now; who waits for it waits for the next.
    pub fn close_session(&mut self, id: u32) {
        let waiting = self.sessions.between.end(id);
        if !waiting.is_empty() {
            self.sessions.between.wait_on(id, waiting);
            begin(self, id, 0);
        }
    }
}

/// The check of a toll that needs a session: pass while it is open, else wait and open it.
pub fn gate(core: &mut Core, _: &mut World, place: MessageId, message: &Message, _: u32) -> Verdict {
    let Some(id) = core.session_of.of(message.emitter) else {
        return Verdict::Pass;
    };
    if core.sessions.is_open(id, core.now) {
        return Verdict::Pass;
    }
    core.sessions.between.wait(id, place);
    if core.sessions.between.beginning(id).is_none() {
        begin(core, id, 0);
    }
    Verdict::Hold
}

fn begin(core: &mut Core, id: u32, attempt: u8) {
    let Some(session) = core.sessions.between.get(id) else { return };
    // Who is not answered to the short form begins in full.
    let short = session.terms.short.filter(|_| session.remembered && attempt == 0);
    let conversation = short.unwrap_or(session.terms.full);
    core.sessions.between.begin(id, Beginning { conversation, attempt });
    let timeout = Span(core.sessions.conversations[usize::from(conversation)].timeout.0 << attempt.min(6));
    let (epoch, client) = (session.epoch + 1, session.client);
    core.push(core.now + timeout, Class::TIMER, u64::from(client.0), u64::from(epoch) << 32 | u64::from(id));
    flight(core, id, 0);
}

/// Launch a flight, or open the session when there is none left.
fn flight(core: &mut Core, id: u32, index: usize) {
    let (Some(session), Some(conversation)) = (core.sessions.between.get(id), core.sessions.opens(id)) else {
        return;
    };
    let Some(&flight) = conversation.flights.get(index) else { return open(core, id) };
    let (client, server) = (session.client, session.terms.server);
    let (route, source, target) =
        if flight.up { (session.terms.up, client, server) } else { (session.terms.down, server, client) };
    if !core.status.up(core.unit(source)) {
        let charge = core.status.first_reason(core.unit(source));
        return core.sessions.between.lose(id, charge);
    }
    let mut message = Message::new(route, source, target, conversation.topic, flight.bytes);
    message.made_by = conversation.cause;
    message.retry = conversation.retry;
    message.action = core.sessions.action.unwrap_or_default();
    message.arg = u64::from(session.epoch) << 32 | u64::from(id);
    message.slot = index as u64;
    message.key = occasion(&[core.key(client), core.key(server), u64::from(session.epoch)]);
    message.id = u64::from(client.0) << 16 | u64::from(conversation.topic.0);
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
    let Some(conversation) = core.sessions.opens(id) else { return };
    let cause = conversation.cause;
    let until = conversation.lifetime.map_or(SimTime::NEVER, |lifetime| core.now + lifetime);
    core.sessions.opened += 1;
    core.sessions.between.open(id, until);
    for place in core.sessions.between.no_longer_waiting(id) {
        core.resume(place, cause);
    }
}

/// The session of a flight, if the flight belongs to its present beginning.
fn current(core: &Core, arg: u64) -> Option<u32> {
    let (id, epoch) = (arg as u32, (arg >> 32) as u32);
    core.sessions.between.beginning(id)?;
    (core.sessions.between.get(id)?.epoch == epoch).then_some(id)
}

fn arrived(core: &mut Core, _: &mut World, message: &Message) {
    if let Some(id) = current(core, message.arg) {
        flight(core, id, message.slot as usize + 1);
    }
}

fn lost(core: &mut Core, _: &mut World, message: &Message, charge: Charge) {
    if let Some(id) = current(core, message.arg) {
        core.sessions.between.lose(id, charge);
    }
}

/// A conversation has taken too long: it is begun anew, or those who wait are given up.
pub(crate) fn timer(core: &mut Core, world: &mut World, row: Row) {
    let Some(id) = current(core, row.arg) else { return };
    let (Some(beginning), Some(conversation)) =
        (core.sessions.between.beginning(id), core.sessions.opens(id))
    else {
        return;
    };
    if beginning.attempt < conversation.times {
        return begin(core, id, beginning.attempt + 1);
    }
    let charge = match core.sessions.between.last_loss(id) {
        Charge { by: CauseId::NONE, .. } => Charge { by: conversation.cause, because: CauseId::NONE },
        charge => charge,
    };
    core.sessions.given_up += 1;
    give_up(core, world, id, charge);
}

fn give_up(core: &mut Core, world: &mut World, id: u32, charge: Charge) {
    for place in core.sessions.between.end(id) {
        core.drop_held(world, place, charge);
    }
}

/// A device went down: its sessions end. What waited in a client that went down is lost with it; who waits for a
/// server goes on trying.
pub(crate) fn close_all(core: &mut Core, world: &mut World, device: DeviceId, charge: Charge) {
    for id in core.sessions.between.of(device) {
        core.sessions.between.forget(id);
        if core.sessions.between.get(id).is_some_and(|session| session.client == device) {
            give_up(core, world, id, charge);
        } else {
            core.sessions.between.close(id);
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
