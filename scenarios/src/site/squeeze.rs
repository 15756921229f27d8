//! What streams lose at a station that they ask for more than it has.
//!
//! Each gets through in the ratio of what there is to what is asked for. Were the streams too many without what
//! controls and attackers add, the excess is Load's; else it is charged to those who added, by how much they did.

use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::kinds::{CHARGE_LOST, LOST, MILLIONTHS};
use sim::station::{STREAM_LIMIT, Shares, StationId, split};
use sim::status::DutyId;

const BILLION: u64 = 1_000_000_000;

/// What one stream loses.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Squeeze {
    /// Share of its messages that are lost [ppb].
    lost: u64,
    /// To whom, by weight; empty: to Load.
    to: Shares,
    /// What is left of a message's loss, in billionths.
    rest: u64,
    /// How much of what the duty has served is settled.
    pub(super) seen: u64,
}

impl Squeeze {
    /// Record what is lost of that which was sent since the last time.
    pub(super) fn settle(&mut self, core: &mut Core, duty: DutyId) {
        core.accrue(duty);
        let Some(own) = core.status.duty_of(duty) else { return };
        let (who, topic, served) = (own.who, own.topic, own.served);
        let parts = u128::from(served - self.seen) * u128::from(self.lost) + u128::from(self.rest);
        let lost = (parts / u128::from(BILLION)) as u64;
        self.rest = (parts % u128::from(BILLION)) as u64;
        self.seen = served - lost;
        if lost == 0 {
            return;
        }
        core.status.lose_served(duty, lost);
        core.fact(LOST, who, topic, Charge::default(), lost as i64);
        let load = Shares::of(core.load, 1);
        let to = if self.to.is_empty() { &load } else { &self.to };
        let charges = split(lost * MILLIONTHS, to, &core.names);
        let kind = CHARGE_LOST[usize::from(charges.len() > 1)];
        for (by, amount) in charges.iter() {
            core.fact(kind, who, topic, Charge { by, because: CauseId::NONE }, amount as i64);
        }
    }

    /// As [`Squeeze::narrowest`], with what was lost until now settled first if that changes.
    pub(super) fn follow(
        &mut self,
        core: &mut Core,
        duty: DutyId,
        stations: impl Iterator<Item = StationId>,
    ) {
        let mut next = self.clone();
        next.narrowest(core, stations);
        if (next.lost, &next.to) != (self.lost, &self.to) {
            self.settle(core, duty);
            (self.lost, self.to) = (next.lost, next.to);
        }
    }

    /// Find the narrowest of the stations on its way; [`Squeeze::settle`] first.
    pub(super) fn narrowest(&mut self, core: &Core, stations: impl Iterator<Item = StationId>) {
        let background = |id: StationId| core.stations[id.0 as usize].background();
        (self.lost, self.to) = (0, Shares::new());
        let Some(most) = stations.filter_map(background).max_by_key(|held| held.all) else { return };
        if most.all > STREAM_LIMIT {
            let excess = u128::from(most.all - STREAM_LIMIT) * u128::from(BILLION);
            self.lost = (excess / u128::from(most.all)) as u64;
            if most.bare <= STREAM_LIMIT {
                self.to = most.added.clone();
            }
        }
    }
}
