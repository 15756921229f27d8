//! Invented comparisons for tests and for looking at the page. **Every number here is made up**: they have the shape
//! of results and say nothing about any hospital.

use reports::comparison::{Clock, Comparison, Mark, MarkKind};
use reports::dossier::{ControlEntry, Cost, Dossier, FleetEntry, ModelEntry, Parameter, Trust, ZoneEntry};
use reports::facts::Loss;
use reports::outcome::{BINS, Care, Entry, FlowTally, Outcome};
use reports::sensitivity::{End, Sensitivity, Shift, Untried};
use reports::summary::{About, StrategyRuns, compare};
use sim::fact::{By, Cause};
use sim::math;
use std::collections::BTreeMap;

/// A day of needed care, for 226 patients [ns].
const NEEDED: i64 = 226 * 86_400_000_000_000;

/// A strategy as it is invented: shares of care lost to each (by, name, because of an attack), patients harmed,
/// commands in time, devices taken.
struct Invented {
    name: &'static str,
    lost: &'static [(By, &'static str, bool, f64)],
    harmed: f64,
    commands: f64,
    taken: f64,
}

/// A repeatable number in (0, 1) for a run and a purpose.
fn luck(run: u64, purpose: u64) -> f64 {
    let mixed = (run.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add(0x2545_F491);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1_u64 << 53) as f64 * 0.999_998 + 1e-6
}

fn shape(bin: usize, by: By) -> f64 {
    let hour = bin as f64 / BINS as f64 * 24.0;
    let bump = |at: f64, width: f64| math::exp(-(hour - at) * (hour - at) / (2.0 * width * width));
    match by {
        By::Attack => 0.15 + 3.0 * bump(13.5, 2.2),
        By::Control => 0.3 + 2.0 * bump(10.0, 1.4) + 1.5 * bump(15.0, 1.5),
        By::Load => 0.1 + 4.0 * bump(15.5, 1.2),
        _ => 1.0,
    }
}

fn run(of: &Invented, run: u64) -> Outcome {
    let common = 0.7 + 0.6 * luck(run, 1);
    let (mut ledger, mut lost) = (Vec::new(), vec![0.0; BINS]);
    for (nth, &(by, name, because, share)) in of.lost.iter().enumerate() {
        let share = share * common * (0.8 + 0.4 * luck(run, 10 + nth as u64));
        let amount = (share * NEEDED as f64) as i64;
        let because = because.then(|| Cause { by: By::Attack, name: "crew".to_owned() });
        let by_whom = Cause { by, name: name.to_owned() };
        let shared = amount / 9;
        ledger.push(Entry {
            loss: Loss::Care,
            by: by_whom,
            because,
            alone: amount - shared,
            shared,
            credit: 0,
        });
        let weights: Vec<f64> = (0..BINS).map(|bin| shape(bin, by)).collect();
        let total: f64 = weights.iter().sum();
        lost.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += amount as f64 * weight / total);
    }
    ledger.sort_by(|a, b| (a.loss, &a.by, &a.because).cmp(&(b.loss, &b.by, &b.because)));
    let lost_all: i64 = ledger.iter().map(|entry| entry.alone + entry.shared).sum();
    let harmed =
        (of.harmed * common + 1.6 * (luck(run, 2) - 0.5) + 0.5 * (luck(run, 3 + of.name.len() as u64) - 0.5))
            .round()
            .max(0.0);
    let commands = 1.0 - (1.0 - of.commands) * common;
    let metrics = [
        ("care-available", 1.0 - lost_all as f64 / NEEDED as f64),
        ("patients-harmed", harmed),
        ("hypoxaemia-time", harmed * (14.0 + 9.0 * luck(run, 4))),
        ("pain-time", 120.0 * common),
        ("command-flow-availability", commands),
        ("data-flow-availability", 1.0 - (1.0 - commands) * 0.4),
        ("devices-taken-peak", of.taken * common),
        ("device-hours-taken", of.taken * common * 5_000.0 * 7.0),
        ("actuator-hostile-share", f64::from(u8::from(luck(run, 5) < of.taken * 3.0))),
        ("energy-per-device-day", 9_000.0 + 100.0 * of.lost.len() as f64),
    ];
    let due = 2_300;
    let late = ((1.0 - commands) * due as f64 * 0.3) as i64;
    let gone = ((1.0 - commands) * due as f64 * 0.7) as i64;
    let latencies = (1..=(due - gone) as u64).map(|n| (n * 1_700_000, 1)).collect();
    let order = FlowTally {
        command: true,
        due,
        late,
        lost: gone,
        in_time: due - late - gone,
        latencies,
        ..FlowTally::default()
    };
    let vitals = FlowTally { due: 640, in_time: 640, ..FlowTally::default() };
    Outcome {
        metrics: metrics.into_iter().map(|(id, value)| (id.to_owned(), value)).collect(),
        measured: BTreeMap::from([(Loss::Care, lost_all)]),
        ledger,
        flows: BTreeMap::from([("dose-order".to_owned(), order), ("ward-vitals".to_owned(), vitals)]),
        care: Care {
            needed: vec![NEEDED / BINS as i64; BINS],
            lost: lost.into_iter().map(|ns| ns as i64).collect(),
        },
        message_scale: 1,
        ..Outcome::default()
    }
}

