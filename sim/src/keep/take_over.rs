//! Going on under another strategy: the world as it stands, and controls that begin now.
//!
//! The run is built with the other strategy's controls as of the snapshot's instant. What both have goes on: devices,
//! queues, messages under way on what is left of their way (without the old controls' charges), scheduled changes and
//! the rows of everything that is not a control. What a control keeps to itself is gone; messages that it made are gone;
//! those that it held go on at once, and the wait is its.

use super::ids::{GONE, Ids, NO_ACTION, within};
use super::state::{Kept, State, Waiting};
use super::{KeepError, ids};
use crate::core::Core;
use crate::fact::{By, CauseId, Charge};
use crate::message::Message;
use crate::route::RouteId;
use crate::row::Class;
use crate::status::{DutyId, PartId};
use crate::time::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A part that is held down, and the reason.
pub type Standing = (PartId, Charge);

/// What changes hands at the turn: the crates above see to it once everything else stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// What the old controls hold down with no end in sight.
    pub lifts: Vec<Standing>,
    /// What the new controls hold down.
    pub holds: Vec<Standing>,
}

/// A row of the crates above, under another strategy: its id and argument there; nothing if it was a control's.
pub type Carry<'a> = &'a dyn Fn(Class, u64, u64) -> Option<(u64, u64)>;

impl Core {
    /// The ids of this run by those of the snapshot. `routes` tells where each route that is in use is laid anew.
    ///
    /// # Errors
    /// When the snapshot does not read.
    pub fn ids_of(&mut self, kept: &Kept, routes: BTreeMap<u32, u32>) -> Result<Rc<Ids>, KeepError> {
        let frame = kept.frame()?;
        let (whos, topics, causes) = self.names.take_in(&frame.names);
        let (parts, duties) = frame.made_in_run;
        self.status.parts(parts as usize);
        let there = self.status.duties() + duties;
        let [all_parts, stations, all_duties, actions] = frame.counts;
        let sections = &frame.sections;
        Ok(Rc::new(Ids {
            causes,
            topics,
            whos,
            parts: sections.parts(all_parts, &self.sections, self.status.count()),
            stations: sections.stations(stations, &self.sections, self.stations.len() as u32),
            duties: sections.duties(all_duties, &self.sections, there),
            actions: sections.actions(actions, &self.sections, self.actions()),
            routes,
        }))
    }

    /// Go on at `at` from what was kept under another strategy.
    ///
    /// # Errors
    /// When the snapshot does not read, or is of another scenario.
    pub fn take_over(
        &mut self,
        kept: &Kept,
        ids: &Rc<Ids>,
        at: SimTime,
        carry: Carry<'_>,
    ) -> Result<Turn, KeepError> {
        let mut state = within(ids, || kept.state())?;
        if state.senders.len() != self.emitters.len() || state.energy.len() != self.energy.len() {
            return Err(KeepError::Differs { what: "flows and devices" });
        }
        let own = self.rows_of_controls(at);
        let (rows, changes) = self.rows_that_go_on(&mut state, ids, at, carry, own);
        let mut holds = self.status.take_over(state.status.into_owned(), ids);
        let ending: BTreeSet<Standing> = changes.iter().filter_map(crate::changes::Change::end).collect();
        let lifted = |hold: &Standing| {
            self.names.is_control(hold.1.by) && !ending.contains(hold) && !holds.contains(hold)
        };
        let lifts = self.status.all_reasons().filter(lifted).collect();
        // What holds already, from the start or by the same control, goes on holding.
        holds.retain(|(part, charge)| !self.status.reasons(*part).contains(charge));
        for (old, station) in state.stations {
            let own = ids.stations.get(old as usize).and_then(|own| self.stations.get_mut(*own as usize));
            if let Some(own) = own {
                own.go_on_from(station.into_owned());
            }
        }
        for (own, sender) in self.emitters.iter_mut().zip(&state.senders) {
            own.slot = sender.slot;
            own.enable(sender.enabled);
        }
        self.sessions.close_each();
        self.energy = state.energy.into_owned();
        self.media.go_on_from(state.media);
        self.digest = state.digest.into_owned();
        self.lay_sums(at, state.counters, state.values, state.tolls_worked, state.books);
        let later = self.pending.drain(..).filter(|fact| fact.at >= at);
        self.pending = state.pending.iter().copied().chain(later.collect::<Vec<_>>()).collect();
        self.stranded = state.stranded.into_owned();
        self.messages = state.messages.into_iter().collect();
        self.lay_rows(&rows, changes);
        Ok(Turn { lifts, holds })
    }

    /// The rows that the controls of this strategy made when the run was built, and the run's last.
    fn rows_of_controls(&self, at: SimTime) -> (Vec<Waiting>, Vec<crate::changes::Change>) {
        let mut rows: Vec<_> = self.wheel.rows().collect();
        rows.sort_unstable();
        let mut changes = Vec::new();
        let mut waiting = Vec::new();
        for row in rows {
            let class = row.class();
            let of_strategy = self.sections.is_of_strategy(row.number());
            if !of_strategy && class != Class::END {
                continue;
            }
            let mut arg = row.arg;
            if class == Class::STATUS {
                let Some(&change) = self.changes.get(row.arg as usize) else { continue };
                changes.push(change);
                arg = (changes.len() - 1) as u64;
            }
            waiting.push(Waiting { at: row.at.max(at), class: class.0, id: row.id(), arg, of_strategy });
        }
        (waiting, changes)
    }

