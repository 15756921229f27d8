//! Every name names something.

use super::super::at::{At, Name};
use super::super::complaint::{Complaint, tidy};
use super::super::findings::Finding;
use super::super::fleet::{Fleet as FleetText, FleetError};
use super::super::medium::Medium;
use super::super::registry::{Chosen, Referent};
use super::super::scenario::Place;
use super::super::selector::Selector;
use super::Board;

/// What a part of a product, or a stop on a flow's way, may be.
const PARTS: &[&str] = &["fleet", "service"];

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    for fleet in scenario.fleets.values() {
        let file = fleet.place.file;
        board.refer(&["zone"], &fleet.zone, file);
        if board.class(&fleet.class, file)
            && let Err(FleetError::Settings { source, .. }) = fleet.device_class()
        {
            let place = fleet.at(&fleet.settings.span);
            let finding = Finding::error("S004", place, "these settings do not fit the class");
            let said = tidy(source.message());
            board.found.push(
                finding.label(said).help(format!("`plimsoll explain {}` shows its parts", fleet.class)),
            );
        }
        for other in [&fleet.gateway, &fleet.behind, &fleet.runs_on].into_iter().flatten() {
            board.refer(&["fleet"], &other.fleet, file);
        }
    }
    for conduit in scenario.conduits.values() {
        for end in &conduit.between {
            board.refer(&["zone"], end, conduit.place.file);
        }
    }
    for medium in scenario.media.values() {
        let file = medium.place.file;
        board.refer(&["fleet"], &medium.gateway, file);
        let radios = devices::radio::profile::RADIOS.iter().map(|radio| radio.0).collect::<Vec<_>>();
        if !radios.contains(&medium.radio.as_str()) {
            let message = format!("no radio is called `{}`", tidy(&medium.radio));
            let label = super::super::nearest::label(&medium.radio, radios.iter().copied());
            let finding = Finding::error("S008", medium.at(&medium.radio.span), message).label(label);
            board.found.push(finding.help(format!("one of {}", radios.join(", "))));
        }
        carriers(board, medium, medium.at(&medium.radio.span));
        if let Some(interval) = &medium.interval
            && let Ok(radio) = devices::radio::profile::radio(&medium.radio)
            && !radio.may_meet(interval.value.0)
        {
            let message = "devices and gateway cannot meet at this interval";
            let finding = Finding::error("S051", medium.at(&interval.span), message);
            board.found.push(finding.help("Bluetooth Low Energy meets every 7.5 ms to 4 s"));
        }
    }
    for service in scenario.services.values() {
        board.refer(&["zone"], &service.zone, service.place.file);
    }
    for flow in scenario.flows.values() {
        let file = flow.place.file;
        for ends in [&flow.from, &flow.to] {
            board.select_all(ends, &flow.place, &["service"]);
        }
        for stop in &flow.via {
            board.refer(PARTS, stop, file);
        }
    }
    for product in scenario.products.values() {
        let file = product.place.file;
        for part in &product.parts {
            board.refer(PARTS, part, file);
        }
        for part in product.needs.values().flatten().flatten() {
            board.refer(PARTS, part, file);
        }
        for cut_off in &product.cut_off {
            board.refer(PARTS, &cut_off.from, file);
        }
    }
    for people in scenario.people.values() {
        let file = people.place.file;
        if let Some(zone) = &people.zone {
            board.refer(&["zone"], zone, file);
        }
        for flow in &people.answers {
            board.refer(&["flow"], flow, file);
        }
        for need in &people.needs {
            board.select_all(&need.from, &people.at(&need.function.span), &[]);
        }
    }
    for plant in scenario.plants.values() {
        let file = plant.place.file;
        if let Some(people) = &plant.of {
            board.refer(&["people"], people, file);
        }
        board.select_all(&plant.acts_through, &plant.place, &[]);
        for device in &plant.seen_through {
            board.select(device, file, &[]);
        }
        let plants = devices::plant::ALL.iter().map(|def| def.id).collect::<Vec<_>>();
        if !plants.contains(&plant.process.as_str()) {
            let message = format!("no process is called `{}`", tidy(&plant.process));
            let label = super::super::nearest::label(&plant.process, plants.iter().copied());
            let finding = Finding::error("S008", plant.at(&plant.process.span), message).label(label);
            board.found.push(finding.help(format!("one of {}", plants.join(", "))));
        }
    }
    for happening in scenario.happenings.values() {
        settings(board, &happening.settings, happening.place.file);
    }
    for campaign in scenario.campaigns.values() {
        board.select_all(&campaign.enters, &campaign.place, &[]);
        settings(board, &campaign.settings, campaign.place.file);
    }
    for strategy in scenario.strategies.values() {
        for control in &strategy.stated {
            for one in &control.uses {
                settings(board, &one.settings, control.file);
                board.select_all(&one.on, &Place::new(control.file, one.span.clone()), &[]);
            }
        }
    }
}

