//! What adversaries have in common: how they enter, whom they turn to next, and what encryption does to computers.

pub mod encryption;
pub(crate) mod entry;
pub(crate) mod target_choice;

#[cfg(test)]
mod tests;
