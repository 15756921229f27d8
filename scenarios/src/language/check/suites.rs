//! Suites, and the classes that cannot run them.

use super::super::at::Name;
use super::Board;

pub(super) fn check(_: &mut Board<'_>) {}

pub(super) fn known(_: &mut Board<'_>, _: &Name, _: usize) {}
