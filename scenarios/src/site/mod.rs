//! A site: a scenario and a strategy become a run.
//!
//! The order is the order of dependence: the ground, the rules of the strategy's controls, the flows laid by those
//! rules, the people, and last what may happen.

pub mod accounts;
pub mod classes;
pub(crate) mod dependence;
pub mod devices;
pub mod emergency;
pub mod episodes;
pub mod exchange;
pub mod firewall;
pub mod ground;
pub mod hands;
pub mod hooks;
pub mod isolation;
pub mod local;
mod media;
pub mod mesh;
pub mod network;
mod numbers;
pub mod onboarding;
mod place_fleets;
pub mod power;
pub mod products;
pub mod scope;
pub mod sealing;
pub mod selection;
pub mod sessions;
mod squeeze;
pub mod staff;
pub mod standby;
pub mod station_names;
pub mod streams;
mod traffic;
pub mod tunnels;
pub mod updates;

pub use numbers::Numbers;
pub(crate) use traffic::retry;

use crate::language::fleet::FleetError;
use crate::language::scenario::Scenario;
use crate::language::stated::stated;
use crate::language::strategy::ControlUses;
use ::devices::class::ClassError;
use ::devices::parameters::{ParameterError, ParametersError, Setting, SettingError, UnknownParameter};
use bevy_ecs::world::World;
use ground::Ground;
use network::Network;
use sim::core::Core;
use sim::fact::{By, CauseId};
use sim::keep::KeepError;
use sim::kinds::KindError;
use sim::luck::{Draws, Keys, Luck};
use sim::simulation::Simulation;
use sim::time::SimTime;
use std::sync::Arc;

