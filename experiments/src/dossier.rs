//! What a report needs to know of the scenario: the place, the numbers that were read, what the models leave out.

use crate::run::RunOutcome;
use devices::class::{Source, class};
use devices::parameters::{Confidence, Distribution, Group, Parameter as Row, Parameters, Value};
use devices::radio::profile::radio;
use reports::dossier::{
    ControlEntry, Cost, Dossier, FleetEntry, ModelEntry, Parameter, Refusal, Trust, ZoneEntry,
};
use scenarios::controls;
use scenarios::language::flow::Flow;
use scenarios::language::stated::{Stated, stated};
use scenarios::language::{Item, Scenario};
use std::collections::BTreeMap;

/// Every model's file, what it is, and where it differs from the real thing; collected from the sources.
const MODELS: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// What is known before anything is run.
pub fn of_scenario(scenario: &Scenario, strategies: &[String]) -> Dossier {
    let mut devices: BTreeMap<&str, u64> = BTreeMap::new();
    let mut classes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for fleet in scenario.fleets.values() {
        *devices.entry(&fleet.zone).or_default() += u64::from(fleet.count());
        *classes.entry((&fleet.zone, &fleet.class)).or_default() += u64::from(fleet.count());
    }
    let zone =
        |(name, zone): (&String, &scenarios::language::scenario::Item<scenarios::language::place::Zone>)| {
            ZoneEntry {
                name: name.clone(),
                purdue_level: Some(zone.purdue_level.0),
                devices: devices.get(name.as_str()).copied().unwrap_or(0),
            }
        };
    let fleet = |((zone, class), count): ((&str, &str), u64)| FleetEntry {
        class: class.to_owned(),
        zone: zone.to_owned(),
        count,
    };
    Dossier {
        zones: scenario.zones.iter().map(zone).collect(),
        fleet: classes.into_iter().map(fleet).collect(),
        parameters: stated(scenario).into_iter().map(of_stated).collect(),
        models: models(scenario, strategies),
        controls: controls_of(scenario, strategies),
        costs: Vec::new(),
        refusals: refusals(scenario),
    }
}

/// Why flows are not declared, where the scenario says so.
pub fn refusals(scenario: &Scenario) -> Vec<Refusal> {
    let one = |(name, flow): (&String, &Item<Flow>)| {
        let reason = flow.undeclared_because.as_ref()?.value.clone();
        Some(Refusal { flow: name.clone(), control: controls::ENFORCES_LIST.to_owned(), reason })
    };
    scenario.flows.iter().filter_map(one).collect()
}

/// A number that stands in the scenario.
fn of_stated(one: Stated) -> Parameter {
    Parameter {
        meaning: "as the scenario states it".to_owned(),
        value: one.value,
        unit: String::new(),
        range: String::new(),
        source: one.source,
        confidence: trust(one.confidence),
        group: group_name(one.group).to_owned(),
        moves_answer: None,
        key: one.key,
    }
}

/// What is said of a number of a device class, by its key `class.NAME.FIELD`, or of a radio, `radio.NAME.FIELD`.
fn said(key: &str) -> Option<String> {
    let text = |source: &Source| match source {
        Source::Said(_, text) => Some(text.clone()),
        Source::Parameter(_) => None,
    };
    if let Some((name, field)) = key.strip_prefix("radio.").and_then(|key| key.split_once('.')) {
        return radio(name).ok()?.sources().find(|known| known.0 == field).and_then(|known| text(known.1));
    }
    let (name, field) = key.strip_prefix("class.")?.split_once('.')?;
    text(class(name).ok()?.source(field)?)
}

/// The numbers that these runs read, each once, by name: of the shipped tables, of device classes, and of `stated`,
/// which the scenario states.
pub fn parameters(stated: &[Parameter], runs: &[RunOutcome]) -> Vec<Parameter> {
    let read: BTreeMap<&str, (Group, Confidence)> = runs
        .iter()
        .flat_map(|run| &run.read)
        .map(|(key, group, trust)| (key.as_str(), (*group, *trust)))
        .collect();
    let table = Parameters::shipped().ok();
    let one = |(key, (group, confidence)): (&str, (Group, Confidence))| {
        if let Some(stated) = stated.iter().find(|one| one.key == key) {
            return stated.clone();
        }
        let row = table.and_then(|table| table.get(key).ok());
        Parameter {
            key: key.to_owned(),
            meaning: row.map_or_else(String::new, |row| row.meaning.clone()),
            value: row.map_or_else(String::new, value),
            unit: row.map_or_else(String::new, |row| row.unit.clone()),
            range: row.map_or_else(String::new, range),
            source: row.map_or_else(|| said(key).unwrap_or_default(), |row| row.source.clone()),
            confidence: trust(confidence),
            group: group_name(group).to_owned(),
            moves_answer: None,
        }
    };
    read.into_iter().map(one).collect()
}

