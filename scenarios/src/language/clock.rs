//! Instants of the language: clock times in a week.

use super::complaint::{Complaint, tidy};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sim::time::{SimTime, Span};
use std::borrow::Cow;

/// The days of a week as they are written.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const WEEK: u64 = 7 * Span::DAY.0;

/// A clock time in the week, such as `Mon 00:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WeekTime {
    /// Days since Monday.
    pub day: u8,
    /// Time since midnight.
    pub clock: Clock,
}

/// Time since midnight, written `14:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Clock(pub Span);

impl Clock {
    /// Whether it lies in the hours that begin at `from` and end at `to`; where `to` is before `from`, over midnight.
    pub fn is_within(self, from: Self, to: Self) -> bool {
        if from <= to { from <= self && self < to } else { from <= self || self < to }
    }
}

/// An instant of a run: `14:00` is the first such time at or after the start, `Tue 14:00` likewise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Days since Monday, if a day is named.
    pub day: Option<u8>,
    /// Time since midnight.
    pub clock: Clock,
}

impl WeekTime {
    /// Time since Monday's midnight.
    pub fn since_monday(self) -> Span {
        Span(u64::from(self.day) * Span::DAY.0 + self.clock.0.0)
    }

    /// The time of day of an instant in a run that starts at `self`.
    pub fn clock_at(self, at: SimTime) -> Clock {
        Clock(Span((self.since_monday().0 % Span::DAY.0 + at.0 % Span::DAY.0) % Span::DAY.0))
    }

    /// Days since Monday (0 to 6) of an instant in a run that starts at `self`.
    pub fn day_at(self, at: SimTime) -> u8 {
        ((self.since_monday().0 + at.0 % WEEK) % WEEK / Span::DAY.0) as u8
    }
}

impl Moment {
    /// The instant in a run that starts at `start`.
    pub fn resolve(self, start: WeekTime) -> SimTime {
        let (period, from) = match self.day {
            Some(_) => (WEEK, start.since_monday().0),
            None => (Span::DAY.0, start.clock.0.0),
        };
        let target = u64::from(self.day.unwrap_or(0)) * Span::DAY.0 + self.clock.0.0;
        SimTime((target + period - from) % period)
    }
}

fn clock(text: &str) -> Option<Clock> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str, limit: u64| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|&value: &u64| digits && value < limit)
    };
    let (hours, minutes) = (number(hours, 24)?, number(minutes, 60)?);
    Some(Clock(Span(hours * Span::HOUR.0 + minutes * Span::MINUTE.0)))
}

fn moment(text: &str) -> Option<Moment> {
    match text.split_once(' ') {
        None => clock(text).map(|clock| Moment { day: None, clock }),
        Some((day, rest)) => {
            let day = DAYS.iter().position(|name| *name == day)?;
            clock(rest).map(|clock| Moment { day: Some(day as u8), clock })
        }
    }
}

fn wrong<E: Error>(text: &str, write: &str) -> E {
    Complaint::new("S024", format!("`{}` is no clock time", tidy(text)))
        .label(format!("write {write}"))
        .into_error()
}

impl<'de> Deserialize<'de> for WeekTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match moment(&text) {
            Some(Moment { day: Some(day), clock }) => Ok(Self { day, clock }),
            _ => Err(wrong(&text, "a day and a time, such as \"Mon 00:00\"")),
        }
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        clock(&text).ok_or_else(|| wrong(&text, "a time such as \"07:30\""))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        moment(&text).ok_or_else(|| wrong(&text, "\"14:00\" or \"Tue 14:00\""))
    }
}

macro_rules! clock_schema {
    ($name:ident, $pattern:literal, $example:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    };
}

clock_schema!(WeekTime, "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-2][0-9]:[0-5][0-9]$", "Mon 00:00");
clock_schema!(Clock, "^[0-2][0-9]:[0-5][0-9]$", "07:30");
clock_schema!(Moment, "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?[0-2][0-9]:[0-5][0-9]$", "14:00");

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, start: &str) -> SimTime {
        let Moment { day: Some(day), clock } = moment(start).unwrap() else { panic!("{start} names no day") };
        moment(text).unwrap().resolve(WeekTime { day, clock })
    }

    #[test]
    fn a_moment_is_the_first_such_time_at_or_after_the_start() {
        assert_eq!(at("14:00", "Mon 00:00"), SimTime(14 * Span::HOUR.0));
        assert_eq!(at("06:00", "Mon 07:00"), SimTime(23 * Span::HOUR.0));
        assert_eq!(at("Mon 07:00", "Mon 07:00"), SimTime::ZERO);
        assert_eq!(at("Sun 00:00", "Mon 12:00"), SimTime(132 * Span::HOUR.0));
    }

    #[test]
    fn the_clock_runs_on_over_midnight_and_over_sunday() {
        let start = WeekTime { day: 6, clock: clock("22:00").unwrap() };
        let later = SimTime::ZERO + Span(3 * Span::HOUR.0);
        assert_eq!(start.clock_at(later), clock("01:00").unwrap());
        assert_eq!(start.day_at(later), 0);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["24:00", "7:00", "Mon", "14:60", "+1:00", "Mon  14:00", "mon 14:00", ""] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
