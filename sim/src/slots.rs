//! The slots of a window: station by station where that is proven to be the same, else row by row.

use crate::core::Core;
use crate::order::Due;
use crate::parcel::{self, Parcel, Ties};
use crate::rank::{Path, Reason};
use crate::row::{Class, Row};
use crate::sleepers::Sleeper;
use crate::smooth::{SOME, look_at};
use crate::station::Station;
use crate::time::SimTime;
use crate::waiting::Waiting;
use bevy_ecs::world::World;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::ops::Range;

/// A parcel born into the slot being worked, in its place among the others.
#[derive(Clone, Copy, Debug)]
struct Born {
    key: (SimTime, (Class, u64), u32, u32),
    parcel: Parcel,
}

impl PartialEq for Born {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Born {}

impl PartialOrd for Born {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Born {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// Where the next parcel of a slot stands.
#[derive(Clone, Copy, Debug)]
enum From {
    Due,
    Born,
}

/// What a slot needs while it is worked row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct InOrder {
    /// Sorted, consumed from `next`.
    due: Due,
    next: usize,
    born: BinaryHeap<Reverse<Born>>,
    /// The end of the slot that was taken out last.
    pub(crate) ends: SimTime,
}

impl InOrder {
    fn is_empty(&self) -> bool {
        self.next >= self.due.keys().len() && self.born.is_empty()
    }

    /// The parcel that was looked at is worked.
    fn take(&mut self, from: From) {
        match from {
            From::Due => self.next += 1,
            From::Born => {
                self.born.pop();
            }
        }
    }

    /// What is still to be worked, of what was taken from among what is `waiting`, and all that waits.
    pub(crate) fn iter(&self, waiting: &Waiting) -> impl Iterator<Item = Parcel> {
        let due = self.due.keys().iter().skip(self.next).map(|key| self.due.row(*key, waiting.sleepers()));
        due.chain(self.born.iter().map(|born| born.0.parcel)).chain(waiting.iter())
    }
}

/// Work the present window, slot by slot. What waits is never moved beyond the row that comes next: that may let somebody wait
/// from then on.
pub(crate) fn work(core: &mut Core, world: &mut World) {
    let end = core.window_end();
    while core.in_order.is_empty() {
        let row = core.next_row(end);
        if !core.waiting.advance(SimTime(row.0 + 1).min(end)) {
            let Some(next) = core.waiting.next_begins().filter(|next| *next < end) else { break };
            in_order(core, world, next);
        } else if core.is_quiet_slot(end) {
            batch(core, world, end);
        } else {
            in_order(core, world, core.waiting.ends().min(end));
        }
    }
    in_order(core, world, end);
    core.worked = end;
}

/// Work the present slot station by station, and those after it that may be as well.
fn batch(core: &mut Core, world: &mut World, end: SimTime) {
    core.in_lanes = true;
    let mut due = mem::take(&mut core.in_order.due);
    core.ahead.begin(core.waiting.present());
    let mut quiet = true;
    while quiet {
        let present = core.waiting.present();
        // What is due at no station comes in any order: the next slot of an emitter may lie in this one.
        while core.waiting.has(present, 0) {
            due.gather(&mut core.waiting, 0);
            if core.is_smooth() { crate::smooth::set_off(core, world, &due) } else { each(core, world, &due) }
        }
        core.ahead.stand(present);
        for lane in 1..core.waiting.lanes() {
            let mut slots = core.ahead.slots(lane, present, core.quiet_slots(end));
            if core.waiting.has(present, lane) {
                // Nobody comes to a slot that was worked; if anybody did, he would not wait for ever.
                slots.start = present;
            }
            let next = core.sort_lanes(&mut due, lane..lane + 1, slots);
            core.ahead.reach(lane, next);
            if core.is_smooth() { crate::smooth::serve(core, world, &due) } else { each(core, world, &due) }
        }
        core.counters.batched += 1;
        quiet = core.waiting.advance(end.min(core.quiet_until)) && core.is_quiet_slot(end);
    }
    due.clear();
    core.in_order.due = due;
    core.in_lanes = false;
}

/// Work what was taken, one after the other.
fn each(core: &mut Core, world: &mut World, due: &Due) {
    for key in due.keys() {
        let parcel = due.row(*key, core.waiting.sleepers());
        one(core, world, parcel);
    }
}

#[inline]
fn one(core: &mut Core, world: &mut World, parcel: Parcel) {
    core.counters.rows += 1;
    if core.is_smooth() {
        return crate::smooth::act(core, world, parcel);
    }
    core.now = parcel.at;
    if core.meter.is_none() {
        act(core, world, parcel);
    } else {
        let class = if parcel.is_wake() { Class::WAKE } else { Class::MESSAGE };
        crate::meter::work(core, world, class, |core, world| act(core, world, parcel));
    }
}

#[inline]
fn act(core: &mut Core, world: &mut World, parcel: Parcel) {
    if parcel.is_wake() { parcel::wake(core, world, parcel) } else { parcel::progress(core, world, parcel) }
}

/// Work what is due before `end`, row by row.
fn in_order(core: &mut Core, world: &mut World, end: SimTime) {
    loop {
        let row = core.wheel.peek().filter(|row| row.at < end);
        core.look_at_rows();
        let bound = row.map_or(end, |row| SimTime(row.at.0 + 1));
        let parcel = core.next_parcel(bound);
        let first = row.filter(|row| parcel.is_none_or(|(parcel, _)| core.goes_first(row, &parcel)));
        match (first, parcel) {
            (Some(row), _) => {
                core.take(&row);
                core.now = row.at;
                core.counters.rows += 1;
                core.quiet_until = SimTime::ZERO;
                crate::travel::row(core, world, row);
            }
            (None, Some((parcel, from))) => {
                core.quiet_until = row.map_or_else(|| core.quiet_after(end), |row| row.at);
                core.in_order.take(from);
                one(core, world, parcel);
                run_on(core, end);
            }
            (None, None) => return,
        }
    }
}

/// Work on through what is sorted, as long as nothing comes between and the case is the usual one.
fn run_on(core: &mut Core, end: SimTime) {
    if !core.is_smooth() || !core.in_order.born.is_empty() {
        return;
    }
    let until = core.quiet_until.min(end);
    let due = mem::take(&mut core.in_order.due);
    while let Some(left) = due.keys().get(core.in_order.next..).filter(|left| !left.is_empty()) {
        // As many as are looked at together, or what is left of them.
        let some = &left[..left.len().min(SOME - core.in_order.next % SOME)];
        if core.in_order.next.is_multiple_of(SOME) {
            look_at(core, &due, some);
        }
        let worked = core.go_on::<false>(&due, some, until);
        core.in_order.next += worked;
        if worked < some.len() {
            break;
        }
    }
    core.in_order.due = due;
}

impl Core {
    /// Whether the present slot may be worked station by station: within it nothing but parcels is due, and no station that
    /// serves them has anything out of the ordinary. Slots begin before `end`.
    fn is_quiet_slot(&mut self, end: SimTime) -> bool {
        let ends = self.waiting.ends();
        if ends > self.quiet_until.min(end) {
            let next = self.next_row(end);
            if ends > next {
                return false;
            }
            self.quiet_until = self.quiet_after(next);
        }
        self.may_batch()
    }