/// What the strategies took of people's time, as means over their runs.
pub fn costs(strategies: &[String], runs: &[RunOutcome]) -> Vec<Cost> {
    let mut costs = Vec::new();
    for strategy in strategies {
        let own = || runs.iter().filter(|run| run.strategy == *strategy);
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (group, time) in own().flat_map(|run| &run.staff) {
            *sums.entry(group).or_default() += time;
        }
        costs.extend(sums.into_iter().map(|(group, time)| Cost {
            strategy: strategy.clone(),
            what: format!("work that its controls give to {group}"),
            amount: time as f64 / (3.6e12 * own().count() as f64),
            unit: "h per run".to_owned(),
            source: "simulated".to_owned(),
        }));
    }
    costs
}

fn value(row: &Row) -> String {
    let value = match &row.value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    };
    match row.distribution {
        Distribution::Lognormal => format!("lognormal, median {value}"),
        Distribution::Uniform => "uniform over its range".to_owned(),
        Distribution::LogUniform => "uniform in the logarithm over its range".to_owned(),
        Distribution::Triangular => format!("triangular, mode {value}"),
        _ => value,
    }
}

fn range(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("from {low}"),
        (None, Some(high)) => format!("to {high}"),
        (None, None) => String::new(),
    }
}

/// A number computed from others is as good as a secondary document: its arithmetic can be checked, its inputs
/// have rows of their own.
fn trust(confidence: Confidence) -> Trust {
    match confidence {
        Confidence::High => Trust::High,
        Confidence::Medium | Confidence::Derived => Trust::Medium,
        Confidence::Low => Trust::Low,
        Confidence::FromMemory => Trust::FromMemory,
        Confidence::Assumption => Trust::Assumption,
    }
}

/// The name of a group, as reports print it.
pub fn group_name(group: Group) -> &'static str {
    match group {
        Group::Fleet => "fleet",
        Group::Flows => "flows",
        Group::Latencies => "latencies",
        Group::People => "people",
        Group::Attackers => "attackers",
        Group::Crypto => "crypto",
        Group::Controls => "controls",
        Group::Happenings => "happenings",
    }
}

fn controls_of(scenario: &Scenario, strategies: &[String]) -> Vec<ControlEntry> {
    let uses = |name: &&String, id: &str| {
        let control = scenario.strategies.get(*name).and_then(|strategy| strategy.control(id));
        control.is_some_and(|control| !control.uses.is_empty())
    };
    let one = |def: &controls::ControlDef| {
        let by: Vec<String> = strategies.iter().filter(|name| uses(name, def.id)).cloned().collect();
        (!by.is_empty()).then(|| ControlEntry {
            id: def.id.to_owned(),
            title: def.title.to_owned(),
            strategies: by,
        })
    };
    controls::ALL.iter().filter_map(one).collect()
}

/// The models that take part. Controls, happenings, adversaries, patients and plants do so when the scenario names
/// them; everything else always does.
fn models(scenario: &Scenario, strategies: &[String]) -> Vec<ModelEntry> {
    let controls = controls_of(scenario, strategies);
    let takes_part = |path: &str| {
        let name = file_name(path);
        let in_folder = |folder: &str| path.starts_with(folder);
        if in_folder("scenarios/src/controls/") {
            controls.iter().any(|control| control.id == name)
        } else if in_folder("scenarios/src/happenings/") {
            scenario.happenings.values().any(|happening| happening.def.id == name)
        } else if in_folder("scenarios/src/campaigns/") {
            scenario.campaigns.values().any(|campaign| campaign.def.id == name)
        } else if in_folder("scenarios/src/attack/") || in_folder("scenarios/src/techniques/") {
            !scenario.campaigns.is_empty()
        } else if in_folder("scenarios/src/care/") {
            scenario.people.values().any(|people| people.are_cared_for())
        } else if in_folder("devices/src/plant/") {
            !scenario.plants.is_empty()
        } else {
            !in_folder("scenarios/src/import/")
        }
    };
    let entry = |&(path, what, differs): &(&str, &str, &str)| ModelEntry {
        name: file_name(path),
        what: what.to_owned(),
        leaves_out: sentences(differs),
    };
    MODELS.iter().filter(|model| takes_part(model.0)).map(entry).collect()
}

/// The name of what a file holds: its own, or its folder's for a `mod.rs`.
fn file_name(path: &str) -> String {
    let path = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs")).unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path).replace('_', "-")
}

/// Whole sentences; one ends where a full stop is followed by a capital.
fn sentences(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split_inclusive(". ") {
        let begins = part.chars().next().is_some_and(|first| first.is_uppercase() || first == '`');
        match found.last_mut() {
            Some(last) if !begins => last.push_str(part),
            _ => found.push(part.to_owned()),
        }
    }
    found.iter().map(|sentence| sentence.trim().to_owned()).filter(|sentence| !sentence.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_say_what_they_are_and_what_they_leave_out() {
        assert!(MODELS.len() > 3, "{}", MODELS.len());
        for (path, what, differs) in MODELS {
            assert!(!what.is_empty() && differs.ends_with('.'), "{path}: {differs}");
        }
    }

    #[test]
    fn an_abbreviation_ends_no_sentence() {
        assert_eq!(sentences("It is e.g. small. No queue."), ["It is e.g. small.", "No queue."]);
        assert_eq!(file_name("devices/src/crypto/mod.rs"), "crypto");
        assert_eq!(file_name("scenarios/src/controls/unique_identity.rs"), "unique-identity");
    }
}
