//! What was found out: metrics, statistics, the comparison and the page that shows it.
//!
//! This crate sees facts and a plain [`dossier::Dossier`], never the world.

pub mod answer;
pub mod batteries;
pub mod comparison;
pub mod dossier;
pub mod error;
pub mod facts;
mod flow_rows;
pub mod format;
mod losses;
pub mod metrics;
pub mod outcome;

pub mod page;
pub mod profile;
pub mod run_report;
pub mod sensitivity;
pub mod statistics;
pub mod summary;
pub mod tally;
pub mod terminal;
mod words;
