//! The rules of a medium: how senders take turns, how frames are answered, who is charged for a loss.

use crate::fact::CauseId;
use crate::time::Span;

/// How senders take turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Access {
    /// Whoever has something sends; after each frame he is silent for so many times its length (times 1/1000).
    Aloha {
        /// Silence for each second on air [ms].
        silence: u32,
    },
    /// Unslotted carrier sense with random waits (IEEE 802.15.4).
    Csma {
        /// One step of the random wait.
        step: Span,
        /// The first wait is of 0 to 2^this - 1 steps.
        first: u8,
        /// The exponent grows up to this.
        last: u8,
        /// How often a busy channel makes the sender wait anew.
        tries: u8,
        /// How long before the end of the wait the channel is looked at: the time to turn from receiving to sending.
        ahead: Span,
        /// What is heard with less is not noticed [mW].
        heard: f64,
    },
    /// Carrier sense with random waits that stand still while others send (IEEE 802.11, distributed coordination).
    Contention(Contention),
    /// The gateway asks each device in turn, and only who is asked answers (a serial bus with one master).
    Polls(Polls),
    /// Each device meets its gateway at instants of its own (connection events of Bluetooth Low Energy).
    Meets(Meets),
    /// Who has called is granted times of his own (cellular networks, satellites).
    Grants(Grants),
    /// Each device has a wire of its own to the gateway, and both ends may send at once (switched Ethernet).
    Wire {
        /// The pause after each frame.
        gap: Span,
    },
}

/// Random waits in slots that count only while the channel is clear.
///
/// # Differs from the real thing
/// Each frame waits anew, also the first after a long silence, which the standard lets go at once. One access category;
/// no reservation by short frames (RTS/CTS) and no bursts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contention {
    /// One step of the random wait.
    pub slot: Span,
    /// How long the channel must be clear before steps count (DIFS).
    pub wait: Span,
    /// What is kept free after another's frame for its acknowledgement, come or not (SIFS and its length).
    pub answer: Span,
    /// The first wait is of 0 to 2^this - 1 steps.
    pub first: u8,
    /// The exponent grows by one with each attempt up to this.
    pub last: u8,
    /// What is heard with less is not noticed [mW].
    pub heard: f64,
}

/// A master that asks each device on its line in turn.
///
/// # Differs from the real thing
/// The master begins with the first message that anybody has, and never stops. It asks for all of a device's values at
/// once: an answer carries the message that waits longest, or says that nothing is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polls {
    /// How long a request lasts that carries nothing.
    pub request: Span,
    /// How long an answer lasts that has nothing to tell.
    pub empty: Span,
    /// How long the answer lasts to a request that carried something.
    pub written: Span,
    /// From the end of a request to the beginning of its answer.
    pub turn: Span,
    /// Silence before each request.
    pub silence: Span,
    /// From the end of a request until the master takes it for lost.
    pub patience: Span,
    /// How often a request without answer is sent again before the next device has its turn.
    pub tries: u8,
    /// The least time from the beginning of one round to that of the next.
    pub every: Span,
}

/// Instants at which a device and its gateway meet, the meetings of all devices of a gateway spread over the interval.
///
/// # Differs from the real thing
/// Clocks do not drift. A packet that arrived counts as acknowledged at once; the real one is told in the next packet.
/// Devices keep every meeting, also those where nobody has anything to say; those cost energy, but no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meets {
    /// From one meeting to the next.
    pub every: Span,
    /// From the end of one packet to the beginning of the next.
    pub turn: Span,
    /// How long an empty packet lasts.
    pub empty: Span,
    /// How many meetings in a row may fail before the connection is given up and what waited is lost.
    pub tries: u8,
}

/// Times that a network grants to who has called it.
///
/// # Differs from the real thing
/// A grant is first come first served; the exchange that sets a connection up is one length of time, and only its first
/// call may be lost, by meeting another's on the same preamble. Retransmissions of parts of a frame are within its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Calls begin at whole multiples of this; zero: at any time.
    pub every: Span,
    /// How many calls of one instant can be told apart; zero: all.
    pub preambles: u16,
    /// How long a call lasts, by rate.
    pub calls: [Span; 3],
    /// From the beginning of a call until the connection stands, by rate.
    pub setup: [Span; 3],
    /// How often a lost call is made again, each after a random wait of up to `backoff`.
    pub tries: u8,
    /// The longest random wait.
    pub backoff: Span,
    /// How long a connection stands after its last frame.
    pub stays: Span,
    /// How many frames the network takes at once.
    pub lanes: u16,
    /// How often a device without connection listens whether it is called; zero: never, it hears what waits for it when
    /// it next sends.
    pub pages: Span,
    /// How long it then listens.
    pub listens: Span,
    /// From the beginning of one pass of a satellite to the next, and how long it is in view; zero: always.
    pub pass: [Span; 2],
}

/// How frames are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// From the frame's end to the acknowledgement's beginning.
    pub after: Span,
    /// Its length; of an answer in a receive window [`Medium::answers`](super::Medium::answers) tells.
    pub lasts: Span,
    /// From the frame's end until the sender gives up waiting for it.
    pub patience: Span,
    /// How often a frame without acknowledgement is sent again.
    pub retries: u8,
}

/// Receivers that listen only after they have sent (LoRaWAN class A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// From the end of a frame to the first window, on the frame's own channel and rate, and to the second.
    pub open: [Span; 2],
    /// Channel and rate of the second window.
    pub second: (u16, u8),
    /// Silence for each second on air on that channel [ms].
    pub silence: u32,
}

/// To whom a medium charges what it loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Causes {
    /// Frames that hit each other.
    pub collision: CauseId,
    /// Too little power at the receiver.
    pub weak: CauseId,
    /// Bits turned over by noise.
    pub noise: CauseId,
    /// The receiver was sending.
    pub deaf: CauseId,
    /// All of a gateway's receive paths were taken.
    pub no_path: CauseId,
    /// The channel was never clear.
    pub busy: CauseId,
    /// The sender's buffer was full.
    pub buffer: CauseId,
}
