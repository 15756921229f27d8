//! Quarantine: an intruder is cut off, and so is a healthy pump now and then.

use super::{Trick, attack, begin, charged, device, finish, held, place, sum};
use scenarios::site::devices::TAKEN;
use scenarios::site::hands::STAFF_TIME;
use scenarios::site::isolation::ISOLATED;
use sim::kinds::CHARGE_LOST;
use sim::time::Span;

const STRATEGIES: &str = r#"
[strategy.automatic]
quarantine = [{ on = "everything", by = "automation", missed = 0.0, false_alarms = "0 per day" }]
[strategy.blind]
quarantine = [{ on = "everything", by = "automation", missed = 1.0, false_alarms = "0 per day" }]
[strategy.analyst]
quarantine = [{ on = "everything", by = "analyst", missed = 0.0, ignored = 0.0, triage = "27 min",
  false_alarms = "0 per day" }]
[strategy.flooded]
quarantine = [{ on = "everything", by = "analyst", missed = 0.0, ignored = 0.0, triage = "27 min",
  false_alarms = "2 per day" }]
[strategy.nervous]
quarantine = [{ on = "everything", by = "automation", missed = 0.0, false_alarms = "1 per day", release = "2 h" }]
[strategy.sparing]
quarantine = [{ on = "everything", by = "automation", missed = 0.0, false_alarms = "1 per day", release = "2 h",
  spare_in_use = true }]
"#;

/// The device taken first attacks a second an hour later: who is cut off by then cannot.
#[test]
fn an_intruder_who_is_seen_goes_no_further_and_one_who_is_missed_does() {
    let place = place(STRATEGIES);
    for (strategy, minutes, spreads) in [
        ("none", 60, true),
        ("automatic", 60, false),
        ("blind", 60, true),
        ("analyst", 20, true),
        ("analyst", 60, false),
        ("flooded", 60, true),
    ] {
        let mut run = begin(&place, strategy);
        let ends = [device(&run, "desks", 0), device(&run, "pumps", 0)];
        let start = Span(8 * Span::HOUR.0);
        // The first attempt goes nowhere: it only gives the adversary the desk.
        attack(&mut run, Trick::Exploit, [ends[0], ends[0]], &[start]);
        attack(&mut run, Trick::Command, ends, &[start + Span(minutes * Span::MINUTE.0)]);
        let facts = finish(&mut run);
        let taken = facts.iter().any(|fact| fact.kind == TAKEN && fact.who.0 == ends[1].0);
        assert_eq!(taken, spreads, "{strategy} after {minutes} min");
        if strategy == "automatic" {
            assert_eq!(charged(&run, &facts, &[ISOLATED], "quarantine", Some("worm")), 1);
            assert!(!held(&run, ends[0]), "it was restored before it was released");
        }
    }
}

/// 60 devices, one false alarm a day each: Poisson, 60 expected, 5 standard deviations of 7.7; a little less since
/// a device that is cut off is not suspected again. What they would have sent is lost, because of nothing.
#[test]
fn false_alarms_cut_off_healthy_devices_and_spare_those_in_use_if_asked() {
    let place = place(STRATEGIES);
    let mut run = begin(&place, "nervous");
    let facts = finish(&mut run);
    let isolated = charged(&run, &facts, &[ISOLATED], "quarantine", None);
    assert!((20..=98).contains(&isolated), "{isolated}");
    assert!(charged(&run, &facts, &CHARGE_LOST, "quarantine", None) > 0);
    assert_eq!(charged(&run, &facts, &CHARGE_LOST, "quarantine", Some("worm")), 0);

    let mut run = begin(&place, "sparing");
    super::use_all(&mut run);
    let facts = finish(&mut run);
    assert_eq!(sum(&facts, ISOLATED), 0);
}

#[test]
fn false_alarms_take_an_analysts_time_instead() {
    let place = place(STRATEGIES);
    let mut run = begin(&place, "flooded");
    let facts = finish(&mut run);
    assert_eq!(sum(&facts, ISOLATED), 0);
    assert!(charged(&run, &facts, &[STAFF_TIME], "quarantine", None) > 0);
}
