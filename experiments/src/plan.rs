//! What is to be compared, and what a comparison says of itself.

use crate::dossier;
use crate::error::ExperimentError;
use crate::marks;
use reports::comparison::{Clock, Mark, VERSION};
use reports::dossier::Dossier;
use reports::metrics;
use scenarios::language::Scenario;
use scenarios::language::clock::{DAYS, WeekTime};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A comparison to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is asked.
    pub scenario: Arc<Scenario>,
    /// What it says of itself.
    pub about: About,
    /// Replications at most.
    pub replications: u32,
    /// Stop once the primary differences are known to this half width, in the primary metric's unit.
    pub until: Option<f64>,
    /// Runs at once.
    pub threads: usize,
    /// Memory that the program may take [B]: the first run is made alone and measured, then as many at once as fit.
    pub memory: Option<u64>,
    /// Whether parameters are set low and high to tell which of them move the answer.
    pub sensitivity: bool,
}

impl Plan {
    /// Whether it can be carried out.
    ///
    /// # Errors
    /// When a number in it makes no sense.
    pub fn check(&self) -> Result<(), ExperimentError> {
        if self.until.is_some_and(|precision| !(precision.is_finite() && precision > 0.0)) {
            return Err(ExperimentError::Number { what: "the precision", must: "a number above 0" });
        }
        if self.replications == 0 {
            return Err(ExperimentError::Number { what: "the number of replications", must: "at least 1" });
        }
        // A single run has no interval that a number could move the answer beyond.
        if self.sensitivity && self.replications < 2 {
            let what = "the number of replications of a comparison that tells which numbers move its answer";
            return Err(ExperimentError::Number { what, must: "at least 2" });
        }
        Ok(())
    }
}

/// Whatever a stored comparison needs besides its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The version of the layout.
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed of all luck.
    pub seed: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The strategies, in the scenario's order.
    pub strategies: Vec<String>,
    /// The strategy that the others are compared with.
    pub baseline: String,
    /// The metric that decides; `harm` stands for the first of [`HARM`] that every run gives.
    pub primary: String,
    /// The command that makes this again, but for the number of replications.
    pub command: String,
    /// The clock.
    pub clock: Clock,
    /// Happenings that come at a set time.
    pub marks: Vec<Mark>,
    /// The place and its models.
    pub dossier: Dossier,
}

/// What `primary = "harm"` means: what people suffer; where no body is simulated, what they go without; where
/// there are no patients, what does not arrive.
pub const HARM: [&str; 4] =
    ["patients-harmed", "care-available", "command-flow-availability", "data-flow-availability"];

impl About {
    /// Of a scenario with some of its strategies, or all when none is named.
    ///
    /// # Errors
    /// When a strategy or the primary metric is not there.
    pub fn new(
        (name, scenario): (&str, &Scenario),
        strategies: &[String],
        seed: u64,
        command: String,
    ) -> Result<Self, ExperimentError> {
        for name in strategies {
            known(scenario, name)?;
        }
        let chosen = |name: &&String| strategies.is_empty() || strategies.contains(name);
        let chosen: Vec<String> = scenario.strategies.keys().filter(chosen).cloned().collect();
        let primary = scenario.compare.primary();
        if primary != "harm" && metrics::by_id(primary).is_none() {
            let known: Vec<&str> =
                std::iter::once("harm").chain(metrics::ALL.iter().map(|def| def.id)).collect();
            return Err(ExperimentError::Metric { name: primary.to_owned(), known: known.join(", ") });
        }
        // A comparison without its baseline is held against the first of its strategies.
        let baseline = scenario.compare.baseline().to_owned();
        let baseline = if chosen.contains(&baseline) { Some(baseline) } else { chosen.first().cloned() };
        let Some(baseline) = baseline else {
            return Err(ExperimentError::Number { what: "the number of strategies", must: "at least 1" });
        };
        Ok(Self {
            version: VERSION,
            scenario: name.to_owned(),
            title: scenario.title.clone(),
            seed,
            confidence: scenario.compare.confidence(),
            baseline,
            primary: primary.to_owned(),
            command,
            clock: clock(scenario),
            marks: marks::happenings(scenario),
            dossier: dossier::of_scenario(scenario, &chosen),
            strategies: chosen,
        })
    }
}

/// Whether the scenario has this strategy.
///
/// # Errors
/// When it has not.
pub fn known(scenario: &Scenario, strategy: &str) -> Result<(), ExperimentError> {
    if scenario.strategies.contains_key(strategy) {
        return Ok(());
    }
    let known = scenario.strategies.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Err(ExperimentError::Strategy { name: strategy.to_owned(), known })
}

fn clock(scenario: &Scenario) -> Clock {
    let start = scenario.starts_at;
    Clock {
        starts_at: shown(start),
        start_s: start.clock.0.seconds(),
        horizon_s: scenario.horizon.0.seconds(),
    }
}

fn shown(at: WeekTime) -> String {
    let minutes = at.clock.0.0 / sim::time::Span::MINUTE.0;
    let day = DAYS.get(usize::from(at.day)).copied().unwrap_or_default();
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}
