//! Contract: the journal of a patient tells what was done about their therapy, and changes nothing: with it, on a
//! network that loses and delays, every kind of fact has the digest that it has without. A name that no process is
//! simulated for has no journal.

use crate::{begin, finish, hospital};
use scenarios::care::journal::{self, Act, Journal};
use sim::simulation::Simulation;
use std::sync::Arc;

fn digests(run: &Simulation) -> Vec<(String, u64)> {
    let core = run.core();
    let name = |kind| core.kinds.name(kind).unwrap_or_default().to_owned();
    core.digest.kinds().map(|(kind, ..)| (name(kind), core.digest.of(kind).unwrap_or_default())).collect()
}

#[test]
fn a_journal_changes_no_digest_of_any_kind() {
    let scenario = Arc::new(hospital(3));
    for strategy in ["none", "checklist"] {
        let plain = finish(begin(&scenario, strategy), |_, _| ());
        for patient in ["icu-patients/4", "pca-patients/1"] {
            let mut run = begin(&scenario, strategy);
            assert!(journal::open(&mut run, patient));
            let run = finish(run, |_, _| ());
            assert_eq!(digests(&run), digests(&plain), "{strategy}, {patient}");
            let entries = run.world.resource::<Journal>().entries();
            assert!(!entries.is_empty(), "{strategy}, {patient}: nothing was done in three hours");
        }
    }
}

#[test]
fn an_order_is_told_with_its_bare_path_and_its_additions_sum_to_the_difference() {
    let scenario = Arc::new(hospital(6));
    let mut orders = 0;
    for patient in 0..8 {
        let mut run = begin(&scenario, "none");
        assert!(journal::open(&mut run, &format!("pca-patients/{patient}")));
        let run = finish(run, |_, _| ());
        for entry in run.world.resource::<Journal>().entries() {
            let Act::OrderArrived(message) = &entry.act else { continue };
            let bare = message.bare_at.expect("the bare path loses nothing");
            let added: u64 = message.added.iter().map(|one| one.nanos).sum();
            if message.sent_again == 0 {
                assert_eq!(entry.at.since(bare).0, added, "{message:?}");
                orders += 1;
            }
            assert!(message.way.first().is_some_and(|first| first.starts_with("ehr")), "{:?}", message.way);
        }
    }
    assert!(orders >= 3, "orders come every four hours to each: {orders}");
}

#[test]
fn nobody_has_a_journal_for_whom_no_process_is_simulated() {
    let mut run = begin(&Arc::new(hospital(1)), "none");
    assert!(!journal::open(&mut run, "ward-patients/3"));
    assert!(!journal::open(&mut run, "nobody"));
}
