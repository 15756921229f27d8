//! What of a medium changes while a run goes on. Who stands where and how is built anew; at a fork to another strategy
//! radios begin anew, and what was waiting or on the air is sent again.

use super::{Fates, Frame, Job, Media, Medium, Radio};
use crate::message::DeviceId;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A radio's part of a snapshot: its queue, its silence on both bands, until when it sends, when it is free.
type KeptRadio = (DeviceId, VecDeque<Job>, [SimTime; 2], SimTime, SimTime);

/// A medium's part of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    radios: Vec<KeptRadio>,
    frames: VecDeque<Frame>,
    longest: u64,
    made: u64,
    pending: BTreeMap<DeviceId, VecDeque<Job>>,
    fates: Fates,
}

impl Medium {
    fn keep(&self) -> Kept {
        let busy = |radio: &Radio| {
            !radio.queue.is_empty() || radio.free > SimTime::ZERO || radio.sends_until > SimTime::ZERO
        };
        let radios = self.radios.iter().filter(|(_, radio)| busy(radio));
        Kept {
            radios: radios
                .map(|(&device, own)| (device, own.queue.clone(), own.silent, own.sends_until, own.free))
                .collect(),
            frames: self.frames.clone(),
            longest: self.longest,
            made: self.made,
            pending: self.pending.clone(),
            fates: self.fates,
        }
    }

    fn lay(&mut self, kept: Kept) {
        for (device, queue, silent, sends_until, free) in kept.radios {
            if let Some(own) = self.radios.get_mut(&device) {
                (own.queue, own.silent, own.sends_until, own.free) = (queue, silent, sends_until, free);
            }
        }
        (self.frames, self.longest, self.made) = (kept.frames, kept.longest, kept.made);
        (self.pending, self.fates) = (kept.pending, kept.fates);
    }
}

impl Media {
    pub(crate) fn keep(&self) -> Vec<Kept> {
        self.media.iter().map(Medium::keep).collect()
    }

    pub(crate) fn lay(&mut self, kept: Vec<Kept>) {
        self.media.iter_mut().zip(kept).for_each(|(medium, kept)| medium.lay(kept));
    }
}
