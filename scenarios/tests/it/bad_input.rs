//! Every mistake is found at once, each with its code, its place and what to do.

use scenarios::language::findings::{Severity, json};
use scenarios::language::load::{Loaded, Source, load};
use scenarios::language::render::{render, summary};

const WARDS: &str = include_str!("wards.toml");

/// The page of wards with some lines changed.
fn changed(changes: &[(&str, &str)]) -> Loaded {
    let mut text = WARDS.replacen(
        "pump-server = {",
        "monitors = { class = \"bedside-monitor\", zone = \"wards\", count = 60 }\npump-server = {",
        1,
    );
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    load(&Source::text("wards.toml", &text))
}

/// The codes of what is found, and the texts that the carets mark.
fn found(loaded: &Loaded) -> Vec<(&'static str, String)> {
    let marked = |finding: &scenarios::language::findings::Finding| {
        let place = finding.place.clone().unwrap();
        loaded.files.text(place.file).unwrap()[place.start..place.end].to_owned()
    };
    loaded.findings.iter().map(|finding| (finding.code, marked(finding))).collect()
}

fn one(from: &str, to: &str) -> (&'static str, String) {
    let loaded = changed(&[(from, to)]);
    let found = found(&loaded);
    assert_eq!(found.len(), 1, "{to}: {}", render(&loaded.findings, &loaded.files, false));
    found[0].clone()
}

fn expect(code: &'static str, marked: &str, from: &str, to: &str) {
    assert_eq!(one(from, to), (code, marked.to_owned()), "{to}");
}

#[test]
fn two_mistakes_are_shown_in_one_shape_with_places_and_help() {
    let loaded = changed(&[
        ("horizon = \"1 day\"", "horizon = 1"),
        ("class = \"infusion-pump\",      zone", "class = \"infusion-pmp\", zone"),
        ("to = \"class:infusion-pump\"", "to = \"pumps\""),
        ("from = \"class:infusion-pump\"", "from = \"pumps\""),
    ]);
    let shown = render(&loaded.findings, &loaded.files, false);
    assert!(shown.contains("error[S012]: `horizon` needs a unit"), "{shown}");
    assert!(shown.contains("wards.toml:4:11"), "{shown}");
    assert!(shown.contains("error[S007]: no device class is called `infusion-pmp`"), "{shown}");
    assert!(shown.contains("did you mean `infusion-pump`?"), "{shown}");
    assert!(shown.contains("`plimsoll list classes` shows all"), "{shown}");
    assert!(shown.ends_with("2 errors, 0 warnings; nothing was run\n"), "{shown}");
    assert!(!shown.contains('\u{1b}') && render(&loaded.findings, &loaded.files, true).contains('\u{1b}'));
    assert!(!loaded.may_run());
}

#[test]
fn one_bad_table_hides_neither_its_other_mistakes_nor_another_table() {
    let loaded = changed(&[
        ("kind = \"command\" ", "kind = \"comand\" "),
        ("size = \"1200 B\"", "size = 1200"),
        ("deadline = \"10 s\"", "dedline = \"10 s\""),
        ("count = 84", "count = -84"),
        ("p99 = \"20 h\"", "p99 = 20"),
    ]);
    let codes: Vec<&str> = loaded.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["S008", "S012", "S004", "S012", "S011"]);
}

#[test]
fn numbers_without_units_and_out_of_range_are_refused() {
    expect("S012", "\"1200\"", "size = \"1200 B\"", "size = \"1200\"");
    expect("S012", "\"1200 bits\"", "size = \"1200 B\"", "size = \"1200 bits\"");
    expect("S012", "12", "mean = \"12 h\"", "mean = 12");
    expect("S013", "1.38", "share = 0.38", "share = 1.38");
    expect("S013", "9", "IAC = 2", "IAC = 9");
    expect("S013", "7", "purdue_level = 3\n", "purdue_level = 7\n");
    expect("S013", "\"0 s\"", "deadline = \"60 s\"", "deadline = \"0 s\"");
    expect("S013", "[0.1, 0.01, 1.0]", "[0.01, 0.1, 1.0]", "[0.1, 0.01, 1.0]");
    expect("S013", "wards-servers", "bandwidth = \"1 Gbit/s\"", "bandwidth = \"0 bit/s\"");
    expect("S013", "1e9", "per_year = 1.07", "per_year = 1e9");
    expect("S013", "nurses", "alarms = 80", "alarms = 0");
    expect("S025", "\"4 ms\"", "median = \"4 ms\", p99 = \"30 ms\"", "median = \"30 ms\", p99 = \"4 ms\"");
    expect("S024", "\"Monday\"", "starts_at = \"Mon 00:00\"", "starts_at = \"Monday\"");
}

#[test]
fn counts_are_between_one_and_ten_million() {
    for (count, marked) in
        [("0", "0"), ("-3", "-3"), ("10000001", "10000001"), ("999999999999", "999999999999")]
    {
        expect("S011", marked, "count = 300", &format!("count = {count}"));
    }
    expect("S006", "\"300\"", "count = 300", "count = \"300\"");
    expect("S006", "3.5", "count = 300", "count = 3.5");
}

