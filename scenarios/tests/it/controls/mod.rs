//! Controls from outside: what each prevents when somebody attacks, what it costs when nobody does, and that it
//! does nothing where its settings say so.

mod encryption;
mod lockout;
mod nothing;
mod patching;
mod quarantine;
mod segmentation;
mod unique_identity;

use bevy_ecs::prelude::World;
use scenarios::language::Scenario;
use scenarios::language::load::{Source, load};
use scenarios::site::devices::{self, Devices};
use scenarios::site::ground::Ground;
use scenarios::site::network::{Network, Traffic};
use scenarios::site::{accounts, build_with};
use sim::core::Core;
use sim::fact::{By, CauseId, Fact, Kind, Who};
use sim::luck::Luck;
use sim::message::{Action, DeviceId, Message};
use sim::row::{Class, Row};
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::sync::Arc;

/// Two zones and a conduit, with devices of which each test uses some.
const PLACE: &str = r#"
title = "Two zones"
starts_at = "Mon 08:00"
horizon = "1 day"

[zone.ward]
purdue_level = 1
[zone.office]
purdue_level = 4

[conduit.ward-office]
between = ["ward", "office"]
bandwidth = "1 Gbit/s"
latency = "1 ms"

[fleet]
pumps = { class = "infusion-pump", zone = "ward", count = 20, gateway.fleet = "aps", credentials = "shared" }
old = { class = "infusion-pump-legacy", zone = "ward", count = 4, credentials = "shared" }
plain = { class = "bms-controller", zone = "ward", count = 4, credentials = "none" }
monitors = { class = "bedside-monitor", zone = "ward", count = 4 }
central = { class = "central-station", zone = "ward", count = 1 }
aps = { class = "wifi-access-point", zone = "ward", count = 2, credentials = "shared" }
pump-server = { class = "server", zone = "office", count = 2, work = "failover" }
desks = { class = "office-workstation", zone = "office", count = 10 }
directory = { class = "identity-server", zone = "office", count = 1 }

[flow]
status = { kind = "reading", from = ["pumps", "old"], to = "pump-server", every = "60 s", size = "300 B",
  deadline = "60 s", criticality = "care" }
order = { kind = "command", from = "pump-server", to = "pumps", every = { law = "exponential", mean = "10 min" },
  size = "1200 B", deadline = "10 s", criticality = "safety" }
waves = { kind = "reading", from = "monitors", to = "central", every = "1 s", size = "4000 B", deadline = "2 s",
  criticality = "safety", as = "stream" }
mirror = { kind = "reading", from = "central", to = "pump-server", every = "1 s", size = "900 B", deadline = "2 s",
  criticality = "business", as = "stream", declared = false }
export = { kind = "reading", from = "central", to = "desks", every = "5 min", per = "receiver", size = "2 kB",
  deadline = "60 s", criticality = "business", declared = false }
login = { kind = "command", from = "desks", to = "directory", every = { law = "exponential", mean = "20 min" },
  per = "sender", size = "2 kB", deadline = "10 s", criticality = "care" }
set-points = { kind = "command", from = "desks", to = "plain", every = { law = "exponential", mean = "20 min" },
  size = "90 B", deadline = "30 s", criticality = "business" }

[people]
engineers = { count = 2, does = "repair" }
desk = { count = 1, does = "service-desk", handling = "8 min" }
analysts = { count = 1, does = "security" }
network = { count = 1, does = "network", handling = "1 h" }

[strategy.none]
"#;

/// The place with these strategies besides.
pub fn place(strategies: &str) -> Arc<Scenario> {
    read(&format!("{PLACE}\n{strategies}"))
}

/// The place with these strategies besides, where every flow is on the list.
pub fn declared_place(strategies: &str) -> Arc<Scenario> {
    read(&format!("{}\n{strategies}", PLACE.replace(", declared = false", "")))
}

fn read(text: &str) -> Arc<Scenario> {
    let loaded = load(&Source::text("place.toml", text));
    let errors: Vec<String> = loaded
        .findings
        .iter()
        .filter(|_| !loaded.may_run())
        .map(|finding| format!("{} {} {}", finding.code, finding.message, finding.label))
        .collect();
    assert!(loaded.may_run(), "{errors:?}");
    Arc::new(loaded.scenario)
}

/// A run about to begin.
pub fn begin(scenario: &Arc<Scenario>, strategy: &str) -> Simulation {
    let uses = &scenario.strategies[strategy].uses;
    build_with(scenario, uses, Luck { seed: 7, replication: 0 }, 28).unwrap()
}

