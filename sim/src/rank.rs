//! Ranks: whether a slot of time may be worked station by station instead of row by row.
//!
//! Stations are first come, first served: what happens at one depends on who comes and when, and not on what happens
//! elsewhere in the same slot. If they can be put in an order in which nobody comes back, within a slot, to a station
//! of the same rank or a lower one, then a slot may be worked rank by rank, each with all that comes to it sorted once.
//! This file finds the longest slot for which that holds, and says why if there is none. It looks at what travels as
//! parcels; a slot in which any other row is due is worked row by row, whatever the ranks.

use crate::ahead::Ahead;
use crate::core::Core;
use crate::keys::Keying;
use crate::message::Emitter;
use crate::plan::{DRAWN, Step};
use crate::sleepers::LONGEST;
use crate::station::StationId;
use crate::time::SimTime;
use crate::waiting::Waiting;
use std::collections::BTreeSet;

/// In what form messages travel that move nothing but the books; no digest depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// As parcels, station by station wherever that is proven to be the same.
    #[default]
    Batched,
    /// As parcels, row by row.
    InOrder,
    /// As any other message.
    Messages,
}

/// How slots are worked in which nothing but parcels is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// Station by station, in slots of 2^`shift` ns.
    Batched {
        /// The length of a slot, as a power of two.
        shift: u32,
        /// How many ranks of stations there are.
        ranks: u8,
    },
    /// Row by row.
    InOrder {
        /// Why.
        because: Reason,
    },
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Batched { shift, ranks } => {
                let millis = (1_u64 << shift) as f64 / 1e6;
                write!(f, "station by station in {ranks} ranks, in slots of {millis:.1} ms")
            }
            Self::InOrder { because } => write!(f, "row by row: {because}"),
        }
    }
}

/// Why slots are worked row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was asked for.
    Asked,
    /// No message moves nothing but the books.
    NoParcels,
    /// Controls charge messages on their way, or a medium is shared.
    Tolls,
    /// A station is shared, or has several servers, room for so many, ranks or streams.
    Station,
    /// Stations feed each other too fast.
    Cycle,
    /// An answer begins at a station that works on it.
    Answer,
    /// Routes were laid, or senders sent elsewhere, since the run began.
    Rerouted,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Asked => "it was asked for",
            Self::NoParcels => "every message moves more than the books",
            Self::Tolls => "controls charge messages on their way, or they share a medium",
            Self::Station => "a station is shared, or has several servers, a buffer, ranks or streams",
            Self::Cycle => "stations feed each other within a quarter of a millisecond",
            Self::Answer => "answers begin at a station that works on them",
            Self::Rerouted => "routes were laid since the run began",
        })
    }
}

/// The shortest slots worth while, as a power of two [ns].
const SHORTEST: u32 = 18;

/// From one station to another: no sooner than after so long [ns].
type Edge = (u32, u32, u64);

impl Core {
    /// The station of a step of an emitter's route, and what the emitter's messages ask of it [ns].
    fn asks(&self, emitter: &Emitter, step: &Step) -> Option<(StationId, u64)> {
        let id = step.station(emitter.source, emitter.target)?;
        let station = self.stations.get(id.0 as usize)?;
        let bytes = u64::from(self.flows[usize::from(emitter.flow)].bytes);
        Some((id, station.fixed + step.work + station.bytes_time(bytes)))
    }

    /// How slots are worked in which nothing but parcels is due.
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// Let messages travel this way from now on.
    pub fn travel_by(&mut self, way: Way) {
        if std::mem::replace(&mut self.way, way) != way && !self.plans.is_empty() {
            self.unpack();
            self.settle_paths();
        }
    }

