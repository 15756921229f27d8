//! The facets of a device class: what it computes with, what it is linked by, what it can and cannot do.

use crate::frames::Carrier;
use crate::power::Radio;
use crate::quantity::{as_bit_rate, as_bytes, as_hertz, as_rate, as_seconds, as_time_law, as_watts};
use serde::{Deserialize, Serialize};
use sim::law::Law;
use sim::time::Span;

/// What a device is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It measures.
    Sense,
    /// It moves, doses, switches.
    Act,
    /// It protects people when everything else has failed, or calls them.
    Safety,
    /// It computes, stores and shows.
    Compute,
    /// It carries others' traffic.
    Network,
}

/// Which of the worlds that meet in a fleet it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A medical device.
    Medical,
    /// Operational technology: buildings and plant.
    Ot,
    /// A connected thing that belongs to neither.
    Iot,
    /// Information technology.
    It,
}

/// What it does when the network is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutOff {
    /// Goes on with the programme it has; new orders wait.
    HoldProgram,
    /// Goes on and still calls whoever stands near.
    LocalAlarm,
    /// Nobody sees or hears it until the network is back.
    GoDark,
    /// Keeps its records and sends them later.
    StoreAndForward,
    /// Its own loop holds the last set point.
    LocalLoop,
    /// Its work stops.
    Stop,
}

/// The family of the processor, by which costs of cryptography are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the name of a processor family")]
pub enum Core {
    #[serde(rename = "Cortex-M0+")]
    CortexM0Plus,
    #[serde(rename = "Cortex-M3")]
    CortexM3,
    #[serde(rename = "Cortex-M4")]
    CortexM4,
    #[serde(rename = "Cortex-M7")]
    CortexM7,
    #[serde(rename = "ARM926")]
    Arm926,
    #[serde(rename = "Cortex-A7")]
    CortexA7,
    #[serde(rename = "Cortex-A8")]
    CortexA8,
    #[serde(rename = "Cortex-A9")]
    CortexA9,
    #[serde(rename = "Cortex-A53")]
    CortexA53,
    #[serde(rename = "Cortex-A72")]
    CortexA72,
    #[serde(rename = "x86-64")]
    X86,
}

impl Core {
    /// The name as data files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CortexM0Plus => "Cortex-M0+",
            Self::CortexM3 => "Cortex-M3",
            Self::CortexM4 => "Cortex-M4",
            Self::CortexM7 => "Cortex-M7",
            Self::Arm926 => "ARM926",
            Self::CortexA7 => "Cortex-A7",
            Self::CortexA8 => "Cortex-A8",
            Self::CortexA9 => "Cortex-A9",
            Self::CortexA53 => "Cortex-A53",
            Self::CortexA72 => "Cortex-A72",
            Self::X86 => "x86-64",
        }
    }
}

/// What it computes with: the part that speaks to the network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// Processor family.
    pub core: Core,
    /// Clock [Hz].
    #[serde(deserialize_with = "as_hertz")]
    pub clock: f64,
    /// Working memory [B].
    #[serde(deserialize_with = "as_bytes")]
    pub ram: u64,
    /// Program memory or disk [B].
    #[serde(deserialize_with = "as_bytes")]
    pub flash: u64,
    /// Power of the computing part while it computes [W].
    #[serde(deserialize_with = "as_watts")]
    pub active_power: f64,
    /// Power of the same part while it waits for work [W].
    #[serde(deserialize_with = "as_watts")]
    pub sleep_power: f64,
}

/// What a device is linked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Medium {
    /// IEEE 802.11, through an access point.
    #[serde(rename = "wifi")]
    Wifi,
    /// Ethernet.
    #[serde(rename = "wired")]
    Wired,
    /// IEEE 802.15.4, through a gateway.
    #[serde(rename = "802.15.4")]
    Ieee802154,
    /// Bluetooth Low Energy, through a gateway.
    #[serde(rename = "ble")]
    Ble,
    /// LoRaWAN, through a gateway.
    #[serde(rename = "lora")]
    Lora,
    /// LTE-M or NB-IoT.
    #[serde(rename = "cellular")]
    Cellular,
    /// A satellite.
    #[serde(rename = "satellite")]
    Satellite,
}

