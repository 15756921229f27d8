//! Findings: what is wrong with a scenario, where, and what to do about it.

use super::complaint::Complaint;
use super::files::Files;
use super::scenario::Place;
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is run.
    Error,
    /// It is run, and may not mean what was meant.
    Warning,
}

/// One thing that is wrong, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code: `plimsoll explain CODE` opens its page.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What stands under the caret.
    pub label: String,
    /// What to do about it.
    pub help: String,
}

impl Finding {
    /// An error.
    pub fn error(code: &'static str, place: impl Into<Option<Place>>, message: impl Into<String>) -> Self {
        let (label, help) = (String::new(), String::new());
        Self { code, severity: Severity::Error, message: message.into(), place: place.into(), label, help }
    }

    /// A warning.
    pub fn warning(code: &'static str, place: impl Into<Option<Place>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    /// With these words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With this advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// A complaint, now that its file is known; `whole` is where it stands if it does not say.
    pub(crate) fn of(complaint: Complaint, file: usize, whole: std::ops::Range<usize>) -> Self {
        let place = Place::new(file, complaint.span.unwrap_or(whole));
        Self::error(complaint.code, place, complaint.message).label(complaint.label).help(complaint.help)
    }
}

/// Puts findings in the order of their places, and drops repetitions.
pub(crate) fn arrange(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (&a.place, a.code, &a.message).cmp(&(&b.place, b.code, &b.message)));
    findings.dedup();
}

/// How many errors and warnings there are.
pub fn tally(findings: &[Finding]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    (errors, findings.len() - errors)
}

/// A finding as JSON gives it.
#[derive(Clone, Debug, Serialize)]
pub struct FindingJson<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    label: &'a str,
    help: &'a str,
}

/// Findings as JSON gives them: `{ "version": 1, "errors": …, "warnings": …, "findings": […] }`.
#[derive(Clone, Debug, Serialize)]
pub struct FindingsJson<'a> {
    version: u32,
    errors: usize,
    warnings: usize,
    findings: Vec<FindingJson<'a>>,
}

/// The findings for other programs.
pub fn json<'a>(findings: &'a [Finding], files: &'a Files) -> FindingsJson<'a> {
    let (errors, warnings) = tally(findings);
    let one = |finding: &'a Finding| {
        let place = finding.place.as_ref();
        let at = place.and_then(|place| files.line_and_column(place));
        FindingJson {
            code: finding.code,
            severity: finding.severity,
            message: &finding.message,
            file: place.and_then(|place| files.name(place.file)),
            line: at.map(|at| at.0),
            column: at.map(|at| at.1),
            label: &finding.label,
            help: &finding.help,
        }
    };
    FindingsJson { version: 1, errors, warnings, findings: findings.iter().map(one).collect() }
}
