//! Every flow has a way: zones are joined by conduits only.

use super::super::findings::Finding;
use super::super::list::OneOrMore;
use super::super::scenario::Scenario;
use super::super::selector::Selector;
use super::Board;
use crate::reach::Tables;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(board: &mut Board<'_>) {
    circles(board);
    // Where something that joins could not be read, nothing can be said about what is joined.
    let misjoined = board.found.iter().any(|finding| ["S009", "S029"].contains(&finding.code));
    if misjoined || !board.whole(&["zone", "conduit", "fleet", "service"]) {
        return;
    }
    let scenario = board.scenario;
    let reaches = reaches(scenario);
    for (name, flow) in &scenario.flows {
        let mut stops = vec![zones(scenario, &flow.from)];
        stops.extend(flow.via.iter().map(|stop| scenario.zone_of(stop).into_iter().collect()));
        stops.push(zones(scenario, &flow.to));
        stops.retain(|zones| !zones.is_empty());
        let gap = stops.windows(2).find_map(|pair| {
            let ways = pair[0].iter().flat_map(|from| pair[1].iter().map(move |to| (*from, *to)));
            ways.into_iter().find(|(from, to)| {
                reaches.contains_key(to) && reaches.get(from).is_some_and(|reached| !reached.contains(to))
            })
        });
        if let Some((from, to)) = gap {
            let message = format!("flow `{name}` has no way from zone `{from}` to zone `{to}`");
            let finding = Finding::error("S019", flow.place.clone(), message);
            let help = format!("add a conduit, or a chain of them, between `{from}` and `{to}`");
            board.found.push(finding.help(help));
        }
    }
}

fn zones<'s>(scenario: &'s Scenario, ends: &OneOrMore<Selector>) -> BTreeSet<&'s str> {
    let parts = ends.iter().flat_map(|end| scenario.ends(end));
    parts.filter_map(|end| scenario.zone_of(end.name())).collect()
}

/// The zones that each zone reaches, over conduits in the direction that each carries.
fn reaches(scenario: &Scenario) -> BTreeMap<&str, BTreeSet<&str>> {
    let tables = Tables::of(scenario);
    let zones: Vec<&str> = scenario.zones.keys().map(String::as_str).collect();
    let reached = |start: u16| {
        let ways = tables.ways(start, |_, _| true).into_keys();
        ways.filter_map(|zone| zones.get(usize::from(zone)).copied()).collect()
    };
    (0..).zip(&zones).map(|(at, zone)| (*zone, reached(at))).collect()
}

/// Nothing stands behind itself.
fn circles(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let leads = |name: &str| {
        let fleet = scenario.fleets.get(name)?;
        Some([&fleet.gateway, &fleet.behind, &fleet.runs_on].map(|other| Some(&**other.as_ref()?.fleet)))
    };
    for (name, fleet) in &scenario.fleets {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut edge = vec![name.as_str()];
        let mut back = false;
        while let Some(at) = edge.pop() {
            for next in leads(at).into_iter().flatten().flatten() {
                back |= next == name;
                if seen.insert(next) {
                    edge.push(next);
                }
            }
        }
        if back {
            let finding =
                Finding::error("S041", fleet.place.clone(), format!("`{name}` stands behind itself"));
            board.found.push(finding.help("let the outermost of them stand behind nothing"));
        }
    }
}
