//! The engine's state, as it is written down and laid over the same run built anew.
//!
//! Parcels are written as the messages that they stand for: where they pass nothing out of the ordinary they leave
//! the same books (a test of the parcels), so a run that goes on from a snapshot has its parcels back with the next
//! slots.

use super::{KeepError, read, write};
use crate::books::Book;
use crate::changes::Change;
use crate::core::{Core, Counters};
use crate::digest::Digest;
use crate::fact::{CauseId, Fact, Topic};
use crate::message::{DeviceId, Message};
use crate::names::KeptNames;
use crate::parcel::Parcel;
use crate::route::RouteId;
use crate::row::{Class, Row};
use crate::session::Sessions;
use crate::station::Station;
use crate::status::Status;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A row that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) at: SimTime,
    pub(super) class: u8,
    pub(super) id: u64,
    pub(super) arg: u64,
    /// Whether a control made it when the run was built.
    pub(super) of_strategy: bool,
}

/// What changes of an emitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sender {
    pub(super) slot: u32,
    pub(super) enabled: bool,
    route: RouteId,
    source: DeviceId,
    target: DeviceId,
    session: Option<u32>,
}

/// What must be known before anything that holds an id is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Frame {
    pub(super) names: KeptNames,
    pub(super) sections: super::sections::Sections,
    /// Parts, stations, duties and actions.
    pub(super) counts: [u32; 4],
    pub(super) made_in_run: (u32, u32),
}

/// Everything that changes while a run goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State<'a> {
    pub(super) now: SimTime,
    pub(super) counters: Counters,
    pub(super) status: Cow<'a, Status>,
    pub(super) stations: Vec<(u32, Cow<'a, Station>)>,
    pub(super) senders: Vec<Sender>,
    pub(super) energy: Cow<'a, [u64]>,
    pub(super) tolls_worked: Vec<(CauseId, u64)>,
    pub(super) values: Vec<i32>,
    pub(super) books: Vec<(Topic, Cow<'a, Book>)>,
    pub(super) digest: Cow<'a, Digest>,
    pub(super) pending: Cow<'a, [Fact]>,
    pub(super) messages: Vec<(u32, Message)>,
    /// Messages that a control holds, and which control.
    pub(super) held: Vec<(u32, CauseId)>,
    /// The emitters of parcels that will not arrive before the horizon.
    pub(super) stranded: Cow<'a, [u32]>,
    pub(super) rows: Vec<Waiting>,
    pub(super) changes: Vec<Change>,
    pub(super) sessions: Cow<'a, Sessions>,
    pub(super) media: Vec<crate::medium::Kept>,
}

/// The engine's part of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub(super) frame: Vec<u8>,
    pub(super) state: Vec<u8>,
}

impl Kept {
    pub(super) fn frame(&self) -> Result<Frame, KeepError> {
        read("the table of names", &self.frame)
    }

    pub(super) fn state(&self) -> Result<State<'static>, KeepError> {
        read("the engine's state", &self.state)
    }
}

impl Core {
    /// Write down what changes. The run must have been worked up to an instant: between two windows, or parts of one.
    ///
    /// # Errors
    /// When something cannot be serialised.
    pub fn keep(&self) -> Result<Kept, KeepError> {
        let (parts, duties) = (self.status.count(), self.status.duties());
        let frame = Frame {
            names: self.names.keep(),
            sections: self.sections.clone(),
            counts: [parts, self.stations.len() as u32, duties, self.actions()],
            made_in_run: self.sections.made_in_run(parts, duties),
        };
        let mut messages = self.messages.under_way();
        let (rows, changes) = self.waiting(&mut messages);
        let coming: BTreeSet<u32> =
            rows.iter().filter(|row| Class(row.class) == Class::MESSAGE).map(|row| row.arg as u32).collect();
        let held = messages.iter().filter(|(place, _)| !coming.contains(place));
        let worked = (0..).map(CauseId).zip(self.tolls_worked.iter().copied());
        let state = State {
            now: self.now,
            counters: self.counters(),
            status: Cow::Borrowed(&self.status),
            stations: self.stations.made().collect(),
            senders: self.senders(),
            energy: Cow::Borrowed(&self.energy),
            tolls_worked: worked.filter(|(_, times)| *times > 0).collect(),
            values: self.carried(),
            books: self.books.iter().map(|(topic, book)| (topic, Cow::Borrowed(book))).collect(),
            digest: Cow::Borrowed(&self.digest),
            pending: Cow::Borrowed(&self.pending),
            stranded: Cow::Borrowed(&self.stranded),
            held: held.map(|(place, message)| (*place, self.holder(message))).collect(),
            messages,
            rows,
            changes,
            sessions: Cow::Borrowed(&self.sessions),
            media: self.media.keep(),
        };
        Ok(Kept { frame: write("the table of names", &frame)?, state: write("the engine's state", &state)? })
    }

