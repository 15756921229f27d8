//! What is up and what is down, and why: every part that may fail, with the causes that hold it down.
//!
//! A *duty* is something that is due all the time it is active (a patient's monitoring, a stream of waves): it
//! is up while all its parts are. Changes of its parts make it accrue; nothing polls.

use crate::fact::{CauseId, Charge, Kind, Topic, Who};
use crate::names::Names;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// An index of something that may be up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PartId(pub u32);

impl PartId {
    /// A part that is always up.
    pub const ALWAYS: Self = Self(u32::MAX);

    /// The device of this number itself.
    pub(crate) const fn unit(device: u32) -> Self {
        Self(2 * device)
    }
}

/// An index of a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DutyId(pub u32);

/// In what a duty is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grain {
    /// Nanoseconds.
    Time,
    /// Slots on an absolute grid: one every `period` [ns], the first at `phase` [ns].
    Slots {
        /// The first slot.
        phase: u64,
        /// The distance between slots.
        period: u64,
    },
}

impl Grain {
    /// How much is due in `[from, to)`.
    pub const fn due(self, from: SimTime, to: SimTime) -> u64 {
        match self {
            Self::Time => to.since(from).0,
            Self::Slots { phase, period } => {
                Self::before(to, phase, period) - Self::before(from, phase, period)
            }
        }
    }

    const fn before(at: SimTime, phase: u64, period: u64) -> u64 {
        if at.0 <= phase { 0 } else { (at.0 - phase).div_ceil(period) }
    }
}

/// Something due all the time it is active.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Duty {
    /// Whose it is.
    pub who: Who,
    /// What it is about.
    pub topic: Topic,
    /// In what it is measured.
    pub grain: Grain,
    /// The kind of its "due" facts.
    pub due: Kind,
    /// The kind of its "lost" facts.
    pub lost: Kind,
    /// The kinds of its charges: to one cause alone, and shared by several.
    pub charge: [Kind; 2],
    /// Charges are in units of 1/`scale` of what is lost.
    pub scale: u64,
    /// What it needs.
    pub parts: SmallVec<[PartId; 6]>,
    /// What it needs besides of which any one will do: of each, the parts of every way to have it.
    pub alternatives: Vec<Vec<SmallVec<[PartId; 6]>>>,
    active: bool,
    since: SimTime,
    /// What was due and up since the last time somebody took it.
    pub served: u64,
}

/// What a duty has to say of a span of time: to be recorded as facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accrual {
    /// The duty.
    pub duty: DutyId,
    /// How much was due.
    pub due: u64,
    /// Whether that was lost.
    pub down: bool,
    /// To whom, if it was lost, in units of 1/scale.
    pub charges: SmallVec<[(Charge, u64); 2]>,
}

/// All parts and duties of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    count: u32,
    /// How many reasons each part has to be down, up to the last that ever was.
    down: Vec<u8>,
    pub(crate) reasons: BTreeMap<PartId, Vec<Charge>>,
    pub(crate) duties: Vec<Duty>,
    pub(crate) watchers: BTreeMap<PartId, Vec<DutyId>>,
}

impl Status {
    /// Make `count` new parts, all up; gives the first.
    pub fn parts(&mut self, count: usize) -> PartId {
        let first = PartId(self.count);
        self.count += count as u32;
        first
    }

    /// How many parts there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// What is down.
    pub fn down(&self) -> impl Iterator<Item = PartId> {
        self.reasons.keys().copied()
    }

    /// Whether a part is up.
    pub fn up(&self, part: PartId) -> bool {
        self.down.get(part.0 as usize).is_none_or(|&count| count == 0)
    }

    /// Why a part is down, in the order in which it came about; empty when it is up.
    pub fn reasons(&self, part: PartId) -> &[Charge] {
        self.reasons.get(&part).map_or(&[], Vec::as_slice)
    }

    /// What first took a part down, of what still holds it.
    pub fn first_reason(&self, part: PartId) -> Charge {
        self.reasons(part).first().copied().unwrap_or_default()
    }

    /// Add a reason; true if the part went down by it.
    pub(crate) fn take_down(&mut self, part: PartId, charge: Charge) -> bool {
        if part.0 >= self.count {
            return false;
        }
        let at = part.0 as usize;
        if at >= self.down.len() {
            self.down.resize(at + 1, 0);
        }
        let count = &mut self.down[at];
        *count = count.saturating_add(1);
        self.reasons.entry(part).or_default().push(charge);
        *count == 1
    }

    /// Take a reason away; true if the part came up by it.
    pub(crate) fn bring_up(&mut self, part: PartId, charge: Charge) -> bool {
        let Some(reasons) = self.reasons.get_mut(&part) else { return false };
        let Some(at) = reasons.iter().position(|known| *known == charge) else { return false };
        reasons.remove(at);
        let up = reasons.is_empty();
        if up {
            self.reasons.remove(&part);
        }
        if let Some(count) = self.down.get_mut(part.0 as usize) {
            *count = count.saturating_sub(1);
        }
        up
    }