    /// The snapshot's rows that go on, and after them the controls' own; messages without a way on are dropped.
    fn rows_that_go_on(
        &self,
        state: &mut State<'_>,
        ids: &Rc<Ids>,
        at: SimTime,
        carry: Carry<'_>,
        own: (Vec<Waiting>, Vec<crate::changes::Change>),
    ) -> (Vec<Waiting>, Vec<crate::changes::Change>) {
        state.messages.retain(|(_, message)| self.goes_on(message));
        // What a device itself keeps back, it goes on keeping.
        let by_control = state.held.iter().copied().filter(|(_, by)| self.names.is_control(*by));
        let held: BTreeMap<u32, CauseId> = by_control.collect();
        for (place, message) in &mut state.messages {
            message.on_bare_hops();
            if let Some(&by) = held.get(place) {
                message.extra.add(by, at.since(message.held).0);
            }
        }
        let under_way: BTreeMap<u32, u64> =
            state.messages.iter().map(|(place, message)| (*place, message.id)).collect();
        let mut rows = Vec::with_capacity(state.rows.len());
        let mut changes = Vec::new();
        for row in &state.rows {
            let mut row = *row;
            match Class(row.class) {
                Class::END | Class::TIMER => continue,
                Class::WAKE => row.id = self.wake_id(row.arg as usize),
                Class::MESSAGE => match under_way.get(&(row.arg as u32)) {
                    Some(&id) => row.id = id,
                    None => continue,
                },
                Class::STATUS => {
                    let Some(&change) = state.changes.get(row.arg as usize) else { continue };
                    if row.of_strategy || change.part.0 == GONE {
                        continue;
                    }
                    changes.push(change);
                    (row.id, row.arg) = (u64::from(change.part.0), (changes.len() - 1) as u64);
                }
                Class::SERVED => match ids.stations.get(row.id as usize) {
                    Some(&station) if station != GONE => row.id = u64::from(station),
                    _ => continue,
                },
                class => match within(ids, || carry(class, row.id, row.arg)) {
                    Some((id, arg)) => (row.id, row.arg) = (id, arg),
                    None => continue,
                },
            }
            row.of_strategy = false;
            rows.push(row);
        }
        let class = Class::MESSAGE.0;
        let freed = held.keys().filter_map(|place| Some((*place, *under_way.get(place)?)));
        rows.extend(freed.map(|(place, id)| Waiting {
            at,
            class,
            id,
            arg: u64::from(place),
            of_strategy: false,
        }));
        for mut row in own.0 {
            if Class(row.class) == Class::STATUS {
                row.arg += changes.len() as u64;
            }
            rows.push(row);
        }
        changes.extend(own.1);
        (rows, changes)
    }

    /// Whether a message of the snapshot is anybody's but a control's, and has a way on.
    fn goes_on(&self, message: &Message) -> bool {
        let of_control = self.names.is_control(message.made_by);
        !of_control && message.action.0 != NO_ACTION && message.route != RouteId(ids::GONE)
    }
}

impl crate::names::Names {
    /// Whether a cause is a control.
    fn is_control(&self, cause: CauseId) -> bool {
        self.cause_of(cause).is_some_and(|cause| cause.by == By::Control)
    }
}

impl Message {
    /// Leave the charges of the hop at hand, and the place where they are worked: what is left of the way is bare.
    fn on_bare_hops(&mut self) {
        self.toll = 0;
        self.station = self.station.filter(|station| station.0 != GONE);
        self.id = self.id & !0xFFFF | u64::from(self.topic.0);
    }
}

impl crate::status::Status {
    /// Go on with what was up and down, and due, under another strategy. What this strategy's controls hold down is
    /// given back: it is to be held from now on.
    fn take_over(&mut self, old: Self, ids: &Ids) -> Vec<Standing> {
        let own = self.lay_reasons(old.reasons);
        for (&at, mut duty) in ids.duties.iter().zip(old.duties) {
            duty.parts.retain(|part| part.0 != GONE);
            duty.alternatives.iter_mut().flatten().for_each(|way| way.retain(|part| part.0 != GONE));
            match self.duties.get_mut(at as usize) {
                Some(own) => *own = duty,
                None if at != GONE => self.duties.push(duty),
                None => (),
            }
        }
        self.watchers.clear();
        for (duty, at) in self.duties.iter().zip(0..) {
            let parts = duty.parts.iter().chain(duty.alternatives.iter().flatten().flatten());
            for part in parts {
                let watchers = self.watchers.entry(*part).or_default();
                if watchers.last() != Some(&DutyId(at)) {
                    watchers.push(DutyId(at));
                }
            }
        }
        own.into_iter()
            .flat_map(|(part, charges)| charges.into_iter().map(move |charge| (part, charge)))
            .collect()
    }

    fn all_reasons(&self) -> impl Iterator<Item = Standing> {
        self.reasons.iter().flat_map(|(&part, charges)| charges.iter().map(move |&charge| (part, charge)))
    }
}
