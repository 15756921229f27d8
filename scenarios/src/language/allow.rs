//! Lists of permitted flows: who may call whom through a conduit, and how closely that is looked at.

use super::list::OneOrMore;
use super::place::CountAt;
use super::selector::Selector;
use super::units::BitRate;
use schemars::JsonSchema;
use serde::Deserialize;

/// One entry of an allow-list: who may call whom.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Who may call: fleets by name or selector, or a service.
    pub from: OneOrMore<Selector>,
    /// Whom.
    pub to: OneOrMore<Selector>,
    /// By which protocols; omitted: by any.
    #[serde(default)]
    pub protocol: OneOrMore<String>,
    /// Which way the call may cross the conduit.
    #[serde(default)]
    pub direction: Direction,
}

/// Which way a call crosses a conduit, by the order of its `between`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Either.
    #[default]
    Both,
    /// From the first zone to the second.
    There,
    /// From the second zone to the first.
    Back,
}

/// How closely a conduit's own firewall looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// At each message by itself: a reply needs an entry of its own.
    Headers,
    /// At headers, and at who called whom: replies to a permitted call pass.
    Stateful,
    /// As `stateful`, and inside every message.
    Deep,
}

/// A firewall that stands in a conduit: a station with a queue that breaks and is mended as its class says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    /// How closely it looks.
    pub inspection: Depth,
    /// Bits per second that it can look at; omitted: `segmentation.firewall_throughput`, or
    /// `segmentation.dpi_throughput` where it looks inside.
    pub throughput: Option<BitRate>,
    /// How many messages it holds at most, the one that it looks at among them; omitted: no limit.
    pub buffer: Option<CountAt>,
}

impl Firewall {
    /// The parameter of its throughput where the scenario states none, and that of the latency that it adds.
    pub const fn parameters(&self) -> [&'static str; 2] {
        match self.inspection {
            Depth::Headers | Depth::Stateful => {
                ["segmentation.firewall_throughput", "segmentation.firewall_latency"]
            }
            Depth::Deep => ["segmentation.dpi_throughput", "segmentation.dpi_latency"],
        }
    }
}
