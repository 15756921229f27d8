//! A whole scenario, as it stands in its files.

use super::at::{At, Name};
use super::clock::WeekTime;
use super::date::Date;
use super::event::{Campaign, Happening};
use super::fleet::Fleet;
use super::flow::Flow;
use super::medium::Medium;
use super::people::People;
use super::place::{Conduit, Zone};
use super::process::{Plant, Product, Service};
use super::selector::{Member, Selector};
use super::strategy::{Compare, Strategy};
use super::units::Time;
use devices::crypto::{Catalogue, CryptoError};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A place in a scenario: a file by its number in [`Files`](super::files::Files), and bytes in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which file; 0 is the scenario's own.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

impl Place {
    /// A span of a file.
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }
}

/// A named thing: what it is, and where its name stands.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// What it is.
    pub value: T,
    /// Where its name stands.
    pub place: Place,
}

impl<T> Item<T> {
    /// A place in the file of this thing.
    pub fn at(&self, span: &Range<usize>) -> Place {
        Place::new(self.place.file, span.clone())
    }
}

impl<T> Deref for Item<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> Default for Item<T> {
    fn default() -> Self {
        Self { value: T::default(), place: Place::new(0, 0..0) }
    }
}

/// Things of one kind, by name: the order in the file means nothing.
pub type Named<T> = BTreeMap<String, Item<T>>;

/// A fleet, what may happen to it, and the strategies to compare.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What the place is.
    pub title: String,
    /// The week's time at which a run starts.
    pub starts_at: WeekTime,
    /// The day on which it starts, where that is stated.
    pub date: Option<Date>,
    /// How long a run is.
    pub horizon: Time,
    /// `[zone.…]`
    pub zones: Named<Zone>,
    /// `[conduit.…]`
    pub conduits: Named<Conduit>,
    /// `[medium]`
    pub media: Named<Medium>,
    /// `[fleet.…]`
    pub fleets: Named<Fleet>,
    /// `[flow.…]`
    pub flows: Named<Flow>,
    /// `[people.…]`
    pub people: Named<People>,
    /// `[plant.…]`
    pub plants: Named<Plant>,
    /// `[service.…]`
    pub services: Named<Service>,
    /// `[product.…]`
    pub products: Named<Product>,
    /// `[happening.…]`
    pub happenings: Named<Happening>,
    /// `[campaign.…]`
    pub campaigns: Named<Campaign>,
    /// `[strategy.…]`, in the order of the file, which is the order of every table that shows them.
    pub strategies: IndexMap<String, Item<Strategy>>,
    /// `[compare]`
    pub compare: Item<Compare>,
    /// `[streams]`
    pub streams: Streams,
    /// `[draws]`
    pub draws: Draws,
    /// Costs of cryptography that were measured on a machine, where they are to stand for those of the catalogue.
    pub costs: Option<Arc<Catalogue>>,
}

/// How flows marked `as = "stream"` are simulated.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// As rates, or packet by packet for the test that compares both.
    #[serde(default, rename = "as")]
    pub simulated_as: SimulatedAs,
}

/// How streams are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SimulatedAs {
    /// As rates that take capacity.
    #[default]
    Rates,
    /// Every packet by itself.
    Packets,
}

/// Where luck comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draws {
    /// Pins the draws of slots (when messages are sent, what they carry, which are answered), for comparison with
    /// another program: `mix((n << 32 | k) * 0x9E3779B97F4A7C15 + raw)` for the k-th slot of a fleet's n-th device,
    /// with the finaliser of SplitMix64; omitted: from the seed.
    pub raw: Option<u64>,
    /// Every draw that is not pinned comes from ChaCha8, keyed by the same names, instead of the usual mix: slower, and
    /// another luck. What a run tells may then differ by chance alone.
    #[serde(default)]
    pub audit: bool,
}

/// The keys of a scenario that stand in no section.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TopKeys {
    /// What the place is, in a line.
    pub title: Option<Name>,
    /// The week's time at which a run starts; omitted: `Mon 00:00`.
    pub starts_at: Option<At<WeekTime>>,
    /// The day on which a run starts, by which plans for the years are read: `2030-06-01`; omitted: the present of those
    /// plans. The day of the week is that of `starts_at`.
    pub date: Option<At<Date>>,
    /// How long a run is.
    pub horizon: Option<At<Time>>,
    /// Other files of this scenario: relative, inside its folder.
    pub include: Vec<Name>,
}

/// An end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End<'a> {
    /// The devices of a fleet.
    Fleet(&'a str),
    /// A service that others run.
    Service(&'a str),
}

impl<'a> End<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        match self {
            Self::Fleet(name) | Self::Service(name) => name,
        }
    }
}

impl Scenario {
    /// What cryptography costs.
    ///
    /// # Errors
    /// When the shipped catalogue does not read, which a test rules out.
    pub fn catalogue(&self) -> Result<&Catalogue, CryptoError> {
        match &self.costs {
            Some(measured) => Ok(measured),
            None => Catalogue::shipped(),
        }
    }

    /// The number of devices.
    pub fn devices(&self) -> u64 {
        self.fleets.values().map(|fleet| u64::from(fleet.count())).sum()
    }

    /// What a selector is matched against, for a fleet of this name; none where there is no such fleet or class.
    pub fn member<'a>(&'a self, fleet: &'a str, products: &'a [&'a str]) -> Option<Member<'a>> {
        let (fleet, value) = self.fleets.get_key_value(fleet)?;
        let role = devices::class::class(&value.class).ok()?.role;
        Some(Member { fleet, class: &value.class, zone: &value.zone, role, products })
    }

    /// The fleets of which a selector selects at least one device, by name.
    pub fn selected<'a>(&'a self, selector: &Selector) -> Vec<&'a str> {
        if let Selector::Fleet(name) | Selector::Device(name, _) = selector {
            return self.fleets.get_key_value(name).map(|(name, _)| name.as_str()).into_iter().collect();
        }
        let selects = |name: &str| {
            let products =
                if matches!(selector, Selector::Product(_)) { self.products_of(name) } else { Vec::new() };
            self.member(name, &products).is_some_and(|member| selector.selects(&member))
        };
        self.fleets.keys().map(String::as_str).filter(|name| selects(name)).collect()
    }

    /// What a selector at an end of a flow stands for: fleets, or a service.
    pub fn ends<'a>(&'a self, selector: &Selector) -> Vec<End<'a>> {
        if let Selector::Fleet(name) = selector
            && let Some((name, _)) = self.services.get_key_value(name)
        {
            return vec![End::Service(name)];
        }
        self.selected(selector).into_iter().map(End::Fleet).collect()
    }

    /// The zone of a fleet or service.
    pub fn zone_of(&self, part: &str) -> Option<&str> {
        let fleet = self.fleets.get(part).map(|fleet| fleet.zone.value.as_str());
        fleet.or_else(|| self.services.get(part).map(|service| service.zone.value.as_str()))
    }

    /// The products that a fleet or service is a part of.
    pub fn products_of(&self, part: &str) -> Vec<&str> {
        let holds = |product: &Product| product.parts.iter().any(|one| one.value == part);
        self.products.iter().filter(|(_, product)| holds(product)).map(|(name, _)| name.as_str()).collect()
    }
}
