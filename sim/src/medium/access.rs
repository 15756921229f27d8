//! How senders take turns: queues before radios, random waits, acknowledgements and receive windows.

use super::air::{Frame, Miss, What};
use super::{Access, AirId, End, Job, Medium, MediumId};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::{DeviceId, Message, MessageId};
use crate::row::{Class, Row};
use crate::shares::add_share;
use crate::time::{SimTime, Span};
use crate::travel::{self, Next};
use bevy_ecs::world::World;

/// What a row of a medium is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
enum Turn {
    /// A radio may begin with its next job.
    Begin,
    /// The channel is looked at.
    Look,
    /// A frame begins.
    Send,
    /// A frame ends.
    End,
    /// An acknowledgement is due.
    Acknowledge,
    /// No acknowledgement came.
    GiveUp,
    /// The first receive window opens, and the second.
    First,
    Second,
}

const TURNS: [Turn; 8] = [
    Turn::Begin,
    Turn::Look,
    Turn::Send,
    Turn::End,
    Turn::Acknowledge,
    Turn::GiveUp,
    Turn::First,
    Turn::Second,
];
const SEQ_BITS: u32 = 44;
const SEQ: u64 = (1 << SEQ_BITS) - 1;

fn post(core: &mut Core, at: SimTime, turn: Turn, medium: MediumId, device: DeviceId, seq: u64) {
    let arg = (turn as u64) << 60 | u64::from(medium.0) << SEQ_BITS | seq & SEQ;
    core.push(at, Class::AIR, u64::from(device.0), arg);
}

