//! Every flow has a way: zones are joined by conduits only.

use super::super::findings::Finding;
use super::super::list::OneOrMore;
use super::super::scenario::Scenario;
use super::super::selector::Selector;
use super::Board;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(board: &mut Board<'_>) {
    // Where something that joins could not be read, nothing can be said about what is joined.
    let misjoined = board.found.iter().any(|finding| ["S009", "S029"].contains(&finding.code));
    if misjoined || !board.whole(&["zone", "conduit", "fleet", "service"]) {
        return;
    }
    let scenario = board.scenario;
    let islands = islands(scenario);
    for (name, flow) in &scenario.flows {
        let mut stops = vec![zones(scenario, &flow.from)];
        stops.extend(flow.via.iter().map(|stop| scenario.zone_of(stop).into_iter().collect()));
        stops.push(zones(scenario, &flow.to));
        stops.retain(|zones| !zones.is_empty());
        let gap = stops.windows(2).find_map(|pair| {
            let ways = pair[0].iter().flat_map(|from| pair[1].iter().map(move |to| (*from, *to)));
            ways.into_iter().find(|(from, to)| {
                matches!((islands.get(from), islands.get(to)), (Some(one), Some(other)) if one != other)
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

/// The number of the island that each zone is on.
fn islands(scenario: &Scenario) -> BTreeMap<&str, usize> {
    let mut island: BTreeMap<&str, usize> =
        scenario.zones.keys().enumerate().map(|(number, zone)| (zone.as_str(), number)).collect();
    for conduit in scenario.conduits.values() {
        let [one, other] = &conduit.between;
        let (Some(&keep), Some(&drop)) = (island.get(one.value.as_str()), island.get(other.value.as_str()))
        else {
            continue;
        };
        island.values_mut().filter(|number| **number == drop).for_each(|number| *number = keep);
    }
    island
}