    /// When the next row is due, or `end` if none is before.
    fn next_row(&mut self, end: SimTime) -> SimTime {
        self.wheel.peek().map_or(end, |row| row.at.min(end))
    }

    /// The first slot that must not be worked together with the present one, of which that holds: while all is usual, one that
    /// is not quiet, or of which not all that waits is at hand.
    fn quiet_slots(&self, end: SimTime) -> u64 {
        let waiting = &self.waiting;
        if self.is_smooth() {
            waiting.opened().min(waiting.slot_of(self.quiet_until.min(end)))
        } else {
            waiting.present() + 1
        }
    }

    /// Whether a slot in which nothing but parcels is due may be worked station by station.
    fn may_batch(&mut self) -> bool {
        matches!(self.path, Path::Batched { .. }) && (self.plain || self.all_plain(self.waiting.begins()))
    }

    /// Look at what the messages of a slot of rows that has begun will need, so that it is fetched for several at once.
    #[inline]
    fn look_at_rows(&mut self) {
        let Some(rows) = self.wheel.take_begun() else { return };
        let mut seen = false;
        for row in rows.iter().filter(|row| row.class() == Class::WAKE) {
            let Some(own) = self.emitters.get(row.arg as usize) else { continue };
            seen ^= self.stations.get(own.source.0 as usize).is_some_and(Station::is_ordinary);
            seen ^= self.session_of.of(row.arg as u32).is_some_and(|id| self.sessions.is_open(id, row.at));
        }
        std::hint::black_box(seen);
    }

    /// Until when nothing but parcels is due, if that is so until `end`.
    fn quiet_after(&self, end: SimTime) -> SimTime {
        if self.books.told { end } else { end.max(self.calm_until.min(self.until)) }
    }

