//! Suites, and the classes that cannot run them.

use super::super::at::Name;
use super::super::complaint::tidy;
use super::super::findings::Finding;
use super::super::nearest;
use super::super::scenario::Place;
use super::Board;
use crate::controls::{Encryption, Substitute, Where};
use devices::crypto::{Catalogue, Machine, Suite, fits};
use std::collections::BTreeSet;

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
    let Ok(catalogue) = Catalogue::shipped() else { return };
    let scenario = board.scenario;
    for strategy in scenario.strategies.values() {
        for control in &strategy.stated {
            for one in &control.uses {
                let Some(settings) = one.settings.get::<Encryption>() else { continue };
                let Ok(suite) = Suite::shipped(&settings.suite) else { continue };
                let mut unfit = BTreeSet::new();
                for (name, fleet) in &scenario.fleets {
                    let products = scenario.products_of(name);
                    let ruled =
                        scenario.member(name, &products).and_then(|member| control.ruling(&member, 1));
                    let helped = settings.at == Where::Gateway && fleet.gateway.is_some();
                    let helped = helped
                        || match settings.substitute {
                            Some(Substitute::Plain) => true,
                            Some(Substitute::Gateway) => fleet.gateway.is_some(),
                            None => false,
                        };
                    if helped || !ruled.is_some_and(|ruling| std::ptr::eq(ruling, &one.value)) {
                        continue;
                    }
                    if let Ok(class) = fleet.device_class()
                        && let Err(lack) = fits(catalogue, suite, &Machine::of(&class))
                    {
                        unfit.insert((class.name, lack.what));
                    }
                }
                tell(board, settings, control.file, &unfit);
            }
        }
    }
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
        Some(_) => {
            "their fleets have no gateway that could do it for them; their flows are lost to this control"
        }
        None => "their flows are lost to this control, unless it says else = \"plain\" or else = \"gateway\"",
    };
    board.found.push(finding.label(format!("beyond {}", lacks.join(" and "))).help(help));
}
