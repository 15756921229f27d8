//! Radios as data: one file each in `radios/`.

use super::airtime::{self, Lora, ieee802154 as zigbee};
use crate::class::Source;
use crate::quantity::{Dimension, QuantityError, as_span, parse};
use serde::Deserialize;
use sim::fact::{By, CauseId};
use sim::math::{exp, pow};
use sim::medium::{Access, Acknowledge, Antenna, Causes, Judge, Medium, Windows};
use sim::names::Names;
use sim::time::Span;
use std::collections::BTreeMap;

/// Every radio: its name and its file.
pub const RADIOS: &[(&str, &str)] = &[
    ("lorawan-eu868", include_str!("../../radios/lorawan-eu868.toml")),
    ("ieee802154", include_str!("../../radios/ieee802154.toml")),
    ("wifi", include_str!("../../radios/wifi.toml")),
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
    /// OFDM; carrier sense in slots of 9 µs.
    #[serde(rename = "802.11")]
    Wifi,
}

/// When devices listen.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowsText {
    open: [String; 2],
    spreading: u8,
    duty_cycle: f64,
}

/// How frames are acknowledged, where they are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcknowledgeText {
    #[serde(default, deserialize_with = "as_span")]
    patience: Span,
    retries: u8,
}

/// How power falls with distance.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathLoss {
    at_one_metre: f64,
    exponent: f64,
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
/// Association, roaming, adaptive rates and beacons are left out; a Wi-Fi channel is one rate and one access category,
/// its wait is not frozen while others send, and frames are not aggregated. LoRaWAN's acknowledgement in the first
/// window has the uplink's spreading factor and lasts as long as a frame of 12 bytes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is, in words.
    pub title: String,
    framing: Framing,
    overhead: String,
    longest: Vec<String>,
    #[serde(default)]
    spreading: Vec<u8>,
    channels: u16,
    duty_cycle: Option<f64>,
    paths: u16,
    windows: Option<WindowsText>,
    acknowledge: AcknowledgeText,
    bit_rate: Option<String>,
    sends: f64,
    draws: String,
    sensitivity: Vec<f64>,
    /// A gateway's, where it is another.
    gateway_sensitivity: Option<Vec<f64>>,
    #[serde(default)]
    margin: Vec<Vec<f64>>,
    noise: Option<f64>,
    path_loss: PathLoss,
    /// How high its antennas stand.
    pub heights: Heights,
    /// Where each of these comes from.
    sources: BTreeMap<String, Source>,
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

fn milliwatts(dbm: f64) -> f64 {
    pow(10.0, dbm / 10.0)
}

/// Silence for each second on air under a duty cycle [ms].
fn silence(duty_cycle: f64) -> u32 {
    (1000.0 * (1.0 - duty_cycle) / duty_cycle).round() as u32
}

