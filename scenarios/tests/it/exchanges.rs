//! Contract: what is confirmed is sent again until it is heard of, and arrives as often as chance has it; who is polled
//! answers in turn, and a line that is too slow leaves rounds out; a broker sends each message on to each who subscribed,
//! and keeps for those with a session what it has room for; neither windows nor snapshots change any of it.

use scenarios::keep::{go_on, keep};
use scenarios::language::load::{Source, load};
use scenarios::site::exchange::UNCONFIRMED;
use scenarios::site::{WINDOW, build};
use sim::fact::{Fact, Kind};
use sim::kinds::*;
use sim::luck::Luck;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

const NO_WORK: &str = "settings.service.per_message = \"0 s\", settings.service.per_byte = \"0 s\"";

/// Devices, and servers behind a line with this loss each way and 20 ms.
fn place(horizon: &str, loss: f64, devices: u32, more: &str) -> String {
    format!(
        r#"
title = "Devices and servers behind a line"
horizon = "{horizon}"
[zone]
field = {{ purdue_level = 1 }}
branch = {{ purdue_level = 1 }}
centre = {{ purdue_level = 3 }}
[conduit]
line = {{ between = ["field", "centre"], latency = "20 ms", loss = {loss} }}
branch-line = {{ between = ["branch", "centre"], latency = "20 ms" }}
[fleet]
devices = {{ class = "server", zone = "field", count = {devices}, link = {{ latency = "0 s" }}, {NO_WORK} }}
away = {{ class = "server", zone = "branch", count = 3, link = {{ latency = "0 s" }}, {NO_WORK} }}
master = {{ class = "server", zone = "centre", count = 1, link = {{ latency = "0 s" }}, {NO_WORK} }}
readers = {{ class = "server", zone = "centre", count = 3, link = {{ latency = "0 s" }}, {NO_WORK} }}
{more}
[strategy.none]
"#
    )
}

