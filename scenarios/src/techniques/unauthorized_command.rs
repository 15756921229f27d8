//! Unauthorized command: whoever holds an actuator commands it.
//!
//! # Differs from the real thing
//! The command is given on the actuator itself, by who holds it: it passes no network, and no guard but the
//! device's own. What it does is the plant's affair.

use super::{Need, Secret, Tactic, TechniqueDef};
use crate::attempt::Attempt;
use crate::site::hooks::Hooks;
use bevy_ecs::world::World;
use sim::core::Core;

/// The technique.
pub const DEF: TechniqueDef = TechniqueDef {
    id: "unauthorized-command",
    title: "Tells an actuator in use to do something else",
    attack_id: "T0855",
    tactic: Tactic::ImpairProcessControl,
    needs: &[Need::Actuator, Need::InUse],
    secret: Secret::None,
    attempt: tamper,
};

fn tamper(core: &mut Core, world: &mut World, attempt: &Attempt) -> bool {
    let Some(hook) = Hooks::of(world).tamper else { return false };
    hook(core, world, attempt.target, attempt.cause);
    true
}
