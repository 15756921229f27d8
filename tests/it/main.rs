//! Whole-program tests: the built binary, in folders of its own, as a person or a script would use it.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod bad_input;
mod batteries;
mod costs;
mod determinism;
mod documents;
mod harm;
mod harness;
mod interruption;
mod json;
mod prices;
mod refused;
mod sensitivity;
mod snapshot;
mod store;
