//! Fleets: many devices of one class.

use super::at::{At, Name};
use super::laws::TimeLaw;
use super::place::CountAt;
use super::units::{BitRate, Share};
use devices::class::{CLASSES, ClassError, DeviceClass, class};
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
    /// What its messages pass on the wire and what it is cut off without: a switch, or a controller.
    pub behind: Option<Gateway>,
    /// The hosts that its devices run on, if they are virtual: they go down with their host.
    pub runs_on: Option<Gateway>,
    /// The link between a device and its gateway; omitted: the class's own.
    pub link: Option<Link>,
    /// How they prove who they are.
    #[serde(default)]
    pub credentials: Credentials,
    /// How several devices of a service fleet divide the work.
    #[serde(default)]
    pub work: Work,
    /// What differs from the class, by part: `settings.battery.capacity = "14 kJ"`.
    #[serde(default)]
    pub settings: At<Settings>,
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

/// What its class and its settings make of a fleet's devices cannot be told.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FleetError {
    /// The class is not there.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// The settings name what a class does not have, or set it to what it cannot be.
    #[error("settings of class `{class}` do not fit: {}", source.message())]
    Settings {
        /// The class.
        class: &'static str,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
}

fn merge(base: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => merge(base, over),
            _ => drop(base.insert(key.clone(), value.clone())),
        }
    }
}

impl Fleet {
    /// The class of its devices, with what its settings change.
    ///
    /// # Errors
    /// When there is no such class, or the settings do not fit it.
    pub fn device_class(&self) -> Result<DeviceClass, FleetError> {
        let known = class(&self.class)?;
        if self.settings.0.is_empty() {
            return Ok(known.clone());
        }
        let text = CLASSES.iter().find(|file| file.0 == known.name).map_or("", |file| file.1);
        let settings = |source| FleetError::Settings { class: known.name, source };
        let mut table: toml::Table = toml::from_str(text).map_err(settings)?;
        merge(&mut table, &self.settings.0);
        let mut changed = DeviceClass::deserialize(table).map_err(settings)?;
        changed.name = known.name;
        Ok(changed)
    }

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
