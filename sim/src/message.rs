//! Messages: rows that travel, and the flows that make them.

use crate::core::Core;
pub use crate::emitter::{Emitter, Emitters, Few};
use crate::fact::{CauseId, Charge, Topic};
use crate::law::Law;
use crate::luck::{Draws, unit};
use crate::route::RouteId;
use crate::station::{Shares, StationId};
use crate::time::{SimTime, Span};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// A device's index: devices are numbered in (fleet name, ordinal) order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

/// A message's place in the table of those under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub u32);

/// An index into the table of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ActionId(pub u16);

/// What the crates above do when a message arrives, or will never arrive.
#[derive(Clone, Copy)]
pub struct Action {
    /// It arrived (a ghost's arrival is told apart by [`Message::ghost`]).
    pub arrived: fn(&mut Core, &mut World, &Message),
    /// It was lost for good, to this charge.
    pub lost: fn(&mut Core, &mut World, &Message, Charge),
}

/// How often a lost message is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The pause before the next attempt.
    pub after: Span,
    /// How many more attempts there may be.
    pub times: u8,
}

/// A message under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Its route.
    pub route: RouteId,
    /// Who sends.
    pub source: DeviceId,
    /// Who receives.
    pub target: DeviceId,
    /// The flow's topic.
    pub topic: Topic,
    /// When it was first sent.
    pub sent: SimTime,
    /// In time until then.
    pub deadline: SimTime,
    /// The slot, or another occasion that names it.
    pub slot: u64,
    /// The entity key of its draws.
    pub key: u64,
    /// The id of the tie rule.
    pub id: u64,
    /// Its bare size [B].
    pub bytes: u32,
    /// For how many due messages it stands; 0 for traffic that nobody is due (attempts, handshakes).
    pub weight: u32,
    /// Who made it, if it would not exist without a control or an attack: all its work is then added work.
    pub made_by: CauseId,
    /// What is done when it arrives.
    pub action: ActionId,
    /// The action's own argument.
    pub arg: u64,
    /// The value that it carries.
    pub value: u64,
    /// The emitter that sent it, or `u32::MAX`.
    pub emitter: u32,
    /// Time it takes on its sender's processor beyond the hop's own work [ns].
    pub source_cpu: u64,
    /// Time it takes on its receiver's processor beyond the hop's own work [ns].
    pub target_cpu: u64,
    /// Whether it travels the bare path for the shadow's sake only.
    pub ghost: bool,
    /// Further attempts.
    pub retry: Option<Retry>,
    /// Which attempt this is, from 0.
    pub attempt: u8,
    pub(crate) hop: u16,
    pub(crate) toll: u8,
    pub(crate) began: SimTime,
    pub(crate) station: Option<StationId>,
    pub(crate) entered: SimTime,
    pub(crate) left: SimTime,
    pub(crate) held: SimTime,
    pub(crate) carried: SmallVec<[(CauseId, i32); 2]>,
    /// Delay that additions made, by cause [ns].
    pub extra: Shares,
    pub(crate) earlier: Shares,
}

impl Message {
    /// A legitimate message of `bytes` on `route`, not yet sent: fill in what differs.
    pub fn new(route: RouteId, source: DeviceId, target: DeviceId, topic: Topic, bytes: u32) -> Self {
        Self {
            route,
            source,
            target,
            topic,
            sent: SimTime::ZERO,
            deadline: SimTime::NEVER,
            slot: 0,
            key: 0,
            id: u64::from(source.0) << 16 | u64::from(topic.0),
            bytes,
            weight: 0,
            made_by: CauseId::NONE,
            action: ActionId::default(),
            arg: 0,
            value: 0,
            emitter: u32::MAX,
            source_cpu: 0,
            target_cpu: 0,
            ghost: false,
            retry: None,
            attempt: 0,
            hop: 0,
            toll: 0,
            began: SimTime::ZERO,
            station: None,
            entered: SimTime::ZERO,
            left: SimTime::ZERO,
            held: SimTime::ZERO,
            carried: SmallVec::new(),
            extra: Shares::new(),
            earlier: Shares::new(),
        }
    }
}

