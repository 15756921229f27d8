//! Flows that make sense.

use super::super::findings::Finding;
use super::super::flow::{About, CarriedAs, Flow, Per};
use super::super::list::OneOrMore;
use super::super::scenario::{End, Item, Scenario};
use super::super::selector::Selector;
use super::Board;
use sim::time::Span;

/// More messages in one run are a slip of the pen; the largest shipped scenario has some hundred million.
const MOST_MESSAGES: f64 = 2e9;

/// Nothing is kept secret longer. The longest that a law asks for is a life and fifty years.
const LONGEST_SECRET: Span = Span(150 * 365 * Span::DAY.0);

pub(super) fn check(board: &mut Board<'_>) {
    for (name, flow) in &board.scenario.flows {
        let whole = board.is_whole("flow", name);
        if whole && flow.deadline.is_none() && flow.carried_as == CarriedAs::Messages {
            let message = format!("flow `{name}` has no deadline: its messages are never late");
            let finding = Finding::warning("S021", flow.place.clone(), message);
            board.found.push(finding.help("add `deadline = \"10 s\"`, or `as = \"stream\"`"));
        }
        if let Some(deadline) = &flow.deadline
            && deadline.0 == Span::ZERO
        {
            let finding = Finding::error("S013", flow.at(&deadline.span), "no message arrives in no time");
            board.found.push(finding.label("write at least \"1 ms\""));
        }
        secrecy(board, name, flow, whole);
        frequency(board, name, flow);
    }
}

fn secrecy(board: &mut Board<'_>, name: &str, flow: &Item<Flow>, whole: bool) {
    if flow.about == About::Person && flow.secret_for.is_none() && whole {
        let message = format!("flow `{name}` is about a person and no secret");
        let finding = Finding::warning("S022", flow.place.clone(), message);
        board.found.push(finding.help("add `secret_for = \"90 years\"`, or `about = \"none\"`"));
    }
    let Some(secret) = &flow.secret_for else { return };
    if secret.0 == Span::ZERO || secret.0 > LONGEST_SECRET {
        let message =
            format!("flow `{name}` is secret for no time, or for longer than a life and fifty years");
        let finding = Finding::warning("S022", flow.at(&secret.span), message);
        board
            .found
            .push(finding.label("a patient's record: \"90 years\"; leave it out for what is no secret"));
    }
}

fn frequency(board: &mut Board<'_>, name: &str, flow: &Item<Flow>) {
    let mean = flow.every.mean().seconds();
    if mean <= 0.0 {
        let finding = Finding::error("S013", flow.at(&flow.every.span), format!("flow `{name}` never rests"));
        return board.found.push(finding.label("write how much time lies between two messages"));
    }
    for peak in &flow.peaks {
        if !(peak.times.value > 0.0 && peak.times.value <= 1e6) {
            let finding =
                Finding::error("S013", flow.at(&peak.times.span), "a peak has some times as many messages");
            board.found.push(finding.label("write a number above zero, such as 4.0"));
        } else if !flow.every.is_random() {
            let message = format!("flow `{name}` has peaks, and a fixed clock that knows none");
            let finding = Finding::error("S013", flow.at(&peak.times.span), message);
            board.found.push(finding.help("write `every = { law = \"exponential\", mean = \"…\" }`"));
        }
    }
    let ends = match flow.per() {
        Per::Sender => devices(board.scenario, &flow.from),
        Per::Receiver => devices(board.scenario, &flow.to),
        Per::Flow => 1,
    };
    let messages = board.scenario.horizon.0.seconds() / mean * ends as f64;
    if flow.carried_as == CarriedAs::Messages && messages > MOST_MESSAGES {
        let message = format!("flow `{name}` has {messages:.0} messages in a run");
        let finding = Finding::error("S030", flow.at(&flow.every.span), message);
        board.found.push(finding.help("send less often, shorten the horizon, or carry it `as = \"stream\"`"));
    }
}

fn devices(scenario: &Scenario, ends: &OneOrMore<Selector>) -> u64 {
    let count = |end: End<'_>| match end {
        End::Fleet(name) => scenario.fleets.get(name).map_or(0, |fleet| u64::from(fleet.count())),
        End::Service(_) => 1,
    };
    ends.iter().flat_map(|end| scenario.ends(end)).map(count).sum()
}
