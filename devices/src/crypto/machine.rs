//! What computes: the part of a device that its cryptography runs on.

use super::{Catalogue, Cost, CryptoError};
use crate::class::{DeviceClass, Library, Speaks};
use crate::frames::Carrier;
use sim::time::Span;

/// One processor with what it can speak.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Its core, as the catalogue names it.
    pub core: &'static str,
    /// Its clock [Hz].
    pub hz: f64,
    /// Power while it computes [W].
    pub active_watts: f64,
    /// Working memory, the application's share included [B].
    pub ram: u64,
    /// Program memory, the application's share included [B].
    pub flash: u64,
    /// How its cryptography was built.
    pub library: Library,
    /// Where between the cheapest (−1) and the dearest (1) implementation measured on its core its own lies; 0 is the
    /// row that its library names.
    pub implementation: f64,
    /// What it can speak.
    pub speaks: Vec<Speaks>,
    /// What takes its messages in pieces, where that is known.
    pub carrier: Option<Carrier>,
}

impl Machine {
    /// The machine of a device class.
    pub fn of(class: &DeviceClass) -> Self {
        Self {
            core: class.hardware.core.name(),
            hz: class.hardware.clock,
            active_watts: class.hardware.active_power,
            ram: class.hardware.ram,
            flash: class.hardware.flash,
            library: class.crypto.library,
            implementation: 0.0,
            speaks: class.crypto.speaks.clone(),
            carrier: class.link.carrier,
        }
    }

    /// What an operation costs on this machine, by the implementation that it is taken to have.
    ///
    /// # Errors
    /// When neither its core nor one it may be scaled from has a row.
    pub fn cost<'c>(
        &self,
        catalogue: &'c Catalogue,
        scheme: &str,
        act: &str,
    ) -> Result<Cost<'c>, CryptoError> {
        Ok(catalogue.cost(scheme, act, self.core, self.library)?.within_spread(self.implementation))
    }

    /// How long this many cycles take.
    pub fn time(&self, cycles: f64) -> Span {
        Span::from_seconds(cycles / self.hz)
    }

    /// What computing for this long takes [J].
    pub fn joules(&self, cpu: Span) -> f64 {
        self.active_watts * cpu.seconds()
    }
}
