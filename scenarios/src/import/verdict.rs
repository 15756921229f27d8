//! What a profile says of a flow: accepted, denied, or that it depends on something nobody has told.
//!
//! # Differs from the real thing
//! The first entry that matches decides, in the order of the policy's lists, and what no entry matches is
//! dropped (RFC 8519; RFC 8520, section 3). An enforcement point resolves DNS names itself and follows their
//! changes; here a name matches the addresses it is given in a file of names, and without one the verdict is
//! undecided. Only the packets in the observed direction are judged, not the answers to them.

use super::acl::{Direction, Entry, Forwarding};
use super::flows::Observed;
use super::mud::Profile;
use super::peer::{Peer, is_local};
use super::{ImportError, json::short};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// Which addresses a name has: DNS names, and MUD's controllers by their URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, Vec<IpAddr>>);

impl Names {
    /// Read a file in the layout of `/etc/hosts`: an address, then its names; `#` begins a comment. A
    /// controller's URI may stand for a name: `192.168.1.1 urn:ietf:params:mud:gateway`.
    ///
    /// # Errors
    /// Names the first line that does not begin with an address.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, ImportError> {
        let mut names = Self::default();
        for (line, bytes) in bytes.split(|&byte| byte == b'\n').enumerate() {
            let text = String::from_utf8_lossy(bytes);
            let mut words = text.split('#').next().unwrap_or_default().split_whitespace();
            let Some(first) = words.next() else { continue };
            let address = first.trim_start_matches('\u{feff}').parse().map_err(|_| ImportError::Line {
                file: file.into(),
                line: line as u64 + 1,
                expected: format!("expected an address and its names, not `{}`", short(first)),
            })?;
            words.for_each(|name| names.add(name, address));
        }
        Ok(names)
    }

    /// Let `name` have this address too.
    pub fn add(&mut self, name: &str, address: IpAddr) {
        let addresses = self.0.entry(name.to_ascii_lowercase()).or_default();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }

    /// Whether the address belongs to the name; none when nothing is known of the name.
    pub fn holds(&self, name: &str, address: IpAddr) -> Option<bool> {
        self.0.get(&name.to_ascii_lowercase()).map(|addresses| addresses.contains(&address))
    }

    /// The first DNS name, in the order of the alphabet, that an address goes by.
    pub fn of(&self, address: IpAddr) -> Option<&str> {
        let dns = self.0.iter().filter(|(name, _)| !name.contains(':'));
        dns.into_iter().find(|(_, addresses)| addresses.contains(&address)).map(|(name, _)| name.as_str())
    }

    /// The DNS names and controllers of a profile of which nothing is known.
    pub fn missing(&self, profile: &Profile) -> Vec<String> {
        let mut missing = BTreeSet::new();
        for entry in profile.from_device.iter().chain(&profile.to_device) {
            missing.extend(entry.remote.name.clone());
            missing.extend(entry.peers.iter().filter_map(|peer| match peer {
                Peer::Controller(urn) => Some(urn.clone()),
                _ => None,
            }));
        }
        missing.into_iter().filter(|name| !self.0.contains_key(&name.to_ascii_lowercase())).collect()
    }
}

/// What would have to be known to decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Whether the address belongs to this DNS name.
    Name(String),
    /// Whether the address is that of this peer.
    Peer(String),
    /// Who opened the connection.
    Initiator,
    /// The Ethernet address of the other end.
    Mac,
    /// A field that the flow's row leaves empty.
    Field(&'static str),
    /// A condition of the entry that is not understood, by its JSON pointer.
    Condition(String),
}

/// What a profile says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// This entry accepts it.
    Accepted {
        /// The list.
        list: String,
        /// The entry.
        entry: String,
    },
    /// This entry drops it.
    Denied {
        /// The list.
        list: String,
        /// The entry.
        entry: String,
    },
    /// No entry of these lists accepts it.
    NoEntry {
        /// The lists for packets of its direction.
        lists: Vec<String>,
    },
    /// It depends.
    Undecided {
        /// The list of the first entry that may decide.
        list: String,
        /// That entry.
        entry: String,
        /// What would have to be known.
        needs: Vec<Need>,
    },
}

/// Whether an entry matches a flow.
enum Fit {
    Yes,
    No,
    Perhaps(Vec<Need>),
}

/// Hold one flow against a profile.
pub fn judge(profile: &Profile, names: &Names, flow: &Observed) -> Verdict {
    let entries = match flow.direction {
        Direction::FromDevice => &profile.from_device,
        Direction::ToDevice => &profile.to_device,
    };
    let mut perhaps: Vec<(&Entry, Vec<Need>)> = Vec::new();
    for entry in entries {
        match fit(entry, names, flow) {
            Fit::No => {}
            Fit::Perhaps(needs) => perhaps.push((entry, needs)),
            Fit::Yes => {
                // An earlier entry that may match matters only if it would decide otherwise.
                let same = |one: &Entry| {
                    (one.forwarding == Forwarding::Accept) == (entry.forwarding == Forwarding::Accept)
                };
                if let Some((first, needs)) = perhaps.into_iter().find(|(one, _)| !same(one)) {
                    return undecided(first, needs);
                }
                let (list, entry_name) = (entry.list.clone(), entry.name.clone());
                return match entry.forwarding {
                    Forwarding::Accept => Verdict::Accepted { list, entry: entry_name },
                    Forwarding::Drop | Forwarding::Reject => Verdict::Denied { list, entry: entry_name },
                };
            }
        }
    }
    match perhaps.into_iter().find(|(one, _)| one.forwarding == Forwarding::Accept) {
        Some((first, needs)) => undecided(first, needs),
        None => {
            let mut lists: Vec<String> = Vec::new();
            entries.iter().for_each(|entry| {
                if !lists.contains(&entry.list) {
                    lists.push(entry.list.clone())
                }
            });
            Verdict::NoEntry { lists }
        }
    }
}

