//! What an import understood, guessed and left out of an inventory.

use super::Remark;
use super::inventory::Asset;
use super::rules::Confidence;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What became of an inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Understanding {
    /// The file.
    pub file: String,
    /// Rows that hold a device or could have.
    pub rows: usize,
    /// Devices taken over.
    pub devices: usize,
    /// Columns that were used, and for what.
    pub columns_used: Vec<(String, String)>,
    /// Columns that were not.
    pub columns_left_out: Vec<String>,
    /// Which classes were guessed.
    pub classes: Vec<ClassGuess>,
    /// Which zones were made.
    pub zones: Vec<ZoneGuess>,
    /// Why devices were left out, and how many.
    pub left_out: BTreeMap<String, usize>,
    /// Rows that could not be used, with their line.
    #[serde(skip)]
    pub remarks: Vec<Remark>,
}

/// Devices that were taken for one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassGuess {
    /// The class.
    pub class: String,
    /// How sure the guess is.
    pub confidence: Confidence,
    /// How many devices.
    pub devices: usize,
    /// A model or name among them, for whoever checks the guess.
    pub such_as: String,
}

/// A zone that devices were put in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneGuess {
    /// The zone.
    pub zone: String,
    /// Its Purdue level.
    pub purdue: u8,
    /// Whether the inventory states levels for it; otherwise it is guessed from the classes.
    pub purdue_stated: bool,
    /// What it was named from.
    pub from: String,
    /// How many devices.
    pub devices: usize,
}

impl ClassGuess {
    pub(super) fn count(assets: &[Asset]) -> Vec<Self> {
        let mut counts: BTreeMap<(&str, Confidence), (usize, &str)> = BTreeMap::new();
        for one in assets {
            let example = if one.model.is_empty() { &one.name } else { &one.model };
            counts.entry((&one.class, one.confidence)).or_insert((0, example)).0 += 1;
        }
        let guess = |((class, confidence), (devices, example)): ((&str, Confidence), (usize, &str))| Self {
            class: class.to_owned(),
            confidence,
            devices,
            such_as: example.to_owned(),
        };
        counts.into_iter().map(guess).collect()
    }
}

impl Understanding {
    pub(super) fn new(file: &str, rows: usize, remarks: Vec<Remark>) -> Self {
        Self {
            file: file.to_owned(),
            rows,
            devices: 0,
            columns_used: Vec::new(),
            columns_left_out: Vec::new(),
            classes: Vec::new(),
            zones: Vec::new(),
            left_out: BTreeMap::new(),
            remarks,
        }
    }

    pub(super) fn columns(&mut self, header: &[String], fields: &[(&'static str, Vec<usize>)]) {
        for (at, title) in header.iter().enumerate() {
            let uses: Vec<&str> =
                fields.iter().filter(|(_, columns)| columns.contains(&at)).map(|(f, _)| *f).collect();
            match uses.is_empty() {
                true => self.columns_left_out.push(title.clone()),
                false => self.columns_used.push((title.clone(), uses.join(", "))),
            }
        }
    }

    pub(super) fn leave_out(&mut self, why: String) {
        *self.left_out.entry(why).or_default() += 1;
    }

    /// The whole as a page of text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}: {} rows, {} devices taken over", self.file, self.rows, self.devices);
        let _ = writeln!(out, "\nunderstood");
        for (column, field) in &self.columns_used {
            let _ = writeln!(out, "  column `{column}` as {field}");
        }
        let _ = writeln!(out, "\nguessed");
        for one in &self.classes {
            let sure = match one.confidence {
                Confidence::High => "sure: its role or kind says so",
                Confidence::Medium => "likely: its model or platform says so",
                Confidence::Low => "doubtful: only its name or vendor says so",
                Confidence::None => "not recognised",
            };
            let _ = writeln!(out, "  {:>5} × {} ({sure}), such as {}", one.devices, one.class, one.such_as);
        }
        for one in &self.zones {
            let level = if one.purdue_stated { "as stated" } else { "guessed from the classes" };
            let _ = writeln!(
                out,
                "  zone {} with {} devices, named from {}; Purdue level {} {level}",
                one.zone, one.devices, one.from, one.purdue
            );
        }
        let _ = writeln!(out, "\nleft out");
        if !self.columns_left_out.is_empty() {
            let _ = writeln!(out, "  columns: {}", self.columns_left_out.join(", "));
        }
        for (why, count) in &self.left_out {
            let _ = writeln!(out, "  {count:>5} × {why}");
        }
        for remark in self.remarks.iter().take(20) {
            let _ = writeln!(out, "  {remark}");
        }
        if self.remarks.len() > 20 {
            let _ = writeln!(out, "  and {} rows more", self.remarks.len() - 20);
        }
        out
    }
}
