//! Frames: what becomes of a message on a carrier that takes it in pieces.
//!
//! # Differs from the real thing
//! Fragments of LoRaWAN carry no header of their own beside that of every frame, though the alliance's
//! fragmentation (TS004) asks for three bytes of 51. A device of class A hears a downlink only after it has sent;
//! that wait is not here. Frames do not collide and are not lost here: that is the medium's affair.

use crate::quantity::as_bit_rate;
use crate::radio::airtime::{Lora, at_rate, ble, burst, ethernet, ieee802154, lorawan_most, off_time};
use serde::Deserialize;
use sim::frames::Framed;
use sim::time::Span;

/// Header, address, counter, port and integrity code of a LoRaWAN frame [B]. Source: LoRaWAN 1.0.4 section 4.
const LORAWAN_HEADER: u32 = 13;
/// Link-layer header and checksum with long addresses compressed to a personal network [B]; the note's 23.
const MESH_HEADER: u32 = 23;
/// A compressed header of IP and UDP [B]. Source: RFC 6282.
const MESH_NETWORK: u32 = 10;
/// The headers of IPv6 and UDP as they were before compression: what fragments count [B]. Source: RFC 4944 section 5.3.
const MESH_WHOLE: u32 = 48;
/// The header of the first fragment and of each later one [B]. Source: RFC 4944 section 5.3.
const MESH_FRAGMENT: [u32; 2] = [4, 5];
/// Headers of L2CAP and ATT [B]. Source: Bluetooth Core 5.4, volume 3 parts A and F.
const BLE_HEADER: u32 = 4 + 3;
/// A packet that every path of IPv6 takes, less its headers of IP and UDP [B]. Source: RFC 8200 section 5.
const PACKET: u32 = 1_280 - MESH_WHOLE;
/// The most that UDP takes in a frame of Ethernet [B], and what surrounds it: preamble 8, header 14, IPv4 20, UDP 8,
/// checksum 4, gap 12. Source: IEEE 802.3 clause 3.
const ETHERNET: [u32; 2] = [1_472, 8 + 14 + 20 + 8 + 4 + 12];
/// A report through GOES: the longest that a slot of ten seconds at 300 bit/s takes [B]. From memory, unverified.
const SLOT: u32 = 340;

/// What takes a device's messages in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Carrier {
    /// LoRaWAN at 125 kHz: each frame is followed by the silence of the duty cycle.
    Lora {
        /// Spreading factor, 7 to 12.
        spreading_factor: u8,
        /// The share of time that a sender may be on air.
        duty_cycle: f64,
    },
    /// IPv6 over IEEE 802.15.4 (6LoWPAN), each frame acknowledged.
    Ieee802154 {
        /// Header and checksum of the link layer [B].
        link_header: u32,
        /// The compressed header of IP and UDP [B].
        network_header: u32,
    },
    /// Bluetooth Low Energy at 1 Mbit/s.
    Ble {
        /// The most that a packet carries [B]: 27, or 251 with the longer packets of version 4.2.
        packet: u32,
    },
    /// NB-IoT or LTE-M: packets of IPv6 at a rate.
    Cellular {
        /// Rate of the uplink [bit/s].
        #[serde(deserialize_with = "as_bit_rate")]
        rate: f64,
    },
    /// Ethernet.
    Ethernet {
        /// Rate of the line [bit/s].
        #[serde(deserialize_with = "as_bit_rate")]
        rate: f64,
    },
    /// Short bursts through a satellite.
    Burst,
    /// Reports through a satellite that nobody can answer.
    OneWay {
        /// Rate [bit/s].
        #[serde(deserialize_with = "as_bit_rate")]
        rate: f64,
    },
}

/// One message in pieces, in whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// How many frames.
    pub frames: u32,
    /// The sender is on air.
    pub on_air: Span,
    /// From the first frame's start to the last one's end, with what comes between.
    pub passes: Span,
    /// How long the sender must then be silent.
    pub silent: Span,
}

impl Passage {
    fn add(&mut self, on_air: Span, whole: Span, silent: Span) {
        self.frames += 1;
        self.on_air += on_air;
        // The silence after one frame lies before the next.
        self.passes = self.passes + self.silent + whole;
        self.silent = silent;
    }
}

impl Carrier {
    /// 6LoWPAN as most stacks send it.
    pub const MESH: Self = Self::Ieee802154 { link_header: MESH_HEADER, network_header: MESH_NETWORK };

