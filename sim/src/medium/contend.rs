//! Waits that stand still while others send: the distributed coordination of IEEE 802.11.

use super::air::{Frame, What};
use super::queue::head;
use super::turn::{SEQ, Turn, post};
use super::{Access, Medium, MediumId, Spent, Wait, send};
use crate::core::Core;
use crate::luck::occasion;
use crate::message::DeviceId;
use crate::time::SimTime;

/// A radio draws its wait for the attempt at hand.
pub(super) fn begin(core: &mut Core, id: MediumId, device: DeviceId) {
    let draws = core.air;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Contention(rules) = medium.access else { return };
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let Some(job) = radio.queue.front() else { return };
    let exponent = rules.first.saturating_add(job.attempt).min(rules.last).min(16);
    let [key, name] = job.key;
    let name = occasion(&[name, u64::from(job.rest), u64::from(job.attempt), 0]);
    radio.wait = Some(Wait { job: job.seq, left: draws.below(1 << exponent, key, name), since: None });
    count(core, id, device);
}

/// The wait of a radio counts from when the channel has been clear for long enough, if it is clear.
fn count(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Contention(rules) = medium.access else { return };
    let Some(clear) = medium.clear_from(device, now.0) else { return };
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let Some(wait) = radio.wait.as_mut() else { return };
    let since = clear + rules.wait.0;
    wait.since = Some(since);
    let (at, job) = (SimTime(since + wait.left * rules.slot.0), wait.job);
    post(core, at, Turn::Slot, id, device, job);
}

/// The wait of a radio is over, unless it stood still meanwhile.
pub(super) fn slot(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Contention(rules) = medium.access else { return };
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let over = |wait: &Wait| {
        wait.job & SEQ == seq && wait.since.is_some_and(|since| since + wait.left * rules.slot.0 == now.0)
    };
    if !radio.wait.as_ref().is_some_and(over) {
        return;
    }
    radio.wait = None;
    if head(medium, device, seq).is_some() {
        send::send(core, id, device, seq);
    }
}

/// A frame begins: who hears it, and who sends it, stops counting. Whose wait ends at this very instant sends too.
pub(super) fn freeze(medium: &mut Medium, frame: &Frame) {
    let Access::Contention(rules) = medium.access else { return };
    let now = frame.start;
    let counting = |radio: &super::Radio| radio.wait.as_ref().is_some_and(|wait| wait.since.is_some());
    let all: Vec<DeviceId> = medium
        .radios
        .iter()
        .filter(|(device, radio)| counting(radio) && medium.hears(**device, frame, rules.heard))
        .map(|(&device, _)| device)
        .collect();
    for device in all {
        let Some(radio) = medium.radios.get_mut(&device) else { continue };
        let Some(wait) = radio.wait.as_mut() else { continue };
        let Some(since) = wait.since else { continue };
        if since + wait.left * rules.slot.0 > now || device == frame.from {
            let passed = now.saturating_sub(since);
            wait.left -= (passed / rules.slot.0.max(1)).min(wait.left);
            wait.since = None;
            Spent::add(&mut radio.spent.listens, passed, passed);
        }
    }
}

/// A frame has ended: who waited for that goes on counting, if nothing else is on the air.
pub(super) fn thaw(core: &mut Core, id: MediumId, frame: &Frame) {
    let medium = &core.media.media[usize::from(id.0)];
    let Access::Contention(rules) = medium.access else { return };
    let still = |radio: &super::Radio| radio.wait.as_ref().is_some_and(|wait| wait.since.is_none());
    let all: Vec<DeviceId> = medium
        .radios
        .iter()
        .filter(|(device, radio)| still(radio) && medium.hears(**device, frame, rules.heard))
        .map(|(&device, _)| device)
        .collect();
    for device in all {
        count(core, id, device);
    }
}

impl Medium {
    /// Whether a radio notices a frame of somebody else, or sends it.
    fn hears(&self, device: DeviceId, frame: &Frame, heard: f64) -> bool {
        let ends = self.radios.get(&frame.from).zip(self.radios.get(&device));
        device == frame.from
            || ends.is_some_and(|(from, own)| self.power(&from.antenna, &own.antenna) >= heard)
    }

    /// From when the channel is clear for a radio that looks now, with room for the acknowledgement of what it last
    /// heard; nothing while somebody sends.
    fn clear_from(&self, device: DeviceId, now: u64) -> Option<u64> {
        let Access::Contention(rules) = self.access else { return None };
        let mut clear = now;
        for frame in self.frames.iter().filter(|frame| frame.start <= now) {
            let ends = frame.end + if matches!(frame.what, What::Data(_)) { rules.answer.0 } else { 0 };
            if ends <= now || !self.hears(device, frame, rules.heard) {
                continue;
            }
            if frame.end > now {
                return None;
            }
            // Its own frame without acknowledgement has had its wait already.
            if frame.from != device {
                clear = clear.max(ends);
            }
        }
        Some(clear)
    }
}
