//! Radio: how long a frame occupies the air, how long a duty cycle then keeps its sender silent, and the rules by which
//! each radio shares its medium.

pub mod airtime;
mod errors;
mod lay;
pub mod profile;
mod turns;

pub use errors::oqpsk_bit_error;
pub use turns::silence;
