//! Media: radio channels that many share. A frame is an interval, and its fate is decided at its end.
//!
//! When a sender listens, when its random wait is over, when a frame begins, when it ends, when an acknowledgement is
//! due and when a receive window opens are rows. Acknowledgements and downlinks are frames like any other; who sends is
//! deaf. Intervals are half open and what begins at an instant is not heard at it, so that rows of one instant may be
//! worked in any order, except for who gets a gateway's last free path.
//!
//! The numbers of a radio (airtimes, waits, powers) come from above. `air` holds the frames and judges them,
//! `access` how senders take turns.
//!
//! # Differs from the real thing
//! Power falls with distance alone, without walls, fading or antennas' directions; clocks do not drift; a frame's
//! preamble is as easily hit as the rest. A sender whose device fails is cut off in the middle of its frame, a receiver
//! must be up at the frame's end. A message longer than the longest frame is sent as several, one after the other, and
//! is lost with the first that is. A ghost meets an empty channel.

mod access;
mod air;
mod keep;

pub(crate) use access::{enter, fail, ghost, work};
pub use air::{Frame, Judge};
pub(crate) use keep::Kept;

use crate::fact::CauseId;
use crate::fact::Charge;
use crate::message::{DeviceId, MessageId};
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A medium's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediumId(pub u16);

/// An index into the table of radio links: a medium and its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AirId(pub u32);

/// One end of a radio link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Who sends the message.
    Source,
    /// Who receives it.
    Target,
    /// This device: a gateway, or a relay.
    Device(DeviceId),
}

/// A radio link, as a hop names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// On which medium.
    pub medium: MediumId,
    /// Who sends.
    pub from: End,
    /// Who receives.
    pub to: End,
}

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
}

/// How frames are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// From the frame's end to the acknowledgement's beginning.
    pub after: Span,
    /// Its length.
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

/// What a medium is made of.
#[derive(Clone, Debug)]
pub struct Medium {
    /// How long a frame of so many bytes lasts, by rate [ns].
    pub airtimes: Vec<Vec<u64>>,
    /// How many channels a sender draws from.
    pub channels: u16,
    /// How senders take turns.
    pub access: Access,
    /// What follows a frame, or its acknowledgement, before the same sender goes on.
    pub gap: fn(bytes: u32) -> Span,
    /// How frames to a gateway are acknowledged.
    pub acknowledge: Option<Acknowledge>,
    /// When devices listen, if not always.
    pub windows: Option<Windows>,
    /// What a receiver makes of a frame.
    pub judge: Judge,
    /// Loss of power at one metre [dB], and ten times the exponent by which it grows with distance.
    pub path_loss: [f64; 2],
    /// To whom its losses are charged.
    pub causes: Causes,
    /// How its frames fared.
    pub fates: Fates,
    pub(crate) radios: BTreeMap<DeviceId, Radio>,
    pub(crate) frames: VecDeque<Frame>,
    /// The longest frame so far [ns].
    pub(crate) longest: u64,
    pub(crate) made: u64,
    /// What waits for a receive window of each device.
    pub(crate) pending: BTreeMap<DeviceId, VecDeque<Job>>,
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

/// How frames fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fates {
    /// Frames sent, acknowledgements and downlinks among them.
    pub sent: u64,
    /// Frames received.
    pub received: u64,
    /// Time on air [ns].
    pub on_air: u64,
    /// Of it, time of frames received [ns].
    pub heard: u64,
}

/// Where a radio stands and what it can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Antenna {
    /// East, north, up [m].
    pub at: [f64; 3],
    /// Power it sends with [mW].
    pub sends: f64,
    /// The rate it sends at.
    pub rate: u8,
    /// How many frames it can receive at once.
    pub paths: u16,
    /// How many messages may wait to be sent.
    pub room: u16,
    /// Power it draws while it sends [W].
    pub draws: f64,
    /// Whether it is a gateway: frames to it are acknowledged, frames from it wait for receive windows.
    pub gateway: bool,
}