    /// Find out who may send parcels, and how slots are to be worked.
    pub(crate) fn settle_paths(&mut self) {
        self.part_slots();
        self.counters = self.counters();
        let wakes = self.take_wakes();
        self.plan_answers();
        for own in self.emitters.iter() {
            self.plans.of(&self.routes, own.route, own.flow);
        }
        self.plans.arrange();
        (0..self.emitters.len()).for_each(|at| self.settle_light(at));
        self.emitters.settle_keys(Keying::new(&self.names, &self.flows, self.slots));
        let stations = (self.devices() as usize..self.stations.len()).map(|id| self.stations[id].part);
        self.way_needs = self.plans.parts().chain(stations).collect();
        self.settle_way();
        let path = self.rank();
        self.path = match (path, self.way) {
            (Path::Batched { .. }, Way::InOrder | Way::Messages) => Path::InOrder { because: Reason::Asked },
            (path, _) => path,
        };
        let (shift, lanes) = match self.path {
            Path::Batched { shift, ranks } => (shift, usize::from(ranks) + 1),
            Path::InOrder { .. } => {
                // Nobody asks for ranks.
                self.plans.lanes().for_each(|lane| *lane = u8::from(*lane > 0));
                (self.wheel.shift().min(LONGEST), 2)
            }
        };
        self.plans.settle_stretches(&self.emitters, (&self.stations, &self.flows), 1 << shift);
        // What is lost comes back as a row, and who has slept sleeps again or wakes.
        let lost = self.flows.iter().filter_map(|flow| Some(flow.retry?.after.0));
        let soonest = lost.chain(self.plans.legs.sleeps(&self.flows)).min();
        self.ahead.limit(soonest.unwrap_or(u64::MAX) >> shift);
        self.served_answers =
            (0..self.emitters.len() as u32).any(|at| crate::parcel::answered_at_station(self, at));
        self.waiting = Waiting::new(shift, lanes, self.now);
        self.look_ahead();
        wakes.into_iter().for_each(|(emitter, at)| self.schedule(emitter as usize, at));
        let mut made = self.stations.made();
        (self.plain, self.ever_failed) = (false, made.any(|(_, station)| station.failures() > 0));
    }

    /// Take out the slots that wait, of whom and when they are due; nothing else may wait.
    fn take_wakes(&mut self) -> Vec<(u32, SimTime)> {
        let (waiting, worked) = self.take_waiting(self.now);
        let mut wakes = Vec::with_capacity(worked.iter(&waiting).count());
        for wake in worked.iter(&waiting) {
            self.settle_slot(&wake);
            wakes.push((wake.emitter, wake.at));
        }
        wakes
    }

    /// Lay the plans of answered messages and of their answers side by side: those of all who do the same are then alike.
    fn plan_answers(&mut self) {
        for (at, own) in (0_u32..).zip(self.emitters.iter()) {
            if let Some(answer) = self.flows.get(usize::from(own.flow)).and_then(|flow| flow.answer)
                && let Some(back) = self.emitters.get(at.wrapping_add(answer.offset) as usize)
            {
                self.plans.of(&self.routes, own.route, own.flow);
                self.plans.of(&self.routes, back.route, back.flow);
            }
        }
    }

    /// Whether whatever routes need is up: then nobody who passes has to look.
    pub(crate) fn settle_way(&mut self) {
        let devices = 2 * self.devices();
        let mut down = self.status.down();
        self.way_is_up = !down.any(|part| part.0 < devices || self.way_needs.contains(&part));
    }

    /// Whether an emitter's messages travel as parcels from now on.
    pub(crate) fn settle_light(&mut self, at: usize) {
        let light = self.way != Way::Messages && self.may_parcel(at);
        if let Some(emitter) = self.emitters.get_mut(at) {
            emitter.lighten(light);
        }
    }

    /// Find out which stations nobody works at, and how slots are to be worked.
    fn rank(&mut self) -> Path {
        self.stations.settle();
        let busy = self.busy_stations();
        self.idle_steps(&busy);
        let at_ends = self.only_at_ends(&busy);
        for (id, busy) in busy.iter().enumerate().filter(|(id, _)| !at_ends.get(*id).is_some_and(|own| *own))
        {
            self.stations.set_idle(id, !busy);
        }
        let ids: Vec<u32> = (0..).zip(at_ends).filter_map(|(id, own)| own.then_some(id)).collect();
        self.stations.serve_at_ends(&ids);
        match self.edges() {
            Err(because) => Path::InOrder { because },
            Ok(edges) => {
                // A message that is lost comes back as a row, which must lie beyond the slot.
                let again = self.flows.iter().filter_map(|flow| Some(flow.retry?.after.0)).min();
                let longest = again.map_or(LONGEST, |after| LONGEST.min(after.max(1).ilog2()));
                for shift in (SHORTEST..=longest.min(self.wheel.shift())).rev() {
                    if let Some(ranks) = ranks(&edges, self.stations.len(), shift) {
                        return self.take_ranks(&ranks, &edges, shift);
                    }
                }
                Path::InOrder { because: Reason::Cycle }
            }
        }
    }

