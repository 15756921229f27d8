//! Strategies: named sets of controls with scopes, and how they are compared.

use super::at::{At, Name};
use super::list::OneOrMore;
use super::place::Count;
use super::registry::Chosen;
use super::selector::{Member, Selector};
use super::units::Share;
use crate::controls::ControlDef;
use schemars::JsonSchema;
use serde::Deserialize;

/// A set of controls, each used once or several times.
#[derive(Clone, Debug, Default)]
pub struct Strategy {
    /// What it is, for a page; omitted: its name.
    pub title: Option<String>,
    /// The strategy whose controls it takes over, where it does not state them itself.
    pub based_on: Option<Name>,
    /// The uses that it states itself, by control, in the order of [`crate::controls::ALL`].
    pub stated: Vec<ControlUses>,
    /// All uses with those taken over, by control, in the order of [`crate::controls::ALL`].
    pub uses: Vec<ControlUses>,
}

/// The uses of one control. A list without uses takes the control away from a strategy that is based on one.
#[derive(Clone, Debug)]
pub struct ControlUses {
    /// The control.
    pub def: &'static ControlDef,
    /// How it is used.
    pub uses: Vec<At<Use>>,
    /// Which file of the scenario states them.
    pub file: usize,
}

/// One use of a control.
#[derive(Clone, Debug)]
pub struct Use {
    /// Where.
    pub on: OneOrMore<Selector>,
    /// How: the `Settings` of the control's file.
    pub settings: Chosen,
}

impl Use {
    /// How specifically this use names a fleet: the greatest specificity among the selectors that select it.
    pub fn specificity(&self, fleet: &Member<'_>) -> Option<u8> {
        self.on.iter().filter(|on| on.selects(fleet)).filter_map(|on| on.specificity()).max()
    }

    /// As [`specificity`](Self::specificity), for the `nth` device (from 1) of a fleet.
    pub fn specificity_for(&self, fleet: &Member<'_>, nth: u32) -> Option<u8> {
        self.on.iter().filter(|on| on.selects_device(fleet, nth)).filter_map(|on| on.specificity()).max()
    }

    /// Whether it works on a conduit.
    pub fn is_on_conduit(&self, conduit: &str) -> bool {
        self.on.iter().any(|on| on.selects_conduit(conduit))
    }
}

impl ControlUses {
    /// The use that rules the `nth` device (from 1) of a fleet: the most specific one.
    pub fn ruling(&self, fleet: &Member<'_>, nth: u32) -> Option<&Use> {
        let specificity = |one: &&At<Use>| one.specificity_for(fleet, nth);
        self.uses
            .iter()
            .filter(|one| specificity(one).is_some())
            .max_by_key(specificity)
            .map(|one| &one.value)
    }
}

impl Strategy {
    /// The uses of a control, stated or taken over.
    pub fn control(&self, id: &str) -> Option<&ControlUses> {
        self.uses.iter().find(|control| control.def.id == id)
    }
}

/// The keys of a strategy besides its controls.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct StrategyKeys {
    /// What it is, for a page; omitted: its name.
    pub title: Option<String>,
    /// The strategy whose controls it takes over, where it does not state them itself.
    pub based_on: Option<Name>,
}

/// How strategies are compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// The strategy that the others are held against; omitted: `none`.
    pub baseline: Option<Name>,
    /// The metric that decides; omitted: `harm`.
    pub primary: Option<Name>,
    /// Runs per strategy; omitted: 20.
    pub replications: Option<At<Count>>,
    /// Confidence of the intervals; omitted: 0.95.
    pub confidence: Option<At<Share>>,
}

impl Compare {
    /// The strategy that the others are held against.
    pub fn baseline(&self) -> &str {
        self.baseline.as_ref().map_or("none", |name| name)
    }

    /// The metric that decides.
    pub fn primary(&self) -> &str {
        self.primary.as_ref().map_or("harm", |name| name)
    }

    /// Runs per strategy.
    pub fn replications(&self) -> u32 {
        self.replications.as_ref().map_or(20, |count| count.value.0)
    }

    /// Confidence of the intervals.
    pub fn confidence(&self) -> f64 {
        self.confidence.as_ref().map_or(0.95, |share| share.value.0)
    }
}
