//! Adversaries, one file each: who attacks, how they enter, what they are after.

mod credential_worm;
mod ransom_crew;

pub use credential_worm::Settings as CredentialWorm;
pub use ransom_crew::Settings as RansomCrew;

use crate::language::registry::SettingsReader;
use std::fmt;

/// A sort of adversary.
pub struct AdversaryDef {
    /// Its name, as `adversary` states it.
    pub id: &'static str,
    /// Who it is, in a line.
    pub title: &'static str,
    /// The ways in that it knows, as `by` states them.
    pub ways_in: &'static [&'static str],
    /// How its settings are read.
    pub settings: SettingsReader,
    /// The parameters that settings which a scenario omits are left to.
    pub parameters: &'static [&'static str],
}

impl fmt::Debug for AdversaryDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "adversary {}", self.id)
    }
}

/// All sorts of adversaries.
pub const ALL: &[AdversaryDef] = &[credential_worm::DEF, ransom_crew::DEF];

/// The sort of this name.
pub fn find(id: &str) -> Option<&'static AdversaryDef> {
    ALL.iter().find(|def| def.id == id)
}
