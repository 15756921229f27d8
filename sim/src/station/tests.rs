use super::*;
use crate::fact::By;

const MS: u64 = 1_000_000;

fn bare(millis: u64) -> Work {
    Work { bare: millis * MS, ..Work::default() }
}

/// The worked example of the design: uplinks at 0 and 9 ms and a command at 6 ms, 4 ms each.
#[test]
fn a_gateway_lets_three_messages_go_at_4_10_and_14_milliseconds() {
    let names = Names::default();
    let mut gateway = Station::new(PartId(0), 1, Span::ZERO, 0);
    let mut leaves = Vec::new();
    for at in [0, 6, 9] {
        match gateway.visit(SimTime(at * MS), bare(4), &names) {
            Visit::Leaves { at, extra } => {
                assert!(extra.is_empty());
                leaves.push(at.0 / MS);
            }
            Visit::Full(_) => unreachable!("no buffer"),
        }
    }
    assert_eq!(leaves, [4, 10, 14]);
}

#[test]
fn what_was_added_is_charged_to_who_added_it_and_the_parts_sum_to_the_difference() {
    let mut names = Names::default();
    let (tls, flood) = (names.cause(By::Control, "encryption"), names.cause(By::Attack, "flood"));
    let mut station = Station::new(PartId(0), 1, Span::ZERO, 0);
    let mut twin = Station::new(PartId(0), 1, Span::ZERO, 0);
    let works = [
        (0, Work { added: Shares::of(flood, 7 * MS), ..Work::default() }),
        (1, Work { added: Shares::of(tls, 2 * MS), ..bare(3) }),
        (2, bare(5)),
        (40, bare(1)),
    ];
    for (at, work) in works {
        let (at, bare) = (SimTime(at * MS), work.bare);
        let Visit::Leaves { at: all, extra } = station.visit(at, work, &names) else { unreachable!() };
        let Visit::Leaves { at: lone, .. } = twin.visit(at, Work { bare, ..Work::default() }, &names) else {
            unreachable!()
        };
        assert_eq!(extra.iter().map(|share| share.1).sum::<u64>(), all.0 - lone.0);
    }
}

#[test]
fn who_waits_when_a_station_fails_is_lost() {
    let names = Names::default();
    let mut station = Station::new(PartId(0), 1, Span::ZERO, 0);
    let Visit::Leaves { at, .. } = station.visit(SimTime(0), bare(4), &names) else { unreachable!() };
    station.fail(SimTime(3 * MS), Charge::default());
    assert_eq!(station.lost_inside(SimTime(0), at), Some(Charge::default()));
    let Visit::Leaves { at, .. } = station.visit(SimTime(5 * MS), bare(4), &names) else { unreachable!() };
    assert_eq!(at, SimTime(9 * MS));
    assert_eq!(station.lost_inside(SimTime(5 * MS), at), None);
}

#[test]
fn a_full_buffer_is_charged_to_who_filled_it() {
    let mut names = Names::default();
    let flood = names.cause(By::Attack, "flood");
    let mut station = Station::new(PartId(0), 1, Span::ZERO, 0).with_buffer(Some(2));
    let junk = Work { added: Shares::of(flood, 10 * MS), ..Work::default() };
    for _ in 0..2 {
        assert!(matches!(station.visit(SimTime(0), junk.clone(), &names), Visit::Leaves { .. }));
    }
    assert_eq!(station.visit(SimTime(1), bare(1), &names), Visit::Full(flood));
}

/// By hand: frames of 10 bytes take 2 ms each and are followed by 8 ms of silence. 12 bytes leave after 2 + 8 + 2;
/// the next message waits for the silence after them, for 20 ms in all.
#[test]
fn a_transmitter_is_silent_after_each_frame() {
    use crate::frames::Passage;
    fn passage([most, on_air, silent, _]: [u64; 4], bytes: u64) -> Passage {
        let frames = bytes.div_ceil(most).max(1);
        Passage { passes: frames * on_air + (frames - 1) * silent, silent, on_air: frames * on_air }
    }
    let (mut names, settings) = (Names::default(), [10, 2 * MS, 8 * MS, 0]);
    let tls = names.cause(By::Control, "encryption");
    let mut radio = Station::new(PartId(0), 1, Span::ZERO, 0).framed(Framed { settings, passage });
    let mut sends = |at: u64, bare: u64, more: u64| {
        let mut work = Work { bare: radio.bytes_time(bare), ..Work::default() };
        work.added.add(tls, radio.more_time(bare, more));
        work.aired = radio.aired(bare + more, Some(bare));
        match radio.visit(SimTime(at * MS), work, &names) {
            Visit::Leaves { at, extra } => (at.0 / MS, extra.iter().map(|share| share.1 / MS).sum::<u64>()),
            Visit::Full(_) => unreachable!("no buffer"),
        }
    };
    assert_eq!(sends(0, 8, 4), (12, 10));
    // It waits for 17 ms; with bare work alone for 7.
    assert_eq!(sends(3, 8, 0), (22, 10));
    assert_eq!(radio.on_air(), (6 * MS, 4 * MS));
}

#[test]
fn three_units_over_two_equal_causes_go_by_name() {
    let mut names = Names::default();
    let (z, a) = (names.cause(By::Control, "z"), names.cause(By::Control, "a"));
    let parts = split(3, &[(z, 1), (a, 1)].into_iter().collect(), &names);
    assert_eq!(parts.iter().find(|part| part.0 == a).map(|part| part.1), Some(2));
}