impl Message {
    /// The message of a slot of an emitter (its index is `at`, and the entity key of its draws), sent at `now`.
    pub(crate) fn of_slot(
        flow: &Flow,
        emitter: &Emitter,
        (at, key): (u32, u64),
        slot: u64,
        now: SimTime,
    ) -> Self {
        Self {
            sent: now,
            began: now,
            deadline: now + flow.deadline,
            slot,
            key,
            id: u64::from(emitter.owner().0) << 16 | u64::from(flow.topic.0),
            action: flow.action,
            retry: flow.retry,
            emitter: at,
            weight: 1,
            ..Self::new(emitter.route, emitter.source, emitter.target, flow.topic, flow.bytes)
        }
    }
}

/// The messages under way: places are used again, and so is the room that a message took.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    places: Vec<Option<Box<Message>>>,
    free: Vec<(u32, Box<Message>)>,
}

impl Messages {
    pub(crate) fn insert(&mut self, message: Message) -> MessageId {
        match self.free.pop() {
            Some((place, mut room)) => {
                *room = message;
                self.places[place as usize] = Some(room);
                MessageId(place)
            }
            None => {
                self.places.push(Some(Box::new(message)));
                MessageId((self.places.len() - 1) as u32)
            }
        }
    }

    /// Take a message out to work on it; its place stays reserved.
    pub(crate) fn take_out(&mut self, id: MessageId) -> Option<Box<Message>> {
        self.places.get_mut(id.0 as usize)?.take()
    }

    /// Put a message that was taken out back into its place.
    pub(crate) fn put_back(&mut self, id: MessageId, message: Box<Message>) {
        if let Some(place) = self.places.get_mut(id.0 as usize) {
            *place = Some(message);
        }
    }

    /// Give the place of a message that was taken out, and its room, to others.
    pub(crate) fn release(&mut self, id: MessageId, message: Box<Message>) {
        self.free.push((id.0, message));
    }

    /// The message under way at this place.
    pub fn get(&self, id: MessageId) -> Option<&Message> {
        self.places.get(id.0 as usize)?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        self.places.get_mut(id.0 as usize)?.as_deref_mut()
    }

    /// Everything under way, by its place.
    pub(crate) fn under_way(&self) -> Vec<(u32, Message)> {
        let places = (0..).zip(&self.places);
        places.filter_map(|(at, place)| Some((at, place.as_deref()?.clone()))).collect()
    }

    /// How many places there are.
    pub(crate) const fn places(&self) -> u32 {
        self.places.len() as u32
    }

    /// These messages at these places.
    pub(crate) fn of_places(messages: BTreeMap<u32, Message>) -> Self {
        let mut all = Self::default();
        for (place, message) in messages {
            while all.places() < place {
                let room = Message::new(message.route, message.source, message.target, message.topic, 0);
                all.free.push((all.places(), Box::new(room)));
                all.places.push(None);
            }
            all.places.push(Some(Box::new(message)));
        }
        all
    }

    /// Everything under way.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.places.iter().filter_map(Option::as_deref)
    }
}

/// The time between two slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Any length of `low` up to `low + width` alike, from a drawn phase.
    Between {
        /// The shortest.
        low: Span,
        /// How much longer it may be.
        width: Span,
    },
    /// By a law, from the start on.
    Drawn(Law),
}

impl Pace {
    /// Always the same, from a drawn phase.
    pub const fn fixed(period: Span) -> Self {
        Self::Between { low: period, width: Span::ZERO }
    }
}

impl From<Law> for Pace {
    fn from(law: Law) -> Self {
        match law {
            Law::Fixed(period) => Self::fixed(Span::from_seconds(period)),
            Law::Uniform { low, high } => {
                let low = Span::from_seconds(low);
                Self::Between { low, width: Span(Span::from_seconds(high).0.saturating_sub(low.0)) }
            }
            law => Self::Drawn(law),
        }
    }
}

/// The share of a number that the upper half of a draw's bits stands for.
const fn part(of: u64, bits: u64) -> u64 {
    let (share, upper, lower) = (bits >> 32, of >> 32, of & u32::MAX as u64);
    upper * share + ((lower * share) >> 32)
}

