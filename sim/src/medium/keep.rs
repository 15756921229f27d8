//! What of a medium changes while a run goes on. Who stands where and how is built anew; at a fork to another strategy
//! radios begin anew, and what was waiting or on the air is sent again.

use super::round::Round;
use super::{Fates, Frame, Job, Media, Medium, Radio, Spent, Wait};
use crate::message::DeviceId;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A radio's part of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptRadio {
    device: DeviceId,
    queue: VecDeque<Job>,
    silent: [SimTime; 2],
    sends_until: SimTime,
    free: SimTime,
    wait: Option<Wait>,
    stays: SimTime,
    meets: Option<SimTime>,
    met: u64,
    spent: Spent,
}

/// A medium's part of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    radios: Vec<KeptRadio>,
    frames: VecDeque<Frame>,
    longest: u64,
    made: u64,
    pending: BTreeMap<DeviceId, VecDeque<Job>>,
    round: Option<Round>,
    calls: VecDeque<(u64, u16, DeviceId)>,
    lanes: Vec<u64>,
    fates: Fates,
}

impl Medium {
    fn keep(&self) -> Kept {
        let kept = |(&device, radio): (&DeviceId, &Radio)| {
            let Radio { antenna: _, queue, silent, sends_until, free, wait, stays, meets, met, spent } =
                radio;
            let (queue, silent, sends_until, free) = (queue.clone(), *silent, *sends_until, *free);
            let (wait, stays, meets, met, spent) = (*wait, *stays, *meets, *met, *spent);
            KeptRadio { device, queue, silent, sends_until, free, wait, stays, meets, met, spent }
        };
        let busy = |radio: &Radio| {
            let past = [radio.free, radio.sends_until, radio.stays].iter().any(|&at| at > SimTime::ZERO);
            past || !radio.queue.is_empty() || radio.meets.is_some() || radio.spent != Spent::default()
        };
        Kept {
            radios: self.radios.iter().filter(|(_, radio)| busy(radio)).map(kept).collect(),
            frames: self.frames.clone(),
            longest: self.longest,
            made: self.made,
            pending: self.pending.clone(),
            round: self.round,
            calls: self.calls.clone(),
            lanes: self.lanes.clone(),
            fates: self.fates,
        }
    }

    fn lay(&mut self, kept: Kept) {
        for one in kept.radios {
            if let Some(own) = self.radios.get_mut(&one.device) {
                (own.queue, own.silent, own.sends_until, own.free) =
                    (one.queue, one.silent, one.sends_until, one.free);
                (own.wait, own.stays, own.meets, own.met, own.spent) =
                    (one.wait, one.stays, one.meets, one.met, one.spent);
            }
        }
        (self.frames, self.longest, self.made) = (kept.frames, kept.longest, kept.made);
        (self.pending, self.fates) = (kept.pending, kept.fates);
        (self.round, self.calls, self.lanes) = (kept.round, kept.calls, kept.lanes);
    }
}

impl Media {
    pub(crate) fn keep(&self) -> Vec<Kept> {
        self.media.iter().map(Medium::keep).collect()
    }

    pub(crate) fn lay(&mut self, kept: Vec<Kept>) {
        self.media.iter_mut().zip(kept).for_each(|(medium, kept)| medium.lay(kept));
    }

    /// Under another strategy radios begin anew, but what they spent is spent.
    pub(crate) fn go_on_from(&mut self, kept: Vec<Kept>) {
        for (medium, kept) in self.media.iter_mut().zip(kept) {
            for one in kept.radios {
                if let Some(own) = medium.radios.get_mut(&one.device) {
                    (own.spent, own.met) = (one.spent, one.met);
                }
            }
        }
    }
}