const HOSPITAL: [Invented; 5] = [
    Invented {
        name: "none",
        lost: &[
            (By::Attack, "crew", false, 0.024),
            (By::Fault, "access-point", false, 0.004),
            (By::Load, "surge", false, 0.001),
        ],
        harmed: 3.1,
        commands: 0.9993,
        taken: 0.24,
    },
    Invented {
        name: "checklist",
        lost: &[
            (By::Attack, "crew", false, 0.006),
            (By::Control, "quarantine", true, 0.009),
            (By::Control, "patching", false, 0.022),
            (By::Control, "quarantine", false, 0.004),
            (By::Control, "lockout", false, 0.006),
            (By::Fault, "access-point", false, 0.004),
            (By::Load, "surge", false, 0.001),
        ],
        harmed: 2.6,
        commands: 0.981,
        taken: 0.06,
    },
    Invented {
        name: "zoned",
        lost: &[
            (By::Attack, "crew", false, 0.008),
            (By::Control, "segmentation", false, 0.0036),
            (By::Control, "segmentation", true, 0.0008),
            (By::Fault, "access-point", false, 0.004),
            (By::Load, "surge", false, 0.001),
        ],
        harmed: 0.9,
        commands: 0.9971,
        taken: 0.04,
    },
    Invented {
        name: "zero-trust",
        lost: &[
            (By::Attack, "crew", false, 0.003),
            (By::Control, "encryption", false, 0.012),
            (By::Control, "lockout", false, 0.011),
            (By::Control, "unique-identity", false, 0.006),
            (By::Control, "quarantine", true, 0.004),
            (By::Fault, "access-point", false, 0.004),
            (By::Load, "surge", false, 0.001),
        ],
        harmed: 1.8,
        commands: 0.972,
        taken: 0.01,
    },
    Invented {
        name: "risk-based",
        lost: &[
            (By::Attack, "crew", false, 0.003),
            (By::Control, "quarantine", true, 0.001),
            (By::Control, "patching", false, 0.0012),
            (By::Control, "segmentation", false, 0.0008),
            (By::Fault, "access-point", false, 0.004),
            (By::Planned, "maintenance", false, 0.001),
        ],
        harmed: 0.3,
        commands: 0.9988,
        taken: 0.03,
    },
];

fn parameter(
    key: &str,
    meaning: &str,
    value: &str,
    group: &str,
    confidence: Trust,
    source: &str,
) -> Parameter {
    Parameter {
        key: key.to_owned(),
        meaning: meaning.to_owned(),
        value: value.to_owned(),
        unit: String::new(),
        range: String::new(),
        source: source.to_owned(),
        confidence,
        group: group.to_owned(),
        moves_answer: None,
    }
}

