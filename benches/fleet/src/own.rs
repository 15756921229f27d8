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
use crate::line::{cpu_seconds, peak_rss_bytes, wall_seconds};

/// The workload with everything that a run usually has.
pub const FULL: &str = include_str!("../full.toml");

/// Something to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// FLEET-1 by the path that any message may take.
    Bare,
    /// The same with everything that a run usually has, under its strategy.
    Full,
    /// The same with so many sensors in all, of which each wakes every minute as in FLEET-1M, for as long as it takes until
    /// all that they keep is there: [`full_of`].
    FullOf(u32),
    /// FLEET-1 with so many devices besides that sleep all the time.
    Sleepers(u32),
    /// So many replications of three hours of the hospital, each on a thread of its own.
    Replications(u32),
    /// The first hour of a shipped scenario, as users write them.
    Shipped(Shipped),
}

/// A shipped scenario and the strategy under which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The scenario's name.
    pub scenario: &'static str,
    /// The strategy's name.
    pub strategy: &'static str,
}

const HOSPITAL: Shipped = Shipped { scenario: "hospital", strategy: "none" };

/// Those whose times are watched: what FLEET does not ask of the engine takes most of theirs.
pub const SHIPPED: [Shipped; 4] = [
    HOSPITAL,
    Shipped { strategy: "zero-trust", ..HOSPITAL },
    Shipped { scenario: "plant-network", strategy: "none" },
    Shipped { scenario: "wan-outage", strategy: "none" },
];

/// What was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Messages sent.
    pub messages: u64,
    /// CPU time of the loop, or of everything where threads take part [s].
    pub cpu_s: f64,
    /// Wall time of the same [s].
    pub wall_s: f64,
    /// The largest resident set of the process up to the end, set-up included [B].
    pub peak_rss_bytes: u64,
    /// The digests of the runs.
    pub digests: Vec<u64>,
}

impl Measured {
    /// Of work that began at these seconds of CPU and wall time and is over.
    fn new(messages: u64, [cpu, wall]: [f64; 2], digests: Vec<u64>) -> Result<Self, EngineError> {
        let (cpu_s, wall_s) = (cpu_seconds() - cpu, wall_seconds() - wall);
        let peak_rss_bytes = peak_rss_bytes().map_err(EngineError::Memory)?;
        Ok(Self { messages, cpu_s, wall_s, peak_rss_bytes, digests })
    }
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

/// The first hours of a shipped scenario, or all of it if that is shorter.
///
/// # Errors
/// When it cannot be built.
pub fn shipped(hours: u64, run: Shipped, luck: Luck) -> Result<Simulation, EngineError> {
    let scenario = load(&Source::named(run.scenario)).scenario;
    let horizon = Time(scenario.horizon.0.min(Span(hours * Span::HOUR.0)));
    begin(scenarios::language::Scenario { horizon, ..scenario }, run.strategy, luck)
}

/// FLEET-1 with `sleepers` devices besides, of the same class and in the same zone, which no flow names.
pub fn with_sleepers(sleepers: u32) -> String {
    let more = format!(
        "[fleet]\nsleepers = {{ class = \"workload-sensor\", zone = \"field\", count = {sleepers} }}\n"
    );
    scenarios::shipped::text("fleet-1.toml").unwrap_or_default().replacen("[fleet]\n", &more, 1)
}

/// The full workload with so many sensors in all, at least one in each of its four fleets, and a gateway for every
/// hundred. They wake every 54 to 66 s, as those of FLEET-1M do: more often, and the backend could not keep up with a
/// million. In 130 s each has woken twice, has its session and has worked at it, and the worm has gone round for more than a
/// minute.
pub fn full_of(sensors: u32) -> String {
    let sensors = (sensors / 4).max(1);
    let gateways = sensors.div_ceil(100);
    FULL.replace("count = 2500,", &format!("count = {sensors},"))
        .replace("count = 25 ", &format!("count = {gateways} "))
        .replace("\"9 s\"", "\"54 s\"")
        .replace("\"11 s\"", "\"66 s\"")
        .replace("\"10 min\"", "\"130 s\"")
}

/// What a run of [`Job::FullOf`] with so many sensors takes for each, beside one with next to none [B].
pub fn bytes_a_device(full: &Measured, empty: &Measured, sensors: u32) -> u64 {
    full.peak_rss_bytes.saturating_sub(empty.peak_rss_bytes) / u64::from(sensors.max(1))
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
    /// When a run cannot be built, or the system does not tell how much memory was in use.
    pub fn measure(self) -> Result<Measured, EngineError> {
        let mut simulation = match self {
            Self::Bare => {
                let text = scenarios::shipped::text("fleet-1.toml").unwrap_or_default();
                let mut simulation = build(text, "none", LUCK)?;
                simulation.core_mut().travel_by(sim::rank::Way::Messages);
                simulation
            }
            Self::Full => build(FULL, "usual", LUCK)?,
            Self::FullOf(sensors) => build(&full_of(sensors), "usual", LUCK)?,
            Self::Sleepers(count) => build(&with_sleepers(count), "none", LUCK)?,
            Self::Shipped(run) => shipped(1, run, LUCK)?,
            Self::Replications(count) => return replications(count),
        };
        let (cpu, wall) = (cpu_seconds(), wall_seconds());
        let messages = run(&mut simulation).messages;
        let digests = vec![simulation.core().digest.whole()];
        Measured::new(messages, [cpu, wall], digests)
    }
}

fn replications(count: u32) -> Result<Measured, EngineError> {
    let (cpu, wall) = (cpu_seconds(), wall_seconds());
    let one = |replication| {
        let luck = Luck { replication: u64::from(replication), ..LUCK };
        let mut simulation = shipped(3, HOSPITAL, luck)?;
        let messages = run(&mut simulation).messages;
        Ok((messages, simulation.core().digest.whole()))
    };
    let done: Vec<Result<(u64, u64), EngineError>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|replication| scope.spawn(move || one(replication))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    let messages = done.iter().map(|one| one.0).sum();
    Measured::new(messages, [cpu, wall], done.iter().map(|one| one.1).collect())
}
