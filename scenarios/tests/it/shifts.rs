//! Contract: who is on shift works on what comes; at the end of a shift others take over; while nobody is on shift,
//! what is urgent waits for those on call to arrive, and what is planned waits for the morning.

use bevy_ecs::prelude::Mut;
use scenarios::language::load::{Source, load};
use scenarios::language::people::Duty;
use scenarios::site::staff::{Call, Staff, ask};
use scenarios::site::{WINDOW, build};
use sim::fact::CauseId;
use sim::luck::Luck;
use sim::simulation::Engine;
use sim::time::{SimTime, Span};
use std::sync::Arc;

const PLACE: &str = r#"
title = "Two technicians by day, one on call by night"
starts_at = "Mon 07:00"
horizon = "2 days"
[zone.ward]
purdue_level = 1
[fleet]
pumps = { class = "infusion-pump", zone = "ward", count = 1 }
[people.biomed]
count = 2
does = "repair"
shifts = [{ from = "17:00", to = "07:00", count = 0 }]
on_call = { count = 1, arrives = "30 min" }
[strategy.none]
"#;

const fn hours(clock: u64) -> SimTime {
    SimTime((clock - 7) * Span::HOUR.0)
}

/// When work of an hour is done that is asked for at these times of Monday.
fn done(asked: &[(u64, Call)]) -> Vec<f64> {
    let loaded = load(&Source::text("shifts.toml", PLACE));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    let luck = Luck { seed: 1, replication: 0 };
    let mut run = build(&Arc::new(loaded.scenario), "none", luck, WINDOW).unwrap();
    let mut all = Vec::new();
    for &(clock, call) in asked {
        while run.step(hours(clock)) {}
        run.world.resource_scope(|world, mut core: Mut<Engine>| {
            core.now = hours(clock);
            let group = world.resource::<Staff>().group(Duty::Repair).unwrap();
            let at = ask(&mut core, group, call, Span::HOUR, CauseId::NONE);
            all.push(7.0 + at.since(SimTime::ZERO).seconds() / 3600.0);
        });
    }
    all
}

#[test]
fn two_work_side_by_side_and_finish_what_came_by_the_end_of_their_shift() {
    let call = Call::Planned;
    assert_eq!(done(&[(16, call), (16, call), (16, call), (16, call)]), [17.0, 17.0, 18.0, 18.0]);
}

#[test]
fn by_night_the_one_on_call_comes_once_for_all_that_waits() {
    let (first, second) = (Call::Urgent(1), Call::Urgent(2));
    assert_eq!(done(&[(18, first), (18, second), (23, second)]), [19.5, 20.5, 24.5]);
}

#[test]
fn what_is_planned_waits_for_the_morning() {
    let (planned, urgent) = (Call::Planned, Call::Urgent(1));
    assert_eq!(done(&[(18, planned), (20, urgent), (20, planned), (20, planned)]), [32.0, 21.5, 32.0, 33.0]);
}
