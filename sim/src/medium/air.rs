//! Frames on the air, and what a receiver makes of each.

use super::{Medium, Radio};
use crate::fact::CauseId;
use crate::luck::Draws;
use crate::math::{log10, pow};
use crate::message::DeviceId;
use serde::{Deserialize, Serialize};

/// A frame: an interval on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Its number.
    pub seq: u64,
    /// Who sends.
    pub from: DeviceId,
    /// To whom.
    pub to: DeviceId,
    /// Its channel.
    pub channel: u16,
    /// Its rate.
    pub rate: u8,
    /// From when [ns].
    pub start: u64,
    /// Until when [ns].
    pub end: u64,
    /// Until when without what was added to it; `start` if it would not exist [ns].
    pub bare_end: u64,
    /// Who added most.
    pub added: CauseId,
    /// The sender's job, or what the frame is besides.
    pub what: What,
    /// Its payload [B].
    pub bytes: u32,
    /// Key and occasion of its draw.
    pub key: [u64; 2],
    /// Whether a path of the receiver was free for it.
    pub path: bool,
    /// Whether its sender failed before its end.
    pub cut: bool,
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The message of this job.
    Data(u64),
    /// The acknowledgement of this job of its receiver.
    Acknowledgement(u64),
    /// A request, or an answer that has nothing to tell.
    Nothing,
}

/// What a receiver makes of a frame that others overlap.
#[derive(Clone, Debug)]
pub enum Judge {
    /// It survives if its energy exceeds that of the others at each rate by so much.
    Capture {
        /// The least power that a node, and a gateway, receives at all, by rate [mW].
        sensitivity: [Vec<f64>; 2],
        /// How much stronger than all others of a rate a frame must be, by its own rate and theirs [dB].
        margin: Vec<Vec<f64>>,
    },
    /// Its bits turn over with the ratio of signal to interference and noise.
    Errors {
        /// The least power that is received at all [mW].
        sensitivity: f64,
        /// Noise at the receiver [mW].
        noise: f64,
        /// What each frame carries besides its payload [B].
        overhead: u32,
        /// The probability that so many bits all survive at this ratio of powers.
        survive: fn(ratio: f64, bits: f64) -> f64,
    },
    /// Only noise of a stated strength turns bits over; frames of one channel that meet destroy each other.
    Bits {
        /// The least power that is received at all, by rate [mW].
        sensitivity: Vec<f64>,
        /// The share of bits that are turned over.
        errors: f64,
        /// What each frame carries besides its payload [B].
        overhead: u32,
    },
}

/// Why a frame was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    Deaf,
    NoPath,
    Weak,
    Noise,
    Collision,
}

impl Medium {
    /// Whether a radio hears somebody send on a channel at `now`; what begins now is not heard yet.
    pub(crate) fn is_busy(&self, own: DeviceId, radio: &Radio, channel: u16, heard: f64, now: u64) -> bool {
        self.frames.iter().any(|frame| {
            let on = frame.start < now && now < frame.end && frame.from != own && frame.channel == channel;
            on && self
                .radios
                .get(&frame.from)
                .is_some_and(|sender| self.power(&sender.antenna, &radio.antenna) >= heard)
        })
    }

    /// Put a frame on the air.
    pub(crate) fn begin(&mut self, mut frame: Frame) -> Frame {
        self.longest = self.longest.max(frame.end - frame.start);
        // Who is still on the air began later than that; what ended before meets none of them.
        // Windows and acknowledgements still ask for the frame that they belong to.
        let asked = self.windows.map_or(0, |windows| windows.open[1].0 + 1);
        let answered = self.acknowledge.map_or(0, |acknowledge| acknowledge.patience.0 + 1);
        let forget = frame.start.saturating_sub(self.longest + asked.max(answered));
        while self.frames.front().is_some_and(|old| old.end <= forget) {
            self.frames.pop_front();
        }
        // A path locks on what it hears: a frame too weak for the receiver takes none from the others.
        let received = self.frames.iter().filter(|other| other.to == frame.to && other.end > frame.start);
        let taken = received.filter(|other| other.path && self.is_heard(other)).count();
        frame.path = self.radios.get(&frame.to).is_some_and(|to| taken < usize::from(to.antenna.paths));
        self.fates.sent += 1;
        self.fates.on_air += frame.end - frame.start;
        self.frames.push_back(frame);
        frame
    }

    /// Whether a frame reaches its receiver with the least power that it receives at all.
    fn is_heard(&self, frame: &Frame) -> bool {
        self.reaches([frame.from, frame.to], frame.rate)
    }