#[test]
fn names_that_name_nothing_are_found_where_they_stand() {
    expect("S009", "\"enterprize\"", "[\"enterprise\", \"clin", "[\"enterprize\", \"clin");
    expect("S009", "\"ehrs\"", "from = \"ehr\"", "from = \"ehrs\"");
    expect("S009", "\"ward-aps\"", "fleet = \"ward-ap\"", "fleet = \"ward-aps\"");
    expect("S009", "\"pompe\"", "each_needs = [\"pumps\"]", "each_needs = [\"pompe\"]");
    expect("S007", "\"class:pump\"", "to = \"class:infusion-pump\"", "to = \"class:pump\"");
    expect("S017", "\"class:syringe-pump\"", "to = \"class:infusion-pump\"", "to = \"class:syringe-pump\"");
    expect("S017", "crew", "enters = \"office\"", "enters = []");
    expect("S017", "\"rolle:act\"", "on = \"role:act\", by", "on = \"rolle:act\", by");
    expect("S008", "\"share\"", "credentials = \"shared\"", "credentials = \"share\"");
    expect("S008", "\"mass-casualties\"", "\"mass-casualty\"", "\"mass-casualties\"");
    expect("S008", "\"ransom\"", "\"ransom-crew\"", "\"ransom\"");
    expect("S008", "\"letter\"", "\"phishing\"", "\"letter\"");
    expect("S008", "\"insulin\"", "\"opioid-infusion\"", "\"insulin\"");
    expect("S008", "\"tls14\"", "\"tls13-ecdsa-p256\"", "\"tls14\"");
}

#[test]
fn keys_are_checked_down_to_the_settings_of_a_control() {
    expect("S004", "fleets", "[fleet] ", "[fleets] \n[fleet]");
    expect("S004", "atempts", "attempts = 5", "atempts = 5");
    expect("S004", "lokout", "lockout =", "lokout =");
    expect("S004", "spred", "spread =", "spred =");
    expect("S004", "p98", "p99 = \"20 h\"", "p95 = \"20 h\", p98 = \"21 h\"");
    expect("S005", "patients", "count = 226\n", "");
    expect("S006", "0", "attempts = 5", "attempts = 0");
}

#[test]
fn what_cannot_happen_is_found() {
    let island = "[zone.island]\npurdue_level = 5\n[service.ehr] ";
    let loaded = changed(&[
        ("[service.ehr] ", island),
        ("zone = \"clinical-servers\"\nout", "zone = \"island\"\nout"),
    ]);
    assert_eq!(found(&loaded), [("S019", "dose-order".to_owned())]);
    expect("S026", "\"Tue 14:00\"", "at = \"14:00\"", "at = \"Tue 14:00\"");
    expect("S026", "surge", "at = \"14:00\"", "");
    expect("S032", "430", "patients = 43\n", "patients = 430\n");
    expect(
        "S029",
        "\"wards\"",
        "between = [\"wards\", \"clinical-servers\"]",
        "between = [\"wards\", \"wards\"]",
    );
}

#[test]
fn a_tie_between_two_uses_is_an_error_and_a_missing_baseline_a_warning() {
    let tie = "patching = [{ on = \"zone:wards\" }, { on = [\"zone:wards\", \"office\"] }]\n";
    let loaded = changed(&[("[strategy.none]\n", &format!("[strategy.none]\n[strategy.tied]\n{tie}"))]);
    assert_eq!(found(&loaded)[0].0, "S018");
    assert_eq!(loaded.findings.len(), 1);
    let loaded = changed(&[("[strategy.none]\n", ""), ("baseline = \"none\"\n", "")]);
    assert_eq!((loaded.findings[0].code, loaded.findings[0].severity), ("S023", Severity::Warning));
    assert!(loaded.may_run());
    assert_eq!(summary(&loaded.findings), "0 errors, 1 warning");
}

#[test]
fn strategies_may_not_be_based_on_themselves() {
    let circle = "[strategy.a]\nbased_on = \"b\"\n[strategy.b]\nbased_on = \"a\"\n";
    let loaded = changed(&[("[strategy.none]\n", &format!("[strategy.none]\n{circle}"))]);
    let codes: Vec<&str> = loaded.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["S016", "S016"]);
    assert_eq!(loaded.findings[0].help, "a → b → a");
}

#[test]
fn broken_toml_is_placed_and_does_not_make_names_look_unknown() {
    let loaded = changed(&[("class = \"infusion-pump\",      zone", "class = \"infusion-pump,      zone")]);
    assert!(loaded.findings.iter().all(|finding| finding.code != "S009"), "{:?}", found(&loaded));
    assert_eq!(loaded.findings[0].code, "S003");
}

