//! Microcontrollers, radios and batteries: what stands in `data/hardware.csv`.

use crate::parameters::Confidence;
use serde::Deserialize;
use std::sync::LazyLock;

/// The table does not read, which a test rules out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hardware.csv does not read: {why}")]
pub struct HardwareError {
    /// What the reader said.
    pub why: String,
}

/// One row; a cell is empty when its source gave nothing.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub mcu_soc: String,
    /// Its core; `none` for a radio alone, empty for a battery.
    pub core: String,
    /// Clock [MHz].
    pub mhz: Option<f64>,
    /// Working memory [KiB].
    pub ram_kib: Option<f64>,
    /// Program memory [KiB].
    pub flash_kib: Option<f64>,
    /// Power while computing [mW].
    pub active_mw: Option<f64>,
    /// Power asleep [µW].
    pub sleep_uw: Option<f64>,
    /// Its radio and mode.
    pub radio: String,
    /// Power while sending [mW].
    pub tx_mw: Option<f64>,
    /// Power while listening [mW].
    pub rx_mw: Option<f64>,
    /// Bit rate of the radio [bit/s].
    pub bitrate_bps: Option<f64>,
    /// Where it comes from, with what was computed from what.
    pub source: String,
    /// How far to trust it.
    pub confidence: Confidence,
}

impl Part {
    /// Every number of the row with its column and unit.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, f64, &'static str)> {
        [
            ("mhz", self.mhz, "MHz"),
            ("ram_kib", self.ram_kib, "KiB"),
            ("flash_kib", self.flash_kib, "KiB"),
            ("active_mw", self.active_mw, "mW"),
            ("sleep_uw", self.sleep_uw, "uW"),
            ("tx_mw", self.tx_mw, "mW"),
            ("rx_mw", self.rx_mw, "mW"),
            ("bitrate_bps", self.bitrate_bps, "bit/s"),
        ]
        .into_iter()
        .filter_map(|(column, value, unit)| value.map(|value| (column, value, unit)))
    }
}

/// Every part, in the order of the file.
///
/// # Errors
/// When the embedded file is broken, which a test rules out.
pub fn parts() -> Result<&'static [Part], HardwareError> {
    static PARTS: LazyLock<Result<Vec<Part>, HardwareError>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("../data/hardware.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|error| HardwareError { why: error.to_string() })
    });
    PARTS.as_deref().map_err(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_unit_and_a_source() {
        for part in parts().unwrap() {
            assert!(!part.source.is_empty() && !part.mcu_soc.is_empty(), "{part:?}");
            for (column, value, unit) in part.values() {
                assert!(value.is_finite() && value >= 0.0 && !unit.is_empty(), "{column} of {part:?}");
            }
        }
    }

    #[test]
    fn what_was_recalled_still_says_so() {
        for part in parts().unwrap() {
            assert_eq!(
                part.confidence == Confidence::FromMemory,
                part.source.contains("from memory"),
                "{part:?}"
            );
        }
    }
}
