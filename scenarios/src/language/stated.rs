//! What a scenario states in numbers, and how far each may be trusted.

use super::list::OneOrMore;
use super::scenario::Scenario;
use super::source::Source;
use devices::crypto::Row;
use devices::parameters::{Confidence, Group};
use sim::law::Law;

/// The numbers of one thing of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The thing, by section and name: `flow.dose-order`.
    pub key: String,
    /// What its numbers are about.
    pub group: Group,
    /// Its numbers, in words.
    pub value: String,
    /// Where they come from; of several sources each.
    pub source: String,
    /// As far as the least of the sources may be trusted; without one they are assumptions.
    pub confidence: Confidence,
}

impl Stated {
    fn new(section: &str, name: &str, group: Group, source: &OneOrMore<Source>, value: String) -> Self {
        let texts: Vec<&str> = source.iter().map(|one| one.text.as_str()).collect();
        let source_text = match texts.is_empty() {
            true => "the scenario states it without a source".to_owned(),
            false => texts.join("; "),
        };
        let confidence = Source::weakest(source.iter().map(|one| &one.value));
        Self { key: format!("{section}.{name}"), group, value, source: source_text, confidence }
    }
}

fn law(law: &Law) -> String {
    match *law {
        Law::Fixed(seconds) => format!("{seconds} s"),
        Law::Lognormal { median, .. } => format!("lognormal, median {median} s"),
        Law::Uniform { low, high } => format!("{low} to {high} s"),
        Law::Exponential { .. } | Law::Triangular { .. } | Law::Weibull { .. } => {
            format!("{} s on average", law.mean())
        }
    }
}

/// Everything that a scenario states in numbers of its own: flows, conduits, services, people and happenings.
pub fn stated(scenario: &Scenario) -> Vec<Stated> {
    let mut all = Vec::new();
    for (name, flow) in &scenario.flows {
        let deadline = flow.deadline.as_ref().map(|time| format!(", in time within {} s", time.0.seconds()));
        let every = match (&flow.every, &flow.answers) {
            (Some(every), _) => format!("every {}", law(&every.value.0)),
            (None, Some(answers)) => format!("one in {} of {}", answers.one_in.value, answers.flow.value),
            (None, None) => "no clock".to_owned(),
        };
        let value = format!("{every}, {} B{}", flow.size.value.0, deadline.unwrap_or_default());
        all.push(Stated::new("flow", name, Group::Flows, &flow.source, value));
    }
    for (name, conduit) in &scenario.conduits {
        let width =
            conduit.bandwidth.map_or("no limit".to_owned(), |bandwidth| format!("{} bit/s", bandwidth.0));
        let value = format!("latency {}, {width}", law(&conduit.latency.0));
        all.push(Stated::new("conduit", name, Group::Latencies, &conduit.source, value));
    }
    for (name, medium) in &scenario.media {
        let radius = medium.radius.as_ref().map_or(0.0, |radius| radius.value.0);
        let value = format!("{} within {radius} m", medium.radio.value);
        all.push(Stated::new("medium", name, Group::Latencies, &medium.source, value));
    }
    for (name, service) in &scenario.services {
        let outage =
            |one: &super::laws::Episodes| format!("down {}, {} a year", law(&one.lasts), one.per_year);
        let mut parts: Vec<String> = service.outage.iter().map(|one| outage(one)).collect();
        parts.extend(service.response.map(|response| format!("answers in {}", law(&response.0))));
        if !parts.is_empty() {
            all.push(Stated::new("service", name, Group::Happenings, &service.source, parts.join("; ")));
        }
    }
    for (name, people) in &scenario.people {
        let mut parts = vec![people.count.value.0.to_string()];
        parts.extend(people.response.map(|time| format!("respond in {}", law(&time.0))));
        parts.extend(people.handling.map(|time| format!("busy for {}", law(&time.0))));
        all.push(Stated::new("people", name, Group::People, &people.source, parts.join(", ")));
    }
    for (name, happening) in &scenario.happenings {
        let value = match &happening.timing {
            super::event::Timing::At(_) => "once, at a set time".to_owned(),
            super::event::Timing::Rate(rate) => format!("{} per second", rate.0),
        };
        all.push(Stated::new("happening", name, Group::Happenings, &happening.source, value));
    }
    for row in scenario.costs.iter().flat_map(|costs| costs.laid()) {
        let time = match (row.cycles_per_byte, row.cycles) {
            (Some(slope), _) => format!("{} cycles and {slope} a byte", row.fixed_cycles.unwrap_or_default()),
            (None, cycles) => format!("{} cycles", cycles.unwrap_or_default()),
        };
        all.push(Stated {
            key: measured(row),
            group: Group::Crypto,
            value: format!("{time}, of {} on {}", row.implementation, row.platform),
            source: format!("measured, not of the catalogue: {}", row.source),
            confidence: row.confidence,
        });
    }
    all
}

/// The key of a cost that was measured on a machine.
pub fn measured(row: &Row) -> String {
    format!("costs.{}.{}.{}", row.scheme, row.act, row.core)
}
