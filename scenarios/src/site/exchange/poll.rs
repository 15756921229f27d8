//! Polling: a master asks the devices of a line one after the other, and no second before the first has answered or been
//! given up, as on a Modbus line.
//!
//! A line is what one master asks through one gateway; what it asks without any gateway is a line, too. Every period a
//! round begins. While the last one is not over, the next is left out: its readings are due and never sent, and charged
//! to the load of the line.
//!
//! # Differs from the real thing
//! The silence between two frames of a serial line (3.5 characters) is part of the time that a device takes to answer.

use crate::site::Site;
use crate::site::classes::POLL;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::luck::mix;
use sim::message::DeviceId;
use sim::row::Row;
use sim::time::Span;
use std::collections::BTreeMap;

/// Where a line is in its round.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Round {
    /// The number of the round.
    number: u64,
    /// Whom it asks next; none: it is over.
    next: Option<u32>,
}

/// All lines.
#[derive(Resource, Debug, Default)]
pub struct Lines {
    /// The emitters of each, in the order of asking, and the period of its rounds.
    all: Vec<(Vec<u32>, Span)>,
    rounds: Vec<Round>,
    of: BTreeMap<u32, usize>,
}

sim::kept!(Lines { rounds } built { all, of });

pub(super) fn prepare(site: &mut Site) {
    site.core.handle(POLL, begin);
    site.world.insert_resource(Lines::default());
}

/// Rounds begin at an instant of the line's own within the first period.
pub(super) fn install(site: &mut Site) {
    let phase = site.core.luck.purpose("polling");
    let mut lines = Lines::default();
    for flow in site.ground.flows.iter().filter(|flow| flow.text.polled.is_some()) {
        let period = flow.text.every.as_ref().map_or(Span::SECOND, |every| every.value.mean()).max(Span(1));
        let mut together: BTreeMap<(DeviceId, Option<DeviceId>), Vec<u32>> = BTreeMap::new();
        for at in flow.emitters.0..flow.emitters.0 + flow.emitters.1 {
            let own = &site.core.emitters[at as usize];
            together.entry((own.target, site.ground.gateway(own.source))).or_default().push(at);
        }
        for ((master, gateway), emitters) in together {
            let line = lines.all.len();
            lines.of.extend(emitters.iter().map(|&at| (at, line)));
            let whose = gateway.map_or(0, |gateway| site.core.key(gateway));
            let key = mix(site.core.key(master) ^ whose ^ site.core.names.topic_hash(flow.topic));
            let first = Span(phase.below(period.0, key, 0));
            site.core.push(site.core.now + first, POLL, line as u64, 0);
            lines.all.push((emitters, period));
            lines.rounds.push(Round::default());
        }
    }
    site.world.insert_resource(lines);
}

/// A round is due.
fn begin(core: &mut Core, world: &mut World, row: Row) {
    let line = row.id() as usize;
    let mut lines = world.resource_mut::<Lines>();
    let lines = &mut *lines;
    let (Some((emitters, period)), Some(round)) = (lines.all.get(line), lines.rounds.get_mut(line)) else {
        return;
    };
    core.push(core.now + *period, POLL, row.id(), row.arg + 1);
    if round.next.is_none() {
        *round = Round { number: row.arg, next: Some(0) };
        return go_on(core, world, line);
    }
    let charge = Charge { by: core.load, because: CauseId::NONE };
    for emitter in emitters.clone() {
        if let Some(message) =
            enabled(core, emitter).then(|| core.take_slot(emitter, row.arg, core.now)).flatten()
        {
            core.slot_unsent(&message, Some(charge));
            (core.action_of(message.action).lost)(core, world, &message, charge);
        }
    }
}

fn enabled(core: &Core, emitter: u32) -> bool {
    core.emitters.get(emitter as usize).is_some_and(sim::message::Emitter::is_enabled)
}

/// A device has answered, or was given up: the next is asked.
pub(super) fn done(core: &mut Core, world: &mut World, emitter: u32) {
    if let Some(&line) = world.resource::<Lines>().of.get(&emitter) {
        go_on(core, world, line);
    }
}

/// Ask whoever is next, until somebody can be asked or the round is over.
fn go_on(core: &mut Core, world: &mut World, line: usize) {
    loop {
        let mut lines = world.resource_mut::<Lines>();
        let lines = &mut *lines;
        let (Some((emitters, _)), Some(round)) = (lines.all.get(line), lines.rounds.get_mut(line)) else {
            return;
        };
        let (Some(next), number) = (round.next, round.number) else { return };
        let Some(&emitter) = emitters.get(next as usize) else {
            round.next = None;
            return;
        };
        round.next = Some(next + 1);
        if enabled(core, emitter) && super::begin(core, world, emitter, number, core.now).is_some() {
            return;
        }
    }
}
