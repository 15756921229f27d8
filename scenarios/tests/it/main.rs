//! The scenario language from outside: what planners write, and what they are answered.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, prints what it skips, and computes what it expects by other means"
)]

mod bad_input;
mod conduits;
mod controls;
mod dependence;
mod exchanges;
mod failover;
mod hospital;
mod includes;
mod lists;
mod local;
mod needs;
mod networks;
mod panic_free;
mod products;
mod shifts;
mod shipped;
mod wards;
