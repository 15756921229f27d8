//! People: those who are cared for, and those who care, repair and decide.

use super::at::{At, Name};
use super::clock::Clock;
use super::laws::TimeLaw;
use super::list::OneOrMore;
use super::place::CountAt;
use super::selector::Selector;
use super::source::Source;
use super::units::{Share, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People of one kind.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// How many; of staff: on shift at the start.
    pub count: CountAt,
    /// The zone whose devices they are with; omitted: anywhere.
    pub zone: Option<Name>,
    /// What they need devices for: patients. Care is what they need and get.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// How long one stays; omitted: to the end.
    pub stay: Option<TimeLaw>,
    /// What they do: staff.
    #[serde(default)]
    pub does: OneOrMore<Duty>,
    /// Flows whose messages they answer: alarms, calls.
    #[serde(default)]
    pub answers: Vec<Name>,
    /// How soon one of them acts on a message; omitted: at once.
    pub response: Option<TimeLaw>,
    /// How long they are busy with one message; omitted: no time.
    pub handling: Option<TimeLaw>,
    /// What tires them.
    pub fatigue: Option<Fatigue>,
    /// When more or fewer are there than `count`.
    #[serde(default)]
    pub shifts: Vec<Shift>,
    /// How many more come when called, and how soon.
    pub on_call: Option<OnCall>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

/// Something that a person needs a device for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// What it is called: `infusion`, `monitoring`, …
    pub function: Name,
    /// Share of the people who need it at any time.
    pub share: At<Share>,
    /// The devices that give it.
    pub from: OneOrMore<Selector>,
    /// How many devices each of them takes; omitted: one.
    #[serde(default = "one")]
    pub each: u32,
    /// How long it is needed at a time; omitted: as long as they stay.
    pub lasts: Option<TimeLaw>,
}

fn one() -> u32 {
    1
}

/// What staff do, for controls and repairs that need hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// Care at the bedside: programs devices, answers alarms, logs in.
    Care,
    /// Repair of devices, and their onboarding.
    Repair,
    /// Repair of network and servers.
    Network,
    /// Judges what detectors report.
    Security,
    /// Unlocks accounts, resets passwords.
    ServiceDesk,
    /// Fills orders.
    Pharmacy,
    /// Runs an industrial process from a control room.
    Operation,
}

/// Alarms that wear out attention.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fatigue {
    /// So many alarms per person …
    pub alarms: u32,
    /// … in this time are what one person can take.
    pub within: Time,
}

/// How many are there between two times of day.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// From this time of day.
    pub from: Clock,
    /// To this time of day; before `from`: over midnight.
    pub to: Clock,
    /// How many.
    pub count: u32,
}

impl Shift {
    /// Whether it is on at this time of day.
    pub fn holds(&self, clock: Clock) -> bool {
        clock.is_within(self.from, self.to)
    }
}

/// People who come when called.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCall {
    /// How many.
    pub count: u32,
    /// How soon.
    pub arrives: TimeLaw,
}

impl People {
    /// How many.
    pub fn count(&self) -> u32 {
        self.count.value.0
    }

    /// Whether they are cared for; else they are staff.
    pub fn are_cared_for(&self) -> bool {
        !self.needs.is_empty()
    }
}
