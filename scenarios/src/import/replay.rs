//! Observed flows held against a profile, told per destination, and the verdicts compared with what the file
//! itself says of its flows.

use super::acl::Direction;
use super::flows::{Flows, Observed};
use super::mud::Profile;
use super::needed::Needed;
use super::verdict::{Names, Verdict, judge};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What became of all flows of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// What the profile calls its device.
    pub profile: String,
    /// The file of flows.
    pub file: String,
    /// How many flows were judged.
    pub flows: usize,
    /// How many the profile accepts.
    pub accepted: usize,
    /// How many it does not accept.
    pub not_accepted: usize,
    /// How many depend on something that was not told.
    pub undecided: usize,
    /// The flows by where they go and what is said of them, those with most flows first.
    pub destinations: Vec<Destination>,
    /// The profile's names and controllers whose addresses were not told.
    pub names_not_told: Vec<String>,
    /// Verdicts against the file's own `runtime_ace`, when it has that column.
    pub agreement: Option<Agreement>,
}

/// Flows of one kind to or from one place with one verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Destination {
    /// The other end: its name when one was told, else its address.
    pub remote: String,
    /// `from-device` or `to-device`.
    pub direction: String,
    /// IP protocol number.
    pub protocol: u8,
    /// The other end's ports, in order; ports of its choosing may be many.
    pub remote_ports: Vec<u16>,
    /// How many flows.
    pub flows: usize,
    /// `accepted`, `not accepted` or `undecided`.
    pub verdict: &'static str,
    /// Which entry accepts or denies it, of which list; or that no entry does; or what would have to be known.
    pub why: String,
}

/// How the verdicts compare with the entries that the file says its flows need.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Agreement {
    /// Accepted here, and the profile has the entry the file names.
    pub both_accept: usize,
    /// Not accepted here, and the profile lacks the entry the file names.
    pub both_deny: usize,
    /// Undecided here; by the file's entry the profile accepts it.
    pub undecided_accepted_there: usize,
    /// Undecided here; by the file's entry the profile does not accept it.
    pub undecided_denied_there: usize,
    /// The file's entry is missing, not understood, or rests on a controller whose address was not told.
    pub no_answer_there: usize,
    /// Decided both ways, and differently.
    pub differ: Vec<Disagreement>,
}

/// A flow that is judged differently here and by the file's own entry.
#[derive(Clone, Debug, Serialize)]
pub struct Disagreement {
    /// Line in the file of flows, from 1.
    pub line: u64,
    /// The verdict reached here.
    pub here: String,
    /// The entry the file names.
    pub there: String,
}

/// Hold every flow of a file against a profile.
pub fn replay(profile: &Profile, names: &Names, flows: &Flows) -> Replay {
    let mut all = Replay {
        profile: profile.title().to_owned(),
        file: flows.file.clone(),
        flows: flows.observed.len(),
        accepted: 0,
        not_accepted: 0,
        undecided: 0,
        destinations: Vec::new(),
        names_not_told: names.missing(profile),
        agreement: None,
    };
    for group in groups(profile, names, flows) {
        let verdict = word(&group.verdict);
        match &group.verdict {
            Verdict::Accepted { .. } => all.accepted += group.flows.len(),
            Verdict::Denied { .. } | Verdict::NoEntry { .. } => all.not_accepted += group.flows.len(),
            Verdict::Undecided { .. } => all.undecided += group.flows.len(),
        }
        all.destinations.push(Destination {
            remote: group.remote,
            direction: group.direction.to_string(),
            protocol: group.protocol,
            remote_ports: group
                .flows
                .iter()
                .filter_map(|one| one.remote_port)
                .collect::<BTreeSet<u16>>()
                .into_iter()
                .collect(),
            flows: group.flows.len(),
            verdict,
            why: group.verdict.to_string(),
        });
    }
    all.destinations.sort_by(|a, b| b.flows.cmp(&a.flows).then_with(|| a.remote.cmp(&b.remote)));
    if flows.observed.iter().any(|one| !one.runtime_ace.is_empty()) {
        all.agreement = Some(compare(profile, names, flows));
    }
    all
}

/// Flows to or from one place with one verdict.
pub(super) struct Group<'a> {
    pub(super) remote: String,
    pub(super) direction: Direction,
    pub(super) protocol: u8,
    pub(super) verdict: Verdict,
    pub(super) flows: Vec<&'a Observed>,
}