fn dossier() -> Dossier {
    let zones = [
        ("enterprise", 4.0, 1_534),
        ("remote-access", 3.5, 8),
        ("clinical-servers", 3.0, 135),
        ("lab-pharmacy", 2.0, 160),
        ("imaging", 2.0, 94),
        ("wards", 1.0, 1_748),
        ("critical-care", 1.0, 573),
        ("building", 1.0, 668),
        ("guest", 5.0, 80),
    ];
    let zone = |(name, level, devices): (&str, f64, u64)| ZoneEntry {
        name: name.to_owned(),
        purdue_level: Some(level),
        devices,
    };
    let fleet = [
        ("infusion-pump", "wards", 280),
        ("infusion-pump", "critical-care", 140),
        ("pca-pump", "wards", 70),
        ("bedside-monitor", "critical-care", 90),
        ("telemetry-transmitter", "wards", 70),
        ("clinical-workstation", "wards", 330),
        ("voip-phone", "enterprise", 420),
        ("ip-camera", "building", 200),
    ];
    let parameters = vec![
        parameter(
            "pump.alarm.rate",
            "alarms of an infusion pump",
            "1.44 a day",
            "fleet",
            Trust::Medium,
            "invented for this sample",
        ),
        parameter(
            "order.deadline",
            "by when a dose order must reach its pump",
            "10 s",
            "flows",
            Trust::Assumption,
            "invented for this sample",
        ),
        parameter(
            "crew.dwell",
            "time from entry to first movement",
            "lognormal, median 6 h",
            "attackers",
            Trust::Low,
            "invented for this sample",
        ),
        parameter(
            "nurse.fatigue",
            "alarms in two hours after which answers slow",
            "80",
            "people",
            Trust::Assumption,
            "invented for this sample",
        ),
        parameter(
            "tls.handshake.bytes",
            "bytes of a full handshake",
            "4 812 B",
            "crypto",
            Trust::High,
            "invented for this sample",
        ),
        parameter(
            "ap.mtbf",
            "time between failures of an access point",
            "400 000 h",
            "fleet",
            Trust::FromMemory,
            "invented for this sample",
        ),
    ];
    let controls = [
        ("patching", "Fixes are installed, ring by ring, and each costs a reboot"),
        ("quarantine", "Quarantine"),
        ("lockout", "Account lockout"),
        ("segmentation", "Segmentation"),
        ("encryption", "Encryption"),
        ("unique-identity", "Unique identity"),
    ];
    let costs = [
        ("checklist", "rebooting and testing", 310.0),
        ("zoned", "writing allow-lists", 480.0),
        ("risk-based", "writing allow-lists", 390.0),
    ];
    Dossier {
        refusals: Vec::new(),
        zones: zones.into_iter().map(zone).collect(),
        fleet: fleet
            .into_iter()
            .map(|(class, zone, count)| FleetEntry { class: class.to_owned(), zone: zone.to_owned(), count })
            .collect(),
        parameters,
        models: vec![
            ModelEntry {
                name: "opioid-infusion".to_owned(),
                what: "a patient's breathing and oxygen under an opioid infusion".to_owned(),
                leaves_out: vec![
                    "tolerance, and other sedatives".to_owned(),
                    "[`super::Lung::oxygen_store`] is all there is; see [`Blood`](crate::blood::Blood)."
                        .to_owned(),
                ],
            },
            ModelEntry {
                name: "stations".to_owned(),
                what: "queues at gateways, servers and people".to_owned(),
                leaves_out: vec!["retransmission below the message".to_owned()],
            },
        ],
        controls: controls
            .into_iter()
            .map(|(id, title)| ControlEntry {
                id: id.to_owned(),
                title: title.to_owned(),
                strategies: Vec::new(),
            })
            .collect(),
        costs: costs
            .into_iter()
            .map(|(strategy, what, amount)| Cost {
                strategy: strategy.to_owned(),
                what: what.to_owned(),
                amount,
                unit: "staff hours".to_owned(),
                source: "invented for this sample".to_owned(),
            })
            .collect(),
    }
}

/// What a comparison of an invented scenario says of itself.
pub fn about(scenario: &str, title: &str, primary: &str) -> About {
    let mark = |hour: f64, kind, text: &str, strategy: Option<&str>| Mark {
        at_s: hour * 3_600.0,
        kind,
        text: text.to_owned(),
        strategy: strategy.map(str::to_owned),
    };
    About {
        scenario: scenario.to_owned(),
        title: title.to_owned(),
        seed: 42,
        confidence: 0.95,
        digest: "9f3a61c2".to_owned(),
        command: format!("plimsoll compare {scenario} --seed 42 --replications 20"),
        baseline: "none".to_owned(),
        primary: primary.to_owned(),
        clock: Clock { starts_at: "Mon 00:00".to_owned(), start_s: 0.0, horizon_s: 86_400.0 },
        marks: vec![
            mark(4.2, MarkKind::Attack, "phishing opens an office workstation", None),
            mark(9.6, MarkKind::Attack, "crew crosses to the servers", Some("none")),
            mark(11.1, MarkKind::Attack, "pump server encrypted", Some("none")),
            mark(10.0, MarkKind::Happening, "patches released", None),
            mark(14.0, MarkKind::Happening, "mass casualty: 54 patients in 3 h", None),
            mark(16.5, MarkKind::Happening, "WAN lost", None),
        ],
        dossier: dossier(),
        sensitivity: None,
    }
}