    /// Whether a radio's frames of a rate reach another with the least power that it receives at all.
    pub(crate) fn reaches(&self, [from, to]: [DeviceId; 2], rate: u8) -> bool {
        let ends = self.radios.get(&from).zip(self.radios.get(&to));
        ends.is_some_and(|(from, to)| {
            let least = match &self.judge {
                Judge::Capture { sensitivity, .. } => {
                    let own = &sensitivity[usize::from(to.antenna.gateway)];
                    own.get(usize::from(rate)).copied().unwrap_or(0.0)
                }
                Judge::Errors { sensitivity, .. } => *sensitivity,
                Judge::Bits { sensitivity, .. } => sensitivity.get(usize::from(rate)).copied().unwrap_or(0.0),
            };
            self.power(&from.antenna, &to.antenna) >= least
        })
    }

    /// What the receiver makes of a frame at its end, and of its bare part among bare frames (`bare`).
    pub(crate) fn judge(&self, frame: &Frame, bare: bool, draws: Draws) -> Result<(), Miss> {
        let end = |frame: &Frame| if bare { frame.bare_end } else { frame.end };
        let own = [frame.start, end(frame)];
        let others = || {
            self.frames.iter().filter_map(move |other| {
                let common = end(other).min(own[1]).saturating_sub(other.start.max(own[0]));
                (other.seq != frame.seq && common > 0).then_some((other, common))
            })
        };
        if !self.is_duplex() && others().any(|(other, _)| other.from == frame.to) {
            return Err(Miss::Deaf);
        }
        if !frame.path {
            return Err(Miss::NoPath);
        }
        let (Some(from), Some(to)) = (self.radios.get(&frame.from), self.radios.get(&frame.to)) else {
            return Err(Miss::Weak);
        };
        if !self.is_heard(frame) {
            return Err(Miss::Weak);
        }
        let power = self.power(&from.antenna, &to.antenna);
        let meets = || {
            others().filter(|(other, _)| other.channel == frame.channel).filter_map(|(other, common)| {
                let sender = self.radios.get(&other.from)?;
                Some((other, common, self.power(&sender.antenna, &to.antenna)))
            })
        };
        match &self.judge {
            Judge::Capture { margin, .. } => {
                let signal = power * (own[1] - own[0]) as f64;
                let margins = margin.get(usize::from(frame.rate));
                for (other_rate, &margin) in margins.into_iter().flatten().enumerate() {
                    let same = meets().filter(|(other, ..)| usize::from(other.rate) == other_rate);
                    let energy: f64 = same.map(|(_, common, power)| power * common as f64).sum();
                    if energy > 0.0 && 10.0 * log10(signal / energy) < margin {
                        return Err(Miss::Collision);
                    }
                }
                Ok(())
            }
            Judge::Bits { errors, overhead, .. } => {
                let wired = matches!(self.access, super::Access::Wire { .. });
                if !wired && meets().next().is_some() {
                    return Err(Miss::Collision);
                }
                let survives = pow(1.0 - errors, f64::from(frame.bytes + overhead) * 8.0);
                let lost = *errors > 0.0 && draws.unit(frame.key[0], frame.key[1]) >= survives;
                if lost { Err(Miss::Noise) } else { Ok(()) }
            }
            Judge::Errors { noise, overhead, survive, .. } => {
                let mut cuts = vec![own[0], own[1]];
                for (other, ..) in meets() {
                    cuts.extend([other.start, end(other)].iter().filter(|&&at| own[0] < at && at < own[1]));
                }
                cuts.sort_unstable();
                cuts.dedup();
                let bits = f64::from(frame.bytes + overhead) * 8.0;
                let (mut alone, mut among) = (1.0, 1.0);
                for piece in cuts.windows(2) {
                    let inside =
                        meets().filter(|(other, ..)| other.start < piece[1] && end(other) > piece[0]);
                    let interference: f64 = inside.map(|(.., power)| power).sum();
                    let share = bits * (piece[1] - piece[0]) as f64 / (own[1] - own[0]).max(1) as f64;
                    alone *= survive(power / noise, share);
                    among *= survive(power / (noise + interference), share);
                }
                let drawn = draws.unit(frame.key[0], frame.key[1]);
                if drawn < among {
                    Ok(())
                } else {
                    Err(if drawn < alone { Miss::Collision } else { Miss::Noise })
                }
            }
        }
    }
}