#[test]
fn text_from_a_file_cannot_command_the_terminal() {
    let loaded = changed(&[("credentials = \"shared\"", "credentials = \"\\u001b[31m\\u0001S001\\u0001\"")]);
    let shown = render(&loaded.findings, &loaded.files, false);
    assert_eq!(loaded.findings[0].code, "S008", "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{1}'));
}

#[test]
fn other_programs_get_the_same_as_json() {
    let loaded = changed(&[("horizon = \"1 day\"", "horizon = 1")]);
    let json = serde_json::to_value(json(&loaded.findings, &loaded.files)).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["errors"], 1);
    assert_eq!(json["findings"][0]["code"], "S012");
    assert_eq!(json["findings"][0]["line"], 4);
    assert_eq!(json["findings"][0]["column"], 11);
    assert_eq!(json["findings"][0]["severity"], "error");
}

#[test]
fn a_suite_that_a_class_cannot_run_is_a_warning_that_names_the_class() {
    let legacy = ("class = \"infusion-pump\",      zone", "class = \"infusion-pump-legacy\", zone");
    let rest = [
        ("to = \"class:infusion-pump\"", "to = \"pumps\""),
        ("from = \"class:infusion-pump\"", "from = \"pumps\""),
    ];
    let loaded = changed(&[legacy, rest[0], rest[1]]);
    let finding = &loaded.findings[0];
    assert_eq!((finding.code, finding.severity), ("S020", Severity::Warning));
    assert!(finding.message.contains("infusion-pump-legacy"), "{}", finding.message);
    let everywhere = "on = \"everything\", suite = \"tls13-ecdsa-p256\"";
    let plain = format!("{everywhere}, else = \"plain\"");
    let loaded = changed(&[legacy, rest[0], rest[1], (everywhere, &plain)]);
    assert!(loaded.findings.iter().all(|finding| !finding.message.contains("tls13-ecdsa-p256")));
}

/// A leg takes two: whom a device talks to is named where it cannot run the suite. What a box before it does for a device
/// is no lack.
#[test]
fn a_peer_that_cannot_run_a_suite_is_named_and_who_stands_behind_a_box_is_not() {
    let loaded = load(&Source::named("crypto-placement-hospital"));
    assert!(loaded.may_run());
    let said: Vec<&str> = loaded.findings.iter().map(|finding| finding.message.as_str()).collect();
    let about = |suite: &str| said.iter().filter(|message| message.contains(suite)).collect::<Vec<_>>();
    let everywhere = about("tls13-mlkem768-mldsa65");
    // Of three uses of this suite the one at gateways lacks nothing; of pumps, monitors and controllers most lack it.
    assert_eq!(everywhere.len(), 2, "{said:?}");
    for class in ["infusion-pump-legacy", "cold-chain-sensor", "central-station", "bms-supervisor"] {
        assert!(everywhere.iter().any(|message| message.contains(class)), "{class}: {said:?}");
    }
    assert!(about("tls13-x25519mlkem768").is_empty(), "{said:?}");
}

/// A move that starts on a day needs the day of the run.
#[test]
fn a_move_on_a_day_is_refused_where_the_day_of_the_run_is_not_known() {
    let shipped = scenarios::shipped::text("crypto-placement-hospital.toml").unwrap();
    let undated = shipped.replace("date = \"2030-06-03\"\n", "");
    let loaded = load(&Source::text("undated.toml", &undated));
    let found: Vec<&str> = loaded
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    assert_eq!(found, ["S026"; 3]);
    for (wrong, code) in [("2030-02-30", "S024"), ("next summer", "S024")] {
        let loaded = load(&Source::text("undated.toml", &shipped.replace("2030-06-03", wrong)));
        assert!(loaded.findings.iter().any(|finding| finding.code == code), "{wrong}: {:?}", loaded.findings);
    }
}

/// A flow has a clock or answers one that has, and an answer goes back the way of what it answers.
#[test]
fn a_flow_without_a_clock_or_with_an_answer_that_goes_astray_is_told_its_place() {
    let shipped = scenarios::shipped::text("fleet-1.toml").unwrap();
    let cases = [
        ("every = { law = \"uniform\", low = \"9 s\", high = \"11 s\" }\n", ""),
        ("one_in = 10", "one_in = 0"),
        ("flow = \"uplink\", one_in", "flow = \"uplimk\", one_in"),
        ("to = \"devices\"\n", "to = \"gateways\"\n"),
        ("to = \"devices\"\n", "to = \"devices\"\nvia = [\"gateways\"]\n"),
        ("to = \"devices\"\n", "to = \"devices\"\nevery = \"1 min\"\n"),
    ];
    for (old, new) in cases {
        assert!(shipped.contains(old), "{old}");
        let loaded = load(&Source::text("fleet-1.toml", &shipped.replace(old, new)));
        let codes: Vec<&str> = loaded.findings.iter().map(|finding| finding.code).collect();
        assert!(!loaded.may_run() && codes.contains(&"S033"), "{new}: {codes:?}");
    }
}
