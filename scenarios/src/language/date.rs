//! Days of the calendar, and beginnings that are either such a day or so long after the run.

use super::complaint::{Complaint, tidy};
use super::units::{Time, quantity};
use devices::quantity::Dimension;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use sim::time::Span;
use std::borrow::Cow;
use std::fmt;

/// A day of the Gregorian calendar, written `2026-11-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// When something begins: on a day, or so long after the run's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// So long after the run.
    After(Time),
    /// On this day.
    On(Date),
}

/// The years that a date may lie in.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2999;
/// Days of a year, as rates count it.
const YEAR: f64 = 365.0;

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Date {
    /// This day, if there is one.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let known = year >= *YEARS.start() && year <= *YEARS.end() && month >= 1 && month <= 12;
        if known && day >= 1 && day <= days_of(year, month) { Some(Self { year, month, day }) } else { None }
    }

    /// Days since the beginning of 1970.
    pub fn days(self) -> i64 {
        let years = (*YEARS.start()..self.year).map(|year| if is_leap(year) { 366 } else { 365 });
        let months = (1..self.month).map(|month| i64::from(days_of(self.year, month)));
        years.sum::<i64>() + months.sum::<i64>() + i64::from(self.day) - 1
    }

    /// Years of 365 days from another day to this one; less than none if it comes after.
    pub fn years_since(self, other: Self) -> f64 {
        (self.days() - other.days()) as f64 / YEAR
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let date = Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        date.filter(|_| parts.next().is_none())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| {
            Complaint::new("S024", format!("`{}` is no day of the calendar", tidy(&text)))
                .label("write a date from 1970 to 2999, such as \"2026-11-30\"")
                .into_error()
        })
    }
}

impl Beginning {
    /// Years from the run's own day until it begins, less than none if it has begun; nothing if that day is not known.
    pub fn years(self, today: Option<Date>) -> Option<f64> {
        match self {
            Self::After(Time(span)) => Some(span.seconds() / Span::DAY.seconds() / YEAR),
            Self::On(date) => today.map(|today| date.years_since(today)),
        }
    }
}

impl<'de> Deserialize<'de> for Beginning {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if let Some(date) = Date::read(&text) {
            return Ok(Self::On(date));
        }
        let seconds = quantity(&text, Dimension::Time).map_err(|complaint| {
            complaint.help("or a day, such as \"2028-01-01\"").into_error::<D::Error>()
        })?;
        Ok(Self::After(Time(Span::from_seconds(seconds))))
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$", "examples": ["2026-11-30"] })
    }
}

impl JsonSchema for Beginning {
    fn schema_name() -> Cow<'static, str> {
        "Beginning".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a length of time after the run, such as \"2 years\", or a day, such as \"2028-01-01\"",
            "examples": ["2 years", "2028-01-01"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 11,016 days from 1970 to 2000-02-29, as `date -u -d 2000-02-29 +%s` says (951,782,400 s).
    #[test]
    fn days_are_counted_over_leap_years() {
        let day = |text| Date::read(text).unwrap().days();
        assert_eq!(day("1970-01-01"), 0);
        assert_eq!(day("2000-02-29"), 951_782_400 / 86_400);
        assert_eq!(day("2100-03-01") - day("2100-02-28"), 1);
        let years = Date::read("2028-11-30").unwrap().years_since(Date::read("2026-11-30").unwrap());
        assert!((years - 731.0 / 365.0).abs() < 1e-12, "{years}");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01-", "1969-12-31", "soon", ""]
        {
            assert_eq!(Date::read(text), None, "{text}");
        }
        assert_eq!(Date::read("2026-11-30").unwrap().to_string(), "2026-11-30");
    }
}
