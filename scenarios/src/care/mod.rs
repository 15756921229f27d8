//! Care: what patients need, what they get, and who stands at the bed.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`slots`] | a patient's need of a device: begun, interrupted, resumed, ended |
//! | [`answers`] | alarms and calls, and the staff who answer them |
//! | [`orders`] | orders that come late or never, and programming by hand |
//! | [`opioid`] | patients on an opioid, as plants |
//! | [`journal`] | what was done about one patient, where a harm is to be explained |
//!
//! A patient's care is the time for which what they need is there: each device they need, answers to their alarms,
//! and orders that are carried out. Two alarms that wait at once are one wait.
//!
//! # Differs from the real thing
//! Calls from stations that belong to no patient load the staff and are nobody's care. A patient's needs are drawn each by itself. A pump that was interrupted waits for a nurse; other devices go on
//! by themselves. Staff know at once that a device at a patient has stopped.

pub mod answers;
pub mod journal;
pub mod opioid;
pub mod orders;
pub mod slots;

use crate::site::classes::{BEGIN_OR_END, MANUAL, NOTICED, PRESS, RESTART, RESUME};
use crate::site::hooks::Hooks;
use crate::site::{Site, SiteError};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Who, kind};
use sim::station::Shares;
use sim::time::{SimTime, Span};

/// Time for which somebody needed something [ns].
pub const NEEDED: Kind = kind("care.needed");
/// Time for which they did not get it [ns].
pub const LOST: Kind = kind("care.lost");
/// Charges for care lost, alone and shared [ns].
pub const CHARGE: [Kind; 2] = [kind("charge.care"), kind("charge.care.shared")];

const KINDS: &[(&str, &str)] = &[
    ("care.needed", "ns"),
    ("care.lost", "ns"),
    ("charge.care", "ns"),
    ("charge.care.shared", "ns"),
    ("harm.hypoxaemia", "ns"),
    ("harm.hypoxaemia-90", "ns"),
    ("harm.pain", "ns"),
    ("charge.hypoxaemia", "ns"),
    ("charge.hypoxaemia.shared", "ns"),
    ("charge.pain", "ns"),
    ("charge.pain.shared", "ns"),
    ("credit.hypoxaemia", "ns"),
    ("credit.pain", "ns"),
    ("programming.wrong", "programming"),
];

/// Put the patients to their devices and the staff to their alarms. Flows and streams must have been laid.
///
/// # Errors
/// When a number or a plant's description is missing.
pub fn install(site: &mut Site) -> Result<(), SiteError> {
    for (name, unit) in KINDS {
        site.core.kinds.register(name, unit).map_err(SiteError::Kind)?;
    }
    slots::install(site)?;
    answers::install(site)?;
    orders::install(site)?;
    opioid::install(site)?;
    site.world.insert_resource(Hooks { tamper: Some(opioid::tamper), arrive: Some(slots::arrive) });
    for (class, handler) in [
        (BEGIN_OR_END, slots::begin_or_end as sim::row::Handler),
        (RESTART, slots::restart),
        (MANUAL, orders::by_hand),
        (PRESS, opioid::press),
        (NOTICED, opioid::scan),
        (RESUME, opioid::resume),
    ] {
        site.core.handle(class, handler);
    }
    Ok(())
}

/// A patient waits longer than without this cause: from now on for `nanos`, shared with whatever else makes them
/// wait.
fn wait(
    core: &mut Core,
    world: &mut World,
    who: Who,
    function: Function,
    from: SimTime,
    charge: Charge,
    nanos: u64,
) {
    let Some(part) = world.get_resource::<slots::Slots>().and_then(|slots| slots.waits(who, function)) else {
        return;
    };
    if nanos == 0 {
        return;
    }
    let from = from.max(core.now);
    core.change_at(from, part, charge, false);
    core.change_at(from + Span(nanos), part, charge, true);
}

/// As [`wait`], for several causes one after the other.
fn wait_for_each(
    core: &mut Core,
    world: &mut World,
    who: Who,
    function: Function,
    until: SimTime,
    shares: &Shares,
) {
    let mut from = (until - Span(shares.sum())).max(core.now);
    for (by, nanos) in shares.iter() {
        wait(core, world, who, function, from, Charge { by, because: CauseId::NONE }, nanos);
        from += Span(nanos);
    }
}

/// What a patient may wait for besides a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Function {
    /// That somebody answers an alarm.
    Alarm,
    /// That an order is carried out.
    Order,
}

impl Function {
    /// Both, with the names of their topics.
    const ALL: [(Self, &'static str); 2] = [(Self::Alarm, "alarm"), (Self::Order, "order")];
}
