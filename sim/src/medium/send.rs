//! Frames go on the air, end, and are received or charged to somebody.

use super::air::{Frame, Miss, What};
use super::queue::head;
use super::turn::{SEQ, Turn, post};
use super::{Access, Job, Medium, MediumId, Spent, answer, ask, contend, grant};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::{DeviceId, MessageId};
use crate::time::{SimTime, Span};
use crate::travel;
use bevy_ecs::world::World;

/// A frame begins.
pub(super) fn send(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let draws = core.air;
    let medium = &mut core.media.media[usize::from(id.0)];
    let channels = u64::from(medium.channels.max(1));
    let Some(radio) = medium.radios.get(&device) else { return };
    let (rate, sends_until) = (radio.antenna.rate, radio.sends_until);
    let granted = matches!(medium.access, Access::Grants(_));
    let Some(job) = head(medium, device, seq).cloned() else { return };
    if sends_until > now {
        return post(core, sends_until, Turn::Send, id, device, seq);
    }
    let [key, name] = job.key;
    let name = occasion(&[name, u64::from(job.rest), u64::from(job.attempt), 1 << 32]);
    let drawn = || if channels > 1 { draws.below(channels, key, name) as u16 } else { 0 };
    let channel = if granted { job.lane } else { drawn() };
    let bytes = piece(&job);
    let what = What::Data(job.seq);
    let frame =
        Outgoing { from: device, to: job.to, channel, rate, bytes, added: job.added, what, key: [key, name] };
    put_on_air(core, id, frame, None);
}

/// The piece of a message that its next frame carries, and the bare part of that [B].
pub(super) fn piece(job: &Job) -> [u32; 2] {
    let before = (job.bytes[0].saturating_sub(1) / job.most).saturating_sub(job.rest) * job.most;
    job.bytes.map(|all| all.saturating_sub(before).min(job.most))
}

/// A frame about to begin.
pub(super) struct Outgoing {
    pub(super) from: DeviceId,
    pub(super) to: DeviceId,
    pub(super) channel: u16,
    pub(super) rate: u8,
    /// All of it, and its bare part.
    pub(super) bytes: [u32; 2],
    pub(super) added: CauseId,
    pub(super) what: What,
    pub(super) key: [u64; 2],
}

/// A frame goes on the air now; one of the length `lasts` if that is given.
pub(super) fn put_on_air(core: &mut Core, id: MediumId, out: Outgoing, lasts: Option<Span>) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    medium.made += 1;
    let above = medium.antenna(out.from).is_some_and(|antenna| antenna.gateway);
    let length = |bytes| {
        if above { medium.down_time(out.rate, bytes) } else { medium.airtime(out.rate, bytes) }
    };
    let [all, bare] = out.bytes.map(|bytes| lasts.unwrap_or_else(|| length(bytes)));
    // What would not exist without an addition has no bare part at all.
    let bare = if out.bytes[1] == 0 && out.bytes[0] > 0 { Span::ZERO } else { bare };
    let frame = Frame {
        seq: medium.made,
        from: out.from,
        to: out.to,
        channel: out.channel,
        rate: out.rate,
        start: now.0,
        end: (now + all).0,
        bare_end: (now + bare).0,
        added: out.added,
        what: out.what,
        bytes: out.bytes[0],
        key: out.key,
        path: true,
        cut: false,
    };
    let frame = medium.begin(frame);
    let second = medium.windows.filter(|windows| windows.second.0 == out.channel);
    let silence = match (second, medium.access) {
        (Some(windows), _) => Some((1, windows.silence)),
        (None, Access::Aloha { silence }) => Some((0, silence)),
        (None, _) => None,
    };
    let duplex = medium.is_duplex();
    let Some(radio) = medium.radios.get_mut(&out.from) else { return };
    if !duplex || !radio.antenna.gateway {
        radio.sends_until = now + all;
    }
    if let Some((band, silence)) = silence {
        let silence = radio.antenna.silence.filter(|_| band == 0).unwrap_or(silence);
        radio.silent[band] = now + all + Span((all.0 as u128 * u128::from(silence)).div_ceil(1000) as u64);
    }
    Spent::add(&mut radio.spent.sends, all.0, bare.0);
    if matches!(medium.access, Access::Contention(_)) {
        contend::freeze(medium, &frame);
    }
    post(core, now + all, Turn::End, id, out.from, frame.seq);
}

