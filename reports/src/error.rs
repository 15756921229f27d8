//! What can go wrong when results are made into a report.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A confidence level that is not one.
    #[error("a confidence level lies between 0 and 1, and {0} does not")]
    Confidence(f64),
    /// A value that is not a number.
    #[error("{what} is {value}, which is no number to compute with")]
    NotFinite {
        /// Which value.
        what: String,
        /// The value.
        value: f64,
    },
    /// Nothing to compute with.
    #[error("{what}: there is no completed replication")]
    Nothing {
        /// Of what.
        what: String,
    },
    /// Pairs need partners.
    #[error("`{strategy}` has {got} replications where `{baseline}` has {expected}: they cannot be paired")]
    Unpaired {
        /// The strategy.
        strategy: String,
        /// What it would be compared with.
        baseline: String,
        /// Replications of the baseline.
        expected: usize,
        /// Replications of the strategy.
        got: usize,
    },
    /// The baseline is not among the strategies.
    #[error("the baseline `{0}` is not among the strategies that were run")]
    Baseline(String),
    /// No such metric.
    #[error("no metric is called `{0}`")]
    Metric(String),
    /// A figure could not be drawn.
    #[error("the figure `{figure}` cannot be drawn: {reason}")]
    Figure {
        /// Which one.
        figure: &'static str,
        /// What the drawing library said.
        reason: String,
    },
    /// The page's template failed.
    #[error("the page cannot be laid out")]
    Page(#[source] minijinja::Error),
    /// Results could not be made into JSON.
    #[error("the results cannot be written as JSON")]
    Json(#[source] serde_json::Error),
}
