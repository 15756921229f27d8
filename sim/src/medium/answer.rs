//! Acknowledgements, retries and receive windows.

use super::air::{Frame, What};
use super::queue::{begin, finish, head, next_frame};
use super::send::{Outgoing, arrive, piece, put_on_air};
use super::turn::{SEQ, Turn, post};
use super::{Medium, MediumId, Spent, grant};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::DeviceId;
use crate::time::{SimTime, Span};
use crate::travel::{self, Next};
use bevy_ecs::world::World;

/// The end of a frame that carries a message of its sender's queue.
pub(super) fn data_ended(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    job_seq: u64,
    missed: Option<Charge>,
    now: SimTime,
) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let (acknowledge, windows) = (medium.acknowledge, medium.windows);
    let gap = medium.gap_after(frame.bytes);
    listen_in_windows(medium, frame.from, frame.rate, [true; 2], 1);
    let deaf = medium.causes.deaf;
    let waits = medium.pending.get(&frame.from).is_some_and(|pending| !pending.is_empty());
    let Some(job) = head(medium, frame.from, job_seq & SEQ) else { return };
    let gateway_acks = acknowledge.is_some();
    job.awaits = gateway_acks.then_some(frame.seq);
    // Whose frames arrive and whose acknowledgements never do has met a receiver that could not send them.
    job.last = Charge { by: deaf, because: CauseId::NONE };
    if let Some(charge) = missed {
        job.last = charge;
    } else if job.rest == 0 && !job.delivered {
        job.delivered = true;
        let (place, entered) = (job.place, job.entered);
        arrive(core, world, id, frame, place, entered);
    }
    if missed.is_none() && (gateway_acks || waits) {
        match windows {
            Some(windows) => post(core, now + windows.open[0], Turn::First, id, frame.from, frame.seq),
            None if gateway_acks => {
                let after = acknowledge.map_or(Span::ZERO, |ack| ack.after);
                post(core, now + after, Turn::Acknowledge, id, frame.to, frame.seq);
            }
            None => (),
        }
    }
    match acknowledge {
        Some(ack) => post(core, now + ack.patience, Turn::GiveUp, id, frame.from, frame.seq),
        None => next_frame(core, world, id, frame.from, missed.is_none(), now + gap),
    }
}

/// An acknowledgement begins.
pub(super) fn acknowledge(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(lasts) = medium.acknowledge.map(|ack| ack.lasts) else { return };
    let Some(frame) = medium.frames.iter().find(|frame| frame.seq & SEQ == seq).copied() else { return };
    let What::Data(job) = frame.what else { return };
    let sends = medium.radios.get(&device).is_some_and(|radio| radio.sends_until > now);
    if sends || !core.status.up(core.unit(device)) {
        return;
    }
    put_on_air(core, id, answer_to(&frame, device, job), Some(lasts));
}

fn answer_to(frame: &Frame, from: DeviceId, job: u64) -> Outgoing {
    Outgoing {
        from,
        to: frame.from,
        channel: frame.channel,
        rate: frame.rate,
        bytes: [5, 5],
        added: CauseId::NONE,
        what: What::Acknowledgement(job),
        key: [frame.key[0], occasion(&[frame.key[1], 1])],
    }
}

/// The sender has its acknowledgement.
pub(super) fn acknowledged(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let waited = medium.acknowledge.filter(|_| medium.windows.is_none()).map_or(0, |ack| ack.after.0);
    let Some(job) = head(medium, device, seq).filter(|job| job.awaits.is_some()) else { return };
    job.awaits = None;
    let bytes = job.bytes[0];
    let gap = medium.gap_after(bytes);
    listens(medium, device, waited);
    next_frame(core, world, id, device, true, now + gap);
}

/// No acknowledgement came in time: once more, or it is over.
pub(super) fn give_up(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(retries) = medium.acknowledge.map(|ack| ack.retries) else { return };
    let queue = medium.radios.get_mut(&device).map(|radio| &mut radio.queue);
    let Some(job) = queue.and_then(|queue| queue.front_mut()) else { return };
    if job.awaits.is_none_or(|frame| frame & SEQ != seq) {
        return;
    }
    (job.awaits, job.active) = (None, false);
    let again = job.attempt < retries;
    if again {
        job.attempt += 1;
        job.waits = 0;
    }
    let waited = medium.acknowledge.filter(|_| medium.windows.is_none()).map_or(0, |ack| ack.patience.0);
    listens(medium, device, waited);
    if again {
        return begin(core, id, device);
    }
    finish(core, world, id, device, now);
}

