//! Flows: what travels, how often, and by when it is of use.

use super::at::{At, Name};
use super::clock::Clock;
use super::laws::TimeLaw;
use super::list::OneOrMore;
use super::process::Notices;
use super::selector::Selector;
use super::source::Source;
use super::units::{Bytes, Time};
use devices::protocol::{self, ProtocolId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Messages of one sort from some devices to others.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// A reading tells, a command makes something happen; their availability is always reported apart.
    pub kind: FlowKind,
    /// Who sends: fleets by name or selector, or a service.
    pub from: OneOrMore<Selector>,
    /// Who sends in their place while the receiver does not reach them, in order: fleets or services, or `itself` for
    /// the receiver's own loop. Who is reached again sends again. For commands with one clock for each receiver.
    #[serde(default)]
    pub else_from: Vec<Name>,
    /// How a receiver notices that it does not reach who sends; omitted: by keep-alives as brokers are asked by default.
    pub notices: Option<Notices>,
    /// Whom it passes on the way, in order: fleets or services.
    #[serde(default)]
    pub via: Vec<Name>,
    /// Who receives.
    pub to: OneOrMore<Selector>,
    /// Time between two messages of one end (see `per`): fixed, or by a law. A flow that answers another has none.
    pub every: Option<At<TimeLaw>>,
    /// The flow whose messages it answers; its deadline and its latency then count from when that message was sent.
    pub answers: Option<Answers>,
    /// Whose clock `every` is; omitted: each sender of a reading, each receiver of a command.
    pub per: Option<Per>,
    /// Whether `every` counts only while the device is in use, or only while it is not.
    #[serde(default)]
    pub during: During,
    /// Hours in which there is more or less of it, for flows whose `every` is drawn.
    #[serde(default)]
    pub peaks: Vec<Peak>,
    /// What it talks by: `plimsoll list protocols`; omitted: something that no list names, which only entries for any
    /// protocol accept.
    pub protocol: Option<Name>,
    /// Payload of one message.
    pub size: At<Bytes>,
    /// How long its sender takes to make a message ready, on hardware that does nothing else; omitted: no time.
    pub ready_after: Option<Time>,
    /// What its messages carry, where a run is to be compared with another program; omitted: nothing that counts.
    pub carries: Option<Carries>,
    /// By when a message must have arrived to be in time; omitted: it is never late.
    pub deadline: Option<At<Time>>,
    /// What a loss puts at risk; omitted: `care`.
    #[serde(default)]
    pub criticality: Criticality,
    /// How long the content must stay secret; omitted: it is no secret.
    pub secret_for: Option<At<Time>>,
    /// Whom the content is about.
    #[serde(default)]
    pub about: About,
    /// One row a message, or a rate that takes capacity.
    #[serde(default, rename = "as")]
    pub carried_as: CarriedAs,
    /// Whether the site's list of permitted flows holds it; one that it does not is blocked by `segmentation`.
    #[serde(default = "yes")]
    pub declared: bool,
    /// Why the list does not hold it; told wherever it is lost to the list. A flow with a reason is not declared.
    pub undeclared_because: Option<Name>,
    /// Whether the receiver answers and the sender tries again; omitted: commands yes, readings no. The answers take
    /// nothing from anybody; see `confirmed`.
    pub acknowledged: Option<bool>,
    /// Its receiver acknowledges each message by one of its own, and who sends tries again while it hears none: a
    /// command with its echo, or a publication of MQTT's quality of service 1.
    pub confirmed: Option<Confirmed>,
    /// Its receiver asks for each message, one sender of a line after the other, as a Modbus master does.
    pub polled: Option<Polled>,
    /// The flow whose messages it sends on to each of its receivers, who subscribed to them; its deadline and its latency
    /// then count from when that message was sent.
    pub forwards: Option<Forwards>,
    /// What it serves, where people count on it: `monitoring`, `infusion`, …, as in `needs`.
    pub serves: Option<Name>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

fn yes() -> bool {
    true
}

/// Which way a flow works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// Makes something happen.
    Command,
    /// Tells how something is.
    Reading,
}

/// What a flow answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The flow whose messages are answered, by those who receive them.
    pub flow: Name,
    /// One message in so many is answered; which, its own draw tells.
    pub one_in: At<u32>,
}

