//! Times that a network grants: who is connected sends when a lane is free. Wires, which are free for
//! whoever sends next, hand on here what waits for a device.

use super::air::{Frame, What};
use super::queue::{finish, head};
use super::send::{Outgoing, arrive, piece, put_on_air};
use super::turn::{SEQ, Turn, post};
use super::{Access, Grants, Medium, MediumId, Spent};
use crate::core::Core;
use crate::fact::Charge;
use crate::luck::occasion;
use crate::message::DeviceId;
use crate::time::{SimTime, Span};
use bevy_ecs::world::World;

impl Medium {
    pub(super) fn granted(&self) -> Option<Grants> {
        match self.access {
            Access::Grants(rules) => Some(rules),
            _ => None,
        }
    }
}

/// A connection stands for a while after what just ended; a frame that the device sent was no listening.
pub(super) fn stay(medium: &mut Medium, rules: Grants, device: DeviceId, now: SimTime, sent: u64) {
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    let until = now + rules.stays;
    let more = until.0 as i64 - radio.stays.0 as i64 - sent as i64;
    radio.spent.listens.iter_mut().for_each(|account| *account += more);
    radio.stays = until;
}

/// Take the lane that is free first, for as long as a frame lasts: its number and when the frame begins.
fn lane(medium: &mut Medium, rules: Grants, now: SimTime, lasts: Span) -> (u16, SimTime) {
    medium.lanes.resize(usize::from(rules.lanes.max(1)), 0);
    let first = (0..).zip(&medium.lanes).min_by_key(|lane| *lane.1).map_or(0, |lane| lane.0);
    let begins = medium.lanes[first].max(now.0);
    medium.lanes[first] = begins + lasts.0;
    (first as u16, SimTime(begins))
}

pub(super) fn grant(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    let Some(radio) = medium.radios.get(&device) else { return };
    let rate = radio.antenna.rate;
    let Some(job) = radio.queue.front() else { return };
    let (seq, bytes) = (job.seq, piece(job)[0]);
    let (lane, begins) = lane(medium, rules, now, medium.airtime(rate, bytes));
    if let Some(job) = head(medium, device, seq & SEQ) {
        (job.lane, job.active) = (lane, true);
    }
    post(core, begins, Turn::Send, id, device, seq);
}

/// A frame of a device has ended.
pub(super) fn ended(
    core: &mut Core,
    world: &mut World,
    id: MediumId,
    frame: &Frame,
    seq: u64,
    missed: Option<Charge>,
) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    stay(medium, rules, frame.from, now, frame.end - frame.start);
    let Some(job) = head(medium, frame.from, seq & SEQ) else { return };
    let again = match missed {
        Some(charge) => {
            job.last = charge;
            job.attempt += 1;
            job.attempt <= rules.tries
        }
        None => job.rest > 0,
    };
    if again {
        if missed.is_none() {
            (job.rest, job.attempt) = (job.rest - 1, 0);
        }
        grant(core, id, frame.from);
    } else {
        job.delivered = missed.is_none();
        let (place, entered) = (job.place, job.entered);
        if missed.is_none() {
            arrive(core, world, id, frame, place, entered);
        }
        finish(core, world, id, frame.from, now);
    }
    down(core, id, frame.from);
}

/// What waits for a device goes to it: over its wire once that is free, on a lane while the device is connected.
pub(super) fn down(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let gateway = medium.radios.iter().find(|one| one.1.antenna.gateway).map(|one| *one.0);
    let (Some(gateway), Some(radio)) = (gateway, medium.radios.get(&device)) else { return };
    let (rate, stays) = (radio.antenna.rate, radio.stays);
    let Some(job) = medium.pending.get(&device).and_then(|pending| pending.front()).cloned() else { return };
    let bytes = piece(&job);
    let mut channel = job.lane;
    let begins = match (medium.granted(), job.awaits) {
        // Its time has come, or will.
        (_, Some(at)) if at > now.0 => return,
        (_, Some(_)) => now,
        // It is on the air.
        _ if job.active => return,
        (Some(rules), None) => {
            if stays < now {
                return;
            }
            let lasts = medium.down_time(rate, bytes[0]);
            let begins;
            (channel, begins) = lane(medium, rules, now, lasts);
            begins
        }
        (None, None) => stays.max(now),
    };
    let Some(own) = medium.pending.get_mut(&device).and_then(|pending| pending.front_mut()) else { return };
    (own.active, own.lane) = (true, channel);
    own.awaits = (begins > now).then_some(begins.0);
    if begins > now {
        return post(core, begins, Turn::Down, id, device, 0);
    }
    let name = occasion(&[job.key[1], u64::from(job.rest)]);
    let out = Outgoing {
        from: gateway,
        to: device,
        channel,
        rate,
        bytes,
        added: job.added,
        what: What::Data(job.seq),
        key: [job.key[0], name],
    };
    put_on_air(core, id, out, None);
}

/// Something that was sent to a device has ended.
pub(super) fn told(core: &mut Core, id: MediumId, frame: &Frame) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    match medium.access {
        Access::Grants(rules) => {
            stay(medium, rules, frame.to, now, frame.end - frame.start);
            down(core, id, frame.to);
        }
        Access::Wire { gap } => {
            if let Some(port) = medium.radios.get_mut(&frame.to) {
                port.stays = now + gap;
            }
            down(core, id, frame.to);
        }
        _ => (),
    }
}

/// What listening for calls costs a device until now.
pub(super) fn add_idle(medium: &Medium, now: SimTime, spent: &mut Spent) {
    if let Some(rules) = medium.granted().filter(|rules| rules.pages.0 > 0) {
        let listened = now.0 / rules.pages.0 * rules.listens.0;
        Spent::add(&mut spent.listens, listened, listened);
    }
}