    /// Whether an emitter's messages ask something of each station, or a control does on their way.
    fn busy_stations(&self) -> Vec<bool> {
        let mut busy: Vec<bool> = vec![false; self.stations.len()];
        for emitter in &self.emitters {
            for (_, step) in self.plans.steps_of(emitter) {
                if let Some((id, work)) = self.asks(emitter, step) {
                    busy[id.0 as usize] |= work > 0 || step.tolled;
                }
            }
        }
        busy
    }

    /// Of the devices' processors, those at which emitters' messages work as messages alone, and at an end of their route.
    fn only_at_ends(&self, busy: &[bool]) -> Vec<bool> {
        let mut only = busy[..self.devices() as usize].to_vec();
        for emitter in &self.emitters {
            for (_, step) in
                self.plans.steps_of(emitter).filter(|(_, step)| !step.tolled || !step.is_at_end())
            {
                let id = step.station(emitter.source, emitter.target);
                if let Some(own) = id.and_then(|id| only.get_mut(id.0 as usize)) {
                    *own = false;
                }
            }
        }
        only
    }

    /// Steps at whose stations nobody works are as mere links.
    fn idle_steps(&mut self, busy: &[bool]) {
        let mut works: Vec<u8> = self.plans.lanes().map(|_| 0).collect();
        for emitter in &self.emitters {
            for (at, step) in self.plans.steps_of(emitter) {
                let station = step.station(emitter.source, emitter.target);
                if station.is_some_and(|id| busy.get(id.0 as usize).is_none_or(|busy| *busy)) {
                    works[at as usize] = 1;
                }
            }
        }
        self.plans.lanes().zip(works).for_each(|(lane, works)| *lane = works);
    }

    /// How soon what leaves one station may come to another.
    fn edges(&self) -> Result<Vec<Edge>, Reason> {
        let mut edges = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut any = false;
        for (at, emitter) in self.emitters.iter().enumerate().filter(|(_, emitter)| emitter.is_light()) {
            any = true;
            let answer = self.flows[usize::from(emitter.flow)].answer;
            let back =
                answer.and_then(|answer| self.emitters.get((at as u32).wrapping_add(answer.offset) as usize));
            // What holds of one emitter of a route holds of all, unless its ends work.
            let ends = |emitter: &Emitter| {
                self.plans.steps_of(emitter).any(|(_, step)| step.lane > 0 && step.is_at_end())
            };
            if !ends(emitter)
                && !back.is_some_and(ends)
                && !seen.insert((emitter.route, emitter.flow, back.map(|back| back.route)))
            {
                continue;
            }
            let mut from = None;
            self.walk(emitter, &mut from, &mut edges)?;
            if let Some(back) = back {
                if self.plans.steps_of(back).next().is_some_and(|(_, step)| step.lane > 0) {
                    return Err(Reason::Answer);
                }
                self.walk(back, &mut from, &mut edges)?;
            }
        }
        if any { Ok(edges.into_iter().collect()) } else { Err(Reason::NoParcels) }
    }

    /// Follow an emitter's messages from station to station; `from` is the last, and how long it is since.
    fn walk(
        &self,
        emitter: &Emitter,
        from: &mut Option<(u32, u64)>,
        edges: &mut BTreeSet<Edge>,
    ) -> Result<(), Reason> {
        for (_, step) in self.plans.steps_of(emitter) {
            if step.tolled {
                return Err(Reason::Tolls);
            }
            let delay = if step.delay == DRAWN { 0 } else { step.delay };
            match self.asks(emitter, step).filter(|_| step.lane > 0) {
                None => *from = from.map(|(station, since)| (station, since + delay)),
                Some((id, work)) => {
                    if self.stations[id.0 as usize].is_special() {
                        return Err(Reason::Station);
                    }
                    if let Some((before, since)) = *from {
                        edges.insert((before, id.0, since));
                    }
                    *from = Some((id.0, work + delay));
                }
            }
        }
        Ok(())
    }

    /// Stations from which everybody goes to the end of his route, without another station on the way.
    fn last_stations(&self) -> Vec<bool> {
        let mut last = vec![true; self.stations.len()];
        for emitter in &self.emitters {
            let works = self.plans.steps_of(emitter).filter(|(_, step)| step.lane > 0);
            let mut works =
                works.filter_map(|(_, step)| step.station(emitter.source, emitter.target)).peekable();
            while let Some(id) = works.next() {
                last[id.0 as usize] &= works.peek().is_none();
            }
        }
        last
    }

