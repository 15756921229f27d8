//! The reports crate from outside, on invented comparisons.

mod answer;
mod comparison;
mod page;
mod sample;
mod terminal;
