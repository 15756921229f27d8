//! Transient cyber asset: a device is infected already when it is plugged in.

use super::{Secret, Tactic, TechniqueDef};
use crate::attempt;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "transient-asset",
    title: "Comes with a device that was infected elsewhere",
    attack_id: "T0864",
    tactic: Tactic::InitialAccess,
    needs: &[],
    secret: Secret::None,
    attempt: attempt::take_target,
};
