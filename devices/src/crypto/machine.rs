//! What computes: the part of a device that its cryptography runs on.

use crate::class::{DeviceClass, Library, Speaks};
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
    /// How its cryptography was built.
    pub library: Library,
    /// What it can speak.
    pub speaks: Vec<Speaks>,
}

impl Machine {
    /// The machine of a device class.
    pub fn of(class: &DeviceClass) -> Self {
        Self {
            core: class.hardware.core.name(),
            hz: class.hardware.clock,
            active_watts: class.hardware.active_power,
            ram: class.hardware.ram,
            library: class.crypto.library,
            speaks: class.crypto.speaks.clone(),
        }
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