/// The device's own link to the network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What carries it.
    pub medium: Medium,
    /// Useful rate, overheads of the medium taken off [bit/s].
    #[serde(deserialize_with = "as_bit_rate")]
    pub rate: f64,
    /// One-way latency between the device and the network [s].
    #[serde(deserialize_with = "as_time_law")]
    pub latency: Law,
    /// Share of messages lost after the medium's own retries [1].
    pub loss: f64,
    /// What takes its messages in pieces; omitted: the rate tells.
    #[serde(default)]
    pub carrier: Option<Carrier>,
    /// What its radio draws; omitted: the device is not one that lives on a battery.
    #[serde(default)]
    pub radio: Option<Radio>,
}

/// How its cryptography is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Library {
    /// The fastest code known for the core.
    Best,
    /// Portable C, as most products ship.
    Portable,
    /// Built for the least memory.
    Smallest,
    /// With a hardware engine.
    Hardware,
}

/// What a device can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaks {
    /// No protection.
    Plain,
    /// Symmetric keys put in beforehand.
    Psk,
    /// TLS 1.0 and 1.1, withdrawn by RFC 8996.
    Tls10,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
    /// EDHOC and OSCORE over CoAP.
    Edhoc,
    /// LoRaWAN's own session.
    Lorawan,
    /// The end of a tunnel: MACsec, WireGuard.
    Tunnel,
    /// Key agreement and signatures that a quantum computer does not break.
    Pqc,
}

/// Its cryptography.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crypto {
    /// How it is built.
    pub library: Library,
    /// What it can speak, weakest first.
    pub speaks: Vec<Speaks>,
}

/// Its software and how that is kept.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firmware {
    /// The family of operating systems: one faulty update, or one worm, hits a family.
    pub os: String,
    /// Share of devices whose system gets no fixes any more [1].
    pub unsupported_share: f64,
    /// Share of devices with a known, critical, unmended weakness that the network can reach [1].
    pub exploitable_share: f64,
    /// Whether an update is checked before it is installed.
    pub signed_updates: bool,
    /// Time from the start of a reboot until it works again [s].
    #[serde(deserialize_with = "as_time_law")]
    pub reboot: Law,
    /// Time an update takes before that reboot [s].
    #[serde(deserialize_with = "as_time_law")]
    pub update: Law,
}

/// Who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Login {
    /// People, many times a day.
    Interactive,
    /// Technicians and programs, with an account of the device.
    Service,
    /// Nobody: there is nothing to log in to.
    None,
}

/// Its accounts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Who logs in.
    pub login: Login,
    /// Share of devices that still have the maker's or another weak password [1].
    pub default_password_share: f64,
}

/// How long its processor is busy with one message, cryptography apart.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// For any message [s].
    #[serde(deserialize_with = "as_seconds")]
    pub per_message: f64,
    /// For each of its bytes [s].
    #[serde(deserialize_with = "as_seconds")]
    pub per_byte: f64,
    /// Who is served first; omitted: who came first.
    #[serde(default)]
    pub order: Order,
}

/// Who is served first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Who came first.
    #[default]
    FirstCome,
    /// All at once, each as fast as the others: a processor that shares its time.
    Shared,
}

impl Service {
    /// The time for a message of this many bytes.
    pub fn time(&self, bytes: u64) -> Span {
        Span::from_seconds(self.per_message + self.per_byte * bytes as f64)
    }
}

/// How it breaks and is mended.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// True faults, reports that cannot be reproduced left out [1/s].
    #[serde(deserialize_with = "as_rate")]
    pub rate: f64,
    /// Time until it is back in use [s].
    #[serde(deserialize_with = "as_time_law")]
    pub repair: Law,
}
