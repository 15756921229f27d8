//! Unique identity: a stolen secret opens one device, and a repaired one must be introduced again.

use super::{begin, charged, device, finish, of_flow, place};
use scenarios::site::devices::{Credential, Devices};
use scenarios::site::hands::STAFF_TIME;
use sim::core::Core;
use sim::fact::{By, Charge};
use sim::kinds::{CHARGE_LOST, DUE, LOST};
use sim::row::Class;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::collections::BTreeSet;

const STRATEGIES: &str = r#"
[strategy.already]
unique-identity = [{ on = "pumps", already = true }]
[strategy.now]
unique-identity = [{ on = "pumps", takes = "20 min" }]
[strategy.clumsy]
unique-identity = [{ on = "pumps", takes = "20 min", failures = 0.5 }]
"#;

fn secrets(run: &Simulation) -> BTreeSet<Credential> {
    let devices = run.world.resource::<Devices>();
    (0..20).map(|nth| devices.credential(device(run, "pumps", nth)).unwrap()).collect()
}

#[test]
fn a_secret_that_opened_twenty_pumps_opens_one() {
    let place = place(STRATEGIES);
    for (strategy, before, after) in [("none", 1, 1), ("already", 20, 20), ("now", 1, 20)] {
        let mut run = begin(&place, strategy);
        assert_eq!(secrets(&run).len(), before, "{strategy}");
        finish(&mut run);
        assert_eq!(secrets(&run).len(), after, "{strategy}");
        let pump = device(&run, "pumps", 0);
        let guessable = run.world.resource::<Devices>().is_guessable(pump);
        assert!(after == 1 || !guessable);
    }
}

/// Two people, twenty pumps, 20 minutes each: a pump waits 110 minutes on average, and sends once a minute.
#[test]
fn a_pump_has_no_network_until_somebody_has_introduced_it() {
    let place = place(STRATEGIES);
    let lost = |strategy| {
        let mut run = begin(&place, strategy);
        let facts = finish(&mut run);
        let lost = charged(&run, &facts, &CHARGE_LOST, "unique-identity", None) / 1_000_000;
        assert!(of_flow(&run, &facts, LOST, "status") < of_flow(&run, &facts, DUE, "status") / 2);
        (lost, charged(&run, &facts, &[STAFF_TIME], "unique-identity", None))
    };
    let (lost_now, spent) = lost("now");
    let status = 20 * 110;
    let orders = status / 10;
    assert!((lost_now - status - orders).abs() < 150, "{lost_now}");
    assert_eq!(spent as u64, 20 * 20 * Span::MINUTE.0);
    let (lost_clumsy, more) = lost("clumsy");
    assert!(lost_clumsy > lost_now && more > spent);
    assert_eq!(lost("already"), (0, 0));
}

#[test]
fn a_pump_that_comes_back_from_a_fault_is_introduced_again() {
    const FAULT: Class = Class(61);
    let place = place(STRATEGIES);
    let mut run = begin(&place, "already");
    let pump = device(&run, "pumps", 3);
    let core = run.core_mut();
    core.names.cause(By::Fault, "a fault");
    core.handle(FAULT, |core: &mut Core, world, row| {
        let charge = Charge { by: core.names.cause(By::Fault, "a fault"), ..Charge::default() };
        let part = core.unit(sim::message::DeviceId(row.id() as u32));
        core.take_down(world, part, charge);
        core.change_at(core.now + Span::HOUR, part, charge, true);
    });
    core.push(SimTime::ZERO + Span::HOUR, FAULT, u64::from(pump.0), 0);
    let facts = finish(&mut run);
    assert!(charged(&run, &facts, &[STAFF_TIME], "unique-identity", None) > 0);
}
