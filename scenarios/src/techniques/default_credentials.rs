//! Default credentials: a list of passwords is tried until one opens.
//!
//! # Differs from the real thing
//! One attempt tries the whole list (62 pairs in Mirai's builds), in an order of its own: the place of the right pair
//! is drawn once per secret, and every wrong pair before it is a failed login. Whether the list holds the right pair
//! is drawn once per device, or once per fleet that shares a secret.

use super::{Need, Secret, Tactic, TechniqueDef};
use crate::attempt;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "default-credentials",
    title: "Logs in with a maker's or another weak password",
    attack_id: "T0812",
    tactic: Tactic::LateralMovement,
    needs: &[Need::Login, Need::WeakSecret],
    secret: Secret::List,
    attempt: attempt::take_target,
};
