//! What an import has to assume: counts, sizes, periods, deadlines, conduits, each with what it rests on.

use super::ImportError;
use serde::Deserialize;

const FILE: &str = "import_assumptions.toml";
const TEXT: &str = include_str!("../../data/import_assumptions.toml");

/// A single assumed value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// What it is.
    pub name: String,
    /// Its value as the scenario language writes it.
    pub value: String,
    /// Where it comes from; `assumption` when nothing was found.
    pub source: String,
    /// What it rests on.
    pub why: String,
}

/// What one kind of message is like.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// What it is.
    pub name: String,
    /// IP protocol number; none for the kinds that stand for everything else.
    pub protocol: Option<u8>,
    /// The service's ports; empty means any.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Bytes of one message, with unit.
    pub size: String,
    /// Mean time between two messages of one device, with unit.
    pub every: String,
    /// When a message is of no use any more, with unit.
    pub deadline: String,
    /// Where it comes from; `assumption` when nothing was found.
    pub source: String,
    /// What it rests on.
    pub why: String,
}

/// All that an import may assume.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    #[serde(rename = "assumption")]
    values: Vec<Assumption>,
    traffic: Vec<Traffic>,
}

impl Assumptions {
    /// Those of the embedded data file.
    ///
    /// # Errors
    /// When that file is broken.
    pub fn embedded() -> Result<Self, ImportError> {
        toml::from_str(TEXT).map_err(|source| ImportError::Data { file: FILE, source })
    }

    /// The assumption called `name`.
    ///
    /// # Errors
    /// When the data file has none of that name.
    pub fn value(&self, name: &'static str) -> Result<&Assumption, ImportError> {
        self.values.iter().find(|one| one.name == name).ok_or_else(|| missing(name))
    }

    /// The kind of message called `name`.
    ///
    /// # Errors
    /// When the data file has none of that name.
    pub fn traffic(&self, name: &'static str) -> Result<&Traffic, ImportError> {
        self.traffic.iter().find(|one| one.name == name).ok_or_else(|| missing(name))
    }

    /// The kind of message that a service's protocol and port are known for.
    pub fn by_port(&self, protocol: Option<u8>, port: Option<u16>) -> Option<&Traffic> {
        self.traffic.iter().find(|one| {
            one.protocol.is_some()
                && one.protocol == protocol
                && (one.ports.is_empty() || port.is_some_and(|port| one.ports.contains(&port)))
        })
    }
}

fn missing(name: &'static str) -> ImportError {
    ImportError::Nothing { why: format!("{FILE} has no entry called `{name}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_says_what_it_rests_on() {
        let all = Assumptions::embedded().unwrap();
        for one in &all.values {
            assert!(!one.source.is_empty() && one.why.len() > 10, "{}", one.name);
        }
        for one in &all.traffic {
            assert!(!one.source.is_empty() && one.why.len() > 10, "{}", one.name);
        }
        for name in [
            "devices-per-profile",
            "local-bandwidth",
            "local-latency",
            "internet-bandwidth",
            "internet-latency",
        ] {
            assert!(all.value(name).is_ok(), "{name}");
        }
        for name in ["other reading", "other command", "sensor reading", "office work"] {
            assert!(all.traffic(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_service_is_known_by_protocol_and_port() {
        let all = Assumptions::embedded().unwrap();
        let name = |protocol, port| all.by_port(protocol, port).map(|one| one.name.as_str());
        assert_eq!(name(Some(17), Some(53)), Some("dns"));
        assert_eq!(name(Some(6), Some(53)), None);
        assert_eq!(name(Some(1), None), Some("echo"));
        assert_eq!(name(None, None), None);
    }
}
