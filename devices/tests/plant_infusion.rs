//! The contract of the infusion plant: where windows end changes no bit, reading changes no bit, the look ahead
//! finds the very scan that scanning would, what is not a number stays where it came in, and every harmed cell is
//! charged to the nanosecond.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use devices::plant::constants::Constants;
use devices::plant::crossing::Limit;
use devices::plant::grid::Grid;
use devices::plant::harm::Harm;
use devices::plant::infusion::{Faulty, Infusion};
use devices::plant::person::{Drug, Person, STEP};
use devices::plant::therapy::{Button, Press, Programme};
use devices::plant::twin::{Charged, Input, Side, Twin};
use sim::luck::{Draws, Luck, member, name_hash};
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

fn second(n: u64) -> SimTime {
    SimTime(n * Span::SECOND.0)
}

fn minute(n: u64) -> SimTime {
    second(60 * n)
}

fn typical(drug: Drug) -> Infusion {
    let patient = Person::TYPICAL.patient(&Constants::opioid().unwrap(), drug).unwrap();
    Infusion::new(patient, SimTime::ZERO)
}

fn luck(purpose: &str) -> Draws {
    Luck { seed: 11, replication: 0 }.purpose(purpose)
}

fn bits(infusion: &Infusion) -> [u64; 7] {
    let (modes, gases) = (infusion.body.modes, infusion.body.gases);
    let [a, b, c, d] = modes;
    [a, b, c, d, gases.arterial_co2, gases.centre_co2, gases.alveolar_o2].map(f64::to_bits)
}

#[test]
fn where_the_window_ends_changes_no_bit() {
    let mut once = typical(Drug::Remifentanil);
    once.set_rate(second(1), 3.5);
    let mut twice = once.clone();
    once.advance(second(20));
    twice.advance(second(7));
    twice.advance(second(20));
    assert_eq!(bits(&once), bits(&twice));
    assert_eq!(once, twice);
    for window in [1, 13, 60, 777] {
        let mut many = typical(Drug::Remifentanil);
        many.set_rate(second(1), 3.5);
        let mut to = 0;
        while to < 3_600 {
            many.advance(second(to));
            to += window;
        }
        many.advance(second(3_600));
        let mut one = once.clone();
        one.advance(second(3_600));
        assert_eq!(one, many, "windows of {window} s");
    }
}

#[test]
fn only_a_change_of_input_breaks_the_grid() {
    let mut plain = typical(Drug::Remifentanil);
    plain.set_rate(SimTime::ZERO, 3.5);
    let mut touched = plain.clone();
    touched.set_rate(SimTime(7_123_456_789), 3.5);
    touched.bolus(SimTime(8_123_456_789), 0.0);
    plain.advance(second(60));
    touched.advance(second(60));
    assert_eq!(plain, touched);
    touched.set_rate(SimTime(61_234_567_890), 7.0);
    assert_eq!(touched.now(), SimTime(61_234_567_890));
    touched.advance(second(67));
    assert_eq!(touched.now(), second(65));
}

#[test]
fn an_extra_read_changes_no_bit() {
    let mut read = typical(Drug::Fentanyl);
    read.bolus(second(3), 50.0);
    let mut unread = read.clone();
    for i in 0..5_000 {
        let _ = read.measure(SimTime(i * 777_777_777));
        read.advance(SimTime(i * 777_777_777));
    }
    unread.advance(SimTime(4_999 * 777_777_777));
    assert_eq!(bits(&read), bits(&unread));
    assert_eq!(read, unread);
}

#[test]
fn a_read_between_grid_instants_lies_between_them() {
    let mut infusion = typical(Drug::Remifentanil);
    infusion.set_rate(SimTime::ZERO, 35.0);
    let [before, between, after] =
        [60_000, 62_500, 65_000].map(|ms| infusion.measure(SimTime(ms * 1_000_000)));
    assert!(before.ce < between.ce && between.ce < after.ce);
    assert!(before.spo2 > between.spo2 && between.spo2 > after.spo2);
}

