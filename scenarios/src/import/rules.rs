//! What an inventory's words mean: which column is which, and which device class a row speaks of.

use super::ImportError;
use super::csv_table::key;
use serde::{Deserialize, Serialize};

const CLASSES_FILE: &str = "import_classes.toml";
const CLASSES: &str = include_str!("../../data/import_classes.toml");
const COLUMNS_FILE: &str = "import_columns.toml";
const COLUMNS: &str = include_str!("../../data/import_columns.toml");

/// How sure a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Nothing in the row was recognised.
    None,
    /// The word stood in a name or a vendor.
    Low,
    /// The word stood in a model or a platform.
    Medium,
    /// The word stood in a role or a kind.
    High,
}

/// What devices of a rule do when no profile tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// They send readings to a server.
    Sense,
    /// They send readings and take commands.
    Act,
    /// They work with a server's applications.
    It,
    /// They answer others.
    Server,
    /// They carry others' traffic.
    Network,
}

/// One line of the table of classes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Phrases that mean this class.
    pub words: Vec<String>,
    /// The device class.
    pub class: String,
    /// The zone such devices are put in when the inventory names none.
    pub family: String,
    /// That zone's Purdue level.
    pub purdue: u8,
    /// What they do when no profile tells.
    pub does: Does,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Rule>,
}

/// The embedded table of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// The phrases of each rule, words between single spaces and with one at each end.
    phrases: Vec<Vec<String>>,
}

impl Rules {
    /// Those of the embedded data file.
    ///
    /// # Errors
    /// When that file is broken.
    pub fn embedded() -> Result<Self, ImportError> {
        let file: RuleFile =
            toml::from_str(CLASSES).map_err(|source| ImportError::Data { file: CLASSES_FILE, source })?;
        let phrases =
            file.rule.iter().map(|rule| rule.words.iter().map(|phrase| plain(phrase)).collect()).collect();
        Ok(Self { rules: file.rule, phrases })
    }

    /// All rules, in the order they are tried.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule for a row: `told` (role, kind), then `built` (model, platform), then `named` (vendor, name).
    pub fn guess(&self, told: &[&str], built: &[&str], named: &[&str]) -> Option<(&Rule, Confidence)> {
        let groups = [(told, Confidence::High), (built, Confidence::Medium), (named, Confidence::Low)];
        groups.into_iter().find_map(|(texts, confidence)| {
            let texts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
            let stands = |phrases: &Vec<String>| {
                phrases.iter().any(|phrase| texts.iter().any(|text| text.contains(phrase)))
            };
            let at = self.phrases.iter().position(stands)?;
            self.rules.get(at).map(|rule| (rule, confidence))
        })
    }
}

/// Words in small letters without a plural's `s`, between single spaces and with one at each end.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !word.is_empty() {
            let singular =
                if word.len() > 3 && !word.ends_with("ss") { word.strip_suffix('s') } else { None };
            out.push_str(singular.unwrap_or(&word));
            out.push(' ');
            word.clear();
        }
    }
    out
}

/// What a column of an inventory holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub(super) name: Vec<String>,
    pub(super) id: Vec<String>,
    pub(super) role: Vec<String>,
    pub(super) kind: Vec<String>,
    pub(super) vendor: Vec<String>,
    pub(super) model: Vec<String>,
    pub(super) platform: Vec<String>,
    pub(super) serial: Vec<String>,
    pub(super) status: Vec<String>,
    pub(super) site: Vec<String>,
    pub(super) location: Vec<String>,
    pub(super) zone: Vec<String>,
    pub(super) vlan: Vec<String>,
    pub(super) purdue: Vec<String>,
    pub(super) mud: Vec<String>,
}

impl Columns {
    pub(super) fn embedded() -> Result<Self, ImportError> {
        toml::from_str(COLUMNS).map_err(|source| ImportError::Data { file: COLUMNS_FILE, source })
    }

    /// The columns of a header that are among `names`, the most trusted first.
    pub(super) fn find(names: &[String], header: &[String]) -> Vec<usize> {
        let at = |name: &String| header.iter().position(|title| key(title) == *name);
        let mut found: Vec<usize> = names.iter().filter_map(at).collect();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_guessed_from_its_most_telling_words() {
        let rules = Rules::embedded().unwrap();
        let guess = |told: &str, built: &str, named: &str| {
            rules.guess(&[told], &[built], &[named]).map(|(rule, sure)| (rule.class.clone(), sure))
        };
        assert_eq!(guess("Infusion Pumps", "", ""), Some(("infusion-pump".into(), Confidence::High)));
        assert_eq!(guess("", "IP-Camera 4K", "lobby"), Some(("ip-camera".into(), Confidence::Medium)));
        assert_eq!(guess("", "", "fridge-monitor-03"), Some(("cold-chain-sensor".into(), Confidence::Low)));
        assert_eq!(guess("act", "octopus", "factory"), None, "a phrase must stand as whole words");
    }
}
