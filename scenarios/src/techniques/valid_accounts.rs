//! Valid accounts: a secret stolen from one device opens every other that has the same.
//!
//! # Differs from the real thing
//! A device holds the secret that opens it and, if it keeps identities, those of all computers that it keeps; no
//! others are cached on it.

use super::{Need, Secret, Tactic, TechniqueDef};
use crate::attempt;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "valid-accounts",
    title: "Logs in with a secret that was stolen inside",
    attack_id: "T0859",
    tactic: Tactic::LateralMovement,
    needs: &[Need::Login, Need::KnownSecret],
    secret: Secret::Known,
    attempt: attempt::take_target,
};