/// Bits that survive at a ratio of signal to interference and noise: IEEE 802.15.4-2006 annex E.4.1.8, O-QPSK:
/// BER = 8/15 · 1/16 · Σ_{k=2}^{16} (-1)^k C(16, k) exp(20 · SINR · (1/k - 1)).
pub fn oqpsk_bit_error(ratio: f64) -> f64 {
    let mut binomial = 16.0;
    let mut sum = 0.0;
    for k in 2..=16 {
        let k = f64::from(k);
        binomial *= (17.0 - k) / k;
        let sign = if (k as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
        sum += sign * binomial * exp(20.0 * ratio * (1.0 / k - 1.0));
    }
    (8.0 / 15.0 / 16.0 * sum).clamp(0.0, 0.5)
}

fn oqpsk_survive(ratio: f64, bits: f64) -> f64 {
    pow(1.0 - oqpsk_bit_error(ratio), bits)
}

/// IEEE 802.11n: a preamble of 36 µs, slots of 9 µs, a short gap of 16 µs.
/// Source: from memory, IEEE 802.11-2020 clauses 10 and 19.
mod wifi {
    use sim::time::Span;

    pub(super) const PREAMBLE: u64 = 36_000;
    pub(super) const SLOT: Span = Span(9_000);
    pub(super) const SHORT_GAP: Span = Span(16_000);
    pub(super) const DISTRIBUTED_GAP: Span = Span(34_000);
    pub(super) const ACKNOWLEDGEMENT: Span = Span(28_000);
}

impl Profile {
    fn quantity(&self, name: &str, text: &str, dimension: Dimension) -> Result<f64, RadioError> {
        parse(text, dimension).map_err(|source| RadioError::Quantity { radio: name.to_owned(), source })
    }

    /// How a device stands on the medium, at a place [m] and a rate.
    ///
    /// # Errors
    /// When the file's power does not read.
    pub fn antenna(&self, name: &str, at: [f64; 2], gateway: bool, room: u16) -> Result<Antenna, RadioError> {
        let height = if gateway { self.heights.gateway } else { self.heights.node };
        Ok(Antenna {
            at: [at[0], at[1], height],
            sends: milliwatts(self.sends),
            rate: 0,
            paths: if gateway { self.paths } else { 1 },
            room,
            draws: self.quantity(name, &self.draws, Dimension::Power)?,
            gateway,
        })
    }

    /// The medium of this radio, on which nobody stands yet.
    ///
    /// # Errors
    /// When a quantity of the file does not read.
    pub fn medium(&self, name: &str, changes: &Changes, names: &mut Names) -> Result<Medium, RadioError> {
        let overhead = match changes.overhead {
            Some(overhead) => overhead,
            None => self.quantity(name, &self.overhead, Dimension::Bytes)? as u32,
        };
        let mut airtimes = Vec::new();
        for (rate, longest) in self.longest.iter().enumerate() {
            let longest = self.quantity(name, longest, Dimension::Bytes)? as u32;
            // What a shorter header saves is room for payload.
            let longest = match self.framing {
                Framing::Ieee802154 => zigbee::LONGEST - overhead,
                Framing::Lora | Framing::Wifi => longest,
            };
            let own = (0..=longest).map(|bytes| self.airtime(name, rate, bytes + overhead));
            airtimes.push(own.collect::<Result<Vec<u64>, _>>()?);
        }
        let duty_cycle = changes.duty_cycle.or(self.duty_cycle).unwrap_or(1.0);
        let sensitivity: Vec<f64> = self.sensitivity.iter().map(|&dbm| milliwatts(dbm)).collect();
        let heard = sensitivity.first().copied().unwrap_or(0.0);
        let access = match self.framing {
            Framing::Lora => Access::Aloha { silence: silence(duty_cycle) },
            Framing::Ieee802154 => Access::Csma {
                step: zigbee::BACKOFF,
                first: zigbee::FIRST_EXPONENT,
                last: zigbee::LAST_EXPONENT,
                tries: zigbee::BACKOFFS,
                ahead: zigbee::TURNAROUND,
                heard,
            },
            Framing::Wifi => Access::Csma {
                step: wifi::SLOT,
                first: 4,
                last: 10,
                tries: u8::MAX - 1,
                ahead: Span::ZERO,
                heard,
            },
        };
        let judge = match self.noise.filter(|_| !changes.no_capture) {
            Some(noise) => Judge::Errors {
                sensitivity: heard,
                noise: milliwatts(noise),
                overhead,
                survive: oqpsk_survive,
            },
            None => {
                let above = self.gateway_sensitivity.as_ref().unwrap_or(&self.sensitivity);
                let above = above.iter().map(|&dbm| milliwatts(dbm)).collect();
                Judge::Capture { margin: self.margins(changes.no_capture), sensitivity: [sensitivity, above] }
            }
        };
        let cause = |names: &mut Names, by, name: &str| -> CauseId { names.cause(by, name) };
        let causes = Causes {
            collision: cause(names, By::Load, "frame collision"),
            weak: cause(names, By::Environment, "out of range"),
            noise: cause(names, By::Environment, "radio noise"),
            deaf: cause(names, By::Load, "receiver sending"),
            no_path: cause(names, By::Load, "no receive path"),
            busy: cause(names, By::Load, "channel never clear"),
            buffer: cause(names, By::Load, "radio buffer"),
        };
        let mut medium = Medium::new(airtimes, access, judge, causes);
        medium.channels = changes.channels.unwrap_or(self.channels);
        medium.path_loss = [self.path_loss.at_one_metre, 10.0 * self.path_loss.exponent];
        medium.gap = match self.framing {
            Framing::Lora if self.windows.is_some() => |_| Span(2 * Span::SECOND.0),
            Framing::Lora => |_| Span::ZERO,
            Framing::Ieee802154 => |bytes| zigbee::gap(bytes + 11),
            Framing::Wifi => |_| wifi::DISTRIBUTED_GAP,
        };
        if let Some(windows) = &self.windows {
            let [first, second] = [&windows.open[0], &windows.open[1]]
                .map(|text| self.quantity(name, text, Dimension::Time).map(Span::from_seconds));
            let rate = self.spreading.iter().position(|&one| one == windows.spreading).unwrap_or(0) as u8;
            medium.windows = Some(Windows {
                open: [first?, second?],
                second: (u16::MAX, rate),
                silence: silence(windows.duty_cycle),
            });
        }
        medium.acknowledge = changes.acknowledged.then(|| self.acknowledge_with());
        Ok(medium)
    }

    fn acknowledge_with(&self) -> Acknowledge {
        let retries = self.acknowledge.retries;
        match self.framing {
            Framing::Lora => {
                let spreading = self.spreading.first().copied().unwrap_or(7);
                let lasts = Lora::downlink(spreading).time_on_air(12);
                Acknowledge { after: Span::ZERO, lasts, patience: self.acknowledge.patience, retries }
            }
            Framing::Ieee802154 => Acknowledge {
                after: zigbee::TURNAROUND,
                lasts: zigbee::ACKNOWLEDGEMENT,
                // macAckWaitDuration: 54 symbols.
                patience: Span(54 * 16_000),
                retries,
            },
            Framing::Wifi => Acknowledge {
                after: wifi::SHORT_GAP,
                lasts: wifi::ACKNOWLEDGEMENT,
                patience: wifi::SHORT_GAP + wifi::SLOT + wifi::ACKNOWLEDGEMENT,
                retries,
            },
        }
    }

    fn airtime(&self, name: &str, rate: usize, bytes: u32) -> Result<u64, RadioError> {
        Ok(match self.framing {
            Framing::Lora => {
                let spreading = self.spreading.get(rate).copied().unwrap_or(12);
                Lora::uplink(spreading).time_on_air(bytes).0
            }
            Framing::Ieee802154 => airtime::ieee802154::frame(bytes).0,
            Framing::Wifi => {
                let rate = match &self.bit_rate {
                    Some(text) => self.quantity(name, text, Dimension::BitRate)?,
                    None => 1e6,
                };
                wifi::PREAMBLE + (f64::from(bytes) * 8e9 / rate).round() as u64
            }
        })
    }

    fn margins(&self, no_capture: bool) -> Vec<Vec<f64>> {
        let rates = self.longest.len();
        if !no_capture {
            return self.margin.clone();
        }
        let one = |own| (0..rates).map(|other| if own == other { 1e9 } else { -1e9 }).collect();
        (0..rates).map(one).collect()
    }

    /// Every number of the file with its source.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(field, source)| (field.as_str(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The standard's formula as ns-3's lr-wpan error model evaluates it.
    #[test]
    fn bit_and_packet_errors_are_the_standards() {
        for (decibel, bit, short, long) in
            [(0.0, 1.615e-4, 0.0255, 0.1514), (1.0, 1.291e-5, 0.0021, 0.0130), (-1.0, 1.149e-3, 0.168, 0.689)]
        {
            let ratio = milliwatts(decibel);
            assert!((oqpsk_bit_error(ratio) / bit - 1.0).abs() < 1e-3, "{decibel}");
            for (bytes, expected) in [(20.0, short), (127.0, long)] {
                let got = 1.0 - oqpsk_survive(ratio, bytes * 8.0);
                assert!((got - expected).abs() < 6e-4, "{decibel} {bytes}: {got}");
            }
        }
        assert!((1.0 - oqpsk_survive(milliwatts(0.404), 160.0) - 0.01).abs() < 1e-4);
    }
}