/// Random people, drugs, histories and limits; scans on and off the plant's grid. Measuring at every scan instant
/// must find the same one.
#[test]
fn the_look_ahead_finds_the_scan_that_scanning_would() {
    let constants = Constants::opioid().unwrap();
    let draws = luck("programmes");
    let (mut noticed, mut quiet) = (0, 0);
    for case in 0..400 {
        let unit = |occasion| draws.unit(case, occasion);
        let drug = if unit(0) < 0.5 { Drug::Remifentanil } else { Drug::Fentanyl };
        let person = Person::draw(&constants, luck("people"), case).unwrap();
        let patient = person.patient(&constants, drug).unwrap();
        let held = patient.comfort * patient.kinetics.compartments.clearance();
        let mut infusion = Infusion::settled(patient, SimTime::ZERO, held * unit(1));
        infusion.set_rate(SimTime((unit(2) * 3e11) as u64), held * 12.0 * unit(3) * unit(3) * unit(3));
        infusion
            .bolus(SimTime(300_000_000_000 + (unit(4) * 3e11) as u64), 150.0 * unit(5) * unit(5) * unit(5));
        let limit = match case % 4 {
            0 => Limit::SaturationBelow(0.85 + 0.08 * unit(6)),
            1 => Limit::CarbonDioxideAbove(48.0 + 20.0 * unit(6)),
            2 => Limit::VentilationBelow(2.0 + 4.0 * unit(6)),
            _ => Limit::EffectBelow(patient.comfort * unit(6)),
        };
        let scans = Grid {
            origin: SimTime((unit(7) * 1e9) as u64),
            step: Span((unit(8) * 4e10) as u64 + 1_000_000_000),
        };
        let horizon = infusion.now() + Span::HOUR;
        let mut scanned = infusion.clone();
        let mut expected = scans.at_or_after(infusion.now(), horizon);
        while let Some(at) = expected {
            scanned.advance(at);
            if limit.beyond(&scanned.measure(at)) {
                break;
            }
            expected = scans.next(at, horizon);
        }
        let got = infusion.next_noticed(limit, scans, infusion.now(), horizon);
        assert_eq!(got, expected, "case {case}: {limit:?}");
        if expected.is_some() { noticed += 1 } else { quiet += 1 }
    }
    assert!(noticed > 50 && quiet > 50, "{noticed} noticed, {quiet} quiet");
}

#[test]
fn a_crossing_is_the_first_grid_instant_on_the_other_side() {
    let mut infusion = typical(Drug::Remifentanil);
    infusion.set_rate(SimTime::ZERO, 35.0);
    let limit = Limit::SaturationBelow(0.90);
    let at = infusion.next_crossing(limit, minute(60)).unwrap();
    assert!(!limit.beyond(&infusion.measure(at - STEP)) && limit.beyond(&infusion.measure(at)));
    infusion.set_rate(at, 0.0);
    let back = infusion.next_crossing(limit, minute(60)).unwrap();
    assert!(limit.beyond(&infusion.measure(back - STEP)) && !limit.beyond(&infusion.measure(back)));
    let scans = Grid::every(Span(30 * Span::SECOND.0));
    assert_eq!(infusion.next_cleared(limit, scans, at, minute(60)), scans.at_or_after(back, minute(60)));
    infusion.advance(minute(60));
    let toll = infusion.toll(Harm::Hypoxaemia);
    assert_eq!((toll.first, toll.episodes), (Some(at), 1));
    assert_eq!(toll.time(STEP), back.since(at));
}

