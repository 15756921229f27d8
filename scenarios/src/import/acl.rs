//! Access-control lists (RFC 8519) as a MUD profile (RFC 8520) uses them: one entry, what it matches, what it
//! does. Source and destination are turned into *device* and *remote*, so that nobody need remember which is
//! which in which direction.

use super::ImportError;
use super::json::{Place, Value, short};
use super::peer::{Network, Peer, Ports};
use std::fmt;

/// Which way the packets of a list go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the device: lists of `from-device-policy`.
    FromDevice,
    /// To the device: lists of `to-device-policy`.
    ToDevice,
}

/// What an entry does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Let it pass.
    Accept,
    /// Drop it.
    Drop,
    /// Drop it and say so.
    Reject,
}

/// What an entry asks of one end of a flow; everything that is `None` matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// DNS name (`ietf-acldns`).
    pub name: Option<String>,
    /// Address prefix.
    pub network: Option<Network>,
    /// Ports.
    pub ports: Option<Ports>,
    /// Ethernet address, in small letters with colons.
    pub mac: Option<String>,
}

/// One entry of an access-control list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The list it stands in.
    pub list: String,
    /// Its own name.
    pub name: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Which way the packets go.
    pub direction: Direction,
    /// 4 or 6, when the entry asks for one.
    pub ip_version: Option<u8>,
    /// IP protocol number, when the entry asks for one.
    pub protocol: Option<u8>,
    /// What is asked of the device's end.
    pub device: End,
    /// What is asked of the other end.
    pub remote: End,
    /// MUD's abstractions, all of which the other end must be.
    pub peers: Vec<Peer>,
    /// Who must have opened the TCP connection.
    pub initiated: Option<Direction>,
    /// ICMP type.
    pub icmp_type: Option<u8>,
    /// ICMP code.
    pub icmp_code: Option<u8>,
    /// EtherType, or 802.3 length below 0x0600.
    pub ethertype: Option<u16>,
    /// JSON pointers of conditions that are not understood: they make the entry narrower in an unknown way.
    pub unread: Vec<String>,
    /// What it does.
    pub forwarding: Forwarding,
}

/// What a member of `matches` and its leaves may be called; a prefix such as `ietf-mud:` is taken off.
fn bare(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, bare)| bare)
}

/// Read one `ace` of `list`; what is not understood goes to `odd` with its place.
pub(super) fn read_entry<'a>(
    list: &str,
    direction: Direction,
    ace: &Place<'a>,
    odd: &mut Vec<(Place<'a>, String)>,
) -> Result<Entry, ImportError> {
    let mut entry = Entry {
        list: list.to_owned(),
        name: ace.need("name")?.text()?.to_owned(),
        line: ace.line(),
        direction,
        ip_version: None,
        protocol: None,
        device: End::default(),
        remote: End::default(),
        peers: Vec::new(),
        initiated: None,
        icmp_type: None,
        icmp_code: None,
        ethertype: None,
        unread: Vec::new(),
        forwarding: Forwarding::Accept,
    };
    let actions = ace.need("actions")?;
    for (name, place) in actions.members()? {
        match bare(name) {
            "forwarding" => entry.forwarding = forwarding(&place)?,
            _ => odd.push((place, "this action is not understood and is left out".into())),
        }
    }
    if !actions.members()?.iter().any(|(name, _)| bare(name) == "forwarding") {
        return Err(actions.wrong("an object with a member `forwarding`"));
    }
    for (name, place) in ace.members()? {
        match bare(name) {
            "name" | "actions" => {}
            "matches" => entry.matches(&place, odd)?,
            _ => odd.push((place, "this member of an entry is not understood and is left out".into())),
        }
    }
    Ok(entry)
}

fn forwarding(place: &Place<'_>) -> Result<Forwarding, ImportError> {
    match bare(place.text()?) {
        "accept" => Ok(Forwarding::Accept),
        "drop" => Ok(Forwarding::Drop),
        "reject" => Ok(Forwarding::Reject),
        other => Err(place.wrong(format!("`accept`, `drop` or `reject`, not `{}`", short(other)))),
    }
}

