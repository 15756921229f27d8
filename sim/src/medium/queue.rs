//! Messages before a radio: they come, have their turn, and leave for good.

use super::turn::{SEQ, Turn, post};
use super::{Access, AirId, End, Job, Medium, MediumId, call, contend, grant, meet, round, send};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::{DeviceId, Message, MessageId};
use crate::time::{SimTime, Span};
use crate::travel::{self, Next};
use bevy_ecs::world::World;

fn ends(core: &Core, air: AirId, message: &Message) -> Option<(MediumId, [DeviceId; 2])> {
    let link = core.media.link_of(air)?;
    let device = |end| match end {
        End::Source => message.source,
        End::Target => message.target,
        End::Device(device) => device,
    };
    Some((link.medium, [device(link.from), device(link.to)]))
}

/// A message comes to a radio.
pub(crate) fn enter(core: &mut Core, place: MessageId, message: &Message, air: AirId) -> Next {
    let Some((id, [from, to])) = ends(core, air, message) else { return Next::Held };
    let now = core.now;
    if !core.status.up(core.unit(from)) {
        return Next::Lost(core.status.first_reason(core.unit(from)));
    }
    let medium = &mut core.media.media[usize::from(id.0)];
    let lost = |by| Next::Lost(Charge { by, because: CauseId::NONE });
    let Some(antenna) = medium.antenna(from) else { return lost(medium.causes.weak) };
    medium.made += 1;
    let added = message.carried.iter().max_by_key(|share| share.1).map_or(CauseId::NONE, |share| share.0);
    let size = travel::size(message) as u32;
    let bare = if message.made_by == CauseId::NONE { message.bytes } else { 0 };
    let most = medium.most_in_one(&antenna, to);
    let job = Job {
        seq: medium.made,
        place,
        key: [message.key, occasion(&[message.slot, u64::from(message.hop), u64::from(message.attempt)])],
        to,
        entered: now,
        bytes: [size, bare],
        added: if message.made_by == CauseId::NONE { added } else { message.made_by },
        most,
        rest: size.saturating_sub(1) / most,
        attempt: 0,
        waits: 0,
        active: false,
        awaits: None,
        delivered: false,
        last: Charge::default(),
        lane: 0,
    };
    let full = lost(medium.causes.buffer);
    if antenna.gateway && medium.holds_for_each() {
        let pending = medium.pending.entry(to).or_default();
        if pending.len() >= usize::from(antenna.room) {
            return full;
        }
        pending.push_back(job);
        match medium.access {
            Access::Polls(_) => round::wake(core, id),
            Access::Meets(_) => meet::arrange(core, id, to, now),
            Access::Grants(_) => call::wake(core, id, to),
            Access::Wire { .. } => grant::down(core, id, to),
            Access::Aloha { .. } | Access::Csma { .. } | Access::Contention(_) => (),
        }
        return Next::Held;
    }
    let Some(radio) = medium.radios.get_mut(&from) else { return full };
    if radio.queue.len() >= usize::from(antenna.room) {
        return full;
    }
    radio.queue.push_back(job);
    match medium.access {
        Access::Polls(_) => round::wake(core, id),
        Access::Meets(_) => meet::arrange(core, id, from, now),
        _ if radio.queue.len() > 1 => (),
        _ => {
            let at = radio.free.max(now);
            if at > now {
                post(core, at, Turn::Begin, id, from, 0);
            } else {
                begin(core, id, from);
            }
        }
    }
    Next::Held
}

/// When a ghost leaves: it meets an empty channel.
pub(crate) fn ghost(core: &Core, message: &Message, air: AirId) -> SimTime {
    let Some((id, [from, _])) = ends(core, air, message) else { return core.now };
    let medium = &core.media.media[usize::from(id.0)];
    let rate = medium.antenna(from).map_or(0, |antenna| antenna.rate);
    core.now + medium.airtime(rate, message.bytes)
}

