//! Reference programs for the FLEET workloads, which Plimsoll is measured against.
//!
//! [`soa`] is a plain loop over arrays, written for this workload and able to do nothing else: the speed of light.
//! [`heap`] is the event simulation of the textbook: one binary heap, one event a stage. Both give the same
//! [`workload::Sums`] exactly, and so do the programs in other frameworks beside this crate.

pub mod engine;
pub mod heap;
pub mod line;
pub mod own;
pub mod soa;
pub mod workload;