    /// What is down is what these reasons say, as far as there are such parts; gives the reasons before.
    pub(crate) fn lay_reasons(
        &mut self,
        mut reasons: BTreeMap<PartId, Vec<Charge>>,
    ) -> BTreeMap<PartId, Vec<Charge>> {
        reasons.retain(|part, _| part.0 < self.count);
        self.down = vec![0; reasons.last_key_value().map_or(0, |last| last.0.0 as usize + 1)];
        for (part, charges) in &reasons {
            self.down[part.0 as usize] = u8::try_from(charges.len()).unwrap_or(u8::MAX);
        }
        std::mem::replace(&mut self.reasons, reasons)
    }

    /// A new duty, not yet active.
    #[expect(clippy::too_many_arguments, reason = "a duty is what it is measured, charged and made of")]
    pub fn duty(
        &mut self,
        who: Who,
        topic: Topic,
        grain: Grain,
        [due, lost]: [Kind; 2],
        charge: [Kind; 2],
        scale: u64,
        parts: &[PartId],
    ) -> DutyId {
        let id = DutyId(self.duties.len() as u32);
        let own = own_parts(parts);
        for &part in &own {
            self.watchers.entry(part).or_default().push(id);
        }
        let since = SimTime::ZERO;
        self.duties.push(Duty {
            who,
            topic,
            grain,
            due,
            lost,
            charge,
            scale,
            parts: own,
            alternatives: Vec::new(),
            active: false,
            since,
            served: 0,
        });
        id
    }

    /// Let a duty need, besides its parts, one of several: it lacks that while each way to have it lacks a part.
    pub fn need_any(&mut self, id: DutyId, ways: &[Vec<PartId>]) {
        let ways: Vec<SmallVec<[PartId; 6]>> = ways.iter().map(|parts| own_parts(parts)).collect();
        // What can be had for nothing is never lacking.
        if ways.is_empty() || ways.iter().any(SmallVec::is_empty) {
            return;
        }
        for part in ways.iter().flatten() {
            let watchers = self.watchers.entry(*part).or_default();
            if !watchers.contains(&id) {
                watchers.push(id);
            }
        }
        if let Some(duty) = self.duties.get_mut(id.0 as usize) {
            duty.alternatives.push(ways);
        }
    }

    /// Let a duty need other parts from now on; call [`Status::accrue`] first.
    pub(crate) fn retarget(&mut self, id: DutyId, parts: &[PartId]) {
        let Some(duty) = self.duties.get_mut(id.0 as usize) else { return };
        for part in std::mem::take(&mut duty.parts) {
            if let Some(watchers) = self.watchers.get_mut(&part) {
                watchers.retain(|watcher| *watcher != id);
            }
        }
        duty.parts = own_parts(parts);
        for &part in &duty.parts {
            self.watchers.entry(part).or_default().push(id);
        }
    }

    /// The duty behind an id.
    pub fn duty_of(&self, id: DutyId) -> Option<&Duty> {
        self.duties.get(id.0 as usize)
    }

    /// Who watches a part.
    pub fn watchers(&self, part: PartId) -> &[DutyId] {
        self.watchers.get(&part).map_or(&[], Vec::as_slice)
    }

    /// How many duties there are.
    pub fn duties(&self) -> u32 {
        self.duties.len() as u32
    }

    /// Whether all parts of a duty are up.
    pub fn duty_up(&self, id: DutyId) -> bool {
        let up = |parts: &SmallVec<[PartId; 6]>| parts.iter().all(|&part| self.up(part));
        self.duty_of(id)
            .is_some_and(|duty| up(&duty.parts) && duty.alternatives.iter().all(|ways| ways.iter().any(up)))
    }

    /// Whether a duty is active.
    pub fn duty_active(&self, id: DutyId) -> bool {
        self.duty_of(id).is_some_and(|duty| duty.active)
    }

    /// Begin or end a duty; call [`Status::accrue`] first, which settles what was before.
    pub(crate) fn set_active(&mut self, id: DutyId, active: bool) {
        if let Some(duty) = self.duties.get_mut(id.0 as usize) {
            duty.active = active;
        }
    }

    /// What was due and up since the last call.
    pub fn take_served(&mut self, id: DutyId) -> u64 {
        self.duties.get_mut(id.0 as usize).map_or(0, |duty| std::mem::take(&mut duty.served))
    }

    /// So much of what was due and up did not get through after all: whoever says so records the loss.
    pub fn lose_served(&mut self, id: DutyId, count: u64) {
        if let Some(duty) = self.duties.get_mut(id.0 as usize) {
            duty.served = duty.served.saturating_sub(count);
        }
    }

