//! Contract: a handshake is a conversation of rows on the same stations; what waits for it is late by it, and only
//! who has no session pays.

use crate::ward::{DEVICES, PLAIN, Setting, build};
use sim::kinds::LATENCY;

#[test]
fn each_device_opens_one_session_and_one_more_after_each_reboot() {
    let mut simulation = build(Setting { sessions: true, ..PLAIN });
    simulation.run(|_, _| ());
    let opened = simulation.core().sessions.opened;
    // Retransmissions can complete a session twice only if a flight was lost; they never leave one closed.
    assert_eq!(opened, u64::from(DEVICES + DEVICES / 4));
}

#[test]
fn the_first_message_waits_for_the_handshake_and_the_next_do_not() {
    let latencies = |sessions| {
        let mut first = vec![None; DEVICES as usize];
        build(Setting { sessions, reboots: false, ..PLAIN }).run(|facts, _| {
            for fact in facts.iter().filter(|fact| fact.kind == LATENCY) {
                first[fact.who.0 as usize].get_or_insert(fact.amount);
            }
        });
        first.into_iter().flatten().sum::<i64>() / i64::from(DEVICES)
    };
    let (plain, secured) = (latencies(false), latencies(true));
    // Three flights, each at least 4 ms at the access point and 4 ms of processors.
    assert!(secured > plain + 24_000_000, "{plain} against {secured}");
}
