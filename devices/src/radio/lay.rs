//! A radio's file becomes a medium and the antennas on it.

use super::airtime::{self, Lora, burst, ethernet, ieee802154 as zigbee, serial};
use super::errors::{milliwatts, oqpsk_survive};
use super::profile::{Changes, Framing, Profile, RadioError};
use super::turns::{silence, wifi};
use crate::quantity::Dimension;
use sim::fact::{By, CauseId};
use sim::medium::{Antenna, Causes, Draws, Judge, Medium};
use sim::names::Names;
use sim::time::Span;

/// What both ends of a wire send with, and hear [mW].
const WIRED: f64 = 1.0;

impl Profile {
    /// How a device stands on the medium, at a place [m].
    ///
    /// # Errors
    /// When the file's power does not read.
    pub fn antenna(&self, at: [f64; 2], gateway: bool, room: u16) -> Antenna {
        let height = if gateway { self.heights.gateway } else { self.heights.node };
        let draws = self.draws;
        Antenna {
            at: [at[0], at[1], height],
            sends: if self.is_wired() { WIRED } else { milliwatts(self.sends) },
            rate: 0,
            paths: if gateway { self.paths } else { 1 },
            room,
            draws: Draws {
                sends: draws.sends,
                receives: draws.receives,
                listens: draws.listens,
                rests: draws.rests,
            },
            silence: None,
            gateway,
        }
    }

    /// Whether power does not fall with distance.
    pub const fn is_wired(&self) -> bool {
        matches!(self.framing, Framing::Serial | Framing::Ethernet)
    }

    /// The rate of this spreading factor, if the radio has it.
    pub fn rate_of(&self, spreading: u8) -> Option<u8> {
        self.spreading.iter().position(|&own| own == spreading).map(|at| at as u8)
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
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for (rate, longest) in self.longest.iter().enumerate() {
            let longest = self.quantity(name, longest, Dimension::Bytes)? as u32;
            // What a shorter header saves is room for payload.
            let longest = match self.framing {
                Framing::Ieee802154 => zigbee::LONGEST.saturating_sub(overhead),
                _ => longest,
            };
            let bits = self.bits(name, rate, changes)?;
            let table = |up: bool| -> Vec<u64> {
                (0..=longest).map(|bytes| self.airtime(rate, bits, bytes, overhead, up)).collect()
            };
            up.push(table(true));
            if matches!(self.framing, Framing::Lora | Framing::Serial) {
                down.push(table(false));
            }
        }
        let sensitivity: Vec<f64> = self.sensitivity.iter().map(|&dbm| milliwatts(dbm)).collect();
        let heard = sensitivity.iter().copied().fold(f64::INFINITY, f64::min);
        let access = self.access(name, changes, heard)?;
        let mut medium =
            Medium::new(up, access, self.judge(changes, overhead, sensitivity), self.causes(names));
        medium.downs = down;
        medium.channels = changes.channels.unwrap_or(self.channels);
        medium.path_loss = [self.path_loss.at_one_metre, 10.0 * self.path_loss.exponent];
        medium.gap = match self.framing {
            Framing::Lora if self.windows.is_some() => |_| Span(2 * Span::SECOND.0),
            Framing::Ieee802154 => |bytes| zigbee::gap(bytes + 11),
            _ => |_| Span::ZERO,
        };
        if self.framing == Framing::Ieee802154 {
            medium.senses = zigbee::CLEAR_CHANNEL;
        }
        self.open_windows(name, &mut medium)?;
        medium.acknowledge = self.acknowledge_with(changes.acknowledged);
        Ok(medium)
    }

    fn judge(&self, changes: &Changes, overhead: u32, sensitivity: Vec<f64>) -> Judge {
        let heard = sensitivity.first().copied().unwrap_or(0.0);
        if let Some(errors) = changes.bit_errors.or(self.bit_errors) {
            let sensitivity = if self.is_wired() { Vec::new() } else { sensitivity };
            return Judge::Bits { sensitivity, errors, overhead };
        }
        match self.noise.filter(|_| !changes.no_capture) {
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
        }
    }