    /// Settle a duty up to `now`, under the status that held until now.
    pub(crate) fn accrue(&mut self, id: DutyId, now: SimTime, names: &Names) -> Option<Accrual> {
        let duty = self.duties.get_mut(id.0 as usize)?;
        let since = std::mem::replace(&mut duty.since, now);
        let due = if duty.active { duty.grain.due(since, now) } else { 0 };
        if due == 0 {
            return None;
        }
        let mut reasons: SmallVec<[Charge; 4]> = SmallVec::new();
        let counts = &self.down;
        let down = |part: &&PartId| counts.get(part.0 as usize).is_some_and(|count| *count > 0);
        for part in duty.parts.iter().filter(down) {
            reasons.extend(self.reasons.get(part).into_iter().flatten().copied());
        }
        for ways in &duty.alternatives {
            if ways.iter().all(|parts| parts.iter().any(|part| down(&part))) {
                let parts = ways.iter().flatten().filter(down);
                reasons.extend(parts.filter_map(|part| self.reasons.get(part)).flatten().copied());
            }
        }
        if reasons.is_empty() {
            duty.served += due;
            return Some(Accrual { duty: id, due, down: false, charges: SmallVec::new() });
        }
        let charges = share(due * duty.scale, reasons, names);
        Some(Accrual { duty: id, due, down: true, charges })
    }
}

/// The parts that a duty watches, of those that it needs: each once, in order, and none that is always up.
pub fn own_parts(parts: &[PartId]) -> SmallVec<[PartId; 6]> {
    let mut own: SmallVec<[PartId; 6]> =
        parts.iter().copied().filter(|part| *part != PartId::ALWAYS).collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// Share `total` equally among the distinct charges that hold something down; what does not divide goes, unit by
/// unit, in the order of the causes' names.
pub fn share(total: u64, mut among: SmallVec<[Charge; 4]>, names: &Names) -> SmallVec<[(Charge, u64); 2]> {
    let name = |id: CauseId| names.cause_of(id);
    among.sort_by(|a, b| (name(a.by), name(a.because)).cmp(&(name(b.by), name(b.because))));
    among.dedup();
    let n = among.len() as u64;
    let rest = total % n.max(1);
    among.into_iter().zip(0..).map(|(charge, at)| (charge, total / n + u64::from(at < rest))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{By, kind};

    fn monitored(grain: Grain) -> (Status, Names, DutyId, [Charge; 2]) {
        let (mut status, mut names) = (Status::default(), Names::default());
        let first = status.parts(2);
        let parts = [first, PartId(first.0 + 1)];
        let charges =
            [By::Control, By::Fault].map(|by| Charge { by: names.cause(by, "x"), ..Charge::default() });
        let topic = names.topic("monitoring");
        let id =
            status.duty(Who(0), topic, grain, [kind("due"), kind("lost")], [kind("c"), kind("s")], 1, &parts);
        status.set_active(id, true);
        (status, names, id, charges)
    }

    #[test]
    fn two_causes_at_once_share_equally_and_one_alone_bears_all() {
        let (mut status, names, id, [control, fault]) = monitored(Grain::Time);
        let mut lost = Vec::new();
        let mut settle = |status: &mut Status, at| {
            if let Some(accrual) = status.accrue(id, SimTime(at), &names) {
                lost.extend(accrual.charges);
            }
        };
        settle(&mut status, 10);
        status.take_down(PartId(0), control);
        settle(&mut status, 15);
        status.take_down(PartId(1), fault);
        settle(&mut status, 22);
        status.bring_up(PartId(0), control);
        settle(&mut status, 25);
        assert_eq!(lost, [(control, 5), (control, 4), (fault, 3), (fault, 3)]);
    }

    #[test]
    fn of_several_ways_any_one_will_do_and_what_closes_all_of_them_shares() {
        let (mut status, names, id, [control, fault]) = monitored(Grain::Time);
        let first = status.parts(2);
        let ways = [first, PartId(first.0 + 1)];
        status.need_any(id, &[vec![ways[0]], vec![ways[1]]]);
        let mut lost = Vec::new();
        let mut settle = |status: &mut Status, at| {
            if let Some(accrual) = status.accrue(id, SimTime(at), &names) {
                lost.extend(accrual.charges);
            }
        };
        settle(&mut status, 10);
        status.take_down(ways[0], control);
        assert!(status.duty_up(id));
        settle(&mut status, 20);
        status.take_down(ways[1], fault);
        assert!(!status.duty_up(id));
        settle(&mut status, 30);
        status.bring_up(ways[0], control);
        settle(&mut status, 40);
        assert_eq!(lost, [(control, 5), (fault, 5)]);
    }

    #[test]
    fn slots_are_counted_on_their_own_grid_however_the_time_is_cut() {
        let grain = Grain::Slots { phase: 3, period: 10 };
        assert_eq!(grain.due(SimTime(0), SimTime(100)), 10);
        let cuts = [0, 3, 4, 13, 14, 57, 93, 100];
        let total: u64 = cuts.windows(2).map(|cut| grain.due(SimTime(cut[0]), SimTime(cut[1]))).sum();
        assert_eq!(total, 10);
    }

    #[test]
    fn a_part_is_up_again_only_when_every_reason_is_gone() {
        let (mut status, _, _, [control, fault]) = monitored(Grain::Time);
        assert!(status.take_down(PartId(0), control));
        assert!(!status.take_down(PartId(0), fault));
        assert!(!status.bring_up(PartId(0), control));
        assert!(!status.up(PartId(0)));
        assert!(status.bring_up(PartId(0), fault));
        assert!(status.up(PartId(0)));
    }
}
