//! Flows whose messages are confirmed, polled or sent on.

use super::super::findings::Finding;
use super::super::flow::{CarriedAs, Flow, FlowKind, Per};
use super::super::list::OneOrMore;
use super::super::scenario::{Item, Place};
use super::super::selector::Selector;
use super::Board;
use sim::time::Span;
use std::collections::BTreeSet;
use std::ops::Range;

/// How a flow's messages are exchanged fits with what else it says.
pub(super) fn check(board: &mut Board<'_>, name: &str, flow: &Item<Flow>) {
    let exchanged = flow.confirmed.is_some() || flow.polled.is_some() || flow.forwards.is_some();
    if !exchanged {
        return;
    }
    let file = flow.place.file;
    let mut wrong = |span: &Range<usize>, message: String, help: &str| {
        let place = if span.is_empty() { flow.place.clone() } else { Place::new(file, span.clone()) };
        board.found.push(Finding::error("S045", place, message).help(help));
    };
    let answered = board
        .scenario
        .flows
        .values()
        .any(|other| other.answers.as_ref().is_some_and(|answers| answers.flow.value == name));
    if flow.answers.is_some() || answered || flow.carried_as == CarriedAs::Stream {
        let message =
            format!("flow `{name}` is a stream, an answer or answered, and exchanged in another way, too");
        wrong(&(0..0), message, "leave one of both out");
    }
    if flow.confirmed.is_some() && flow.polled.is_some() || flow.polled.is_some() && flow.forwards.is_some() {
        wrong(&(0..0), format!("flow `{name}` is polled, and confirmed or sent on"), "leave one of both out");
    }
    if flow.per() == Per::Flow {
        let message = format!("flow `{name}` has one clock for all, and its messages are waited for");
        wrong(&(0..0), message, "leave `per` out");
    }
    let instants = [
        flow.confirmed.as_ref().and_then(|confirmed| confirmed.within.as_ref()),
        flow.polled.as_ref().map(|polled| &polled.within),
    ];
    for within in instants.into_iter().flatten() {
        if within.value.0 == Span::ZERO {
            wrong(&within.span, format!("flow `{name}`: nobody waits for no time"), "write \"1 s\"");
        }
    }
    if flow.polled.is_some() {
        let fixed = flow.every.as_ref().is_some_and(|every| !every.is_random());
        if flow.kind != FlowKind::Reading || flow.per() != Per::Sender || !fixed || !flow.via.is_empty() {
            let message = format!("flow `{name}` cannot be polled");
            wrong(
                &(0..0),
                message,
                "readings are, each sender's every so often, with a fixed `every` and no `via`",
            );
        }
    }
    let Some(forwards) = &flow.forwards else { return };
    if let Some(every) = &flow.every {
        wrong(
            &every.span,
            format!("flow `{name}` sends on another, and has a clock of its own"),
            "leave `every` out",
        );
    }
    if forwards.session.is_some() && flow.confirmed.is_none() {
        let message = format!("flow `{name}` keeps for subscribers what nobody confirms");
        wrong(&forwards.flow.span, message, "add `confirmed = {}`, or leave `session` out");
    }
    if flow.per() != Per::Receiver || !flow.via.is_empty() {
        let message = format!("flow `{name}` is sent on to each who subscribed");
        wrong(&(0..0), message, "leave `per` and `via` out");
    }
    let ends = |all: &OneOrMore<Selector>| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    match board.scenario.flows.get(forwards.flow.value.as_str()) {
        Some(from) if from.carried_as == CarriedAs::Stream || ends(&from.to) != ends(&flow.from) => {
            let message = format!("`{}` does not bring single messages to who sends on", forwards.flow.value);
            wrong(&forwards.flow.span, message, "its `to` is the broker, which is this flow's `from`");
        }
        Some(_) => (),
        None => {
            let message = format!("no flow is called `{}`", forwards.flow.value);
            wrong(&forwards.flow.span, message, "name a flow of this scenario");
        }
    }
}
