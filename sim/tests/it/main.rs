//! The engine's behaviour through its public door.

mod conservation;
mod gateway;
mod null_toll;
mod sessions;
mod ward;
mod windows;
