//! Queues whose departures are rows, because who comes later changes when somebody leaves: by rank, or shared.

use crate::core::Core;
use crate::fact::Charge;
use crate::message::{Message, MessageId};
use crate::priority::{self, Ranked};
use crate::row::{Class, Row};
use crate::shares::Shares;
use crate::sharing::{self, Shared};
use crate::station::{StationId, Work};
use crate::time::SimTime;
use crate::travel::{self, Next};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};

/// Who is served next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Queue {
    /// Who matters most.
    Ranked(Ranked),
    /// All at once.
    Shared(Shared),
}

/// A message comes to such a station; it stays there until its departure's row.
pub(crate) fn enter(
    core: &mut Core,
    message: (MessageId, &mut Message),
    id: StationId,
    work: &Work,
    rank: u8,
) -> Result<(), Charge> {
    match core.stations[id.0 as usize].queue() {
        Some(Queue::Ranked(_)) => priority::enter(core, message, id, work, rank),
        Some(Queue::Shared(_)) => sharing::enter(core, message, id, work),
        None => Ok(()),
    }
}

/// A ghost comes, served among bare work alone. Gives its departure if that is known already.
pub(crate) fn enter_ghost(
    core: &mut Core,
    (place, ghost): (MessageId, &Message),
    id: StationId,
    service: u64,
    rank: u8,
) -> Option<SimTime> {
    match core.stations[id.0 as usize].queue()? {
        Queue::Ranked(_) => priority::enter_ghost(core, place, id, service, rank),
        Queue::Shared(_) => {
            sharing::enter_ghost(core, (place, ghost), id, service);
            None
        }
    }
}

/// A departure's row.
pub(crate) fn served(core: &mut Core, world: &mut World, row: Row) {
    let id = StationId(row.id() as u32);
    match core.stations[id.0 as usize].queue() {
        Some(Queue::Ranked(_)) => priority::served(core, world, id, row.arg),
        Some(Queue::Shared(_)) => sharing::served(core, world, id, row.arg),
        None => (),
    }
}

/// The station fails.
pub(crate) fn fail(core: &mut Core, world: &mut World, id: StationId, charge: Charge) {
    match core.stations[id.0 as usize].queue() {
        Some(Queue::Ranked(_)) => priority::fail(core, world, id, charge),
        Some(Queue::Shared(_)) => sharing::fail(core, world, id, charge),
        None => (),
    }
}

/// A message has been served: `extra` is what the additions cost it here.
pub(crate) fn leave(core: &mut Core, world: &mut World, place: MessageId, extra: Shares) {
    let Some(mut message) = core.messages.take_out(place) else { return };
    message.extra.add_all(&extra);
    // A visit that a toll asked for comes back to its hop; the hop's own leads on to the link.
    let next =
        if message.toll == 0 { travel::leave(core, &mut message, core.now) } else { Next::At(core.now) };
    travel::settle(core, world, place, message, next);
}

/// A ghost has been served and leaves at this time.
pub(crate) fn let_ghost_go(core: &mut Core, place: MessageId, leaves: SimTime) {
    let Some(mut message) = core.messages.take_out(place) else { return };
    let at = travel::link(core, &mut message, leaves);
    core.push(at, Class::MESSAGE, message.id, u64::from(place.0));
    core.messages.put_back(place, message);
}

/// Who was inside is lost.
pub(crate) fn lose(core: &mut Core, world: &mut World, place: MessageId, charge: Charge) {
    if let Some(message) = core.messages.take_out(place) {
        travel::settle(core, world, place, message, Next::Lost(charge));
    }
}
