//! The kinds of facts that reports read, by the names under which the simulation records them.
//!
//! Amounts are integers in the unit given here. A fact about a length of time is recorded at that length's end.

use serde::{Deserialize, Serialize};
use sim::fact::{Kind, kind};

/// Messages that were due [1]: who = device, topic = flow.
pub const MESSAGE_DUE: Kind = kind("message.due");
/// Messages that arrived before their deadline [1].
pub const MESSAGE_IN_TIME: Kind = kind("message.in-time");
/// Messages that arrived after their deadline [1].
pub const MESSAGE_LATE: Kind = kind("message.late");
/// Messages that were sent and never arrived [1].
pub const MESSAGE_LOST: Kind = kind("message.lost");
/// Messages that were due and never sent [1].
pub const MESSAGE_UNSENT: Kind = kind("message.unsent");
/// Messages still on their way at the horizon [1].
pub const MESSAGE_IN_FLIGHT: Kind = kind("message.in-flight");
/// How long a delivered message took [ns]; of a stream, a sample.
pub const MESSAGE_LATENCY: Kind = kind("message.latency");
/// Time for which a patient needed a function [ns]: who = patient, topic = function.
pub const CARE_NEEDED: Kind = kind("care.needed");
/// Part of that time in which the function was not to be had [ns].
pub const CARE_LOST: Kind = kind("care.lost");
/// Time of a person below 85 % oxygen saturation [ns].
pub const HARM_HYPOXAEMIA: Kind = kind("harm.hypoxaemia");
/// Time of a person in pain [ns].
pub const HARM_PAIN: Kind = kind("harm.pain");
/// A device came under (+1) or left (-1) hostile control.
pub const DEVICE_TAKEN: Kind = kind("device.taken");
/// An actuator came under hostile control.
pub const ACTUATOR_HOSTILE: Kind = kind("actuator.hostile");
/// Time for which a device of a product was to give a function [ns]: who = device, topic = product and function.
pub const FUNCTION_DUE: Kind = kind("function.due");
/// Part of that time in which it could not [ns].
pub const FUNCTION_LOST: Kind = kind("function.lost");
/// Commands that came from another than the receiver's first authority [1].
pub const COMMAND_BY_FALLBACK: Kind = kind("command.by-fallback");
/// Commands that did not come while the last one stayed in force [1].
pub const COMMAND_HELD: Kind = kind("command.held");
/// Energy that devices used [µJ].
pub const ENERGY: Kind = kind("energy");
/// Devices in the fleet [1], recorded at the start.
pub const FLEET_DEVICES: Kind = kind("fleet.devices");

/// How long a new battery lasts at what its device drew [h].
pub const BATTERY_LASTS: Kind = kind("battery.lasts");
/// All that a device on a battery drew [µJ].
pub const BATTERY_DRAWN: Kind = kind("battery.drawn");
/// Of that, what controls added [µJ].
pub const BATTERY_ADDED: Kind = kind("battery.added");
/// How long a transmitter was on air [µs].
pub const AIRTIME: Kind = kind("airtime");
/// Record-years that a harvester will read [1/1,000].
pub const EXPOSED: Kind = kind("exposure.record-years");
/// Records that it makes [1].
pub const RECORDED: Kind = kind("exposure.recorded");
/// Devices whose messages a quantum computer will read at the recording's end [1/1,000].
pub const NOT_MIGRATED: Kind = kind("exposure.not-migrated");
/// Devices that it hears [1/1,000].
pub const OVERHEARD: Kind = kind("exposure.overheard");
/// A flow's margin by Mosca's inequality [day].
pub const MARGIN: Kind = kind("exposure.margin");

/// A kind of loss. Each has its own ledger; they are never summed with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Time in which a function that a patient needed was not to be had.
    Care,
    /// Messages due and never sent.
    MessageUnsent,
    /// Messages sent and never delivered.
    MessageLost,
    /// Messages delivered after their deadline.
    MessageLate,
    /// Time of persons below 85 % oxygen saturation.
    Hypoxaemia,
    /// Time of persons in pain.
    Pain,
    /// Time in which a device of a product could not give a function.
    Function,
}

