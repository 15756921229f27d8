//! External remote services: somebody logs in from outside as if they were allowed to.
//!
//! # Differs from the real thing
//! The secret was stolen or bought before the run begins; second factors are not modelled.

use super::{Need, Secret, Tactic, TechniqueDef};
use crate::attempt;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "external-remote-services",
    title: "Comes by remote access with stolen or a maker's credentials",
    attack_id: "T0822",
    tactic: Tactic::InitialAccess,
    needs: &[Need::Login],
    secret: Secret::None,
    attempt: attempt::take_target,
};
