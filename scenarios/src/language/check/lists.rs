//! Lists of permitted flows: what they name is there, and no declared flow runs into one that does not hold it.

use super::super::allow::Entry;
use super::super::at::Name;
use super::super::complaint::tidy;
use super::super::findings::Finding;
use super::super::nearest;
use super::super::place::Conduit;
use super::super::scenario::{Item, Place};
use super::super::selector::Selector;
use super::Board;
use crate::reach::{Call, Refusal, Tables};
use devices::protocol;

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let before = board.found.len();
    for flow in scenario.flows.values() {
        flow.protocol.iter().for_each(|name| known(board, name, flow.place.file));
    }
    for conduit in scenario.conduits.values() {
        if let Some(jump) = &conduit.jump_host {
            board.refer(&["fleet"], jump, conduit.place.file);
        }
        for entry in conduit.allow.iter().flatten() {
            entry.value.protocol.iter().for_each(|name| known(board, name, conduit.place.file));
            ends(board, conduit, entry);
        }
    }
    let whole = board.whole(&["zone", "conduit", "fleet", "service", "flow"]);
    let misjoined = board.found.iter().any(|finding| ["S009", "S019"].contains(&finding.code));
    if board.found.len() == before && whole && !misjoined {
        refused(board);
    }
}

/// A protocol that must be known.
fn known(board: &mut Board<'_>, name: &Name, file: usize) {
    if protocol::find(name).is_some() {
        return;
    }
    let names = || protocol::all().iter().map(|own| own.name);
    let place = Place::new(file, name.span.clone());
    let finding = Finding::error("S008", place, format!("no protocol is called `{}`", tidy(name)));
    let help = format!("one of {}", names().collect::<Vec<_>>().join(", "));
    board.found.push(finding.label(nearest::label(name, names())).help(help));
}

/// The ends of an entry: a list knows fleets, not single devices.
fn ends(board: &mut Board<'_>, conduit: &Item<Conduit>, entry: &Entry) {
    for ends in [&entry.from, &entry.to] {
        board.select_all(ends, &conduit.place, &["service"]);
        for end in ends {
            if matches!(end.value, Selector::Device(..) | Selector::Zones | Selector::Conduit(_)) {
                let message = format!("a list of permitted flows does not know `{}`", end.value);
                let finding = Finding::error("S017", conduit.at(&end.span), message);
                board.found.push(finding.help("name a fleet, a class, a role, a zone or a product"));
            }
        }
    }
}

/// Declared flows that a list on their way does not hold.
fn refused(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let tables = Tables::of(scenario);
    if !tables.is_selective() {
        return;
    }
    let names: Vec<&String> = scenario.conduits.keys().collect();
    for (name, flow) in scenario.flows.iter().filter(|(_, flow)| flow.is_declared()) {
        let calls = tables.calls(scenario, flow);
        let refusal = |call: &Call| {
            let way = tables.way(call)?;
            let (nth, why) = way.refused?;
            Some((*call, usize::from(way.conduits.get(nth)?.0), why))
        };
        let Some((call, conduit, why)) = calls.iter().find_map(refusal) else { continue };
        let Some(conduit) = names.get(conduit) else { continue };
        let [from, to] = [call.from, call.to].map(|fleet| tables.name(fleet));
        let (message, help) = match why {
            Refusal::Unlisted => (
                format!("no entry of list `{conduit}` accepts flow `{name}` from `{from}` to `{to}`"),
                format!("add an entry to `allow` of [conduit.{conduit}], or `declared = false` to the flow"),
            ),
            Refusal::PastJumpHost => (
                format!("flow `{name}` from `{from}` to `{to}` goes past the jump host of `{conduit}`"),
                "let it go over the jump host (`via`), or talk by a protocol that is no remote access"
                    .to_owned(),
            ),
        };
        board.found.push(Finding::warning("S040", flow.place.clone(), message).help(help));
    }
}
