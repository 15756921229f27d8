//! A scenario in the making: what profiles, an inventory or observed flows say, in the words of the language,
//! with every assumption beside it.

use super::assume::{Assumptions, Traffic};
use super::inventory::{slug, slug_within};
use super::{ImportError, Remark};
use std::collections::BTreeSet;

/// Everything a drafted scenario holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Its title.
    pub title: String,
    /// What its head says of where it came from, a line each.
    pub about: Vec<String>,
    /// Zones in order of making.
    pub zones: Vec<Zone>,
    /// What others run.
    pub services: Vec<Service>,
    /// Fleets.
    pub fleets: Vec<Fleet>,
    /// Flows.
    pub flows: Vec<Flow>,
    /// What was assumed: name, value, source, reason.
    pub assumed: BTreeSet<[String; 4]>,
    /// What was left out of it, a line each.
    pub left_out: Vec<String>,
    /// What was odd in the files.
    pub remarks: Vec<Remark>,
    /// Names of fleets and services, which share the ends of flows.
    ends: BTreeSet<String>,
}

/// A zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Purdue level.
    pub purdue: u8,
    /// Whether others run it.
    pub outside: bool,
}

/// Something that answers in a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// What it stands for.
    pub is: String,
}

/// Devices of one class in one zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// Device class.
    pub class: String,
    /// Its zone.
    pub zone: String,
    /// How many devices.
    pub count: usize,
    /// What it was made from.
    pub is: String,
}

/// Which way a flow works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It tells.
    Reading,
    /// It makes something happen.
    Command,
}

/// A flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// Reading or command.
    pub kind: Kind,
    /// Fleets or a service.
    pub from: Vec<String>,
    /// Fleets or a service.
    pub to: Vec<String>,
    /// Mean time between two messages, with unit.
    pub every: String,
    /// Bytes of one message, with unit.
    pub size: String,
    /// When it is of no use any more, with unit.
    pub deadline: String,
    /// What its loss puts at risk, in the language's word.
    pub criticality: &'static str,
    /// Whether it is permitted.
    pub declared: bool,
    /// Why it is not permitted: no entry of which list accepts it, or which entry denies it.
    pub refused: Option<String>,
    /// Which entry it comes from, or why it is not permitted.
    pub is: String,
}

impl Draft {
    /// An empty draft with a title.
    pub(super) fn new(title: String) -> Self {
        // Words that mean something of their own where a fleet may stand.
        let ends = ["everything", "zones"].map(str::to_owned).into();
        Self { title, ends, ..Self::default() }
    }

    /// A name for a fleet or a service that no other has.
    pub(super) fn end_name(&mut self, wanted: &str) -> String {
        let name = own_name(&slug(wanted), |name| self.ends.contains(name));
        self.ends.insert(name.clone());
        name
    }

    /// Make sure that there is a zone of this name.
    pub(super) fn zone(&mut self, name: &str, purdue: u8, outside: bool) -> String {
        if !self.zones.iter().any(|zone| zone.name == name) {
            self.zones.push(Zone { name: name.to_owned(), purdue, outside });
        }
        name.to_owned()
    }

    /// The service that stands for `is` in a zone, made when there is none.
    pub(super) fn service(&mut self, wanted: &str, zone: &str, is: &str) -> String {
        if let Some(there) = self.services.iter().find(|one| one.is == is && one.zone == zone) {
            return there.name.clone();
        }
        let name = self.end_name(wanted);
        self.services.push(Service { name: name.clone(), zone: zone.to_owned(), is: is.to_owned() });
        name
    }

    /// Add a flow under a name of its own.
    pub(super) fn flow(&mut self, mut flow: Flow) {
        flow.name = own_name(&flow.name, |name| self.flows.iter().any(|one| one.name == name));
        self.flows.push(flow);
    }

    /// Note an assumed value and hand it out.
    pub(super) fn assume(&mut self, all: &Assumptions, name: &'static str) -> Result<String, ImportError> {
        let one = all.value(name)?;
        self.assumed.insert([one.name.clone(), one.value.clone(), one.source.clone(), one.why.clone()]);
        Ok(one.value.clone())
    }

    /// Note what messages of a kind are assumed to be like.
    pub(super) fn assume_traffic(&mut self, traffic: &Traffic) {
        let value = format!("{} every {}, in time within {}", traffic.size, traffic.every, traffic.deadline);
        self.assumed.insert([traffic.name.clone(), value, traffic.source.clone(), traffic.why.clone()]);
    }

