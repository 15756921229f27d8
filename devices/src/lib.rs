//! What a fleet is made of: device classes, cryptography, plants, people, and the numbers they rest on.

pub mod check;
pub mod class;
pub mod crypto;
pub mod exposure;
pub mod frames;
pub mod hardware;
pub mod parameters;
pub mod plant;
pub mod power;
pub mod protocol;
pub mod quantity;
pub mod radio;
