//! Work that a control gives to people: it waits for them as all their work does, and their time is recorded.

use super::staff::{self, Call, Staff};
use crate::language::people::Duty;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{Charge, Kind, kind};
use sim::time::{SimTime, Span};

/// Time of staff that a control takes [ns].
pub const STAFF_TIME: Kind = kind("staff.time");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("staff.time", "ns")];

/// Give work of this length to whoever does `duty`; gives when it is done, or none if nobody does it.
pub fn give(
    core: &mut Core,
    world: &World,
    (duty, call): (Duty, Call),
    busy: Span,
    charge: Charge,
) -> Option<SimTime> {
    let group = world.get_resource::<Staff>()?.group(duty)?;
    let who = group.first;
    let topic = core.names.topic("staff");
    core.fact(STAFF_TIME, who, topic, charge, i64::try_from(busy.0).unwrap_or(i64::MAX));
    Some(staff::ask(core, group, call, busy, charge.by))
}

/// How long that group is busy with one piece of such work, if the scenario says; `share` is the draw.
pub fn handling(world: &World, duty: Duty, share: f64) -> Option<Span> {
    let group = world.get_resource::<Staff>()?.group(duty)?;
    group.text.handling.map(|law| law.0.span(share))
}