fn start(text: &str, window: u32) -> Simulation {
    let loaded = load(&Source::text("exchanges.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    build(&Arc::new(loaded.scenario), "none", Luck { seed: 9, replication: 0 }, window).unwrap()
}

fn facts(text: &str) -> (Simulation, Vec<Fact>) {
    let mut run = start(text, WINDOW);
    let mut all = Vec::new();
    run.run(|facts, _| all.extend_from_slice(facts));
    (run, all)
}

fn sum(run: &Simulation, facts: &[Fact], kind: Kind, flow: &str) -> i64 {
    let is = |fact: &&Fact| fact.kind == kind && run.core().names.topic_name(fact.topic) == flow;
    facts.iter().filter(is).map(|fact| fact.amount).sum()
}

fn charged(run: &Simulation, facts: &[Fact], kind: Kind, by: &str) -> i64 {
    let is = |fact: &&Fact| {
        fact.kind == kind && run.core().names.cause_of(fact.charge.by).is_some_and(|cause| cause.name == by)
    };
    facts.iter().filter(is).map(|fact| fact.amount).sum::<i64>() / 1_000_000
}

/// What was due is in time, late, lost, never sent or under way.
fn known(run: &Simulation, facts: &[Fact], flow: &str) {
    let parts = [IN_TIME, LATE, LOST, UNSENT, IN_FLIGHT].map(|kind| sum(run, facts, kind, flow));
    assert_eq!(sum(run, facts, DUE, flow), parts.iter().sum::<i64>(), "{flow}: {parts:?}");
}

const CONFIRMED: &str = "[flow.reports]\nkind = \"reading\"\nfrom = \"devices\"\nto = \"master\"\nevery = \"10 s\"\n\
                         size = \"60 B\"\ndeadline = \"30 s\"\nconfirmed = { within = \"2 s\", retries = 2 }\n";

#[test]
fn what_is_confirmed_arrives_and_is_heard_of_as_often_as_chance_has_it() {
    let p = 0.2_f64;
    let (run, all) = facts(&place("1 h", p, 100, CONFIRMED));
    known(&run, &all, "reports");
    let due = sum(&run, &all, DUE, "reports") as f64;
    assert_eq!(due, 36_000.0);
    let share = |kind| sum(&run, &all, kind, "reports") as f64 / due;
    // Three copies, each lost with p; heard of with both ways: three standard deviations.
    let near = |got: f64, expected: f64| {
        let bound = 3.0 * (expected * (1.0 - expected) / due).sqrt();
        assert!((got - expected).abs() < bound, "{got} for {expected} +- {bound}");
    };
    near(share(LOST), p.powi(3));
    let heard = 1.0 - (1.0 - (1.0 - p).powi(2)).powi(3);
    near(share(UNCONFIRMED), 1.0 - p.powi(3) - heard);
    assert_eq!(charged(&run, &all, CHARGE_LOST[0], "radio"), sum(&run, &all, LOST, "reports"));
    // Whoever needs a second copy has it two seconds later: the mean of what arrives.
    let arrived = 1.0 - p.powi(3);
    let waits = (p * (1.0 - p) * 2.0 + p * p * (1.0 - p) * 4.0) / arrived;
    let mean = sum(&run, &all, LATENCY, "reports") as f64 / 1e9 / (due * share(IN_TIME));
    let squares = (p * (1.0 - p) * 4.0 + p * p * (1.0 - p) * 16.0) / arrived;
    let bound = 3.0 * ((squares - waits * waits) / due).sqrt();
    assert!((mean - 0.02 - waits).abs() < bound, "{mean} s for {} s", 0.02 + waits);
}

fn polled(from: &str, more: &str) -> String {
    format!(
        "[flow.registers]\nkind = \"reading\"\nfrom = {from}\nto = \"master\"\nevery = \"1 s\"\nsize = \"25 B\"\n\
         deadline = \"1 s\"\npolled = {{ request = \"8 B\", within = \"200 ms\" }}\n{more}\n"
    )
}

#[test]
fn who_is_polled_answers_after_a_way_there_and_back_and_one_after_the_other() {
    let (run, all) = facts(&place("1 h", 0.0, 10, &polled("\"devices\"", "")));
    known(&run, &all, "registers");
    let in_time = sum(&run, &all, IN_TIME, "registers");
    assert!((10 * 3599..=10 * 3600).contains(&in_time), "{in_time}");
    assert_eq!(sum(&run, &all, LATENCY, "registers"), in_time * 40_000_000);
    let mut ats: Vec<u64> = all.iter().filter(|fact| fact.kind == IN_TIME).map(|fact| fact.at.0).collect();
    ats.sort_unstable();
    assert!(ats.windows(2).all(|pair| pair[1] - pair[0] >= 40_000_000));
}

#[test]
fn a_line_that_is_too_slow_leaves_every_other_round_out() {
    // Thirty devices take 1.2 s of each second.
    let (run, all) = facts(&place("1 h", 0.0, 30, &polled("\"devices\"", "")));
    known(&run, &all, "registers");
    let unsent = sum(&run, &all, UNSENT, "registers") as f64;
    assert!((unsent - 30.0 * 1800.0).abs() <= 30.0, "{unsent}");
    assert_eq!(charged(&run, &all, CHARGE_UNSENT[0], "queues") as f64, unsent);
}

#[test]
fn who_does_not_answer_holds_up_the_line_for_as_long_as_it_is_asked() {
    // Nine that answer take 0.36 s; three that do not, twice 0.2 s each: 1.56 s, and every other round is left out.
    let cut = "[happening.cut]\nwhat = \"wan-outage\"\nconduit = \"branch-line\"\nat = \"00:00\"\nlasts = \"2 h\"\n";
    let (run, all) = facts(&place("1 h", 0.0, 9, &polled("[\"devices\", \"away\"]", cut)));
    known(&run, &all, "registers");
    let (unsent, lost) = (sum(&run, &all, UNSENT, "registers"), sum(&run, &all, LOST, "registers"));
    assert!((unsent - 12 * 1800).abs() <= 12, "{unsent}");
    assert!((lost - 3 * 1800).abs() <= 3, "{lost}");
    assert_eq!(charged(&run, &all, CHARGE_LOST[0], "cut"), lost);
    // One that does not answer leaves 0.4 + 0.36 s of each second: nobody is left out.
    let one = polled("[\"devices\", \"away\"]", cut);
    let text =
        place("1 h", 0.0, 9, &one).replace("zone = \"branch\", count = 3", "zone = \"branch\", count = 1");
    let (run, all) = facts(&text);
    assert_eq!(sum(&run, &all, UNSENT, "registers"), 0);
}

fn broker(session: &str, confirmed: &str, more: &str) -> String {
    format!(
        "[flow.telemetry]\nkind = \"reading\"\nfrom = \"devices\"\nto = \"master\"\nevery = \"10 s\"\nsize = \"60 B\"\n\
         deadline = \"5 s\"\n[flow.subscriptions]\nkind = \"reading\"\nfrom = \"master\"\nto = \"readers\"\n\
         forwards = {{ flow = \"telemetry\"{session} }}\nsize = \"60 B\"\ndeadline = \"5 s\"\n{confirmed}\n{more}\n"
    )
}

#[test]
fn a_broker_sends_each_message_that_reaches_it_on_to_each_who_subscribed() {
    let down =
        "[happening.down]\nwhat = \"service-outage\"\nof = \"master\"\nat = \"01:00\"\nlasts = \"1 h\"\n";
    for (confirmed, loss) in [("", 0.0), ("confirmed = {}", 0.0), ("", 0.1)] {
        let (run, all) = facts(&place("3 h", loss, 20, &broker("", confirmed, down)));
        let came = sum(&run, &all, IN_TIME, "telemetry");
        known(&run, &all, "telemetry");
        known(&run, &all, "subscriptions");
        assert_eq!(sum(&run, &all, DUE, "subscriptions"), 3 * came);
        assert_eq!(sum(&run, &all, IN_TIME, "subscriptions"), 3 * came);
        if loss == 0.0 {
            assert_eq!(charged(&run, &all, CHARGE_LOST[0], "down"), 20 * 360);
        }
        // Timed from the publication: its way over the line, and no more inside the centre.
        assert_eq!(sum(&run, &all, LATENCY, "subscriptions"), 3 * came * 20_000_000);
    }
}

/// A broker that works 10 ms on a message works on one that comes and three that go; they wait for each other.
#[test]
fn the_fan_out_is_the_brokers_work() {
    let busy = |text: String| {
        text.replace(
        &format!("master = {{ class = \"server\", zone = \"centre\", count = 1, link = {{ latency = \"0 s\" }}, {NO_WORK} }}"),
        "master = { class = \"server\", zone = \"centre\", count = 1, link = { latency = \"0 s\" }, \
         settings.service.per_message = \"10 ms\", settings.service.per_byte = \"0 s\" }",
    )
    };
    let (run, all) = facts(&busy(place("1 h", 0.0, 1, &broker("", "", ""))));
    let came = sum(&run, &all, IN_TIME, "telemetry");
    // 20 ms of line, 10 ms to take it in, and 10, 20 and 30 ms to send it to the first, the second and the third.
    assert_eq!(sum(&run, &all, LATENCY, "telemetry"), came * 30_000_000);
    assert_eq!(sum(&run, &all, LATENCY, "subscriptions"), came * (40 + 50 + 60) * 1_000_000);
}

#[test]
fn a_session_keeps_what_its_subscriber_misses_as_far_as_there_is_room() {
    let down =
        "[happening.down]\nwhat = \"service-outage\"\nof = \"readers\"\nat = \"01:00\"\nlasts = \"1 h\"\n";
    let notices = "notices = { every = \"30 s\", after = 2 }";
    for keeps in [100_000, 50] {
        let session = format!(", session = {{ keeps = {keeps}, {notices} }}");
        let (run, all) = facts(&place("3 h", 0.0, 20, &broker(&session, "confirmed = {}", down)));
        known(&run, &all, "subscriptions");
        let lost = sum(&run, &all, LOST, "subscriptions");
        // Two messages a second for an hour, to each of three; what comes until the broker knows them back, too.
        if keeps > 50 {
            assert_eq!(lost, 0);
            let late = sum(&run, &all, LATE, "subscriptions");
            assert!((3 * 7190..=3 * 7265).contains(&late), "{late}");
        } else {
            assert!((3 * (7190 - 50)..=3 * (7265 - 50)).contains(&lost), "{lost}");
            assert_eq!(charged(&run, &all, CHARGE_LOST[0], "a full session"), lost);
        }
    }
    let (run, all) = facts(&place("3 h", 0.0, 20, &broker("", "confirmed = {}", down)));
    let lost = sum(&run, &all, LOST, "subscriptions");
    assert!((3 * 7190..=3 * 7200).contains(&lost), "{lost}");
    assert_eq!(charged(&run, &all, CHARGE_LOST[0], "down"), lost);
}

#[test]
fn neither_the_windows_length_nor_a_snapshot_changes_an_exchange() {
    let down =
        "[happening.down]\nwhat = \"service-outage\"\nof = \"readers\"\nat = \"00:05\"\nlasts = \"10 min\"\n";
    let session = ", session = { keeps = 50, notices = { every = \"30 s\", after = 2 } }";
    let all = broker(session, "confirmed = {}", down) + CONFIRMED + &polled("\"away\"", "");
    let text = place("20 min", 0.2, 20, &all);
    let digest = |run: &Simulation| run.core().digest.kinds().collect::<Vec<_>>();
    let whole = |window| {
        let mut run = start(&text, window);
        run.run(|_, _| ());
        digest(&run)
    };
    let reference = whole(WINDOW);
    assert_eq!(whole(WINDOW - 2), reference);
    assert_eq!(whole(WINDOW + 2), reference);
    for seconds in [250, 601, 905] {
        let at = SimTime::ZERO + Span(seconds * Span::SECOND.0);
        let mut first = start(&text, WINDOW);
        while first.step(at) {}
        let kept = keep(&first).unwrap();
        let mut second = start(&text, WINDOW);
        go_on(&mut second, &kept).unwrap();
        second.run(|_, _| ());
        assert_eq!(digest(&second), reference, "kept after {seconds} s");
    }
}

#[test]
fn what_cannot_be_exchanged_like_that_is_a_finding() {
    let wrong = [
        polled("\"devices\"", "confirmed = {}"),
        polled("\"devices\"", "per = \"receiver\""),
        polled("\"devices\"", "").replace("\"1 s\"\nsize", "{ law = \"exponential\", mean = \"1 s\" }\nsize"),
        CONFIRMED.replace("\"2 s\"", "\"0 s\""),
        CONFIRMED.to_owned() + "as = \"stream\"\n",
        broker(", session = { keeps = 10 }", "", ""),
        broker("", "every = \"1 s\"", ""),
        broker("", "", "").replace("flow = \"telemetry\"", "flow = \"nothing\""),
        broker("", "", "").replace("from = \"master\"", "from = \"away\""),
    ];
    for text in wrong {
        let loaded = load(&Source::text("exchanges.toml", &place("1 h", 0.0, 2, &text)));
        assert!(
            loaded.findings.iter().any(|finding| finding.code == "S045"),
            "{text}: {:?}",
            loaded.findings
        );
    }
}
