//! Physical processes: plain functions over plain numbers, each on its own absolute grid.
//!
//! A plant knows no device, no network and no attack. It is driven by changes of its input at exact instants and
//! read on copies; information about it is somebody else's business.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`infusion`] | a patient on an opioid: advance, change the input, measure |
//! | [`pharmacokinetics`], [`respiration`] | the two models it is made of |
//! | [`person`], [`therapy`] | who the patient is, what was ordered, the button |
//! | [`harm`], [`crossing`] | time harmed; which scan will notice |
//! | [`twin`], [`deviation`] | the patient as they would have been, and whom a harm is charged to |
//! | [`grid`], [`constants`], [`validate`] | where steps lie; sourced numbers; comparison with the outside |

pub mod constants;
pub mod crossing;
pub mod deviation;
pub mod grid;
pub mod harm;
pub mod infusion;
pub mod person;
pub mod pharmacokinetics;
pub mod respiration;
pub mod therapy;
pub mod twin;
pub mod validate;

/// What a plant is called and where it is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantDef {
    /// The name scenarios use.
    pub id: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// What it is made of.
    pub models: &'static [&'static str],
    /// The text of its constants, with sources.
    pub constants: &'static str,
    /// The names of the harms it counts, each in nanoseconds.
    pub harms: &'static [&'static str],
}

/// Every plant.
pub const ALL: &[PlantDef] = &[infusion::DEF];

/// What may be wrong with a plant's description.
#[derive(Debug, thiserror::Error)]
pub enum PlantError {
    /// A data file that does not parse.
    #[error("the constants in {name} cannot be read")]
    Constants {
        /// The data file.
        name: &'static str,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// A constant that the data file does not hold, or not as a finite number.
    #[error("there is no constant `{key}`")]
    NoConstant {
        /// Group and name.
        key: String,
    },
    /// A number outside the range of a model.
    #[error("{what} is {value}, outside the model's range from {low} to {high}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The smallest that the model takes.
        low: f64,
        /// The largest that the model takes.
        high: f64,
    },
    /// Two rates so near each other that the solution loses its digits.
    #[error("the rates {first} and {second} per minute are too close for the solution in exponentials")]
    CoincidentRates {
        /// One of them.
        first: f64,
        /// The other.
        second: f64,
    },
}