impl Entry {
    fn matches<'a>(
        &mut self,
        matches: &Place<'a>,
        odd: &mut Vec<(Place<'a>, String)>,
    ) -> Result<(), ImportError> {
        for (group, place) in matches.members()? {
            for (name, leaf) in place.members()? {
                let known = match bare(group) {
                    "mud" => self.abstraction(bare(name), &leaf)?,
                    "ipv4" => self.ip(4, bare(name), &leaf, odd)?,
                    "ipv6" => self.ip(6, bare(name), &leaf, odd)?,
                    "tcp" => self.transport(6, bare(name), &leaf, odd)?,
                    "udp" => self.transport(17, bare(name), &leaf, odd)?,
                    "icmp" => self.icmp(bare(name), &leaf)?,
                    "eth" => self.ethernet(bare(name), &leaf)?,
                    _ => false,
                };
                if !known {
                    self.unread.push(leaf.pointer.clone());
                    odd.push((
                        leaf,
                        "this condition is not understood; its entry accepts less than it seems".into(),
                    ));
                }
            }
            let implied = match bare(group) {
                "tcp" => Some(6),
                "udp" => Some(17),
                _ => None,
            };
            match (bare(group), implied) {
                ("ipv4", _) => self.ip_version = Some(4),
                ("ipv6", _) => self.ip_version = Some(6),
                (_, Some(protocol)) if self.protocol.is_none() => self.protocol = Some(protocol),
                _ => {}
            }
        }
        Ok(())
    }

    /// The end that a member named `source-…`, `src-…`, `destination-…` or `dst-…` speaks of.
    fn end(&mut self, name: &str) -> &mut End {
        let source = name.starts_with("src") || name.starts_with("source");
        match source == (self.direction == Direction::FromDevice) {
            true => &mut self.device,
            false => &mut self.remote,
        }
    }

    fn abstraction(&mut self, name: &str, leaf: &Place<'_>) -> Result<bool, ImportError> {
        let peer = match name {
            "local-networks" => Peer::LocalNetworks,
            "same-manufacturer" => Peer::SameManufacturer,
            "my-controller" => Peer::MyController,
            "controller" => Peer::Controller(leaf.text()?.to_owned()),
            "manufacturer" => Peer::Manufacturer(leaf.text()?.to_owned()),
            "model" => Peer::Model(leaf.text()?.to_owned()),
            "direction-initiated" => {
                self.initiated = Some(initiated(leaf)?);
                return Ok(true);
            }
            _ => return Ok(false),
        };
        if matches!(peer, Peer::LocalNetworks | Peer::SameManufacturer | Peer::MyController) {
            empty(leaf)?;
        }
        self.peers.push(peer);
        Ok(true)
    }

