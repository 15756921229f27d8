//! The FLEET workloads: parameters, keyed draws, and the sums every engine must agree on to the last unit.
//!
//! Devices wake about once a period, sense, encrypt and send through one of the gateways to one backend; one message
//! in ten is answered by a command on the way back. A gateway serves both directions in order of arrival. All times
//! are integer nanoseconds and every draw is a function of (seed, device, wake), so that programs which share no
//! line of code, nor a language, must count and sum the same.
//!
//! # Differs from the real thing
//! No message is lost or sent again, air is free of interference, and a wake costs the same on every device. The
//! workload measures engines, not fleets.

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;
/// What a device computes before it sends [ns] — constant of the workload.
pub const CRYPTO: u64 = 5_000_000;
/// What a gateway takes for one message in either direction [ns] — constant of the workload.
pub const AIRTIME: u64 = 4_000_000;
/// Between gateway and backend, each way [ns] — constant of the workload.
pub const WAN: u64 = 20_000_000;
/// What the backend takes for one message [ns] — constant of the workload.
pub const SERVICE: u64 = 5_000;
/// One message in this many is answered by a command.
pub const MESSAGES_PER_COMMAND: u32 = 10;
/// The seed of the published figures.
pub const SEED: u64 = 0x5EED;

/// Latencies are counted in bins of 2^14 ns.
const BIN_BITS: u32 = 14;
/// Bins kept, 134 ms in all; the last also holds whatever is longer.
const BINS: usize = 8192;

/// One workload: who takes part and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// Devices that wake and send.
    pub devices: u32,
    /// Gateways; device `i` belongs to gateway `i mod gateways`.
    pub gateways: u32,
    /// Mean time between two wakes of one device [ns].
    pub period: u64,
    /// Nothing at or after this time happens [ns].
    pub horizon: u64,
    /// Key of all draws.
    pub seed: u64,
}

impl Fleet {
    /// A fleet with a gateway for every hundred devices and the seed of the published figures.
    #[must_use]
    pub fn of(devices: u32, period_s: u64, horizon_s: u64) -> Self {
        let gateways = (devices / 100).max(1);
        Self { devices, gateways, period: period_s * SECOND, horizon: horizon_s * SECOND, seed: SEED }
    }

    /// The draw of a device at its wake, counted from zero.
    #[must_use]
    pub fn draw(&self, device: u32, wake: u32) -> Draw {
        let key = u64::from(device) << 32 | u64::from(wake);
        Draw(mix(key.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.seed)))
    }

    /// When a device wakes first, from the draw of wake 0 [ns].
    #[must_use]
    pub fn phase(&self, draw: Draw) -> u64 {
        draw.share_of(self.period)
    }

    /// From one wake to the next, from the draw of the later one [ns]: the period ±10 %.
    #[must_use]
    pub fn pause(&self, draw: Draw) -> u64 {
        self.period - self.period / 10 + draw.share_of(self.period / 5)
    }

    /// The gateway of a device.
    #[must_use]
    pub fn gateway(&self, device: u32) -> usize {
        (device % self.gateways) as usize
    }
}

/// The 64 random bits of one wake of one device.
#[derive(Clone, Copy, Debug)]
pub struct Draw(u64);

impl Draw {
    /// A length times the upper 32 bits, read as a fraction. The product needs more than 64 bits from 4.3 s on: it
    /// is made of two.
    fn share_of(self, length: u64) -> u64 {
        let (high, lower) = (self.0 >> 32, length & u64::from(u32::MAX));
        high * (length >> 32) + ((high * lower) >> 32)
    }

    /// Whether the message of this wake is answered by a command.
    #[must_use]
    pub fn commands(self) -> bool {
        (self.0 as u32 >> 16).is_multiple_of(MESSAGES_PER_COMMAND)
    }

    /// A sensor's reading after this wake: an eighth of the way from the reading before to a drawn one.
    #[must_use]
    pub fn sense(self, before: u16) -> u16 {
        let (drawn, before) = (i32::from(self.0 as u16), i32::from(before));
        (before + ((drawn - before) >> 3)) as u16
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// What a run counted and summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Wakes before the horizon, one message each.
    pub messages: u64,
    /// Messages that reached their gateway.
    pub gateway_arrivals: u64,
    /// Messages that left their gateway for the backend.
    pub gateway_departures: u64,
    /// Messages that the backend finished.
    pub delivered: u64,
    /// Commands that reached their device.
    pub commands: u64,
    /// From wake to the end at the backend, summed over delivered messages [ns].
    pub uplink_latency_sum: u64,
    /// The longest of them [ns].
    pub uplink_latency_max: u64,
    /// From wake to the arrival of the command, summed over delivered commands [ns].
    pub loop_latency_sum: u64,
    /// The longest of them [ns].
    pub loop_latency_max: u64,
    /// The readings of all delivered messages, summed.
    pub checksum: u64,
    uplink_latencies: Vec<u32>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            messages: 0,
            gateway_arrivals: 0,
            gateway_departures: 0,
            delivered: 0,
            commands: 0,
            uplink_latency_sum: 0,
            uplink_latency_max: 0,
            loop_latency_sum: 0,
            loop_latency_max: 0,
            checksum: 0,
            uplink_latencies: vec![0; BINS],
        }
    }
}

impl Sums {
    /// Count a message that the backend has finished `latency` [ns] after its wake.
    #[inline]
    pub fn deliver(&mut self, latency: u64, reading: u16) {
        self.delivered += 1;
        self.uplink_latency_sum += latency;
        self.uplink_latency_max = self.uplink_latency_max.max(latency);
        self.checksum += u64::from(reading);
        self.uplink_latencies[(latency >> BIN_BITS).min(BINS as u64 - 1) as usize] += 1;
    }

    /// Count a command that reached its device `latency` [ns] after the wake that caused it.
    #[inline]
    pub fn command(&mut self, latency: u64) {
        self.commands += 1;
        self.loop_latency_sum += latency;
        self.loop_latency_max = self.loop_latency_max.max(latency);
    }

    /// Events counted alike for every engine, whatever it does inside: wakes, arrivals at and departures from
    /// gateways on the way up, deliveries, commands.
    #[must_use]
    pub fn canonical_events(&self) -> u64 {
        self.messages + self.gateway_arrivals + self.gateway_departures + self.delivered + self.commands
    }

    /// The upper edge of the bin below which `share` of the uplink latencies lie [ns], `share` in per cent.
    #[must_use]
    pub fn uplink_percentile(&self, share: u64) -> u64 {
        let wanted = (self.delivered * share).div_ceil(100);
        let mut seen = 0;
        let below = self.uplink_latencies.iter().take_while(|&&count| {
            let more = seen < wanted;
            seen += u64::from(count);
            more
        });
        (below.count() as u64) << BIN_BITS
    }
}
