//! The line of JSON by which an engine reports a run, and how a program measures itself for it.

use std::fs;
use std::io;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::workload::{Fleet, SECOND, Sums};

/// One run of one engine. Every engine prints it as one line; fields that are not read here may be added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its name in the table of ratios.
    pub engine: String,
    /// Devices that took part.
    pub devices: u32,
    /// Simulated time [s].
    pub horizon_s: u64,
    /// Wakes before the horizon, one message each.
    pub messages: u64,
    /// User and system time of all threads in the loop, set-up excluded [s].
    pub cpu_s: f64,
    /// The largest resident set of the process, set-up included [B].
    pub peak_rss_bytes: u64,
    /// Messages that the backend finished.
    pub delivered: u64,
    /// Commands that reached their device.
    pub commands: u64,
    /// From wake to the end at the backend, summed [ns].
    pub uplink_latency_sum_ns: u64,
    /// From wake to the arrival of the command, summed [ns].
    pub loop_latency_sum_ns: u64,
    /// The readings of all delivered messages, summed.
    pub checksum: u64,
}

impl Line {
    /// The line of a run that began at `began` by [`cpu_seconds`].
    ///
    /// # Errors
    /// As [`peak_rss_bytes`].
    pub fn new(engine: &str, fleet: &Fleet, sums: &Sums, cpu_s: f64) -> io::Result<Self> {
        Ok(Self {
            engine: engine.to_owned(),
            devices: fleet.devices,
            horizon_s: fleet.horizon / SECOND,
            messages: sums.messages,
            cpu_s,
            peak_rss_bytes: peak_rss_bytes()?,
            delivered: sums.delivered,
            commands: sums.commands,
            uplink_latency_sum_ns: sums.uplink_latency_sum,
            loop_latency_sum_ns: sums.loop_latency_sum,
            checksum: sums.checksum,
        })
    }
}

/// User and system time of all threads of this process up to now [s].
#[must_use]
pub fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / SECOND as f64
}

/// Wall time from any beginning [s].
#[must_use]
pub fn wall_seconds() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 + now.tv_nsec as f64 / SECOND as f64
}

/// The largest resident set of this process up to now [B].
///
/// # Errors
/// Where there is no `/proc/self/status` with `VmHWM`: on anything but Linux.
pub fn peak_rss_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes =
        peak.and_then(|rest| rest.trim().strip_suffix(" kB")).and_then(|number| number.parse().ok());
    kibibytes.map(|k: u64| k * 1024).ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}