    /// What becomes of a message of `bytes`; an empty one takes a frame too.
    pub fn passage(&self, bytes: u32) -> Passage {
        let mut all = Passage::default();
        match *self {
            Self::Lora { spreading_factor, duty_cycle } => {
                let lora = Lora::uplink(spreading_factor);
                let per_mille = (duty_cycle.clamp(0.0, 1.0) * 1e3).round() as u32;
                for piece in pieces(bytes, lorawan_most(spreading_factor)) {
                    let on_air = lora.time_on_air(piece + LORAWAN_HEADER);
                    all.add(on_air, on_air, off_time(on_air, per_mille));
                }
            }
            Self::Ieee802154 { link_header, network_header } => {
                for frame in mesh(bytes, link_header, network_header) {
                    all.add(ieee802154::frame(frame), ieee802154::exchange(frame), Span::ZERO);
                }
            }
            Self::Ble { packet } => {
                for piece in pieces(bytes + BLE_HEADER, packet.max(BLE_HEADER)) {
                    all.add(ble::packet(piece), ble::exchange(piece), Span::ZERO);
                }
            }
            Self::Cellular { rate } => {
                for piece in pieces(bytes, PACKET) {
                    let on_air = at_rate(piece + MESH_WHOLE, rate);
                    all.add(on_air, on_air, Span::ZERO);
                }
            }
            Self::Ethernet { rate } => {
                let [most, around] = ETHERNET;
                for piece in pieces(bytes, most) {
                    let on_air = at_rate((piece + around).max(ethernet::LEAST + ethernet::GAP), rate);
                    all.add(on_air, on_air, Span::ZERO);
                }
            }
            Self::Burst => {
                for piece in pieces(bytes, burst::LONGEST) {
                    let on_air = burst::session(piece);
                    all.add(on_air, on_air, Span::ZERO);
                }
            }
            Self::OneWay { rate } => {
                for piece in pieces(bytes, SLOT) {
                    let on_air = at_rate(piece, rate);
                    all.add(on_air, on_air, Span::ZERO);
                }
            }
        }
        all
    }

    /// The same as the engine asks for it.
    pub fn framed(&self) -> Framed {
        Framed { settings: self.settings(), passage }
    }

    fn settings(&self) -> [u64; 4] {
        match *self {
            Self::Lora { spreading_factor, duty_cycle } => {
                [0, u64::from(spreading_factor), duty_cycle.to_bits(), 0]
            }
            Self::Ieee802154 { link_header, network_header } => {
                [1, u64::from(link_header), u64::from(network_header), 0]
            }
            Self::Ble { packet } => [2, u64::from(packet), 0, 0],
            Self::Cellular { rate } => [3, rate.to_bits(), 0, 0],
            Self::Ethernet { rate } => [4, rate.to_bits(), 0, 0],
            Self::Burst => [5, 0, 0, 0],
            Self::OneWay { rate } => [6, rate.to_bits(), 0, 0],
        }
    }

    fn of_settings([kind, one, other, _]: [u64; 4]) -> Self {
        let rate = f64::from_bits(one);
        match kind {
            0 => Self::Lora { spreading_factor: one as u8, duty_cycle: f64::from_bits(other) },
            1 => Self::Ieee802154 { link_header: one as u32, network_header: other as u32 },
            2 => Self::Ble { packet: one as u32 },
            3 => Self::Cellular { rate },
            4 => Self::Ethernet { rate },
            5 => Self::Burst,
            _ => Self::OneWay { rate },
        }
    }

    /// How many frames a message of `bytes` takes.
    pub fn frames(&self, bytes: u32) -> u32 {
        self.passage(bytes).frames
    }

    /// How long its sender is on air.
    pub fn on_air(&self, bytes: u32) -> Span {
        self.passage(bytes).on_air
    }

    /// How long it keeps its sender from sending the next one.
    pub fn occupied(&self, bytes: u32) -> Span {
        let all = self.passage(bytes);
        all.passes + all.silent
    }

    /// The most that goes in one frame [B].
    pub fn most_in_one(&self) -> u32 {
        match *self {
            Self::Lora { spreading_factor, .. } => lorawan_most(spreading_factor),
            Self::Ieee802154 { link_header, network_header } => {
                ieee802154::LONGEST.saturating_sub(link_header + network_header)
            }
            Self::Ble { packet } => packet.saturating_sub(BLE_HEADER),
            Self::Cellular { .. } => PACKET,
            Self::Ethernet { .. } => ETHERNET[0],
            Self::Burst => burst::LONGEST,
            Self::OneWay { .. } => SLOT,
        }
    }

    /// Whether nothing can be sent to the device, so that no handshake ever ends.
    pub const fn is_one_way(&self) -> bool {
        matches!(self, Self::OneWay { .. })
    }
}

/// What becomes of a message, as the engine asks for it.
fn passage(settings: [u64; 4], bytes: u64) -> sim::frames::Passage {
    let all = Carrier::of_settings(settings).passage(u32::try_from(bytes).unwrap_or(u32::MAX));
    sim::frames::Passage { passes: all.passes.0, silent: all.silent.0, on_air: all.on_air.0 }
}

