//! The figures on which programs agreed that share no line with these: a loop over arrays, two heaps and bevy_ecs in
//! Rust, for the first minute also NexoSim, the scheduler of ns-3 in C++, and SimPy.

use benches::heap::Heap;
use benches::soa::Soa;
use benches::workload::{Fleet, Sums};

/// Delivered, commands, sum of uplink latencies, sum of loop latencies, checksum.
fn figures(sums: &Sums) -> [u64; 5] {
    [sums.delivered, sums.commands, sums.uplink_latency_sum, sums.loop_latency_sum, sums.checksum]
}

#[test]
fn a_minute_of_fleet_1_is_as_published() {
    let fleet = Fleet::of(10_000, 10, 60);
    let published = [60_015, 6_036, 1_746_323_359_602, 321_069_303_555, 702_617_202];
    assert_eq!(figures(&Soa::set_up(&fleet).run()), published);
    assert_eq!(figures(&Heap::set_up(&fleet).run()), published);
}

#[test]
fn fleet_1_is_as_published() {
    let fleet = Fleet::of(10_000, 10, 600);
    for sums in [Soa::set_up(&fleet).run(), Heap::set_up(&fleet).run()] {
        assert_eq!(sums.delivered, 599_986);
        assert_eq!(sums.uplink_latency_sum, 17_457_247_258_259);
        assert_eq!(sums.loop_latency_sum, 3_173_585_669_238);
        assert_eq!(sums.checksum, 17_356_429_826);
        // Published rounded to the microsecond and read from bins of 16.4 us.
        let bin = 1 << 14;
        assert!(sums.uplink_percentile(99).abs_diff(32_170_000) <= bin, "{}", sums.uplink_percentile(99));
        assert_eq!((sums.loop_latency_sum as f64 / sums.commands as f64).round(), 53_182_050.0);
    }
}

fn is_fleet_1m(sums: &Sums) {
    assert_eq!(sums.delivered, 10_003_378);
    assert_eq!(sums.commands, 1_001_629);
    assert_eq!(sums.uplink_latency_sum, 290_296_705_474_425);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ten million messages; half a second in release")]
fn fleet_1m_is_as_published() {
    is_fleet_1m(&Soa::set_up(&Fleet::of(1_000_000, 60, 600)).run());
}

#[test]
#[ignore = "ten million messages through a heap: half a minute"]
fn fleet_1m_in_a_heap_is_as_published_and_equals_the_arrays() {
    let fleet = Fleet::of(1_000_000, 60, 600);
    let sums = Heap::set_up(&fleet).run();
    is_fleet_1m(&sums);
    assert_eq!(sums, Soa::set_up(&fleet).run());
}
