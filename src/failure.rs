//! What went wrong, told once, by the one printer that walks the chain of sources.

use crate::screen;
use experiments::ExperimentError;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

/// The run failed.
pub const RUN: u8 = 1;
/// The input is wrong.
pub const INPUT: u8 = 2;

/// Why a command ends without having done its work.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    doing: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// Something failed that was asked for rightly.
    pub fn run(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: RUN, doing: None, source: Some(source.into()) }
    }

    /// What was asked for is wrong.
    pub fn input(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: INPUT, doing: None, source: Some(source.into()) }
    }

    /// It has been told already.
    pub fn told(code: u8) -> Self {
        Self { code, doing: None, source: None }
    }

    /// What was being done.
    #[must_use]
    pub fn doing(mut self, what: impl Into<String>) -> Self {
        self.doing = Some(what.into());
        self
    }

    /// Tell it on standard error.
    pub fn print(&self) -> ExitCode {
        let mut text = String::new();
        let mut causes = self.doing.iter().cloned().collect::<Vec<_>>();
        let mut source: Option<&dyn Error> = self.source.as_deref().map(|error| error as &dyn Error);
        while let Some(error) = source {
            // Some libraries repeat their source's text in their own.
            let said = error.to_string();
            if !causes.last().is_some_and(|before| before.ends_with(&said)) {
                causes.push(said);
            }
            source = error.source();
        }
        for (depth, cause) in causes.iter().enumerate() {
            let lead = if depth == 0 { "error: " } else { "  because: " };
            let _ = writeln!(text, "{lead}{cause}");
        }
        screen::tell(&text);
        ExitCode::from(self.code)
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        if error.is_input() { Self::input(error) } else { Self::run(error) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::run(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::run(error).doing("the result cannot be written as JSON")
    }
}
