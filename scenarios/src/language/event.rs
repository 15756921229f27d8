//! What happens, and who attacks.

use super::at::{At, Name};
use super::clock::Moment;
use super::list::OneOrMore;
use super::registry::Chosen;
use super::selector::Selector;
use super::source::Source;
use super::units::{Rate, Time};
use crate::campaigns::AdversaryDef;
use crate::happenings::HappeningDef;
use schemars::JsonSchema;
use serde::Deserialize;

/// Something that happens once or again and again.
#[derive(Clone, Debug)]
pub struct Happening {
    /// What.
    pub def: &'static HappeningDef,
    /// When or how often.
    pub timing: Timing,
    /// The settings of what happens: the `Settings` of its file.
    pub settings: Chosen,
    /// Where its numbers come from.
    pub source: OneOrMore<Source>,
}

/// When something happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Timing {
    /// Once, at this moment.
    At(At<Moment>),
    /// Again and again, at this rate: of each device where it happens to devices, else of the site.
    Rate(At<Rate>),
}

/// The keys that every happening has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct HappeningKeys {
    /// What: `plimsoll list happenings`.
    pub what: Name,
    /// Once, at this moment; else give a `rate`.
    pub at: Option<At<Moment>>,
    /// Again and again, per device where it happens to devices; else give `at`.
    pub rate: Option<At<Rate>>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

/// An adversary at work.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Who.
    pub def: &'static AdversaryDef,
    /// The devices by which they enter.
    pub enters: OneOrMore<Selector>,
    /// How they enter.
    pub by: Name,
    /// When.
    pub starts: At<Starts>,
    /// The settings of this adversary: the `Settings` of its file.
    pub settings: Chosen,
}

/// The keys that every campaign has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct CampaignKeys {
    /// Who: `plimsoll list adversaries`.
    pub adversary: Name,
    /// The devices by which they enter.
    pub enters: OneOrMore<Selector>,
    /// How they enter.
    pub by: Name,
    /// When.
    pub starts: At<Starts>,
}

/// When a campaign starts: drawn evenly between two instants, both counted from the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Starts {
    /// Not before.
    pub after: Time,
    /// Not later; omitted: exactly at `after`.
    pub within: Option<Time>,
}
