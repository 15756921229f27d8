//! Contract: messages that move nothing but the books travel as parcels, and no digest knows it: with losses on the
//! air, reboots under way, retries, tolls that add work, late arrivals and any window.

use crate::ward::{PLAIN, Setting, build, control};
use sim::rank::Way;
use sim::route::Toll;
use sim::time::Span;

fn digests(setting: Setting, way: Way) -> (Vec<(sim::fact::Kind, u64, u64)>, u64) {
    let mut simulation = build(setting);
    simulation.core_mut().travel_by(way);
    simulation.run(|_, _| ());
    (simulation.core().digest.kinds().collect(), simulation.core().counters().visits)
}

#[test]
fn parcels_and_messages_leave_the_same_books() {
    let by = control(build(PLAIN).core_mut());
    let settings = [
        PLAIN,
        Setting { sessions: true, ..PLAIN },
        Setting { reboots: false, ..PLAIN },
        Setting { shift: 34, seed: 7, ..PLAIN },
        // The access point is overloaded: everything is late.
        Setting { service: Span::millis(60), ..PLAIN },
        Setting { toll: Some(Toll { bytes: 40, cpu: 3_000_000, ..Toll::free(by) }), ..PLAIN },
    ];
    for (at, setting) in settings.into_iter().enumerate() {
        let messages = digests(setting, Way::Messages);
        for way in [Way::InOrder, Way::Batched] {
            assert_eq!(digests(setting, way), messages, "setting {at}, {way:?}");
        }
    }
}
