//! Alarms and calls: a message reaches a handset, and one of the staff goes.
//!
//! # Differs from the real thing
//! Every message is answered by the first of the group who is free; nobody ignores one. The more alarms there were
//! in the last while, the slower the answer, in the three classes of the study named in the data file.

use super::journal::{self, Act};
use super::{Function, opioid};
use crate::site::devices::{Devices, NOBODY};
use crate::site::ground::Ground;
use crate::site::staff::{Call, Staff, ask};
use crate::site::{Site, SiteError};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge, Who};
use sim::luck::{Draws, mix};
use sim::message::{Action, Message};
use sim::station::Shares;
use sim::time::{SimTime, Span};
use std::collections::VecDeque;

/// What the answering of alarms needs to know.
#[derive(Resource, Clone, Debug)]
pub struct Answers {
    draws: Draws,
    /// Alarms of each group in the last while, by the group's place.
    recent: Vec<VecDeque<SimTime>>,
    /// Per person, from how many alarms on, and by what factor answers are slower.
    some: (f64, f64),
    many: f64,
    /// How often somebody looks in anyway [s].
    rounds: f64,
}

/// Let staff answer the flows they are there for.
pub(super) fn install(site: &mut Site) -> Result<(), SiteError> {
    let action = site.core.action(Action { arrived, lost });
    let groups = site.world.get_resource::<Staff>().map_or(0, |staff| staff.groups().len());
    for at in 0..site.ground.flows.len() {
        let answered = site
            .world
            .get_resource::<Staff>()
            .is_some_and(|staff| staff.answering(&site.ground.flows[at].name).is_some());
        if answered {
            site.core.flows[at].action = action;
        }
    }
    let answers = Answers {
        draws: site.core.luck.purpose("answers"),
        recent: vec![VecDeque::new(); groups],
        some: (site.numbers.si("care.fatigue.some")?, site.numbers.si("care.fatigue.some.factor")?),
        many: site.numbers.si("care.fatigue.many.factor")?,
        rounds: site.numbers.si("care.rounds")?,
    };
    site.world.insert_resource(answers);
    Ok(())
}

sim::kept!(Answers { recent } built { draws, some, many, rounds });

/// Whose alarm it is: the patient at the device, or nobody's.
fn whose(core: &Core, world: &World, message: &Message) -> Who {
    let owner = core.owner(message);
    world.get_resource::<Devices>().map_or(NOBODY, |devices| devices.user(owner))
}

fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    if message.ghost {
        return journal::bare(core, world, message);
    }
    let who = whose(core, world, message);
    let (Some(ground), Some(staff)) = (world.get_resource::<Ground>(), world.get_resource::<Staff>()) else {
        return;
    };
    let Some(flow) = ground.flows.iter().find(|flow| flow.topic == message.topic) else { return };
    let Some(at) =
        staff.groups().iter().position(|group| group.text.answers.iter().any(|name| **name == *flow.name))
    else {
        return;
    };
    let group = staff.groups()[at].clone();
    let Some(mut answers) = world.get_resource_mut::<Answers>() else { return };
    let slower = answers.slower(at, &group, core.now);
    let draws = answers.draws;
    let key = mix(message.key ^ message.slot);
    let handling = group.text.handling.map_or(Span::ZERO, |law| law.0.span(draws.unit(key, 0)));
    let way = group.text.response.map_or(0.0, |law| law.0.quantile(draws.unit(key, 1)) * slower);
    let way = Span::from_seconds(way);
    // How long it would have waited for somebody without what controls and attackers ask of the staff.
    let bare = core.stations[group.station.0 as usize].bare_wait(core.now);
    let done = ask(core, &group, Call::Urgent(key), handling, CauseId::NONE);
    let begun = done.0 - handling.0;
    let queued = core.now;
    let mut extra: Shares = message.extra.clone();
    let added = SimTime(begun).since(queued + bare).0;
    extra.add(busiest(core, group.station), added);
    let answered = SimTime(begun) + way;
    super::wait_for_each(core, world, who, Function::Alarm, answered, &extra);
    opioid::answered(core, world, message.slot, answered);
    if opioid::raised(message.slot) {
        let act = |message| Act::AlarmArrived { message, group: group.name, answered_at: answered };
        journal::message(core, world, message, core.owner(message), Charge::default(), act);
    }
}

/// Whom a wait for staff beyond the bare one is due to: who asked most of them besides the patients.
fn busiest(core: &Core, station: sim::station::StationId) -> CauseId {
    core.stations[station.0 as usize].most_added().unwrap_or(core.load)
}

/// Nobody was told: the patient waits until somebody looks in.
fn lost(core: &mut Core, world: &mut World, message: &Message, charge: Charge) {
    let who = whose(core, world, message);
    let Some(answers) = world.get_resource::<Answers>() else { return };
    let (draws, rounds) = (answers.draws, answers.rounds);
    let until = Span::from_seconds(rounds * draws.unit(mix(message.key ^ message.slot), 2));
    super::wait(core, world, who, Function::Alarm, core.now, charge, until.0);
    opioid::answered(core, world, message.slot, core.now + until);
    if opioid::raised(message.slot) {
        let answered_at = core.now + until;
        let act = |message| Act::AlarmLost { message, answered_at };
        journal::message(core, world, message, core.owner(message), charge, act);
    }
}

impl Answers {
    /// By what factor the group answers more slowly now that this alarm has come.
    fn slower(&mut self, at: usize, group: &crate::site::staff::Group, now: SimTime) -> f64 {
        let Some(fatigue) = group.text.fatigue else { return 1.0 };
        let recent = &mut self.recent[at];
        recent.push_back(now);
        while recent.front().is_some_and(|&then| now.since(then) > fatigue.within.0) {
            recent.pop_front();
        }
        let each = recent.len() as f64 / f64::from(group.count.max(1));
        if each >= f64::from(fatigue.alarms) {
            self.many
        } else if each >= self.some.0 {
            self.some.1
        } else {
            1.0
        }
    }

    /// How often somebody looks in anyway.
    pub fn rounds(&self) -> Span {
        Span::from_seconds(self.rounds)
    }
}
