//! What a fleet is made of: device classes, cryptography, plants, people, and the numbers they rest on.

pub mod check;
pub mod class;
pub mod crypto;
pub mod hardware;
pub mod parameters;
pub mod plant;
pub mod quantity;
pub mod radio;
