//! Plimsoll on the command line.
fn main() {}
