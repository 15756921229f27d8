//! Staff: people with attention, as stations. Who asks them learns when they will be done.
//!
//! # Differs from the real thing
//! People work on what came first, and never leave off. A group's number is that of the shift in which the run
//! begins.

use super::Site;
use crate::language::people::{Duty, People};
use bevy_ecs::prelude::Resource;
use sim::core::Core;
use sim::fact::{CauseId, Who};
use sim::station::{Station, StationId, Visit, Work, add_share};
use sim::status::PartId;
use sim::time::{SimTime, Span};
use std::collections::BTreeMap;

/// A group of staff.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The first of them.
    pub first: Who,
    /// How many there are.
    pub count: u32,
    /// Where work waits for them.
    pub station: StationId,
    /// As it was written.
    pub text: People,
}

/// All staff.
#[derive(Resource, Clone, Debug, Default)]
pub struct Staff {
    groups: Vec<Group>,
    by_duty: BTreeMap<Duty, usize>,
}

/// Hire everybody who is not cared for.
pub(super) fn hire(site: &mut Site) {
    let scenario = std::sync::Arc::clone(&site.scenario);
    let mut staff = Staff::default();
    for (name, people) in scenario.people.iter().filter(|(_, people)| !people.are_cared_for()) {
        let clock = scenario.starts_at.clock_at(SimTime::ZERO);
        let holds =
            |from, to| if from <= to { from <= clock && clock < to } else { from <= clock || clock < to };
        let shift = people.shifts.iter().find(|shift| holds(shift.from, shift.to));
        let count = shift.map_or(people.count(), |shift| shift.count);
        let first = site.core.names.group(name, count.max(1));
        let servers = u16::try_from(count.max(1)).unwrap_or(u16::MAX);
        let station = site.core.station(Station::new(PartId::ALWAYS, servers, Span::ZERO, 0));
        for duty in &people.does {
            staff.by_duty.entry(duty.value).or_insert(staff.groups.len());
        }
        staff.groups.push(Group { name: name.clone(), first, count, station, text: people.value.clone() });
    }
    site.world.insert_resource(staff);
}

impl Staff {
    /// The group that does this, if there is one.
    pub fn group(&self, duty: Duty) -> Option<&Group> {
        self.by_duty.get(&duty).and_then(|&at| self.groups.get(at))
    }

    /// The group that answers this flow.
    pub fn answering(&self, flow: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.text.answers.iter().any(|answered| answered.value == flow))
    }

    /// All groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }
}

/// Work of this length waits for one of the group from now on; gives when it is done. Work that would not exist
/// without `made_by` is added work.
pub fn ask(core: &mut Core, station: StationId, busy: Span, made_by: CauseId) -> SimTime {
    let mut work = Work::default();
    if made_by == CauseId::NONE {
        work.bare = busy.0;
    } else {
        add_share(&mut work.added, made_by, busy.0);
    }
    match core.stations[station.0 as usize].visit(core.now, &work, &core.names) {
        Visit::Leaves { at, .. } => at,
        Visit::Full(_) => SimTime::NEVER,
    }
}
