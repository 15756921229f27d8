//! Lockout and break-glass: guesses end, and so does work.

use super::{Trick, attack, begin, charged, device, finish, place, sum};
use scenarios::site::accounts::{CLOSED, locked};
use scenarios::site::hands::STAFF_TIME;
use sim::kinds::CHARGE_LOST;
use sim::time::{SimTime, Span};

const STRATEGIES: &str = r#"
[strategy.locked]
lockout = [{ on = "everything", attempts = 5, for = "30 min" }]
[strategy.strict]
lockout = [{ on = "everything", attempts = 1, for = "30 min" }]
[strategy.helped]
lockout = [{ on = "everything", attempts = 1, for = "30 min", unlock_by_desk = true }]
[strategy.glass]
lockout = [{ on = "everything", attempts = 5, for = "30 min" }]
break-glass = [{ on = "everything", audit = true, overuse = 0.0 }]
[strategy.habit]
break-glass = [{ on = "everything", audit = true, overuse = 0.15 }]
"#;

fn guesses(count: u64) -> Vec<Span> {
    (0..count).map(|nth| Span::HOUR + Span(nth * Span::SECOND.0)).collect()
}

#[test]
fn five_wrong_guesses_close_an_account_and_the_orders_of_half_an_hour_are_lost_because_of_the_attack() {
    let place = place(STRATEGIES);
    for (guessed, closed) in [(4, 0), (5, 1)] {
        let mut run = begin(&place, "locked");
        let ends = [device(&run, "desks", 0), device(&run, "pumps", 0)];
        attack(&mut run, Trick::WrongPassword, ends, &guesses(guessed));
        let mut facts = Vec::new();
        while run.step(SimTime::ZERO + Span::HOUR + Span::MINUTE) {
            facts.extend_from_slice(run.facts());
        }
        assert_eq!(locked(&run.world, ends[1]), closed == 1);
        facts.extend(finish(&mut run));
        assert_eq!(charged(&run, &facts, &[CLOSED], "lockout", Some("worm")), closed);
        assert!(!locked(&run.world, ends[1]));
    }
}

#[test]
fn an_adversary_can_lock_people_out_and_an_emergency_lets_them_in() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        for pump in 0..20 {
            let ends = [device(&run, "desks", 0), device(&run, "pumps", pump)];
            attack(&mut run, Trick::WrongPassword, ends, &guesses(5));
        }
        let facts = finish(&mut run);
        charged(&run, &facts, &CHARGE_LOST, "lockout", Some("worm"))
    };
    assert_eq!(lost("none"), 0);
    // Twenty pumps, an order each in ten minutes, half an hour: 60 expected, and 5 standard deviations of 8.
    let refused = lost("locked") / 1_000_000;
    assert!((20..=100).contains(&refused), "{refused}");
    assert_eq!(lost("glass"), 0);
}

#[test]
fn people_who_mistype_lock_themselves_out_and_the_desk_opens_sooner() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        assert_eq!(charged(&run, &facts, &[CLOSED], "lockout", Some("worm")), 0);
        let refused = charged(&run, &facts, &CHARGE_LOST, "lockout", None);
        (refused, sum(&facts, STAFF_TIME))
    };
    let (alone, untouched) = lost("strict");
    let (helped, worked) = lost("helped");
    assert!(0 < helped && helped < alone, "{helped} {alone}");
    assert!(untouched == 0 && worked > 0);
}

/// Ten desks log in 72 times a day each and four controllers are given 72 set points each, by hand: 1,008 logins, of
/// which 15 % go by the emergency access: 151, and 5 standard deviations of 11. Each is five minutes of somebody.
#[test]
fn emergency_access_out_of_habit_takes_the_time_of_those_who_look_for_intruders() {
    let place = place(STRATEGIES);
    let mut run = begin(&place, "habit");
    let facts = finish(&mut run);
    let spent = charged(&run, &facts, &[STAFF_TIME], "break-glass", None);
    let audits = spent as u64 / (5 * Span::MINUTE.0);
    assert!((91..=211).contains(&audits), "{audits}");
}
