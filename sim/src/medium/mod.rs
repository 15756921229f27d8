//! Media: radio channels that many share. A frame is an interval, and its fate is decided at its end.
//!
//! When a sender listens, when its random wait is over, when a frame begins, when it ends, when an acknowledgement is
//! due and when a receive window opens are rows. Acknowledgements and downlinks are frames like any other; who sends is
//! deaf. Intervals are half open and what begins at an instant is not heard at it, so that rows of one instant may be
//! worked in any order, except for who gets a gateway's last free path.
//!
//! The numbers of a radio (airtimes, waits, powers) come from above. `air` holds the frames and judges them, `queue` the
//! messages before a radio, `send` puts frames on the air and ends them, `answer` acknowledges. How senders take turns:
//! `sense` (looking at the channel), `contend` (waits that stand still), `ask` (a gateway that leads, by `round` or when
//! they `meet`), `call` and `grant` (a network's times).
//!
//! # Differs from the real thing
//! Power falls with distance alone, without walls, fading or antennas' directions; clocks do not drift; a frame's
//! preamble is as easily hit as the rest. A sender whose device fails is cut off in the middle of its frame, a receiver
//! must be up at the frame's end. A message longer than the longest frame is sent as several, one after the other, and
//! is lost with the first that is. A ghost meets an empty channel.

mod air;
mod answer;
mod ask;
mod call;
mod contend;
mod grant;
mod keep;
mod meet;
mod queue;
mod radio;
mod round;
mod rules;
mod send;
mod sense;
mod turn;

pub use air::{Frame, Judge};
pub(crate) use keep::Kept;
pub(crate) use queue::{enter, fail, ghost};
pub use radio::{Antenna, Draws, Spent};
pub(crate) use radio::{Job, Radio, Wait};
pub use rules::{Access, Acknowledge, Causes, Contention, Grants, Meets, Polls, Windows};
pub(crate) use turn::work;

use crate::message::DeviceId;
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

