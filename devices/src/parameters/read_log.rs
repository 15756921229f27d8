//! Which numbers a run has read, and how many of them are assumptions.

use super::{Confidence, Parameter, Parameters, UnknownParameter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a number is about; reports print the share of assumptions by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Devices: how many, of what hardware, how they fail.
    Fleet,
    /// What is sent: sizes, periods, deadlines.
    Flows,
    /// How long a hop, a roam, a decision takes.
    Latencies,
    /// People: how many, how fast, how tired.
    People,
    /// Adversaries and what is open to them.
    Attackers,
    /// Cryptography and certificates.
    Crypto,
    /// What controls do and how they backfire.
    Controls,
    /// Outages, emergencies, recalls.
    Happenings,
}

/// The names of the numbers that a run has read: a set, so that the order of reading leaves no trace.
#[derive(Debug, Default)]
pub struct ReadLog {
    read: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    group: Group,
    confidence: Confidence,
    /// Whether the run took it from the table, and did not just learn that something rests on it.
    used: bool,
}

/// How many distinct numbers of a group were read, and of what kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Distinct numbers.
    pub read: u32,
    /// Of them, assumptions.
    pub assumptions: u32,
    /// Of them, recalled and not looked up.
    pub from_memory: u32,
}

impl ReadLog {
    /// Looks a parameter up and notes that it was read.
    ///
    /// # Errors
    /// When there is no such parameter.
    pub fn read<'p>(&self, parameters: &'p Parameters, key: &str) -> Result<&'p Parameter, UnknownParameter> {
        let row = parameters.get(key)?;
        self.enter(&row.key, Entry { group: row.group, confidence: row.confidence, used: true });
        Ok(row)
    }

    /// Notes that something that stands elsewhere rests on a parameter.
    ///
    /// # Errors
    /// When there is no such parameter.
    pub fn cite(&self, parameters: &Parameters, key: &str) -> Result<(), UnknownParameter> {
        let row = parameters.get(key)?;
        self.note(&row.key, row.group, row.confidence);
        Ok(())
    }

    /// Notes a number that stands elsewhere, such as in a device class or a scenario.
    pub fn note(&self, key: &str, group: Group, confidence: Confidence) {
        self.enter(key, Entry { group, confidence, used: false });
    }

    fn enter(&self, key: &str, mut entry: Entry) {
        let mut read = self.locked();
        entry.used |= read.get(key).is_some_and(|known| known.used);
        read.insert(key.to_owned(), entry);
    }

    /// What was read, by name.
    pub fn entries(&self) -> Vec<(String, Group, Confidence)> {
        self.locked().iter().map(|(key, entry)| (key.clone(), entry.group, entry.confidence)).collect()
    }

    /// The parameters that the run took from the table, by name.
    pub fn used(&self) -> Vec<String> {
        self.locked().iter().filter(|(_, entry)| entry.used).map(|(key, _)| key.clone()).collect()
    }

    /// The tally of each group of which something was read.
    pub fn tallies(&self) -> BTreeMap<Group, Tally> {
        let mut tallies = BTreeMap::<Group, Tally>::new();
        for &Entry { group, confidence, .. } in self.locked().values() {
            let tally = tallies.entry(group).or_default();
            tally.read += 1;
            tally.assumptions += u32::from(confidence == Confidence::Assumption);
            tally.from_memory += u32::from(confidence == Confidence::FromMemory);
        }
        tallies
    }

    /// A set stays whole whatever a thread that held it did.
    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
