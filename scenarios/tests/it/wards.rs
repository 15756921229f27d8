//! A page of wards, their pump server and the office network: every line of it is understood.

use scenarios::language::load::{Loaded, Source, load};
use scenarios::language::{Member, Selector};
use scenarios::{controls, happenings};
use sim::law::Law;
use sim::time::Span;

const WARDS: &str = include_str!("wards.toml");

/// The page has nobody to monitor the patients with, and no device that only measures: two warnings.
fn load_wards(text: &str) -> Loaded {
    let loaded = load(&Source::text("wards.toml", text));
    let messages: Vec<&str> = loaded.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["`class:bedside-monitor` selects no device", "`role:sense` selects no device"]);
    assert!(loaded.may_run());
    loaded
}

fn wards() -> Loaded {
    load_wards(WARDS)
}

#[test]
fn every_line_is_clean_and_every_number_is_in_si() {
    let wards = wards().scenario;
    assert_eq!(wards.horizon.0, Span::DAY);
    assert_eq!(wards.zones["wards"].target_level.vector(), [2, 2, 2, 1, 2, 1, 3]);
    assert_eq!(wards.conduits["wards-servers"].bandwidth.map(|one| one.0), Some(1e9));
    let Law::Lognormal { median, min, .. } = wards.conduits["wards-servers"].latency.0 else { panic!() };
    assert_eq!((median, min), (0.004, 0.0005));
    assert_eq!(wards.fleets["pumps"].count(), 408);
    assert_eq!(wards.devices(), 408 + 24 + 2 + 300);
    let order = &wards.flows["dose-order"];
    assert_eq!(order.every.as_ref().map(|every| every.0), Some(Law::Exponential { mean: 43_200.0 }));
    assert_eq!((order.size.0, order.deadline.as_ref().unwrap().0), (1200, Span(10 * Span::SECOND.0)));
    assert_eq!(wards.services["ehr"].outage[0].per_year, 1.07);
    assert_eq!(wards.campaigns["crew"].starts.within.unwrap().0, Span(12 * Span::HOUR.0));
    assert_eq!(wards.compare.primary(), "harm");
}

#[test]
fn settings_come_out_in_the_type_of_their_owner() {
    let wards = wards().scenario;
    let surge = wards.happenings["surge"].settings.get::<happenings::MassCasualty>().unwrap();
    assert_eq!(surge.arrivals.patients.0, 54);
    let checklist = &wards.strategies["checklist"];
    let lockout = checklist.control("lockout").unwrap().uses[0].settings.get::<controls::Lockout>().unwrap();
    assert_eq!(lockout.lasts.stated().unwrap().0, Span(30 * Span::MINUTE.0));
    let quarantine = checklist.control("quarantine").unwrap();
    let quarantine = quarantine.uses[0].settings.get::<controls::Quarantine>().unwrap();
    assert_eq!(quarantine.release.parameter(), Some("autoquarantine.release_time"));
}

#[test]
fn the_most_specific_use_rules_and_a_conduit_gets_a_tunnel() {
    let wards = wards().scenario;
    let encryption = wards.strategies["risk-based"].control("encryption").unwrap();
    let products = wards.products_of("pumps");
    let pumps = wards.member("pumps", &products).unwrap();
    let ruling = encryption.ruling(&pumps, 1).unwrap();
    assert_eq!(ruling.settings.get::<controls::Encryption>().unwrap().suite.value, "ascon-aead128");
    let office = wards.member("office", &[]).unwrap();
    assert!(encryption.ruling(&office, 1).is_none());
    let tunnel = encryption.uses.iter().find(|one| one.is_on_conduit("enterprise-servers")).unwrap();
    assert_eq!(tunnel.settings.get::<controls::Encryption>().unwrap().suite.value, "tls13-x25519mlkem768");
}

#[test]
fn selectors_find_their_fleets() {
    let wards = wards().scenario;
    for (text, fleets) in [
        ("class:infusion-pump", vec!["pumps"]),
        ("zone:wards", vec!["pumps", "ward-ap"]),
        ("product:smart-pump", vec!["pump-server", "pumps"]),
        ("role:act", vec!["pumps"]),
        ("everything", vec!["office", "pump-server", "pumps", "ward-ap"]),
        ("device:pumps/408", vec!["pumps"]),
    ] {
        assert_eq!(wards.selected(&Selector::parse(text).unwrap()), fleets, "{text}");
    }
    let _: Option<Member<'_>> = wards.member("nobody", &[]);
}

#[test]
fn strategies_keep_the_order_of_the_file_and_take_over_what_they_do_not_state() {
    let more = format!(
        "{WARDS}\n[strategy.tighter]\nbased_on = \"checklist\"\nlockout = []\n\
         quarantine = [{{ on = \"everything\", by = \"analyst\" }}]\n"
    );
    let loaded = load_wards(&more);
    let names: Vec<&str> = loaded.scenario.strategies.keys().map(String::as_str).collect();
    assert_eq!(names, ["none", "checklist", "risk-based", "tighter"]);
    let tighter = &loaded.scenario.strategies["tighter"];
    let held: Vec<&str> = tighter.uses.iter().map(|control| control.def.id).collect();
    assert_eq!(held, ["quarantine", "encryption", "patching"]);
    let by =
        tighter.control("quarantine").unwrap().uses[0].settings.get::<controls::Quarantine>().unwrap().by;
    assert_eq!(by, controls::Isolator::Analyst);
}