/// What was recorded.
pub fn finish(simulation: &mut Simulation) -> Vec<Fact> {
    let mut facts = Vec::new();
    simulation.run(|window, _| facts.extend_from_slice(window));
    facts
}

/// The `nth` device of a fleet, from 0.
pub fn device(simulation: &Simulation, fleet: &str, nth: u32) -> DeviceId {
    DeviceId(simulation.world.resource::<Ground>().fleet_named(fleet).unwrap().first.0 + nth)
}

/// Sums of facts of a kind, by the kind and name of who is charged and because of whom.
pub fn charged(
    simulation: &Simulation,
    facts: &[Fact],
    kinds: &[Kind],
    by: &str,
    because: Option<&str>,
) -> i64 {
    let names = &simulation.core().names;
    let is = |id: CauseId, name: Option<&str>| names.cause_of(id).map(|cause| cause.name.as_str()) == name;
    facts
        .iter()
        .filter(|fact| kinds.contains(&fact.kind))
        .filter(|fact| is(fact.charge.by, Some(by)) && is(fact.charge.because, because))
        .map(|fact| fact.amount)
        .sum()
}

/// Sums of facts of a kind.
pub fn sum(facts: &[Fact], kind: Kind) -> i64 {
    facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.amount).sum()
}

/// Sums of facts of a kind about a flow.
pub fn of_flow(simulation: &Simulation, facts: &[Fact], kind: Kind, flow: &str) -> i64 {
    let names = &simulation.core().names;
    let about = |fact: &&Fact| fact.kind == kind && names.topic_name(fact.topic) == flow;
    facts.iter().filter(about).map(|fact| fact.amount).sum()
}

/// What an attempt does when it arrives.
#[derive(Clone, Copy, PartialEq)]
pub enum Trick {
    /// It takes the device if that has a weakness.
    Exploit,
    /// It takes a device that whoever reaches it commands.
    Command,
    /// It tries a password that is wrong.
    WrongPassword,
}

const ATTEMPT: Class = Class(60);
const TRICKS: [Trick; 3] = [Trick::Exploit, Trick::Command, Trick::WrongPassword];

/// Let an adversary called `worm` attempt this at these times, from a device that it holds from the first on.
pub fn attack(simulation: &mut Simulation, trick: Trick, [from, to]: [DeviceId; 2], at: &[Span]) {
    let core = simulation.core_mut();
    core.handle(ATTEMPT, attempt);
    core.names.cause(By::Attack, "worm");
    let trick = TRICKS.iter().position(|known| *known == trick).unwrap() as u64;
    for &at in at {
        core.push(SimTime::ZERO + at, ATTEMPT, u64::from(to.0), u64::from(from.0) << 8 | trick);
    }
}

fn attempt(core: &mut Core, world: &mut World, row: Row) {
    let (from, to) = (DeviceId((row.arg >> 8) as u32), DeviceId(row.id() as u32));
    let worm = core.names.cause(By::Attack, "worm");
    devices::take(core, world, from, worm);
    let action = core.action(Action { arrived, lost: |_, _, _, _| () });
    let topic = core.names.topic("attempt");
    let route = world.resource_scope(|world, mut network: bevy_ecs::prelude::Mut<Network>| {
        network.route(core, world.resource::<Ground>(), Traffic::Attempt, [from, to], &[])
    });
    let mut message = Message::new(route, from, to, topic, 200);
    (message.made_by, message.action, message.arg) = (worm, action, row.arg & 0xFF);
    core.launch(message);
}

fn arrived(core: &mut Core, world: &mut World, message: &Message) {
    let target = message.target;
    let weak = |devices: &Devices| devices.is_exploitable(target);
    match TRICKS[message.arg as usize] {
        Trick::Exploit if weak(world.resource::<Devices>()) => {
            devices::take(core, world, target, message.made_by);
        }
        Trick::Command => devices::take(core, world, target, message.made_by),
        Trick::Exploit => (),
        Trick::WrongPassword => accounts::failed_login(core, world, target, message.made_by),
    }
}

/// Every device of a run.
pub fn all(simulation: &Simulation) -> impl Iterator<Item = DeviceId> + use<> {
    (0..simulation.core().devices()).map(DeviceId)
}

/// Somebody uses every device from now on.
pub fn use_all(simulation: &mut Simulation) {
    for device in all(simulation) {
        simulation.world.resource_mut::<Devices>().use_by(device, Who(0));
    }
}

/// Whether somebody holds a device at the end.
pub fn held(simulation: &Simulation, device: DeviceId) -> bool {
    simulation.world.resource::<Devices>().truth(device) != CauseId::NONE
}
