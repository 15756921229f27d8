//! Where a machine's time goes, in the terms of a run: stages of messages and classes of rows.
//!
//! The engine reads no clock: one is handed in by whoever asks. A row's time is its class's; that of a slot or a message
//! is shared evenly among the stages that it passed. What models do as a message arrives is part of its last stage. Of
//! slots and messages one row in sixteen is measured and stands for all: a clock costs as much as half a row.

use crate::core::Core;
use crate::row::Class;
use bevy_ecs::world::World;

/// A wall clock [ns], from any beginning.
pub type Clock = fn() -> u64;

/// Time spent on rows.
#[derive(Clone, Debug)]
pub struct Meter {
    clock: Clock,
    stages: [u64; 6],
    classes: [(u64, u64); Class::COUNT],
}

/// Of slots and messages, one row in so many is measured.
const SAMPLE: u64 = 16;

impl Meter {
    /// Nothing measured yet.
    pub const fn new(clock: Clock) -> Self {
        Self { clock, stages: [0; 6], classes: [(0, 0); Class::COUNT] }
    }

    /// Time by stage [ns].
    pub const fn stages(&self) -> [u64; 6] {
        self.stages
    }

    /// Rows of a class and the time that they took [ns].
    pub fn class(&self, class: Class) -> (u64, u64) {
        self.classes.get(usize::from(class.0)).copied().unwrap_or_default()
    }

    /// Count a row; for how many it stands if it is to be measured.
    fn count(&mut self, class: Class) -> Option<u64> {
        let own = self.classes.get_mut(usize::from(class.0))?;
        own.0 += 1;
        let every = if class == Class::WAKE || class == Class::MESSAGE { SAMPLE } else { 1 };
        own.0.is_multiple_of(every).then_some(every)
    }

    fn add(&mut self, class: Class, nanos: u64, passed: [u64; 6]) {
        if let Some(own) = self.classes.get_mut(usize::from(class.0)) {
            own.1 += nanos;
        }
        let all: u64 = passed.iter().sum();
        if all > 0 {
            self.stages.iter_mut().zip(passed).for_each(|(own, times)| *own += nanos * times / all);
        }
    }
}

/// Work a row of a class, and measure that.
pub(crate) fn work(
    core: &mut Core,
    world: &mut World,
    class: Class,
    act: impl FnOnce(&mut Core, &mut World),
) {
    let measured = core.meter.as_mut().and_then(|meter| Some((meter.clock, meter.count(class)?)));
    let Some((clock, times)) = measured else { return act(core, world) };
    let (before, stages) = (clock(), core.counters.stages);
    act(core, world);
    let nanos = clock().saturating_sub(before) * times;
    let mut passed = core.counters.stages;
    passed.iter_mut().zip(stages).for_each(|(now, then)| *now -= then);
    if let Some(meter) = &mut core.meter {
        meter.add(class, nanos, passed);
    }
}
