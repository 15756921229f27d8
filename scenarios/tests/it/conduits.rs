//! Contract: a conduit passes what its list accepts and loses the rest to that list; replies follow their calls; remote
//! access goes by the jump host; looking closer takes time by bytes; and an adversary reaches what messages reach, by
//! the same tables, so that nothing stricter ever lets him reach more.

use proptest::prelude::*;
use scenarios::attempt::BLOCKED;
use scenarios::language::load::{Source, load};
use scenarios::language::scenario::Scenario;
use scenarios::reach::{Speaks, Tables};
use scenarios::site::devices::TAKEN;
use scenarios::site::{WINDOW, build};
use sim::fact::{By, Fact};
use sim::kinds::{CHARGE_LOST, LOST};
use sim::luck::Luck;
use sim::simulation::Simulation;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn scenario(text: &str) -> Arc<Scenario> {
    let loaded = load(&Source::text("conduits.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    Arc::new(loaded.scenario)
}

fn start(text: &str) -> Simulation {
    build(&scenario(text), "none", Luck { seed: 3, replication: 0 }, WINDOW).unwrap()
}

fn facts(simulation: &mut Simulation, wanted: impl Fn(&Fact) -> bool) -> Vec<Fact> {
    let mut all = Vec::new();
    simulation.run(|new, _| all.extend(new.iter().copied().filter(|fact| wanted(fact))));
    all
}

/// What arrived of each flow as a share of what was due.
fn arrived(simulation: &Simulation) -> BTreeMap<String, f64> {
    let core = simulation.core();
    let share = |(topic, book): (sim::fact::Topic, &sim::books::Book)| {
        (core.names.topic_name(topic).to_owned(), (book.in_time + book.late) as f64 / book.due.max(1) as f64)
    };
    core.books.iter().filter(|(_, book)| book.due > 0).map(share).collect()
}

/// Mean latency of a flow [s].
fn latency(simulation: &Simulation, flow: &str) -> f64 {
    let core = simulation.core();
    let (_, book) = core.books.iter().find(|(topic, _)| core.names.topic_name(*topic) == flow).unwrap();
    book.latencies.sum().seconds() / (book.in_time + book.late) as f64
}

/// Controllers, a historian, engineers and their jump host.
fn plant(conduit: &str, more: &str) -> String {
    format!(
        r#"
title = "Controllers and those who look after them"
horizon = "1 h"
[zone]
plant = {{ purdue_level = 1 }}
office = {{ purdue_level = 4 }}
[conduit.wall]
between = ["plant", "office"]
latency = "1 ms"
{conduit}
[fleet]
controllers = {{ class = "server", zone = "plant", count = 4, link = {{ latency = "1 ms" }} }}
meters = {{ class = "server", zone = "plant", count = 4, link = {{ latency = "1 ms" }} }}
historian = {{ class = "server", zone = "office", count = 1, link = {{ latency = "1 ms" }} }}
engineers = {{ class = "server", zone = "office", count = 2, link = {{ latency = "1 ms" }} }}
jump = {{ class = "server", zone = "office", count = 2, work = "failover", link = {{ latency = "1 ms" }} }}
[flow.trend]
kind = "reading"
from = "controllers"
to = "historian"
protocol = "opc-ua"
every = "10 s"
size = "100 B"
deadline = "1 s"
[flow.poll]
kind = "reading"
from = "historian"
to = "meters"
protocol = "modbus-tcp"
every = "10 s"
per = "receiver"
size = "12 B"
deadline = "1 s"
[flow.polled]
kind = "reading"
from = "meters"
to = "historian"
answers = {{ flow = "poll", one_in = 1 }}
size = "20 B"
deadline = "2 s"
[flow.desk]
kind = "command"
from = "engineers"
to = "controllers"
protocol = "rdp"
every = "30 s"
size = "500 B"
deadline = "1 s"
acknowledged = false
{more}
[strategy.none]
"#
    )
}

const ALL: &str = r#"
  { from = "class:server", to = "historian", protocol = "opc-ua", direction = "there" },
  { from = "historian", to = "meters", protocol = ["modbus-tcp"], direction = "back" },
  { from = "engineers", to = "controllers", protocol = "rdp" },
"#;

#[test]
fn what_no_entry_accepts_is_lost_to_the_list_and_told_so() {
    let mut run = start(&plant(&format!("allow = [{ALL}]"), ""));
    run.run(|_, _| ());
    assert!(arrived(&run).values().all(|share| *share > 0.99), "{:?}", arrived(&run));
    // Without its entry each flow is lost whole, the others pass; a protocol or a direction that differs is no entry.
    let entries: Vec<&str> = ALL.trim().lines().collect();
    for (wrong, lost) in [
        (format!("{}{}", entries[1], entries[2]), vec!["trend"]),
        (ALL.replace("opc-ua", "mqtt"), vec!["trend"]),
        (ALL.replace("\"there\"", "\"back\""), vec!["trend"]),
        (format!("{}{}", entries[0], entries[2]), vec!["poll"]),
        (format!("{}{}", entries[0], entries[1]), vec!["desk"]),
        (String::new(), vec!["trend", "poll", "desk"]),
    ] {
        let text = plant(&format!("allow = [{wrong}]"), "");
        let mut run = start(&text);
        let charged = facts(&mut run, |fact| CHARGE_LOST.contains(&fact.kind));
        for (flow, share) in arrived(&run) {
            let expected = if lost.contains(&flow.as_str()) { 0.0 } else { 1.0 };
            assert!(flow == "polled" || (share - expected).abs() < 0.01, "{wrong}: {flow} {share}");
        }
        let by = run.core_mut().names.cause(By::Design, "no entry of list `wall` accepts it");
        assert!(!charged.is_empty() && charged.iter().all(|fact| fact.charge.by == by));
        let found = load(&Source::text("conduits.toml", &text)).findings;
        let forbidden: Vec<&str> =
            found.iter().filter(|one| one.code == "S040").map(|one| one.message.as_str()).collect();
        assert!(
            lost.iter().all(|flow| forbidden.iter().any(|text| text.contains(&format!("`{flow}`")))),
            "{forbidden:?}"
        );
    }
}

#[test]
fn an_answer_passes_with_its_call_and_nothing_unsolicited_does() {
    // The same messages, sent without having been asked for, are no replies.
    let unsolicited = r#"
[flow.pushed]
kind = "reading"
from = "meters"
to = "historian"
protocol = "modbus-tcp"
every = "10 s"
size = "20 B"
deadline = "2 s"
"#;
    let firewall = |how: &str| format!("firewall = {{ inspection = \"{how}\" }}\nallow = [{ALL}]");
    let mut stateful = start(&plant(&firewall("stateful"), unsolicited));
    stateful.run(|_, _| ());
    let shares = arrived(&stateful);
    assert!(shares["polled"] > 0.99 && shares["pushed"] == 0.0, "{shares:?}");
    // Who looks at headers alone loses the replies, until an entry lets in whatever looks like one.
    let mut headers = start(&plant(&firewall("headers"), unsolicited));
    headers.run(|_, _| ());
    let shares = arrived(&headers);
    assert!(shares["poll"] > 0.99 && shares["polled"] == 0.0 && shares["pushed"] == 0.0, "{shares:?}");
    let open = "{ from = \"meters\", to = \"historian\", protocol = \"modbus-tcp\" },";
    let mut wide =
        start(&plant(&firewall("headers").replace("allow = [", &format!("allow = [{open}")), unsolicited));
    wide.run(|_, _| ());
    let shares = arrived(&wide);
    assert!(shares["polled"] > 0.99 && shares["pushed"] > 0.99, "{shares:?}");
}

/// A firewall of 1 Mbit/s takes (payload + 700 B of a packet's work) · 8 µs for each message, and adds the median of
/// its class's latency: 0.1 ms, or 1 ms where it looks inside (parameters `segmentation.*`).
#[test]
fn looking_closer_takes_time_by_bytes() {
    let at = |firewall: &str, size: u32| {
        let text = plant(firewall, "").replace("size = \"100 B\"", &format!("size = \"{size} B\""));
        let mut run = start(&text);
        run.run(|_, _| ());
        latency(&run, "trend")
    };
    for (how, adds) in [("stateful", 1e-4), ("deep", 1e-3)] {
        let firewall = format!("firewall = {{ inspection = \"{how}\", throughput = \"1 Mbit/s\" }}");
        for size in [100_u32, 1100] {
            let takes = at(&firewall, size) - at("", size);
            let expected = f64::from(size + 700) * 8e-6 + adds;
            // Four controllers share it: a message in a few hundred waits for another.
            assert!((takes / expected - 1.0).abs() < 0.05, "{how} {size} B: {takes} for {expected}");
        }
    }
}

#[test]
fn remote_access_takes_the_jump_host_and_falls_with_it() {
    let jump = "jump_host = \"jump\"";
    let mut direct = start(&plant("", ""));
    direct.run(|_, _| ());
    let mut by_host = start(&plant(jump, ""));
    by_host.run(|_, _| ());
    assert!(arrived(&by_host).values().all(|share| *share > 0.99), "{:?}", arrived(&by_host));
    // One link more; what is no remote access goes as before.
    let [before, after] = [&direct, &by_host].map(|run| latency(run, "desk"));
    assert!(after - before > 9e-4, "{before} {after}");
    assert!((latency(&direct, "trend") - latency(&by_host, "trend")).abs() < 1e-6);
    let outage = r#"
[happening.broken]
what = "device-fault"
on = "jump"
at = "00:30"
repair = "2 h"
"#;
    let mut out = start(&plant(jump, outage));
    let lost = facts(&mut out, |fact| fact.kind == LOST || CHARGE_LOST.contains(&fact.kind));
    let fault = out.core_mut().names.cause(By::Fault, "broken");
    assert!(lost.iter().filter(|fact| fact.kind != LOST).all(|fact| fact.charge.by == fault));
    let shares = arrived(&out);
    assert!((shares["desk"] - 0.5).abs() < 0.05 && shares["trend"] > 0.99, "{shares:?}");
}

/// A worm that logs in goes where remote access goes: past a list without an entry for it, not at all; past a jump
/// host only once it holds it.
#[test]
fn a_worm_goes_by_the_jump_host() {
    let worm = |enters: &str| {
        format!(
            "[campaign.worm]\nadversary = \"credential-worm\"\nenters = \"{enters}\"\nby = \"infected-device\"\nstarts = {{ after = \"0 s\" }}\nattempts = \"8640 per day\"\naddresses = 13\n"
        )
    };
    let taken = |conduit: &str, hosts: &str| {
        let text = plant(conduit, &worm("engineers"))
            .replace("horizon = \"1 h\"", "horizon = \"1 day\"")
            .replace("count = 4,", "count = 4, credentials = \"default\",")
            .replace("count = 1,", "count = 1, credentials = \"default\",")
            .replace(
                "class = \"server\", zone = \"office\", count = 2, link",
                "class = \"server\", zone = \"office\", count = 2, credentials = \"default\", link",
            )
            .replace("work = \"failover\"", &format!("work = \"failover\"{hosts}"));
        let mut run = start(&text);
        let all = facts(&mut run, |fact| [TAKEN, BLOCKED].contains(&fact.kind));
        let core = run.core();
        let name = |fact: &Fact| core.names.who(fact.who).split(['/', ' ']).next().unwrap().to_owned();
        all.iter().filter(|fact| fact.kind == TAKEN).map(name).collect::<BTreeSet<String>>()
    };
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let weak = ", credentials = \"default\"";
    let office = ["engineers", "historian", "jump"];
    assert_eq!(taken("", weak), names(&["controllers", "engineers", "historian", "jump", "meters"]));
    assert_eq!(taken("jump_host = \"jump\"", ""), names(&["engineers", "historian"]));
    assert_eq!(
        taken("jump_host = \"jump\"", weak),
        names(&["controllers", "engineers", "historian", "jump", "meters"])
    );
    // The list holds Modbus and OPC UA, by which nobody logs in.
    let closed =
        "allow = [{ from = \"zone:office\", to = \"zone:plant\", protocol = [\"modbus-tcp\", \"opc-ua\"] }]";
    assert_eq!(taken(closed, weak), names(&office));
    let listed = "jump_host = \"jump\"\nallow = [{ from = \"zone:office\", to = \"controllers\", protocol = \"rdp\" }]";
    assert_eq!(taken(listed, weak), names(&["controllers", "engineers", "historian", "jump", "meters"]));
    assert_eq!(taken(listed, ""), names(&["engineers", "historian"]));
}

/// Zones in a ring with one chord; each conduit as drawn.
fn ring(lists: &[Vec<(u8, u8)>], open: &[bool], one_way: &[bool], fleets: u8) -> String {
    let mut text = String::from("title = \"Rings\"\nhorizon = \"1 h\"\n[zone]\n");
    for zone in 0..4 {
        text.push_str(&format!("z{zone} = {{ purdue_level = 2 }}\n"));
    }
    text.push_str("[fleet]\n");
    for fleet in 0..fleets {
        let zone = fleet % 4;
        text.push_str(&format!("f{fleet} = {{ class = \"generic-iot\", zone = \"z{zone}\", count = 1, credentials = \"default\" }}\n"));
    }
    text.push_str("[conduit]\n");
    for (nth, (from, to)) in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)].into_iter().enumerate() {
        let entries: Vec<String> =
            lists[nth].iter().map(|(from, to)| format!("{{ from = \"f{from}\", to = \"f{to}\" }}")).collect();
        let list = if open[nth] { String::new() } else { format!(", allow = [{}]", entries.join(", ")) };
        text.push_str(&format!(
            "c{nth} = {{ between = [\"z{from}\", \"z{to}\"], latency = \"1 ms\", one_way = {}{list} }}\n",
            one_way[nth]
        ));
    }
    text.push_str("[strategy.none]\n");
    text
}