fn runs(all: &[Invented], replications: u64, harm: bool) -> Vec<StrategyRuns> {
    let one = |of: &Invented| {
        let mut outcomes: Vec<Outcome> = (0..replications).map(|nth| run(of, nth)).collect();
        if !harm {
            for outcome in &mut outcomes {
                outcome.metrics.retain(|id, _| {
                    !["care-available", "patients-harmed", "hypoxaemia-time", "pain-time"]
                        .contains(&id.as_str())
                });
                outcome.care = Care::default();
                let due = outcome.messages_due();
                for entry in &mut outcome.ledger {
                    entry.loss = Loss::MessageLost;
                    (entry.alone, entry.shared) =
                        (entry.alone / (NEEDED / due), entry.shared / (NEEDED / due));
                }
            }
        }
        StrategyRuns { name: of.name.to_owned(), outcomes }
    };
    all.iter().map(one).collect()
}

/// A hospital with five strategies.
pub fn hospital(replications: u64) -> Comparison {
    let title = "A 300-bed hospital on an ordinary Monday that does not stay ordinary";
    compare(about("hospital", title, "patients-harmed"), &runs(&HOSPITAL, replications, true)).unwrap()
}

/// The same, its assumptions set low and high: the first moves the answer by that many patients under the checklist, the
/// others do nothing, the last could not be set.
pub fn examined(shift: f64) -> Comparison {
    let mut about = about("hospital", "A 300-bed hospital", "patients-harmed");
    let weak = about.dossier.parameters.iter().filter(|one| one.confidence >= Trust::FromMemory);
    let keys: Vec<String> = weak.map(|one| one.key.clone()).collect();
    let (last, tried) = keys.split_last().unwrap();
    let one = |key: &String, end| Shift {
        parameter: key.clone(),
        end,
        strategy: "checklist".to_owned(),
        shift: if key == &keys[0] && end == End::High { shift } else { 0.0 },
        moves: false,
    };
    about.sensitivity = Some(Sensitivity {
        metric: "patients-harmed".to_owned(),
        unit: "persons".to_owned(),
        replications: 2,
        shifts: tried.iter().flat_map(|key| [one(key, End::Low), one(key, End::High)]).collect(),
        untried: vec![Untried {
            parameter: last.clone(),
            end: None,
            why: "the table gives it no range".to_owned(),
            no_range: true,
        }],
    });
    compare(about, &runs(&HOSPITAL, 20, true)).unwrap()
}

/// The same where nobody is harmed, and where readings fail altogether in the first run alone, so that the interval of
/// their mean passes 100 %.
pub fn unharmed(replications: u64) -> Comparison {
    let mut all = runs(&HOSPITAL, replications, true);
    for outcomes in all.iter_mut().map(|one| &mut one.outcomes) {
        for (nth, outcome) in outcomes.iter_mut().enumerate() {
            for harm in ["patients-harmed", "hypoxaemia-time", "pain-time"] {
                outcome.metrics.insert(harm.to_owned(), 0.0);
            }
            let readings = f64::from(u8::from(nth > 0));
            outcome.metrics.insert("data-flow-availability".to_owned(), readings);
        }
    }
    compare(about("unharmed", "Nobody is harmed", "patients-harmed"), &all).unwrap()
}

/// A fleet without people or harm in which every command comes in time.
pub fn water_in_time(replications: u64) -> Comparison {
    let mut all = runs(&HOSPITAL, replications, false);
    for outcome in all.iter_mut().flat_map(|one| &mut one.outcomes) {
        outcome.metrics.insert("command-flow-availability".to_owned(), 1.0);
    }
    compare(about("water-in-time", "Every command in time", "command-flow-availability"), &all).unwrap()
}

/// A fleet without people or harm.
pub fn water(replications: u64) -> Comparison {
    let about = about("water-utility", "Tanks, pumps and their sensors", "command-flow-availability");
    compare(about, &runs(&HOSPITAL, replications, false)).unwrap()
}

/// Strategies that do nothing.
pub fn nothing_changes(replications: u64) -> Comparison {
    let none = |name| Invented { name, ..HOSPITAL[0] };
    let same = [none("none"), none("same"), none("also")];
    let mut all = runs(&same, replications, true);
    let base = all[0].outcomes.clone();
    all.iter_mut().for_each(|one| one.outcomes.clone_from(&base));
    compare(about("still", "Nothing changes", "patients-harmed"), &all).unwrap()
}

/// Some runs of the hospital without controls.
pub fn outcomes(replications: u64) -> Vec<Outcome> {
    (0..replications).map(|nth| run(&HOSPITAL[0], nth)).collect()
}
