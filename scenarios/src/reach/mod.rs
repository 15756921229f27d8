//! Who reaches whom: zones, conduits and their lists as one table.
//!
//! Routes of legitimate messages are laid by it, attempts travel on routes laid by it, and the checks ask it of flows
//! that cannot pass: there is no second truth. Whoever calls takes the way with the fewest conduits of those whose
//! lists all accept the call; if there is none, the way with the fewest conduits, up to the list that does not. So
//! whatever makes a conduit stricter takes ways away and never adds one.
//!
//! # Differs from the real thing
//! A list names fleets and protocols, not addresses and ports. Routing knows the lists: nobody is sent into a firewall
//! that refuses him where another way is open. A stateful list never forgets a call and holds any number of them.

mod gate;

pub use gate::{Call, Gate, Manner, Refusal, Speaks};

use crate::language::flow::Flow;
use crate::language::list::OneOrMore;
use crate::language::scenario::Scenario;
use crate::language::selector::Selector;
use ::devices::protocol::ProtocolId;
use std::collections::{BTreeMap, BTreeSet};

/// Conduits on a way, each with the end at which it is entered.
pub type Passage = Vec<(u16, u8)>;

/// The way of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The conduits, with the end at which each is entered.
    pub conduits: Passage,
    /// The first of them whose list does not accept the call, by its place among these, and why.
    pub refused: Option<(usize, Refusal)>,
}

/// Everything that decides who reaches whom. Fleets, with services among them, zones and conduits are numbered in the
/// order of their names.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    fleets: Vec<String>,
    zone_of: Vec<u16>,
    zones: Vec<String>,
    outside: Vec<bool>,
    gates: Vec<Gate>,
    /// What each flow talks by, and who began.
    talks: Vec<(Option<ProtocolId>, Manner)>,
}

impl Tables {
    /// The tables of a scenario; what it names that is not there joins nothing.
    pub fn of(scenario: &Scenario) -> Self {
        let zones: Vec<String> = scenario.zones.keys().cloned().collect();
        let zone = |name: &str| zones.binary_search_by(|own| own.as_str().cmp(name)).ok().map(|at| at as u16);
        let names: BTreeSet<&String> = scenario.fleets.keys().chain(scenario.services.keys()).collect();
        let fleets: Vec<String> = names.into_iter().cloned().collect();
        let zone_of = fleets.iter().map(|name| scenario.zone_of(name).and_then(zone).unwrap_or(u16::MAX));
        let mut tables = Self {
            zone_of: zone_of.collect(),
            outside: scenario.zones.values().map(|zone| zone.outside).collect(),
            fleets,
            gates: Vec::new(),
            zones: Vec::new(),
            talks: scenario.flows.values().map(|flow| talk(scenario, flow)).collect(),
        };
        let gates = scenario.conduits.values().map(|conduit| {
            let ends = [0, 1].map(|end: usize| zone(&conduit.between[end]).unwrap_or(u16::MAX));
            Gate::of(conduit, ends, |ends| tables.selected(scenario, ends), |name| tables.fleet(name))
        });
        let gates = gates.collect();
        (tables.gates, tables.zones) = (gates, zones);
        tables
    }

    /// What the messages of a flow are, by its number.
    pub fn talk(&self, flow: u16) -> (Option<ProtocolId>, Manner) {
        self.talks.get(usize::from(flow)).copied().unwrap_or((None, Manner::Calls))
    }

    /// The number of a fleet or service.
    pub fn fleet(&self, name: &str) -> Option<u16> {
        self.fleets.binary_search_by(|own| own.as_str().cmp(name)).ok().map(|at| at as u16)
    }

    /// The name of a fleet or service.
    pub fn name(&self, fleet: u16) -> &str {
        self.fleets.get(usize::from(fleet)).map_or("", String::as_str)
    }

    /// The name of a fleet's zone.
    pub fn zone_name(&self, fleet: u16) -> &str {
        let zone = self.zone_of.get(usize::from(fleet)).and_then(|&zone| self.zones.get(usize::from(zone)));
        zone.map_or("", String::as_str)
    }

    /// How many fleets and services there are.
    pub const fn fleets(&self) -> u16 {
        self.fleets.len() as u16
    }

    /// The fleets and services that some ends of a flow stand for.
    pub fn selected(&self, scenario: &Scenario, ends: &OneOrMore<Selector>) -> BTreeSet<u16> {
        let ends = ends.iter().flat_map(|end| scenario.ends(end));
        ends.filter_map(|end| self.fleet(end.name())).collect()
    }

    /// A conduit.
    pub fn gate(&self, conduit: u16) -> Option<&Gate> {
        self.gates.get(usize::from(conduit))
    }

    /// Whether any conduit lets some calls pass and others not.
    pub fn is_selective(&self) -> bool {
        self.gates.iter().any(Gate::is_selective)
    }