    /// The routes that messages under way are on.
    pub fn routes_in_use(&self) -> BTreeSet<RouteId> {
        let parcels = self.waiting_parcels().filter(|parcel| !parcel.is_wake());
        let parcels = parcels.map(|parcel| self.plans.step(parcel.step).route);
        self.messages.iter().map(|message| message.route).chain(parcels).collect()
    }

    fn senders(&self) -> Vec<Sender> {
        let sender = |(at, own): (u32, &crate::message::Emitter)| Sender {
            slot: own.slot,
            enabled: own.is_enabled(),
            route: own.route,
            source: own.source,
            target: own.target,
            session: self.session_of.of(at),
        };
        let mut senders: Vec<Sender> = (0..).zip(&self.emitters).map(sender).collect();
        senders.iter_mut().zip(self.slots_due()).for_each(|(sender, slot)| sender.slot = slot);
        senders
    }

    /// How many slots of each emitter have come due so far.
    pub fn slots_due(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = self.emitters.iter().map(|own| own.slot).collect();
        for wake in self.wakes() {
            slots[wake.emitter as usize] = wake.slot;
        }
        slots
    }

    fn wakes(&self) -> impl Iterator<Item = Parcel> {
        self.waiting_parcels().filter(|parcel| parcel.is_wake())
    }

    /// The value that each emitter's last message carried.
    fn carried(&self) -> Vec<i32> {
        let mut values = self.values.clone();
        if self.carries {
            values.resize(self.emitters.len(), 0);
            for wake in self.wakes() {
                values[wake.emitter as usize] = i32::from(wake.value);
            }
        }
        values
    }

    /// Which control holds a message: that of the toll at which it waits.
    fn holder(&self, message: &Message) -> CauseId {
        let passage = self.routes.at(message.route, message.hop);
        let toll = passage.and_then(|own| self.routes[own].hop.tolls.get(usize::from(message.toll)));
        toll.map_or(CauseId::NONE, |toll| toll.cause)
    }

    /// The rows to come, in order, with their changes; parcels join the messages.
    fn waiting(&self, messages: &mut Vec<(u32, Message)>) -> (Vec<Waiting>, Vec<Change>) {
        let mut rows: Vec<Row> = self.wheel.rows().collect();
        rows.sort_unstable();
        let mut place = self.messages.places();
        let mut changes = Vec::new();
        let mut waiting = Vec::with_capacity(rows.len());
        for row in rows {
            let class = row.class();
            let arg = match class {
                Class::STATUS => {
                    let Some(&change) = self.changes.get(row.arg as usize) else { continue };
                    changes.push(change);
                    (changes.len() - 1) as u64
                }
                _ => row.arg,
            };
            let made = row.number();
            let of_strategy = self.sections.is_of_strategy(made) || self.of_strategy.contains(&made);
            waiting.push(Waiting { at: row.at, class: class.0, id: row.id(), arg, of_strategy });
        }
        for parcel in self.waiting_parcels() {
            let (class, id) = self.turn(&parcel);
            let arg = if parcel.is_wake() {
                u64::from(parcel.emitter)
            } else {
                messages.push((place, self.as_message(&parcel)));
                place += 1;
                u64::from(place - 1)
            };
            waiting.push(Waiting { at: parcel.at, class: class.0, id, arg, of_strategy: false });
        }
        waiting.sort_by_key(|row| (row.at, row.class, row.id));
        (waiting, changes)
    }

