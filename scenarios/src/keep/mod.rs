//! Keeping a run of a scenario: the engine's state and that of every model, written down part by part.
//!
//! A model that adds state to the world adds a line to [`ALL`], or to [`BUILT`] if building the run gives it again; a
//! test compares both with the program's text.

mod parts;

pub use parts::{ALL, BUILT, Part};
pub(crate) use parts::{Whose, part};

use crate::care::slots;
use crate::language::scenario::Scenario;
use crate::site::ground::Ground;
use crate::site::local::authority;
use crate::site::network::{Network, Ways};
use crate::site::{self, Since, SiteError, classes, mesh, sessions, standby, streams};
use bevy_ecs::prelude::Mut;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::keep::{self, KeepError};
use sim::luck::Luck;
use sim::simulation::{Engine, Simulation};
use sim::time::SimTime;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub use sim::keep::ids::Ids;

/// A run as it is kept: everything that changes while it goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    engine: keep::Kept,
    routes: Vec<u8>,
    parts: Vec<(String, Vec<u8>)>,
}

/// The name of a part of which a fork needs to know before controls are installed.
const WEAKNESSES: &str = "weaknesses";

/// Write a run down as it stands, worked up to an instant.
///
/// # Errors
/// When something cannot be serialised.
pub fn keep(simulation: &Simulation) -> Result<Kept, KeepError> {
    let (world, core) = (&simulation.world, simulation.core());
    let ways = world.get_resource::<Network>().map(|network| network.ways(core)).unwrap_or_default();
    let mut parts = Vec::new();
    for part in ALL {
        if let Some(bytes) = (part.keep)(world)? {
            parts.push((part.name.to_owned(), bytes));
        }
    }
    Ok(Kept { engine: core.keep()?, routes: keep::write("routes", &ways)?, parts })
}

/// Let a run that was built anew go on from what was kept of it.
///
/// # Errors
/// When it does not read, or was kept of another run.
pub fn go_on(simulation: &mut Simulation, kept: &Kept) -> Result<(), KeepError> {
    let ways = keep::read("routes", &kept.routes)?;
    laying(&mut simulation.world, |network, core, ground| network.lay_again(core, ground, ways));
    simulation.core_mut().lay(&kept.engine)?;
    lay(&mut simulation.world, kept, |_| true)?;
    simulation.world.resource_scope(|world, core: Mut<Engine>| mesh::regrow(&core, world));
    simulation
        .world
        .resource_scope(|world, mut core: Mut<Engine>| authority::follow(&mut core, world, false));
    Ok(())
}

/// Let a run go on from `at` under another strategy, whose controls begin then with nothing known; gives the ids of the
/// snapshot's things in it.
///
/// # Errors
/// When the strategy cannot be built, or the snapshot does not read or fit.
pub fn fork(
    scenario: &Arc<Scenario>,
    strategy: &str,
    luck: Luck,
    at: SimTime,
    kept: &Kept,
) -> Result<(Simulation, Rc<Ids>), SiteError> {
    let weaknesses = kept.parts.iter().find(|part| part.0 == WEAKNESSES).map_or(&[][..], |part| &part.1);
    let mut simulation = site::build_since(scenario, strategy, luck, site::WINDOW, Since { at, weaknesses })?;
    let ids = turn(&mut simulation, at, kept).map_err(SiteError::Keep)?;
    Ok((simulation, ids))
}

fn turn(simulation: &mut Simulation, at: SimTime, kept: &Kept) -> Result<Rc<Ids>, KeepError> {
    let ways: Ways = keep::read("routes", &kept.routes)?;
    let mut routes = BTreeMap::new();
    laying(&mut simulation.world, |network, core, ground| routes = network.lay_bare(core, ground, ways));
    let core = simulation.core_mut();
    let ids = core.ids_of(&kept.engine, routes)?;
    let turn = core.take_over(&kept.engine, &ids, at, &classes::carry)?;
    keep::ids::within(&ids, || lay(&mut simulation.world, kept, |whose| whose == Whose::World))?;
    simulation.world.resource_scope(|world, mut core: Mut<Engine>| {
        let core = &mut *core;
        standby::follow(core, world);
        authority::follow(core, world, true);
        mesh::mend(core, world);
        sessions::follow(core, world);
        streams::begin_anew(core, world);
        slots::follow(core, world);
        for (part, charge) in turn.holds {
            core.take_down(world, part, charge);
        }
        for (part, charge) in turn.lifts {
            core.bring_up(world, part, charge);
        }
    });
    Ok(ids)
}

fn laying(world: &mut World, lay: impl FnOnce(&mut Network, &mut Core, &Ground)) {
    world.resource_scope(|world, mut core: Mut<Engine>| {
        world.resource_scope(|world, mut network: Mut<Network>| {
            lay(&mut network, &mut core, world.resource::<Ground>());
        });
    });
}

fn lay(world: &mut World, kept: &Kept, chosen: impl Fn(Whose) -> bool) -> Result<(), KeepError> {
    for (name, bytes) in &kept.parts {
        let part = ALL.iter().find(|part| part.name == name.as_str());
        let part = part.ok_or(KeepError::Differs { what: "the models that there are" })?;
        if chosen(part.whose) {
            (part.lay)(world, bytes)?;
        }
    }
    Ok(())
}
