use super::*;

fn shipped() -> &'static Parameters {
    Parameters::shipped().unwrap()
}

fn row(key: &str) -> &'static Parameter {
    shipped().get(key).unwrap()
}

#[test]
fn every_row_has_a_known_unit_a_source_and_an_ordered_range() {
    assert!(shipped().iter().count() >= 286 + 392);
    for row in shipped().iter() {
        assert!(unit::known(&row.unit), "{}: unit `{}`", row.key, row.unit);
        assert!(!row.source.trim().is_empty(), "{}", row.key);
        if let (Some(low), Some(high)) = (row.low, row.high) {
            assert!(low <= high, "{}: {low} above {high}", row.key);
        }
        if let Value::Text(text) = &row.value {
            assert!(!text.is_empty() && row.number().is_err(), "{}", row.key);
        }
    }
}

/// The quotation, its unit and its range: Yin et al., ESEC/FSE 2011, as carried in the data file.
#[test]
fn a_row_is_found_by_its_key() {
    let row = row("patch.incorrect_fix");
    assert_eq!((row.number(), row.low, row.high), (Ok(0.196), Some(0.148), Some(0.244)));
    assert_eq!((row.unit.as_str(), row.year, row.confidence), ("fraction", Some(2011), Confidence::High));
    assert_eq!(row.law(), Ok(Law::Fixed(0.196)));
}

#[test]
fn fleet_rows_are_addressed_by_file_class_and_item() {
    assert_eq!(row("hospital.infusion-pump.true_fault_rate").si(), Ok(0.25 / (365.0 * 86_400.0)));
    assert_eq!(row("hospital.infusion-pump.hardware.clock").si(), Ok(300e6));
    assert_eq!(row("hospital.infusion-pump.hardware.ram").si(), Ok(64.0 * 1024.0 * 1024.0));
}

#[test]
fn a_missing_key_is_an_error_that_suggests_the_nearest() {
    let error = shipped().get("patch.incorect_fix").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no parameter is called `patch.incorect_fix`; did you mean `patch.incorrect_fix`?"
    );
    assert_eq!(shipped().get("").unwrap_err().nearest, None);
}

#[test]
fn a_lognormal_row_has_its_ends_at_the_fifth_and_ninety_fifth_percentile() {
    let law = row("onboard.thread.time").law().unwrap(); // 30 s, 10 to 90: even about the median
    for (u, seconds) in [(0.05, 10.0), (0.5, 30.0), (0.95, 90.0)] {
        assert!((law.quantile(u) - seconds).abs() < 1e-9, "{u}: {}", law.quantile(u));
    }
    let open = row("update.fault.median_downtime").law().unwrap(); // 5 h, 0 to 48
    assert!((open.quantile(0.95) - 48.0 * 3600.0).abs() < 1e-6);
    assert!(matches!(row("phish.time_to_click").law(), Err(ParameterError::NoRange { .. })));
    assert!(matches!(row("breakout.lognormal.sigma").law(), Err(ParameterError::NoLaw { .. })));
}

#[test]
fn other_laws_keep_the_rows_own_ends() {
    let day = 86_400.0;
    let window = Law::Triangular { low: 30.0 * day, mode: 180.0 * day, high: 730.0 * day };
    assert_eq!(row("patch.ot.window_interval").law(), Ok(window));
    assert_eq!(row("login.typed_time").law(), Ok(Law::Uniform { low: 20.0, high: 40.0 }));
    assert!(row("sil1.pfd").law().is_err() && row("patch.weibull.k").law().is_err());
}

#[test]
fn broken_files_are_refused() {
    let header = "key,group,value,low,high,unit,distribution,meaning,source,year,confidence\n";
    let add = |rows: &str| Parameters::default().add("", &format!("{header}{rows}"));
    let good = "a,fleet,1,,,s,fixed,m,book,2020,high\n";
    assert_eq!(add(good), Ok(()));
    assert_eq!(add(&good.repeat(2)), Err(ParametersError::Duplicate { key: "a".to_owned() }));
    let without = |what| Err(ParametersError::Incomplete { key: "a".to_owned(), what });
    assert_eq!(add("a,fleet,1,,,,fixed,m,book,2020,high\n"), without("unit"));
    assert_eq!(add("a,fleet,1,,,s,fixed,m, ,2020,high\n"), without("source"));
    assert!(matches!(
        add("a,fleet,1,,,s,fixed,m,book,2020,certain\n"),
        Err(ParametersError::Malformed { .. })
    ));
}

#[test]
fn the_log_counts_each_number_once_whatever_the_order() {
    let (one, other) = (ReadLog::default(), ReadLog::default());
    let keys = ["lockout.threshold", "patch.incorrect_fix", "hospital.nurse.on_shift", "lockout.threshold"];
    keys.iter().for_each(|key| assert!(one.read(shipped(), key).is_ok()));
    keys.iter().rev().for_each(|key| assert!(other.read(shipped(), key).is_ok()));
    assert_eq!(one.entries(), other.entries());
    assert_eq!(one.tallies()[&Group::Controls], Tally { read: 2, assumptions: 1, from_memory: 0 });
    assert_eq!(one.tallies()[&Group::People], Tally { read: 1, assumptions: 1, from_memory: 0 });
    assert!(one.read(shipped(), "no.such").is_err());
}
