//! What a strategy's encryption amounts to, for whoever asks later: recorders, and partners who refuse old suites.

use crate::language::at::{At, Name};
use crate::language::units::Time;
use crate::site::ground::Ground;
use crate::site::network::{Laid, Place};
use crate::site::sealing::{Hand, Leg, Seals};
use crate::site::tunnels::Tunnels;
use ::devices::crypto::{Catalogue, Machine, Strength, Suite, fits};
use ::devices::exposure::{Guard, Migration};
use bevy_ecs::prelude::Resource;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How devices are to move to another suite in the years to come; what that costs then is not simulated now.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigratesTo {
    /// To which algorithms: `plimsoll list suites`.
    pub to: Name,
    /// When the first device is moved.
    pub starts: At<Time>,
    /// How long from the first device to the last of those that can be updated over the network. The others, and those
    /// that cannot run the new suite, are moved when they are replaced, within their service life.
    pub takes: At<Time>,
}

/// The same, ready to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Migrates {
    suite: &'static Suite,
    starts: f64,
    takes: f64,
}

/// The capability of a device that is updated over the network.
const OVER_THE_NETWORK: &str = "SU:UPD";
const YEAR: f64 = 365.0 * 86_400.0;

impl Migrates {
    /// The plan of these settings.
    pub fn new(settings: &MigratesTo, suite: &'static Suite) -> Self {
        let years = |time: &At<Time>| time.value.0.seconds() / YEAR;
        Self { suite, starts: years(&settings.starts), takes: years(&settings.takes) }
    }

    /// How a fleet moves.
    pub fn of(&self, ground: &Ground, fleet: u16) -> Migration {
        let class = &ground.fleets[usize::from(fleet)].class;
        let stands = !self.suite.falls_to_a_quantum_computer();
        if !stands {
            return Migration::NEVER;
        }
        let runs =
            Catalogue::shipped().is_ok_and(|costs| fits(costs, self.suite, &Machine::of(class)).is_ok());
        let updatable = runs && class.capabilities.iter().any(|code| code == OVER_THE_NETWORK);
        Migration {
            starts: self.starts,
            takes: self.takes,
            updatable: if updatable { 1.0 } else { 0.0 },
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

    /// How strong the last leg of a route is, as its receiver sees it.
    pub fn strength(&self, ground: &Ground, laid: &Laid) -> Strength {
        match self.seals.legs(ground, laid).last() {
            Some(&Leg::Sealed(layer, _)) => self.seals.layers[usize::from(layer)].suite.strength,
            _ => Strength::None,
        }
    }
}
