//! An overlay: costs measured on one machine, in the place of what the catalogue says of the same operations.

use super::CryptoError;
use super::catalogue::{Catalogue, Row};
use crate::quantity::nearest;
use std::collections::BTreeSet;

/// No operation takes more cycles than a day of a processor at 10 GHz.
const MOST: f64 = 864e12;

impl Catalogue {
    /// The same catalogue in which rows measured elsewhere stand for those of the same scheme, operation and core.
    ///
    /// # Errors
    /// When the text is no table of rows, holds none, or a row names what the catalogue does not know, gives no time
    /// that makes sense, tells no source, or comes twice: with its line.
    pub fn overlaid(&self, text: &str) -> Result<Self, CryptoError> {
        let mut new: Vec<Row> = Vec::new();
        let mut replaced: BTreeSet<(String, String, String)> = BTreeSet::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.deserialize::<Row>() {
            let row = row.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                let why = match error.kind() {
                    csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
                    _ => error.to_string(),
                };
                CryptoError::Overlay { line, why }
            })?;
            // A row tells no place of its own: they stand one to a line, below the heads.
            let line = new.len() as u64 + 2;
            let refuse = |why: String| Err(CryptoError::Overlay { line, why });
            if let Some(why) = self.objection(&row) {
                return refuse(why);
            }
            let key = (row.scheme.clone(), row.act.clone(), row.core.clone());
            if !replaced.insert(key) {
                return refuse(format!(
                    "{} with {} on a {} stands here twice",
                    row.act, row.scheme, row.core
                ));
            }
            new.push(row);
        }
        if new.is_empty() {
            return Err(CryptoError::Overlay { line: 1, why: "it holds no row".to_owned() });
        }
        let key = |row: &Row| (row.scheme.clone(), row.act.clone(), row.core.clone());
        let mut all = self.only(|row| !replaced.contains(&key(row)));
        all.laid = new.len();
        all.rows.extend(new);
        Ok(all)
    }

    /// The rows that were measured elsewhere, in the order of their file; none in the shipped catalogue.
    pub fn laid(&self) -> &[Row] {
        &self.rows[self.rows.len() - self.laid.min(self.rows.len())..]
    }

    /// What speaks against a row, if anything does.
    fn objection(&self, row: &Row) -> Option<String> {
        let unknown = |what: &str, name: &str, known: Vec<&str>| {
            let near = nearest(name, known.into_iter());
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            Some(format!("the catalogue knows no {what} `{name}`{hint}"))
        };
        let all = |of: fn(&Row) -> &str| self.rows.iter().map(of).collect::<Vec<&str>>();
        if !self.rows.iter().any(|known| known.scheme == row.scheme) {
            return unknown("scheme", &row.scheme, all(|row| &row.scheme));
        }
        // What is opened is told by what is sealed, where the catalogue has no row of its own.
        let is_known =
            |act: &str| self.rows.iter().any(|known| known.scheme == row.scheme && known.act == act);
        if !(is_known(&row.act) || row.act == "decrypt" && is_known("encrypt")) {
            let own = self.rows.iter().filter(|known| known.scheme == row.scheme);
            return unknown("operation of this scheme", &row.act, own.map(|row| row.act.as_str()).collect());
        }
        if !self.cores().contains(&row.core.as_str()) {
            return unknown("core", &row.core, self.cores());
        }
        if !row.is_timed() {
            return Some("it gives neither cycles nor cycles per byte".to_owned());
        }
        let senseless =
            |&(_, value, _): &(&str, f64, &str)| !(value.is_finite() && (0.0..=MOST).contains(&value));
        if let Some((column, value, unit)) = row.values().find(senseless) {
            return Some(format!("{column} cannot be {value} {unit}"));
        }
        if row.cycles == Some(0.0) && row.cycles_per_byte.is_none() {
            return Some("an operation takes more than no cycles".to_owned());
        }
        (row.source.trim().is_empty()).then(|| "it does not say where it comes from".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Library;

    const HEADS: &str = "scheme,act,core,build,primitive,operation,parameter,platform,implementation,cycles,min_cycles,\
                         cycles_per_byte,fixed_cycles,ram_stack_bytes,code_bytes,source,year,confidence,note\n";

    fn row(scheme: &str, act: &str, core: &str, cycles: &str, source: &str) -> String {
        format!(
            "{scheme},{act},{core},portable hardware,,,,this host,ml-kem,{cycles},,,,,,{source},,medium,\n"
        )
    }

    /// A table as `calibrate host` writes it: its row is found, the shipped ones of other operations stay.
    #[test]
    fn an_overlay_stands_for_rows_of_the_same_operation() {
        let shipped = Catalogue::shipped().unwrap();
        let text = HEADS.to_owned() + &row("ML-KEM-768", "encaps", "x86-64", "4242.0", "here");
        let laid = shipped.overlaid(&text).unwrap();
        let cost = |act| laid.cost("ML-KEM-768", act, "x86-64", Library::Portable).unwrap().cycles(0);
        assert!((cost("encaps") - 4_242.0).abs() < 1e-9);
        let kept = shipped.cost("ML-KEM-768", "decaps", "x86-64", Library::Portable).unwrap();
        assert!((cost("decaps") - kept.cycles(0)).abs() < 1e-9);
        assert_eq!((laid.laid().len(), shipped.laid().len(), laid.laid()[0].act.as_str()), (1, 0, "encaps"));
    }

    #[test]
    fn a_row_that_makes_no_sense_is_refused_at_its_line() {
        let shipped = Catalogue::shipped().unwrap();
        let good = row("ML-KEM-768", "encaps", "x86-64", "4242.0", "here");
        for (bad, said) in [
            (row("ML-KEM-769", "encaps", "x86-64", "1", "here"), "did you mean `ML-KEM-768`?"),
            (row("ML-KEM-768", "sign", "x86-64", "1", "here"), "no operation of this scheme `sign`"),
            (row("ML-KEM-768", "decaps", "Z80", "1", "here"), "no core `Z80`"),
            (row("ML-KEM-768", "decaps", "x86-64", "", "here"), "neither cycles"),
            (row("ML-KEM-768", "decaps", "x86-64", "-5", "here"), "cycles cannot be -5"),
            (row("ML-KEM-768", "decaps", "x86-64", "NaN", "here"), "cycles cannot be NaN"),
            (row("ML-KEM-768", "decaps", "x86-64", "0", "here"), "more than no cycles"),
            (row("ML-KEM-768", "decaps", "x86-64", "1", ""), "where it comes from"),
            (row("ML-KEM-768", "decaps", "x86-64", "many", "here"), "invalid"),
            (good.clone(), "stands here twice"),
        ] {
            let error = shipped.overlaid(&(HEADS.to_owned() + &good + &bad)).unwrap_err();
            let CryptoError::Overlay { line, why } = &error else { panic!("{error}") };
            assert!(*line == 3 && why.contains(said), "{line}: {why}");
        }
        for text in ["", HEADS, "scheme,act\n1,2\n", "\u{0}\u{1}\n"] {
            assert!(shipped.overlaid(text).is_err(), "{text:?}");
        }
    }
}
