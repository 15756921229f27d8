//! How many, and what hangs on what.

use super::super::findings::Finding;
use super::super::place::LARGEST_COUNT;
use super::super::scenario::Place;
use super::Board;

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    if board.names(&["fleet"]).next().is_none() {
        let finding = Finding::error("S027", Place::new(0, 0..0), "the scenario has no fleet");
        board.found.push(finding.help("add [fleet] with at least one line"));
    }
    if scenario.devices() > LARGEST_COUNT as u64 {
        let message = format!("{} devices in all are more than {LARGEST_COUNT}", scenario.devices());
        let largest = scenario.fleets.values().max_by_key(|fleet| fleet.count());
        let place = largest.map(|fleet| fleet.at(&fleet.count.span));
        board.found.push(Finding::error("S011", place, message).label("the largest fleet"));
    }
    bandwidths(board);
    gateways(board);
    conduits(board);
}

/// What carries nothing is a conduit that is not there.
fn bandwidths(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let conduits = scenario.conduits.values().map(|one| (&one.place, one.bandwidth));
    let zones = scenario.zones.values().map(|one| (&one.place, one.bandwidth));
    let links =
        scenario.fleets.values().map(|one| (&one.place, one.link.as_ref().and_then(|link| link.bandwidth)));
    for (place, bandwidth) in conduits.chain(zones).chain(links) {
        if bandwidth.is_some_and(|bandwidth| bandwidth.0 < 1.0) {
            let finding = Finding::error("S013", place.clone(), "this carries less than one bit per second");
            board.found.push(finding.help("leave it out, or write `bandwidth = \"1 Gbit/s\"`"));
        }
    }
}

/// A gateway is no gateway of itself, also not by way of others.
fn gateways(board: &mut Board<'_>) {
    let fleets = &board.scenario.fleets;
    for (name, fleet) in fleets {
        let (mut next, mut steps) = (fleet.gateway.as_ref(), 0);
        while let Some(gateway) = next {
            if gateway.fleet.value == *name {
                let span = fleet.gateway.as_ref().map_or(0..0, |own| own.fleet.span.clone());
                let finding = Finding::error("S031", fleet.at(&span), format!("`{name}` is its own gateway"));
                board.found.push(finding.help("gateways hang on the zone's network, or on others that do"));
                break;
            }
            steps += 1;
            next = fleets
                .get(&gateway.fleet.value)
                .filter(|_| steps <= fleets.len())
                .and_then(|f| f.gateway.as_ref());
        }
    }
}

/// A conduit joins two zones, and two zones have one conduit.
fn conduits(board: &mut Board<'_>) {
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    for (name, conduit) in &board.scenario.conduits {
        let [one, other] = &conduit.between;
        let pair = (one.value.as_str().min(other), one.value.as_str().max(other));
        if pair.0 == pair.1 {
            let message = format!("conduit `{name}` joins `{one}` with itself");
            board
                .found
                .push(Finding::error("S029", conduit.at(&other.span), message).label("name another zone"));
        } else if let Some(first) = seen.iter().find(|known| (known.1, known.2) == pair) {
            let message = format!("`{one}` and `{other}` are joined twice");
            let finding = Finding::error("S029", conduit.place.clone(), message);
            board
                .found
                .push(finding.help(format!("the other conduit is `{}`; a route must be one", first.0)));
        }
        seen.push((name, pair.0, pair.1));
    }
}
