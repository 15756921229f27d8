//! What was found out: metrics, statistics, the comparison and the page that shows it.
//!
//! This crate sees facts and a plain [`dossier::Dossier`], never the world.

pub mod error;
pub mod facts;
pub mod metrics;
pub mod outcome;
pub mod statistics;
pub mod tally;
