//! The engine of Plimsoll: clock, rows, stations, luck, facts and ledger.
//!
//! It knows no control, no device class, no attack and no plant: those live in the crates above and reach
//! the engine through rows, tolls, status changes and tasks.

pub mod fact;
pub mod law;
pub mod luck;
pub mod math;
pub mod time;
