//! Staff: people with attention, as stations. Who asks them learns when they will be done.
//!
//! At the end of a shift others take over. While nobody is on shift, what is urgent calls those on call, who come,
//! work on whatever has piled up, and go home; what is planned waits for the next shift.
//!
//! # Differs from the real thing
//! People work on what came first, and never leave off: what has come by the end of a shift is finished by those who
//! leave.

use super::Site;
use super::classes::SHIFT;
use crate::language::clock::WeekTime;
use crate::language::people::{Duty, People};
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Who};
use sim::luck::mix;
use sim::row::Row;
use sim::station::{Station, StationId, Visit, Work};
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
    /// How many there are on the largest shift.
    pub count: u32,
    /// Where work waits for them.
    pub station: StationId,
    /// Where urgent work waits while nobody is on shift.
    on_call: Option<StationId>,
    /// When the run starts.
    starts_at: WeekTime,
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
        let counts = people.shifts.iter().map(|shift| shift.count).chain([people.count()]);
        let count = counts.max().unwrap_or(0).max(1);
        let first = site.core.names.group(name, count);
        let mut people_station =
            |count| site.core.station(Station::new(PartId::ALWAYS, count, Span::ZERO, 0));
        let station = people_station(1);
        let on_call = people.on_call.as_ref().map(|call| people_station(servers(call.count)));
        for duty in &people.does {
            staff.by_duty.entry(duty.value).or_insert(staff.groups.len());
        }
        let (starts_at, text) = (scenario.starts_at, people.value.clone());
        let group = Group { name: name.clone(), first, count, station, on_call, starts_at, text };
        group.begin_shift(&mut site.core);
        group.plan_next(&mut site.core, staff.groups.len());
        staff.groups.push(group);
    }
    site.world.insert_resource(staff);
    site.core.handle(SHIFT, change);
}

fn servers(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// A shift begins or ends.
fn change(core: &mut Core, world: &mut World, row: Row) {
    let at = row.id() as usize;
    if let Some(group) = world.get_resource::<Staff>().and_then(|staff| staff.groups.get(at)) {
        group.begin_shift(core);
        group.plan_next(core, at);
    }
}

impl Group {
    /// How many are on shift at this instant.
    pub fn on_shift(&self, at: SimTime) -> u32 {
        let clock = self.starts_at.clock_at(at);
        self.text
            .shifts
            .iter()
            .find(|shift| shift.holds(clock))
            .map_or(self.text.count(), |shift| shift.count)
    }

    /// When a shift next begins or ends.
    fn next_change(&self, after: SimTime) -> Option<SimTime> {
        let clock = self.starts_at.clock_at(after).0.0;
        let edges = self.text.shifts.iter().flat_map(|shift| [shift.from, shift.to]);
        let pauses = edges.map(|edge| match (edge.0.0 + Span::DAY.0 - clock) % Span::DAY.0 {
            0 => Span::DAY,
            pause => Span(pause),
        });
        pauses.min().map(|pause| after + pause)
    }

    /// Those whose shift it is take over; while it is nobody's, the next shift will.
    fn begin_shift(&self, core: &mut Core) {
        let mut at = core.now;
        // Edges come round every day: after two for each shift nothing new is found.
        for _ in 0..=2 * self.text.shifts.len() {
            if self.on_shift(at) > 0 {
                break;
            }
            at = self.next_change(at).unwrap_or(core.horizon);
        }
        let (at, count) = match self.on_shift(at) {
            0 => (core.horizon, 1),
            count => (at, count),
        };
        core.stations[self.station.0 as usize].relieve(at, servers(count));
    }

    fn plan_next(&self, core: &mut Core, own: usize) {
        if let Some(next) = self.next_change(core.now) {
            core.push(next, SHIFT, own as u64, 0);
        }
    }
}

/// Whether work can wait for a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// It waits for those on shift.
    Planned,
    /// Where nobody is on shift, those on call come; with the key of what called for them.
    Urgent(u64),
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
pub fn ask(core: &mut Core, group: &Group, call: Call, busy: Span, made_by: CauseId) -> SimTime {
    let (mut station, mut busy) = (group.station, busy);
    if let (Call::Urgent(key), Some(at_home), Some(text)) = (call, group.on_call, &group.text.on_call)
        && group.on_shift(core.now) == 0
    {
        station = at_home;
        // Who is there already goes on with what has come meanwhile.
        if core.stations[station.0 as usize].wait(core.now) == Span::ZERO {
            let share = core.luck.purpose("on-call").unit(mix(key ^ core.names.hash(group.first)), 0);
            busy += text.arrives.0.span(share);
        }
    }
    let mut work = Work::default();
    if made_by == CauseId::NONE {
        work.bare = busy.0;
    } else {
        work.added.add(made_by, busy.0);
    }
    match core.stations[station.0 as usize].visit(core.now, work, &core.names) {
        Visit::Leaves { at, .. } => at,
        Visit::Full(_) => SimTime::NEVER,
    }
}
