//! A sentence that can only say what stands in a document, and remembers where.

use crate::comparison::Sentence;
use crate::format::{count, decimals, number, shown, signed};
use crate::statistics::Interval;
use serde_json::Value;

/// A sentence in the making.
pub(crate) struct Words<'a> {
    document: &'a Value,
    text: String,
    from: Vec<String>,
}

impl<'a> Words<'a> {
    /// Nothing said yet; fields are read from `document`.
    pub(crate) fn new(document: &'a Value) -> Self {
        Self { document, text: String::new(), from: Vec::new() }
    }

    /// Words of our own.
    pub(crate) fn say(mut self, words: &str) -> Self {
        self.text.push_str(words);
        self
    }

    /// Note a field as said; gives it.
    pub(crate) fn note(&mut self, path: &str) -> Option<&'a Value> {
        let found = self.document.pointer(path)?;
        if !self.from.iter().any(|known| known == path) {
            self.from.push(path.to_owned());
        }
        Some(found)
    }

    /// The text or whole number at `path`; of a list, its length.
    pub(crate) fn field(mut self, path: &str) -> Self {
        let text = match self.note(path) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(value)) => value.as_u64().map_or_else(|| value.to_string(), count),
            Some(Value::Array(list)) => count(list.len() as u64),
            _ => String::new(),
        };
        self.text.push_str(&text);
        self
    }

    fn interval_at(&mut self, path: &str) -> Option<Interval> {
        let mean = self.note(&format!("{path}/mean"))?.as_f64()?;
        let end = |name| self.document.pointer(&format!("{path}/{name}")).and_then(Value::as_f64);
        Some(Interval { mean, low: end("low"), high: end("high") })
    }

    /// A mean alone, with its unit.
    pub(crate) fn mean(mut self, path: &str, unit: &str) -> Self {
        if let Some(interval) = self.interval_at(path) {
            let shown = shown(unit);
            let digits = decimals(&interval.scaled(shown.factor));
            let value = number(interval.mean * shown.factor, digits);
            self.text.push_str(&format!("{value}{}", suffix(shown.unit)));
        }
        self
    }

    /// A mean alone, as a difference with its sign.
    pub(crate) fn change(mut self, path: &str, unit: &str) -> Self {
        if let Some(interval) = self.interval_at(path) {
            let shown = shown(unit);
            let digits = decimals(&interval.scaled(shown.factor));
            let value = signed(interval.mean * shown.factor, digits);
            self.text.push_str(&format!("{value}{}", suffix(shown.step)));
        }
        self
    }

    /// A mean with its interval, `0.5 (0.3 to 0.7)`.
    pub(crate) fn interval(mut self, path: &str, unit: &str, difference: bool) -> Self {
        let Some(interval) = self.interval_at(path) else { return self };
        let shown = shown(unit);
        let here = interval.scaled(shown.factor);
        let digits = decimals(&here);
        let value = |value| if difference { signed(value, digits) } else { number(value, digits) };
        self.text.push_str(&value(here.mean));
        self.text.push_str(&suffix(if difference { shown.step } else { shown.unit }));
        if let (Some(low), Some(high)) = (here.low, here.high) {
            self.note(&format!("{path}/low"));
            self.note(&format!("{path}/high"));
            self.text.push_str(&format!(" ({} to {})", value(low), value(high)));
        }
        self
    }

    /// The sentence, with its full stop.
    pub(crate) fn end(mut self) -> Option<Sentence> {
        self.text.push('.');
        Some(Sentence { text: self.text, from: self.from })
    }
}

/// What follows a number; persons are named by the metric itself.
fn suffix(unit: &str) -> String {
    if unit.is_empty() || unit == "persons" { String::new() } else { format!("\u{a0}{unit}") }
}
