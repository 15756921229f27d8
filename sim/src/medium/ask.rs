//! A gateway that asks: a request or what it has for a device, and the device's answer.

use super::air::{Frame, What};
use super::queue::finish;
use super::send::{Outgoing, arrive, piece, put_on_air};
use super::turn::{SEQ, Turn, post};
use super::{Access, Job, Medium, MediumId, meet, round};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::DeviceId;
use crate::time::Span;
use crate::travel::{self, Next};
use bevy_ecs::world::World;

impl Medium {
    pub(super) fn gateway(&self) -> Option<DeviceId> {
        self.radios.iter().find(|(_, radio)| radio.antenna.gateway).map(|(&device, _)| device)
    }

    /// The devices of the gateway, in order.
    pub(super) fn members(&self) -> impl Iterator<Item = DeviceId> {
        self.radios.iter().filter(|(_, radio)| !radio.antenna.gateway).map(|(&device, _)| device)
    }

    /// Whether anything waits for a device or at it.
    pub(super) fn has_words(&self, device: DeviceId) -> bool {
        self.radios.get(&device).is_some_and(|radio| !radio.queue.is_empty())
            || self.pending.get(&device).is_some_and(|pending| !pending.is_empty())
    }
}

/// The gateway sends a request, or what waits for the device.
pub(super) fn ask(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(gateway) = medium.gateway() else { return };
    let (to, empty, asked) = match medium.access {
        Access::Polls(rules) => {
            let members: Vec<DeviceId> = medium.members().collect();
            let Some(round) = medium.round.as_mut() else { return };
            let Some(&member) = members.get(round.at as usize) else { return };
            round.asked += 1;
            (member, rules.request, round.asked)
        }
        Access::Meets(rules) => {
            if medium.radios.get(&device).and_then(|radio| radio.meets) != Some(now) {
                return;
            }
            let begins = medium.meeting(rules, device, now) == now;
            if let Some(radio) = medium.radios.get_mut(&device) {
                radio.met += u64::from(begins);
            }
            (device, rules.empty, now.0)
        }
        _ => return,
    };
    if !core.status.up(core.unit(gateway)) {
        return silent(core, id, to);
    }
    let medium = &core.media.media[usize::from(id.0)];
    let rate = medium.antenna(to).map_or(0, |antenna| antenna.rate);
    let out = Outgoing {
        from: gateway,
        to,
        channel: 0,
        rate,
        bytes: [0, 0],
        added: CauseId::NONE,
        what: What::Nothing,
        key: [u64::from(id.0), occasion(&[asked, 0])],
    };
    let waiting = medium.pending.get(&to).and_then(|pending| pending.front());
    match waiting {
        Some(own) => {
            let name = occasion(&[own.key[1], u64::from(own.rest), u64::from(own.attempt)]);
            let (what, key) = (What::Data(own.seq), [own.key[0], name]);
            let out = Outgoing { bytes: piece(own), added: own.added, what, key, ..out };
            put_on_air(core, id, out, None);
        }
        None => put_on_air(core, id, out, Some(empty)),
    }
}

/// A request, or what the gateway had for a device, has ended.
pub(super) fn asked(core: &mut Core, world: &mut World, id: MediumId, frame: &Frame, missed: Option<Charge>) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let (turn, patience, tries) = match medium.access {
        Access::Polls(rules) => (rules.turn, rules.patience, rules.tries),
        Access::Meets(rules) => (rules.turn, Span::ZERO, rules.tries),
        _ => return,
    };
    let by = Charge { by: medium.causes.busy, because: CauseId::NONE };
    let mut gone = None;
    if let What::Data(seq) = frame.what
        && let Some(pending) = medium.pending.get_mut(&frame.to)
        && let Some(own) = pending.front_mut().filter(|own| own.seq == seq)
    {
        if let Some(charge) = missed {
            own.last = charge;
            own.attempt = own.attempt.saturating_add(1);
        } else if own.rest > 0 {
            (own.rest, own.attempt) = (own.rest - 1, 0);
        } else {
            own.delivered = true;
        }
        if own.delivered || own.attempt > tries {
            gone = pending.pop_front();
        }
    }
    match gone {
        Some(own) if own.delivered => arrive(core, world, id, frame, own.place, own.entered),
        Some(own) => lose(core, world, &own, if tries > 0 { by } else { own.last }),
        None => (),
    }
    if missed.is_none() {
        return post(core, now + turn, Turn::Answer, id, frame.to, frame.seq);
    }
    let medium = &core.media.media[usize::from(id.0)];
    match medium.access {
        Access::Polls(_) => post(core, now + patience, Turn::Unanswered, id, frame.from, 0),
        _ => meet::over(core, id, frame.to),
    }
}

