//! Adversaries, one file each: who attacks, how they enter, what they are after.

pub(crate) mod credential_worm;
pub(crate) mod harvester;
pub(crate) mod ransom_crew;

pub use crate::attack::encryption::encrypt;
pub use credential_worm::{Payload, Settings as CredentialWorm};
pub use harvester::Settings as Harvester;
pub use ransom_crew::Settings as RansomCrew;

use crate::language::event::Campaign;
use crate::language::registry::SettingsReader;
use crate::site::{Site, SiteError};
use std::fmt;
use std::sync::Arc;

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
    /// Puts a campaign of this sort, by its name, on a site whose flows are laid.
    pub install: fn(&str, &Campaign, &mut Site) -> Result<(), SiteError>,
    /// The parameters that settings which a scenario omits are left to.
    pub parameters: &'static [&'static str],
}

impl fmt::Debug for AdversaryDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "adversary {}", self.id)
    }
}

/// All sorts of adversaries.
pub const ALL: &[AdversaryDef] = &[credential_worm::DEF, ransom_crew::DEF, harvester::DEF];

/// The sort of this name.
pub fn find(id: &str) -> Option<&'static AdversaryDef> {
    ALL.iter().find(|def| def.id == id)
}

/// Put every campaign on a site whose flows are laid.
///
/// # Errors
/// When a campaign names what is not there, or lacks a number.
pub fn install(site: &mut Site) -> Result<(), SiteError> {
    let scenario = Arc::clone(&site.scenario);
    scenario.campaigns.iter().try_for_each(|(name, campaign)| (campaign.def.install)(name, campaign, site))
}
