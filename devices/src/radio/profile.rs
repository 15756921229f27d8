//! Radios as data: one file each in `radios/`.

use crate::class::Source;
use crate::frames::Carrier;
use crate::quantity::{Dimension, QuantityError, as_span, as_watts, parse};
use serde::Deserialize;
use sim::time::Span;
use std::collections::BTreeMap;

/// Every radio: its name and its file.
pub const RADIOS: &[(&str, &str)] = &[
    ("lorawan-eu868", include_str!("../../radios/lorawan-eu868.toml")),
    ("ieee802154", include_str!("../../radios/ieee802154.toml")),
    ("wifi", include_str!("../../radios/wifi.toml")),
    ("ble", include_str!("../../radios/ble.toml")),
    ("nb-iot", include_str!("../../radios/nb-iot.toml")),
    ("lte-m", include_str!("../../radios/lte-m.toml")),
    ("satellite-burst", include_str!("../../radios/satellite-burst.toml")),
    ("modbus-rtu", include_str!("../../radios/modbus-rtu.toml")),
    ("ethernet", include_str!("../../radios/ethernet.toml")),
];

/// How bytes become airtime, and how senders take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Framing {
    /// LoRa chirps; pure ALOHA under a duty cycle.
    #[serde(rename = "lora")]
    Lora,
    /// O-QPSK at 250 kbit/s; unslotted carrier sense.
    #[serde(rename = "802.15.4")]
    Ieee802154,
    /// OFDM; random waits in slots of 9 µs that stand still while others send.
    #[serde(rename = "802.11")]
    Wifi,
    /// Bluetooth Low Energy at 1 Mbit/s; meetings at instants of each device's own.
    #[serde(rename = "ble")]
    Ble,
    /// Packets at the rate of a coverage class; granted times.
    #[serde(rename = "cellular")]
    Cellular,
    /// Bursts through a satellite whose length grows with their bytes.
    #[serde(rename = "burst")]
    Burst,
    /// Characters of eleven bits on a line with one master.
    #[serde(rename = "serial")]
    Serial,
    /// Frames of Ethernet on a wire of each device's own.
    #[serde(rename = "ethernet")]
    Ethernet,
}

impl Framing {
    /// Whether what a device's carrier makes of its messages is what this radio makes of them.
    pub const fn is_of(self, carrier: &Carrier) -> bool {
        matches!(
            (self, carrier),
            (Self::Lora, Carrier::Lora { .. })
                | (Self::Ieee802154, Carrier::Ieee802154 { .. })
                | (Self::Ble, Carrier::Ble { .. })
                | (Self::Cellular, Carrier::Cellular { .. })
                | (Self::Burst, Carrier::Burst)
                | (Self::Ethernet, Carrier::Ethernet { .. })
        )
    }
}

/// When devices listen.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowsText {
    pub(super) open: [String; 2],
    pub(super) spreading: u8,
    pub(super) duty_cycle: f64,
    /// How many symbols a window in which nothing begins stays open.
    pub(super) symbols: u32,
}

/// What it draws.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrawsText {
    #[serde(deserialize_with = "as_watts")]
    pub(super) sends: f64,
    #[serde(deserialize_with = "as_watts")]
    pub(super) receives: f64,
    #[serde(deserialize_with = "as_watts")]
    pub(super) listens: f64,
    #[serde(deserialize_with = "as_watts")]
    pub(super) rests: f64,
}

/// Meetings of a device and its gateway.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetsText {
    #[serde(deserialize_with = "as_span")]
    pub(super) every: Span,
    #[serde(deserialize_with = "as_span")]
    pub(super) supervision: Span,
}

/// A master's rounds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PollsText {
    /// A request that carries nothing, an answer that has nothing to tell, the answer to what was written, and what
    /// surrounds what is written [B].
    pub(super) request: u32,
    pub(super) empty: u32,
    pub(super) written: u32,
    pub(super) writes: u32,
    /// Silence before each frame [characters], and the least of it.
    pub(super) silence: f64,
    #[serde(deserialize_with = "as_span")]
    pub(super) least_silence: Span,
    #[serde(deserialize_with = "as_span")]
    pub(super) turn: Span,
    #[serde(deserialize_with = "as_span")]
    pub(super) patience: Span,
    pub(super) tries: u8,
    #[serde(deserialize_with = "as_span")]
    pub(super) every: Span,
}

/// Times that a network grants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantsText {
    #[serde(deserialize_with = "as_span")]
    pub(super) every: Span,
    pub(super) preambles: u16,
    pub(super) calls: [String; 3],
    pub(super) setup: [String; 3],
    pub(super) tries: u8,
    #[serde(deserialize_with = "as_span")]
    pub(super) backoff: Span,
    #[serde(deserialize_with = "as_span")]
    pub(super) stays: Span,
    pub(super) lanes: u16,
    #[serde(deserialize_with = "as_span")]
    pub(super) pages: Span,
    #[serde(deserialize_with = "as_span")]
    pub(super) listens: Span,
    pub(super) pass: [String; 2],
}

/// How frames are acknowledged, where they are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcknowledgeText {
    #[serde(default, deserialize_with = "as_span")]
    pub(super) patience: Span,
    pub(super) retries: u8,
}

