//! The engine's behaviour through its public door.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, prints what it skips, and computes what it expects by other means"
)]

mod battery;
mod brute;
mod conservation;
mod gateway;
mod keep;
mod media;
mod meter;
mod null_toll;
mod parcels;
mod priority;
mod sessions;
mod sharing;
mod ward;
mod windows;