/// A message cut into pieces of `most`; an empty one is one empty piece.
fn pieces(bytes: u32, most: u32) -> impl Iterator<Item = u32> {
    let count = bytes.div_ceil(most).max(1);
    (0..count).map(move |nth| (bytes - nth * most).min(most))
}

/// The frames of a datagram over 6LoWPAN [B], headers and checksum of the link layer within. Source: RFC 4944.
fn mesh(bytes: u32, link: u32, network: u32) -> Vec<u32> {
    let room = ieee802154::LONGEST.saturating_sub(link);
    if network + bytes <= room {
        return vec![link + network + bytes];
    }
    // Fragments are counted in units of eight bytes of the datagram as it was before compression.
    let [first, later] = MESH_FRAGMENT;
    let begins = room.saturating_sub(first + network).saturating_add(MESH_WHOLE) / 8 * 8;
    let goes_on = (room.saturating_sub(later) / 8 * 8).max(8);
    let rest = (MESH_WHOLE + bytes).saturating_sub(begins);
    let mut frames = vec![link + first + network + begins.saturating_sub(MESH_WHOLE)];
    frames.extend(pieces(rest, goes_on).map(|piece| link + later + piece));
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 48 + 101 = 149 bytes, 136 of them in the first fragment: frames of 125 and 41 bytes.
    #[test]
    fn a_datagram_over_a_mesh_is_cut_in_units_of_eight() {
        assert_eq!(mesh(101, 23, 10), [125, 41]);
        assert_eq!(mesh(94, 23, 10), [127]);
        assert_eq!(mesh(95, 23, 10).len(), 2);
        assert_eq!(Carrier::MESH.on_air(101), Span((131 + 47) * 32_000));
    }

    /// Semtech's formula: 64 bytes at SF12 take 2,793,472 µs; a silence of 99 times that lies between two frames.
    #[test]
    fn silence_lies_between_frames_and_after_the_last() {
        let carrier = Carrier::Lora { spreading_factor: 12, duty_cycle: 0.01 };
        let (one, two) = (carrier.passage(51), carrier.passage(102));
        assert_eq!(one.on_air, Span(2_793_472_000));
        assert_eq!((one.passes, one.silent), (one.on_air, Span(99 * one.on_air.0)));
        assert_eq!(two.passes, Span(101 * one.on_air.0));
        assert_eq!(two.silent, one.silent);
        assert_eq!(carrier.occupied(102), Span(200 * one.on_air.0));
    }

    /// A full frame of 1,518 bytes with preamble and gap at 100 Mbit/s: 1,538 x 80 ns; the shortest is 84 x 80 ns.
    #[test]
    fn ethernet_frames_are_never_shorter_than_sixty_four_bytes() {
        let line = Carrier::Ethernet { rate: 100e6 };
        assert_eq!(line.on_air(1_472), Span(1_538 * 80));
        assert_eq!(line.on_air(1), Span(84 * 80));
        assert_eq!(line.frames(1_473), 2);
    }

    /// Gonzalez and Wiggers: 8.4 kB at 46 kbit/s take 1.5 s.
    #[test]
    fn a_post_quantum_handshake_over_nb_iot_takes_a_second_and_a_half() {
        let carrier = Carrier::Cellular { rate: 46e3 };
        assert!((carrier.on_air(8_400).seconds() - 1.5).abs() < 0.05);
    }

    #[test]
    fn a_burst_takes_five_to_twenty_seconds() {
        assert_eq!(Carrier::Burst.on_air(70), Span(5 * Span::SECOND.0));
        assert_eq!(Carrier::Burst.on_air(1_960), Span(20 * Span::SECOND.0));
        assert_eq!(Carrier::Burst.frames(2_420), 2);
    }

    #[test]
    fn more_bytes_never_pass_sooner() {
        let all = [
            Carrier::MESH,
            Carrier::Lora { spreading_factor: 9, duty_cycle: 0.01 },
            Carrier::Ble { packet: 27 },
            Carrier::Cellular { rate: 46e3 },
            Carrier::Ethernet { rate: 1e9 },
            Carrier::Burst,
            Carrier::OneWay { rate: 300.0 },
        ];
        for carrier in all {
            assert_eq!(Carrier::of_settings(carrier.settings()), carrier);
            for bytes in 0..3_000 {
                let [now, then] = [bytes, bytes + 1].map(|bytes| carrier.passage(bytes));
                assert!(now.passes <= then.passes && now.on_air <= then.on_air, "{carrier:?} {bytes}");
                assert!(
                    carrier.frames(carrier.most_in_one()) == 1
                        && carrier.frames(carrier.most_in_one() + 1) == 2
                );
            }
        }
    }
}
