//! The classes of rows that belong to no engine: at the same instant a smaller number is worked first.
//!
//! The numbers are part of every digest, so they are all written down here.

use sim::row::Class;

/// An account may open again.
pub const ACCOUNT: Class = Class(20);
/// A permitted flow that a list blocks by mistake is put right.
pub const MISRULE: Class = Class(21);
/// A firewall fails or is mended.
pub const FIREWALL: Class = Class(22);
/// A session that stood at the start has lived its time.
pub const SESSION: Class = Class(23);
/// A detector suspects a device that nobody holds.
pub const SUSPICION: Class = Class(24);
/// A suspicion is acted upon.
pub const ISOLATION: Class = Class(25);
/// An isolated device is looked at, and released.
pub const RELEASE: Class = Class(26);
/// A device takes the next step of an update.
pub const UPDATE: Class = Class(27);
/// Somebody has tried to onboard a device.
pub const ONBOARDING: Class = Class(28);
/// What streams have lost is told at the last instant.
pub const LAST_STREAMS: Class = Class(29);

/// A patient's need of a device begins or ends.
pub const BEGIN_OR_END: Class = Class(40);
/// What was interrupted at a patient goes on.
pub const RESTART: Class = Class(41);
/// Somebody programs by hand what no order brought.
pub const MANUAL: Class = Class(42);
/// A patient presses for a dose.
pub const PRESS: Class = Class(43);
/// A plant crosses what a scan looks for.
pub const NOTICED: Class = Class(44);
/// A plant goes on after an interruption.
pub const RESUME: Class = Class(45);
/// A shift begins or ends.
pub const SHIFT: Class = Class(36);
/// A happening begins.
pub const EPISODE: Class = Class(30);
/// Somebody arrives who needs devices.
pub const ARRIVAL: Class = Class(31);
/// A campaign enters.
pub const ENTRY: Class = Class(32);
/// An infected device looks for the next.
pub const SCAN: Class = Class(33);
/// An operator takes a step.
pub const STEP: Class = Class(34);
/// Somebody restores an encrypted device, or has done so.
pub const RESTORE: Class = Class(35);
