//! Many runs: replications of strategies on the same luck, the results they leave, and models against the world.
//!
//! [`run::run`] makes one run and keeps no fact of it; [`compare::compare`] makes many, in parallel, and reads
//! their results in the order of replications, so that neither the number of threads nor the moment of an
//! interruption can be seen in what was completed.

pub mod compare;
pub mod digest;
pub mod dossier;
pub mod error;
pub mod explain;
mod folds;
pub mod harm;
pub mod kept;
pub mod log;
pub mod marks;
mod parallel;
pub mod plan;
pub mod run;
pub mod sensitivity;
pub mod snapshot;
pub mod store;
pub mod threads;
pub mod timing;
pub mod usage;
pub mod validate;

pub use error::ExperimentError;
