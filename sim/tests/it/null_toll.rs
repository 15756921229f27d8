//! Contract: a control that costs nothing and never strikes changes no fact, although its tolls are worked.

use crate::ward::{PLAIN, Setting, build};
use sim::fact::CauseId;
use sim::route::Toll;

#[test]
fn a_toll_without_cost_is_worked_and_changes_no_bit() {
    let mut plain = build(PLAIN);
    plain.run(|_, _| ());
    // The ward names its one control before anything else, so the id is the same in both worlds.
    let cause = crate::ward::control(plain.core_mut());
    let mut tolled = build(Setting { toll: Some(Toll::free(cause)), ..PLAIN });
    tolled.run(|_, _| ());
    assert_eq!(tolled.core().digest, plain.core().digest);
    assert!(tolled.core().tolls_worked[usize::from(cause.0)] > 100_000);
    assert_ne!(cause, CauseId::NONE);
}
