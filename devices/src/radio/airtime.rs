//! How long a frame occupies the air, exact in whole nanoseconds.
//!
//! # Differs from the real thing
//! A clock that drifts and a transmitter that ramps up are left out; a frame begins and ends where the standard says.

use sim::time::Span;

/// The channel width of a LoRa frame [Hz]. Source: Semtech SX1272/SX1276 data sheets; LoRaWAN uses these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bandwidth {
    /// 125 kHz.
    Khz125,
    /// 250 kHz.
    Khz250,
    /// 500 kHz.
    Khz500,
}

impl Bandwidth {
    /// The time of one chip [ns]: one over the width, whole for each of the three.
    const fn chip(self) -> u64 {
        match self {
            Self::Khz125 => 8_000,
            Self::Khz250 => 4_000,
            Self::Khz500 => 2_000,
        }
    }
}

/// How a LoRa frame is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lora {
    /// Spreading factor, 6 to 12: chips in a symbol are two to this power.
    pub spreading: u8,
    /// Channel width.
    pub bandwidth: Bandwidth,
    /// Coding rate 4/(4 + this), 1 to 4.
    pub coding: u8,
    /// Symbols of the programmed preamble.
    pub preamble: u32,
    /// Whether the frame tells its own length and coding.
    pub explicit_header: bool,
    /// Whether it ends in a checksum; in LoRaWAN uplinks do, downlinks do not.
    pub checksum: bool,
}

impl Lora {
    /// A LoRaWAN uplink: 125 kHz, coding rate 4/5, eight symbols of preamble, header and checksum.
    /// Source: LoRaWAN regional parameters RP002, EU868 DR0 to DR5.
    pub const fn uplink(spreading: u8) -> Self {
        Self {
            spreading,
            bandwidth: Bandwidth::Khz125,
            coding: 1,
            preamble: 8,
            explicit_header: true,
            checksum: true,
        }
    }

    /// A LoRaWAN downlink: as an uplink without checksum.
    pub const fn downlink(spreading: u8) -> Self {
        Self { checksum: false, ..Self::uplink(spreading) }
    }

    /// The length of a symbol.
    pub const fn symbol(self) -> Span {
        Span(self.bandwidth.chip() << self.spreading)
    }

    /// Whether symbols are so long (16 ms and more) that the low-data-rate optimisation is mandated.
    const fn is_optimised(self) -> bool {
        self.symbol().0 >= 16_000_000
    }

    /// Symbols of header, payload and checksum for a payload of the physical layer of `bytes`.
    pub const fn payload_symbols(self, bytes: u32) -> u64 {
        let factor = self.spreading as i64;
        let header = if self.explicit_header { 0 } else { 20 };
        let checksum = if self.checksum { 16 } else { 0 };
        let bits = 8 * bytes as i64 - 4 * factor + 28 + checksum - header;
        let per_block = 4 * (factor - if self.is_optimised() { 2 } else { 0 });
        let blocks = if bits > 0 { (bits + per_block - 1) / per_block } else { 0 };
        8 + blocks as u64 * (self.coding as u64 + 4)
    }

    /// Time on air of a payload of the physical layer of `bytes`: in LoRaWAN the application's bytes and 13.
    /// Source: Semtech SX1272 data sheet section 4.1.1.7, AN1200.13.
    pub const fn time_on_air(self, bytes: u32) -> Span {
        // The preamble ends in 4.25 symbols of synchronisation, so the sum is of quarters of a symbol.
        let quarters = 4 * (self.preamble as u64 + self.payload_symbols(bytes)) + 17;
        Span(self.symbol().0 / 4 * quarters)
    }
}

/// Time on air of a LoRaWAN frame in FSK at 50 kbit/s: preamble 5, synchronisation 3, length 1, checksum 2 bytes.
/// Source: LoRaWAN regional parameters RP002, EU868 DR7.
pub const fn fsk_time_on_air(bytes: u32) -> Span {
    Span((bytes as u64 + 11) * 8 * 20_000)
}

/// How long a duty cycle of `per_mille` thousandths keeps a sender silent after it was on air for `on_air`, so that
/// both together last `on_air` over the duty cycle. No duty at all is silence for good.
/// Source: ETSI EN 300 220-2; the rule per frame is that of LoRaWAN 1.0.4 section 7.
pub const fn off_time(on_air: Span, per_mille: u32) -> Span {
    match per_mille {
        0 => Span(u64::MAX),
        1..1000 => Span(on_air.0.saturating_mul(1_000 - per_mille as u64).div_ceil(per_mille as u64)),
        _ => Span::ZERO,
    }
}

/// IEEE 802.15.4 at 2.4 GHz, O-QPSK. From memory, unverified: IEEE 802.15.4-2020, the constants of the 2,450 MHz
/// band (16 µs a symbol, two symbols a byte).
pub mod ieee802154 {
    use sim::time::Span;