    /// The way with the fewest conduits from a zone to every zone that it reaches over conduits that are `open`; their
    /// order by name settles ties. What others run is an end of a way, never a part of it: no site lets its zones meet
    /// at a supplier's.
    pub fn ways(&self, start: u16, open: impl Fn(u16, u8) -> bool) -> BTreeMap<u16, Passage> {
        let outside = |zone: u16| self.outside.get(usize::from(zone)).copied().unwrap_or_default();
        let mut reached: BTreeMap<u16, Passage> = BTreeMap::from([(start, Vec::new())]);
        let mut edge = vec![start];
        while !edge.is_empty() {
            let mut next = Vec::new();
            for zone in edge.into_iter().filter(|&zone| zone == start || !outside(zone)) {
                for (at, gate) in (0..).zip(&self.gates) {
                    let Some((end, to)) = gate.leads_from(zone) else { continue };
                    if reached.contains_key(&to) || !open(at, end) {
                        continue;
                    }
                    let mut way = reached.get(&zone).cloned().unwrap_or_default();
                    way.push((at, end));
                    reached.insert(to, way);
                    next.push(to);
                }
            }
            edge = next;
        }
        reached
    }

    /// The way of a call; none where no conduits lead there at all.
    pub fn way(&self, call: &Call) -> Option<Way> {
        let [from, to] = [call.from, call.to].map(|fleet| self.zone_of.get(usize::from(fleet)));
        let (from, to) = (*from?, *to?);
        let judge = |(at, end): (u16, u8)| self.gates[usize::from(at)].judge(call, end);
        if let Some(conduits) = self.ways(from, |at, end| judge((at, end)).is_ok()).remove(&to) {
            return Some(Way { conduits, refused: None });
        }
        let conduits = self.ways(from, |_, _| true).remove(&to)?;
        let refusal = |(nth, &hop): (usize, &(u16, u8))| Some((nth, judge(hop).err()?));
        let refused = conduits.iter().enumerate().find_map(refusal);
        Some(Way { conduits, refused })
    }

    /// The jump hosts that somebody must log in by who calls from one fleet to another by this protocol, in order.
    pub fn jumps(&self, from: u16, to: u16, by: Option<ProtocolId>) -> Vec<u16> {
        let interactive = by.and_then(ProtocolId::get).is_some_and(|own| own.interactive);
        let zones = [from, to].map(|fleet| self.zone_of.get(usize::from(fleet)));
        let ([Some(&start), Some(end)], true) = (zones, interactive) else { return Vec::new() };
        let way = self.ways(start, |_, _| true).remove(end).unwrap_or_default();
        let mut jumps: Vec<u16> = Vec::new();
        for jump in way.iter().filter_map(|&(at, _)| self.gates[usize::from(at)].jump()) {
            if jump != from && jump != to && !jumps.contains(&jump) {
                jumps.push(jump);
            }
        }
        jumps
    }

    /// The calls of a flow, leg by leg: from each fleet that may send to each that may be next.
    pub fn calls(&self, scenario: &Scenario, flow: &Flow) -> Vec<Call> {
        let asked = asked(scenario, flow);
        let (by, manner) = talk(scenario, flow);
        let mut stops = vec![self.selected(scenario, &asked.from)];
        stops.extend(asked.via.iter().filter_map(|name| Some(BTreeSet::from([self.fleet(name)?]))));
        stops.push(self.selected(scenario, &asked.to));
        let mut legs: Vec<[BTreeSet<u16>; 2]> =
            stops.windows(2).map(|leg| [leg[0].clone(), leg[1].clone()]).collect();
        // Who stands in for the first authority sends by itself.
        let others = flow.else_from.iter().filter_map(|name| self.fleet(name));
        legs.extend(others.map(|other| [BTreeSet::from([other]), self.selected(scenario, &asked.to)]));
        let mut calls = Vec::new();
        for leg in &legs {
            for (&from, &to) in leg[0].iter().flat_map(|from| leg[1].iter().map(move |to| (from, to))) {
                let jumps = self.jumps(from, to, by);
                let way: Vec<u16> = [from].into_iter().chain(jumps).chain([to]).collect();
                calls.extend(way.windows(2).map(|pair| match manner {
                    Manner::Replies => Call { from: pair[1], to: pair[0], by: Speaks::Protocol(by), manner },
                    _ => Call { from: pair[0], to: pair[1], by: Speaks::Protocol(by), manner },
                }));
            }
        }
        calls
    }

    /// Whether an adversary on a device of one fleet reaches devices of another: by typing secrets, or by what is weak.
    pub fn reaches(&self, from: u16, to: u16, by: Speaks) -> bool {
        let call = Call { from, to, by, manner: Manner::Calls };
        self.way(&call).is_some_and(|way| way.refused.is_none())
    }

    /// The fleets that an adversary comes to who starts in one and takes whatever he reaches.
    pub fn closure(&self, start: u16, by: Speaks) -> BTreeSet<u16> {
        let mut held = BTreeSet::from([start]);
        let mut edge = vec![start];
        while let Some(from) = edge.pop() {
            for to in 0..self.fleets() {
                if !held.contains(&to) && self.reaches(from, to, by) {
                    held.insert(to);
                    edge.push(to);
                }
            }
        }
        held
    }
}

/// The flow that a flow answers, or itself.
fn asked<'s>(scenario: &'s Scenario, flow: &'s Flow) -> &'s Flow {
    let answers = flow.answers.as_ref().and_then(|own| scenario.flows.get(&own.flow.value));
    answers.map_or(flow, |asked| &asked.value)
}

/// What a flow talks by, and who began: a reply talks as what it answers does.
fn talk(scenario: &Scenario, flow: &Flow) -> (Option<ProtocolId>, Manner) {
    let manner = if flow.answers.is_some() { Manner::Replies } else { Manner::Calls };
    (asked(scenario, flow).talks_by(), manner)
}
