//! Plimsoll against itself: what features, sleepers and a second core cost or bring.

use std::sync::Arc;
use std::thread;

use scenarios::language::load::{Source, load};
use scenarios::language::units::Time;
use scenarios::site::{self, SiteError};
use serde::{Deserialize, Serialize};
use sim::core::Counters;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::Span;

use crate::engine::EngineError;
use crate::line::{cpu_seconds, wall_seconds};

/// The workload with everything that a run usually has.
pub const FULL: &str = include_str!("../full.toml");

/// Something to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// FLEET-1 by the path that any message may take.
    Bare,
    /// The same with everything that a run usually has, under its strategy.
    Full,
    /// FLEET-1 with so many devices besides that sleep all the time.
    Sleepers(u32),
    /// So many replications of three hours of the hospital, each on a thread of its own.
    Replications(u32),
}

/// What was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Messages sent.
    pub messages: u64,
    /// CPU time of the loop, or of everything where threads take part [s].
    pub cpu_s: f64,
    /// Wall time of the same [s].
    pub wall_s: f64,
    /// The digests of the runs.
    pub digests: Vec<u64>,
}

/// A run about to begin, of a scenario's text.
///
/// # Errors
/// When it does not read or cannot be built.
pub fn build(text: &str, strategy: &str, luck: Luck) -> Result<Simulation, EngineError> {
    let loaded = load(&Source::text("fleet.toml", text));
    if !loaded.may_run() {
        let found = loaded.findings.iter().map(|one| format!("{} {}", one.code, one.message));
        return Err(EngineError::Findings(found.collect::<Vec<_>>().join("; ")));
    }
    begin(loaded.scenario, strategy, luck)
}

fn begin(
    scenario: scenarios::language::Scenario,
    strategy: &str,
    luck: Luck,
) -> Result<Simulation, EngineError> {
    let refused = |source: SiteError| EngineError::Site(Box::new(source));
    let mut run = site::build(&Arc::new(scenario), strategy, luck, site::WINDOW).map_err(refused)?;
    run.core_mut().books.told = false;
    Ok(run)
}

/// The first hours of the shipped hospital.
///
/// # Errors
/// When it cannot be built.
pub fn hospital(hours: u64, strategy: &str, luck: Luck) -> Result<Simulation, EngineError> {
    let loaded = load(&Source::named("hospital"));
    let scenario =
        scenarios::language::Scenario { horizon: Time(Span(hours * Span::HOUR.0)), ..loaded.scenario };
    begin(scenario, strategy, luck)
}

/// FLEET-1 with `sleepers` devices besides, of the same class and in the same zone, which no flow names.
pub fn with_sleepers(sleepers: u32) -> String {
    let more = format!(
        "[fleet]\nsleepers = {{ class = \"workload-sensor\", zone = \"field\", count = {sleepers} }}\n"
    );
    scenarios::shipped::text("fleet-1.toml").unwrap_or_default().replacen("[fleet]\n", &more, 1)
}

/// Run to the horizon; gives how much was worked.
pub fn run(simulation: &mut Simulation) -> Counters {
    simulation.run(|_, _| ());
    simulation.core().counters()
}

const LUCK: Luck = Luck { seed: 1, replication: 0 };

impl Job {
    /// Measure it once.
    ///
    /// # Errors
    /// When a run cannot be built.
    pub fn measure(self) -> Result<Measured, EngineError> {
        let mut simulation = match self {
            Self::Bare => {
                let text = scenarios::shipped::text("fleet-1.toml").unwrap_or_default();
                let mut simulation = build(text, "none", LUCK)?;
                simulation.core_mut().travel_by(sim::rank::Way::Messages);
                simulation
            }
            Self::Full => build(FULL, "usual", LUCK)?,
            Self::Sleepers(count) => build(&with_sleepers(count), "none", LUCK)?,
            Self::Replications(count) => return replications(count),
        };
        let (cpu, wall) = (cpu_seconds(), wall_seconds());
        let messages = run(&mut simulation).messages;
        let digests = vec![simulation.core().digest.whole()];
        Ok(Measured { messages, cpu_s: cpu_seconds() - cpu, wall_s: wall_seconds() - wall, digests })
    }
}

fn replications(count: u32) -> Result<Measured, EngineError> {
    let (cpu, wall) = (cpu_seconds(), wall_seconds());
    let one = |replication| {
        let luck = Luck { replication: u64::from(replication), ..LUCK };
        let mut simulation = hospital(3, "none", luck)?;
        let messages = run(&mut simulation).messages;
        Ok((messages, simulation.core().digest.whole()))
    };
    let done: Vec<Result<(u64, u64), EngineError>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|replication| scope.spawn(move || one(replication))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Measured {
        messages: done.iter().map(|one| one.0).sum(),
        cpu_s: cpu_seconds() - cpu,
        wall_s: wall_seconds() - wall,
        digests: done.iter().map(|one| one.1).collect(),
    })
}
