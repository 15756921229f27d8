//! The kinds of fact that the engine itself records, and the register of all kinds.

use crate::fact::{Kind, kind};
use std::collections::BTreeMap;

/// Messages due in a slot [messages].
pub const DUE: Kind = kind("message.due");
/// Delivered by their deadline [messages].
pub const IN_TIME: Kind = kind("message.in-time");
/// Delivered after it [messages].
pub const LATE: Kind = kind("message.late");
/// Sent and never delivered [messages].
pub const LOST: Kind = kind("message.lost");
/// Due but never sent [messages].
pub const UNSENT: Kind = kind("message.unsent");
/// Under way at the horizon [messages].
pub const IN_FLIGHT: Kind = kind("message.in-flight");
/// From sent to delivered [ns].
pub const LATENCY: Kind = kind("message.latency");
/// The delay that additions made in a late message [ns].
pub const ADDED_DELAY: Kind = kind("charge.added-delay");
/// Charges for messages lost [1/1,000,000 message].
pub const CHARGE_LOST: [Kind; 2] = [kind("charge.message-lost"), kind("charge.message-lost.shared")];
/// Charges for messages never sent [1/1,000,000 message].
pub const CHARGE_UNSENT: [Kind; 2] = [kind("charge.message-unsent"), kind("charge.message-unsent.shared")];
/// Charges for messages late [1/1,000,000 message].
pub const CHARGE_LATE: [Kind; 2] = [kind("charge.message-late"), kind("charge.message-late.shared")];
/// Energy spent [µJ].
pub const ENERGY: Kind = kind("energy");
/// Devices of a fleet, at the start [devices].
pub const FLEET: Kind = kind("fleet.devices");

/// Charges for messages are in millionths, so that a message can be shared.
pub const MILLIONTHS: u64 = 1_000_000;

/// What is registered by the engine: name and unit.
pub const ALL: &[(&str, &str)] = &[
    ("message.due", "message"),
    ("message.in-time", "message"),
    ("message.late", "message"),
    ("message.lost", "message"),
    ("message.unsent", "message"),
    ("message.in-flight", "message"),
    ("message.latency", "ns"),
    ("charge.added-delay", "ns"),
    ("charge.message-lost", "1e-6 message"),
    ("charge.message-lost.shared", "1e-6 message"),
    ("charge.message-unsent", "1e-6 message"),
    ("charge.message-unsent.shared", "1e-6 message"),
    ("charge.message-late", "1e-6 message"),
    ("charge.message-late.shared", "1e-6 message"),
    ("energy", "µJ"),
    ("fleet.devices", "device"),
];

/// A kind was registered twice with different units, or two names share a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Two names, one hash.
    #[error("the kinds `{0}` and `{1}` have the same hash")]
    Collision(String, String),
    /// One name, two units.
    #[error("the kind `{name}` is registered in {first} and in {second}")]
    Unit {
        /// The kind.
        name: String,
        /// The unit that stands.
        first: String,
        /// The unit that was asked for.
        second: String,
    },
}

/// Every kind of a run, with its name and unit.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    known: BTreeMap<Kind, (String, String)>,
}

impl Kinds {
    /// Register a kind.
    ///
    /// # Errors
    /// A collision of two names, or a unit that differs from the registered one.
    pub fn register(&mut self, name: &str, unit: &str) -> Result<Kind, KindError> {
        let id = kind(name);
        match self.known.get(&id) {
            Some((known, _)) if known != name => Err(KindError::Collision(known.clone(), name.to_owned())),
            Some((_, first)) if first != unit => {
                Err(KindError::Unit { name: name.to_owned(), first: first.clone(), second: unit.to_owned() })
            }
            Some(_) => Ok(id),
            None => {
                self.known.insert(id, (name.to_owned(), unit.to_owned()));
                Ok(id)
            }
        }
    }

    /// The name of a kind.
    pub fn name(&self, kind: Kind) -> Option<&str> {
        self.known.get(&kind).map(|(name, _)| name.as_str())
    }

    /// The unit of a kind.
    pub fn unit(&self, kind: Kind) -> Option<&str> {
        self.known.get(&kind).map(|(_, unit)| unit.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_unit() {
        let mut kinds = Kinds::default();
        assert_eq!(kinds.register("energy", "µJ"), Ok(ENERGY));
        assert_eq!(kinds.register("energy", "µJ"), Ok(ENERGY));
        assert!(matches!(kinds.register("energy", "J"), Err(KindError::Unit { .. })));
    }
}