fn lose(core: &mut Core, world: &mut World, job: &Job, charge: Charge) {
    if let Some(message) = core.messages.take_out(job.place) {
        travel::settle(core, world, job.place, message, Next::Lost(charge));
    }
}

/// A device that was asked answers with what it has.
pub(super) fn answer(core: &mut Core, id: MediumId, device: DeviceId, seq: u64) {
    let medium = &core.media.media[usize::from(id.0)];
    let Some(frame) = medium.frames.iter().find(|frame| frame.seq & SEQ == seq).copied() else { return };
    // On a line, the answer to what was written says that it was, and nothing else.
    let written = matches!(frame.what, What::Data(_));
    let (empty, has_room) = match medium.access {
        Access::Polls(rules) if written => (rules.written, false),
        Access::Polls(rules) => (rules.empty, true),
        Access::Meets(rules) => (rules.empty, true),
        _ => return,
    };
    if !core.status.up(core.unit(device)) {
        return silent(core, id, device);
    }
    let Some(radio) = medium.radios.get(&device) else { return };
    let key = [frame.key[0], occasion(&[frame.key[1], 1])];
    let out = Outgoing {
        from: device,
        to: frame.from,
        channel: 0,
        rate: radio.antenna.rate,
        bytes: [0, 0],
        added: CauseId::NONE,
        what: What::Nothing,
        key,
    };
    match radio.queue.front().filter(|_| has_room) {
        Some(own) => {
            let name = occasion(&[own.key[1], u64::from(own.rest), u64::from(own.attempt)]);
            let bytes = piece(own);
            let (what, key) = (What::Data(own.seq), [own.key[0], name]);
            put_on_air(core, id, Outgoing { bytes, added: own.added, what, key, ..out }, None);
        }
        None => put_on_air(core, id, out, Some(empty)),
    }
}

/// An answer has ended.
pub(super) fn answered(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    missed: Option<Charge>,
) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let by = Charge { by: medium.causes.busy, because: CauseId::NONE };
    let tries = match medium.access {
        Access::Meets(rules) => rules.tries,
        // What a device on a line has stays until it is fetched.
        _ => u8::MAX,
    };
    if let What::Data(seq) = frame.what
        && let Some(radio) = medium.radios.get_mut(&frame.from)
        && let Some(own) = radio.queue.front_mut().filter(|own| own.seq == seq)
    {
        let (place, entered) = (own.place, own.entered);
        match missed {
            Some(charge) => {
                own.last = charge;
                own.attempt = own.attempt.saturating_add(1);
                if own.attempt > tries {
                    own.last = by;
                    finish(core, world, id, frame.from, now);
                }
            }
            None if own.rest > 0 => (own.rest, own.attempt) = (own.rest - 1, 0),
            None => {
                own.delivered = true;
                arrive(core, world, id, frame, place, entered);
                finish(core, world, id, frame.from, now);
            }
        }
    }
    let medium = &core.media.media[usize::from(id.0)];
    match medium.access {
        Access::Polls(_) if missed.is_some() => round::unanswered(core, id),
        Access::Polls(_) => round::advance(core, id),
        Access::Meets(rules) if missed.is_none() && medium.has_words(frame.from) => {
            let rate = medium.antenna(frame.from).map_or(0, |antenna| antenna.rate);
            let length =
                |job: Option<&Job>| job.map_or(rules.empty, |job| medium.airtime(rate, piece(job)[0]));
            let down = medium.pending.get(&frame.from).and_then(|pending| pending.front());
            let up = medium.radios.get(&frame.from).and_then(|radio| radio.queue.front());
            let begins = now + rules.turn;
            let ends = begins + length(down) + rules.turn + length(up);
            if ends.0 > medium.meeting_ends(rules, frame.from, now) {
                return meet::over(core, id, frame.from);
            }
            if let Some(radio) = core.media.media[usize::from(id.0)].radios.get_mut(&frame.from) {
                radio.meets = Some(begins);
            }
            post(core, begins, Turn::Ask, id, frame.from, 0);
        }
        _ => meet::over(core, id, frame.from),
    }
}

/// Somebody who should have spoken is down.
fn silent(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &core.media.media[usize::from(id.0)];
    match medium.access {
        Access::Polls(rules) => {
            let Some(gateway) = medium.gateway() else { return };
            post(core, now + rules.patience, Turn::Unanswered, id, gateway, 0);
        }
        _ => meet::over(core, id, device),
    }
}

/// A frame of a gateway that asks, or of who answers, was cut off.
pub(super) fn cut(core: &mut Core, id: MediumId, frame: &Frame) {
    let medium = &core.media.media[usize::from(id.0)];
    let device = if medium.gateway() == Some(frame.from) { frame.to } else { frame.from };
    if matches!(medium.access, Access::Polls(_) | Access::Meets(_)) {
        silent(core, id, device);
    }
}
