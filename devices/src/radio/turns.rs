//! How senders on each radio's medium take turns, and how their frames are acknowledged.

use super::airtime::{self, Lora, ethernet, ieee802154 as zigbee, serial};
use super::profile::{Changes, Framing, Profile, RadioError};
use crate::quantity::Dimension;
use sim::medium::{Access, Acknowledge, Contention, Grants, Meets, Polls};
use sim::time::Span;

/// IEEE 802.11n: a preamble of 36 µs, slots of 9 µs, a short gap of 16 µs.
/// Source: from memory, IEEE 802.11-2020 clauses 10 and 19.
pub(super) mod wifi {
    use sim::time::Span;

    pub(crate) const PREAMBLE: u64 = 36_000;
    pub(crate) const SLOT: Span = Span(9_000);
    pub(crate) const SHORT_GAP: Span = Span(16_000);
    pub(crate) const DISTRIBUTED_GAP: Span = Span(34_000);
    pub(crate) const ACKNOWLEDGEMENT: Span = Span(28_000);
    pub(crate) const FIRST_EXPONENT: u8 = 4;
    pub(crate) const LAST_EXPONENT: u8 = 10;
}

/// Silence for each second on air under a duty cycle [ms].
pub fn silence(duty_cycle: f64) -> u32 {
    (1000.0 * (1.0 - duty_cycle) / duty_cycle).round() as u32
}

impl Profile {
    pub(super) fn access(&self, name: &str, changes: &Changes, heard: f64) -> Result<Access, RadioError> {
        let duty_cycle = changes.duty_cycle.or(self.duty_cycle).unwrap_or(1.0);
        Ok(match self.framing {
            Framing::Lora => Access::Aloha { silence: silence(duty_cycle) },
            Framing::Ieee802154 => Access::Csma {
                step: zigbee::BACKOFF,
                first: zigbee::FIRST_EXPONENT,
                last: zigbee::LAST_EXPONENT,
                tries: zigbee::BACKOFFS,
                ahead: zigbee::TURNAROUND,
                heard,
            },
            Framing::Wifi => Access::Contention(Contention {
                slot: wifi::SLOT,
                wait: wifi::DISTRIBUTED_GAP,
                answer: wifi::SHORT_GAP + wifi::ACKNOWLEDGEMENT,
                first: wifi::FIRST_EXPONENT,
                last: wifi::LAST_EXPONENT,
                heard,
            }),
            Framing::Ble => Access::Meets(self.meetings(changes)),
            Framing::Cellular | Framing::Burst => Access::Grants(self.granting(name, changes)?),
            Framing::Serial => Access::Polls(self.polling(name, changes)?),
            Framing::Ethernet => {
                let bits = self.line(name, changes)?;
                Access::Wire { gap: airtime::at_rate(ethernet::GAP, bits) }
            }
        })
    }

    /// The rate of a line [bit/s].
    fn line(&self, name: &str, changes: &Changes) -> Result<f64, RadioError> {
        match (changes.bit_rate, self.rates.first()) {
            (Some(rate), _) => Ok(rate),
            (None, Some(text)) => self.quantity(name, text, Dimension::BitRate),
            (None, None) => Ok(1e6),
        }
    }

    fn meetings(&self, changes: &Changes) -> Meets {
        let (every, supervision) =
            self.meets.map_or((Span::SECOND, Span::SECOND), |own| (own.every, own.supervision));
        let every = changes.interval.unwrap_or(every).max(Span(1));
        let tries = (supervision.0 / every.0).clamp(1, 254) as u8;
        Meets { every, turn: airtime::ble::GAP, empty: airtime::ble::packet(0), tries }
    }

    fn polling(&self, name: &str, changes: &Changes) -> Result<Polls, RadioError> {
        let bits = self.line(name, changes)?;
        let Some(own) = self.polls else { return Err(RadioError::Incomplete(name.to_owned())) };
        let characters = |count: u32| serial::characters(count, bits);
        let silence = Span::from_seconds(own.silence * characters(1).seconds()).max(own.least_silence);
        Ok(Polls {
            request: characters(own.request),
            empty: characters(own.empty),
            written: characters(own.written),
            turn: own.turn.max(silence),
            silence,
            patience: own.patience,
            tries: own.tries,
            every: changes.interval.unwrap_or(own.every),
        })
    }

    fn granting(&self, name: &str, changes: &Changes) -> Result<Grants, RadioError> {
        let Some(own) = &self.grants else { return Err(RadioError::Incomplete(name.to_owned())) };
        let span = |text: &String| self.quantity(name, text, Dimension::Time).map(Span::from_seconds);
        let three = |all: &[String; 3]| -> Result<[Span; 3], RadioError> {
            Ok([span(&all[0])?, span(&all[1])?, span(&all[2])?])
        };
        Ok(Grants {
            every: changes.interval.unwrap_or(own.every),
            preambles: own.preambles,
            calls: three(&own.calls)?,
            setup: three(&own.setup)?,
            tries: own.tries,
            backoff: own.backoff,
            stays: own.stays,
            lanes: changes.channels.unwrap_or(own.lanes),
            pages: own.pages,
            listens: own.listens,
            pass: [span(&own.pass[0])?, span(&own.pass[1])?],
        })
    }

    /// What is acknowledged where the place asks for it; a Wi-Fi frame always is.
    pub(super) fn acknowledge_with(&self, asked: bool) -> Option<Acknowledge> {
        let own = self.acknowledge.as_ref()?;
        let retries = own.retries;
        let with = match self.framing {
            Framing::Lora => {
                let spreading = self.spreading.first().copied().unwrap_or(7);
                let lasts = Lora::downlink(spreading).time_on_air(airtime::LORAWAN_ANSWER);
                Acknowledge { after: Span::ZERO, lasts, patience: own.patience, retries }
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
            _ => return None,
        };
        (asked || self.framing == Framing::Wifi).then_some(with)
    }
}
