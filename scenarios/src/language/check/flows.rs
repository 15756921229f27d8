//! Flows that make sense.

use super::super::findings::Finding;
use super::super::flow::{About, Answers, CarriedAs, Flow, Per};
use super::super::list::OneOrMore;
use super::super::scenario::{End, Item, Scenario};
use super::super::selector::Selector;
use super::Board;
use sim::time::Span;
use std::collections::BTreeSet;

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
    super::exchanges::check(board, name, flow);
    if flow.forwards.is_some() {
        return;
    }
    if let Some(answers) = &flow.answers {
        return answering(board, name, flow, answers);
    }
    let Some(every) = &flow.every else {
        // An `every` that does not read has its own finding.
        if !board.is_whole("flow", name) {
            return;
        }
        let finding = Finding::error("S033", flow.place.clone(), format!("flow `{name}` has no clock"));
        return board.found.push(finding.help("write `every = \"1 min\"`, or which flow it answers"));
    };
    let mean = every.mean().seconds();
    if mean <= 0.0 {
        let finding = Finding::error("S013", flow.at(&every.span), format!("flow `{name}` never rests"));
        return board.found.push(finding.label("write how much time lies between two messages"));
    }
    for peak in &flow.peaks {
        if !(peak.times.value > 0.0 && peak.times.value <= 1e6) {
            let finding =
                Finding::error("S013", flow.at(&peak.times.span), "a peak has some times as many messages");
            board.found.push(finding.label("write a number above zero, such as 4.0"));
        } else if !every.is_random() {
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
        let finding = Finding::error("S030", flow.at(&every.span), message);
        board.found.push(finding.help("send less often, shorten the horizon, or carry it `as = \"stream\"`"));
    }
}

/// A flow that answers another has no clock of its own, and what it answers has one.
fn answering(board: &mut Board<'_>, name: &str, flow: &Item<Flow>, answers: &Answers) {
    let mut wrong = |span: &std::ops::Range<usize>, message: String, help: &str| {
        let finding = Finding::error("S033", flow.at(span), message);
        board.found.push(finding.help(help));
    };
    if let Some(every) = &flow.every {
        let message = format!("flow `{name}` answers another, and has a clock of its own");
        wrong(&every.span, message, "leave `every` out");
    }
    if answers.one_in.value == 0 {
        wrong(
            &answers.one_in.span,
            format!("flow `{name}` answers one in no messages"),
            "write 1 for every one",
        );
    }
    if let Some(to) = board.scenario.flows.get(answers.flow.as_str()) {
        if to.answers.is_some() || to.carried_as == CarriedAs::Stream || to.per() == Per::Flow {
            let message =
                format!("`{}` is no flow of single messages with a clock at each end", answers.flow.value);
            wrong(&answers.flow.span, message, "answer a flow that has `every`, and no stream");
        }
        // An answer goes the way of what it answers, back; what is written must not say otherwise.
        let ends = |all: &OneOrMore<Selector>| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        if ends(&flow.from) != ends(&to.to) || ends(&flow.to) != ends(&to.from) || !flow.via.is_empty() {
            let message = format!("flow `{name}` goes another way than back from `{}`", answers.flow.value);
            wrong(
                &answers.flow.span,
                message,
                "swap `from` and `to` of what it answers, and leave `via` out",
            );
        }
    } else {
        let message = format!("no flow is called `{}`", answers.flow.value);
        wrong(&answers.flow.span, message, "name a flow of this scenario");
    }
}

fn devices(scenario: &Scenario, ends: &OneOrMore<Selector>) -> u64 {
    let count = |end: End<'_>| match end {
        End::Fleet(name) => scenario.fleets.get(name).map_or(0, |fleet| u64::from(fleet.count())),
        End::Service(_) => 1,
    };
    ends.iter().flat_map(|end| scenario.ends(end)).map(count).sum()
}
