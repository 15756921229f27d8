//! Contract: Plimsoll gives the sums of the textbook's event simulation to the nanosecond, by either path
//! and as messages, for the published sizes and for others.

use benches::engine::Engine;
use benches::heap::Heap;
use benches::soa::Soa;
use benches::workload::{Fleet, SECOND, Sums};
use sim::rank::Way;

/// What does not depend on how events are counted.
fn plain(sums: &Sums) -> [u64; 8] {
    [
        sums.messages,
        sums.delivered,
        sums.commands,
        sums.uplink_latency_sum,
        sums.uplink_latency_max,
        sums.loop_latency_sum,
        sums.loop_latency_max,
        sums.checksum,
    ]
}

fn engine(fleet: &Fleet, way: Way) -> ([u64; 8], u64) {
    let mut engine = Engine::set_up(fleet, "none", way).unwrap();
    (plain(&engine.run()), engine.digest())
}

#[test]
fn fleet_1_gives_the_published_sums() {
    for way in [Way::Batched, Way::InOrder] {
        let (sums, _) = engine(&Fleet::of(10_000, 10, 600), way);
        assert_eq!([sums[1], sums[3], sums[7]], [599_986, 17_457_247_258_259, 17_356_429_826], "{way:?}");
    }
}

#[test]
fn both_ways_of_travelling_agree_with_the_textbook_on_other_seeds_and_sizes() {
    for (seed, devices, period, horizon) in
        [(1, 100, 10, 300), (2, 1_000, 10, 60), (3, 1_000, 7, 30), (4, 3_000, 60, 120), (5, 200, 1, 20)]
    {
        let fleet = Fleet { seed, ..Fleet::of(devices, period, horizon) };
        let textbook = plain(&Heap::set_up(&fleet).run());
        let messages = engine(&fleet, Way::Messages);
        assert_eq!(messages.0, textbook, "{fleet:?}");
        for way in [Way::Batched, Way::InOrder] {
            assert_eq!(engine(&fleet, way), messages, "{fleet:?} {way:?}");
        }
    }
}

/// Gateways that cannot keep up, so that queues grow to the end and ties are many.
#[test]
fn an_overloaded_gateway_is_served_in_the_same_order() {
    let fleet = Fleet { gateways: 1, ..Fleet::of(300, 1, 20) };
    assert_eq!(engine(&fleet, Way::Batched).0, plain(&Heap::set_up(&fleet).run()));
}

#[test]
#[ignore = "takes half a minute; .ci/run has it"]
fn fleet_1m_gives_the_published_sums() {
    let fleet = Fleet::of(1_000_000, 60, 600);
    let loop_ = plain(&Soa::set_up(&fleet).run());
    for way in [Way::Batched, Way::InOrder] {
        let (sums, _) = engine(&fleet, way);
        assert_eq!([sums[1], sums[2], sums[3]], [10_003_378, 1_001_629, 290_296_705_474_425], "{way:?}");
        assert_eq!(sums, loop_, "{way:?}");
    }
    assert_eq!(fleet.horizon, 600 * SECOND);
}
