//! The scenario language: TOML in, a typed [`Scenario`] and every finding out.
//!
//! Everything that has a name is `[kind.name]`; choices are closed lists; quantities carry units; random
//! quantities name their law. Inside, everything is in SI units and integer nanoseconds, names are texts, and
//! what a finding may point at knows where it stands.

pub mod allow;
pub mod at;
mod check;
pub mod clock;
pub mod complaint;
pub mod date;
mod decode;
pub mod event;
pub mod explain;
mod files;
pub mod findings;
pub mod fleet;
pub mod flow;
mod include;
pub mod laws;
pub mod list;
pub mod load;
pub mod medium;
mod nearest;
pub mod people;
pub mod place;
pub mod process;
pub mod registry;
pub mod render;
pub mod scenario;
pub mod schema;
mod sections;
pub mod selector;
pub mod source;
pub mod stated;
pub mod strategy;
pub mod units;
mod uses;

pub use at::{At, Name};
pub use scenario::{Item, Named, Place, Scenario};
pub use selector::{Member, Role, Selector};
