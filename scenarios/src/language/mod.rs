//! The scenario language: TOML in, a typed [`Scenario`] and every finding out.
//!
//! Everything that has a name is `[kind.name]`; choices are closed lists; quantities carry units; random
//! quantities name their law. Inside, everything is in SI units and integer nanoseconds, names are texts, and
//! what a finding may point at knows where it stands.

pub mod at;
pub mod clock;
pub mod complaint;
pub mod event;
pub mod explain;
pub mod fleet;
pub mod flow;
pub mod laws;
pub mod list;
mod nearest;
pub mod people;
pub mod place;
pub mod process;
pub mod registry;
pub mod scenario;
pub mod selector;
pub mod strategy;
pub mod units;

pub use at::{At, Name};
pub use scenario::{Item, Named, Place, Scenario};
pub use selector::{Member, Role, Selector};
