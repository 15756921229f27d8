//! Selectors: where a fleet may stand, a word for several may.

use super::complaint::{Complaint, tidy};
pub use devices::class::Role;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Roles of a device class, by their words.
pub const ROLES: &[(&str, Role)] = &[
    ("sense", Role::Sense),
    ("act", Role::Act),
    ("safety", Role::Safety),
    ("compute", Role::Compute),
    ("network", Role::Network),
];

/// A set of devices or of conduits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Selector {
    /// `everything`: all devices.
    Everything,
    /// `zone:wards`: the devices of a zone.
    Zone(String),
    /// `product:smart-pump`: the devices among a product's parts.
    Product(String),
    /// `role:act`: the devices whose class has this role.
    Role(Role),
    /// `class:infusion-pump`: the devices of a class.
    Class(String),
    /// `pumps`: a fleet by its name. As an end of a flow it may also name a service.
    Fleet(String),
    /// `device:pumps/17`: one device, counted from 1.
    Device(String, u32),
    /// `zones`: every conduit between zones.
    Zones,
    /// `conduit:enterprise-servers`: one conduit.
    Conduit(String),
}

/// The prefixes that a selector may have.
pub const PREFIXES: &[&str] = &["class", "zone", "role", "product", "conduit", "device"];

/// What a selector is matched against: the facts of one fleet.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The fleet's name.
    pub fleet: &'a str,
    /// Its class.
    pub class: &'a str,
    /// Its zone.
    pub zone: &'a str,
    /// Its class's role.
    pub role: Role,
    /// The products that it is a part of.
    pub products: &'a [&'a str],
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// When the prefix is unknown, the role is none, or the text is empty.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        let wrong = |message: String| Complaint::new("S017", message);
        if text.trim().is_empty() {
            return Err(wrong("an empty selector selects nothing".to_owned()));
        }
        let Some((prefix, name)) = text.split_once(':') else {
            return Ok(match text {
                "everything" => Self::Everything,
                "zones" => Self::Zones,
                fleet => Self::Fleet(fleet.to_owned()),
            });
        };
        let name = name.trim();
        Ok(match prefix {
            "class" => Self::Class(name.to_owned()),
            "zone" => Self::Zone(name.to_owned()),
            "product" => Self::Product(name.to_owned()),
            "conduit" => Self::Conduit(name.to_owned()),
            "role" => match ROLES.iter().find(|role| role.0 == name) {
                Some(&(_, role)) => Self::Role(role),
                None => {
                    let words = ROLES.iter().map(|role| role.0);
                    let label = super::nearest::label(name, words.clone());
                    let help = format!("roles: {}", words.collect::<Vec<_>>().join(", "));
                    return Err(wrong(format!("no role is called `{}`", tidy(name))).label(label).help(help));
                }
            },
            "device" => match name.split_once('/').map(|(fleet, nth)| (fleet, nth.parse())) {
                Some((fleet, Ok(nth))) if nth > 0 => Self::Device(fleet.to_owned(), nth),
                _ => return Err(wrong("a device is written `device:FLEET/NUMBER`, from 1".to_owned())),
            },
            other => {
                let label = super::nearest::label(other, PREFIXES.iter().copied());
                let help =
                    format!("selectors: everything, zones, a fleet's name, {}:…", PREFIXES.join(":…, "));
                return Err(wrong(format!("no selector begins with `{}:`", tidy(other)))
                    .label(label)
                    .help(help));
            }
        })
    }

    /// How narrow a scope of devices is: the most specific one wins; none for a conduit scope, which adds a
    /// tunnel and rules nothing out.
    pub fn specificity(&self) -> Option<u8> {
        Some(match self {
            Self::Everything => 0,
            Self::Zone(_) => 1,
            Self::Product(_) => 2,
            Self::Role(_) => 3,
            Self::Class(_) => 4,
            Self::Fleet(_) => 5,
            Self::Device(..) => 6,
            Self::Zones | Self::Conduit(_) => return None,
        })
    }

    /// Whether it selects the whole fleet; a device selector selects a fleet's member, see
    /// [`selects_device`](Self::selects_device).
    pub fn selects(&self, fleet: &Member<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Zone(zone) => zone == fleet.zone,
            Self::Product(product) => fleet.products.contains(&product.as_str()),
            Self::Role(role) => *role == fleet.role,
            Self::Class(class) => class == fleet.class,
            Self::Fleet(name) => name == fleet.fleet,
            Self::Device(..) | Self::Zones | Self::Conduit(_) => false,
        }
    }

    /// Whether it selects the `nth` device (from 1) of a fleet.
    pub fn selects_device(&self, fleet: &Member<'_>, nth: u32) -> bool {
        match self {
            Self::Device(name, one) => name == fleet.fleet && *one == nth,
            other => other.selects(fleet),
        }
    }

    /// Whether it selects a conduit.
    pub fn selects_conduit(&self, conduit: &str) -> bool {
        match self {
            Self::Zones => true,
            Self::Conduit(name) => name == conduit,
            _ => false,
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Zones => f.write_str("zones"),
            Self::Fleet(name) => f.write_str(name),
            Self::Class(name) => write!(f, "class:{name}"),
            Self::Zone(name) => write!(f, "zone:{name}"),
            Self::Product(name) => write!(f, "product:{name}"),
            Self::Conduit(name) => write!(f, "conduit:{name}"),
            Self::Device(fleet, nth) => write!(f, "device:{fleet}/{nth}"),
            Self::Role(role) => {
                write!(f, "role:{}", ROLES.iter().find(|known| known.1 == *role).map_or("", |known| known.0))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(Complaint::into_error)
    }
}

impl JsonSchema for Selector {
    fn schema_name() -> Cow<'static, str> {
        "Selector".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a fleet's name, everything, zones, or class:… zone:… role:… product:… conduit:… \
                            device:FLEET/NUMBER",
            "examples": ["pumps", "class:infusion-pump", "zone:wards", "role:act", "everything"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUMPS: Member<'_> = Member {
        fleet: "pumps",
        class: "infusion-pump",
        zone: "wards",
        role: Role::Act,
        products: &["smart-pump"],
    };

    #[test]
    fn every_way_to_name_a_fleet_selects_it_and_the_narrower_the_more_specific() {
        let ways =
            ["everything", "zone:wards", "product:smart-pump", "role:act", "class:infusion-pump", "pumps"];
        let mut before = None;
        for text in ways {
            let selector = Selector::parse(text).unwrap();
            assert!(selector.selects(&PUMPS), "{text}");
            assert_eq!(selector.to_string(), text);
            assert!(before < selector.specificity(), "{text}");
            before = selector.specificity();
        }
        let one = Selector::parse("device:pumps/3").unwrap();
        assert!(one.selects_device(&PUMPS, 3) && !one.selects_device(&PUMPS, 4) && !one.selects(&PUMPS));
        assert!(before < one.specificity());
    }

    #[test]
    fn what_is_no_selector_is_refused_with_the_nearest() {
        assert_eq!(Selector::parse("clas:x").unwrap_err().label, "did you mean `class`?");
        assert_eq!(Selector::parse("role:acts").unwrap_err().label, "did you mean `act`?");
        for text in ["", " ", "device:pumps", "device:pumps/0", "device:pumps/-1"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
