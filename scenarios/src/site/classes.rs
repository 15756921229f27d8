//! The classes of rows that belong to no engine: at the same instant a smaller number is worked first.
//!
//! The numbers are part of every digest, so they are all written down here.

use sim::fact::{CauseId, Who};
use sim::keep::ids;
use sim::row::Class;

/// An account may open again.
pub const ACCOUNT: Class = Class(20);
/// A permitted flow that a list blocks by mistake is put right.
pub const MISRULE: Class = Class(21);
/// A firewall fails or is mended.
pub const FIREWALL: Class = Class(22);
/// A session that stood at the start has lived its time.
pub const SESSION: Class = Class(23);
/// A detector suspects a device that nobody holds.
pub const SUSPICION: Class = Class(24);
/// A suspicion is acted upon.
pub const ISOLATION: Class = Class(25);
/// An isolated device is looked at, and released.
pub const RELEASE: Class = Class(26);
/// A device takes the next step of an update.
pub const UPDATE: Class = Class(27);
/// Somebody has tried to onboard a device.
pub const ONBOARDING: Class = Class(28);
/// A tunnel is rekeyed.
pub const REKEY: Class = Class(37);
/// Batteries are looked at.
pub const BATTERY: Class = Class(38);
/// A harvester reckons at the last instant.
pub const HARVEST: Class = Class(39);
/// What streams have lost is told at the last instant.
pub const LAST_STREAMS: Class = Class(29);

/// A device asks another whether it is there.
pub const CONTACT: Class = Class(46);

/// Who waits for an acknowledgement or an answer has waited long enough.
pub const EXCHANGE: Class = Class(47);
/// A round of polling is due.
pub const POLL: Class = Class(48);
/// What exchanges nobody knows the end of is told at the last instant.
pub const LAST_EXCHANGES: Class = Class(49);
/// A vendor's support ends.
pub const SUPPORT: Class = Class(50);

/// A patient's need of a device begins or ends.
pub const BEGIN_OR_END: Class = Class(40);
/// What was interrupted at a patient goes on.
pub const RESTART: Class = Class(41);
/// Somebody programs by hand what no order brought.
pub const MANUAL: Class = Class(42);
/// A patient presses for a dose.
pub const PRESS: Class = Class(43);
/// A plant crosses what a scan looks for.
pub const NOTICED: Class = Class(44);
/// A plant goes on after an interruption.
pub const RESUME: Class = Class(45);
/// The devices of a mesh notice that one of them is gone or back.
pub const NOTICE: Class = Class(56);
/// A shift begins or ends.
pub const SHIFT: Class = Class(36);
/// A happening begins.
pub const EPISODE: Class = Class(30);
/// Somebody arrives who needs devices.
pub const ARRIVAL: Class = Class(31);
/// A campaign enters.
pub const ENTRY: Class = Class(32);
/// An infected device looks for the next.
pub const SCAN: Class = Class(33);
/// An operator takes a step.
pub const STEP: Class = Class(34);
/// Somebody restores an encrypted device, or has done so.
pub const RESTORE: Class = Class(35);

/// What a row of a class stands for when the run goes on under another strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It belongs to a control, and ends with it.
    EndsWithControl,
    /// It goes on as it is: its numbers are indices into what both strategies have.
    GoesOn,
    /// It goes on; its id is a person.
    AboutSomebody,
    /// It goes on; its argument holds a charge in its upper half.
    Charged,
    /// It goes on, or belongs to a control and ends with it, as its argument says.
    Whose,
}

