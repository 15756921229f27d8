//! A document's sections, read one named thing at a time, so that one mistake hides no other.

use super::at::{At, Name};
use super::complaint::{Complaint, tidy};
use super::decode::{Outcome, Subject, decode, findings};
use super::event::{Campaign, CampaignKeys, Happening, HappeningKeys, Timing};
use super::files::Files;
use super::findings::Finding;
use super::nearest;
use super::registry::SettingsReader;
use super::scenario::{Item, Named, Place, Scenario, TopKeys};
use super::strategy::Strategy;
use super::units::Time;
use crate::{campaigns, happenings};
use serde::de::DeserializeOwned;
use sim::time::Span;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys that stand in no section.
const TOP: &[&str] = &["title", "starts_at", "date", "horizon", "include"];

/// Sections that hold named things.
pub(crate) const KINDS: &[&str] = &[
    "zone",
    "conduit",
    "medium",
    "fleet",
    "flow",
    "people",
    "plant",
    "service",
    "product",
    "happening",
    "campaign",
    "strategy",
];

/// Sections that are one thing.
const SINGLES: &[&str] = &["compare", "streams", "draws"];

/// No run is longer: the engine's clock ends after 584 years.
const LONGEST: Span = Span(500 * 365 * Span::DAY.0);

pub(crate) type Table<'i> = DeTable<'i>;
pub(crate) type Key<'i> = Spanned<Cow<'i, str>>;

/// What has been read so far, of all files.
#[derive(Default)]
pub(crate) struct Sections {
    pub(crate) scenario: Scenario,
    pub(crate) files: Files,
    pub(crate) findings: Vec<Finding>,
    /// Where each name is declared, by kind; also of what could not be read.
    pub(crate) declared: BTreeMap<&'static str, BTreeMap<String, Place>>,
    /// Things that lost an entry to a mistake: what they seem to lack they may have.
    pub(crate) partial: BTreeSet<(&'static str, String)>,
    /// Where keys and sections that stand once were set.
    pub(crate) set: BTreeMap<&'static str, Place>,
}

impl Sections {
    /// Reads a file's sections; returns its includes.
    pub(crate) fn read(&mut self, file: usize, document: Table<'_>) -> Vec<Name> {
        let (mut top, mut includes) = (Table::new(), Vec::new());
        for (key, value) in document {
            let name = key.get_ref().as_ref();
            if let Some(&known) = TOP.iter().find(|known| **known == name) {
                if known == "include" || self.once(known, file, &key.span()) {
                    top.insert(key, value);
                }
            } else if let Some(&kind) = KINDS.iter().find(|known| **known == name) {
                self.section(kind, file, key.span(), value);
            } else if let Some(&single) = SINGLES.iter().find(|known| **known == name) {
                if self.once(single, file, &key.span()) {
                    self.single(single, file, key.span(), value);
                }
            } else {
                let known = TOP.iter().chain(KINDS).chain(SINGLES).copied();
                let finding = Finding::error(
                    "S004",
                    Place::new(file, key.span()),
                    format!("a scenario has no `{}`", tidy(name)),
                );
                let help = format!("it has {}", known.clone().collect::<Vec<_>>().join(", "));
                self.findings.push(finding.label(nearest::label(name, known)).help(help));
            }
        }
        if !top.is_empty() {
            let subject = Subject { called: "the scenario".to_owned(), named: 0..0, besides: &[] };
            if let Some(keys) = self.decode::<TopKeys>(&subject, file, top) {
                self.top(keys, &mut includes);
            }
        }
        includes
    }

    fn top(&mut self, keys: TopKeys, includes: &mut Vec<Name>) {
        if let Some(title) = keys.title {
            self.scenario.title = title.value;
        }
        if let Some(starts_at) = keys.starts_at {
            self.scenario.starts_at = starts_at.value;
        }
        if let Some(date) = keys.date {
            self.scenario.date = Some(date.value);
        }
        if let Some(horizon) = keys.horizon {
            let Time(length) = horizon.value;
            if length == Span::ZERO || length > LONGEST {
                let place = self.set.get("horizon").map(|set| Place::new(set.file, horizon.span));
                let finding = Finding::error("S013", place, "no run is that long or that short");
                self.findings.push(finding.label("write \"1 day\", \"2 weeks\" or \"10 years\""));
            }
            self.scenario.horizon = horizon.value;
        }
        includes.extend(keys.include);
    }

    /// Notes that a key that stands once is set; a second time is a finding.
    fn once(&mut self, key: &'static str, file: usize, span: &Range<usize>) -> bool {
        let place = Place::new(file, span.clone());
        let Some(first) = self.set.get(key) else {
            self.set.insert(key, place);
            return true;
        };
        let help = format!("first set in {}", self.files.shown(first));
        self.findings.push(Finding::error("S010", place, format!("`{key}` is set twice")).help(help));
        false
    }

