//! What goes up and down: parts, and the duties that rest on them.

use crate::core::Core;
use crate::fact::Charge;
use crate::row::{Class, Row};
use crate::station::StationId;
use crate::status::{Accrual, DutyId, PartId};
use crate::time::SimTime;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};

/// A change of status that waits for its row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) part: PartId,
    charge: Charge,
    up: bool,
}

impl Change {
    /// The reason that it takes away, and of what part.
    pub(crate) fn end(&self) -> Option<(PartId, Charge)> {
        self.up.then_some((self.part, self.charge))
    }
}

impl Core {
    /// Hold a part down from now on, for this reason.
    pub fn take_down(&mut self, world: &mut World, part: PartId, charge: Charge) {
        self.accrue_watchers(part);
        if self.status.take_down(part, charge) {
            self.gone_down(world, part, charge);
        }
        for follower in self.followers.get(&part).cloned().unwrap_or_default() {
            self.take_down(world, follower, charge);
        }
    }

    /// Let a part be down from now on for whatever reason `leader` is, as long as that reason holds. Nothing may follow
    /// itself.
    pub fn follow(&mut self, leader: PartId, follower: PartId) {
        self.followers.entry(leader).or_default().push(follower);
    }

    fn gone_down(&mut self, world: &mut World, part: PartId, charge: Charge) {
        self.settle_way();
        let now = self.now;
        if let Some(device) = self.device_of(part)
            && part == self.unit(device)
        {
            self.ever_failed = true;
            self.stations[device.0 as usize].fail(now, charge);
            crate::queue::fail(self, world, StationId(device.0), charge);
            crate::medium::fail(self, world, device, charge);
            crate::session::close_all(self, world, device, charge);
        }
        for id in self.stations_of.get(&part).cloned().unwrap_or_default() {
            self.ever_failed = true;
            self.stations[id.0 as usize].fail(now, charge);
            crate::queue::fail(self, world, id, charge);
        }
        for at in 0..self.watchers.len() {
            self.watchers[at](self, world, part, false);
        }
    }

    /// Take that reason away.
    pub fn bring_up(&mut self, world: &mut World, part: PartId, charge: Charge) {
        self.accrue_watchers(part);
        if self.status.bring_up(part, charge) {
            self.settle_way();
            for at in 0..self.watchers.len() {
                self.watchers[at](self, world, part, true);
            }
        }
        for follower in self.followers.get(&part).cloned().unwrap_or_default() {
            self.bring_up(world, follower, charge);
        }
    }

    /// Take a reason away at `at` (`up`), or give one then.
    pub fn change_at(&mut self, at: SimTime, part: PartId, charge: Charge, up: bool) {
        self.changes.push(Change { part, charge, up });
        self.push(at, Class::STATUS, u64::from(part.0), (self.changes.len() - 1) as u64);
    }

    pub(crate) fn change(&mut self, world: &mut World, row: Row) {
        let Some(&Change { part, charge, up }) = self.changes.get(row.arg as usize) else { return };
        if up { self.bring_up(world, part, charge) } else { self.take_down(world, part, charge) }
    }

    /// Begin or end a duty now.
    pub fn set_duty(&mut self, duty: DutyId, active: bool) {
        self.accrue(duty);
        self.status.set_active(duty, active);
    }

    /// Let a duty need other parts from now on.
    pub fn retarget(&mut self, duty: DutyId, parts: &[PartId]) {
        self.accrue(duty);
        self.status.retarget(duty, parts);
    }

    fn accrue_watchers(&mut self, part: PartId) {
        for at in 0..self.status.watchers(part).len() {
            let duty = self.status.watchers(part)[at];
            self.accrue(duty);
        }
    }

    /// Settle a duty up to now.
    pub fn accrue(&mut self, duty: DutyId) {
        let Some(accrual) = self.status.accrue(duty, self.now, &self.names) else { return };
        self.record(&accrual);
    }

    fn record(&mut self, accrual: &Accrual) {
        let Some(duty) = self.status.duty_of(accrual.duty) else { return };
        let (who, topic, charge) = (duty.who, duty.topic, duty.charge);
        let (due, lost) = (duty.due, duty.lost);
        self.fact(due, who, topic, Charge::default(), accrual.due as i64);
        if accrual.down {
            self.fact(lost, who, topic, Charge::default(), accrual.due as i64);
        }
        let kind = charge[usize::from(accrual.charges.len() > 1)];
        for &(to, amount) in &accrual.charges {
            self.fact(kind, who, topic, to, amount as i64);
        }
    }
}
