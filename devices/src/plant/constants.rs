//! The constants of the plants, each with its unit and source, as the data file has them.

use super::PlantError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One constant of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The value in `unit`.
    pub value: f64,
    /// The unit, as written in reports.
    pub unit: String,
    /// A key of [`Constants::source`]; `"assumption"` for our own choice.
    pub source: String,
    /// The reasoning behind an assumption.
    #[serde(default)]
    pub why: String,
}

/// All constants of a plant's data file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Constants {
    /// What each source key stands for.
    pub source: BTreeMap<String, String>,
    /// The constants by group and name.
    #[serde(flatten)]
    pub groups: BTreeMap<String, BTreeMap<String, Constant>>,
}

impl Constants {
    /// The constants of the opioid infusion plant, as shipped.
    ///
    /// # Errors
    /// When the embedded file does not parse (a test holds that it does).
    pub fn opioid() -> Result<Self, PlantError> {
        Self::read("plants/opioid.toml", include_str!("../../data/plants/opioid.toml"))
    }

    /// Constants from the text of a data file called `name`.
    ///
    /// # Errors
    /// When the text is not TOML of this layout, or holds a value that is not finite.
    pub fn read(name: &'static str, text: &str) -> Result<Self, PlantError> {
        let constants: Self =
            toml::from_str(text).map_err(|source| PlantError::Constants { name, source })?;
        for (group, members) in &constants.groups {
            for (key, constant) in members {
                if !constant.value.is_finite() {
                    return Err(PlantError::NoConstant { key: format!("{group}.{key}") });
                }
            }
        }
        Ok(constants)
    }

    /// The value of `group.name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, group: &str, name: &str) -> Result<f64, PlantError> {
        self.groups
            .get(group)
            .and_then(|members| members.get(name))
            .map(|constant| constant.value)
            .ok_or_else(|| PlantError::NoConstant { key: format!("{group}.{name}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_has_a_unit_and_a_known_source_and_every_assumption_its_reason() {
        let constants = Constants::opioid().unwrap();
        for (group, members) in &constants.groups {
            for (name, constant) in members {
                assert!(!constant.unit.is_empty(), "{group}.{name} has no unit");
                assert!(
                    constants.source.contains_key(&constant.source),
                    "{group}.{name}: {}",
                    constant.source
                );
                assert_eq!(constant.source == "assumption", !constant.why.is_empty(), "{group}.{name}");
            }
        }
    }

    #[test]
    fn a_constant_that_is_missing_or_not_a_number_is_named() {
        let constants = Constants::opioid().unwrap();
        assert!(constants.get("oxygen", "lungs").unwrap_err().to_string().contains("oxygen.lungs"));
        let text = "[source]\na = \"b\"\n[g]\nx = { value = nan, unit = \"1\", source = \"a\" }\n";
        assert!(Constants::read("t", text).unwrap_err().to_string().contains("g.x"));
        assert!(Constants::read("t", "[source]\n[g]\nx = { value = 1.0, unit = \"1\" }\n").is_err());
    }
}