    fn ip<'a>(
        &mut self,
        version: u8,
        name: &str,
        leaf: &Place<'a>,
        odd: &mut Vec<(Place<'a>, String)>,
    ) -> Result<bool, ImportError> {
        match name {
            "protocol" => self.protocol = Some(leaf.whole(255)? as u8),
            "src-dnsname" | "dst-dnsname" => self.end(name).name = Some(dns_name(leaf)?),
            "source-ipv4-network"
            | "destination-ipv4-network"
            | "source-ipv6-network"
            | "destination-ipv6-network" => {
                let expected = || format!("an IPv{version} prefix such as `{}`", Network::example(version));
                let network = Network::parse(leaf.text()?).ok_or_else(|| leaf.wrong(expected()))?;
                if network.version() != version {
                    odd.push((leaf.clone(), format!("not {}: this entry matches nothing", expected())));
                }
                self.end(name).network = Some(network);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn transport<'a>(
        &mut self,
        protocol: u8,
        name: &str,
        leaf: &Place<'a>,
        odd: &mut Vec<(Place<'a>, String)>,
    ) -> Result<bool, ImportError> {
        match name {
            "source-port" | "destination-port" => self.end(name).ports = Some(ports(leaf, odd)?),
            "direction-initiated" if protocol == 6 => self.initiated = Some(initiated(leaf)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn icmp(&mut self, name: &str, leaf: &Place<'_>) -> Result<bool, ImportError> {
        match name {
            "type" => self.icmp_type = Some(leaf.whole(255)? as u8),
            "code" => self.icmp_code = Some(leaf.whole(255)? as u8),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn ethernet(&mut self, name: &str, leaf: &Place<'_>) -> Result<bool, ImportError> {
        match name {
            "ethertype" => self.ethertype = Some(ethertype(leaf)?),
            "source-mac-address" | "destination-mac-address" => self.end(name).mac = Some(mac(leaf)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether no packet can match: it asks for one version of IP and for an address of the other.
    pub fn matches_nothing(&self) -> bool {
        let networks = [self.device.network, self.remote.network];
        self.ip_version
            .is_some_and(|version| networks.iter().flatten().any(|network| network.version() != version))
    }

    /// Whether it speaks of Ethernet frames alone: no IP traffic that a flow could carry.
    pub fn is_below_ip(&self) -> bool {
        self.ip_version.is_none()
            && self.protocol.is_none()
            && self.ethertype.is_some_and(|t| t != 0x0800 && t != 0x86dd)
    }
}

/// YANG's `empty`: `[null]` in JSON (RFC 7951); `null` and `true` are taken too.
fn empty(leaf: &Place<'_>) -> Result<(), ImportError> {
    match &leaf.node.value {
        Value::Null | Value::Bool(true) => Ok(()),
        Value::List(items) if matches!(items.as_slice(), [one] if one.value == Value::Null) => Ok(()),
        _ => Err(leaf.wrong("`[null]`")),
    }
}

fn initiated(leaf: &Place<'_>) -> Result<Direction, ImportError> {
    match leaf.text()? {
        "from-device" => Ok(Direction::FromDevice),
        "to-device" => Ok(Direction::ToDevice),
        other => Err(leaf.wrong(format!("`from-device` or `to-device`, not `{}`", short(other)))),
    }
}

/// A host name: letters, digits, `-`, `_`, `.` and `*`, at most 253 (RFC 1035).
fn dns_name(leaf: &Place<'_>) -> Result<String, ImportError> {
    let name = leaf.text()?.trim_end_matches('.').to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*');
    match !name.is_empty() && name.len() <= 253 && name.chars().all(fits) {
        true => Ok(name),
        false => Err(leaf.wrong(format!("a host name, not `{}`", short(&name)))),
    }
}

/// Six bytes in hexadecimal, with `:` or `-` between.
fn mac(leaf: &Place<'_>) -> Result<String, ImportError> {
    let text = leaf.text()?.to_ascii_lowercase().replace('-', ":");
    let byte = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match text.split(':').count() == 6 && text.split(':').all(byte) {
        true => Ok(text),
        false => Err(leaf.wrong("an Ethernet address such as `ff:ff:ff:ff:ff:ff`")),
    }
}

fn ethertype(leaf: &Place<'_>) -> Result<u16, ImportError> {
    let wrong = || leaf.wrong("an EtherType such as `0x0800`, `ipv4`, `ipv6` or `arp`");
    match &leaf.node.value {
        Value::Text(text) => match (bare(text), text.strip_prefix("0x")) {
            ("ipv4", _) => Ok(0x0800),
            ("ipv6", _) => Ok(0x86dd),
            ("arp", _) => Ok(0x0806),
            (_, Some(hex)) => u16::from_str_radix(hex, 16).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
        _ => leaf.whole(65_535).map(|number| number as u16).map_err(|_| wrong()),
    }
}

/// `{operator, port}` or `{lower-port, upper-port}` (RFC 8519, `port-range-or-operator`). Some generators write
/// an operator beside a range; the range is what they mean.
fn ports<'a>(place: &Place<'a>, odd: &mut Vec<(Place<'a>, String)>) -> Result<Ports, ImportError> {
    let (mut operator, mut port, mut lower, mut upper) = (None, None, None, None);
    for (name, leaf) in place.members()? {
        match bare(name) {
            "operator" => operator = Some(leaf),
            "port" => port = Some(leaf.whole(65_535)? as u16),
            "lower-port" => lower = Some(leaf.whole(65_535)? as u16),
            "upper-port" => upper = Some(leaf.whole(65_535)? as u16),
            _ => return Err(leaf.wrong("`operator` and `port`, or `lower-port` and `upper-port`")),
        }
    }
    let name = operator.as_ref().map(|leaf| leaf.text()).transpose()?;
    match (name, port, lower, upper) {
        (None | Some("eq"), Some(port), None, None) => Ok(Ports::Between(port, port)),
        (Some("lte"), Some(port), None, None) => Ok(Ports::Between(0, port)),
        (Some("gte"), Some(port), None, None) => Ok(Ports::Between(port, u16::MAX)),
        (Some("neq"), Some(port), None, None) => Ok(Ports::Except(port)),
        (_, None, Some(lower), upper) => {
            let upper = upper.unwrap_or(lower);
            if upper < lower {
                return Err(place
                    .wrong(format!("a range that does not end before it begins, not {lower} to {upper}")));
            }
            if let Some(leaf) = operator {
                odd.push((leaf, format!("an operator beside a range; read as the range {lower} to {upper}")));
            }
            Ok(Ports::Between(lower, upper))
        }
        _ => Err(place
            .wrong("`operator` (`eq`, `neq`, `lte` or `gte`) and `port`, or `lower-port` and `upper-port`")),
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FromDevice => "from-device",
            Self::ToDevice => "to-device",
        })
    }
}
