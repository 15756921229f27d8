//! Care: what patients need, what they get, and who stands at the bed.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`slots`] | a patient's need of a device: begun, interrupted, resumed, ended |
//! | [`answers`] | alarms and calls, and the staff who answer them |
//! | [`orders`] | orders that come late or never, and programming by hand |
//! | [`opioid`] | patients on an opioid, as plants |
//!
//! # Differs from the real thing
//! A patient's needs are drawn each by itself. A pump that was interrupted waits for a nurse; other devices go on
//! by themselves. Staff know at once that a device at a patient has stopped.

pub mod answers;
pub mod opioid;
pub mod orders;
pub mod slots;

use crate::site::classes::{BEGIN_OR_END, MANUAL, PRESS, RESTART, RESUME, NOTICED};
use crate::site::{Site, SiteError};
use sim::fact::{Charge, Kind, Topic, Who, kind};
use sim::core::Core;
use sim::station::Shares;

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

/// Somebody waited `needed` for something, of which `lost` was too long, by whose doing.
fn account(core: &mut Core, who: Who, topic: Topic, needed: u64, lost: &Shares, because: Charge) {
    core.fact(NEEDED, who, topic, Charge::default(), needed as i64);
    let sum: u64 = lost.iter().map(|share| share.1).sum();
    if sum == 0 {
        return;
    }
    core.fact(LOST, who, topic, Charge::default(), sum as i64);
    for &(by, nanos) in lost {
        let because = if because.by == by { because.because } else { sim::fact::CauseId::NONE };
        core.fact(CHARGE[usize::from(lost.len() > 1)], who, topic, Charge { by, because }, nanos as i64);
    }
}
