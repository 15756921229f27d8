//! Radio: how long a frame occupies the air, and how long a duty cycle then keeps its sender silent.

pub mod airtime;
pub mod profile;
