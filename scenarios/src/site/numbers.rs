//! Sourced numbers at hand while a site is built, and the log of which were read.

use super::SiteError;
use crate::language::laws::TimeLaw;
use crate::language::registry::Sourced;
use crate::language::units::{BitRate, Rate, Share, Time};
use ::devices::class::DeviceClass;
use ::devices::parameters::{Group, Parameter, Parameters, ReadLog, Setting};
use ::devices::radio::profile::Profile;
use bevy_ecs::prelude::Resource;
use sim::law::Law;
use sim::time::Span;

/// The tables of numbers, and which of them this run has read.
#[derive(Resource)]
pub struct Numbers {
    table: &'static Parameters,
    /// The row that this run reads other than the table has it.
    set: Option<Parameter>,
    /// What was read.
    pub log: ReadLog,
}

impl Numbers {
    /// The shipped tables, with one row set to an end of its range where that is asked for.
    pub(super) fn shipped(setting: Option<&Setting>) -> Result<Self, SiteError> {
        let table = Parameters::shipped().map_err(SiteError::Parameters)?;
        let set = setting.map(|setting| setting.row(table)).transpose().map_err(SiteError::Setting)?;
        Ok(Self { table, set, log: ReadLog::default() })
    }

    /// The row of this key.
    ///
    /// # Errors
    /// When there is none.
    pub fn row(&self, key: &str) -> Result<&Parameter, SiteError> {
        let row = self.log.read(self.table, key).map_err(SiteError::Unknown)?;
        Ok(self.set.as_ref().filter(|set| set.key == key).unwrap_or(row))
    }

    /// Note every number of a class that stands somewhere in this run.
    ///
    /// # Errors
    /// When a number has no source, or one that names no parameter.
    pub fn class(&self, fleet: &str, class: &DeviceClass) -> Result<(), SiteError> {
        class.note(&self.log, self.table).map_err(|source| SiteError::class(fleet, source))
    }

    /// Note every number of a radio that somebody in this run speaks.
    ///
    /// # Errors
    /// When a source names no parameter.
    pub fn radio(&self, name: &str, radio: &Profile) -> Result<(), SiteError> {
        for (field, source) in radio.sources() {
            let confidence = source.confidence(self.table).map_err(SiteError::Unknown)?;
            self.log.note(&format!("radio.{name}.{field}"), Group::Latencies, confidence);
        }
        Ok(())
    }

    /// The number of this key in SI units.
    ///
    /// # Errors
    /// When there is none, or it is a text.
    pub fn si(&self, key: &str) -> Result<f64, SiteError> {
        self.row(key)?.si().map_err(SiteError::Parameter)
    }

    /// The length of time of this key.
    ///
    /// # Errors
    /// When there is none, or it is a text.
    pub fn span(&self, key: &str) -> Result<Span, SiteError> {
        self.si(key).map(Span::from_seconds)
    }

    /// The whole number of this key.
    ///
    /// # Errors
    /// When there is none, or it is a text.
    pub fn count(&self, key: &str) -> Result<u32, SiteError> {
        Ok(self.si(key)?.round().max(0.0) as u32)
    }

    /// The law of this key in SI units.
    ///
    /// # Errors
    /// When there is none, or it is a text.
    pub fn law(&self, key: &str) -> Result<Law, SiteError> {
        self.row(key)?.law().map_err(SiteError::Parameter)
    }

    /// A law of time, as the file states it or as its parameter says.
    ///
    /// # Errors
    /// As [`Numbers::law`].
    pub fn time_law(&self, setting: &Sourced<TimeLaw>) -> Result<Law, SiteError> {
        match setting {
            Sourced::Stated(law) => Ok(law.0),
            Sourced::Parameter(key) => self.law(key),
        }
    }

    /// A share, as stated or by its parameter.
    ///
    /// # Errors
    /// As [`Numbers::si`].
    pub fn share(&self, setting: &Sourced<Share>) -> Result<f64, SiteError> {
        match setting {
            Sourced::Stated(share) => Ok(share.0),
            Sourced::Parameter(key) => self.si(key),
        }
    }

    /// A capacity [bit/s], as stated or by its parameter.
    ///
    /// # Errors
    /// As [`Numbers::si`].
    pub fn bit_rate(&self, setting: &Sourced<BitRate>) -> Result<f64, SiteError> {
        match setting {
            Sourced::Stated(rate) => Ok(rate.0),
            Sourced::Parameter(key) => self.si(key),
        }
    }

    /// A rate [1/s], as stated or by its parameter.
    ///
    /// # Errors
    /// As [`Numbers::si`].
    pub fn rate(&self, setting: &Sourced<Rate>) -> Result<f64, SiteError> {
        match setting {
            Sourced::Stated(rate) => Ok(rate.0),
            Sourced::Parameter(key) => self.si(key),
        }
    }

    /// A length of time [s], as stated or by its parameter.
    ///
    /// # Errors
    /// As [`Numbers::si`].
    pub fn seconds(&self, setting: &Sourced<Time>) -> Result<f64, SiteError> {
        match setting {
            Sourced::Stated(time) => Ok(time.0.seconds()),
            Sourced::Parameter(key) => self.si(key),
        }
    }
}
