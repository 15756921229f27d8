//! Calls to a network: when they may begin, whether two meet, and what follows.

use super::queue::finish;
use super::turn::{Turn, post};
use super::{Grants, Medium, MediumId, Spent, grant};
use crate::core::Core;
use crate::fact::{CauseId, Charge};
use crate::luck::occasion;
use crate::message::DeviceId;
use crate::time::{SimTime, Span};
use crate::travel::{self, Next};
use bevy_ecs::world::World;

impl Grants {
    /// When a call may begin, at or after an instant: while a satellite is in view, at a multiple of the interval.
    fn opportunity(&self, from: SimTime) -> SimTime {
        let grid = |at: u64| if self.every.0 > 0 { at.div_ceil(self.every.0) * self.every.0 } else { at };
        let [every, lasts] = self.pass.map(|span| span.0);
        let at = grid(from.0);
        if every == 0 || at % every < lasts {
            return SimTime(at);
        }
        SimTime(grid((at / every + 1) * every))
    }
}

impl Medium {
    /// Whether anything of a device, or for it, has not been granted a time yet.
    fn waits_for_time(&self, device: DeviceId) -> bool {
        let idle = |job: Option<&super::Job>| job.is_some_and(|job| !job.active);
        idle(self.radios.get(&device).and_then(|radio| radio.queue.front()))
            || idle(self.pending.get(&device).and_then(|pending| pending.front()))
    }

    fn preamble(&self, rules: Grants, device: DeviceId, draws: crate::luck::Draws) -> u16 {
        let own = self.radios.get(&device).and_then(|radio| radio.queue.front());
        let job = own.or_else(|| self.pending.get(&device).and_then(|pending| pending.front()));
        let Some(job) = job else { return 0 };
        let name = occasion(&[job.key[1], u64::from(job.waits), u64::from(job.attempt), 2 << 32]);
        draws.below(u64::from(rules.preambles.max(1)), job.key[0], name) as u16
    }
}

/// A device has a message for the network: it is granted a time if it is connected, and calls if not.
pub(super) fn begin(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    if radio.stays >= now {
        return grant::grant(core, id, device);
    }
    if let Some(job) = radio.queue.front_mut() {
        job.active = false;
    }
    arrange(core, id, device, rules.opportunity(now));
}

/// Something waits for a device: it goes to it at once, when the device next listens, or when it next sends.
pub(super) fn wake(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let key = core.key(device);
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    let Some(radio) = medium.radios.get(&device) else { return };
    if radio.stays >= now {
        return grant::down(core, id, device);
    }
    let waits = medium.pending.get(&device).is_some_and(|pending| !pending.is_empty());
    if waits && rules.pages.0 > 0 {
        let phase = key % rules.pages.0;
        let cycles = now.0.saturating_sub(phase).div_ceil(rules.pages.0);
        arrange(core, id, device, rules.opportunity(SimTime(phase + cycles * rules.pages.0)));
    }
}

fn arrange(core: &mut Core, id: MediumId, device: DeviceId, at: SimTime) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    // An earlier call serves whatever is there when it is answered.
    if radio.meets.is_none_or(|known| known > at) {
        radio.meets = Some(at);
        post(core, at, Turn::Call, id, device, 0);
    }
}

/// A device calls.
pub(super) fn call(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let draws = core.air;
    if !core.status.up(core.unit(device)) {
        return;
    }
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    let preamble = medium.preamble(rules, device, draws);
    let oldest = rules.setup.iter().map(|span| span.0).max().unwrap_or(0);
    let wants = medium.waits_for_time(device);
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    if radio.meets != Some(now) {
        return;
    }
    // What the call was arranged for was served on a connection in between.
    if !wants {
        radio.meets = None;
        return;
    }
    let rate = usize::from(radio.antenna.rate).min(2);
    Spent::add(&mut radio.spent.sends, rules.calls[rate].0, rules.calls[rate].0);
    let listened = rules.setup[rate].0.saturating_sub(rules.calls[rate].0);
    Spent::add(&mut radio.spent.listens, listened, listened);
    let at = now + rules.setup[rate];
    // A call that is being made is taken back by nothing that waits.
    radio.meets = Some(SimTime::ZERO);
    while medium.calls.front().is_some_and(|call| call.0 + oldest < now.0) {
        medium.calls.pop_front();
    }
    medium.calls.push_back((now.0, preamble, device));
    post(core, at, Turn::Called, id, device, 0);
}

/// The network has answered a call, or two calls have met.
pub(super) fn called(core: &mut Core, world: &mut World, id: MediumId, device: DeviceId) {
    let now = core.now;
    let draws = core.air;
    let medium = &mut core.media.media[usize::from(id.0)];
    let Some(rules) = medium.granted() else { return };
    let busy = Charge { by: medium.causes.busy, because: CauseId::NONE };
    let weak = Charge { by: medium.causes.weak, because: CauseId::NONE };
    let Some(radio) = medium.radios.get(&device) else { return };
    let gateway = medium.radios.iter().find(|one| one.1.antenna.gateway).map_or(device, |one| *one.0);
    let heard = medium.reaches([device, gateway], radio.antenna.rate);
    if radio.meets != Some(SimTime::ZERO) {
        return;
    }
    let rate = usize::from(radio.antenna.rate).min(2);
    let begun = now.0 - rules.setup[rate].0;
    let at_once = || medium.calls.iter().filter(|call| call.0 == begun);
    let own = at_once().find(|call| call.2 == device).map(|call| call.1);
    let alone = rules.preambles == 0 || at_once().filter(|call| Some(call.1) == own).count() < 2;
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    radio.meets = None;
    if heard && alone {
        radio.stays = now;
        grant::stay(medium, rules, device, now, 0);
        let medium = &core.media.media[usize::from(id.0)];
        let front = medium.radios.get(&device).and_then(|radio| radio.queue.front());
        if front.is_some_and(|job| !job.active) {
            grant::grant(core, id, device);
        }
        return grant::down(core, id, device);
    }
    let own = match radio.queue.front_mut() {
        Some(own) => own,
        None => match medium.pending.get_mut(&device).and_then(|pending| pending.front_mut()) {
            Some(own) => own,
            None => return,
        },
    };
    own.waits += 1;
    if own.waits <= rules.tries {
        let name = occasion(&[own.key[1], u64::from(own.waits), 3 << 32]);
        let wait = Span(draws.below(rules.backoff.0.max(1), own.key[0], name));
        return arrange(core, id, device, rules.opportunity(now + wait));
    }
    let charge = if heard { busy } else { weak };
    own.last = charge;
    let medium = &mut core.media.media[usize::from(id.0)];
    if medium.radios.get(&device).is_some_and(|radio| !radio.queue.is_empty()) {
        finish(core, world, id, device, now);
        return wake(core, id, device);
    }
    let gone = medium.pending.get_mut(&device).and_then(std::collections::VecDeque::pop_front);
    if let Some(message) = gone.as_ref().and_then(|own| core.messages.take_out(own.place))
        && let Some(own) = gone
    {
        travel::settle(core, world, own.place, message, Next::Lost(charge));
        wake(core, id, device);
    }
}
