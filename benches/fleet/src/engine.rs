//! Plimsoll itself, through its public path: the shipped scenario with other numbers, built as any other and run.

use std::sync::Arc;

use scenarios::language::load::{Source, load};
use scenarios::site::{self, SiteError};
use sim::luck::Luck;
use sim::rank::{Path, Way};
use sim::simulation::Simulation;

use crate::workload::{Fleet, Sums};

/// A run about to begin.
pub struct Engine {
    simulation: Simulation,
}

/// A run that could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The scenario does not read.
    #[error("the scenario has findings: {0}")]
    Findings(String),
    /// It cannot be built.
    #[error("the run cannot be built")]
    Site(#[source] Box<SiteError>),
    /// The system does not tell how much memory was in use.
    #[error("the peak of the resident set")]
    Memory(#[source] std::io::Error),
}

/// The shipped scenario FLEET-1 with the numbers of `fleet`.
fn text(fleet: &Fleet) -> String {
    let Fleet { devices, gateways, period, horizon, seed } = *fleet;
    let (low, high) = (period - period / 10, period + period / 10);
    let shipped = scenarios::shipped::text("fleet-1.toml").unwrap_or_default();
    shipped
        .replace("count = 10000,", &format!("count = {devices},"))
        .replace("count = 100 ", &format!("count = {gateways} "))
        .replace("\"9 s\"", &format!("\"{low} ns\""))
        .replace("\"11 s\"", &format!("\"{high} ns\""))
        .replace("\"10 min\"", &format!("\"{horizon} ns\""))
        .replace("0x5EED", &seed.to_string())
}

impl Engine {
    /// Build the run of `fleet` under a strategy of the scenario. `way` tells in what form messages travel that move
    /// nothing but the books; no result depends on it.
    ///
    /// # Errors
    /// When the scenario does not read or cannot be built.
    pub fn set_up(fleet: &Fleet, strategy: &str, way: Way) -> Result<Self, EngineError> {
        let loaded = load(&Source::text("fleet.toml", &text(fleet)));
        if !loaded.may_run() {
            let found = loaded.findings.iter().map(|one| format!("{} {}", one.code, one.message));
            return Err(EngineError::Findings(found.collect::<Vec<_>>().join("; ")));
        }
        let luck = Luck { seed: 1, replication: 0 };
        let mut simulation = site::build(&Arc::new(loaded.scenario), strategy, luck, site::WINDOW)
            .map_err(|source| EngineError::Site(Box::new(source)))?;
        simulation.core_mut().books.told = false;
        simulation.core_mut().travel_by(way);
        Ok(Self { simulation })
    }

    /// Run to the horizon. What only event counting needs stays 0.
    pub fn run(&mut self) -> Sums {
        self.simulation.run(|_, _| ());
        let core = self.simulation.core();
        let mut sums = Sums::default();
        for (topic, book) in core.books.iter() {
            let (arrived, took) = (book.in_time + book.late, &book.latencies);
            match core.names.topic_name(topic) {
                "uplink" => {
                    (sums.messages, sums.delivered, sums.checksum) = (book.due, arrived, book.values);
                    (sums.uplink_latency_sum, sums.uplink_latency_max) = (took.sum().0, took.longest().0);
                }
                "command" => {
                    (sums.commands, sums.loop_latency_sum, sums.loop_latency_max) =
                        (arrived, took.sum().0, took.longest().0);
                }
                _ => (),
            }
        }
        sums
    }

    /// How its slots are worked.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.simulation.core().path()
    }

    /// The digest of the run.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.simulation.core().digest.whole()
    }
}