/// How power falls with distance.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathLoss {
    pub(super) at_one_metre: f64,
    pub(super) exponent: f64,
}

/// How high antennas stand [m].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heights {
    /// A gateway's.
    pub gateway: f64,
    /// A node's.
    pub node: f64,
}

/// A radio and the rules of its band.
///
/// # Differs from the real thing
/// Association, roaming and beacons are left out; a device sends at the fastest rate that reaches, for good. A Wi-Fi
/// channel has one access category and frames are not aggregated. LoRaWAN's acknowledgement is a frame of its own of
/// 12 bytes at the window's spreading factor. Bluetooth hops over its channels without meeting other piconets. A cell's
/// classes of coverage differ in rate and in the time that a connection takes to set up. A switch never drops a frame
/// but for want of room before a port.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is, in words.
    pub title: String,
    /// How bytes become airtime.
    pub framing: Framing,
    pub(super) overhead: String,
    pub(super) longest: Vec<String>,
    #[serde(default)]
    pub(super) spreading: Vec<u8>,
    pub(super) channels: u16,
    pub(super) duty_cycle: Option<f64>,
    pub(super) paths: u16,
    pub(super) windows: Option<WindowsText>,
    pub(super) acknowledge: Option<AcknowledgeText>,
    pub(super) meets: Option<MeetsText>,
    pub(super) polls: Option<PollsText>,
    pub(super) grants: Option<GrantsText>,
    /// From the fastest to the slowest, where the radio's framing leaves it open.
    #[serde(default)]
    pub(super) rates: Vec<String>,
    pub(super) bit_errors: Option<f64>,
    pub(super) sends: f64,
    pub(super) draws: DrawsText,
    pub(super) sensitivity: Vec<f64>,
    /// A gateway's, where it is another.
    pub(super) gateway_sensitivity: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) margin: Vec<Vec<f64>>,
    pub(super) noise: Option<f64>,
    pub(super) path_loss: PathLoss,
    /// How high its antennas stand.
    pub heights: Heights,
    /// Where each of these comes from.
    pub(super) sources: BTreeMap<String, Source>,
}

/// What a place changes about a radio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Changes {
    /// How many channels senders draw from.
    pub channels: Option<u16>,
    /// The share of time that a sender may be on air.
    pub duty_cycle: Option<f64>,
    /// How many frames a gateway receives at once.
    pub paths: Option<u16>,
    /// Whether frames to the gateway are acknowledged.
    pub acknowledged: bool,
    /// Whether the stronger of two frames may survive; if not, any overlap on a channel kills both.
    pub no_capture: bool,
    /// What each frame carries besides the payload [B].
    pub overhead: Option<u32>,
    /// The share of bits that noise turns over.
    pub bit_errors: Option<f64>,
    /// The rate of every device [bit/s].
    pub bit_rate: Option<f64>,
    /// From one round, meeting or call to the next.
    pub interval: Option<Span>,
}

/// A radio that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RadioError {
    /// There is none of this name.
    #[error("no radio is called `{0}`")]
    Unknown(String),
    /// Its file does not read.
    #[error("radio `{radio}` does not read")]
    Malformed {
        /// Which.
        radio: String,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// Its file lacks what its framing needs.
    #[error("radio `{0}` lacks the rules of its framing")]
    Incomplete(String),
    /// A quantity in its file does not read.
    #[error("radio `{radio}`: a quantity does not read")]
    Quantity {
        /// Which.
        radio: String,
        /// Why.
        #[source]
        source: QuantityError,
    },
}

/// The radio of this name.
///
/// # Errors
/// When there is none, or its file does not read.
pub fn radio(name: &str) -> Result<Profile, RadioError> {
    let Some((_, text)) = RADIOS.iter().find(|known| known.0 == name) else {
        return Err(RadioError::Unknown(name.to_owned()));
    };
    toml::from_str(text).map_err(|source| RadioError::Malformed { radio: name.to_owned(), source })
}

impl Profile {
    pub(super) fn quantity(&self, name: &str, text: &str, dimension: Dimension) -> Result<f64, RadioError> {
        parse(text, dimension).map_err(|source| RadioError::Quantity { radio: name.to_owned(), source })
    }

    /// Whether devices and gateways may meet at this interval; only Bluetooth's have bounds. Source: Bluetooth Core 5.4,
    /// volume 6 part B section 4.5.1.
    pub fn may_meet(&self, every: Span) -> bool {
        self.framing != Framing::Ble || (7_500_000..=4 * Span::SECOND.0).contains(&every.0)
    }

    /// Every number of the file with its source.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(field, source)| (field.as_str(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::names::Names;

    #[test]
    fn every_radio_reads_and_names_a_source_for_every_number() {
        for (name, text) in RADIOS {
            let profile = radio(name).unwrap();
            let table: toml::Table = toml::from_str(text).unwrap();
            let numbers: Vec<&String> =
                table.keys().filter(|key| !["title", "framing", "sources"].contains(&key.as_str())).collect();
            let sourced: Vec<&String> = profile.sources.keys().collect();
            assert_eq!(numbers, sourced, "{name}");
            profile.medium(name, &Changes::default(), &mut Names::default()).unwrap();
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/radios")).unwrap().count();
        assert_eq!(files, RADIOS.len());
    }
}