/// All flows of a file, grouped by place and verdict, in the order of their names.
pub(super) fn groups<'a>(profile: &Profile, names: &Names, flows: &'a Flows) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Vec<&Observed>> = BTreeMap::new();
    for one in &flows.observed {
        let remote = names.of(one.remote).map_or_else(|| one.remote.to_string(), str::to_owned);
        groups
            .entry((remote, one.direction, one.protocol, judge(profile, names, one)))
            .or_default()
            .push(one);
    }
    groups
        .into_iter()
        .map(|((remote, direction, protocol, verdict), flows)| Group {
            remote,
            direction,
            protocol,
            verdict,
            flows,
        })
        .collect()
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Denied { .. } | Verdict::NoEntry { .. } => "not accepted",
        Verdict::Undecided { .. } => "undecided",
    }
}

fn compare(profile: &Profile, names: &Names, flows: &Flows) -> Agreement {
    let mut agreement = Agreement::default();
    for one in &flows.observed {
        let there = Needed::parse(&one.runtime_ace).and_then(|needed| needed.is_covered(profile, names));
        let here = judge(profile, names, one);
        match (word(&here), there) {
            (_, None) => agreement.no_answer_there += 1,
            ("accepted", Some(true)) => agreement.both_accept += 1,
            ("not accepted", Some(false)) => agreement.both_deny += 1,
            ("undecided", Some(true)) => agreement.undecided_accepted_there += 1,
            ("undecided", Some(false)) => agreement.undecided_denied_there += 1,
            _ => agreement.differ.push(Disagreement {
                line: one.line,
                here: here.to_string(),
                there: one.runtime_ace.clone(),
            }),
        }
    }
    agreement
}

/// What a protocol number is called.
pub(super) fn protocol_name(protocol: u8) -> String {
    match protocol {
        1 => "icmp".into(),
        2 => "igmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        58 => "icmpv6".into(),
        other => format!("protocol {other}"),
    }
}

impl Replay {
    /// The whole as a page of text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let Self { profile, file, flows, accepted, not_accepted, undecided, .. } = self;
        let _ = writeln!(out, "{flows} flows of {file} against the profile of {profile}");
        let _ = writeln!(out, "{accepted} accepted · {not_accepted} not accepted · {undecided} undecided\n");
        for kind in ["not accepted", "undecided", "accepted"] {
            // Undecided flows with one reason are one line, however many addresses they went to.
            let mut lines: Vec<(&Destination, usize, usize)> = Vec::new();
            for one in self.destinations.iter().filter(|one| one.verdict == kind) {
                match lines.iter_mut().find(|(first, ..)| kind == "undecided" && first.why == one.why) {
                    Some((_, flows, others)) => (*flows, *others) = (*flows + one.flows, *others + 1),
                    None => lines.push((one, one.flows, 0)),
                }
            }
            for (first, flows, others) in lines {
                let _ = writeln!(out, "{kind:<12} {flows:>6}  {}", first.line(others));
            }
        }
        if *undecided > 0 && !self.names_not_told.is_empty() {
            let _ = writeln!(
                out,
                "\nA name cannot be looked up from a list of addresses. Tell which addresses these have (a file \
                 like /etc/hosts), and more is decided: {}",
                self.names_not_told.join(", ")
            );
        }
        if let Some(agreement) = &self.agreement {
            let _ = write!(out, "\n{}", agreement.text());
        }
        out
    }
}

impl Destination {
    /// Where to or from, and why, with so many other addresses of the same reason.
    fn line(&self, others: usize) -> String {
        let way = if self.direction == "from-device" { "to" } else { "from" };
        let mut ports: Vec<String> = self.remote_ports.iter().take(3).map(ToString::to_string).collect();
        if self.remote_ports.len() > 3 {
            ports.push("…".into());
        }
        let more = if others > 0 { format!(" and {others} addresses more") } else { String::new() };
        let (protocol, ports) = (protocol_name(self.protocol), ports.join(", "));
        format!("{way} {}{more} {protocol} {ports}: {}", self.remote, self.why)
    }
}

impl Agreement {
    /// The comparison in a few lines.
    pub fn text(&self) -> String {
        let mut out = String::from("against the entries the file itself names (runtime_ace):\n");
        let lines = [
            (self.both_accept, "accepted here and there"),
            (self.both_deny, "not accepted here nor there"),
            (self.undecided_accepted_there, "undecided here, accepted by the file's entry"),
            (self.undecided_denied_there, "undecided here, not accepted by the file's entry"),
            (
                self.no_answer_there,
                "without an answer there: the controller's address was not told, or no entry is named",
            ),
            (self.differ.len(), "judged differently"),
        ];
        for (count, what) in lines {
            let _ = writeln!(out, "{count:>6}  {what}");
        }
        for one in self.differ.iter().take(10) {
            let _ = writeln!(out, "        line {}: here {}; there `{}`", one.line, one.here, one.there);
        }
        out
    }
}
