//! A radio: where it stands, what it draws, and what it has to send.

use crate::fact::{CauseId, Charge};
use crate::message::{DeviceId, MessageId};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

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
    /// What it draws.
    pub draws: Draws,
    /// Silence for each second on air where it is another than the medium's [ms].
    pub silence: Option<u32>,
    /// Whether it is a gateway: frames to it are acknowledged, frames from it wait for receive windows.
    pub gateway: bool,
}

/// What a radio draws [W].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Draws {
    /// While it sends.
    pub sends: f64,
    /// While it receives a frame.
    pub receives: f64,
    /// While it listens for one.
    pub listens: f64,
    /// Otherwise: asleep, or listening where it always listens.
    pub rests: f64,
}

/// How long a radio did what, with everything and without what was added to messages [ns].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// It sent.
    pub sends: [i64; 2],
    /// It received frames that were meant for it, whether or not they survived.
    pub receives: [i64; 2],
    /// It listened: before it sent, for answers, in windows. What a connection keeps open is taken back when it ends early.
    pub listens: [i64; 2],
}

impl Spent {
    /// Add to one account: `all` of it, and its bare part.
    pub(crate) fn add(account: &mut [i64; 2], all: u64, bare: u64) {
        account[0] += all as i64;
        account[1] += bare as i64;
    }
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
    /// Its wait, where waits stand still while others send.
    pub(crate) wait: Option<Wait>,
    /// Until when its connection stands, where times are granted.
    pub(crate) stays: SimTime,
    /// Its next meeting with the gateway, or its next call, if that is arranged.
    pub(crate) meets: Option<SimTime>,
    /// How many meetings it spent on something.
    pub(crate) met: u64,
    pub(crate) spent: Spent,
}

/// A random wait that counts only while the channel is clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wait {
    pub(crate) job: u64,
    /// Steps still to go.
    pub(crate) left: u64,
    /// From when they count; nothing while somebody else sends.
    pub(crate) since: Option<u64>,
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
    /// The most that goes in one frame [B].
    pub(crate) most: u32,
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
    /// The channel that it was granted.
    pub(crate) lane: u16,
}
