//! Inventories: a table of devices as an asset system exports it.
//!
//! # Differs from the real thing
//! A class is guessed from words, not from what the device is; an inventory says nothing of traffic, of
//! patching or of passwords. What was guessed is told with how sure it is.

use super::csv_table::{self, Table};
use super::json::short;
use super::rules::{Columns, Confidence, Does, Rule, Rules};
use super::understanding::{ClassGuess, Understanding, ZoneGuess};
use super::{ImportError, Remark};
use std::collections::{BTreeMap, BTreeSet};

/// The most zones an inventory is split into; beyond that its networks are no zones, and families are taken.
pub const MAX_ZONES: usize = 64;

/// One device in operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Line in the file, from 1.
    pub line: u64,
    /// Its name, or its id where it has none.
    pub name: String,
    /// The class it is taken for.
    pub class: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What it does when no profile tells.
    pub does: Does,
    /// The zone it is put in: a name of the scenario language.
    pub zone: String,
    /// Model and vendor as written, for matching with profiles.
    pub model: String,
    /// Its maker as written.
    pub vendor: String,
    /// Its MUD URL, when the inventory has one.
    pub mud_url: String,
}

/// A zone that the devices were put in.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its name in the scenario.
    pub name: String,
    /// Its Purdue level.
    pub purdue: u8,
}

/// What an inventory became.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// The devices, in file order.
    pub assets: Vec<Asset>,
    /// The zones, by name.
    pub zones: Vec<Zone>,
    /// What was understood, guessed and left out.
    pub understanding: Understanding,
}

const EXPECTED: &str = "a column with the devices' names (such as `Name` or `Device Name`) and one that tells what \
     they are (such as `Role`, `Device Type`, `Type`, `Category`, `Model` or `Manufacturer`), one device a line";

/// Which columns hold what.
struct Found {
    columns: Vec<(&'static str, Vec<usize>)>,
}

impl Found {
    fn new(columns: Columns, header: &[String]) -> Self {
        let Columns {
            name,
            id,
            role,
            kind,
            vendor,
            model,
            platform,
            serial,
            status,
            site,
            location,
            zone,
            vlan,
            purdue,
            mud,
        } = columns;
        let fields = [
            ("name", name),
            ("id", id),
            ("role", role),
            ("kind", kind),
            ("vendor", vendor),
            ("model", model),
            ("platform", platform),
            ("serial", serial),
            ("status", status),
            ("site", site),
            ("location", location),
            ("zone", zone),
            ("vlan", vlan),
            ("purdue", purdue),
            ("mud", mud),
        ];
        let mut found =
            Self { columns: fields.map(|(field, names)| (field, Columns::find(&names, header))).into() };
        // A location stands for a site where no column names one.
        if found.has("site") {
            found.columns.retain(|(field, _)| *field != "location");
        }
        // Beside a role, a type is a model (NetBox); alone, it is a kind (ThingsBoard).
        let shared = if found.has("role") { "kind" } else { "model" };
        let other = if shared == "kind" { "model" } else { "kind" };
        let theirs = found.at(other).to_vec();
        for (field, columns) in &mut found.columns {
            if *field == shared {
                columns.retain(|at| !theirs.contains(at));
            }
        }
        found
    }

    fn at(&self, field: &str) -> &[usize] {
        self.columns.iter().find(|(name, _)| *name == field).map_or(&[], |(_, at)| at)
    }

    fn has(&self, field: &str) -> bool {
        !self.at(field).is_empty()
    }

    /// The first cell of the field's columns that has something in it.
    fn cell<'a>(&self, field: &str, cells: &'a [String]) -> &'a str {
        self.at(field)
            .iter()
            .filter_map(|at| cells.get(*at))
            .map(String::as_str)
            .find(|cell| !cell.is_empty())
            .unwrap_or("")
    }
}

/// Read an inventory.
///
/// # Errors
/// When the file is empty, no text, too large, or has not the columns of an inventory. A row that cannot be
/// used is told in the [`Understanding`].
pub fn read(file: &str, bytes: &[u8]) -> Result<Inventory, ImportError> {
    let table = csv_table::read(file, bytes, "inventory", EXPECTED)?;
    let found = Found::new(Columns::embedded()?, &table.header);
    let tells = ["role", "kind", "model", "vendor"].iter().any(|field| found.has(field));
    if !tells || !(found.has("name") || found.has("id")) {
        return Err(ImportError::NotThis {
            file: file.into(),
            what: "inventory",
            expected: format!("expected {EXPECTED}; found {}", table.columns()),
        });
    }
    let rules = Rules::embedded()?;
    let mut told = Understanding::new(file, table.rows.len(), table.remarks.clone());
    told.columns(&table.header, &found.columns);
    let kept = in_operation(&table, &found, file, &mut told);
    let zones = Zoning::new(&kept, &found);
    let mut assets = Vec::new();
    let mut levels: BTreeMap<String, (String, Vec<u8>, bool)> = BTreeMap::new();
    for (line, cells) in kept {
        let cell = |field: &str| found.cell(field, cells);
        let guess = rules.guess(
            &[cell("role"), cell("kind")],
            &[cell("model"), cell("platform")],
            &[cell("vendor"), cell("name")],
        );
        let (class, does, confidence, level) = match guess {
            Some((rule, sure)) => (rule.class.as_str(), rule.does, sure, rule.purdue),
            None => ("generic-iot", Does::Sense, Confidence::None, 3),
        };
        let (zone, because) = zones.of(cells, &found, guess.map(|(rule, _)| rule));
        let stated = purdue(cell("purdue"));
        let of_zone = levels.entry(zone.clone()).or_insert_with(|| (because, Vec::new(), false));
        of_zone.1.push(stated.unwrap_or(level));
        of_zone.2 |= stated.is_some();
        assets.push(Asset {
            line: *line,
            name: [cell("name"), cell("id")]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or("")
                .to_owned(),
            class: class.to_owned(),
            confidence,
            does,
            zone,
            model: cell("model").to_owned(),
            vendor: cell("vendor").to_owned(),
            mud_url: cell("mud").to_owned(),
        });
    }
    if assets.is_empty() {
        return Err(ImportError::Nothing { why: format!("no row of {file} is a device in operation") });
    }
    let zones = levels
        .iter()
        .map(|(name, (_, levels, _))| Zone { name: name.clone(), purdue: commonest(levels) })
        .collect();
    told.devices = assets.len();
    told.classes = ClassGuess::count(&assets);
    told.zones = levels
        .into_iter()
        .map(|(zone, (from, levels, stated))| ZoneGuess {
            zone,
            purdue: commonest(&levels),
            purdue_stated: stated,
            from,
            devices: levels.len(),
        })
        .collect();
    Ok(Inventory { assets, zones, understanding: told })
}