const FLEETS: u8 = 6;

/// Lists, which conduits have none, which carry one way, and an entry to take away.
type Drawn = (Vec<Vec<(u8, u8)>>, Vec<bool>, Vec<bool>, (usize, usize));

fn drawn() -> impl Strategy<Value = Drawn> {
    let entry = (0..FLEETS, 0..FLEETS);
    let lists = prop::collection::vec(prop::collection::vec(entry, 0..8), 5);
    (
        lists,
        prop::collection::vec(prop::bool::weighted(0.3), 5),
        prop::collection::vec(prop::bool::weighted(0.2), 5),
        (0..5_usize, 0..8_usize),
    )
}

fn closures(text: &str) -> Vec<BTreeSet<u16>> {
    let tables = Tables::of(&scenario(text));
    (0..tables.fleets()).map(|start| tables.closure(start, Speaks::Login)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_stricter_conduit_never_enlarges_what_an_attacker_reaches((lists, open, one_way, (at, entry)) in drawn()) {
        let before = closures(&ring(&lists, &open, &one_way, FLEETS));
        let mut stricter = Vec::new();
        // An entry less, a list where there was none, a diode, no conduit at all.
        let mut fewer = lists.clone();
        if entry < fewer[at].len() {
            fewer[at].remove(entry);
        }
        stricter.push(ring(&fewer, &open, &one_way, FLEETS));
        let mut closed = open.clone();
        closed[at] = false;
        stricter.push(ring(&lists, &closed, &one_way, FLEETS));
        let mut diode = one_way.clone();
        diode[at] = true;
        stricter.push(ring(&lists, &open, &diode, FLEETS));
        let line = format!("c{at} = ");
        let whole = ring(&lists, &open, &one_way, FLEETS);
        stricter.push(whole.lines().filter(|own| !own.starts_with(&line)).collect::<Vec<_>>().join("\n"));
        stricter.push(whole.replace(", one_way", ", jump_host = \"f0\", one_way"));
        for text in stricter {
            for (now, before) in closures(&text).iter().zip(&before) {
                prop_assert!(now.is_subset(before), "{now:?} {before:?}\n{text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Brute force: one message from every fleet to every other; who arrives makes the relation, and its transitive
    /// closure is what the tables say and what a worm takes.
    #[test]
    fn what_an_attacker_reaches_is_the_closure_of_what_messages_pass((lists, open, one_way, _) in drawn()) {
        let place = ring(&lists, &open, &one_way, FLEETS);
        let tables = Tables::of(&scenario(&place));
        let mut flows = String::new();
        for (from, to) in (0..FLEETS).flat_map(|from| (0..FLEETS).map(move |to| (from, to))) {
            if from != to && joined(&tables, from, to) {
                flows.push_str(&format!("[flow.x{from}{to}]\nkind = \"reading\"\nfrom = \"f{from}\"\nto = \"f{to}\"\nprotocol = \"ssh\"\nevery = \"50 min\"\nsize = \"50 B\"\ndeadline = \"1 min\"\n"));
            }
        }
        let mut run = start(&place.replace("[strategy.none]", &format!("{flows}[strategy.none]")));
        run.run(|_, _| ());
        let shares = arrived(&run);
        let mut reach: Vec<BTreeSet<u16>> = (0..u16::from(FLEETS)).map(|own| BTreeSet::from([own])).collect();
        for _ in 0..FLEETS {
            for from in 0..u16::from(FLEETS) {
                for (via, to) in (0..u16::from(FLEETS)).flat_map(|via| (0..u16::from(FLEETS)).map(move |to| (via, to))) {
                    if reach[usize::from(from)].contains(&via) && shares.get(&format!("x{via}{to}")).is_some_and(|share| *share > 0.0) {
                        reach[usize::from(from)].insert(to);
                    }
                }
            }
        }
        prop_assert_eq!(closures(&place), reach.clone());
        let worm = "[campaign.worm]\nadversary = \"credential-worm\"\nenters = \"f0\"\nby = \"infected-device\"\nstarts = { after = \"0 s\" }\nattempts = \"86400 per day\"\naddresses = 6\n[strategy.none]";
        let mut run = start(&place.replace("[strategy.none]", worm));
        let taken = facts(&mut run, |fact| fact.kind == TAKEN);
        let names = &run.core().names;
        let taken: BTreeSet<u16> = taken.iter().map(|fact| names.who(fact.who)[1..2].parse().unwrap()).collect();
        prop_assert_eq!(&taken, &reach[0]);
    }
}

/// Whether any conduits lead from one fleet's zone to another's.
fn joined(tables: &Tables, from: u8, to: u8) -> bool {
    let call = scenarios::reach::Call {
        from: u16::from(from),
        to: u16::from(to),
        by: Speaks::Any,
        manner: scenarios::reach::Manner::Calls,
    };
    tables.way(&call).is_some()
}
