//! Emergency access: who breaks the glass works at once, and is asked about it later.
//!
//! # Differs from the real thing
//! Whoever breaks the glass stands at the device: an adversary on the network does not. Nobody is punished, so
//! nobody stops doing it.

use super::accounts::Whose;
use super::hands;
use super::scope::Scope;
use super::staff::Call;
use crate::language::people::Duty;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Topic, kind};
use sim::luck::{Draws, Keys};
use sim::message::{DeviceId, Message, MessageId};
use sim::time::Span;
use sim::travel::Verdict;

/// Emergency accesses.
pub const BROKEN: Kind = kind("access.break-glass");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("access.break-glass", "access")];

/// How emergency access works.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// How long somebody of the security staff looks at each use afterwards, where the scenario does not say how long
    /// they take for a piece of work; none: nobody looks.
    pub audit: Option<Span>,
    /// Share of accesses that go this way though nothing is the matter.
    pub overuse: f64,
}

/// Where there is emergency access.
#[derive(Resource, Debug)]
pub struct Emergency {
    control: CauseId,
    topic: Topic,
    rules: Vec<Rule>,
    scope: Scope,
    habit: Draws,
    audits: Draws,
}

impl Emergency {
    /// Emergency access by this control.
    pub fn new(control: CauseId, topic: Topic, rules: Vec<Rule>, scope: Scope, luck: Keys) -> Self {
        let (habit, audits) = (luck.purpose("break-glass habit"), luck.purpose("audit"));
        Self { control, topic, rules, scope, habit, audits }
    }

    fn rule(&self, device: DeviceId) -> Option<Rule> {
        self.scope.get(device).and_then(|at| self.rules.get(at)).copied()
    }
}

/// Somebody needs a device whose account is closed; true if they may work all the same.
pub fn break_glass(core: &mut Core, world: &mut World, device: DeviceId, message: &Message) -> bool {
    let Some(emergency) = world.get_resource::<Emergency>() else { return false };
    let Some(rule) = emergency.rule(device) else { return false };
    record(core, world, device, message, rule);
    true
}

/// The check of a login: some go by the emergency access though they need not.
pub fn overuse(core: &mut Core, world: &mut World, _: MessageId, message: &Message, whose: u32) -> Verdict {
    let device = Whose::of(whose, message);
    if let Some(emergency) = world.get_resource::<Emergency>()
        && let Some(rule) = emergency.rule(device)
        && message.attempt == 0
        && emergency.habit.chance(rule.overuse, message.key, message.slot)
        && !super::accounts::locked(world, device)
    {
        record(core, world, device, message, rule);
    }
    Verdict::Pass
}

fn record(core: &mut Core, world: &World, device: DeviceId, message: &Message, rule: Rule) {
    let Some(emergency) = world.get_resource::<Emergency>() else { return };
    let charge = Charge { by: emergency.control, because: CauseId::NONE };
    core.fact(BROKEN, core.who(device), emergency.topic, charge, 1);
    if let Some(audit) = rule.audit {
        let share = emergency.audits.unit(message.key, message.slot);
        let busy = hands::handling(world, Duty::Security, share).unwrap_or(audit);
        hands::give(core, world, (Duty::Security, Call::Planned), busy, charge);
    }
}