/// A scenario that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A class is missing or broken.
    #[error("fleet `{fleet}`")]
    Class {
        /// The fleet.
        fleet: String,
        /// Why.
        #[source]
        source: Box<FleetError>,
    },
    /// A number is missing.
    #[error("a number that the run needs")]
    Unknown(#[source] UnknownParameter),
    /// A number cannot be used as it stands.
    #[error("a number that the run needs")]
    Parameter(#[source] ParameterError),
    /// A number cannot be set as asked.
    #[error("a number that is to be set")]
    Setting(#[source] SettingError),
    /// The tables of numbers do not read.
    #[error("the tables of numbers")]
    Parameters(#[source] ParametersError),
    /// A snapshot does not fit.
    #[error("the snapshot")]
    Keep(#[source] KeepError),
    /// Two kinds of fact collide.
    #[error("the kinds of fact")]
    Kind(#[source] KindError),
    /// There is no strategy of this name.
    #[error("no strategy is called `{0}`")]
    Strategy(String),
    /// A part of the scenario names something that is not there; the checks find this first.
    #[error("{what} `{name}` names what is not there")]
    Missing {
        /// What sort of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A crypto suite or another device model refuses.
    #[error("{what}: {why}")]
    Model {
        /// Whose.
        what: String,
        /// Why.
        why: String,
    },
}

impl SiteError {
    /// A shipped class that cannot be had.
    pub(crate) fn class(fleet: &str, source: ClassError) -> Self {
        Self::Class { fleet: fleet.to_owned(), source: Box::new(source.into()) }
    }
}

/// What the models of a site record.
const KINDS: &[&[(&str, &str)]] = &[
    devices::KINDS,
    hands::KINDS,
    accounts::KINDS,
    emergency::KINDS,
    isolation::KINDS,
    local::KINDS,
    exchange::KINDS,
    products::KINDS,
    updates::KINDS,
    power::KINDS,
];

/// What is done once all flows are laid.
type Later = Box<dyn FnOnce(&mut Site) -> Result<(), SiteError>>;

/// Since when a strategy's controls are there, if not from the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since<'a> {
    /// The instant at which they begin.
    pub(crate) at: SimTime,
    /// The devices' weaknesses by then.
    pub(crate) weaknesses: &'a [u8],
}

/// A run under construction.
pub struct Site {
    /// The engine.
    pub core: Core,
    /// What the models keep.
    pub world: World,
    /// What stands where.
    pub ground: Ground,
    /// The routes, and the rules they are laid by.
    pub network: Network,
    /// Sourced numbers, and which of them were read.
    pub numbers: Numbers,
    /// What was asked.
    pub scenario: Arc<Scenario>,
    meshes: mesh::Meshes,
    later: Vec<Later>,
}

impl Site {
    /// The cause that stands for a control.
    pub fn control(&mut self, id: &str) -> CauseId {
        self.core.names.cause(By::Control, id)
    }

    /// Let controls work at `now`.
    fn of_strategy(
        &mut self,
        stage: &str,
        now: SimTime,
        work: impl FnOnce(&mut Self) -> Result<(), SiteError>,
    ) -> Result<(), SiteError> {
        self.core.section(stage, true);
        self.core.now = now;
        work(self)?;
        self.core.now = SimTime::ZERO;
        Ok(())
    }

    /// Do this once all flows are laid.
    pub fn later(&mut self, work: impl FnOnce(&mut Self) -> Result<(), SiteError> + 'static) {
        self.later.push(Box::new(work));
    }
}

/// How long a window is unless a test says otherwise: 2^30 ns, about a second.
pub const WINDOW: u32 = 30;

/// Build the run of `scenario` under the uses of `strategy`'s controls.
///
/// # Errors
/// When the scenario needs something that is not there; what a file can have wrong the checks find before.
pub fn build(
    scenario: &Arc<Scenario>,
    strategy: &str,
    luck: Luck,
    window: u32,
) -> Result<Simulation, SiteError> {
    build_set(scenario, strategy, luck, window, None)
}

/// As [`build`], with one parameter set to an end of its range.
///
/// # Errors
/// As [`build`], and when the parameter cannot be set.
pub fn build_set(
    scenario: &Arc<Scenario>,
    strategy: &str,
    luck: Luck,
    window: u32,
    setting: Option<&Setting>,
) -> Result<Simulation, SiteError> {
    let chosen = scenario.strategies.get(strategy).ok_or_else(|| SiteError::Strategy(strategy.to_owned()))?;
    assemble(scenario, &chosen.uses, luck, window, Numbers::shipped(setting)?, None)
}

/// As [`build`], with controls that begin at an instant: they find devices as they are by then.
///
/// # Errors
/// As [`build`], and when the snapshot does not read.
pub(crate) fn build_since(
    scenario: &Arc<Scenario>,
    strategy: &str,
    luck: Luck,
    window: u32,
    since: Since<'_>,
) -> Result<Simulation, SiteError> {
    let chosen = scenario.strategies.get(strategy).ok_or_else(|| SiteError::Strategy(strategy.to_owned()))?;
    assemble(scenario, &chosen.uses, luck, window, Numbers::shipped(None)?, Some(since))
}

/// Build a run under these uses of controls.
///
/// # Errors
/// As [`build`].
pub fn build_with(
    scenario: &Arc<Scenario>,
    controls: &[ControlUses],
    luck: Luck,
    window: u32,
) -> Result<Simulation, SiteError> {
    assemble(scenario, controls, luck, window, Numbers::shipped(None)?, None)
}

fn assemble(
    scenario: &Arc<Scenario>,
    controls: &[ControlUses],
    luck: Luck,
    window: u32,
    numbers: Numbers,
    since: Option<Since<'_>>,
) -> Result<Simulation, SiteError> {
    let horizon = SimTime(scenario.horizon.0.0);
    let luck = Keys { luck, audit: scenario.draws.audit };
    let mut site = Site {
        core: Core::new(luck, horizon, window).map_err(SiteError::Kind)?,
        world: World::new(),
        ground: Ground::default(),
        network: Network::default(),
        numbers,
        scenario: Arc::clone(scenario),
        meshes: mesh::Meshes::default(),
        later: Vec::new(),
    };
    if let Some(key) = scenario.draws.raw {
        site.core.slots = Draws::raw(key);
    }
    let [peaks, ends] = ["peaks", "ends"].map(|purpose| luck.purpose(purpose));
    site.world.insert_resource(standby::Clocks { starts_at: scenario.starts_at, peaks, ends });
    for (name, unit) in KINDS.iter().copied().flatten() {
        site.core.kinds.register(name, unit).map_err(SiteError::Kind)?;
    }
    for one in stated(scenario) {
        site.numbers.log.note(&one.key, one.group, one.confidence);
    }
    site.core.section("the ground", false);
    place_fleets::place(&mut site)?;
    devices::draw(&mut site);
    staff::hire(&mut site);
    if let Some(since) = since {
        let mut devices = site.world.resource_mut::<devices::Devices>();
        devices.lay_weaknesses(since.weaknesses).map_err(SiteError::Keep)?;
    }
    crate::happenings::prepare(&mut site)?;
    local::prepare(&mut site)?;
    exchange::prepare(&mut site)?;
    let begin = since.map_or(SimTime::ZERO, |since| since.at);
    site.of_strategy("controls", begin, |site| {
        controls.iter().try_for_each(|control| (control.def.install)(control, site))
    })?;
    site.core.section("flows", false);
    let meshes = std::mem::take(&mut site.meshes);
    site.network.parents = meshes.parents(&site.core, &site.ground);
    if !site.network.parents.is_empty() {
        site.core.watch(mesh::watch);
        site.core.handle(classes::NOTICE, mesh::notice);
    }
    site.world.insert_resource(meshes);
    traffic::lay_flows(&mut site)?;
    let later = std::mem::take(&mut site.later);
    site.of_strategy("controls over flows", begin, |site| later.into_iter().try_for_each(|work| work(site)))?;
    site.core.section("what goes on", false);
    streams::fill(&mut site);
    power::install(&mut site);
    crate::care::install(&mut site)?;
    products::install(&mut site)?;
    exchange::install(&mut site)?;
    local::install(&mut site);
    site.of_strategy("contacts", begin, |site| {
        local::begin(site);
        Ok(())
    })?;
    site.core.section("what may happen", false);
    crate::happenings::install(&mut site)?;
    crate::campaigns::install(&mut site)?;
    let Site { core, mut world, ground, mut network, numbers, .. } = site;
    network.built();
    world.insert_resource(ground);
    world.insert_resource(network);
    world.insert_resource(numbers);
    let mut simulation = Simulation::in_world(core, world);
    crate::care::opioid::evolve(&mut simulation.tick);
    Ok(simulation)
}
