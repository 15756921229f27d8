//! Techniques, one file each: what an adversary can do to a device, and what it needs for that.
//!
//! A technique is tried by [`crate::attempt`]; whether it works is decided where and when the attempt arrives,
//! from what each technique needs and from nothing else.

mod default_credentials;
mod exploit_public_facing;
mod exploit_remote_service;
mod external_remote_services;
mod loss_of_availability;
mod phishing;
mod transient_asset;
mod unauthorized_command;
mod valid_accounts;

use crate::attempt::Attempt;
use crate::site::devices::{Credential, Devices};
use crate::site::ground::Ground;
use ::devices::class::{Login, Role};
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::message::DeviceId;
use std::collections::BTreeSet;
use std::fmt;

/// The version of MITRE ATT&CK for ICS whose ids are used here: ids move between versions.
pub const ATTACK_VERSION: &str = "18.1";

/// A tactic of ATT&CK for ICS: what a technique is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tactic {
    /// To get a first foothold.
    InitialAccess,
    /// To go from one device to the next.
    LateralMovement,
    /// To make the physical process do something else.
    ImpairProcessControl,
    /// To do the damage.
    Impact,
}

impl Tactic {
    /// Its name in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitialAccess => "Initial Access",
            Self::LateralMovement => "Lateral Movement",
            Self::ImpairProcessControl => "Impair Process Control",
            Self::Impact => "Impact",
        }
    }
}

/// Something that must be so at the target when an attempt arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// There is something to log in to.
    Login,
    /// People work at it.
    People,
    /// Its secret can be guessed.
    WeakSecret,
    /// The adversary knows its secret.
    KnownSecret,
    /// It has a known weakness that the network can reach.
    OpenWeakness,
    /// It is an actuator.
    Actuator,
    /// Somebody uses it.
    InUse,
}

/// What a need is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// What stands where.
    pub ground: &'a Ground,
    /// What each device is like.
    pub devices: &'a Devices,
    /// The secrets that the adversary knows.
    pub known: &'a BTreeSet<Credential>,
}

impl Truth<'_> {
    /// Whether a need is met at a device.
    pub fn meets(&self, need: Need, device: DeviceId) -> bool {
        let class = self.ground.class(device);
        match need {
            Need::Login => class.accounts.login != Login::None,
            Need::People => class.accounts.login == Login::Interactive,
            Need::WeakSecret => self.devices.is_guessable(device),
            Need::KnownSecret => {
                self.devices.credential(device).is_some_and(|secret| self.known.contains(&secret))
            }
            Need::OpenWeakness => self.devices.is_exploitable(device),
            Need::Actuator => class.role == Role::Act,
            Need::InUse => self.devices.in_use(device),
        }
    }

    /// Whether a technique has all it needs at a device.
    pub fn allows(&self, technique: &TechniqueDef, device: DeviceId) -> bool {
        technique.needs.iter().all(|&need| self.meets(need, device))
    }
}

/// What an adversary types at a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// Nothing: it does not log in, or did so before the run.
    None,
    /// One that it knows.
    Known,
    /// A list of likely ones, in order.
    List,
}

/// A technique.
pub struct TechniqueDef {
    /// Its name here, and the topic of its facts.
    pub id: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// Its id in ATT&CK for ICS.
    pub attack_id: &'static str,
    /// What it is for.
    pub tactic: Tactic,
    /// What it needs at the target.
    pub needs: &'static [Need],
    /// What is typed where somebody must log in.
    pub secret: Secret,
    /// What it does where all it needs is there; false if that changed nothing.
    pub attempt: fn(&mut Core, &mut World, &Attempt) -> bool,
}

impl fmt::Debug for TechniqueDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "technique {}", self.id)
    }
}

/// A technique by its place in [`ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TechniqueId(pub u8);

/// All techniques; their order is that of the ids below.
pub const ALL: &[TechniqueDef] = &[
    default_credentials::DEF,
    exploit_public_facing::DEF,
    exploit_remote_service::DEF,
    external_remote_services::DEF,
    loss_of_availability::DEF,
    phishing::DEF,
    transient_asset::DEF,
    unauthorized_command::DEF,
    valid_accounts::DEF,
];

macro_rules! ids {
    ($($name:ident $at:literal,)*) => { $(
        #[doc = concat!("The id of `techniques::ALL[", stringify!($at), "]`.")]
        pub const $name: TechniqueId = TechniqueId($at);
    )* };
}

ids! {
    DEFAULT_CREDENTIALS 0,
    EXPLOIT_PUBLIC_FACING 1,
    EXPLOIT_REMOTE_SERVICE 2,
    EXTERNAL_REMOTE_SERVICES 3,
    LOSS_OF_AVAILABILITY 4,
    PHISHING 5,
    TRANSIENT_ASSET 6,
    UNAUTHORIZED_COMMAND 7,
    VALID_ACCOUNTS 8,
}

impl TechniqueId {
    /// The technique.
    pub fn def(self) -> Option<&'static TechniqueDef> {
        ALL.get(usize::from(self.0))
    }
}

/// The technique of this name.
pub fn find(id: &str) -> Option<&'static TechniqueDef> {
    ALL.iter().find(|def| def.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/techniques");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|file| Some(file.unwrap().path().file_stem()?.to_str()?.replace('_', "-")))
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        assert_eq!(files, ALL.iter().map(|def| def.id).collect::<Vec<_>>());
    }

    #[test]
    fn an_id_leads_to_its_technique() {
        for (id, name) in [
            (DEFAULT_CREDENTIALS, "default-credentials"),
            (EXPLOIT_PUBLIC_FACING, "exploit-public-facing"),
            (EXPLOIT_REMOTE_SERVICE, "exploit-remote-service"),
            (EXTERNAL_REMOTE_SERVICES, "external-remote-services"),
            (LOSS_OF_AVAILABILITY, "loss-of-availability"),
            (PHISHING, "phishing"),
            (TRANSIENT_ASSET, "transient-asset"),
            (UNAUTHORIZED_COMMAND, "unauthorized-command"),
            (VALID_ACCOUNTS, "valid-accounts"),
        ] {
            assert_eq!(id.def().map(|def| def.id), Some(name));
        }
    }

    /// The catalogue itself, where it is at hand: every id serves the tactic named here.
    #[test]
    fn ids_and_tactics_are_those_of_the_catalogue() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/data/standards/attack_ics_techniques.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: the catalogue is not at hand");
            return;
        };
        assert!(text.contains(&format!("v{ATTACK_VERSION},")), "the catalogue has another version");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for def in ALL {
            let known = rows.iter().any(|row| &row[3] == def.attack_id && &row[1] == def.tactic.name());
            assert!(known, "{}: {} does not serve {}", def.id, def.attack_id, def.tactic.name());
        }
    }
}
