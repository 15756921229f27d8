//! Patching: a weakness goes away, for a reboot, and sometimes for much more.

use super::{Trick, all, attack, begin, charged, device, finish, held, place, sum, use_all};
use scenarios::site::devices::Devices;
use scenarios::site::ground::{Fleet, Ground};
use scenarios::site::updates::{BAD, INSTALLED};
use sim::kinds::{CHARGE_UNSENT, UNSENT};
use sim::message::DeviceId;
use sim::simulation::Simulation;
use sim::time::Span;

const STRATEGIES: &str = r#"
[strategy.at-once]
patching = [{ on = "everything", window = "at-once", bad_fixes = 0.0 }]
[strategy.idle]
patching = [{ on = "everything", window = "when-idle", bad_fixes = 0.0 }]
[strategy.night]
patching = [{ on = "everything", window = "at-once", bad_fixes = 0.0, hours = { from = "01:00", to = "05:00" } }]
[strategy.signed]
patching = [{ on = "everything", window = "at-once", bad_fixes = 0.0, signed = "slh-dsa-sha2-128s" }]
[strategy.bad]
patching = [{ on = "everything", window = "at-once", bad_fixes = 1.0 }]
[strategy.bad-rings]
patching = [{ on = "everything", window = "at-once", bad_fixes = 1.0, rings = [0.1, 1.0], soak = "6 h" }]
[strategy.bad-rollback]
patching = [{ on = "everything", window = "at-once", bad_fixes = 1.0, rollback = true }]
"#;

fn weak(run: &mut Simulation, device: DeviceId, weak: bool, unsupported: bool) {
    let mut devices = run.world.resource_mut::<Devices>();
    devices.set_exploitable(device, weak);
    devices.set_unsupported(device, unsupported);
}

#[test]
fn a_weakness_that_a_fix_has_closed_lets_nobody_in() {
    let place = place(STRATEGIES);
    for (strategy, hours, taken) in
        [("none", 12, true), ("at-once", 12, false), ("night", 12, true), ("night", 23, false)]
    {
        let mut run = begin(&place, strategy);
        // A desk that is supported in this run.
        let desk = (0..10).map(|nth| device(&run, "desks", nth));
        let desk =
            desk.into_iter().find(|desk| !run.world.resource::<Devices>().is_unsupported(*desk)).unwrap();
        weak(&mut run, desk, true, false);
        let ends = [device(&run, "directory", 0), desk];
        attack(&mut run, Trick::Exploit, ends, &[Span(hours * Span::HOUR.0)]);
        finish(&mut run);
        assert_eq!(held(&run, desk), taken, "{strategy} {hours}");
    }
}

#[test]
fn what_nobody_supports_gets_no_fix_and_each_fix_costs_a_reboot() {
    let place = place(STRATEGIES);
    let mut run = begin(&place, "at-once");
    let known = run.world.resource::<Devices>();
    let supported = all(&run).filter(|one| !known.is_unsupported(*one)).count();
    let facts = finish(&mut run);
    assert_eq!(sum(&facts, INSTALLED), supported as i64);
    let unsent = sum(&facts, UNSENT);
    assert!(unsent > 0);
    let charge = charged(&run, &facts, &CHARGE_UNSENT, "patching", None);
    assert_eq!(charge, unsent * 1_000_000);
}

#[test]
fn a_device_in_use_is_left_alone_if_the_window_says_so() {
    let place = place(STRATEGIES);
    for (strategy, spared) in [("at-once", false), ("idle", true)] {
        let mut run = begin(&place, strategy);
        use_all(&mut run);
        let facts = finish(&mut run);
        assert_eq!(sum(&facts, INSTALLED) == 0, spared, "{strategy}");
        assert!(all(&run).all(|one| run.world.resource::<Devices>().in_use(one)));
    }
}

/// Without rings a bad fix keeps every supported device from starting; with a first ring of a tenth it reaches that
/// tenth of each fleet, rounded up.
#[test]
fn a_bad_fix_reaches_everybody_without_rings_and_one_ring_with_them() {
    let place = place(STRATEGIES);
    let bad = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        let known = run.world.resource::<Devices>();
        let supported =
            |fleet: &Fleet| fleet.devices().filter(|one| !known.is_unsupported(*one)).count() as i64;
        let fleets = run.world.resource::<Ground>().fleets.iter().map(supported).collect::<Vec<_>>();
        (sum(&facts, BAD), sum(&facts, UNSENT), fleets)
    };
    let (all, lost, fleets) = bad("bad");
    let (few, less, _) = bad("bad-rings");
    let (again, little, _) = bad("bad-rollback");
    assert_eq!((all, again), (fleets.iter().sum(), all));
    assert_eq!(few, fleets.iter().map(|count| (count + 9) / 10).sum::<i64>());
    assert!(little < lost && less < lost, "{little} {less} {lost}");
}

/// A controller of 16 MiB hashes eight of them before it starts; that takes energy on every device, and nobody is left
/// without the fix.
#[test]
fn a_signed_fix_is_checked_before_it_is_started() {
    let place = place(STRATEGIES);
    let done = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        (sum(&facts, INSTALLED), sum(&facts, sim::kinds::ENERGY))
    };
    let (plain, signed) = (done("at-once"), done("signed"));
    assert_eq!(plain.0, signed.0, "every device can check it");
    assert!(signed.1 > plain.1);
    let machine = devices::crypto::Machine::of(devices::class::class("bms-controller").unwrap());
    let catalogue = devices::crypto::Catalogue::shipped().unwrap();
    let check =
        devices::crypto::firmware::FirmwareCheck::of(catalogue, "SLH-DSA-SHA2-128s", &machine).unwrap();
    assert!(check.takes > Span::millis(100), "{:?}", check.takes);
}
