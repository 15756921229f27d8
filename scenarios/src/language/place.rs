//! Where things are: zones, and the conduits between them.

use super::allow::{Entry, Firewall};
use super::at::{At, Name};
use super::complaint::Complaint;
use super::laws::TimeLaw;
use super::list::OneOrMore;
use super::source::Source;
use super::units::{BitRate, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Things with common security requirements (IEC 62443).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Purdue level: 0 process, 1 basic control, 2 supervision, 3 operations, 3.5 in between, 4 and 5 enterprise.
    pub purdue_level: PurdueLevel,
    /// Target security level (0 to 4) per foundational requirement of IEC 62443; omitted ones are 0.
    #[serde(default)]
    pub target_level: TargetLevel,
    /// Whether others run it: a maker's cloud, a contractor.
    #[serde(default)]
    pub outside: bool,
    /// Bits per second that the zone's own network carries; omitted: no limit.
    pub bandwidth: Option<BitRate>,
    /// One-way latency between two devices inside; omitted: none.
    pub latency: Option<TimeLaw>,
    /// Share of messages lost inside; omitted: none.
    #[serde(default)]
    pub loss: Share,
}

/// The only way between two zones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conduit {
    /// The two zones.
    pub between: [Name; 2],
    /// Whether it carries from the first of the two zones to the second only (a data diode).
    #[serde(default)]
    pub one_way: bool,
    /// Bits per second each way; omitted: no limit.
    pub bandwidth: Option<BitRate>,
    /// One-way latency.
    pub latency: TimeLaw,
    /// Share of messages lost; omitted: none.
    #[serde(default)]
    pub loss: Share,
    /// Who is served first where messages queue at its ends; omitted: who came first.
    #[serde(default)]
    pub order: Order,
    /// How many messages each end holds at most, the one being sent among them; what comes on top is lost.
    /// Omitted: no limit.
    pub buffer: Option<CountAt>,
    /// Who may call whom through it; omitted: everybody. What no entry accepts is lost here.
    pub allow: Option<Vec<At<Entry>>>,
    /// The firewall that stands in it; omitted: none, and the list works at the speed of the wire and lets replies pass.
    pub firewall: Option<Firewall>,
    /// The fleet through which alone somebody logs in from one of the two zones to a device of the other.
    pub jump_host: Option<Name>,
    /// Where its numbers come from; omitted: nobody can tell, and it counts as an assumption.
    #[serde(default)]
    pub source: OneOrMore<Source>,
}

/// Who is served first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Who came first.
    #[default]
    FirstCome,
    /// What is most critical: safety, then care, then business; nobody is interrupted.
    Criticality,
    /// All at once, each as fast as the others: fair shares of the line.
    Shared,
}

impl Conduit {
    /// The zone at the other end, if `zone` is one of the two.
    pub fn other_end(&self, zone: &str) -> Option<&str> {
        let [one, other] = &self.between;
        match zone {
            end if *one.value == *end => Some(other),
            end if *other.value == *end => Some(one),
            _ => None,
        }
    }
}

/// Purdue level of a zone.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct PurdueLevel(pub f64);

const LEVELS: [f64; 7] = [0.0, 1.0, 2.0, 3.0, 3.5, 4.0, 5.0];

impl<'de> Deserialize<'de> for PurdueLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let level = f64::deserialize(from)?;
        if LEVELS.contains(&level) {
            return Ok(Self(level));
        }
        let complaint = Complaint::new("S013", format!("there is no Purdue level {level}"));
        Err(complaint.label("one of 0, 1, 2, 3, 3.5, 4, 5").into_error())
    }
}

impl JsonSchema for PurdueLevel {
    fn schema_name() -> Cow<'static, str> {
        "PurdueLevel".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [0, 1, 2, 3, 3.5, 4, 5] })
    }
}

/// A security level (0 to 4) per foundational requirement.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "UPPERCASE")]
pub struct TargetLevel {
    /// Identification and authentication control.
    pub iac: SecurityLevel,
    /// Use control.
    pub uc: SecurityLevel,
    /// System integrity.
    pub si: SecurityLevel,
    /// Data confidentiality.
    pub dc: SecurityLevel,
    /// Restricted data flow.
    pub rdf: SecurityLevel,
    /// Timely response to events.
    pub tre: SecurityLevel,
    /// Resource availability.
    pub ra: SecurityLevel,
}

impl TargetLevel {
    /// The levels in the standard's order, FR 1 to FR 7.
    pub fn vector(&self) -> [u8; 7] {
        [&self.iac, &self.uc, &self.si, &self.dc, &self.rdf, &self.tre, &self.ra].map(|level| level.0)
    }
}

/// A security level of IEC 62443: 0 none, 1 casual, 2 simple means, 3 sophisticated, 4 extended resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct SecurityLevel(#[schemars(range(max = 4))] pub u8);

impl<'de> Deserialize<'de> for SecurityLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let level = i64::deserialize(from)?;
        match u8::try_from(level) {
            Ok(level @ 0..=4) => Ok(Self(level)),
            _ => {
                let complaint = Complaint::new("S013", format!("there is no security level {level}"));
                Err(complaint.label("one of 0, 1, 2, 3, 4").into_error())
            }
        }
    }
}

/// A count with its place: of devices, people, patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u32);

/// No group is larger. Ten times the largest shipped scenario.
pub const LARGEST_COUNT: i64 = 10_000_000;

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let count = i64::deserialize(from)?;
        let label = match count {
            1..=LARGEST_COUNT => return Ok(Self(count as u32)),
            0 => "write at least 1, or leave the group out",
            i64::MIN..0 => "a count cannot be negative",
            _ => "the largest count is 10000000",
        };
        Err(Complaint::new("S011", format!("a count of {count} makes no sense")).label(label).into_error())
    }
}

impl JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": LARGEST_COUNT })
    }
}

/// The count with where it stands.
pub type CountAt = At<Count>;