    /// The zone in which a fleet or a service is.
    pub(super) fn zone_of(&self, end: &str) -> Option<&str> {
        let fleet = self.fleets.iter().find(|one| one.name == end).map(|one| one.zone.as_str());
        fleet.or_else(|| self.services.iter().find(|one| one.name == end).map(|one| one.zone.as_str()))
    }

    /// The pairs of zones that need a conduit, each once, in alphabetical order: those that flows cross, and one
    /// for each zone of the site that would else be cut off from the rest of it.
    pub fn crossings(&self) -> BTreeSet<[String; 2]> {
        let mut pairs = BTreeSet::new();
        for flow in &self.flows {
            for from in flow.from.iter().filter_map(|end| self.zone_of(end)) {
                for to in flow.to.iter().filter_map(|end| self.zone_of(end)) {
                    pairs.extend(pair(from, to));
                }
            }
        }
        let inside = |name: &str| self.zones.iter().any(|zone| zone.name == name && !zone.outside);
        let ways = |name: &String| {
            pairs.iter().filter(|ends| ends.contains(name) && ends.iter().all(|e| inside(e))).count()
        };
        let zones: Vec<&String> =
            self.zones.iter().filter(|zone| !zone.outside).map(|zone| &zone.name).collect();
        let hub = zones.iter().max_by(|a, b| ways(a).cmp(&ways(b)).then_with(|| b.cmp(a)));
        let alone: Vec<[String; 2]> =
            zones.iter().filter(|zone| ways(zone) == 0).filter_map(|zone| pair(zone, hub?)).collect();
        pairs.extend(alone);
        pairs
    }

    /// Where an attacker would begin: the largest fleet that speaks with somebody outside, else the largest.
    pub fn most_exposed(&self) -> Option<&Fleet> {
        let outside = |end: &String| {
            let zone = self.zone_of(end);
            self.zones.iter().any(|one| one.outside && Some(one.name.as_str()) == zone)
        };
        let speaks = |fleet: &Fleet| {
            let ends = |flow: &Flow| flow.from.iter().chain(&flow.to).cloned().collect::<Vec<_>>();
            self.flows.iter().map(ends).any(|ends| ends.contains(&fleet.name) && ends.iter().any(outside))
        };
        let key = |fleet: &&Fleet| (speaks(fleet), fleet.count, std::cmp::Reverse(fleet.name.clone()));
        self.fleets.iter().max_by_key(key)
    }

    /// How many devices there are.
    pub fn devices(&self) -> usize {
        self.fleets.iter().map(|fleet| fleet.count).sum()
    }

    /// What was made, assumed and left out, as a page of text.
    pub fn text(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{}: {} devices in {} fleets, {} zones, {} services, {} flows",
            self.title,
            self.devices(),
            self.fleets.len(),
            self.zones.len(),
            self.services.len(),
            self.flows.len()
        );
        let _ = writeln!(out, "\nassumed");
        for [name, value, source, why] in &self.assumed {
            let _ = writeln!(out, "  {name}: {value} ({source}: {why})");
        }
        if !self.left_out.is_empty() || !self.remarks.is_empty() {
            let _ = writeln!(out, "\nleft out or odd");
        }
        for line in &self.left_out {
            let _ = writeln!(out, "  {line}");
        }
        for remark in self.remarks.iter().take(20) {
            let _ = writeln!(out, "  {remark}");
        }
        if self.remarks.len() > 20 {
            let _ = writeln!(out, "  and {} remarks more", self.remarks.len() - 20);
        }
        out
    }
}

/// A name of the language that is not `taken`: at most 60 characters, a number at the end where it takes one.
pub(super) fn own_name(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let wanted = match slug_within(wanted, 54) {
        none if none.is_empty() => "unnamed".to_owned(),
        wanted => wanted,
    };
    let numbered = (2_u32..).map(|nth| format!("{wanted}-{nth}"));
    std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(wanted)
}

/// Two different zones in alphabetical order.
fn pair(one: &str, other: &str) -> Option<[String; 2]> {
    match one.cmp(other) {
        std::cmp::Ordering::Less => Some([one.to_owned(), other.to_owned()]),
        std::cmp::Ordering::Greater => Some([other.to_owned(), one.to_owned()]),
        std::cmp::Ordering::Equal => None,
    }
}
