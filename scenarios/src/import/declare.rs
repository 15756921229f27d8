//! What a profile permits becomes declared flows of the fleets it describes.
//!
//! # Differs from the real thing
//! A profile permits; it does not say that anything is ever sent. Every permitted conversation becomes one
//! flow with an assumed size and period. Of a conversation that is permitted both ways only the opening
//! direction becomes a flow: the answers travel with it. Frames below IP stay within a network and are left
//! out.

use super::ImportError;
use super::acl::{Direction, Entry, Forwarding};
use super::assume::Assumptions;
use super::draft::{Draft, Flow, Kind};
use super::mud::Profile;
use super::peer::{Peer, is_local};
use super::replay::protocol_name;
use std::collections::BTreeSet;

/// The zone that stands for everything outside the site.
pub(super) const INTERNET: &str = "internet";

/// The fleets that one profile describes, as names with their zones.
pub(super) struct Described<'a> {
    pub(super) profile: &'a Profile,
    pub(super) fleets: Vec<(String, String)>,
    pub(super) criticality: &'static str,
    /// The zone in which controllers answer.
    pub(super) controllers: String,
}

/// Where the other end of an entry is.
enum Other {
    /// Outside, or a controller: a service's name, zone, and what it stands for.
    At(String, String, String),
    /// On the device's own network, whichever that is.
    Beside,
}

/// Add the flows that a profile permits.
pub(super) fn declare(draft: &mut Draft, all: &Assumptions, one: &Described<'_>) -> Result<(), ImportError> {
    let profile = one.profile;
    draft.remarks.extend(profile.remarks.iter().cloned());
    let mut below = 0_usize;
    let mut drops = 0_usize;
    let mut nothing = 0_usize;
    let mut seen = BTreeSet::new();
    for entry in profile.from_device.iter().chain(&profile.to_device) {
        if entry.is_below_ip() {
            below += 1;
        } else if entry.matches_nothing() {
            nothing += 1;
        } else if entry.forwarding != Forwarding::Accept {
            drops += 1;
        } else if entry.direction == Direction::FromDevice || !is_answer(entry, &profile.from_device) {
            permit(draft, all, one, entry, &mut seen)?;
        }
    }
    let name = profile.title();
    if below > 0 {
        draft
            .left_out
            .push(format!("{name}: entries for frames below IP, which no conduit carries: {below}"));
    }
    if nothing > 0 {
        draft.left_out.push(format!(
            "{name}: entries that ask for one version of IP and an address of the other: {nothing}"
        ));
    }
    if drops > 0 {
        draft
            .left_out
            .push(format!("{name}: entries that drop, as what no entry accepts is dropped anyway: {drops}"));
    }
    Ok(())
}

/// Whether packets of this entry answer those of an entry the other way.
pub(super) fn is_answer(entry: &Entry, opening: &[Entry]) -> bool {
    if entry.initiated == Some(Direction::ToDevice) {
        return false;
    }
    opening.iter().any(|open| {
        let same_end = open.remote.name == entry.remote.name
            && open.remote.network == entry.remote.network
            && open.peers == entry.peers;
        // DHCP: asked of everybody, answered by one.
        let asked_all =
            open.remote.network.is_some_and(|net| net.address.is_ipv4() && is_everybody(net.address));
        open.forwarding == Forwarding::Accept
            && open.protocol == entry.protocol
            && open.remote.ports == entry.remote.ports
            && open.device.ports == entry.device.ports
            && (same_end || asked_all)
    })
}

fn is_everybody(address: std::net::IpAddr) -> bool {
    address.is_multicast() || matches!(address, std::net::IpAddr::V4(a) if a.is_broadcast())
}

