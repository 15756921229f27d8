//! Every reference program gives the same sums, and those of other programs.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod engine;
mod figures;
mod own;
mod references;
