//! The entry that a flow's file says the flow needs (`runtime_ace`), and whether a profile has one like it.
//!
//! It is another path to a verdict than [`super::verdict::judge`]: here names are compared with names, and the
//! flow's addresses and ports are not looked at. It serves to check the verdicts, never to reach them.

use super::acl::{Direction, Entry, Forwarding};
use super::mud::Profile;
use super::peer::{Network, Peer, is_local};
use super::verdict::Names;

/// `egress ipv4 tcp (direction-initiated:from-device) dst:fw.example.org dst-port:443`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Which way.
    pub direction: Direction,
    /// 4 or 6.
    pub version: u8,
    /// IP protocol number.
    pub protocol: u8,
    /// Who opens the connection, when the entry asks for it.
    pub initiated: Option<Direction>,
    /// The other end, by name.
    pub name: Option<String>,
    /// The other end, by address.
    pub network: Option<Network>,
    /// The other end's port.
    pub remote_port: Option<u16>,
    /// The device's port.
    pub device_port: Option<u16>,
}

impl Needed {
    /// Take the text apart; none when it holds a word that is not understood.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let direction = match words.next()? {
            "egress" => Direction::FromDevice,
            "ingress" => Direction::ToDevice,
            _ => return None,
        };
        let version = match words.next()? {
            "ipv4" => 4,
            "ipv6" => 6,
            _ => return None,
        };
        let protocol = match words.next()? {
            "tcp" => 6,
            "udp" => 17,
            "icmp" => 1,
            "igmp" => 2,
            number => number.parse().ok()?,
        };
        let mut needed = Self {
            direction,
            version,
            protocol,
            initiated: None,
            name: None,
            network: None,
            remote_port: None,
            device_port: None,
        };
        let (theirs, ours) = if direction == Direction::FromDevice { ("dst", "src") } else { ("src", "dst") };
        for word in words {
            let word = word.trim_start_matches('(').trim_end_matches(')');
            let (kind, value) = word.split_once(':')?;
            match kind {
                "direction-initiated" if value == "from-device" => {
                    needed.initiated = Some(Direction::FromDevice)
                }
                "direction-initiated" if value == "to-device" => needed.initiated = Some(Direction::ToDevice),
                _ if kind == theirs => match Network::parse(value) {
                    Some(network) => needed.network = Some(network),
                    None => needed.name = Some(value.to_ascii_lowercase()),
                },
                _ if kind.strip_suffix("-port") == Some(theirs) => {
                    needed.remote_port = Some(value.parse().ok()?)
                }
                _ if kind.strip_suffix("-port") == Some(ours) => {
                    needed.device_port = Some(value.parse().ok()?)
                }
                _ => return None,
            }
        }
        Some(needed)
    }

    /// Whether the profile accepts all that this entry would accept; none when that depends on the address of
    /// a controller nobody has told.
    pub fn is_covered(&self, profile: &Profile, names: &Names) -> Option<bool> {
        let entries = match self.direction {
            Direction::FromDevice => &profile.from_device,
            Direction::ToDevice => &profile.to_device,
        };
        let accepting = entries.iter().filter(|entry| entry.forwarding == Forwarding::Accept);
        let answers: Vec<Option<bool>> = accepting.map(|entry| self.is_covered_by(entry, names)).collect();
        match answers.contains(&Some(true)) {
            true => Some(true),
            false if answers.contains(&None) => None,
            false => Some(false),
        }
    }

    fn is_covered_by(&self, entry: &Entry, names: &Names) -> Option<bool> {
        let port = |ports: Option<super::peer::Ports>, port: Option<u16>| {
            ports.is_none_or(|ports| port.is_some_and(|port| ports.holds(port)))
        };
        let fits = entry.unread.is_empty()
            && !entry.matches_nothing()
            && entry.ip_version.is_none_or(|version| version == self.version)
            && entry.ethertype.is_none_or(|kind| kind == if self.version == 4 { 0x0800 } else { 0x86dd })
            && entry.protocol.is_none_or(|protocol| protocol == self.protocol)
            && entry.initiated.is_none_or(|who| self.initiated == Some(who))
            && entry.icmp_type.is_none()
            && port(entry.remote.ports, self.remote_port)
            && port(entry.device.ports, self.device_port)
            && entry.remote.name.as_ref().is_none_or(|name| self.name.as_ref() == Some(name))
            && entry
                .remote
                .network
                .is_none_or(|ours| self.network.is_some_and(|theirs| ours.covers(&theirs)));
        if !fits {
            return Some(false);
        }
        let mut sure = true;
        for peer in &entry.peers {
            let answer = match (peer, self.network) {
                (_, None) => Some(false),
                (Peer::LocalNetworks, Some(network)) => Some(is_local(network.address)),
                (Peer::Controller(urn), Some(network)) => names.holds(urn, network.address),
                _ => None,
            };
            match answer {
                Some(true) => {}
                Some(false) => return Some(false),
                None => sure = false,
            }
        }
        sure.then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_in_one_line_is_taken_apart() {
        let needed = Needed::parse(
            "egress ipv4 tcp (direction-initiated:from-device) dst:fw.example.org dst-port:443",
        )
        .unwrap();
        assert_eq!(needed.name.as_deref(), Some("fw.example.org"));
        assert_eq!(
            (needed.protocol, needed.remote_port, needed.initiated),
            (6, Some(443), Some(Direction::FromDevice))
        );
        let answer = Needed::parse("ingress ipv4 udp src:192.168.1.1/32 src-port:67").unwrap();
        assert_eq!((answer.remote_port, answer.device_port), (Some(67), None));
        assert_eq!(Needed::parse("egress ipv4 tcp wherever"), None);
        assert_eq!(Needed::parse(""), None);
    }
}