    /// Whether a row goes before a parcel.
    fn goes_first(&self, row: &Row, parcel: &Parcel) -> bool {
        row.at < parcel.at || row.at == parcel.at && (row.class(), row.id()) <= self.turn(parcel)
    }

    /// The parcel that is due next, if that is before `bound`.
    fn next_parcel(&mut self, bound: SimTime) -> Option<(Parcel, From)> {
        if self.path == (Path::InOrder { because: Reason::NoParcels }) {
            return None;
        }
        while self.in_order.is_empty() {
            if !self.waiting.advance(bound) {
                return None;
            }
            self.open_slot();
        }
        self.peek_parcel().filter(|(parcel, _)| parcel.at < bound)
    }

    /// Take the present slot out to be worked row by row.
    fn open_slot(&mut self) {
        let mut due = mem::take(&mut self.in_order.due);
        let present = self.waiting.present();
        self.sort_lanes(&mut due, 0..self.waiting.lanes(), present..present + 1);
        self.in_order.due = due;
        (self.in_order.next, self.in_order.ends) = (0, self.waiting.ends());
    }

    /// Take these lanes of some slots out, sorted; gives the slot behind the last that was taken.
    fn sort_lanes(&mut self, due: &mut Due, lanes: Range<usize>, slots: Range<u64>) -> u64 {
        let ties = Ties { plans: &self.plans, emitters: &self.emitters, flows: &self.flows };
        due.take(&mut self.waiting, lanes, slots, |a, b| ties.order(a, b))
    }

    #[inline]
    fn peek_parcel(&self) -> Option<(Parcel, From)> {
        let due = &self.in_order.due;
        let due = due.keys().get(self.in_order.next).map(|key| due.row(*key, self.waiting.sleepers()));
        let born = self.in_order.born.peek().map(|born| born.0.parcel);
        match (due, born) {
            (Some(due), Some(born)) => {
                let first = self.ties().order(&due, &born).is_le();
                Some(if first { (due, From::Due) } else { (born, From::Born) })
            }
            (Some(due), None) => Some((due, From::Due)),
            (None, born) => Some((born?, From::Born)),
        }
    }

    /// Let a parcel wait in its lane; one that is born into the slot being worked row by row joins it.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: u8, parcel: Parcel) {
        if self.in_lanes || parcel.at >= self.in_order.ends {
            self.waiting.put(lane, parcel.at, || parcel);
        } else {
            self.bear(parcel);
        }
    }

    /// Let a parcel wait for a step to which it comes at `at`.
    #[inline(always)]
    pub(crate) fn put_onwards(&mut self, lane: u8, parcel: &Parcel, at: SimTime, step: u32) {
        if self.in_lanes || at >= self.in_order.ends {
            self.waiting.put_onwards(lane, parcel, at, step);
        } else {
            let mut parcel = *parcel;
            parcel.onwards(at, step);
            self.bear(parcel);
        }
    }

    /// Let an emitter sleep until its message works first, at a step, `at` some instant.
    #[inline(always)]
    pub(crate) fn sleep(
        &mut self,
        lane: u8,
        at: SimTime,
        who: (u32, u64),
        slot: (u32, u64),
        there: (u32, u16),
    ) {
        self.early = true;
        if self.in_lanes || at >= self.in_order.ends {
            self.waiting.sleep(lane, at, || Sleeper::new(at, who, slot, there));
        } else {
            self.bear(Parcel::early(at, who, slot, there.0, there.1));
        }
    }

    /// A parcel is born into the slot being worked row by row.
    fn bear(&mut self, parcel: Parcel) {
        let key = (parcel.at, self.turn(&parcel), parcel.emitter, parcel.slot);
        self.in_order.born.push(Reverse(Born { key, parcel }));
    }

    /// Every parcel that waits.
    pub(crate) fn waiting_parcels(&self) -> impl Iterator<Item = Parcel> {
        self.in_order.iter(&self.waiting)
    }

    /// Take out all that waits, what was taken to be worked too; from `now` on nothing does.
    pub(crate) fn take_waiting(&mut self, now: SimTime) -> (Waiting, InOrder) {
        let nothing = self.waiting.emptied(now);
        (mem::replace(&mut self.waiting, nothing), mem::take(&mut self.in_order))
    }

    /// When the next parcel is due, or a little before.
    pub(crate) fn next_parcel_after(&mut self) -> Option<SimTime> {
        match self.peek_parcel() {
            Some((parcel, _)) => Some(parcel.at),
            None => self.waiting.next_begins(),
        }
    }
}
