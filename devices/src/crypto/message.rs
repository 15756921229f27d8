//! What protecting one message costs, at either end.

use super::record::Framing;
use super::{Catalogue, CryptoError, Machine, Sizes, Suite};
use sim::time::Span;

/// What one protected message costs one of its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MessageCost {
    /// Bytes added on the wire.
    pub extra_bytes: u32,
    /// Processor time.
    pub cpu: Span,
    /// Energy of that time [J].
    pub joules: f64,
}

/// A suite priced for one machine: looked up once, asked for every message.
///
/// # Differs from the real thing
/// Only the cipher is counted: system calls, copies and buffer handling are part of the device's own service
/// time. The session's keys are expanded once. The associated data of a record (5 to 13 bytes) is not priced.
#[derive(Clone, Debug, PartialEq)]
pub struct Protection {
    framing: Option<(Framing, u32)>,
    /// Cycles for each message and for each byte, to protect.
    seal: (f64, f64),
    /// The same, to check and open.
    open: (f64, f64),
    hz: f64,
    active_watts: f64,
}

impl Protection {
    /// Prices a suite for a machine.
    ///
    /// # Errors
    /// When the catalogue has no cost for the cipher on this core.
    pub fn of(catalogue: &Catalogue, suite: &Suite, machine: &Machine) -> Result<Self, CryptoError> {
        let parts = |act: &str| match &suite.cipher {
            None => Ok((0.0, 0.0)),
            Some(cipher) => machine.cost(catalogue, cipher, act).map(|cost| (cost.fixed, cost.per_byte)),
        };
        let framing = match (suite.framing(), &suite.cipher) {
            (Some(framing), Some(cipher)) => Some((framing, Sizes::shipped()?.tag(cipher)?)),
            _ => None,
        };
        let (hz, active_watts) = (machine.hz, machine.active_watts);
        Ok(Self { framing, seal: parts("encrypt")?, open: parts("decrypt")?, hz, active_watts })
    }

    /// What sending a message of `bytes` costs its sender.
    pub fn send(&self, bytes: u32) -> MessageCost {
        self.cost(self.seal, bytes)
    }

    /// What receiving a message of `bytes` (before protection) costs its receiver.
    pub fn receive(&self, bytes: u32) -> MessageCost {
        self.cost(self.open, bytes)
    }

    fn cost(&self, (fixed, per_byte): (f64, f64), bytes: u32) -> MessageCost {
        let extra_bytes = self.framing.map_or(0, |(framing, tag)| framing.overhead(bytes, tag));
        let cpu = Span::from_seconds((fixed + per_byte * f64::from(bytes)) / self.hz);
        MessageCost { extra_bytes, cpu, joules: self.active_watts * cpu.seconds() }
    }
}