impl Loss {
    /// Every kind of loss, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Care,
        Self::MessageUnsent,
        Self::MessageLost,
        Self::MessageLate,
        Self::Hypoxaemia,
        Self::Pain,
        Self::Function,
    ];

    /// The name used in results.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::MessageUnsent => "message-unsent",
            Self::MessageLost => "message-lost",
            Self::MessageLate => "message-late",
            Self::Hypoxaemia => "hypoxaemia",
            Self::Pain => "pain",
            Self::Function => "function",
        }
    }

    /// The unit in which results give it.
    pub const fn unit(self) -> &'static str {
        if self.is_messages() { "messages" } else { "s" }
    }

    /// Whether messages are counted, or time.
    pub const fn is_messages(self) -> bool {
        matches!(self, Self::MessageUnsent | Self::MessageLost | Self::MessageLate)
    }

    /// The kind that measures it; the fold over it sees no charge.
    pub const fn measured(self) -> Kind {
        match self {
            Self::Care => CARE_LOST,
            Self::MessageUnsent => MESSAGE_UNSENT,
            Self::MessageLost => MESSAGE_LOST,
            Self::MessageLate => MESSAGE_LATE,
            Self::Hypoxaemia => HARM_HYPOXAEMIA,
            Self::Pain => HARM_PAIN,
            Self::Function => FUNCTION_LOST,
        }
    }

    /// The kind of a charge to one cause that acted alone. A negative amount is a credit.
    pub const fn alone(self) -> Kind {
        match self {
            Self::Care => kind("charge.care"),
            Self::MessageUnsent => kind("charge.message-unsent"),
            Self::MessageLost => kind("charge.message-lost"),
            Self::MessageLate => kind("charge.message-late"),
            Self::Hypoxaemia => kind("charge.hypoxaemia"),
            Self::Pain => kind("charge.pain"),
            Self::Function => kind("charge.function"),
        }
    }

    /// The kind of a charge to one of several causes that acted at the same instant.
    pub const fn shared(self) -> Kind {
        match self {
            Self::Care => kind("charge.care.shared"),
            Self::MessageUnsent => kind("charge.message-unsent.shared"),
            Self::MessageLost => kind("charge.message-lost.shared"),
            Self::MessageLate => kind("charge.message-late.shared"),
            Self::Hypoxaemia => kind("charge.hypoxaemia.shared"),
            Self::Pain => kind("charge.pain.shared"),
            Self::Function => kind("charge.function.shared"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_kinds_share_a_hash_and_a_charge_bears_its_losss_name() {
        let named = [
            MESSAGE_DUE,
            MESSAGE_IN_TIME,
            MESSAGE_LATE,
            MESSAGE_LOST,
            MESSAGE_UNSENT,
            MESSAGE_IN_FLIGHT,
            MESSAGE_LATENCY,
            CARE_NEEDED,
            CARE_LOST,
            HARM_HYPOXAEMIA,
            HARM_PAIN,
            DEVICE_TAKEN,
            ACTUATOR_HOSTILE,
            FUNCTION_DUE,
            FUNCTION_LOST,
            COMMAND_BY_FALLBACK,
            COMMAND_HELD,
            ENERGY,
            FLEET_DEVICES,
            BATTERY_LASTS,
            BATTERY_DRAWN,
            BATTERY_ADDED,
            AIRTIME,
            EXPOSED,
            RECORDED,
            NOT_MIGRATED,
            OVERHEARD,
            MARGIN,
        ];
        let charges = Loss::ALL.iter().flat_map(|loss| [loss.alone(), loss.shared()]);
        let all: BTreeSet<Kind> = named.into_iter().chain(charges).collect();
        assert_eq!(all.len(), named.len() + 14);
        for loss in Loss::ALL {
            assert_eq!(loss.alone(), kind(&format!("charge.{}", loss.id())));
            assert_eq!(loss.shared(), kind(&format!("charge.{}.shared", loss.id())));
        }
    }
}