/// A vendor that some product or service names.
fn vendor(board: &mut Board<'_>, name: &Name, file: usize) {
    let products = board.scenario.products.values().filter_map(|product| product.vendor.as_ref());
    let services = board.scenario.services.values().filter_map(|service| service.vendor.as_ref());
    let known: Vec<&str> = products.chain(services).map(|vendor| vendor.value.as_str()).collect();
    if known.contains(&name.value.as_str()) || !board.whole(&["product", "service"]) {
        return;
    }
    let tidy = super::super::complaint::tidy(name);
    let finding =
        Finding::error("S009", Place::new(file, name.span.clone()), format!("nothing is of vendor `{tidy}`"));
    let label = super::super::nearest::label(name, known.iter().copied());
    board.found.push(finding.label(label).help("products and services name their vendor: `vendor = \"…\"`"));
}

/// The names that settings refer to.
fn settings(board: &mut Board<'_>, chosen: &Chosen, file: usize) {
    for reference in chosen.refers() {
        let name = reference.name;
        match reference.to {
            Referent::Fleet => drop(board.refer(&["fleet"], name, file)),
            Referent::Service => drop(board.refer(&["service"], name, file)),
            Referent::Part => drop(board.refer(PARTS, name, file)),
            Referent::Vendor => vendor(board, name, file),
            Referent::Conduit => drop(board.refer(&["conduit"], name, file)),
            Referent::People => drop(board.refer(&["people"], name, file)),
            Referent::Suite => super::suites::known(board, name, file),
            Referent::Devices => match Selector::parse(name) {
                Ok(value) => board.select(&At { value, span: name.span.clone() }, file, &[]),
                Err(complaint) => {
                    let complaint: Complaint = complaint;
                    board.found.push(Finding::of(complaint, file, name.span.clone()));
                }
            },
        }
    }
}

/// Whose class has a carrier speaks what its gateway's medium speaks.
fn carriers(board: &mut Board<'_>, medium: &Medium, place: Place) {
    let Ok(radio) = devices::radio::profile::radio(&medium.radio) else { return };
    let served =
        board.scenario.fleets.iter().filter(|(_, fleet)| {
            fleet.gateway.as_ref().is_some_and(|gateway| *gateway.fleet == *medium.gateway)
        });
    let foreign = |fleet: &FleetText| {
        let class = fleet.device_class().ok()?;
        let carrier = class.link.carrier.as_ref()?;
        (!radio.framing.is_of(carrier)).then_some(class.name)
    };
    let wrong: Vec<String> =
        served.filter_map(|(name, fleet)| Some(format!("`{name}` ({})", foreign(fleet)?))).collect();
    if !wrong.is_empty() {
        let message = format!("{} cannot send over `{}`", wrong.join(", "), tidy(&medium.radio));
        let finding = Finding::error("S050", place, message);
        board.found.push(finding.help("the class's own carrier is another; name the radio that it speaks"));
    }
}