#[test]
fn what_is_not_a_number_stays_where_it_came_in() {
    let mut infusion = typical(Drug::Remifentanil);
    infusion.set_rate(SimTime::ZERO, 3.5);
    let mut healthy = infusion.clone();
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        infusion.set_rate(second(8), bad);
        infusion.bolus(second(9), bad);
    }
    infusion.advance(minute(5));
    healthy.advance(minute(5));
    assert_eq!(bits(&infusion), bits(&healthy));
    let fault = infusion.fault.unwrap();
    assert_eq!((fault.at, fault.what), (second(8), Faulty::Rate));

    infusion.body.gases.alveolar_o2 = f64::NAN;
    infusion.advance(minute(6));
    assert_eq!(infusion.fault.unwrap().what, Faulty::Oxygen);

    let mut flooded = typical(Drug::Fentanyl);
    flooded.set_rate(SimTime::ZERO, f64::MAX);
    flooded.bolus(second(1), f64::MAX);
    flooded.bolus(second(1), f64::MAX);
    flooded.bolus(second(2), f64::MAX);
    flooded.advance(minute(30));
    let vitals = flooded.measure(minute(31));
    assert!(
        [vitals.ce, vitals.ve_share, vitals.spo2, vitals.paco2].iter().all(|v| v.is_finite()),
        "{vitals:?}"
    );
    assert_eq!(flooded.next_crossing(Limit::SaturationBelow(0.5), minute(60)), None);
}

/// The parts of every harmed cell sum to the cell; a patient who got what they should is charged to nobody.
#[test]
fn every_harmed_cell_is_charged_to_the_nanosecond() {
    let draws = luck("twins");
    for case in 0..60 {
        let mut twin = Twin::new(Infusion::settled(typical(Drug::Remifentanil).patient, SimTime::ZERO, 3.0));
        let mut charged: BTreeMap<(Harm, SimTime), u64> = BTreeMap::new();
        let mut totals = [0_u64; 3];
        let mut at = 0;
        let mut charge = |at, harm, to, ns| {
            *charged.entry((harm, at)).or_default() += ns;
            totals[match to {
                Charged::Environment => 0,
                Charged::Cause(_) => 1,
                Charged::Avoided(_) => 2,
            }] += ns;
        };
        for turn in 0..20 {
            let unit = |occasion| draws.unit(case, 100 * turn + occasion);
            at += (unit(0) * 1.2e12) as u64;
            let (one, two) = (draws.below(4, case, 100 * turn + 7) + 1, 9);
            let causes = [one, two];
            let input = if unit(1) < 0.7 {
                Input::Rate((3.0 * (10.0 * unit(2)).floor()) * unit(3))
            } else {
                Input::Dose(50.0 * unit(2))
            };
            let side = match (unit(4) * 3.0) as u64 {
                0 => Side::Both,
                1 => Side::Real(&causes),
                _ => Side::Shadow(&causes[..1]),
            };
            twin.apply(SimTime(at), side, input, &mut charge);
        }
        twin.advance(SimTime(at) + Span::HOUR, &mut charge);
        assert!(charged.values().all(|ns| *ns == STEP.0), "case {case}");
        let real: u64 = Harm::ALL.into_iter().map(|harm| twin.real().toll(harm).time(STEP).0).sum();
        assert_eq!(totals[0] + totals[1], real, "case {case}");
    }
}

#[test]
fn a_patient_who_gets_what_they_should_is_charged_to_nobody_else() {
    let mut twin = Twin::new(Infusion::settled(typical(Drug::Remifentanil).patient, SimTime::ZERO, 3.0));
    let mut environment = 0;
    let mut charge = |_, _, to, ns| {
        assert_eq!(to, Charged::Environment);
        environment += ns;
    };
    for i in 0..20 {
        twin.apply(minute(10 * i), Side::Both, Input::Rate(f64::from(i as u32 % 3) * 9.0), &mut charge);
    }
    assert!(twin.agree() && environment > 0);
}

