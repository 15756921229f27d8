//! The scenario language from outside: what planners write, and what they are answered.

mod bad_input;
mod controls;
mod hospital;
mod includes;
mod lists;
mod panic_free;
mod shipped;
mod wards;