/// How messages are confirmed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Confirmed {
    /// Payload of an acknowledgement; omitted: that of MQTT's PUBACK.
    pub size: Option<At<Bytes>>,
    /// How long the sender waits for it; omitted: as long as TCP does at first.
    pub within: Option<At<Time>>,
    /// How often it sends again; omitted: as often as applications do.
    pub retries: Option<At<u32>>,
}

/// How messages are asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Polled {
    /// Payload of a request.
    pub request: At<Bytes>,
    /// How long the receiver waits for the answer.
    pub within: At<Time>,
    /// How often it asks again before it goes on to the next; omitted: once.
    #[serde(default = "once")]
    pub retries: At<u32>,
}

fn once() -> At<u32> {
    At { value: 1, span: 0..0 }
}

/// What a broker sends on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forwards {
    /// The flow that comes to the broker.
    pub flow: Name,
    /// What the broker keeps for a subscriber that is away; omitted: nothing. For confirmed flows.
    pub session: Option<Session>,
}

/// What a broker keeps for a subscriber.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// How many messages; the oldest make room.
    pub keeps: At<u32>,
    /// How the broker notices that the subscriber is away; omitted: by keep-alives as brokers are asked by default.
    pub notices: Option<Notices>,
}

/// What messages carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Carries {
    /// A drawn number of 16 bits, smoothed: each reading moves an eighth of the way to a new draw.
    SmoothedNoise,
}

/// Whose clock a flow's `every` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Each sender's.
    Sender,
    /// Each receiver's.
    Receiver,
    /// One for the whole flow; each message's end is drawn.
    Flow,
}

/// When a flow's `every` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum During {
    /// Whenever the device is up.
    #[default]
    Always,
    /// While somebody needs the device.
    Use,
    /// While nobody does.
    Idleness,
}

/// Hours in which messages come more or less often.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    /// From this time of day.
    pub from: Clock,
    /// To this time of day; before `from`: over midnight.
    pub to: Clock,
    /// On which days.
    #[serde(default)]
    pub on: DaysOf,
    /// How many times as often.
    pub times: At<f64>,
}

impl Peak {
    /// Whether it holds at this time of day on this day (0 Monday to 6 Sunday); an hour after midnight counts
    /// as the day it stands in.
    pub fn holds(&self, day: u8, clock: Clock) -> bool {
        let day_fits = match self.on {
            DaysOf::Any => true,
            DaysOf::Weekdays => day < 5,
            DaysOf::Weekends => day >= 5,
        };
        day_fits && clock.is_within(self.from, self.to)
    }
}

/// Days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DaysOf {
    /// All seven.
    #[default]
    Any,
    /// Monday to Friday.
    Weekdays,
    /// Saturday and Sunday.
    Weekends,
}

/// What the loss of a message puts at risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Criticality {
    /// Life or limb.
    Safety,
    /// The service that people get.
    #[default]
    Care,
    /// Money or comfort.
    Business,
}

/// Whom content is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Nobody.
    #[default]
    None,
    /// Somebody who could be named.
    Person,
}

/// How a flow is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CarriedAs {
    /// Every message by itself.
    #[default]
    Messages,
    /// As a rate that takes capacity, with one sampled message a minute.
    Stream,
}

/// The word for a receiver's own loop, where an authority is named.
pub const ITSELF: &str = "itself";

impl Flow {
    /// Whose clock `every` is.
    pub fn per(&self) -> Per {
        self.per.unwrap_or(match self.kind {
            FlowKind::Reading if self.forwards.is_none() => Per::Sender,
            FlowKind::Command | FlowKind::Reading => Per::Receiver,
        })
    }

    /// Whether the site's list of permitted flows holds it.
    pub fn is_declared(&self) -> bool {
        self.declared && self.undeclared_because.is_none()
    }

    /// What it talks by, where that is stated.
    pub fn talks_by(&self) -> Option<ProtocolId> {
        self.protocol.as_ref().and_then(|name| protocol::find(name))
    }

    /// Whether the receiver answers.
    pub fn acknowledged(&self) -> bool {
        let apart = self.confirmed.is_some() || self.polled.is_some();
        !apart && self.acknowledged.unwrap_or(self.kind == FlowKind::Command)
    }

    /// How many times as often as `every` says messages come at this time: the product of the peaks that hold.
    pub fn times(&self, day: u8, clock: Clock) -> f64 {
        self.peaks.iter().filter(|peak| peak.holds(day, clock)).map(|peak| *peak.times).product()
    }
}
