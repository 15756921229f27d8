//! Slots that somebody above has taken over: their messages travel as copies that nobody counts, and whoever took a slot
//! over tells what became of it.

use crate::core::Core;
use crate::fact::Charge;
use crate::kinds::{CHARGE_LOST, CHARGE_UNSENT, IN_FLIGHT, LOST, MILLIONTHS, UNSENT};
use crate::message::{Message, MessageId};
use crate::route::RouteId;
use crate::shares::Shares;
use crate::status::share;
use crate::time::SimTime;
use smallvec::SmallVec;

impl Core {
    /// A slot of an emitter is due, and taken over: a message of it, timed from `sent`, to make copies of; it stands for
    /// one due message and is on no way yet.
    pub fn take_slot(&mut self, emitter: u32, slot: u64, sent: SimTime) -> Option<Message> {
        let own = self.emitters.get(emitter as usize)?;
        let (owner, topic) = (own.owner(), self.flows[usize::from(own.flow)].topic);
        let message = self.message_of(emitter, slot, sent)?;
        self.due(self.now, owner, topic, self.slots.bits(message.key, slot));
        Some(message)
    }

    /// A message of a slot that was taken over before.
    pub fn message_of(&self, emitter: u32, slot: u64, sent: SimTime) -> Option<Message> {
        let own = self.emitters.get(emitter as usize)?;
        let flow = self.flows.get(usize::from(own.flow))?;
        let mut message = Message::of_slot(flow, own, (emitter, self.emitter_key(emitter)), slot, sent);
        message.retry = None;
        Some(message)
    }

    /// Put a copy on its way now, whatever its message is timed from.
    pub fn launch_copy(
        &mut self,
        message: &Message,
        action: crate::message::ActionId,
        arg: u64,
    ) -> MessageId {
        let sent = message.sent;
        let copy = Message { weight: 0, retry: None, action, arg, ..message.clone() };
        let place = self.launch(copy);
        if let Some(own) = self.messages.get_mut(place) {
            own.sent = sent;
        }
        place
    }

    /// A copy has arrived, `before` of its time (by cause) having gone to those that did not: the message has.
    pub fn slot_arrived(&mut self, copy: &Message, before: &Shares) {
        let mut message = Message { weight: 1, ..copy.clone() };
        message.earlier.add_all(before);
        crate::travel::enter(self, &message);
    }

    /// No copy of a message will arrive.
    pub fn slot_lost(&mut self, message: &Message, charge: Charge) {
        let who = self.who(self.owner(message));
        self.fact(LOST, who, message.topic, Charge::default(), 1);
        self.fact(CHARGE_LOST[0], who, message.topic, charge, MILLIONTHS as i64);
    }

    /// A message was never sent: its source is down, or for the reason given.
    pub fn slot_unsent(&mut self, message: &Message, charge: Option<Charge>) -> Charge {
        let unit = self.unit(message.source);
        let reasons: SmallVec<[Charge; 4]> = match charge {
            Some(charge) => SmallVec::from_slice(&[charge]),
            None => self.status.reasons(unit).iter().copied().collect(),
        };
        let first = reasons.first().copied().unwrap_or_default();
        let who = self.who(self.owner(message));
        self.fact(UNSENT, who, message.topic, Charge::default(), 1);
        let charges = share(MILLIONTHS, reasons, &self.names);
        let kind = CHARGE_UNSENT[usize::from(charges.len() > 1)];
        for (charge, amount) in charges {
            self.fact(kind, who, message.topic, charge, amount as i64);
        }
        first
    }

    /// The run ends before anybody knows what becomes of a message.
    pub fn slot_open(&mut self, message: &Message) {
        let who = self.who(self.owner(message));
        self.fact(IN_FLIGHT, who, message.topic, Charge::default(), 1);
    }

    /// A message of so many bytes back from a message, on a route: it is named by what it goes back from.
    pub fn reply_to(&self, message: &Message, route: RouteId, bytes: u32) -> Message {
        let mut reply = Message::new(route, message.target, message.source, message.topic, bytes);
        (reply.key, reply.slot, reply.attempt) = (!message.key, message.slot, message.attempt);
        reply
    }
}
