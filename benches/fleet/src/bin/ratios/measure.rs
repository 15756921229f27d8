//! One run of one engine, held against the sums that every engine must give.

use std::error::Error;
use std::process::{Command, Stdio};

use benches::line::Line;
use benches::soa::Soa;
use benches::workload::{Fleet, Sums};

use crate::engines::Engine;

/// What is known of an engine on a case after some runs.
pub struct Best {
    pub fleet: Fleet,
    pub sums: Sums,
    /// Of the fastest run [s].
    pub cpu_s: f64,
    /// Of the leanest run [B].
    pub peak_rss: u64,
}

impl Best {
    /// Before the first run.
    pub fn of(fleet: Fleet) -> Self {
        Self { fleet, sums: Soa::set_up(&fleet).run(), cpu_s: f64::INFINITY, peak_rss: u64::MAX }
    }

    /// Run once more.
    pub fn again(&mut self, engine: &Engine) -> Result<(), Box<dyn Error>> {
        let line = run(engine, &self.fleet)?;
        agree(engine, &line, &self.sums)?;
        self.cpu_s = self.cpu_s.min(line.cpu_s);
        self.peak_rss = self.peak_rss.min(line.peak_rss_bytes);
        Ok(())
    }

    /// CPU time per message [ns].
    pub fn per_message(&self) -> f64 {
        self.cpu_s * 1e9 / self.sums.messages as f64
    }

    /// Canonical events per second of CPU time.
    pub fn event_rate(&self) -> f64 {
        self.sums.canonical_events() as f64 / self.cpu_s
    }
}

/// Resident set of an engine with next to nothing to do [B].
pub fn empty_rss(engine: &Engine) -> Result<u64, Box<dyn Error>> {
    Ok(run(engine, &Fleet::of(1, 10, 1))?.peak_rss_bytes)
}

fn run(engine: &Engine, fleet: &Fleet) -> Result<Line, Box<dyn Error>> {
    let arguments = engine.arguments(fleet);
    let output = Command::new(&arguments[0]).args(&arguments[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{}: `{}` ended with {}", engine.name, arguments.join(" "), output.status).into());
    }
    let line = serde_json::from_slice(&output.stdout);
    line.map_err(|error| {
        format!("{}: `{}` printed no line: {error}", engine.name, arguments.join(" ")).into()
    })
}

/// An engine that counts otherwise did other work, and its speed means nothing.
fn agree(engine: &Engine, line: &Line, sums: &Sums) -> Result<(), Box<dyn Error>> {
    let loop_latency = if engine.breaks_ties { line.loop_latency_sum_ns } else { sums.loop_latency_sum };
    let pairs = [
        ("messages", line.messages, sums.messages),
        ("delivered", line.delivered, sums.delivered),
        ("commands", line.commands, sums.commands),
        ("uplink_latency_sum_ns", line.uplink_latency_sum_ns, sums.uplink_latency_sum),
        ("loop_latency_sum_ns", loop_latency, sums.loop_latency_sum),
        ("checksum", line.checksum, sums.checksum),
    ];
    for (what, found, wanted) in pairs {
        if found != wanted {
            let (devices, name) = (line.devices, engine.name);
            return Err(format!("{name}, {devices} devices: {what} is {found}, of {wanted}").into());
        }
    }
    Ok(())
}