/// A receive window of a device opens: the gateway that got its frame acknowledges, or sends what waits for it.
pub(super) fn window(core: &mut Core, id: MediumId, device: DeviceId, seq: u64, second: bool) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(windows) = medium.windows else { return };
    let Some(frame) = medium.frames.iter().find(|frame| frame.seq & SEQ == seq).copied() else { return };
    let What::Data(job) = frame.what else { return };
    let gateway = frame.to;
    let Some(radio) = medium.radios.get(&gateway) else { return };
    let silent = radio.silent[usize::from(second)];
    let sends = radio.sends_until > now || silent > now;
    if !core.status.up(core.unit(gateway)) {
        return;
    }
    if sends {
        if !second {
            let later = Span(windows.open[1].0.saturating_sub(windows.open[0].0));
            post(core, now + later, Turn::Second, id, device, seq);
        }
        return;
    }
    let medium = &mut core.media.media[usize::from(id.0)];
    let waiting = medium.pending.get(&device).and_then(|pending| pending.front()).cloned();
    let mut out = match waiting {
        Some(own) => {
            let what = What::Data(own.seq);
            let (bytes, added) = (piece(&own), own.added);
            Outgoing { bytes, added, what, key: own.key, ..answer_to(&frame, gateway, job) }
        }
        None => answer_to(&frame, gateway, job),
    };
    if second {
        (out.channel, out.rate) = windows.second;
    }
    let lasts = match out.what {
        What::Acknowledgement(_) => {
            let own = medium.answers.get(usize::from(out.rate)).copied();
            own.or(medium.acknowledge.map(|ack| ack.lasts).filter(|_| !second))
        }
        What::Data(_) | What::Nothing => None,
    };
    // What arrives is received, not waited for, and no second window follows upon the first.
    listen_in_windows(medium, device, frame.rate, [!second, true], -1);
    put_on_air(core, id, out, lasts);
}

/// A frame that a gateway sent into a receive window has ended: it also acknowledges.
pub(super) fn downlink_ended(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    job: u64,
    missed: Option<Charge>,
) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(pending) = medium.pending.get_mut(&frame.to) else { return };
    let Some(own) = pending.front_mut().filter(|own| own.seq == job) else { return };
    let goes_on = missed.is_none() && own.rest > 0;
    if goes_on {
        (own.rest, own.active) = (own.rest - 1, false);
    }
    let own = own.clone();
    if !goes_on {
        pending.pop_front();
    }
    match missed {
        None => {
            if !goes_on {
                arrive(core, world, id, frame, own.place, own.entered);
            }
            let medium = &core.media.media[usize::from(id.0)];
            let waits = medium.radios.get(&frame.to).and_then(|radio| radio.queue.front()).map(|job| job.seq);
            if let (Some(seq), true) = (waits, medium.acknowledge.is_some()) {
                acknowledged(core, world, id, frame.to, seq & SEQ);
            }
        }
        Some(charge) => {
            if let Some(message) = core.messages.take_out(own.place) {
                travel::settle(core, world, own.place, message, Next::Lost(charge));
            }
        }
    }
    grant::told(core, id, frame);
}

/// A radio listened for so long.
fn listens(medium: &mut Medium, device: DeviceId, nanos: u64) {
    if let Some(radio) = medium.radios.get_mut(&device) {
        Spent::add(&mut radio.spent.listens, nanos, nanos);
    }
}

/// A device listens in its two receive windows, or did not after all (`sign`).
fn listen_in_windows(medium: &mut Medium, device: DeviceId, rate: u8, which: [bool; 2], sign: i64) {
    let Some(windows) = medium.windows else { return };
    let open = |rate: u8| medium.opens.get(usize::from(rate)).map_or(0, |open| open.0 as i64);
    let both = [open(rate), open(windows.second.1)];
    let sum: i64 = both.iter().zip(which).map(|(&open, whether)| if whether { open } else { 0 }).sum();
    if let Some(radio) = medium.radios.get_mut(&device) {
        radio.spent.listens.iter_mut().for_each(|account| *account += sign * sum);
    }
}
