//! Local operation: what products and flows ask of devices that are cut off, and what their classes can do.

use super::super::at::Name;
use super::super::findings::Finding;
use super::super::flow::{CarriedAs, FlowKind, ITSELF, Per};
use super::super::process::{Fallback, Notices};
use super::super::scenario::{End, Place, Scenario};
use super::Board;
use crate::controls::Authority;
use crate::site::local::devices_of;
use devices::class::CutOff;
use sim::time::Span;
use std::collections::BTreeSet;

pub(super) fn check(board: &mut Board<'_>) {
    let scenario = board.scenario;
    for (name, product) in &scenario.products {
        let others: Vec<&str> = product.cut_off.iter().map(|cut| cut.from.value.as_str()).collect();
        for cut in &product.cut_off {
            let place = product.at(&cut.span);
            noticing(board, cut.notices.as_ref(), product.place.file);
            if !product.parts.iter().any(|part| part.value == cut.from.value) {
                let message = format!("`{}` is no part of product `{name}`", cut.from.value);
                let finding = Finding::error("S044", product.at(&cut.from.span), message);
                board.found.push(finding.help("name one of its `parts`"));
                continue;
            }
            if let Some(keeps) = &cut.keeps
                && cut.does != Fallback::StoreAndForward
            {
                let finding =
                    Finding::error("S044", product.at(&keeps.span), "what is not stored takes no memory");
                board.found.push(finding.help("leave `keeps` out, or write `does = \"store-and-forward\"`"));
            }
            let fleets = devices_of(scenario, &product.parts, &others);
            able(board, &fleets, cut.does, &place, &format!("product `{name}`"));
        }
    }
    for (name, flow) in &scenario.flows {
        noticing(board, flow.notices.as_ref(), flow.place.file);
        if flow.else_from.is_empty() {
            continue;
        }
        let single = flow.answers.is_none() && flow.carried_as == CarriedAs::Messages;
        if flow.kind != FlowKind::Command || flow.per() != Per::Receiver || !single {
            let message = format!("flow `{name}` is no flow of commands with a clock for each receiver");
            let finding = Finding::error("S044", flow.place.clone(), message);
            board
                .found
                .push(finding.help("only who is commanded chooses whom to obey: leave `else_from` out"));
        }
        let who = receivers(scenario, name);
        named(board, &flow.else_from, &who, flow.place.file, &format!("flow `{name}`"));
    }
    for strategy in scenario.strategies.values() {
        for control in &strategy.stated {
            for one in &control.uses {
                let Some(settings) = one.settings.get::<Authority>() else { continue };
                noticing(board, settings.notices.as_ref(), control.file);
                let ends = one.on.iter().flat_map(|on| scenario.ends(on));
                let who: Vec<&str> = ends.map(End::name).collect();
                let place = Place::new(control.file, one.span.clone());
                if settings.order.iter().any(|name| name.value == ITSELF) {
                    able(board, &who, Fallback::LocalLoop, &place, "`authority`");
                }
            }
        }
    }
}

fn receivers<'s>(scenario: &'s Scenario, flow: &str) -> Vec<&'s str> {
    let to = scenario.flows.get(flow).map(|flow| &flow.to);
    to.into_iter().flatten().flat_map(|to| scenario.ends(to)).map(End::name).collect()
}

fn named(board: &mut Board<'_>, order: &[Name], who: &[&str], file: usize, whose: &str) {
    for name in order {
        if name.value == ITSELF {
            able(board, who, Fallback::LocalLoop, &Place::new(file, name.span.clone()), whose);
        } else {
            board.refer(&["fleet", "service"], name, file);
        }
    }
}

fn noticing(board: &mut Board<'_>, notices: Option<&Notices>, file: usize) {
    let Some(notices) = notices else { return };
    if notices.every.value.0 == Span::ZERO {
        let place = Place::new(file, notices.every.span.clone());
        let finding = Finding::error("S013", place, "nobody asks without a pause");
        board.found.push(finding.label("write \"30 s\" or \"1 min\""));
    }
    if notices.after.value == 0 {
        let place = Place::new(file, notices.after.span.clone());
        let finding = Finding::error("S013", place, "nobody is cut off before a question was missed");
        board.found.push(finding.label("write at least 1"));
    }
}

/// Every class of these fleets can do what is asked of it.
fn able(board: &mut Board<'_>, fleets: &[&str], asked: Fallback, place: &Place, whose: &str) {
    let class = |name: &&str| board.scenario.fleets.get(*name)?.device_class().ok();
    let classes = fleets.iter().filter_map(class);
    let unable: BTreeSet<&str> =
        classes.filter(|class| !can(class.cut_off, asked)).map(|class| class.name).collect();
    if unable.is_empty() {
        return;
    }
    let list = unable.into_iter().collect::<Vec<_>>().join("`, `");
    let word = word(asked);
    let message = format!("{whose} asks `{word}` of devices of class `{list}`, which cannot");
    let finding = Finding::error("S043", place.clone(), message);
    board
        .found
        .push(finding.help("ask what the class can do, or say what these devices can by `settings.cut_off`"));
}

fn word(asked: Fallback) -> &'static str {
    match asked {
        Fallback::HoldLast => "hold-last",
        Fallback::LocalLoop => "local-loop",
        Fallback::StoreAndForward => "store-and-forward",
        Fallback::FailSafe => "fail-safe",
        Fallback::Stop => "stop",
    }
}

/// Whether a class that does this when the network is gone can be asked for that: whoever has a loop or an alarm of its
/// own also holds what it was told last, and everybody can stop.
const fn can(class: CutOff, asked: Fallback) -> bool {
    match asked {
        Fallback::FailSafe | Fallback::Stop => true,
        Fallback::HoldLast => matches!(class, CutOff::HoldProgram | CutOff::LocalAlarm | CutOff::LocalLoop),
        Fallback::LocalLoop => matches!(class, CutOff::LocalAlarm | CutOff::LocalLoop),
        Fallback::StoreAndForward => matches!(class, CutOff::StoreAndForward),
    }
}