/// What a medium is made of.
#[derive(Clone, Debug)]
pub struct Medium {
    /// How long a frame of so many bytes lasts, by rate [ns].
    pub airtimes: Vec<Vec<u64>>,
    /// The same of frames that a gateway sends to devices, where they are others.
    pub downs: Vec<Vec<u64>>,
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
    /// How long an acknowledgement in a receive window lasts, by its rate; none: as [`Acknowledge`] says in the first,
    /// and as a frame of five bytes in the second.
    pub answers: Vec<Span>,
    /// How long a receive window in which nothing begins stays open, by its rate.
    pub opens: Vec<Span>,
    /// How long a radio listens each time it looks whether the channel is clear.
    pub senses: Span,
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
    /// The round of a gateway that asks.
    pub(crate) round: Option<round::Round>,
    /// Calls that may still meet each other: when, on which preamble, whose.
    pub(crate) calls: VecDeque<(u64, u16, DeviceId)>,
    /// Until when each of the network's lanes is taken.
    pub(crate) lanes: Vec<u64>,
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
            downs: Vec::new(),
            channels: 1,
            access,
            gap: |_| Span::ZERO,
            acknowledge: None,
            windows: None,
            answers: Vec::new(),
            opens: Vec::new(),
            senses: Span::ZERO,
            judge,
            path_loss: [0.0, 0.0],
            causes,
            fates: Fates::default(),
            radios: BTreeMap::new(),
            frames: VecDeque::new(),
            longest: 0,
            made: 0,
            pending: BTreeMap::new(),
            round: None,
            calls: VecDeque::new(),
            lanes: Vec::new(),
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
            wait: None,
            stays: SimTime::ZERO,
            meets: None,
            met: 0,
            spent: Spent::default(),
        };
        self.radios.insert(device, radio);
    }

    /// Whether what a gateway sends to a device waits for that device apart from what it sends to others.
    pub(crate) fn holds_for_each(&self) -> bool {
        match self.access {
            Access::Aloha { .. } | Access::Csma { .. } | Access::Contention(_) => self.windows.is_some(),
            Access::Polls(_) | Access::Meets(_) | Access::Grants(_) | Access::Wire { .. } => true,
        }
    }

    /// What follows a frame of so many bytes before its sender goes on.
    pub(crate) fn gap_after(&self, bytes: u32) -> Span {
        match self.access {
            Access::Wire { gap } => gap,
            _ => (self.gap)(bytes),
        }
    }

    /// Whether both ends of a link may send at once.
    pub(crate) const fn is_duplex(&self) -> bool {
        matches!(self.access, Access::Grants(_) | Access::Wire { .. })
    }

    /// How a device's radio stands.
    pub fn antenna(&self, device: DeviceId) -> Option<Antenna> {
        self.radios.get(&device).map(|radio| radio.antenna)
    }

    /// How long a device's radio did what until an instant.
    pub fn spent(&self, device: DeviceId, now: SimTime) -> Spent {
        let Some(radio) = self.radios.get(&device) else { return Spent::default() };
        let mut spent = radio.spent;
        if !radio.antenna.gateway {
            meet::add_idle(self, device, now, &mut spent);
            grant::add_idle(self, now, &mut spent);
        }
        spent
    }

    /// The longest payload of a frame at a rate [B].
    pub fn longest_frame(&self, rate: u8) -> u32 {
        self.airtimes.get(usize::from(rate)).map_or(0, |own| own.len().saturating_sub(1) as u32)
    }

    /// The most that a radio sends to another in one frame [B]: at its own rate, or at those of the other's windows.
    pub(crate) fn most_in_one(&self, from: &Antenna, to: DeviceId) -> u32 {
        let own = if from.gateway && self.holds_for_each() {
            let rate = self.antenna(to).map_or(0, |antenna| antenna.rate);
            let window = self.windows.map_or(rate, |windows| windows.second.1);
            self.longest_frame(rate).min(self.longest_frame(window))
        } else {
            self.longest_frame(from.rate)
        };
        own.max(1)
    }

    /// How long a frame of so many bytes lasts.
    pub fn airtime(&self, rate: u8, bytes: u32) -> Span {
        let own = self.airtimes.get(usize::from(rate)).map_or(&[][..], Vec::as_slice);
        Span(own.get(bytes as usize).or(own.last()).copied().unwrap_or(0))
    }

    /// How long a frame of so many bytes lasts that a gateway sends to a device.
    pub fn down_time(&self, rate: u8, bytes: u32) -> Span {
        let own = self.downs.get(usize::from(rate)).map_or(&[][..], Vec::as_slice);
        own.get(bytes as usize).map_or_else(|| self.airtime(rate, bytes), |&nanos| Span(nanos))
    }

    /// How long a message of so many bytes takes at the least at the slowest rate, silences and waits for a turn included.
    pub fn takes(&self, bytes: u32, up: bool) -> Span {
        let members = self.radios.values().filter(|radio| !radio.antenna.gateway).count() as u64;
        let slowest = (0..self.airtimes.len() as u8).max_by_key(|&rate| self.airtime(rate, 1)).unwrap_or(0);
        let longest = self.longest_frame(slowest).max(1);
        let pieces = u64::from(bytes.div_ceil(longest).max(1));
        let length = |bytes| if up { self.airtime(slowest, bytes) } else { self.down_time(slowest, bytes) };
        let on_air = length(bytes.min(longest)).0;
        let own = self.radios.values().filter_map(|radio| radio.antenna.silence).max();
        let each = match (self.access, self.windows) {
            (Access::Aloha { .. }, Some(windows)) if !up => {
                windows.open[1].0 + on_air * (1_000 + u64::from(windows.silence)) / 1_000
            }
            (Access::Aloha { silence }, _) => on_air * (1_000 + u64::from(own.unwrap_or(silence))) / 1_000,
            (Access::Polls(rules), _) => {
                let one = 2 * rules.silence.0 + rules.request.0 + rules.turn.0 + rules.empty.0;
                on_air + rules.every.0.max(members * one)
            }
            (Access::Meets(rules), _) => on_air + rules.every.0,
            (Access::Grants(rules), _) => {
                let setup = rules.setup.iter().map(|span| span.0).max().unwrap_or(0);
                on_air + rules.every.0 + rules.pass[0].0 + setup + if up { 0 } else { rules.pages.0 }
            }
            (Access::Csma { .. } | Access::Contention(_) | Access::Wire { .. }, _) => on_air,
        };
        Span(pieces * each)
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