/// A radio begins with its next job, or with the next attempt at it.
pub(super) fn begin(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let draws = core.air;
    let medium = &mut core.media.media[usize::from(id.0)];
    let access = medium.access;
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let Some(job) = radio.queue.front_mut().filter(|job| !job.active) else { return };
    job.active = true;
    let seq = job.seq;
    match access {
        Access::Aloha { .. } => {
            let at = radio.silent[0].max(radio.sends_until).max(now);
            if at > now {
                post(core, at, Turn::Send, id, device, seq);
            } else {
                send::send(core, id, device, seq);
            }
        }
        Access::Wire { .. } => send::send(core, id, device, seq),
        Access::Contention(_) => contend::begin(core, id, device),
        Access::Grants(_) => call::begin(core, id, device),
        // The gateway begins.
        Access::Polls(_) | Access::Meets(_) => job.active = false,
        Access::Csma { step, first, last, ahead, .. } => {
            let exponent = first.saturating_add(job.waits).min(last).max(first.min(last)).min(16);
            let [key, name] = job.key;
            let name = occasion(&[name, u64::from(job.rest), u64::from(job.attempt), u64::from(job.waits)]);
            let steps = draws.below(1 << exponent, key, name);
            let until = now + Span(step.0 * steps);
            let look = SimTime(until.0.saturating_sub(ahead.0)).max(now);
            radio.free = until;
            post(core, look, Turn::Look, id, device, seq);
        }
    }
}

/// The job at the head of a radio's queue, if it is this one.
pub(super) fn head(medium: &mut Medium, device: DeviceId, seq: u64) -> Option<&mut Job> {
    medium.radios.get_mut(&device)?.queue.front_mut().filter(|job| job.seq & SEQ == seq)
}

/// A frame has done its duty or failed for good; the next of the same message, or the next message, begins at `at`.
pub(super) fn next_frame(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    device: DeviceId,
    good: bool,
    at: SimTime,
) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let Some(job) = radio.queue.front_mut() else { return };
    if good && job.rest > 0 {
        job.rest -= 1;
        (job.attempt, job.waits, job.active) = (0, 0, false);
        radio.free = at;
        return post(core, at, Turn::Begin, id, device, 0);
    }
    finish(core, world, id, device, at);
}

/// A radio is done with its job; it is lost if it never got through.
pub(super) fn finish(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, at: SimTime) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let Some(job) = radio.queue.pop_front() else { return };
    radio.free = at;
    if !radio.queue.is_empty() {
        post(core, at, Turn::Begin, id, device, 0);
    }
    if !job.delivered
        && let Some(message) = core.messages.take_out(job.place)
    {
        travel::settle(core, world, job.place, message, Next::Lost(job.last));
    }
}

/// A device fails: what its radio holds is lost, and the frame that it is sending is cut off.
pub(crate) fn fail(core: &mut Core, world: &mut World, device: DeviceId, charge: Charge) {
    for at in 0..core.media.media.len() {
        let medium = &mut core.media.media[at];
        let Some(radio) = medium.radios.get_mut(&device) else { continue };
        let gateway = radio.antenna.gateway;
        let mut jobs: Vec<Job> = radio.queue.drain(..).collect();
        (radio.sends_until, radio.free) = (core.now, core.now);
        (radio.wait, radio.stays, radio.meets) = (None, radio.stays.min(core.now), None);
        if gateway {
            jobs.extend(std::mem::take(&mut medium.pending).into_values().flatten());
        }
        for frame in medium.frames.iter_mut().filter(|frame| frame.from == device && frame.end > core.now.0) {
            (frame.end, frame.cut) = (core.now.0, true);
            frame.bare_end = frame.bare_end.min(core.now.0);
        }
        for job in jobs.into_iter().filter(|job| !job.delivered) {
            if let Some(message) = core.messages.take_out(job.place) {
                travel::settle(core, world, job.place, message, Next::Lost(charge));
            }
        }
    }
}