fn undecided(entry: &Entry, needs: Vec<Need>) -> Verdict {
    Verdict::Undecided { list: entry.list.clone(), entry: entry.name.clone(), needs }
}

fn fit(entry: &Entry, names: &Names, flow: &Observed) -> Fit {
    let mut needs = Vec::new();
    // Each test is true, false, or what would have to be known.
    let mut tests: Vec<Result<bool, Need>> = Vec::new();
    let version = if flow.remote.is_ipv4() { 4 } else { 6 };
    tests.push(Ok(entry.ip_version.is_none_or(|wanted| wanted == version)));
    tests.push(Ok(entry.ethertype.is_none_or(|wanted| wanted == if version == 4 { 0x0800 } else { 0x86dd })));
    tests.push(Ok(entry.protocol.is_none_or(|wanted| wanted == flow.protocol)));
    for (end, port, address, field) in [
        (&entry.device, flow.device_port, flow.device, "device_port"),
        (&entry.remote, flow.remote_port, Some(flow.remote), "remote_port"),
    ] {
        if let Some(ports) = end.ports {
            tests.push(port.map(|port| ports.holds(port)).ok_or(Need::Field(field)));
        }
        if let Some(network) = end.network {
            tests.push(address.map(|address| network.holds(address)).ok_or(Need::Field("device_ip")));
        }
        if let Some(name) = &end.name {
            let known = address.and_then(|address| names.holds(name, address));
            tests.push(known.ok_or_else(|| Need::Name(name.clone())));
        }
    }
    if entry.device.mac.is_some() {
        tests.push(Err(Need::Mac));
    }
    if let Some(mac) = &entry.remote.mac {
        tests.push(ethernet(flow.remote).map(|theirs| theirs == *mac).ok_or(Need::Mac));
    }
    for peer in &entry.peers {
        tests.push(match peer {
            Peer::LocalNetworks => Ok(is_local(flow.remote)),
            Peer::Controller(urn) => names.holds(urn, flow.remote).ok_or_else(|| Need::Peer(urn.clone())),
            other => Err(Need::Peer(other.to_string())),
        });
    }
    if let Some(wanted) = entry.initiated {
        tests.push(flow.initiated.map(|who| who == wanted).ok_or(Need::Initiator));
    }
    if entry.icmp_type.is_some() || entry.icmp_code.is_some() {
        tests.push(if matches!(flow.protocol, 1 | 58) { Err(Need::Field("ICMP type")) } else { Ok(false) });
    }
    tests.extend(entry.unread.iter().map(|pointer| Err(Need::Condition(pointer.clone()))));
    for test in tests {
        match test {
            Ok(true) => {}
            Ok(false) => return Fit::No,
            Err(need) => needs.push(need),
        }
    }
    if needs.is_empty() { Fit::Yes } else { Fit::Perhaps(needs) }
}

/// The Ethernet address that packets to an IP address bear when it follows from the address: broadcast (RFC
/// 919) and multicast (RFC 1112, section 6.4; RFC 2464, section 7).
fn ethernet(address: IpAddr) -> Option<String> {
    match address {
        IpAddr::V4(a) if a.is_broadcast() => Some("ff:ff:ff:ff:ff:ff".into()),
        IpAddr::V4(a) if a.is_multicast() => {
            let [_, b, c, d] = a.octets();
            Some(format!("01:00:5e:{:02x}:{c:02x}:{d:02x}", b & 0x7f))
        }
        IpAddr::V6(a) if a.is_multicast() => {
            let [.., w, x, y, z] = a.octets();
            Some(format!("33:33:{w:02x}:{x:02x}:{y:02x}:{z:02x}"))
        }
        _ => None,
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "which addresses `{name}` has"),
            Self::Peer(peer) => write!(f, "which addresses `{peer}` has"),
            Self::Initiator => f.write_str("who opened the connection"),
            Self::Mac => f.write_str("the Ethernet address"),
            Self::Field(field) => write!(f, "the flow's {field}"),
            Self::Condition(pointer) => write!(f, "what `{pointer}` means"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { list, entry } => write!(f, "accepted by entry `{entry}` of list `{list}`"),
            Self::Denied { list, entry } => write!(f, "denied by entry `{entry}` of list `{list}`"),
            Self::NoEntry { lists } if lists.is_empty() => {
                f.write_str("no list is held against packets this way")
            }
            Self::NoEntry { lists } => write!(f, "no entry of `{}` accepts it", lists.join("`, `")),
            Self::Undecided { list, entry, needs } => {
                let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "entry `{entry}` of list `{list}` may accept it: not known is {}",
                    needs.join(" and ")
                )
            }
        }
    }
}
