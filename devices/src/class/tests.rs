use super::*;
use crate::parameters::{Group, ReadLog, Value};
use sim::law::Law;

#[test]
fn every_file_is_in_the_list_and_every_class_reads() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/classes");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    let mut listed: Vec<String> = CLASSES.iter().map(|(name, _)| format!("{name}.toml")).collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
    for &(name, text) in CLASSES {
        if let Err(error) = DeviceClass::read(name, text, Parameters::shipped().unwrap()) {
            panic!("{name}: {error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        }
    }
    assert_eq!(all().unwrap().len(), CLASSES.len());
}

/// The hospital's data file names the classes it counts: each must be there.
#[test]
fn every_class_that_the_hospital_counts_is_there() {
    let mut counted = 0.0;
    for row in Parameters::shipped().unwrap().iter() {
        if let Some((name, _zone)) =
            row.key.strip_prefix("hospital.").and_then(|k| k.split_once(".fleet.count."))
        {
            assert!(class(name).is_ok(), "{name}");
            counted += row.number().unwrap();
        }
    }
    assert_eq!(counted, 5_000.0);
}

/// A number that says it comes from a row must be that row's number, and a law must have its median and ends.
#[test]
fn what_a_class_says_is_what_its_source_says() {
    let parameters = Parameters::shipped().unwrap();
    let mut compared = 0;
    for class in all().unwrap().values() {
        for (field, source) in class.facts() {
            let Some(Source::Parameter(key)) = source else { continue };
            let row = parameters.get(key).unwrap();
            let said = match field {
                "hardware.core" => {
                    let Value::Text(text) = &row.value else { panic!("{key}") };
                    let family = class.hardware.core.name().trim_end_matches("-64");
                    assert!(text.contains(family), "{}: {field}: {text}", class.name);
                    continue;
                }
                "hardware.clock" => class.hardware.clock,
                "hardware.ram" => class.hardware.ram as f64,
                "service_life" => class.service_life.seconds(),
                "firmware.unsupported_share" => class.firmware.unsupported_share,
                "firmware.exploitable_share" => class.firmware.exploitable_share,
                "accounts.default_password_share" => class.accounts.default_password_share,
                "failure.rate" if row.unit == "h" => 1.0 / class.failure.rate,
                "failure.rate" => class.failure.rate,
                "firmware.reboot" => median(&class.firmware.reboot, row.high, 1.0),
                "firmware.update" => median(&class.firmware.update, row.high, 60.0),
                "failure.repair" => {
                    median(&class.failure.repair, row.high, if row.unit == "h" { 3600.0 } else { 86_400.0 })
                }
                "link.latency" => {
                    // The row's value is the wired median; its note states the wireless one, 4 and 30 ms.
                    assert!(row.meaning.contains("Wi-Fi 4 ms median, 30 ms p99"));
                    let law = &class.link.latency;
                    assert!(
                        (law.quantile(0.5) - 0.004).abs() < 1e-9 && (law.quantile(0.99) - 0.030).abs() < 1e-9
                    );
                    continue;
                }
                "service.per_message" => class.service.per_message,
                _ => continue, // described in words
            };
            let wanted = row.si().unwrap();
            assert!(
                (said - wanted).abs() <= 1e-3 * wanted,
                "{}: {field} is {said}, {key} is {wanted}",
                class.name
            );
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

/// The median, once the 95th percentile has been found to be the row's upper end.
fn median(law: &Law, high: Option<f64>, unit: f64) -> f64 {
    let high = high.unwrap() * unit;
    assert!((law.quantile(0.95) - high).abs() < 1e-6 * high, "{law:?} against {high}");
    law.quantile(0.5)
}

#[test]
fn a_misspelt_class_is_answered_with_the_nearest() {
    let error = class("infusion-pmp").unwrap_err();
    assert_eq!(error.to_string(), "no device class is called `infusion-pmp`; did you mean `infusion-pump`?");
    assert!(matches!(class(""), Err(ClassError::Unknown { nearest: None, .. })));
}

#[test]
fn an_old_pump_speaks_what_recalls_say_and_a_new_one_more() {
    let (old, new) = (class("infusion-pump-legacy").unwrap(), class("infusion-pump").unwrap());
    assert!(old.speaks(Speaks::Tls10) && !old.speaks(Speaks::Tls12) && !old.firmware.signed_updates);
    assert!(new.speaks(Speaks::Tls12) && new.firmware.signed_updates);
    assert_eq!((old.cut_off, new.cut_off), (CutOff::HoldProgram, CutOff::HoldProgram));
}

#[test]
fn a_class_that_breaks_a_rule_is_refused() {
    let parameters = Parameters::shipped().unwrap();
    let good = CLASSES[0].1;
    let read = |text: String| DeviceClass::read("x", &text, parameters);
    assert!(read(good.to_owned()).is_ok());
    let line = |start: &str| good.lines().find(|line| line.starts_with(start)).unwrap();
    let with = |start: &str, new: &str| read(good.replace(line(start), new));
    assert!(matches!(with("title", ""), Err(ClassError::Malformed { .. })));
    assert!(matches!(with("title", "title = \"x\"\ncolour = 1"), Err(ClassError::Malformed { .. })));
    assert!(matches!(with("clock", "clock = 300"), Err(ClassError::Malformed { .. })));
    assert!(matches!(with("unsupported_share", "unsupported_share = 1.5"), Err(ClassError::Share { .. })));
    let unheard_of = read(good.replace("\"DI:IMS\"", "\"ZZ:ZZZ\""));
    assert!(matches!(unheard_of, Err(ClassError::Capability { .. })));
    assert!(matches!(with("\"failure.rate\"", ""), Err(ClassError::NoSource { field: "failure.rate", .. })));
    assert!(matches!(
        with("\"failure.rate\"", "\"failure.rate\" = \"no.such\""),
        Err(ClassError::Source { .. })
    ));
    assert!(matches!(
        with("\"failure.rate\"", "\"failure.rates\" = \"assumption: x\""),
        Err(ClassError::StraySource { .. })
    ));
}

#[test]
fn what_a_class_rests_on_is_logged_by_group() {
    let log = ReadLog::default();
    class("infusion-pump").unwrap().note(&log, Parameters::shipped().unwrap()).unwrap();
    let tallies = log.tallies();
    assert!(tallies[&Group::Fleet].read > 5 && tallies[&Group::Crypto].read > 0);
    assert!(log.entries().iter().any(|entry| entry.0 == "hospital.infusion-pump.true_fault_rate"));
}
