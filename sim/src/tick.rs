//! The tick is this page: the phases of a window and the stages of a message, in the order of work.

use crate::simulation::Engine;
use crate::travel::travel;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};

/// What happens in one window, in this order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The clock moves to the next window that has work.
    Advance,
    /// Every row of the window, in order.
    Travel,
    /// What is continuous is carried to its last grid point before the window's end; it acts on nothing.
    Evolve,
    /// Facts are put in order and enter the digest.
    Account,
}

/// What a message passes through on its way, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A slot comes due: something is measured or ordered.
    Sense,
    /// The sender's own processor.
    Protect,
    /// Links, media, access points, firewalls.
    Hop,
    /// A server on the way works on it.
    Decide,
    /// A guard looks at it.
    Guard,
    /// The receiver takes it in and acts.
    Act,
}

impl Stage {
    /// Every stage in order, with its name.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Sense, "sense"),
        (Self::Protect, "protect"),
        (Self::Hop, "hop"),
        (Self::Decide, "decide"),
        (Self::Guard, "guard"),
        (Self::Act, "act"),
    ];
}

/// The label of the one schedule there is.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tick;

/// The schedule of a window: single-threaded, and an ambiguity between systems is an error.
pub fn tick() -> Schedule {
    let mut tick = Schedule::new(Tick);
    tick.set_executor(SingleThreadedExecutor::new());
    tick.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        hierarchy_detection: LogLevel::Error,
        ..ScheduleBuildSettings::new()
    });
    tick.configure_sets((Phase::Advance, Phase::Travel, Phase::Evolve, Phase::Account).chain());
    tick.add_systems((
        advance.in_set(Phase::Advance),
        travel.in_set(Phase::Travel),
        account.in_set(Phase::Account),
    ));
    tick
}

fn advance(mut core: ResMut<Engine>) {
    core.begin_window();
}

fn account(mut core: ResMut<Engine>) {
    core.settle();
}
