//! Contract: a measured run is the same run, its rows are counted by class, and what a clock says of them is shared among
//! stages and classes without loss.

use crate::ward::{PLAIN, Setting, build};
use sim::meter::Meter;
use sim::row::Class;
use std::cell::Cell;

thread_local! {
    static TICKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock that goes on by sixty at each look: a row that is measured takes sixty.
fn clock() -> u64 {
    TICKS.with(|ticks| ticks.replace(ticks.get() + 60))
}

#[test]
fn a_measured_run_is_the_same_run_and_its_time_adds_up() {
    let setting = Setting { sessions: true, ..PLAIN };
    let mut usual = build(setting);
    usual.run(|_, _| ());
    let mut measured = build(setting);
    measured.core_mut().meter = Some(Box::new(Meter::new(clock)));
    measured.run(|_, _| ());
    let (usual, measured) = (usual.core(), measured.core());
    assert_eq!(usual.digest, measured.digest);
    assert_eq!(usual.counters(), measured.counters());
    let meter = measured.meter.as_ref().unwrap();
    let classes = (0..Class::COUNT as u8).map(|class| meter.class(Class(class)));
    // Nothing is done in the run's last row.
    assert_eq!(classes.map(|class| class.0).sum::<u64>() + 1, measured.counters().rows);
    // Every change of status and every timer is measured; of slots and messages one in sixteen stands for all.
    for class in [Class::STATUS, Class::TIMER] {
        let (rows, time) = meter.class(class);
        assert!(rows > 0);
        assert_eq!(time, 60 * rows);
    }
    for class in [Class::WAKE, Class::MESSAGE] {
        let (rows, time) = meter.class(class);
        assert_eq!(time, 60 * (rows / 16 * 16), "{rows}");
    }
    let traffic = meter.class(Class::WAKE).1 + meter.class(Class::MESSAGE).1;
    let stages: u64 = meter.stages().iter().sum();
    // A delivery passes no stage, and a share is rounded down.
    assert!(stages <= traffic && stages > traffic / 2, "{stages} of {traffic}");
}
