//! Names: everything that is recorded has one, and ids are only their short form in a run.
//!
//! Draws and digests use the names' hashes, so reordering a file or adding a fleet moves neither.

use crate::fact::{By, Cause, CauseId, Topic, Who};
use crate::luck::{member, mix, name_hash};
use serde::{Deserialize, Serialize};

/// A run of ids that share a name, such as a fleet: `pumps/0`, `pumps/1`, ….
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// The first member's id.
    pub first: u32,
    /// How many members.
    pub count: u32,
    /// Whether the one member bears the group's name without an ordinal.
    pub single: bool,
}

/// Those who share a name: enough to hash that of any of them.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    first: u32,
    count: u32,
    single: bool,
    hash: u64,
}

impl Members {
    /// The hash of the name of `who`, who is one of them: the entity key of every draw about it.
    pub fn hash(&self, who: Who) -> u64 {
        if self.single { self.hash } else { member(self.hash, u64::from(self.ordinal(who))) }
    }

    /// The number of `who` among them.
    pub(crate) const fn ordinal(&self, who: Who) -> u32 {
        who.0.wrapping_sub(self.first)
    }

    /// How many they are from `who` on.
    pub(crate) const fn from(&self, who: Who) -> u32 {
        self.count.saturating_sub(self.ordinal(who))
    }

    /// The hash of their common name, if each has a number besides.
    pub(crate) fn common(&self) -> Option<u64> {
        (!self.single).then_some(self.hash)
    }
}

/// The names of one run.
#[derive(Clone, Debug, Default)]
pub struct Names {
    groups: Vec<Group>,
    /// The first id of each group, and the hash of its name.
    firsts: Vec<u32>,
    hashes: Vec<u64>,
    topics: Vec<(String, u64)>,
    causes: Vec<(Cause, u64)>,
}

/// The names of a run as they are kept: its hashes come from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptNames {
    groups: Vec<Group>,
    topics: Vec<String>,
    causes: Vec<Cause>,
}

impl Names {
    /// The names as they are kept.
    pub(crate) fn keep(&self) -> KeptNames {
        KeptNames {
            groups: self.groups.clone(),
            topics: self.topics().map(str::to_owned).collect(),
            causes: self.causes.iter().map(|cause| cause.0.clone()).collect(),
        }
    }

    /// Make the kept names that are new here; gives the ids here of whom, topics and causes by the kept ones.
    pub(crate) fn take_in(&mut self, kept: &KeptNames) -> (Vec<u32>, Vec<u16>, Vec<u16>) {
        let mut whos = Vec::new();
        for group in &kept.groups {
            let known = self.groups.iter().find(|own| own.name == group.name && own.count == group.count);
            let first = match known {
                Some(own) => own.first,
                None if group.single => self.single(&group.name).0,
                None => self.group(&group.name, group.count).0,
            };
            whos.extend(first..first + group.count);
        }
        let topics = kept.topics.iter().map(|name| self.topic(name).0).collect();
        let causes = kept.causes.iter().map(|cause| self.cause(cause.by, &cause.name).0);
        (whos, topics, std::iter::once(0).chain(causes).collect())
    }

    /// Name `count` ids in a row; gives the first.
    pub fn group(&mut self, name: &str, count: u32) -> Who {
        self.add(name, count, false)
    }

    /// Name a single id.
    pub fn single(&mut self, name: &str) -> Who {
        self.add(name, 1, true)
    }

    fn add(&mut self, name: &str, count: u32, single: bool) -> Who {
        let first = self.groups.last().map_or(0, |last| last.first + last.count);
        self.firsts.push(first);
        self.hashes.push(name_hash(name));
        self.groups.push(Group { name: name.to_owned(), first, count, single });
        Who(first)
    }

    /// The group of an id, by its place.
    fn group_of(&self, who: Who) -> Option<usize> {
        let at = self.firsts.partition_point(|first| *first <= who.0).checked_sub(1)?;
        (who.0 - self.groups[at].first < self.groups[at].count).then_some(at)
    }

    /// Every group, in id order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The name's hash: the entity key of every draw about `who`.
    pub fn hash(&self, who: Who) -> u64 {
        self.members(who).map_or(u64::from(who.0), |group| group.hash(who))
    }

    /// Those who share a name with `who`.
    pub fn members(&self, who: Who) -> Option<Members> {
        let at = self.group_of(who)?;
        let Group { first, count, single, .. } = self.groups[at];
        Some(Members { first, count, single, hash: self.hashes[at] })
    }

    /// Its number in its group.
    pub fn ordinal(&self, who: Who) -> u32 {
        self.members(who).map_or(who.0, |group| group.ordinal(who))
    }

    /// The name itself, for people.
    pub fn who(&self, who: Who) -> String {
        match self.group_of(who).map(|at| &self.groups[at]) {
            Some(group) if group.single => group.name.clone(),
            Some(group) => format!("{}/{}", group.name, who.0 - group.first),
            None => format!("#{}", who.0),
        }
    }

    /// The topic called `name`, made when new.
    pub fn topic(&mut self, name: &str) -> Topic {
        if let Some(at) = self.topics.iter().position(|(known, _)| known == name) {
            return Topic(at as u16);
        }
        self.topics.push((name.to_owned(), name_hash(name)));
        Topic((self.topics.len() - 1) as u16)
    }

    /// The names of all topics, by id.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|(name, _)| name.as_str())
    }

    /// The topic's name.
    pub fn topic_name(&self, topic: Topic) -> &str {
        self.topics.get(topic.0 as usize).map_or("", |(name, _)| name)
    }

    /// The topic's hash.
    pub fn topic_hash(&self, topic: Topic) -> u64 {
        self.topics.get(topic.0 as usize).map_or(0, |&(_, hash)| hash)
    }

    /// The cause (by, name), made when new. Id 0 is never given: it means "none".
    pub fn cause(&mut self, by: By, name: &str) -> CauseId {
        let found = self.causes.iter().position(|(cause, _)| cause.by == by && cause.name == name);
        let at = found.unwrap_or_else(|| {
            let hash = mix(name_hash(by.word()) ^ name_hash(name));
            self.causes.push((Cause { by, name: name.to_owned() }, hash));
            self.causes.len() - 1
        });
        CauseId((at + 1) as u16)
    }

    /// The cause behind an id; nothing for [`CauseId::NONE`].
    pub fn cause_of(&self, id: CauseId) -> Option<&Cause> {
        self.causes.get((id.0 as usize).checked_sub(1)?).map(|(cause, _)| cause)
    }

    /// The cause's hash, 0 for none.
    pub fn cause_hash(&self, id: CauseId) -> u64 {
        (id.0 as usize).checked_sub(1).and_then(|at| self.causes.get(at)).map_or(0, |&(_, hash)| hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_hashes_alike_wherever_it_stands() {
        let (mut here, mut there) = (Names::default(), Names::default());
        there.group("ward-ap", 24);
        let (a, b) = (here.group("pumps", 3), there.group("pumps", 3));
        assert_ne!(a, b);
        assert_eq!(here.hash(Who(a.0 + 2)), there.hash(Who(b.0 + 2)));
        assert_eq!(there.who(Who(b.0 + 2)), "pumps/2");
    }
}
