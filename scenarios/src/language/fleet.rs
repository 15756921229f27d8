//! Fleets: many devices of one class.

use super::at::Name;
use super::laws::TimeLaw;
use super::place::CountAt;
use super::units::{BitRate, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// Many devices of one class in one zone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// What sort of device: `plimsoll list classes`.
    pub class: Name,
    /// Where they are.
    pub zone: Name,
    /// How many.
    pub count: CountAt,
    /// What they reach the zone's network through; omitted: a cable of the zone.
    pub gateway: Option<Gateway>,
    /// The link between a device and its gateway; omitted: as the class's radio.
    pub link: Option<Link>,
    /// How they prove who they are.
    #[serde(default)]
    pub credentials: Credentials,
    /// Share of the devices whose credentials can be guessed; omitted: all with default ones, else none.
    pub guessable: Option<Share>,
    /// Share of the devices that speak only protocols which hardening switches off; omitted: none.
    #[serde(default)]
    pub legacy: Share,
    /// Share of the devices whose software gets no fixes any more; omitted: none.
    #[serde(default)]
    pub unsupported: Share,
    /// How several devices of a service fleet divide the work.
    #[serde(default)]
    pub work: Work,
    /// What differs from the class, by part: `settings.battery.capacity = "14 kJ"`.
    #[serde(default)]
    pub settings: Settings,
}

/// Other devices as the way into the network.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The fleet of gateways.
    pub fleet: Name,
    /// How the devices are divided among them.
    #[serde(default)]
    pub spread: Spread,
}

/// How devices are divided among gateways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Each gateway gets as many as the next, give or take one: device i goes to gateway i modulo their number.
    #[default]
    Evenly,
    /// The first gateway is filled with its share of neighbours before the next: device i goes to
    /// gateway i · gateways / devices, so that one failure darkens one corner.
    Together,
    /// Each device's gateway is drawn.
    AtRandom,
}

/// A device's link to its gateway.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Useful bits per second.
    pub bandwidth: Option<BitRate>,
    /// One-way latency.
    pub latency: TimeLaw,
    /// Share of messages lost; omitted: none.
    #[serde(default)]
    pub loss: Share,
}

/// How the devices of a fleet prove who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// One of its own for each: what is stolen from one opens no other.
    #[default]
    Unique,
    /// One for the whole fleet: what is stolen from one opens all.
    Shared,
    /// As the maker delivered them: anybody knows them.
    Default,
    /// One of the maker's service staff for all devices of the class, wherever they stand.
    Vendor,
    /// None at all: whoever reaches the device commands it.
    None,
}

/// How several devices divide work that is addressed to their fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Each sender has its own server, by its number.
    #[default]
    Spread,
    /// The first that is up does all of it.
    Failover,
}

/// What differs from the class, by part, as the class file writes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub toml::Table);

impl JsonSchema for Settings {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FleetSettings".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

impl Fleet {
    /// How many devices.
    pub fn count(&self) -> u32 {
        self.count.value.0
    }

    /// Which gateway (from 0) of `gateways` serves device `nth` (from 0); none where it is drawn.
    pub fn gateway_of(spread: Spread, nth: u32, devices: u32, gateways: u32) -> Option<u32> {
        match spread {
            Spread::Evenly => Some(nth % gateways.max(1)),
            Spread::Together => {
                Some((u64::from(nth) * u64::from(gateways) / u64::from(devices.max(1))) as u32)
            }
            Spread::AtRandom => None,
        }
    }
}
