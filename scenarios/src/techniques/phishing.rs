//! Phishing: a mail asks for a password, and somebody types it.
//!
//! # Differs from the real thing
//! The mail itself is no row: it travels with all other mail, of which it is nothing. Who falls for it is drawn once
//! per person and campaign.

use super::{Need, Secret, Tactic, TechniqueDef};
use crate::attempt;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "phishing",
    title: "Makes a person hand over what opens their computer",
    attack_id: "T0865",
    tactic: Tactic::InitialAccess,
    needs: &[Need::People],
    secret: Secret::None,
    attempt: attempt::take_target,
};
