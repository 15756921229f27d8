//! The rows of a medium.

use super::{MediumId, answer, ask, call, contend, grant, queue, round, send, sense};
use crate::core::Core;
use crate::message::DeviceId;
use crate::row::{Class, Row};
use crate::time::SimTime;
use bevy_ecs::world::World;

/// What a row of a medium is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Turn {
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
    /// A wait that stands still while others send may be over.
    Slot,
    /// A gateway asks, or meets a device.
    Ask,
    /// A device that was asked answers.
    Answer,
    /// A request had no answer.
    Unanswered,
    /// A device calls the network, and the network has answered.
    Call,
    Called,
    /// What waits for a device goes to it.
    Down,
}

const TURNS: [Turn; 15] = [
    Turn::Begin,
    Turn::Look,
    Turn::Send,
    Turn::End,
    Turn::Acknowledge,
    Turn::GiveUp,
    Turn::First,
    Turn::Second,
    Turn::Slot,
    Turn::Ask,
    Turn::Answer,
    Turn::Unanswered,
    Turn::Call,
    Turn::Called,
    Turn::Down,
];
const SEQ_BITS: u32 = 44;
pub(super) const SEQ: u64 = (1 << SEQ_BITS) - 1;

pub(super) fn post(core: &mut Core, at: SimTime, turn: Turn, medium: MediumId, device: DeviceId, seq: u64) {
    let arg = (turn as u64) << 60 | u64::from(medium.0) << SEQ_BITS | seq & SEQ;
    core.push(at, Class::AIR, u64::from(device.0), arg);
}

/// A row of a medium.
pub(crate) fn work(core: &mut Core, world: &mut World, row: Row) {
    let (turn, medium) = ((row.arg >> 60) as usize, MediumId((row.arg >> SEQ_BITS) as u16));
    let (device, seq) = (DeviceId(row.id() as u32), row.arg & SEQ);
    match TURNS.get(turn) {
        Some(Turn::Begin) => queue::begin(core, medium, device),
        Some(Turn::Look) => sense::look(core, world, medium, device, seq),
        Some(Turn::Send) => send::send(core, medium, device, seq),
        Some(Turn::End) => send::end(core, world, medium, seq),
        Some(Turn::Acknowledge) => answer::acknowledge(core, medium, device, seq),
        Some(Turn::GiveUp) => answer::give_up(core, world, medium, device, seq),
        Some(Turn::First) => answer::window(core, medium, device, seq, false),
        Some(Turn::Second) => answer::window(core, medium, device, seq, true),
        Some(Turn::Slot) => contend::slot(core, medium, device, seq),
        Some(Turn::Ask) => ask::ask(core, medium, device),
        Some(Turn::Answer) => ask::answer(core, medium, device, seq),
        Some(Turn::Unanswered) => round::unanswered(core, medium),
        Some(Turn::Call) => call::call(core, medium, device),
        Some(Turn::Called) => call::called(core, world, medium, device),
        Some(Turn::Down) => grant::down(core, medium, device),
        None => (),
    }
}