    /// One byte.
    pub const BYTE: Span = Span(32_000);
    /// Preamble, start of frame and length [B].
    pub const PHY_HEADER: u32 = 6;
    /// The longest frame, with header and checksum of the link layer [B].
    pub const LONGEST: u32 = 127;
    /// One step of the random wait before a frame.
    pub const BACKOFF: Span = Span(320_000);
    /// The exponent of the first random wait: 0 to 7 steps.
    pub const FIRST_EXPONENT: u8 = 3;
    /// The largest exponent.
    pub const LAST_EXPONENT: u8 = 5;
    /// How often a busy channel makes the sender wait anew before it gives the frame up.
    pub const BACKOFFS: u8 = 4;
    /// How often a frame without acknowledgement is sent again.
    pub const RETRIES: u8 = 3;
    /// Listening whether the channel is clear: eight symbols.
    pub const CLEAR_CHANNEL: Span = Span(128_000);
    /// From receiving to sending or back.
    pub const TURNAROUND: Span = Span(192_000);
    /// An acknowledgement: five bytes behind the header.
    pub const ACKNOWLEDGEMENT: Span = Span(352_000);
    /// What follows a frame of more than 18 bytes.
    pub const LONG_GAP: Span = Span(640_000);
    /// What follows a shorter one.
    pub const SHORT_GAP: Span = Span(192_000);

    /// Airtime of a frame of `bytes`, header and checksum of the link layer within.
    pub const fn frame(bytes: u32) -> Span {
        Span((PHY_HEADER as u64 + bytes as u64) * BYTE.0)
    }

    /// The mean of the first random wait.
    pub const fn mean_backoff() -> Span {
        Span(((1 << FIRST_EXPONENT) - 1) * BACKOFF.0 / 2)
    }

    /// The gap after a frame of `bytes`.
    pub const fn gap(bytes: u32) -> Span {
        if bytes > 18 { LONG_GAP } else { SHORT_GAP }
    }

    /// A frame sent once on an idle channel with the mean first wait, its acknowledgement and the gap after it.
    pub const fn exchange(bytes: u32) -> Span {
        Span(mean_backoff().0 + frame(bytes).0 + TURNAROUND.0 + ACKNOWLEDGEMENT.0 + gap(bytes).0)
    }
}

/// Bluetooth Low Energy on the 1 Mbit/s physical layer. From memory, unverified: Bluetooth Core 5.4, volume 6 part B.
pub mod ble {
    use sim::time::Span;

    /// One byte.
    pub const BYTE: Span = Span(8_000);
    /// Preamble 1, access address 4, header 2, checksum 3 [B].
    pub const HEADERS: u32 = 10;
    /// The integrity code of an encrypted packet [B].
    pub const INTEGRITY: u32 = 4;
    /// Between a packet and its answer.
    pub const GAP: Span = Span(150_000);

    /// Airtime of a data packet that carries `bytes`, without an integrity code.
    pub const fn packet(bytes: u32) -> Span {
        Span((HEADERS as u64 + bytes as u64) * BYTE.0)
    }

    /// A packet, the gap, the empty packet that acknowledges it, and the gap before the next.
    pub const fn exchange(bytes: u32) -> Span {
        Span(packet(bytes).0 + packet(0).0 + 2 * GAP.0)
    }
}

/// The length of so many bytes at a rate [bit/s].
pub fn at_rate(bytes: u32, rate: f64) -> Span {
    Span::from_seconds(f64::from(bytes) * 8.0 / rate)
}

/// An acknowledgement of LoRaWAN that carries nothing else [B]: MHDR 1, FHDR 7, MIC 4. Source: LoRaWAN 1.0.4 section 4.
pub const LORAWAN_ANSWER: u32 = 12;

/// The most that LoRaWAN takes from an application in one frame [B]. Source: RP002 EU868, such that repeaters fit.
pub const fn lorawan_most(spreading: u8) -> u32 {
    match spreading {
        0..=8 => 222,
        9 => 115,
        _ => 51,
    }
}

/// Short bursts by Iridium. Source: Iridium white paper and NAL Research on 9522-class modems: about five seconds for
/// 70 bytes, 20 for the longest message; in between a line.
pub mod burst {
    use sim::time::Span;

    /// The longest message [B].
    pub const LONGEST: u32 = 1_960;
    const FEW: u32 = 70;
    const LEAST: Span = Span(5 * Span::SECOND.0);
    const MOST: Span = Span(20 * Span::SECOND.0);