/// A radio and what it has to send.
#[derive(Clone, Debug)]
pub(crate) struct Radio {
    pub(crate) antenna: Antenna,
    pub(crate) queue: VecDeque<Job>,
    /// Until when it must be silent, on the channels of the medium and on that of the second window.
    pub(crate) silent: [SimTime; 2],
    /// Until when it sends.
    pub(crate) sends_until: SimTime,
    /// When it may begin with the next job.
    pub(crate) free: SimTime,
}

/// A message to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) seq: u64,
    pub(crate) place: MessageId,
    /// Key and slot of its draws.
    pub(crate) key: [u64; 2],
    pub(crate) to: DeviceId,
    pub(crate) entered: SimTime,
    /// Its size with and without what was added, and who added most [B].
    pub(crate) bytes: [u32; 2],
    pub(crate) added: CauseId,
    /// How many more frames follow this one.
    pub(crate) rest: u32,
    pub(crate) attempt: u8,
    pub(crate) waits: u8,
    /// Whether its turn has begun.
    pub(crate) active: bool,
    /// The frame whose acknowledgement it awaits.
    pub(crate) awaits: Option<u64>,
    /// Whether the message has gone on.
    pub(crate) delivered: bool,
    pub(crate) last: Charge,
}

/// All media of a run.
#[derive(Clone, Debug, Default)]
pub struct Media {
    /// Each medium.
    pub media: Vec<Medium>,
    pub(crate) links: Vec<Link>,
}

impl Media {
    /// A new medium.
    pub fn add(&mut self, medium: Medium) -> MediumId {
        self.media.push(medium);
        MediumId((self.media.len() - 1) as u16)
    }

    /// A radio link on a medium.
    pub fn link(&mut self, link: Link) -> AirId {
        if let Some(at) = self.links.iter().position(|known| *known == link) {
            return AirId(at as u32);
        }
        self.links.push(link);
        AirId((self.links.len() - 1) as u32)
    }

    /// The link of a hop.
    pub fn link_of(&self, air: AirId) -> Option<Link> {
        self.links.get(air.0 as usize).copied()
    }
}

impl Medium {
    /// A medium on which nobody stands yet, and whose frames last so long by rate and bytes.
    pub fn new(airtimes: Vec<Vec<u64>>, access: Access, judge: Judge, causes: Causes) -> Self {
        Self {
            airtimes,
            channels: 1,
            access,
            gap: |_| Span::ZERO,
            acknowledge: None,
            windows: None,
            judge,
            path_loss: [0.0, 0.0],
            causes,
            fates: Fates::default(),
            radios: BTreeMap::new(),
            frames: VecDeque::new(),
            longest: 0,
            made: 0,
            pending: BTreeMap::new(),
        }
    }

    /// Put a device's radio on the medium.
    pub fn stand(&mut self, device: DeviceId, antenna: Antenna) {
        let radio = Radio {
            antenna,
            queue: VecDeque::new(),
            silent: [SimTime::ZERO; 2],
            sends_until: SimTime::ZERO,
            free: SimTime::ZERO,
        };
        self.radios.insert(device, radio);
    }

    /// How a device's radio stands.
    pub fn antenna(&self, device: DeviceId) -> Option<Antenna> {
        self.radios.get(&device).map(|radio| radio.antenna)
    }

    /// The longest payload of a frame at a rate [B].
    pub fn longest_frame(&self, rate: u8) -> u32 {
        self.airtimes.get(usize::from(rate)).map_or(0, |own| own.len().saturating_sub(1) as u32)
    }

    /// How long a frame of so many bytes lasts.
    pub fn airtime(&self, rate: u8, bytes: u32) -> Span {
        let own = self.airtimes.get(usize::from(rate)).map_or(&[][..], Vec::as_slice);
        Span(own.get(bytes as usize).or(own.last()).copied().unwrap_or(0))
    }

    /// The power of one radio at another [mW].
    pub fn power(&self, from: &Antenna, to: &Antenna) -> f64 {
        use crate::math::{log10, pow, sqrt};
        let squares = (0..3).map(|axis| (from.at[axis] - to.at[axis]) * (from.at[axis] - to.at[axis]));
        let metres = sqrt(squares.sum::<f64>()).max(1.0);
        let loss = self.path_loss[0] + self.path_loss[1] * log10(metres);
        from.sends * pow(10.0, -loss / 10.0)
    }
}