/// A row of a medium.
pub(crate) fn work(core: &mut Core, world: &mut World, row: Row) {
    let (turn, medium) = ((row.arg >> 60) as usize, MediumId((row.arg >> SEQ_BITS) as u16));
    let (device, seq) = (DeviceId(row.id() as u32), row.arg & SEQ);
    match TURNS.get(turn) {
        Some(Turn::Begin) => begin(core, medium, device),
        Some(Turn::Look) => look(core, world, medium, device, seq),
        Some(Turn::Send) => send(core, medium, device, seq),
        Some(Turn::End) => end(core, world, medium, seq),
        Some(Turn::Acknowledge) => acknowledge(core, medium, device, seq),
        Some(Turn::GiveUp) => give_up(core, world, medium, device, seq),
        Some(Turn::First) => window(core, medium, device, seq, false),
        Some(Turn::Second) => window(core, medium, device, seq, true),
        None => (),
    }
}

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
    let longest = medium.longest_frame(antenna.rate).max(1);
    let job = Job {
        seq: medium.made,
        place,
        key: [message.key, occasion(&[message.slot, u64::from(message.hop), u64::from(message.attempt)])],
        to,
        entered: now,
        bytes: [size, bare],
        added: if message.made_by == CauseId::NONE { added } else { message.made_by },
        rest: size.saturating_sub(1) / longest,
        attempt: 0,
        waits: 0,
        active: false,
        awaits: None,
        delivered: false,
        last: Charge::default(),
    };
    let full = lost(medium.causes.buffer);
    if antenna.gateway && medium.windows.is_some() {
        let pending = medium.pending.entry(to).or_default();
        if pending.len() >= usize::from(antenna.room) {
            return full;
        }
        pending.push_back(job);
        return Next::Held;
    }
    let Some(radio) = medium.radios.get_mut(&from) else { return full };
    if radio.queue.len() >= usize::from(antenna.room) {
        return full;
    }
    radio.queue.push_back(job);
    if radio.queue.len() == 1 {
        let at = radio.free.max(now);
        if at > now {
            post(core, at, Turn::Begin, id, from, 0);
        } else {
            begin(core, id, from);
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
fn begin(core: &mut Core, id: MediumId, device: DeviceId) {
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
            if at > now { post(core, at, Turn::Send, id, device, seq) } else { send(core, id, device, seq) }
        }
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
fn head(medium: &mut Medium, device: DeviceId, seq: u64) -> Option<&mut Job> {
    medium.radios.get_mut(&device)?.queue.front_mut().filter(|job| job.seq & SEQ == seq)
}

/// Look whether the channel is clear.
fn look(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Csma { tries, heard, .. } = medium.access else { return };
    if head(medium, device, seq).is_none() {
        return;
    }
    let Some(radio) = medium.radios.get(&device) else { return };
    let until = radio.free;
    let busy = radio.sends_until > now || medium.is_busy(device, radio, 0, heard, now.0);
    if !busy {
        return post(core, until, Turn::Send, id, device, seq);
    }
    let by = medium.causes.busy;
    let Some(job) = head(medium, device, seq) else { return };
    job.waits += 1;
    job.active = false;
    if job.waits <= tries {
        return begin(core, id, device);
    }
    job.last = Charge { by, because: CauseId::NONE };
    finish(core, world, id, device, now);
}

/// A frame begins.
fn send(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let draws = core.air;
    let medium = &mut core.media.media[usize::from(id.0)];
    let channels = u64::from(medium.channels.max(1));
    let Some(radio) = medium.radios.get(&device) else { return };
    let (rate, sends_until) = (radio.antenna.rate, radio.sends_until);
    let longest = medium.longest_frame(rate).max(1);
    let Some(job) = head(medium, device, seq) else { return };
    if sends_until > now {
        return post(core, sends_until, Turn::Send, id, device, seq);
    }
    let [key, name] = job.key;
    let name = occasion(&[name, u64::from(job.rest), u64::from(job.attempt), 1 << 32]);
    let channel = if channels > 1 { draws.below(channels, key, name) as u16 } else { 0 };
    let [size, bare] = job.bytes;
    let before = (size.saturating_sub(1) / longest - job.rest) * longest;
    let bytes = [size, bare].map(|all| all.saturating_sub(before).min(longest));
    let what = What::Data(job.seq);
    let frame =
        Outgoing { from: device, to: job.to, channel, rate, bytes, added: job.added, what, key: [key, name] };
    put_on_air(core, id, frame, None);
}

/// A frame about to begin.
struct Outgoing {
    from: DeviceId,
    to: DeviceId,
    channel: u16,
    rate: u8,
    /// All of it, and its bare part.
    bytes: [u32; 2],
    added: CauseId,
    what: What,
    key: [u64; 2],
}

/// A frame goes on the air now; one of the length `lasts` if that is given.
fn put_on_air(core: &mut Core, id: MediumId, out: Outgoing, lasts: Option<Span>) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    medium.made += 1;
    let [all, bare] = out.bytes.map(|bytes| lasts.unwrap_or_else(|| medium.airtime(out.rate, bytes)));
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
        (None, Access::Csma { .. }) => None,
    };
    let Some(radio) = medium.radios.get_mut(&out.from) else { return };
    radio.sends_until = now + all;
    if let Some((band, silence)) = silence {
        radio.silent[band] = now + all + Span((all.0 as u128 * u128::from(silence)).div_ceil(1000) as u64);
    }
    let spent = radio.antenna.draws * all.0 as f64;
    if let Some(sum) = core.energy.get_mut(out.from.0 as usize) {
        *sum += spent.round() as u64;
    }
    post(core, now + all, Turn::End, id, out.from, frame.seq);
}

/// A frame ends: it was received, or it was not and why.
fn end(core: &mut Core, world: &mut World, id: MediumId, seq: u64) {
    let now = core.now;
    let draws = core.air;
    let medium = &core.media.media[usize::from(id.0)];
    let Some(frame) = medium.frames.iter().find(|frame| frame.seq & SEQ == seq).copied() else { return };
    if frame.cut {
        return;
    }
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
    match frame.what {
        What::Data(job) if medium_is_windowed_downlink(core, id, &frame) => {
            downlink_ended(core, world, id, &frame, job, missed);
        }
        What::Data(job) => data_ended(core, world, id, &frame, job, missed, now),
        What::Acknowledgement(job) => match missed {
            None => acknowledged(core, world, id, frame.to, job & SEQ),
            Some(charge) => {
                let medium = &mut core.media.media[usize::from(id.0)];
                if let Some(own) = head(medium, frame.to, job & SEQ) {
                    own.last = charge;
                }
            }
        },
    }
}

