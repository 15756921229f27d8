//! Suites, and the classes that cannot run them.

use super::super::at::Name;
use super::super::complaint::tidy;
use super::super::findings::Finding;
use super::super::list::OneOrMore;
use super::super::nearest;
use super::super::scenario::{End, Place, Scenario};
use super::super::selector::Selector;
use super::super::strategy::{ControlUses, Use};
use super::Board;
use crate::controls::{Encryption, Substitute, Where};
use crate::site::sealing::BOX;
use devices::crypto::{Catalogue, Machine, Suite, fits};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn known(board: &mut Board<'_>, name: &Name, file: usize) {
    let suites = || Suite::all().into_iter().flat_map(|all| all.keys()).map(String::as_str);
    if suites().any(|suite| suite == name.value) {
        return;
    }
    let message = format!("no suite is called `{}`", tidy(name));
    let finding = Finding::error("S008", Place::new(file, name.span.clone()), message);
    let help = format!("one of {}", suites().collect::<Vec<_>>().join(", "));
    board.found.push(finding.label(nearest::label(name, suites())).help(help));
}

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    let Ok(catalogue) = scenario.catalogue() else { return };
    let seals =
        |control: &&ControlUses| control.uses.iter().any(|one| one.settings.get::<Encryption>().is_some());
    let mut legs = None;
    for strategy in scenario.strategies.values() {
        for control in strategy.stated.iter().filter(seals) {
            let legs = legs.get_or_insert_with(|| legs_of(scenario));
            let rulings: BTreeMap<&str, Ruling<'_>> = scenario
                .fleets
                .keys()
                .filter_map(|name| Some((name.as_str(), ruling(scenario, control, name)?)))
                .collect();
            for one in &control.uses {
                let Some(settings) = one.settings.get::<Encryption>() else { continue };
                begins(board, settings, control.file);
                let Ok(suite) = Suite::shipped(&settings.suite) else { continue };
                let unfit = lacking(scenario, catalogue, (settings, suite), &rulings, legs, &one.value);
                tell(board, settings, control.file, &unfit);
            }
        }
    }
}

/// The use that rules a fleet, and how specifically it names it.
struct Ruling<'s> {
    by: &'s Use,
    specific: u8,
}

fn ruling<'s>(scenario: &'s Scenario, control: &'s ControlUses, name: &'s str) -> Option<Ruling<'s>> {
    let products = scenario.products_of(name);
    let member = scenario.member(name, &products)?;
    let by = control.ruling(&member, 1)?;
    Some(Ruling { by, specific: by.specificity(&member)? })
}

/// The classes that lack what a use asks of them, with what: those that it rules and that get no help, and those whom
/// these talk to, since a leg is sealed at both its ends.
fn lacking(
    scenario: &Scenario,
    catalogue: &Catalogue,
    (settings, suite): (&Encryption, &Suite),
    rulings: &BTreeMap<&str, Ruling<'_>>,
    legs: &[[Vec<&str>; 2]],
    one: &Use,
) -> BTreeSet<(&'static str, &'static str)> {
    let lacks = |name: &str| {
        let class = scenario.fleets.get(name)?.device_class().ok()?;
        fits(catalogue, suite, &Machine::of(&class)).err().map(|lack| (class.name, lack.what))
    };
    let own = |name: &str| rulings.get(name).filter(|ruling| std::ptr::eq(ruling.by, one));
    let mut unfit = BTreeSet::new();
    if !is_helped(catalogue, settings, suite) {
        unfit.extend(rulings.keys().filter(|name| own(name).is_some()).filter_map(|name| lacks(name)));
    }
    if settings.substitute == Some(Substitute::Plain) && settings.at == Where::Ends {
        return unfit;
    }
    let relieved = settings.substitute.is_some() || settings.at == Where::Gateway;
    let mut peers: BTreeSet<&str> = BTreeSet::new();
    for [senders, receivers] in legs {
        // Of two ends the more specifically named one rules, the sender where both are alike.
        let most = |names: &[&str]| names.iter().filter_map(|name| own(name)).map(|own| own.specific).max();
        let of = |name: &&&str| rulings.get(*name).map(|ruling| ruling.specific);
        if let Some(most) = most(senders) {
            peers.extend(receivers.iter().filter(|name| of(name).is_none_or(|specific| specific <= most)));
        }
        if let Some(most) = most(receivers) {
            peers.extend(senders.iter().filter(|name| of(name).is_none_or(|specific| specific < most)));
        }
    }
    let behind = |name: &str| scenario.fleets.get(name).is_some_and(|fleet| fleet.gateway.is_some());
    let alone = peers.into_iter().filter(|name| own(name).is_none() && !(relieved && behind(name)));
    unfit.extend(alone.filter_map(lacks));
    unfit
}

/// The fleets and services at both ends of each leg of each flow.
fn legs_of(scenario: &Scenario) -> Vec<[Vec<&str>; 2]> {
    let named = |ends: &OneOrMore<Selector>| -> Vec<&str> {
        ends.iter().flat_map(|end| scenario.ends(end)).map(End::name).collect()
    };
    let mut all = Vec::new();
    for flow in scenario.flows.values() {
        let via = flow.via.iter().map(|stop| vec![stop.value.as_str()]);
        let stops: Vec<Vec<&str>> =
            [named(&flow.from)].into_iter().chain(via).chain([named(&flow.to)]).collect();
        all.extend(stops.windows(2).map(|legs| [legs[0].clone(), legs[1].clone()]));
    }
    all
}

/// Whether what cannot run a suite goes without it, or has a box before it that can.
fn is_helped(catalogue: &Catalogue, settings: &Encryption, suite: &Suite) -> bool {
    match settings.substitute {
        Some(Substitute::Plain) if settings.at == Where::Ends => true,
        None if settings.at == Where::Ends => false,
        _ => {
            devices::class::class(BOX).is_ok_and(|class| fits(catalogue, suite, &Machine::of(class)).is_ok())
        }
    }
}

/// A plan that begins on a day needs the day of the run.
fn begins(board: &mut Board<'_>, settings: &Encryption, file: usize) {
    let Some(plan) = &settings.migrates else { return };
    if plan.starts.value.years(board.scenario.date).is_some() {
        return;
    }
    let message = "a move that starts on a day needs the day of the run";
    let finding = Finding::error("S026", Place::new(file, plan.starts.span.clone()), message);
    board
        .found
        .push(finding.help("add `date = \"2026-11-30\"` before the first section, or write \"2 years\""));
}

fn tell(board: &mut Board<'_>, settings: &Encryption, file: usize, unfit: &BTreeSet<(&str, &str)>) {
    if unfit.is_empty() {
        return;
    }
    let suite = &settings.suite;
    let classes = unfit.iter().map(|class| class.0).collect::<Vec<_>>().join(", ");
    let lacks = unfit.iter().map(|class| class.1).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let message = match unfit.len() {
        1 => format!("{classes} cannot run `{suite}`"),
        n => format!("{n} classes cannot run `{suite}`: {classes}"),
    };
    let finding = Finding::warning("S020", Place::new(file, suite.span.clone()), message);
    let help = match settings.substitute {
        Some(_) => "nothing that could do it stands before them; their flows are lost to this control",
        None => "their flows are lost to this control, unless it says else = \"plain\" or else = \"gateway\"",
    };
    board.found.push(finding.label(format!("beyond {}", lacks.join(" and "))).help(help));
}
