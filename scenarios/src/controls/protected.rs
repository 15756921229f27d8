//! What a strategy's encryption amounts to, for whoever asks later: recorders, and partners who refuse old suites.

use crate::language::at::{At, Name};
use crate::language::date::{Beginning, Date};
use crate::language::units::Time;
use crate::site::ground::Ground;
use crate::site::network::{Laid, Place};
use crate::site::sealing::{Hand, Leg, Seals};
use crate::site::tunnels::Tunnels;
use ::devices::crypto::{Strength, Suite};
use ::devices::exposure::{Guard, Migration};
use bevy_ecs::prelude::Resource;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How devices move to another suite over the years. Of those that can be updated over the network each has its day
/// between the first and the last, drawn by its name; whoever has had it by the day of the run uses the new suite in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigratesTo {
    /// To which algorithms: `plimsoll list suites`.
    pub to: Name,
    /// When the first device is moved: so long after the run, or on a day, if the scenario says its own `date`.
    pub starts: At<Beginning>,
    /// How long from the first device to the last of those that can be updated over the network. The others, and those
    /// that cannot run the new suite, use the old one in the run; for what is recorded over the years they count as
    /// moved when they are replaced, within their service life.
    pub takes: At<Time>,
}

/// The same, ready to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Migrates {
    suite: &'static Suite,
    starts: f64,
    takes: f64,
}

const YEAR: f64 = 365.0 * 86_400.0;

impl Migrates {
    /// The plan of these settings, for a run on that day; nothing if it starts on a day and the run's is not known.
    pub fn new(settings: &MigratesTo, suite: &'static Suite, today: Option<Date>) -> Option<Self> {
        let takes = settings.takes.value.0.seconds() / YEAR;
        Some(Self { suite, starts: settings.starts.value.years(today)?, takes })
    }

    /// Whether the device whose day lies at this share of the plan has had it when the run begins.
    pub fn has_moved(&self, at: f64) -> bool {
        self.starts + at * self.takes <= 0.0
    }

    /// How those of a fleet move that have not been moved when the run begins.
    pub fn of(&self, ground: &Ground, fleet: u16, movable: bool) -> Migration {
        if self.suite.falls_to_a_quantum_computer() {
            return Migration::NEVER;
        }
        let class = &ground.fleets[usize::from(fleet)].class;
        Migration {
            starts: self.starts.max(0.0),
            takes: (self.takes + self.starts.min(0.0)).max(0.0),
            updatable: if movable { 1.0 } else { 0.0 },
            replaced_within: class.service_life.seconds() / YEAR,
        }
    }
}

/// What protects what.
#[derive(Resource, Clone, Debug)]
pub struct Protected {
    /// Routes' legs.
    pub seals: Arc<Seals>,
    /// Conduits.
    pub tunnels: Arc<Tunnels>,
    /// By layer: how it is to be exchanged.
    pub migrates: Vec<Option<Migrates>>,
}

impl Protected {
    /// How those of a fleet move that a layer protects and that have not been moved yet.
    pub fn migration(&self, ground: &Ground, fleet: u16, layer: u16) -> Migration {
        let plan = self.migrates.get(usize::from(layer)).copied().flatten();
        plan.map_or(Migration::NEVER, |plan| plan.of(ground, fleet, self.seals.is_movable(fleet)))
    }

    /// What guards a message at a place of a route's leg, and by which layer; `end` is 0 at its sender, 1 at its
    /// receiver. None if nothing passes.
    pub fn guard(
        &self,
        ground: &Ground,
        laid: &Laid,
        leg: usize,
        place: Place,
        end: Option<usize>,
    ) -> Option<(Guard, Option<u16>)> {
        let of =
            |suite: &Suite| if suite.falls_to_a_quantum_computer() { Guard::Falls } else { Guard::Stands };
        let sealed = match self.seals.legs(ground, laid).get(leg).copied().unwrap_or(Leg::Plain) {
            Leg::Lost => return None,
            Leg::Plain => (Guard::Open, None),
            // Between a device and what stands before it the message goes as it is.
            Leg::Sealed(_, hands) if end.is_some_and(|end| hands[end] == Hand::Proxy) => (Guard::Open, None),
            Leg::Sealed(layer, _) => (of(self.seals.layers[usize::from(layer)].suite), Some(layer)),
        };
        let tunnel = match place {
            Place::Conduit(conduit, _) => self.tunnels.suite(conduit).map(of),
            _ => None,
        };
        Some(match tunnel {
            Some(guard) if guard < sealed.0 => (guard, None),
            _ => sealed,
        })
    }

    /// How strong the last leg of a route is, as its receiver sees it: by its own suite, or by that of a tunnel that ends
    /// in the receiver's zone.
    pub fn strength(&self, ground: &Ground, laid: &Laid) -> Strength {
        let own = match self.seals.legs(ground, laid).last() {
            Some(&Leg::Sealed(layer, _)) => self.seals.layers[usize::from(layer)].suite.strength,
            _ => Strength::None,
        };
        let since = laid.places.iter().rposition(|place| matches!(place, Place::Relay(_))).unwrap_or(0);
        let last = laid.places.get(since..).into_iter().flatten().rev().find_map(|place| match place {
            Place::Conduit(conduit, _) => Some(*conduit),
            _ => None,
        });
        let tunnel = last.and_then(|conduit| self.tunnels.suite(conduit));
        tunnel.map_or(own, |suite| own.max(suite.strength))
    }
}