    /// A session that carries so many bytes.
    pub const fn session(bytes: u32) -> Span {
        let more = bytes.saturating_sub(FEW) as u64 * (MOST.0 - LEAST.0);
        Span(LEAST.0 + more / (LONGEST - FEW) as u64)
    }
}

/// Ethernet. Source: IEEE 802.3 clause 3.
pub mod ethernet {
    /// The shortest frame with its preamble [B].
    pub const LEAST: u32 = 8 + 64;
    /// The gap after a frame [B].
    pub const GAP: u32 = 12;
}

/// Characters on a serial line: start, eight bits, parity, stop. Source: Modbus over serial line V1.02 section 2.5.1.
pub mod serial {
    use sim::time::Span;

    /// Bits of a character.
    pub const BITS: u32 = 11;

    /// So many characters at a rate [bit/s].
    pub fn characters(count: u32, rate: f64) -> Span {
        Span::from_seconds(f64::from(count * BITS) / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(span: Span) -> f64 {
        span.0 as f64 / 1e3
    }

    /// The Things Stack, pkg/toa/toa_test.go: 10 bytes, coding rate 4/5.
    #[test]
    fn lora_frames_last_as_long_as_a_network_server_says() {
        const AT_125: &[(u8, u64)] =
            &[(7, 41_216), (8, 72_192), (9, 144_384), (10, 288_768), (11, 577_536), (12, 991_232)];
        for &(spreading, expected) in AT_125 {
            assert_eq!(Lora::uplink(spreading).time_on_air(10), Span(expected * 1_000), "SF{spreading}");
        }
        let fast = |bandwidth| Lora { bandwidth, ..Lora::uplink(7) }.time_on_air(10);
        assert_eq!(fast(Bandwidth::Khz250), Span(20_608_000));
        assert_eq!(fast(Bandwidth::Khz500), Span(10_304_000));
    }

    /// The same source: other coding rates and lengths at SF7, 125 kHz.
    #[test]
    fn coding_and_length_move_a_lora_frame_in_whole_blocks() {
        for (coding, expected) in [(2, 45_312_000), (3, 49_408_000), (4, 53_504_000)] {
            assert_eq!(Lora { coding, ..Lora::uplink(7) }.time_on_air(10), Span(expected));
        }
        for (bytes, expected) in (13..=15).map(|b| (b, 46_336_000)).chain((16..=19).map(|b| (b, 51_456_000)))
        {
            assert_eq!(Lora::uplink(7).time_on_air(bytes), Span(expected), "{bytes} B");
        }
    }

    /// The same source for FSK; the join request by Semtech's formula on paper.
    #[test]
    fn fsk_and_the_join_request_last_as_long_as_they_should() {
        assert_eq!(fsk_time_on_air(200), Span(33_760_000));
        assert_eq!(Lora::uplink(7).time_on_air(23), Span(61_696_000));
        assert_eq!(Lora::uplink(12).time_on_air(23), Span(1_482_752_000));
    }

    /// By hand: one percent of a second on air is a cycle of 100 seconds.
    #[test]
    fn a_duty_cycle_silences_its_sender() {
        assert_eq!(off_time(Span::SECOND, 10), Span(99 * Span::SECOND.0));
        assert_eq!(off_time(Span::SECOND, 100), Span(9 * Span::SECOND.0));
        assert_eq!(off_time(Span(1), 3), Span(333));
        assert_eq!(off_time(Span::SECOND, 1_000), Span::ZERO);
        assert_eq!(off_time(Span::SECOND, 0), Span(u64::MAX));
    }

    /// By hand from the standard's symbols: 133 bytes at 32 µs; waits of 3.5 steps.
    #[test]
    fn a_full_802154_frame_takes_four_milliseconds() {
        use ieee802154::{ACKNOWLEDGEMENT, BYTE, exchange, frame, mean_backoff};
        assert!((micros(frame(127)) - 4_256.0).abs() < 1e-9);
        assert!((micros(mean_backoff()) - 1_120.0).abs() < 1e-9);
        assert_eq!(ACKNOWLEDGEMENT, frame(5));
        assert!((micros(exchange(127)) - (1_120.0 + 4_256.0 + 192.0 + 352.0 + 640.0)).abs() < 1e-9);
        assert_eq!(Span(250_000 * BYTE.0), Span(8 * Span::SECOND.0)); // 250 kbit/s
    }

    /// Bluetooth Core volume 6 part B section 2.4: 27 bytes with their integrity code and headers are 328 µs, 251
    /// are 2,120 µs.
    #[test]
    fn bluetooth_packets_take_the_times_of_the_core_specification() {
        use ble::{INTEGRITY, packet};
        assert_eq!(packet(27 + INTEGRITY), Span(328_000));
        assert_eq!(packet(251 + INTEGRITY), Span(2_120_000));
        assert_eq!(packet(0), Span(80_000));
    }
}
