//! Many runs from outside: a plan is carried out, and what it says is held against what must come out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where it fails, and prints what it finds"
)]

mod sensitivity;
