//! Security controls, one file each: what a strategy may use, and with which settings.

mod authority;
mod break_glass;
mod encryption;
mod lockout;
mod patching;
mod protected;
mod quarantine;
mod segmentation;
mod unique_identity;

pub use authority::Settings as Authority;
pub use break_glass::Settings as BreakGlass;
pub use encryption::{Implementation, Settings as Encryption, Substitute, Where};
pub use lockout::Settings as Lockout;
pub use patching::{Settings as Patching, Window};
pub use protected::{Migrates, MigratesTo, Protected};
pub use quarantine::{Isolator, Settings as Quarantine};
pub use segmentation::{Allow, FailMode, Inspection, Settings as Segmentation};
pub use unique_identity::{Method, Settings as UniqueIdentity};

use crate::language::registry::SettingsReader;
use crate::language::strategy::ControlUses;
use crate::site::{Site, SiteError};
use std::fmt;

/// A security control.
pub struct ControlDef {
    /// Its name in a strategy.
    pub id: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// What asks for it.
    pub references: &'static [&'static str],
    /// How its settings are read.
    pub settings: SettingsReader,
    /// Puts its uses to work on a site: by tolls, changes of status and tasks, and by nothing else.
    pub install: fn(&ControlUses, &mut Site) -> Result<(), SiteError>,
    /// The parameters that settings which a strategy omits are left to.
    pub parameters: &'static [&'static str],
}

impl fmt::Debug for ControlDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "control {}", self.id)
    }
}

/// All controls, in the order in which their tolls act on a hop: who may pass before what it costs.
pub const ALL: &[ControlDef] = &[
    segmentation::DEF,
    quarantine::DEF,
    lockout::DEF,
    break_glass::DEF,
    unique_identity::DEF,
    encryption::DEF,
    patching::DEF,
    authority::DEF,
];

/// The control that enforces the list of declared flows.
pub const ENFORCES_LIST: &str = segmentation::DEF.id;

/// The control of this name.
pub fn find(id: &str) -> Option<&'static ControlDef> {
    ALL.iter().find(|def| def.id == id)
}
