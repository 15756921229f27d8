//! The reports crate from outside, on invented comparisons.

mod answer;
mod comparison;
mod sample;
mod terminal;
