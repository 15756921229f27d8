//! A master's rounds over its line: each device has its turn, whether or not it has news.

use super::turn::{Turn, post};
use super::{Access, MediumId};
use crate::core::Core;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// The round of a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// Whose turn it is, by order.
    pub(super) at: u32,
    /// How often he was asked in vain.
    pub(super) tried: u8,
    /// When the round began.
    pub(super) began: SimTime,
    /// Requests so far: the occasion of their draws.
    pub(super) asked: u64,
}

/// A master begins its rounds with the first message that anybody has.
pub(super) fn wake(core: &mut Core, id: MediumId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let (Access::Polls(rules), Some(gateway)) = (medium.access, medium.gateway()) else { return };
    if medium.round.is_none() {
        medium.round = Some(Round { at: 0, tried: 0, began: now, asked: 0 });
        post(core, now + rules.silence, Turn::Ask, id, gateway, 0);
    }
}

/// A request had no answer: once more, or the next device.
pub(super) fn unanswered(core: &mut Core, id: MediumId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let (Access::Polls(rules), Some(gateway)) = (medium.access, medium.gateway()) else { return };
    let Some(round) = medium.round.as_mut() else { return };
    if round.tried >= rules.tries {
        return advance(core, id);
    }
    round.tried += 1;
    post(core, now + rules.silence, Turn::Ask, id, gateway, 0);
}

/// The next device has its turn; after the last, the next round begins.
pub(super) fn advance(core: &mut Core, id: MediumId) {
    let now = core.now;
    let medium = &mut core.media.media[usize::from(id.0)];
    let (Access::Polls(rules), Some(gateway)) = (medium.access, medium.gateway()) else { return };
    let members = medium.members().count() as u32;
    let Some(round) = medium.round.as_mut() else { return };
    (round.at, round.tried) = (round.at + 1, 0);
    let mut at = now;
    if round.at >= members {
        at = now.max(round.began + rules.every);
        (round.at, round.began) = (0, at);
    }
    post(core, at + rules.silence, Turn::Ask, id, gateway, 0);
}
