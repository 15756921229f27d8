//! Protocols by which flows talk: what a list of permitted flows may name.
//!
//! # Differs from the real thing
//! A protocol is a name and whether people log in by it. Its messages are as long as the flow says; what a parser of it
//! would refuse is left out, and so are options that change what a login is worth.

use std::sync::LazyLock;

const TABLE: &str = include_str!("../data/protocols.csv");

/// A protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name.
    pub name: &'static str,
    /// The port that is registered for it.
    pub port: u16,
    /// Whether somebody may type a secret over it and is let in.
    pub logs_in: bool,
    /// Whether it gives the other side's screen or shell: remote access.
    pub interactive: bool,
    /// What it is for.
    pub about: &'static str,
    /// Where this is from.
    pub source: &'static str,
}

/// A protocol by its place in [`all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u8);

/// Every protocol, in the order of the file.
pub fn all() -> &'static [Protocol] {
    static ALL: LazyLock<Vec<Protocol>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(read).collect());
    &ALL
}

/// The fields of a line; the last may hold commas.
fn read(line: &'static str) -> Option<Protocol> {
    let mut fields = line.splitn(6, ',');
    let name = fields.next()?;
    let port = fields.next()?.parse().ok()?;
    let mut yes = || fields.next().map(|word| word == "yes");
    let (logs_in, interactive) = (yes()?, yes()?);
    Some(Protocol { name, port, logs_in, interactive, about: fields.next()?, source: fields.next()? })
}

/// The protocol of this name.
pub fn find(name: &str) -> Option<ProtocolId> {
    all().iter().position(|own| own.name == name).map(|at| ProtocolId(at as u8))
}

impl ProtocolId {
    /// What it is.
    pub fn get(self) -> Option<&'static Protocol> {
        all().get(usize::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_reads_and_says_where_it_is_from() {
        assert_eq!(all().len(), TABLE.lines().count() - 1);
        assert_eq!(all().iter().map(|own| own.name).collect::<BTreeSet<_>>().len(), all().len());
        assert!(all().iter().all(|own| !own.source.is_empty() && !own.about.is_empty()));
        assert!(all().iter().all(|own| own.logs_in || !own.interactive), "who gets a shell has logged in");
        assert_eq!(find("modbus-tcp").and_then(ProtocolId::get).map(|own| own.port), Some(502));
    }
}
