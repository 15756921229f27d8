//! Real input: a team's own files become a scenario.
//!
//! | file | read by | becomes |
//! | --- | --- | --- |
//! | MUD profiles (RFC 8520) | [`mud::read`] | declared flows of a device class |
//! | an inventory (CSV) | [`inventory::read`] | zones and fleets |
//! | observed flows (CSV) | [`flows::read`] | verdicts against a profile, and undeclared flows |
//!
//! [`fleet`] brings profiles, an inventory or flows into a [`draft::Draft`], and [`write::scenario`] makes the
//! folder's text of it.
//! What a file does not hold is filled from `data/import_assumptions.toml` and listed; what was left out is
//! listed too. Nothing here prints: every function takes bytes and returns values and text.

pub mod acl;
pub mod assume;
mod csv_table;
mod declare;
pub mod draft;
pub mod fleet;
pub mod flows;
pub mod inventory;
mod json;
pub mod mud;
pub mod needed;
pub mod peer;
pub mod replay;
pub mod rules;
pub mod understanding;
pub mod verdict;
pub mod write;

pub use json::MAX_JSON;

/// Why a file was not read. Each names the file and, where there is one, the place in it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing in it.
    #[error("{file}: the file is empty")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// Larger than anything that is read.
    #[error("{file}: {bytes} bytes are more than the {most} that are read")]
    TooLarge {
        /// The file's name.
        file: String,
        /// Its size [bytes].
        bytes: usize,
        /// The largest size that is read [bytes].
        most: usize,
    },
    /// Not UTF-8 text.
    #[error("{file}:{line}:{column}: this is no text (not UTF-8)")]
    NotText {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("{file}:{line}:{column}: this is no JSON")]
    Json {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// JSON of another structure than RFC 8520 and RFC 8519 give a profile.
    #[error("{file}:{line}:{column}: `{pointer}`: expected {expected}")]
    Structure {
        /// The file's name.
        file: String,
        /// JSON pointer (RFC 6901) to the culprit.
        pointer: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What should stand there.
        expected: String,
    },
    /// A table whose columns say that it is something else.
    #[error("{file}: this is no {what}: {expected}")]
    NotThis {
        /// The file's name.
        file: String,
        /// What was looked for.
        what: &'static str,
        /// What such a file holds, and what was found instead.
        expected: String,
    },
    /// A line of a table or of a list of names that cannot be read.
    #[error("{file}:{line}: {expected}")]
    Line {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What should stand there.
        expected: String,
    },
    /// One of the program's own data files is broken.
    #[error("the data file {file} is broken")]
    Data {
        /// The file's name.
        file: &'static str,
        /// What the TOML reader says.
        source: toml::de::Error,
    },
    /// Nothing to make a scenario of.
    #[error("nothing to import: {why}")]
    Nothing {
        /// What was missing.
        why: String,
    },
}

/// Something worth telling about a file that was read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Where in the file: a JSON pointer or a column.
    pub at: String,
    /// What there is to tell.
    pub text: String,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, at, text } = self;
        write!(f, "{file}:{line}: {at}: {text}")
    }
}
