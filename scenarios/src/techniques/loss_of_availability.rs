//! Loss of availability: the computer's disks are encrypted, and it is away until it is restored.
//!
//! # Differs from the real thing
//! The tool is pushed and run in one message; copying its bytes is left out. Encryption is complete at once.

use super::{Need, Secret, Tactic, TechniqueDef};

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "loss-of-availability",
    title: "Encrypts a computer whose administrator's secret is known",
    attack_id: "T0826",
    tactic: Tactic::Impact,
    needs: &[Need::Login, Need::KnownSecret],
    secret: Secret::Known,
    attempt: crate::campaigns::encrypt,
};