    /// Let every step of a plan have the lane of its station's rank. Where messages end is a rank of its own: those who
    /// go on and those who arrive are worked apart.
    fn take_ranks(&mut self, ranks: &[u8], edges: &[Edge], shift: u32) -> Path {
        let last = self.last_stations();
        let ranks: Vec<(u8, bool)> = ranks.iter().copied().zip(last).collect();
        let all: Vec<(u8, bool)> = self
            .served_at()
            .iter()
            .map(|id| ranks[id.0 as usize])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if all.len() >= usize::from(u8::MAX) {
            return Path::InOrder { because: Reason::Cycle };
        }
        let lane_of = |id: u32| all.partition_point(|rank| *rank <= ranks[id as usize]).max(1) as u8;
        let mut lanes: Vec<u8> = self.plans.lanes().map(|_| 0).collect();
        for emitter in &self.emitters {
            for (at, step) in self.plans.steps_of(emitter) {
                let id = step.station(emitter.source, emitter.target).filter(|_| step.lane > 0);
                let lane = id.map_or(0, |id| lane_of(id.0));
                if lanes[at as usize] != 0 && lanes[at as usize] != lane {
                    return Path::InOrder { because: Reason::Cycle };
                }
                lanes[at as usize] = lane;
            }
        }
        let ranks = lanes.iter().copied().max().unwrap_or(0);
        self.plans.lanes().zip(lanes).for_each(|(lane, of)| *lane = of);
        self.ranked = self.served_at();
        let feeds = edges.iter().map(|(from, to, after)| (lane_of(*from), lane_of(*to), after >> shift));
        self.ahead = Ahead::new(usize::from(ranks) + 1, feeds);
        Path::Batched { shift, ranks }
    }

    /// Stations at which parcels are served.
    fn served_at(&self) -> Vec<StationId> {
        let mut served = vec![false; self.stations.len()];
        for emitter in self.emitters.iter().filter(|emitter| emitter.is_light()) {
            for (_, step) in self.plans.steps_of(emitter).filter(|(_, step)| step.lane > 0) {
                if let Some(id) = step.station(emitter.source, emitter.target) {
                    served[id.0 as usize] = true;
                }
            }
        }
        (0..).map(StationId).zip(served).filter(|(_, served)| *served).map(|(id, _)| id).collect()
    }

    /// The ranked stations have nothing out of the ordinary now.
    pub(crate) fn all_plain(&mut self, now: SimTime) -> bool {
        let stations = &mut self.stations;
        self.plain = self.ranked.iter().all(|id| stations[id.0 as usize].is_plain(now));
        self.plain
    }
}

/// The rank of each station, if edges shorter than 2^`shift` make no circle: it stands above whatever feeds it.
fn ranks(edges: &[Edge], stations: usize, shift: u32) -> Option<Vec<u8>> {
    let short: Vec<Edge> = edges.iter().copied().filter(|edge| edge.2 < 1 << shift).collect();
    let mut feeders = vec![0_u32; stations];
    short.iter().for_each(|edge| feeders[edge.1 as usize] += 1);
    let mut ranks = vec![0_u8; stations];
    let mut free: Vec<u32> = (0..stations as u32).filter(|&at| feeders[at as usize] == 0).collect();
    let mut done = 0;
    while let Some(at) = free.pop() {
        done += 1;
        // Edges are sorted by where they begin.
        let first = short.partition_point(|edge| edge.0 < at);
        for &(_, to, _) in short[first..].iter().take_while(|edge| edge.0 == at) {
            let rank = ranks[at as usize].checked_add(1).filter(|&rank| rank < u8::MAX)?;
            ranks[to as usize] = ranks[to as usize].max(rank);
            feeders[to as usize] -= 1;
            if feeders[to as usize] == 0 {
                free.push(to);
            }
        }
    }
    (done == stations).then_some(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_feeds_back_within_a_slot_has_no_rank() {
        // A gateway feeds a server at once, which answers after 20 ms.
        let edges = [(0, 1, 4_000_000), (1, 0, 20_005_000)];
        assert_eq!(ranks(&edges, 2, 24), Some(vec![0, 1]));
        assert_eq!(ranks(&edges, 2, 25), None);
        // Slots shorter than the way up leave both in one rank.
        assert_eq!(ranks(&edges, 2, 20), Some(vec![0, 0]));
    }
}
