//! What can be wrong though every line reads.

mod counts;
mod events;
mod exchanges;
mod flows;
mod lists;
mod local;
mod names;
mod people;
mod reach;
mod scopes;
mod strategies;
mod suites;

use super::at::{At, Name};
use super::complaint::tidy;
use super::findings::Finding;
use super::list::OneOrMore;
use super::nearest;
use super::scenario::{Place, Scenario};
use super::sections::Sections;
use super::selector::Selector;
use std::collections::{BTreeMap, BTreeSet};

/// Every check over the whole scenario.
pub(crate) fn all(sections: &mut Sections) {
    sections.take_over();
    let fleets = &sections.scenario.fleets;
    let classes_known = fleets.values().all(|fleet| devices::class::class(&fleet.class).is_ok());
    let parts = ["fleet", "product", "service"];
    let mut board = Board {
        devices_known: classes_known && !sections.partial.iter().any(|(kind, _)| parts.contains(kind)),
        scenario: &sections.scenario,
        declared: &sections.declared,
        partial: &sections.partial,
        found: Vec::new(),
    };
    for check in CHECKS {
        check(&mut board);
    }
    let found = board.found;
    sections.findings.extend(found);
}

const CHECKS: &[fn(&mut Board<'_>)] = &[
    names::check,
    counts::check,
    reach::check,
    lists::check,
    flows::check,
    local::check,
    people::check,
    events::check,
    strategies::check,
    scopes::check,
    suites::check,
];

/// What checks look at, and where they pin what they find.
pub(crate) struct Board<'s> {
    pub(crate) scenario: &'s Scenario,
    declared: &'s BTreeMap<&'static str, BTreeMap<String, Place>>,
    partial: &'s BTreeSet<(&'static str, String)>,
    /// Whether it is known what every device is, so that a selector which finds none selects nothing.
    devices_known: bool,
    pub(crate) found: Vec<Finding>,
}

impl<'s> Board<'s> {
    /// The names of these kinds, also of what could not be read.
    fn names(&self, kinds: &[&str]) -> impl Iterator<Item = &'s str> + use<'s> {
        let declared = self.declared;
        let mut names = Vec::new();
        for known in kinds.iter().filter_map(|kind| declared.get::<str>(kind)) {
            names.extend(known.keys().map(String::as_str));
        }
        names.into_iter()
    }

    fn knows(&self, kinds: &[&str], name: &str) -> bool {
        let known =
            |kind: &&str| self.declared.get::<str>(kind).is_some_and(|names| names.contains_key(name));
        kinds.iter().any(known)
    }

    /// Whether everything of these kinds was read in full, so that what is missing is missing.
    fn whole(&self, kinds: &[&str]) -> bool {
        !self.partial.iter().any(|(kind, _)| kinds.contains(kind))
    }

    /// Whether this thing was read in full.
    fn is_whole(&self, kind: &'static str, name: &str) -> bool {
        !self.partial.contains(&(kind, name.to_owned()))
    }

    /// A name that must name something of these kinds.
    fn refer(&mut self, kinds: &[&str], name: &Name, file: usize) -> bool {
        if self.knows(kinds, name) {
            return true;
        }
        let what = kinds.join(" or ");
        let message = format!("no {what} is called `{}`", tidy(name));
        let label = nearest::label(name, self.names(kinds));
        let known = self.names(kinds).take(12).collect::<Vec<_>>();
        let help = if known.is_empty() {
            format!("the scenario has no {what}")
        } else {
            format!("there is {}", known.join(", "))
        };
        let place = Place::new(file, name.span.clone());
        self.found.push(Finding::error("S009", place, message).label(label).help(help));
        false
    }

    /// A list of selectors that must not be empty, each as [`select`](Self::select) says.
    fn select_all(&mut self, list: &OneOrMore<Selector>, place: &Place, besides: &[&str]) {
        if list.is_empty() {
            let finding = Finding::error("S017", place.clone(), "an empty list selects nothing");
            self.found.push(finding.help("name a fleet, or write \"everything\""));
        }
        for selector in list {
            self.select(selector, place.file, besides);
        }
    }

    /// A selector whose names must exist, and which must select something; `besides` are kinds that a plain
    /// name may also name.
    fn select(&mut self, selector: &At<Selector>, file: usize, besides: &[&str]) {
        let named = |name: &str| At { value: name.to_owned(), span: selector.span.clone() };
        let known = match &selector.value {
            Selector::Everything | Selector::Zones | Selector::Role(_) => true,
            Selector::Zone(name) => self.refer(&["zone"], &named(name), file),
            Selector::Product(name) => self.refer(&["product"], &named(name), file),
            Selector::Conduit(name) => self.refer(&["conduit"], &named(name), file),
            Selector::Device(name, _) => self.refer(&["fleet"], &named(name), file),
            Selector::Fleet(name) => {
                let kinds = ["fleet"].iter().chain(besides).copied().collect::<Vec<_>>();
                self.refer(&kinds, &named(name), file)
            }
            Selector::Class(name) => self.class(&named(name), file),
        };
        if !known || !self.devices_known {
            return;
        }
        let place = Place::new(file, selector.span.clone());
        let finding = match &selector.value {
            Selector::Device(fleet, nth) => match self.scenario.fleets.get(fleet) {
                Some(found) if *nth > found.count() => {
                    let message = format!("`{fleet}` has no device {nth}: it has {}", found.count());
                    Finding::error("S017", place, message)
                }
                _ => return,
            },
            Selector::Zones if self.scenario.conduits.is_empty() => {
                Finding::warning("S017", place, "there are no conduits between zones")
            }
            Selector::Zones | Selector::Conduit(_) => return,
            other if self.scenario.ends(other).is_empty() => {
                Finding::warning("S017", place, format!("`{other}` selects no device"))
            }
            _ => return,
        };
        self.found.push(finding);
    }

    /// A device class that must exist.
    fn class(&mut self, name: &Name, file: usize) -> bool {
        let classes = || devices::class::CLASSES.iter().map(|class| class.0);
        if classes().any(|class| class == name.value) {
            return true;
        }
        let message = format!("no device class is called `{}`", tidy(name));
        let place = Place::new(file, name.span.clone());
        let help = format!("`plimsoll list classes` shows all {}", classes().count());
        let label = nearest::label(name, classes());
        self.found.push(Finding::error("S007", place, message).label(label).help(help));
        false
    }
}
