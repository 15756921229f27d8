//! Whom a flow may be with: addresses, ports and MUD's abstractions of them.

use std::fmt;
use std::net::IpAddr;

/// A set of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// From the first to the second, both included.
    Between(u16, u16),
    /// Every port but this one.
    Except(u16),
}

impl Ports {
    /// Whether the port is one of them.
    pub fn holds(self, port: u16) -> bool {
        match self {
            Self::Between(low, high) => (low..=high).contains(&port),
            Self::Except(one) => port != one,
        }
    }

    /// The port, when there is just one.
    pub fn only(self) -> Option<u16> {
        match self {
            Self::Between(low, high) if low == high => Some(low),
            _ => None,
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Between(low, high) if low == high => write!(f, "{low}"),
            Self::Between(low, high) => write!(f, "{low} to {high}"),
            Self::Except(port) => write!(f, "any but {port}"),
        }
    }
}

/// An address prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// An address of it.
    pub address: IpAddr,
    /// How many leading bits count.
    pub length: u8,
}

impl Network {
    /// `10.0.0.0/8`, `fd00::/8`, or one address alone.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(most);
        (length <= most).then_some(Self { address, length })
    }

    /// A prefix to show to who wrote none.
    pub(super) fn example(version: u8) -> &'static str {
        if version == 4 { "10.0.0.0/8" } else { "fd00::/8" }
    }

    /// 4 or 6.
    pub fn version(&self) -> u8 {
        if self.address.is_ipv4() { 4 } else { 6 }
    }

    /// Whether the address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        let (ours, theirs, width) = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
            _ => return false,
        };
        let spare = width - u32::from(self.length);
        spare == 128 || ours >> spare == theirs >> spare
    }

    /// Whether every address of `other` lies in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.length <= other.length && self.holds(other.address)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        match self.length == whole {
            true => write!(f, "{}", self.address),
            false => write!(f, "{}/{}", self.address, self.length),
        }
    }
}

/// RFC 8520's abstractions of the other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Anything on the networks the site calls local.
    LocalNetworks,
    /// A device of the same manufacturer (the authority of its MUD URL is the same).
    SameManufacturer,
    /// A controller that the site names for this very profile.
    MyController,
    /// A controller of a class, by URI; `urn:ietf:params:mud:dns` and `…:ntp` are in the RFC.
    Controller(String),
    /// A device whose MUD URL has this authority.
    Manufacturer(String),
    /// A device whose MUD URL is this one.
    Model(String),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalNetworks => f.write_str("local-networks"),
            Self::SameManufacturer => f.write_str("same-manufacturer"),
            Self::MyController => f.write_str("my-controller"),
            Self::Controller(urn) => write!(f, "controller {urn}"),
            Self::Manufacturer(authority) => write!(f, "manufacturer {authority}"),
            Self::Model(url) => write!(f, "model {url}"),
        }
    }
}

/// Whether an address is one that a site uses inside: private (RFC 1918), link-local (RFC 3927), unique local
/// (RFC 4193), loopback, multicast or broadcast.
///
/// # Differs from the real thing
/// RFC 8520 leaves `local-networks` to the administrator; a site that uses public addresses inside is not
/// seen, and any multicast group counts as local.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            a.is_private() || a.is_link_local() || a.is_loopback() || a.is_multicast() || a.is_broadcast()
        }
        IpAddr::V6(a) => {
            a.is_unique_local() || a.is_unicast_link_local() || a.is_loopback() || a.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_its_addresses_and_no_other() {
        let net = |text| Network::parse(text).unwrap();
        assert!(net("10.0.0.0/8").holds("10.255.0.1".parse().unwrap()));
        assert!(!net("10.0.0.0/8").holds("11.0.0.1".parse().unwrap()));
        assert!(net("0.0.0.0/0").holds("8.8.8.8".parse().unwrap()));
        assert!(net("::/0").holds("fd00::1".parse().unwrap()));
        assert!(!net("::/0").holds("8.8.8.8".parse().unwrap()));
        assert!(net("ff00::/8").covers(&net("ff02::fb")));
        assert_eq!(Network::parse("10.0.0.0/33"), None);
        assert_eq!(Network::parse("ten"), None);
    }
}