impl Pace {
    /// From the start to the first slot, by a slot's draw.
    pub(crate) fn first(self, draws: Draws, key: u64) -> Span {
        match self {
            Self::Between { low, width } => Span(part(low.0 + width.0 / 2, draws.bits(key, 0))),
            Self::Drawn(law) => law.span(draws.unit(key, 0)),
        }
    }

    /// The shortest pause.
    pub(crate) const fn least(&self) -> Span {
        match *self {
            Self::Between { low, .. } => low,
            Self::Drawn(_) => Span(1),
        }
    }

    /// From a slot to the next, which has this draw. A pause that rounds to nothing would hold the clock for ever.
    #[inline(always)]
    pub(crate) fn pause(&self, drawn: u64) -> Span {
        let pause = match *self {
            Self::Between { low, width } => Span(low.0 + part(width.0, drawn)),
            Self::Drawn(law) => law.span(unit(drawn)),
        };
        pause.max(Span(1))
    }
}

/// What the receiver of a message sends back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// From the emitter of the message to the emitter of its answer, modulo 2^32: it may stand before.
    pub offset: u32,
    /// 2^32 over the number of messages of which one is answered, rounded down; of one it is 2^32 - 1.
    share: u32,
}

impl Answer {
    /// One message in so many is answered; which, its own draw tells: those at which it is a multiple of that number, in
    /// 16 bits.
    pub const fn new(offset: u32, one_in: u64) -> Self {
        let share = if one_in <= 1 { u32::MAX as u64 } else { u32::MAX as u64 / one_in };
        Self { offset, share: share as u32 }
    }

    /// Whether it follows a message with this draw of its slot. Asked without a division (Lemire, Kaser and Kurz, Faster
    /// remainder by direct computation, 2019).
    #[inline]
    pub(crate) const fn follows(self, drawn: u64) -> bool {
        (drawn as u32 >> 16).wrapping_mul(self.share.wrapping_add(1)) <= self.share
    }
}

/// A flow: what its messages have in common.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its topic (by its name).
    pub topic: Topic,
    /// Whether its messages are commands.
    pub command: bool,
    /// Time between slots.
    pub every: Pace,
    /// Bare size [B].
    pub bytes: u32,
    /// Time allowed.
    pub deadline: Span,
    /// What arrival does.
    pub action: ActionId,
    /// Sent again when lost.
    pub retry: Option<Retry>,
    /// Whether a ghost travels beside each message for a shadow's sake.
    pub shadowed: bool,
    /// What its receiver sends back, timed from when the message itself was sent.
    pub answer: Option<Answer>,
    /// Its messages carry a value of 16 bits that follows a draw, smoothed by 1/2^n.
    pub smoothing: Option<u8>,
    /// Asked at each slot whether there is something to send; `None` means always.
    pub wanted: Option<fn(&mut Core, &mut World, u32) -> bool>,
}

impl Flow {
    /// The value of a slot with this draw, after that of the slot before.
    #[inline]
    pub(crate) fn smoothed(&self, before: u16, drawn: u64) -> u16 {
        let Some(shift) = self.smoothing else { return before };
        let drawn = (drawn & 0xFFFF) as i32;
        (i32::from(before) + ((drawn - i32::from(before)) >> shift)) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_part_is_the_product_of_twice_the_bits(of in any::<u64>(), bits in any::<u64>()) {
            prop_assert_eq!(u128::from(part(of, bits)), (u128::from(of) * u128::from(bits >> 32)) >> 32);
        }
    }

    #[test]
    fn one_in_so_many_is_answered() {
        for one_in in [0, 1, 2, 3, 7, 10, 255, 1000, 32_768, 65_535, 65_536, 100_000, 1 << 33] {
            let answer = Answer::new(0, one_in);
            for drawn in 0..=u64::from(u16::MAX) {
                let expected = one_in <= 1 || drawn.is_multiple_of(one_in);
                assert_eq!(answer.follows(drawn << 16 | 0xABCD), expected, "{drawn} in {one_in}");
            }
        }
    }
}
