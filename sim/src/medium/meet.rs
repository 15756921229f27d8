//! Meetings of a device and its gateway: when they are, and what those cost at which nobody has anything to say.

use super::turn::{Turn, post};
use super::{Access, Medium, MediumId, Meets, Spent};
use crate::core::Core;
use crate::message::DeviceId;
use crate::time::{SimTime, Span};

impl Medium {
    /// The first meeting of a device at or after an instant.
    pub(super) fn meeting(&self, rules: Meets, device: DeviceId, from: SimTime) -> SimTime {
        let (mut rank, mut count) = (0_u128, 0_u64);
        for (nth, member) in (0..).zip(self.members()) {
            count += 1;
            if member == device {
                rank = nth;
            }
        }
        let phase = (u128::from(rules.every.0) * rank / u128::from(count.max(1))) as u64;
        let ahead = from.0.saturating_sub(phase).div_ceil(rules.every.0.max(1));
        SimTime(phase + ahead * rules.every.0)
    }

    /// The end of the time that a meeting may take: that of the next device's.
    pub(super) fn meeting_ends(&self, rules: Meets, device: DeviceId, now: SimTime) -> u64 {
        let next = self.meeting(rules, device, now + Span(1));
        next.0 - rules.every.0 + rules.every.0 / (self.members().count() as u64).max(1)
    }

    /// How often two who meet have spoken of nothing until an instant: meetings without rows.
    pub(crate) fn idle_meetings(&self, device: DeviceId, now: SimTime) -> u64 {
        let (Access::Meets(rules), Some(radio)) = (self.access, self.radios.get(&device)) else { return 0 };
        let past = self.meeting(rules, device, SimTime::ZERO);
        let all = if now > past { (now.0 - past.0).div_ceil(rules.every.0.max(1)) } else { 0 };
        all.saturating_sub(radio.met)
    }
}

/// A device has something for its next meeting, which is not before `from`.
pub(super) fn arrange(core: &mut Core, id: MediumId, device: DeviceId, from: SimTime) {
    let medium = &mut core.media.media[usize::from(id.0)];
    let Access::Meets(rules) = medium.access else { return };
    let at = medium.meeting(rules, device, from);
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    if radio.meets.is_none() {
        radio.meets = Some(at);
        post(core, at, Turn::Ask, id, device, 0);
    }
}

/// A meeting is over; the next is arranged if anything is left to say.
pub(super) fn over(core: &mut Core, id: MediumId, device: DeviceId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let words = medium.has_words(device);
    let Some(radio) = medium.radios.get_mut(&device) else { return };
    radio.meets = None;
    if words {
        arrange(core, id, device, now + Span(1));
    }
}

/// What meetings without words cost a device until now.
pub(super) fn add_idle(medium: &Medium, device: DeviceId, now: SimTime, spent: &mut Spent) {
    let Access::Meets(rules) = medium.access else { return };
    let idle = medium.idle_meetings(device, now);
    Spent::add(&mut spent.receives, idle * rules.empty.0, idle * rules.empty.0);
    Spent::add(&mut spent.listens, idle * rules.turn.0, idle * rules.turn.0);
    Spent::add(&mut spent.sends, idle * rules.empty.0, idle * rules.empty.0);
}