#[test]
fn a_command_that_comes_late_is_charged_to_the_delay_and_then_forgiven() {
    let mut twin = Twin::new(Infusion::settled(typical(Drug::Remifentanil).patient, SimTime::ZERO, 3.5));
    let mut charges: Vec<(SimTime, Harm, Charged, u64)> = Vec::new();
    let mut charge = |at, harm, to, ns| charges.push((at, harm, to, ns));
    const WORM: u64 = 5;
    const DELAY: u64 = 6;
    twin.apply(minute(10), Side::Real(&[WORM]), Input::Rate(35.0), &mut charge);
    twin.apply(minute(11), Side::Both, Input::Rate(3.5), &mut charge);
    assert!(!twin.agree());
    twin.advance(minute(200), &mut charge);
    assert!(twin.agree());
    twin.apply(minute(200), Side::Shadow(&[DELAY]), Input::Rate(0.0), &mut charge);
    twin.apply(minute(201), Side::Real(&[DELAY]), Input::Rate(0.0), &mut charge);
    twin.advance(minute(260), &mut charge);
    assert!(charges.iter().all(|(_, _, to, _)| !matches!(to, Charged::Cause(DELAY))));
    // Stopped a minute later, the real patient is spared about a minute of pain, and the rest would have been.
    let avoided: u64 = charges.iter().filter(|c| c.2 == Charged::Avoided(DELAY)).map(|c| c.3).sum();
    assert!((50..=70).contains(&(avoided / Span::SECOND.0)), "{avoided}");
}

/// What a day on the ordered therapy is like for many people: a patient on demand presses when the concentration
/// falls below comfort, looked at each half minute.
fn day(person: &Person, drug: Drug, factor: f64) -> Infusion {
    let constants = Constants::opioid().unwrap();
    let patient = person.patient(&constants, drug).unwrap();
    let ordered = Programme::ordered(&constants, person, &patient, drug).unwrap();
    let programme = ordered.times(factor);
    let (scans, end) = (Grid::every(Span(30 * Span::SECOND.0)), SimTime::ZERO + Span::DAY);
    let mut infusion = Infusion::settled(patient, SimTime::ZERO, ordered.settled_rate(&patient));
    infusion.set_rate(SimTime::ZERO, programme.rate);
    let mut button = Button::default();
    let mut from = SimTime::ZERO;
    while let Some(at) = (programme.demand.is_some())
        .then(|| infusion.next_noticed(Limit::EffectBelow(patient.comfort), scans, from, end))
        .flatten()
    {
        if let Press::Dose(dose) = button.press(&programme, at) {
            infusion.bolus(at, dose);
        }
        from = at + Span(30 * Span::SECOND.0);
        infusion.advance(at);
        from = button.ready(&programme, from);
    }
    infusion.advance(end);
    infusion
}

#[test]
fn the_ordered_therapy_seldom_hurts_and_a_slipped_decimal_does_within_minutes() {
    let constants = Constants::opioid().unwrap();
    for drug in [Drug::Remifentanil, Drug::Fentanyl] {
        let days = |factor: f64| -> Vec<Infusion> {
            let person = |i| Person::draw(&constants, luck("people"), member(name_hash("ward"), i)).unwrap();
            (0..200).map(|i| day(&person(i), drug, factor)).collect()
        };
        let (ordered, tenfold) = (days(1.0), days(10.0));
        let share = |harm: Harm| {
            let harmed: f64 = ordered.iter().map(|one| one.toll(harm).time(STEP).seconds()).sum();
            harmed / (ordered.len() as f64 * Span::DAY.seconds())
        };
        let severe = |days: &[Infusion]| {
            let first = days.iter().filter_map(|one| one.toll(Harm::SevereHypoxaemia).first);
            let mut first: Vec<u64> = first.map(|at| at.0 / Span::SECOND.0).collect();
            first.sort_unstable();
            first
        };
        let (pain, hypoxic) = (share(Harm::Pain), share(Harm::Hypoxaemia));
        let (spared, hurt) = (severe(&ordered), severe(&tenfold));
        println!(
            "{drug:?}: pain {pain:.5}, below 90 % {hypoxic:.6}, severe {}, tenfold {}",
            spared.len(),
            hurt.len()
        );
        assert!(pain < 0.01 && hypoxic < 0.001 && spared.len() <= 2, "{drug:?}");
        // The typical man's budget is two minutes to 90 %; half of all people are below 85 % within five.
        assert!(hurt.len() >= 180 && (60..300).contains(&hurt[100]), "{drug:?}: {hurt:?}");
    }
}