    /// Whether all files together set what a scenario must have.
    pub(crate) fn complete(&mut self) {
        for (key, example) in [("title", "\"Wards and their servers\""), ("horizon", "\"1 day\"")] {
            if !self.set.contains_key(key) {
                let finding =
                    Finding::error("S005", Place::new(0, 0..0), format!("the scenario lacks `{key}`"));
                self.findings.push(finding.help(format!("add `{key} = {example}` before the first section")));
            }
        }
    }

    fn single(&mut self, key: &'static str, file: usize, span: Range<usize>, value: Spanned<DeValue<'_>>) {
        let subject = Subject { called: format!("[{key}]"), named: span.clone(), besides: &[] };
        let Some(table) = self.table(&subject, file, value) else { return };
        match key {
            "compare" => {
                if let Some(value) = self.decode(&subject, file, table) {
                    self.scenario.compare = Item { value, place: Place::new(file, span) };
                }
            }
            "streams" => self.scenario.streams = self.decode(&subject, file, table).unwrap_or_default(),
            _ => self.scenario.draws = self.decode(&subject, file, table).unwrap_or_default(),
        }
    }

    /// A section's named things.
    fn section(&mut self, kind: &'static str, file: usize, span: Range<usize>, value: Spanned<DeValue<'_>>) {
        let subject = Subject { called: format!("`{kind}`"), named: span, besides: &[] };
        let Some(things) = self.table(&subject, file, value) else { return };
        let mut things = things.into_iter().collect::<Vec<_>>();
        things.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in things {
            let name = key.get_ref().clone().into_owned();
            let place = Place::new(file, key.span());
            if !self.name_fits(kind, &name, &place) {
                continue;
            }
            let subject =
                Subject { called: format!("[{kind}.{}]", tidy(&name)), named: key.span(), besides: &[] };
            let before = self.findings.len();
            if let Some(table) = self.table(&subject, file, value) {
                self.thing(kind, &name, &place, subject, table);
            }
            if self.findings.len() > before {
                self.partial.insert((kind, name));
            }
        }
    }

    /// Whether a name can be used, and is new.
    fn name_fits(&mut self, kind: &'static str, name: &str, place: &Place) -> bool {
        let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
        let reserved = kind == "fleet" && ["everything", "zones"].contains(&name);
        if name.is_empty() || name.chars().count() > 60 || !name.chars().all(fits) || reserved {
            let finding = Finding::error("S028", place.clone(), format!("`{}` cannot be a name", tidy(name)));
            self.findings
                .push(finding.help("names are letters, digits, `-`, `_` and `.`, at most 60 of them"));
            return false;
        }
        let known = self.declared.entry(kind).or_default();
        if let Some(first) = known.get(name) {
            let help = format!("the other one is in {}", self.files.shown(first));
            let finding =
                Finding::error("S010", place.clone(), format!("two of `{kind}` are called `{name}`"));
            self.findings.push(finding.help(help));
            return false;
        }
        known.insert(name.to_owned(), place.clone());
        true
    }

    fn thing(&mut self, kind: &str, name: &str, place: &Place, subject: Subject<'_>, table: Table<'_>) {
        macro_rules! put {
            ($field:ident) => {{
                let value = self.decode(&subject, place.file, table);
                put(&mut self.scenario.$field, name, place, value)
            }};
        }
        match kind {
            "zone" => put!(zones),
            "conduit" => put!(conduits),
            "medium" => put!(media),
            "fleet" => put!(fleets),
            "flow" => put!(flows),
            "people" => put!(people),
            "plant" => put!(plants),
            "service" => put!(services),
            "product" => put!(products),
            "happening" => {
                let value = self.happening(&subject, place.file, table);
                put(&mut self.scenario.happenings, name, place, value);
            }
            "campaign" => {
                let value = self.campaign(&subject, place.file, table);
                put(&mut self.scenario.campaigns, name, place, value);
            }
            _ => {
                let value: Strategy = self.strategy(&subject, place.file, table);
                self.scenario.strategies.insert(name.to_owned(), Item { value, place: place.clone() });
            }
        }
    }

