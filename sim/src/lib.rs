//! The engine of Plimsoll: clock, rows, stations, luck, facts and ledger.
//!
//! It knows no control, no device class, no attack and no plant: those live in the crates above and reach
//! the engine through rows, tolls, status changes and tasks. Begin with [`tick`], which is the whole program on
//! a page.

mod ahead;
mod background;
mod between;
pub mod books;
mod calendar;
mod changes;
pub mod core;
pub mod digest;
mod early;
mod emit;
pub mod emitter;
pub mod fact;
pub mod frames;
mod going;
pub mod keep;
mod keys;
pub mod kinds;
pub mod latencies;
mod later;
pub mod law;
mod leg;
mod legs;
pub mod luck;
mod marks;
pub mod math;
pub mod medium;
pub mod message;
pub mod meter;
pub mod names;
mod order;
mod parcel;
mod plan;
mod pool;
mod priority;
mod queue;
pub mod rank;
mod rare;
mod resting;
mod ring;
pub mod route;
pub mod row;
pub mod runs;
pub mod session;
mod shares;
mod sharing;
pub mod simulation;
mod sleepers;
mod slots;
mod smooth;
mod sorting;
pub mod station;
pub mod stations;
pub mod status;
mod taken;
pub mod tick;
pub mod time;
pub mod travel;
mod waiting;
mod wheel;
mod window;
