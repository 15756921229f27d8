//! The loop over arrays works in windows, serves without events for departures and sorts; the heap does none of
//! this. They agree in every sum, the largest latencies and every bin of the histogram, on fleets with idle, busy
//! and overloaded gateways, ties, and horizons that end within a message.

use benches::heap::Heap;
use benches::soa::Soa;
use benches::workload::{Fleet, SECOND, SEED, Sums};

fn both(fleet: Fleet) -> Sums {
    let sums = Soa::set_up(&fleet).run();
    assert_eq!(sums, Heap::set_up(&fleet).run(), "{fleet:?}");
    sums
}

#[test]
fn arrays_equal_the_heap_on_other_seeds_and_sizes() {
    for seed in 0..16 {
        for (devices, gateways) in [(1, 1), (7, 3), (999, 10), (4_000, 40)] {
            both(Fleet { devices, gateways, period: 10 * SECOND, horizon: 60 * SECOND, seed });
        }
    }
}

#[test]
fn arrays_equal_the_heap_where_gateways_fall_behind() {
    // 250 messages a second fill a gateway; here come 300, and latencies grow to seconds.
    let fleet = Fleet { devices: 3_000, gateways: 1, period: 10 * SECOND, horizon: 30 * SECOND, seed: SEED };
    assert!(both(fleet).uplink_latency_max > SECOND);
}

#[test]
fn arrays_equal_the_heap_where_the_backend_falls_behind_and_messages_tie() {
    // A million messages a second reach a backend that does 200,000; one in a thousand shares its instant with the one
    // before, and the order of the two shows in the loop latency of those that cause commands.
    let fleet =
        Fleet { devices: 20_000, gateways: 20_000, period: SECOND / 50, horizon: SECOND / 2, seed: SEED };
    assert!(both(fleet).commands > 1_000);
}

#[test]
fn arrays_equal_the_heap_wherever_the_horizon_cuts() {
    for horizon in (0..200).map(|step| 1 + step * 937_501) {
        both(Fleet { devices: 500, gateways: 5, period: SECOND / 10, horizon, seed: SEED });
    }
}
