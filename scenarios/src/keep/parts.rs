//! The parts of a snapshot.

use crate::attempt::Campaigns;
use crate::campaigns::{credential_worm, ransom_crew};
use crate::care::answers::Answers;
use crate::care::opioid::{self, Opioids};
use crate::care::slots::Slots;
use crate::site::accounts::Accounts;
use crate::site::devices::Devices;
use crate::site::episodes;
use crate::site::exchange::Exchanges;
use crate::site::exchange::broker::Subscriptions;
use crate::site::exchange::poll::Lines;
use crate::site::firewall::Firewalls;
use crate::site::isolation::Isolation;
use crate::site::local::contact;
use crate::site::local::store::Stores;
use crate::site::mesh::Meshes;
use crate::site::onboarding::Onboarding;
use crate::site::power;
use crate::site::streams::{self, Streams};
use crate::site::updates::Updates;
use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use sim::keep::{Keep, KeepError};

/// To whom a part belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// To what every strategy has: it goes on under another one.
    World,
    /// To a strategy's controls: under another strategy it is gone, or found anew.
    Strategy,
}

/// A part of a snapshot.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its name there.
    pub(crate) name: &'static str,
    /// To whom it belongs.
    pub(crate) whose: Whose,
    /// Write it down, if the run has it.
    pub(crate) keep: fn(&World) -> Result<Option<Vec<u8>>, KeepError>,
    /// Take it over.
    pub(crate) lay: fn(&mut World, &[u8]) -> Result<(), KeepError>,
}

impl Part {
    /// Its name in a snapshot.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The part that is a resource.
pub(crate) const fn part<T: Resource<Mutability = Mutable> + Keep>(name: &'static str, whose: Whose) -> Part {
    Part { name, whose, keep: keep::<T>, lay: lay::<T> }
}

fn keep<T: Resource + Keep>(world: &World) -> Result<Option<Vec<u8>>, KeepError> {
    world.get_resource::<T>().map(Keep::keep).transpose()
}

fn lay<T: Resource<Mutability = Mutable> + Keep>(world: &mut World, bytes: &[u8]) -> Result<(), KeepError> {
    match world.get_resource_mut::<T>() {
        Some(mut own) => own.lay(bytes),
        None => Err(KeepError::Differs { what: "the models that there are" }),
    }
}

fn weaknesses(world: &World) -> Result<Option<Vec<u8>>, KeepError> {
    world.get_resource::<Devices>().map(Devices::weaknesses).transpose()
}

fn lay_weaknesses(world: &mut World, bytes: &[u8]) -> Result<(), KeepError> {
    world.get_resource_mut::<Devices>().map_or(Ok(()), |mut devices| devices.lay_weaknesses(bytes))
}

/// Every part, in the order of laying.
pub const ALL: &[Part] = &[
    part::<Devices>("devices", Whose::World),
    // Under another strategy they are laid before its controls are: those find them so.
    Part { name: super::WEAKNESSES, whose: Whose::Strategy, keep: weaknesses, lay: lay_weaknesses },
    part::<Slots>("needs", Whose::World),
    part::<Answers>("answers", Whose::World),
    part::<Opioids>("infusions", Whose::World),
    opioid::PATIENTS,
    part::<Campaigns>("campaigns", Whose::World),
    credential_worm::KEPT,
    ransom_crew::KEPT,
    episodes::KEPT,
    power::KEPT,
    part::<Meshes>("meshes", Whose::World),
    part::<Stores>("stored readings", Whose::World),
    part::<Exchanges>("exchanges", Whose::World),
    part::<Lines>("polling", Whose::World),
    part::<Subscriptions>("subscriptions", Whose::World),
    contact::KEPT[0],
    contact::KEPT[1],
    part::<Streams>("streams", Whose::Strategy),
    Part { name: "losses of streams", whose: Whose::World, keep: streams::losses, lay: streams::lay_losses },
    part::<Accounts>("accounts", Whose::Strategy),
    part::<Firewalls>("firewalls", Whose::Strategy),
    part::<Isolation>("isolation", Whose::Strategy),
    part::<Onboarding>("onboarding", Whose::Strategy),
    part::<Updates>("updates", Whose::Strategy),
];

/// What building the run gives again, and why nothing of it is kept.
pub const BUILT: &[(&str, &str)] = &[
    ("Authorities", "whom receivers obey is told by their contacts"),
    ("Blocks", "which streams a list stops is laid with the flows"),
    ("Certificates", "when one expires is drawn at the start"),
    ("Clocks", "constants of the scenario"),
    ("Commanders", "settings of the strategy"),
    ("Contacts", "who asks whom; what they know is kept by name"),
    ("Emergency", "rules and draws"),
    ("Encryptions", "settings of campaigns"),
    ("Engine", "kept by the engine itself"),
    ("Expected", "arrivals are drawn at the start; those to come are rows"),
    ("Ground", "what stands where"),
    ("Harvesters", "settings of campaigns; what was recorded is told by what was sent"),
    ("Held", "whose commands are held is laid with the flows"),
    ("Hooks", "functions"),
    ("Journal", "kept by nobody: it explains a run that is made again from its start"),
    ("Network", "its routes are laid again"),
    ("Numbers", "the table of parameters"),
    ("Orders", "settings and draws"),
    ("Refusals", "from when on is stated"),
    ("SafeStates", "by which contacts who works is laid with the flows"),
    ("Protected", "what protects what is laid with the flows"),
    ("Sessions", "what opens more of them; the engine keeps those that there are"),
    ("Staff", "groups and shifts; whoever is busy is a station's queue"),
    ("Standby", "plans; who serves whom is told by what is up, and by whom receivers obey"),
    ("Stopwatch", "time of the machine"),
    ("Supported", "whose support ends with which happening"),
];
