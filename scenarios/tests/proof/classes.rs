//! Contract: a class of devices is more than a name. In the shipped hospital, devices of a class are given the
//! hardware, link, software and failures of the generic class of their kind, their role left as it is; then others
//! fare differently: other devices' messages, or people's care.

use crate::windows::changed;
use crate::{begin, finish};
use devices::class::{Kind, Role, class};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use sim::digest::Digest;
use sim::time::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The digest of what was recorded about each fleet, or group of people.
type ByGroup = BTreeMap<String, Digest>;

fn by_group(scenario: &Arc<Scenario>, strategy: &str) -> ByGroup {
    let mut groups = ByGroup::new();
    finish(begin(scenario, strategy), |fact, core| {
        let of = core.names.groups();
        let at = of.partition_point(|group| group.first <= fact.who.0).saturating_sub(1);
        let name = of.get(at).map_or("", |group| group.name.as_str());
        if !groups.contains_key(name) {
            groups.insert(name.to_owned(), Digest::default());
        }
        if let Some(digest) = groups.get_mut(name) {
            digest.add(fact, &core.names);
        }
    });
    groups
}

/// The generic class that a class would be if nothing were known of it.
fn generic_of(name: &str) -> &'static str {
    let class = class(name).expect("a class");
    let desk = ["workstation", "laptop", "thin-client"].iter().any(|desk| name.contains(desk));
    match class.role {
        Role::Act => "generic-actuator",
        Role::Sense => "generic-sensor",
        Role::Compute if desk => "generic-workstation",
        Role::Compute if class.kind == Kind::Iot => "generic-iot",
        Role::Safety => "generic-iot",
        Role::Compute | Role::Network => "generic-server",
    }
}

fn with_generic(scenario: &Scenario, name: &str) -> Arc<Scenario> {
    let known = class(name).expect("a class");
    let mut other = scenario.clone();
    for fleet in other.fleets.values_mut().filter(|fleet| fleet.class.value == name) {
        fleet.value.class.value = generic_of(name).to_owned();
        let settings = &mut fleet.value.settings.value.0;
        settings.insert("role".into(), toml::Value::try_from(known.role).expect("a word"));
        settings.insert("attached_to_patient".into(), known.attached_to_patient.into());
    }
    Arc::new(other)
}

/// Those of whom nobody else feels a difference, and why. Whoever gives one of them something to do for others strikes
/// it from this list.
const SAME: &[(&str, &str)] = &[
    ("access-switch", "carries nothing: a zone's cables are a latency, and nobody's messages end here"),
    ("bms-controller", "the generic actuator was modelled on it; what differs reaches nobody in these hours"),
    ("core-switch", "carries nothing, as access switches"),
    ("firewall", "carries nothing: a guarded conduit has an inspection station of its own"),
    ("laptop-tablet", "no flow begins or ends here, and its software is the generic one's"),
    (
        "nurse-call",
        "what differs moves its own calls by two milliseconds at most, behind which nobody waits in these hours",
    ),
    ("office-workstation", "is the generic workstation in every number"),
    ("patient-tv", "no flow begins or ends here, and the guests' zone has a way to suppliers only"),
    ("plant-plc", "what differs is its power and what it speaks, and only its own loops meet that"),
    (
        "power-controller",
        "what differs is its power and what it speaks, and nobody calls it but plant controllers",
    ),
    ("printer", "no flow begins or ends here, and its software is the generic one's"),
    ("server", "is the generic server in every number"),
    ("signage", "no flow begins or ends here, and the guests' zone has a way to suppliers only"),
    ("storage-hypervisor", "no flow begins or ends here: the servers on it do not fail with it"),
    ("thin-client", "no flow begins or ends here"),
    ("tube-station", "what differs is its processor, on which only its own messages wait"),
    ("wlan-controller", "access points do not ask it for anything"),
];

/// The hospital with its attackers at the door, its classes named by no selector.
fn hospital_of_fleets() -> Scenario {
    let products = [
        ("bedside-monitor", "bedside", r#"["icu-monitors", "step-monitors"]"#),
        ("wifi-access-point", "air", r#"["aps", "icu-aps", "office-aps"]"#),
        ("clinical-workstation", "desks", r#"["stations", "icu-stations", "lab-stations"]"#),
    ];
    let scenario = changed("classes", |path, text| {
        let mut text =
            text.replace(r#"after = "2 h", within = "12 h""#, r#"after = "1 min", within = "2 min""#);
        for (class, product, parts) in products {
            text = text.replace(&format!("class:{class}\""), &format!("product:{product}\""));
            if path == "hospital.toml" {
                text += &format!("\n[product.{product}]\nparts = {parts}\n");
            }
        }
        text
    });
    Scenario::clone(&scenario)
}

/// Whether anybody but the devices of this class fares differently when it is the generic one.
fn matters(scenario: &Scenario, name: &str, usual: &ByGroup, strategy: &str) -> bool {
    let other = by_group(&with_generic(scenario, name), strategy);
    let own = |group: &str| scenario.fleets.get(group).is_some_and(|fleet| fleet.class.value == name);
    let groups: BTreeSet<&String> = usual.keys().chain(other.keys()).collect();
    groups.into_iter().any(|group| !own(group) && usual.get(group) != other.get(group))
}

/// In an hour under the strategy that asks most of devices, or in three in which nothing stops the attackers.
#[test]
fn a_class_matters_to_others_or_is_the_generic_one_by_another_name() {
    let scenario = hospital_of_fleets();
    let classes: BTreeSet<String> = scenario.fleets.values().map(|fleet| fleet.class.value.clone()).collect();
    let mut left: Vec<String> = classes.into_iter().collect();
    assert!(left.len() > 50);
    for (strategy, hours) in [("zero-trust", 1), ("none", 3)] {
        let scenario = Scenario { horizon: Time(Span(hours * Span::HOUR.0)), ..scenario.clone() };
        let usual = by_group(&Arc::new(scenario.clone()), strategy);
        let (scenario, usual) = (&scenario, &usual);
        left = std::thread::scope(|scope| {
            let halves = left.chunks(left.len().div_ceil(2).max(1)).map(|half| {
                scope.spawn(move || {
                    let same = |name: &&String| !matters(scenario, name, usual, strategy);
                    half.iter().filter(same).cloned().collect::<Vec<String>>()
                })
            });
            let halves: Vec<_> = halves.collect();
            halves.into_iter().flat_map(|half| half.join().expect("both halves")).collect()
        });
    }
    let expected: Vec<&str> = SAME.iter().map(|same| same.0).collect();
    assert_eq!(left, expected);
}
