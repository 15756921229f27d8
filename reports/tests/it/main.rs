//! The reports crate from outside, on invented comparisons.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod answer;
mod comparison;
mod page;
mod sample;
mod sensitivity;
mod terminal;