    /// Go on from what was kept of the same run. Everything that the crates above make while a run goes on (routes,
    /// sessions of theirs) must stand before.
    ///
    /// # Errors
    /// When it does not read, or was kept of another run.
    pub fn lay(&mut self, kept: &Kept) -> Result<(), KeepError> {
        let frame = kept.frame()?;
        let (whos, topics, causes) = self.names.take_in(&frame.names);
        let same = whos.iter().zip(0..).all(|(a, b)| *a == b)
            && topics
                .iter()
                .chain(&causes[1..])
                .zip((0..topics.len()).chain(1..causes.len()))
                .all(|(a, b)| usize::from(*a) == b);
        if !same {
            return Err(KeepError::Differs { what: "names" });
        }
        let state = kept.state()?;
        if frame.counts[1] as usize != self.stations.len() || state.senders.len() != self.emitters.len() {
            return Err(KeepError::Differs { what: "stations and flows" });
        }
        self.status = state.status.into_owned();
        for (id, station) in state.stations {
            if id as usize >= self.stations.len() {
                return Err(KeepError::Differs { what: "stations" });
            }
            self.stations.lay(id as usize, station.into_owned());
        }
        for (at, (own, sender)) in (0..).zip(self.emitters.iter_mut().zip(&state.senders)) {
            own.slot = sender.slot;
            own.enable(sender.enabled);
            (own.route, own.source, own.target) = (sender.route, sender.source, sender.target);
            self.session_of.set(at, sender.session);
        }
        self.sessions.lay(state.sessions.into_owned());
        self.media.lay(state.media);
        self.energy = state.energy.into_owned();
        self.digest = state.digest.into_owned();
        self.lay_sums(state.now, state.counters, state.values, state.tolls_worked, state.books);
        self.pending = state.pending.into_owned();
        self.stranded = state.stranded.into_owned();
        self.messages = state.messages.into_iter().collect();
        self.lay_rows(&state.rows, state.changes);
        Ok(())
    }

    /// What sums up, and the clock.
    pub(super) fn lay_sums(
        &mut self,
        now: SimTime,
        counters: Counters,
        values: Vec<i32>,
        worked: Vec<(CauseId, u64)>,
        books: Vec<(Topic, Cow<'_, Book>)>,
    ) {
        (self.now, self.counters, self.values) = (now, counters, values);
        self.settled.clear();
        self.told.clear();
        self.tolls_worked.clear();
        for (cause, times) in worked {
            let at = usize::from(cause.0);
            self.tolls_worked.resize(self.tolls_worked.len().max(at + 1), 0);
            self.tolls_worked[at] += times;
        }
        for (topic, book) in books {
            self.books.lay(topic, book.into_owned());
        }
    }

    /// Let these rows, and no others, be those to come.
    pub(super) fn lay_rows(&mut self, rows: &[Waiting], changes: Vec<Change>) {
        self.take_waiting(self.now);
        self.wheel.clear();
        self.changes = changes;
        self.sections.forget_rows();
        self.restart_rows();
        self.settle_paths();
        for row in rows {
            let class = Class(row.class);
            if class == Class::WAKE {
                self.schedule(row.arg as usize, row.at);
            } else {
                self.push(row.at, class, row.id, row.arg);
            }
            if row.of_strategy && class == Class::STATUS {
                self.of_strategy.insert(self.made());
            }
        }
    }
}

/// Messages by their places.
impl FromIterator<(u32, Message)> for crate::message::Messages {
    fn from_iter<I: IntoIterator<Item = (u32, Message)>>(messages: I) -> Self {
        Self::of_places(messages.into_iter().collect::<BTreeMap<_, _>>())
    }
}