/// A frame ends: it was received, or it was not and why.
pub(super) fn end(core: &mut Core, world: &mut World, id: MediumId, seq: u64) {
    let now = core.now;
    let draws = core.air;
    let medium = &core.media.media[usize::from(id.0)];
    let Some(frame) = medium.frames.iter().find(|frame| frame.seq & SEQ == seq).copied() else { return };
    if matches!(medium.access, Access::Contention(_)) {
        contend::thaw(core, id, &frame);
    }
    if frame.cut {
        return ask::cut(core, id, &frame);
    }
    let medium = &mut core.media.media[usize::from(id.0)];
    if let Some(radio) = medium.radios.get_mut(&frame.to) {
        let bare = frame.bare_end.saturating_sub(frame.start);
        Spent::add(&mut radio.spent.receives, frame.end - frame.start, bare);
    }
    let medium = &core.media.media[usize::from(id.0)];
    let receiver = core.unit(frame.to);
    let judged = medium.judge(&frame, false, draws);
    let missed = if core.status.up(receiver) {
        judged.err().map(|miss| charge(medium, &frame, miss, draws))
    } else {
        Some(core.status.first_reason(receiver))
    };
    if missed.is_none() {
        let fates = &mut core.media.media[usize::from(id.0)].fates;
        fates.received += 1;
        fates.heard += frame.end - frame.start;
    }
    let medium = &core.media.media[usize::from(id.0)];
    let down = medium.holds_for_each() && medium.antenna(frame.from).is_some_and(|antenna| antenna.gateway);
    match (frame.what, medium.access) {
        (What::Data(_) | What::Nothing, Access::Polls(_) | Access::Meets(_)) => {
            if down {
                ask::asked(core, world, id, &frame, missed);
            } else {
                ask::answered(core, world, id, &frame, missed);
            }
        }
        (What::Data(job), _) if down => answer::downlink_ended(core, world, id, &frame, job, missed),
        (What::Data(job), Access::Grants(_)) => grant::ended(core, world, id, &frame, job, missed),
        (What::Data(job), _) => answer::data_ended(core, world, id, &frame, job, missed, now),
        (What::Acknowledgement(job), _) => match missed {
            None => answer::acknowledged(core, world, id, frame.to, job & SEQ),
            Some(charge) => {
                let medium = &mut core.media.media[usize::from(id.0)];
                if let Some(own) = head(medium, frame.to, job & SEQ) {
                    own.last = charge;
                }
            }
        },
        (What::Nothing, _) => (),
    }
}

/// To whom a miss is charged: what bare frames would not have suffered, to who added most to those in it.
pub(super) fn charge(medium: &Medium, frame: &Frame, miss: Miss, draws: crate::luck::Draws) -> Charge {
    let causes = medium.causes;
    let natural = match miss {
        Miss::Deaf => causes.deaf,
        Miss::NoPath => causes.no_path,
        Miss::Weak => causes.weak,
        Miss::Noise => causes.noise,
        Miss::Collision => causes.collision,
    };
    let spared = matches!(miss, Miss::Deaf | Miss::Collision) && medium.judge(frame, true, draws).is_ok();
    let culprits = medium.frames.iter().filter(|other| other.start < frame.end && other.end > frame.start);
    let most = culprits
        .filter(|other| other.added != CauseId::NONE && other.end > other.bare_end)
        .max_by_key(|other| (other.end - other.bare_end, other.seq));
    let by = if spared { most.map_or(natural, |other| other.added) } else { natural };
    Charge { by, because: CauseId::NONE }
}

/// A message has come over the air: it goes on to its next hop.
pub(super) fn arrive(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    place: MessageId,
    entered: SimTime,
) {
    let Some(mut message) = core.messages.take_out(place) else { return };
    let medium = &core.media.media[usize::from(id.0)];
    let mut longer = frame.end - frame.bare_end;
    // What others' additions occupied while it waited, and what its own make of it.
    for other in medium.frames.iter().filter(|other| other.seq != frame.seq && other.added != CauseId::NONE) {
        let from = other.bare_end.max(entered.0);
        message.extra.add(other.added, other.end.min(frame.start).saturating_sub(from));
    }
    if message.made_by == CauseId::NONE && frame.added != CauseId::NONE {
        longer = longer.min(frame.end - entered.0);
        message.extra.add(frame.added, longer);
    }
    let next = travel::leave(core, &mut message, core.now);
    travel::settle(core, world, place, message, next);
}