    /// Each radio's losses by their own names.
    fn causes(&self, names: &mut Names) -> Causes {
        let mut cause = |by, name: &str| -> CauseId { names.cause(by, name) };
        let (buffer, busy, noise) = match self.framing {
            Framing::Lora | Framing::Ieee802154 | Framing::Wifi => {
                ("radio buffer", "channel never clear", "radio noise")
            }
            Framing::Ble => ("radio buffer", "supervision timeout", "radio noise"),
            Framing::Cellular => ("radio buffer", "random access", "radio noise"),
            Framing::Burst => ("modem buffer", "no session", "radio noise"),
            Framing::Serial => ("register overwritten", "no answer to polls", "line noise"),
            Framing::Ethernet => ("switch buffer", "no link", "line noise"),
        };
        Causes {
            collision: cause(By::Load, "frame collision"),
            weak: cause(By::Environment, "out of range"),
            noise: cause(By::Environment, noise),
            deaf: cause(By::Load, "receiver sending"),
            no_path: cause(By::Load, "no receive path"),
            busy: cause(By::Load, busy),
            buffer: cause(By::Load, buffer),
        }
    }

    fn bits(&self, name: &str, rate: usize, changes: &Changes) -> Result<f64, RadioError> {
        if let Some(rate) = changes.bit_rate {
            return Ok(rate);
        }
        let text = self.rates.get(rate).or(self.rates.last());
        text.map_or(Ok(1e6), |text| self.quantity(name, text, Dimension::BitRate))
    }

    fn airtime(&self, rate: usize, bits: f64, bytes: u32, overhead: u32, up: bool) -> u64 {
        let all = bytes + overhead;
        match self.framing {
            Framing::Lora => {
                let spreading = self.spreading.get(rate).copied().unwrap_or(12);
                let lora = if up { Lora::uplink(spreading) } else { Lora::downlink(spreading) };
                lora.time_on_air(all).0
            }
            Framing::Ieee802154 => airtime::ieee802154::frame(all).0,
            Framing::Wifi => wifi::PREAMBLE + airtime::at_rate(all, bits).0,
            Framing::Ble => airtime::ble::packet(all).0,
            Framing::Cellular => airtime::at_rate(all, bits).0,
            Framing::Burst => burst::session(bytes).0,
            Framing::Serial => {
                let writes = self.polls.map_or(overhead, |polls| polls.writes);
                serial::characters(if up { all } else { bytes + writes }, bits).0
            }
            Framing::Ethernet => airtime::at_rate(all.max(ethernet::LEAST), bits).0,
        }
    }

    fn margins(&self, no_capture: bool) -> Vec<Vec<f64>> {
        let rates = self.longest.len();
        if no_capture {
            // Who shares a channel destroys each other; spreading factors do not share it.
            let apart = if self.spreading.is_empty() { 1e9 } else { -1e9 };
            let one = |own| (0..rates).map(|other| if own == other { 1e9 } else { apart }).collect();
            return (0..rates).map(one).collect();
        }
        match self.margin.as_slice() {
            // One margin for all.
            [only] if only.len() == 1 && rates > 1 => vec![vec![only[0]; rates]; rates],
            all => all.to_vec(),
        }
    }

    fn open_windows(&self, name: &str, medium: &mut Medium) -> Result<(), RadioError> {
        let Some(windows) = &self.windows else { return Ok(()) };
        let [first, second] = [&windows.open[0], &windows.open[1]]
            .map(|text| self.quantity(name, text, Dimension::Time).map(Span::from_seconds));
        let rate = self.rate_of(windows.spreading).unwrap_or(0);
        medium.windows = Some(sim::medium::Windows {
            open: [first?, second?],
            second: (u16::MAX, rate),
            silence: silence(windows.duty_cycle),
        });
        let each = |what: fn(u8) -> Lora| self.spreading.iter().map(move |&spreading| what(spreading));
        medium.opens =
            each(Lora::downlink).map(|lora| Span(u64::from(windows.symbols) * lora.symbol().0)).collect();
        medium.answers = each(Lora::downlink).map(|lora| lora.time_on_air(airtime::LORAWAN_ANSWER)).collect();
        Ok(())
    }
}