fn medium_is_windowed_downlink(core: &Core, id: MediumId, frame: &Frame) -> bool {
    let medium = &core.media.media[usize::from(id.0)];
    medium.windows.is_some() && medium.antenna(frame.from).is_some_and(|antenna| antenna.gateway)
}

/// To whom a miss is charged: what bare frames would not have suffered, to who added most to those in it.
fn charge(medium: &Medium, frame: &Frame, miss: Miss, draws: crate::luck::Draws) -> Charge {
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

/// The end of a frame that carries a message of its sender's queue.
fn data_ended(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    job_seq: u64,
    missed: Option<Charge>,
    now: SimTime,
) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let (acknowledge, windows, gap) = (medium.acknowledge, medium.windows, medium.gap);
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
        None => next_frame(core, world, id, frame.from, missed.is_none(), now + gap(frame.bytes)),
    }
}

/// A frame has done its duty or failed for good; the next of the same message, or the next message, begins at `at`.
fn next_frame(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, good: bool, at: SimTime) {
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
fn finish(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, at: SimTime) {
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

/// A message has come over the air: it goes on to its next hop.
fn arrive(
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
        add_share(&mut message.extra, other.added, other.end.min(frame.start).saturating_sub(from));
    }
    if message.made_by == CauseId::NONE && frame.added != CauseId::NONE {
        longer = longer.min(frame.end - entered.0);
        add_share(&mut message.extra, frame.added, longer);
    }
    let next = travel::leave(core, &mut message, core.now);
    travel::settle(core, world, place, message, next);
}

/// An acknowledgement begins.
fn acknowledge(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
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
fn acknowledged(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let gap = medium.gap;
    let Some(job) = head(medium, device, seq).filter(|job| job.awaits.is_some()) else { return };
    job.awaits = None;
    let bytes = job.bytes[0];
    next_frame(core, world, id, device, true, now + gap(bytes));
}

/// No acknowledgement came in time: once more, or it is over.
fn give_up(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId, seq: u64) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(retries) = medium.acknowledge.map(|ack| ack.retries) else { return };
    let queue = medium.radios.get_mut(&device).map(|radio| &mut radio.queue);
    let Some(job) = queue.and_then(|queue| queue.front_mut()) else { return };
    if job.awaits.is_none_or(|frame| frame & SEQ != seq) {
        return;
    }
    (job.awaits, job.active) = (None, false);
    if job.attempt < retries {
        job.attempt += 1;
        job.waits = 0;
        return begin(core, id, device);
    }
    finish(core, world, id, device, now);
}

/// A receive window of a device opens: the gateway that got its frame acknowledges, or sends what waits for it.
fn window(core: &mut Core, id: MediumId, device: DeviceId, seq: u64, second: bool) {
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
            let (bytes, added) = (own.bytes, own.added);
            Outgoing { bytes, added, what, key: own.key, ..answer_to(&frame, gateway, job) }
        }
        None => answer_to(&frame, gateway, job),
    };
    if second {
        (out.channel, out.rate) = windows.second;
    }
    let lasts = match out.what {
        What::Acknowledgement(_) => medium.acknowledge.map(|ack| ack.lasts).filter(|_| !second),
        What::Data(_) => None,
    };
    put_on_air(core, id, out, lasts);
}

/// A frame that a gateway sent into a receive window has ended: it also acknowledges.
fn downlink_ended(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    job: u64,
    missed: Option<Charge>,
) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(own) = medium.pending.get_mut(&frame.to).and_then(|pending| {
        pending.front().is_some_and(|own| own.seq == job).then(|| pending.pop_front()).flatten()
    }) else {
        return;
    };
    match missed {
        None => {
            arrive(core, world, id, frame, own.place, own.entered);
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
}

/// A device fails: what its radio holds is lost, and the frame that it is sending is cut off.
pub(crate) fn fail(core: &mut Core, world: &mut World, device: DeviceId, charge: Charge) {
    for at in 0..core.media.media.len() {
        let medium = &mut core.media.media[at];
        let Some(radio) = medium.radios.get_mut(&device) else { continue };
        let gateway = radio.antenna.gateway;
        let mut jobs: Vec<Job> = radio.queue.drain(..).collect();
        (radio.sends_until, radio.free) = (core.now, core.now);
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