    fn happening(&mut self, subject: &Subject<'_>, file: usize, table: Table<'_>) -> Option<Happening> {
        const KEYS: &[&str] = &["what", "at", "rate", "source"];
        let (own, rest) = part(table, KEYS);
        let keys: HappeningKeys = self.decode(subject, file, own)?;
        let Some(def) = happenings::find(&keys.what) else {
            let names = happenings::ALL.iter().map(|def| def.id).collect::<Vec<_>>();
            self.unknown_choice(file, &keys.what, "happening", &names);
            return None;
        };
        let settings = self.settings(subject, file, rest, KEYS, def.settings);
        let timing = match (keys.at, keys.rate) {
            (Some(at), None) => Timing::At(at),
            (None, Some(rate)) => Timing::Rate(rate),
            (at, _) => {
                let message =
                    if at.is_some() { "has both `at` and `rate`" } else { "has neither `at` nor `rate`" };
                let place = Place::new(file, subject.named.clone());
                let finding = Finding::error("S026", place, format!("{} {message}", subject.called));
                self.findings.push(
                    finding.help("`at = \"14:00\"` for once, `rate = \"0.2 per year\"` for again and again"),
                );
                return None;
            }
        };
        Some(Happening { def, timing, settings: settings?, source: keys.source })
    }

    fn campaign(&mut self, subject: &Subject<'_>, file: usize, table: Table<'_>) -> Option<Campaign> {
        const KEYS: &[&str] = &["adversary", "enters", "by", "starts"];
        let (own, rest) = part(table, KEYS);
        let keys: CampaignKeys = self.decode(subject, file, own)?;
        let Some(def) = campaigns::find(&keys.adversary) else {
            let names = campaigns::ALL.iter().map(|def| def.id).collect::<Vec<_>>();
            self.unknown_choice(file, &keys.adversary, "adversary", &names);
            return None;
        };
        if !def.ways_in.contains(&keys.by.as_str()) {
            self.unknown_choice(file, &keys.by, &format!("way in of `{}`", def.id), def.ways_in);
        }
        let settings = self.settings(subject, file, rest, KEYS, def.settings)?;
        Some(Campaign { def, enters: keys.enters, by: keys.by, starts: keys.starts, settings })
    }

    /// A word that is not in its closed list.
    pub(crate) fn unknown_choice(&mut self, file: usize, word: &Name, what: &str, words: &[&str]) {
        let message = format!("no {what} is called `{}`", tidy(word));
        let finding = Finding::error("S008", Place::new(file, word.span.clone()), message);
        let label = nearest::label(word, words.iter().copied());
        self.findings.push(finding.label(label).help(format!("one of {}", words.join(", "))));
    }

    /// The settings of an entry of a closed list.
    pub(crate) fn settings(
        &mut self,
        subject: &Subject<'_>,
        file: usize,
        table: Table<'_>,
        besides: &[&str],
        reader: SettingsReader,
    ) -> Option<super::registry::Chosen> {
        let subject = Subject { called: subject.called.clone(), named: subject.named.clone(), besides };
        let outcome = decode(&subject, table, reader.read);
        let chosen = self.take(&subject, file, outcome)?;
        let mistakes = chosen.mistakes();
        self.findings.extend(findings(mistakes, file, &subject.named));
        Some(chosen)
    }

    /// Reads a table as a `T`.
    pub(crate) fn decode<T: DeserializeOwned>(
        &mut self,
        subject: &Subject<'_>,
        file: usize,
        table: Table<'_>,
    ) -> Option<T> {
        let outcome = decode(subject, table, |table| T::deserialize(table));
        self.take(subject, file, outcome)
    }

    fn take<T>(&mut self, subject: &Subject<'_>, file: usize, outcome: Outcome<T>) -> Option<T> {
        self.findings.extend(findings(outcome.complaints, file, &subject.named));
        outcome.value
    }

    /// A value that must be a table.
    pub(crate) fn table<'i>(
        &mut self,
        subject: &Subject<'_>,
        file: usize,
        value: Spanned<DeValue<'i>>,
    ) -> Option<Table<'i>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some(table),
            other => {
                let message =
                    format!("{} is {} {}, not a table", subject.called, article(&other), other.type_str());
                let complaint = Complaint::new("S006", message).label("write { … }");
                self.findings.push(Finding::of(complaint, file, span));
                None
            }
        }
    }
}

fn article(value: &DeValue<'_>) -> &'static str {
    if matches!(value, DeValue::Integer(_) | DeValue::Array(_)) { "an" } else { "a" }
}

fn put<T>(things: &mut Named<T>, name: &str, place: &Place, value: Option<T>) {
    if let Some(value) = value {
        things.insert(name.to_owned(), Item { value, place: place.clone() });
    }
}

/// The entries with these keys, and the others.
pub(crate) fn part<'i>(table: Table<'i>, keys: &[&str]) -> (Table<'i>, Table<'i>) {
    table.into_iter().partition(|(key, _)| keys.contains(&key.get_ref().as_ref()))
}

/// A value with its place, for a table that was read by hand.
pub(crate) fn at<T>(value: T, span: Range<usize>) -> At<T> {
    At { value, span }
}