fn permit(
    draft: &mut Draft,
    all: &Assumptions,
    one: &Described<'_>,
    entry: &Entry,
    seen: &mut BTreeSet<String>,
) -> Result<(), ImportError> {
    let port = entry.remote.ports.or(entry.device.ports);
    let kind = if entry.direction == Direction::FromDevice { Kind::Reading } else { Kind::Command };
    // What a port is known for is what the device sends; what others ask of it is a command like any other.
    let traffic = match (all.by_port(entry.protocol, port.and_then(super::peer::Ports::only)), kind) {
        (Some(traffic), Kind::Reading) => traffic,
        (None, Kind::Reading) => all.traffic("other reading")?,
        (_, Kind::Command) => all.traffic("other command")?,
    };
    let service = match (entry.protocol, port.and_then(super::peer::Ports::only)) {
        (Some(protocol), Some(port)) => format!("{}-{port}", protocol_name(protocol)),
        (Some(protocol), None) => protocol_name(protocol),
        (None, _) => "any".into(),
    };
    for (ends, other) in ends(draft, one, entry) {
        let way = if kind == Kind::Reading { "to" } else { "from" };
        let name = format!("{}-{way}-{other}-{service}", super::inventory::slug(one.profile.title()));
        if !seen.insert(format!("{name} {ends:?}")) {
            continue;
        }
        draft.assume_traffic(traffic);
        let (from, to) = if kind == Kind::Reading { (ends, vec![other]) } else { (vec![other], ends) };
        draft.flow(Flow {
            name,
            kind,
            from,
            to,
            every: traffic.every.clone(),
            size: traffic.size.clone(),
            deadline: traffic.deadline.clone(),
            criticality: one.criticality,
            declared: true,
            refused: None,
            is: format!("entry `{}` of list `{}`", entry.name, entry.list),
        });
    }
    Ok(())
}

/// The fleets and the service of each flow an entry permits: one, or one a zone for what stays on a network.
fn ends(draft: &mut Draft, one: &Described<'_>, entry: &Entry) -> Vec<(Vec<String>, String)> {
    match other(one, entry) {
        Other::At(name, zone, is) => {
            if zone == INTERNET {
                draft.zone(INTERNET, 5, true);
            } else {
                draft.zone(&zone, 3, false);
            }
            let service = draft.service(&name, &zone, &is);
            vec![(one.fleets.iter().map(|(fleet, _)| fleet.clone()).collect(), service)]
        }
        Other::Beside => {
            let zones: BTreeSet<&String> = one.fleets.iter().map(|(_, zone)| zone).collect();
            let mut flows = Vec::new();
            for zone in zones {
                let service =
                    draft.service(&format!("beside-{zone}"), zone, "other devices on the same network");
                let fleets = one.fleets.iter().filter(|(_, of)| of == zone).map(|(fleet, _)| fleet.clone());
                flows.push((fleets.collect(), service));
            }
            flows
        }
    }
}

fn other(one: &Described<'_>, entry: &Entry) -> Other {
    let site = &one.controllers;
    if let Some(peer) = entry.peers.first() {
        match peer {
            Peer::LocalNetworks => return Other::Beside,
            Peer::Controller(urn) => {
                let last = urn.rsplit([':', '/']).find(|part| !part.is_empty()).unwrap_or("controller");
                return Other::At(last.to_owned(), site.clone(), format!("controller {urn}"));
            }
            Peer::MyController => {
                let title = one.profile.title();
                return Other::At(
                    format!("{title}-controller"),
                    site.clone(),
                    format!("the controller of {title}"),
                );
            }
            Peer::SameManufacturer => {
                let maker = one.profile.authority().to_owned();
                return Other::At(
                    format!("{maker}-devices"),
                    site.clone(),
                    format!("other devices by {maker}"),
                );
            }
            Peer::Manufacturer(of) | Peer::Model(of) => {
                return Other::At(format!("{of}-devices"), site.clone(), format!("devices of {of}"));
            }
        }
    }
    match (&entry.remote.name, entry.remote.network) {
        (Some(name), _) => Other::At(name.clone(), INTERNET.into(), name.clone()),
        (None, Some(network)) if is_local(network.address) => Other::Beside,
        (None, Some(network)) => Other::At(format!("host-{network}"), INTERNET.into(), network.to_string()),
        (None, None) => Other::At("anywhere".into(), INTERNET.into(), "any address".into()),
    }
}