/// Rows of devices that are in operation and stand there for the first time; the others are counted.
fn in_operation<'a>(
    table: &'a Table,
    found: &Found,
    file: &str,
    told: &mut Understanding,
) -> Vec<(&'a u64, &'a [String])> {
    let mut kept = Vec::new();
    let mut serials = BTreeSet::new();
    for (line, cells) in &table.rows {
        let cell = |field: &str| found.cell(field, cells);
        let mut bad = |at: &str, text: String| {
            told.remarks.push(Remark { file: file.into(), line: *line, at: at.into(), text });
        };
        if cell("name").is_empty() && cell("id").is_empty() {
            bad("name", "a device without a name; left out".into());
            continue;
        }
        if ["role", "kind", "model", "vendor"].iter().all(|field| cell(field).is_empty()) {
            bad("role", format!("nothing tells what `{}` is; left out", short(cell("name"))));
            continue;
        }
        let status = csv_table::key(cell("status"));
        if [
            "planned",
            "inventory",
            "decommissioning",
            "decommissioned",
            "retired",
            "disposed",
            "spare",
            "true",
            "yes",
        ]
        .contains(&status.as_str())
        {
            told.leave_out(format!("not in operation (status `{}`)", short(cell("status"))));
            continue;
        }
        if !cell("serial").is_empty() && !serials.insert(cell("serial")) {
            bad("serial", format!("serial number `{}` stood before; left out", short(cell("serial"))));
            continue;
        }
        kept.push((line, cells.as_slice()));
    }
    kept
}

/// How zones are named.
struct Zoning {
    /// The column that names them, if one does.
    field: Option<&'static str>,
    /// The column that names sites.
    place: &'static str,
    /// Whether there is more than one of them, so that a zone belongs to one.
    many_places: bool,
}

impl Zoning {
    fn new(rows: &[(&u64, &[String])], found: &Found) -> Self {
        let distinct = |field: &str| {
            let values: BTreeSet<String> =
                rows.iter().map(|(_, cells)| slug(found.cell(field, cells))).collect();
            values.iter().filter(|value| !value.is_empty()).count()
        };
        let field = ["zone", "vlan"].into_iter().find(|field| (1..=MAX_ZONES).contains(&distinct(field)));
        let place = if found.has("site") { "site" } else { "location" };
        Self { field, place, many_places: (2..=8).contains(&distinct(place)) }
    }

    /// The zone of a row, and what it was named from.
    fn of(&self, cells: &[String], found: &Found, rule: Option<&Rule>) -> (String, String) {
        let told = self.field.map(|field| (field, found.cell(field, cells)));
        if let Some((field, text)) = told.filter(|(_, text)| !slug(text).is_empty()) {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            let name = match slug(text) {
                number if digits => format!("{field}-{number}"),
                // Words that drafts use for zones of their own.
                taken if ["internet", "site-services"].contains(&taken.as_str()) => {
                    format!("{taken}-{field}")
                }
                name => name,
            };
            return (name, format!("the column for {field}s"));
        }
        let family = rule.map_or("unrecognised", |rule| rule.family.as_str());
        let place = slug(found.cell(self.place, cells));
        match self.many_places && !place.is_empty() {
            true => {
                (slug(&format!("{place}-{family}")), format!("the {} and what the devices are", self.place))
            }
            false => (family.to_owned(), "what the devices are".into()),
        }
    }
}

/// A name of the scenario language: small letters, digits and hyphens, at most forty.
pub(super) fn slug(text: &str) -> String {
    slug_within(text, 40)
}

/// A name of the scenario language of at most so many characters.
pub(super) fn slug_within(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() == longest {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// `Level 4`, `L2`, `3.5`: the whole level, when there is one from 0 to 5.
fn purdue(text: &str) -> Option<u8> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|level| *level <= 5)
}

/// The level most devices have; of several, the lowest.
fn commonest(levels: &[u8]) -> u8 {
    let count = |level: u8| levels.iter().filter(|one| **one == level).count();
    (0..=5).rev().max_by_key(|level| count(*level)).unwrap_or(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_level_is_the_lowest_of_equals() {
        assert_eq!(commonest(&[1, 1, 4]), 1);
        assert_eq!(commonest(&[4, 1, 4, 1]), 1);
        assert_eq!(purdue("Level 4"), Some(4));
        assert_eq!(purdue("3.5"), Some(3));
        assert_eq!(purdue("9"), None);
        assert_eq!(purdue(""), None);
    }

    #[test]
    fn a_name_becomes_one_of_the_language() {
        assert_eq!(slug("  Ward 3 / East—wing "), "ward-3-east-wing");
        assert_eq!(slug("ÄÖ"), "");
    }
}
