//! The program proves its claims through its public path: a scenario is loaded, built and run, and what is claimed is
//! compared with a closed form, with a second computation, or with a run that must not differ.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, prints what it skips, and computes what it expects by other means"
)]

mod classes;
mod conservation;
mod crypto;
mod hostile;
mod import;
mod journal;
mod keep;
mod luck;
mod physics;
mod placement;
mod sources;
mod streams;
mod windows;

use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use scenarios::site::{WINDOW, build};
use sim::core::Core;
use sim::fact::Fact;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::Span;
use std::sync::Arc;

/// The strategies of the shipped hospital.
const STRATEGIES: [&str; 5] = ["none", "checklist", "zoned", "zero-trust", "risk-based"];

const LUCK: Luck = Luck { seed: 42, replication: 0 };

/// The shipped hospital, for its first hours only.
fn hospital(hours: u64) -> Scenario {
    let loaded = load(&Source::named("hospital"));
    assert!(loaded.may_run());
    Scenario { horizon: Time(Span(hours * Span::HOUR.0)), ..loaded.scenario }
}

/// The scenario that a text describes.
fn read(text: &str) -> Scenario {
    let loaded = load(&Source::text("proof.toml", text));
    let found: Vec<String> =
        loaded.findings.iter().map(|one| format!("{} {} {}", one.code, one.message, one.label)).collect();
    assert!(loaded.may_run(), "{found:?}");
    loaded.scenario
}

/// A run about to begin.
fn begin(scenario: &Arc<Scenario>, strategy: &str) -> Simulation {
    build(scenario, strategy, LUCK, WINDOW).unwrap_or_else(|error| panic!("{strategy}: {error:?}"))
}

/// A run to its horizon: `each` is shown every fact.
fn finish(mut simulation: Simulation, mut each: impl FnMut(&Fact, &Core)) -> Simulation {
    simulation.run(|facts, core| facts.iter().for_each(|fact| each(fact, core)));
    simulation
}