/// The fate of each class.
pub(crate) const FATES: &[(Class, Fate)] = &[
    (ACCOUNT, Fate::EndsWithControl),
    (MISRULE, Fate::EndsWithControl),
    (FIREWALL, Fate::EndsWithControl),
    (SESSION, Fate::EndsWithControl),
    (SUSPICION, Fate::EndsWithControl),
    (ISOLATION, Fate::EndsWithControl),
    (RELEASE, Fate::EndsWithControl),
    (UPDATE, Fate::EndsWithControl),
    (ONBOARDING, Fate::EndsWithControl),
    (REKEY, Fate::EndsWithControl),
    (LAST_STREAMS, Fate::GoesOn),
    (BEGIN_OR_END, Fate::GoesOn),
    (RESTART, Fate::GoesOn),
    (MANUAL, Fate::Charged),
    (PRESS, Fate::AboutSomebody),
    (NOTICED, Fate::AboutSomebody),
    (RESUME, Fate::GoesOn),
    (SHIFT, Fate::GoesOn),
    (EPISODE, Fate::GoesOn),
    (ARRIVAL, Fate::GoesOn),
    (ENTRY, Fate::GoesOn),
    (SCAN, Fate::GoesOn),
    (STEP, Fate::GoesOn),
    (RESTORE, Fate::GoesOn),
    (BATTERY, Fate::GoesOn),
    (HARVEST, Fate::GoesOn),
    (NOTICE, Fate::GoesOn),
    (CONTACT, Fate::Whose),
    (EXCHANGE, Fate::GoesOn),
    (POLL, Fate::GoesOn),
    (LAST_EXCHANGES, Fate::GoesOn),
    (SUPPORT, Fate::GoesOn),
];

/// A row of the snapshot under another strategy: its id and argument there; nothing if it ends.
pub(crate) fn carry(class: Class, id: u64, arg: u64) -> Option<(u64, u64)> {
    let fate = FATES.iter().find(|known| known.0 == class).map(|known| known.1)?;
    Some(match fate {
        Fate::EndsWithControl => return None,
        Fate::Whose if arg > 0 => return None,
        Fate::GoesOn | Fate::Whose => (id, arg),
        Fate::AboutSomebody => (u64::from(ids::who(Who(id as u32)).0), arg),
        Fate::Charged => {
            let [by, because] = [48, 32].map(|shift| u64::from(ids::cause(CauseId((arg >> shift) as u16)).0));
            (id, by << 48 | because << 32 | arg & u64::from(u32::MAX))
        }
    })
}

/// The model that each class's rows belong to, in a user's words.
pub fn models() -> impl Iterator<Item = (Class, &'static str)> {
    let engine = [
        (Class::STATUS, "what goes up and down"),
        (Class::WAKE, "traffic"),
        (Class::MESSAGE, "traffic"),
        (Class::TIMER, "handshakes"),
    ];
    engine.into_iter().chain(MODELS.iter().copied())
}

const MODELS: &[(Class, &str)] = &[
    (ACCOUNT, "accounts"),
    (MISRULE, "firewalls"),
    (FIREWALL, "firewalls"),
    (SESSION, "handshakes"),
    (SUSPICION, "detection and isolation"),
    (ISOLATION, "detection and isolation"),
    (RELEASE, "detection and isolation"),
    (UPDATE, "updates"),
    (ONBOARDING, "onboarding"),
    (REKEY, "handshakes"),
    (LAST_STREAMS, "streams"),
    (BEGIN_OR_END, "patients"),
    (RESTART, "patients"),
    (MANUAL, "patients"),
    (PRESS, "patients"),
    (NOTICED, "patients"),
    (RESUME, "patients"),
    (SHIFT, "staff"),
    (EPISODE, "happenings"),
    (ARRIVAL, "happenings"),
    (ENTRY, "campaigns"),
    (SCAN, "campaigns"),
    (STEP, "campaigns"),
    (RESTORE, "campaigns"),
    (BATTERY, "batteries"),
    (HARVEST, "campaigns"),
    (NOTICE, "meshes"),
    (CONTACT, "local operation"),
    (EXCHANGE, "exchanges"),
    (POLL, "exchanges"),
    (LAST_EXCHANGES, "exchanges"),
    (SUPPORT, "happenings"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The constants are read from this very file.
    #[test]
    fn every_class_has_a_fate() {
        let text = include_str!("classes.rs");
        let written: Vec<u8> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("pub const ")?.split_once("Class(")?.1.strip_suffix(");")?.parse().ok()
            })
            .collect();
        let mut listed: Vec<u8> = FATES.iter().map(|fate| fate.0.0).collect();
        listed.sort_unstable();
        let mut sorted = written.clone();
        sorted.sort_unstable();
        assert!(written.len() > 20);
        assert!(MODELS.iter().map(|model| model.0).eq(FATES.iter().map(|fate| fate.0)));
        assert_eq!(listed, sorted);
    }
}
