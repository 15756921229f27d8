//! The same worlds in the engine, through its public door.

use super::world::{HopOf, Link, Need, Outage, Place, StationOf, World};
use super::{Told, Trace};
use bevy_ecs::prelude::Resource;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::kinds::{CHARGE_LOST, DUE, IN_FLIGHT, IN_TIME, LATE, LATENCY, UNSENT};
use sim::law::Law;
use sim::luck::{Luck, mix};
use sim::message::{Answer, DeviceId, Emitter, Flow, Message, MessageId, Pace, Retry};
use sim::route::{At, CheckId, Delay, Hop, Needs, Toll};
use sim::simulation::Simulation;
use sim::station::{Station, StationId};
use sim::status::PartId;
use sim::tick::Stage;
use sim::time::{SimTime, Span};
use sim::travel::Verdict;

/// How the engine is to work.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Windows are 2^shift nanoseconds long.
    pub shift: u32,
    /// In what form messages travel.
    pub form: sim::rank::Way,
    /// Whether to write down when each message comes to each of its hops.
    pub watched: bool,
    /// Whether every message is told; where not, the books alone know of most.
    pub told: bool,
}

/// When each message came to each of its hops.
#[derive(Resource, Default)]
struct Seen(Vec<(u64, usize, u64, usize)>);

fn see(
    core: &mut Core,
    world: &mut bevy_ecs::world::World,
    _: MessageId,
    message: &Message,
    hop: u32,
) -> Verdict {
    let row = (core.now.0, message.emitter as usize, message.slot, hop as usize);
    world.resource_mut::<Seen>().0.push(row);
    Verdict::Pass
}

/// The entity key of a flow's draws.
pub fn key(core: &Core, world: &World, flow: usize) -> u64 {
    mix(core.key(DeviceId(world.flows[flow].source)) ^ core.names.topic_hash(sim::fact::Topic(flow as u16)))
}

fn build(world: &World, way: Way) -> Simulation {
    let luck = Luck { seed: world.seed, replication: 0 };
    let mut core = Core::new(luck, SimTime(world.horizon), way.shift).unwrap();
    core.travel_by(way.form);
    core.books.told = way.told;
    // In every other world whoever may rest does.
    core.stations.rest_beyond(if world.seed.is_multiple_of(2) { 0 } else { usize::MAX });
    core.fleet("devices", world.devices, &station(&world.processor, PartId::ALWAYS));
    for own in &world.stations {
        let part = core.status.parts(1);
        core.station(station(own, part));
    }
    for (part, outages) in parts(world) {
        for (nth, &[from, to]) in outages.iter().enumerate() {
            let by = core.names.cause(By::Fault, &format!("outage {part}/{nth}"));
            let charge = Charge { by, because: CauseId::NONE };
            core.change_at(SimTime(from), PartId(part as u32), charge, false);
            core.change_at(SimTime(to), PartId(part as u32), charge, true);
        }
    }
    let check = core.check(see);
    for (at, flow) in world.flows.iter().enumerate() {
        let topic = core.names.topic(&format!("flow {at}"));
        let every = if flow.exponential {
            Pace::Drawn(Law::Exponential { mean: flow.period as f64 / 1e9 })
        } else {
            Pace::fixed(Span(flow.period))
        };
        let hops: Vec<Hop> = (0..)
            .zip(&flow.route)
            .map(|(nth, own)| hop(&mut core, world, own, way.watched.then_some((check, nth))))
            .collect();
        let route = core.routes.add(hops);
        core.flows.push(Flow {
            topic,
            command: false,
            every,
            bytes: flow.bytes,
            deadline: Span(flow.deadline),
            action: Default::default(),
            retry: flow.retry.map(|(after, times)| Retry { after: Span(after), times }),
            shadowed: false,
            answer: flow.answered.map(|one_in| Answer::new(1, one_in)),
            smoothing: None,
            wanted: None,
        });
        let [source, target] = [flow.source, flow.target].map(DeviceId);
        let key = key(&core, world, at);
        let mut emitter = Emitter::new(at as u16, route, [source, target]);
        emitter.clock(flow.clocked);
        core.emitters.push_with_key(emitter, key);
    }
    let mut furnished = bevy_ecs::world::World::new();
    furnished.insert_resource(Seen::default());
    Simulation::in_world(core, furnished)
}

fn station(own: &StationOf, part: PartId) -> Station {
    let station = Station::new(part, own.servers, Span(own.fixed), own.per_byte).with_buffer(own.buffer);
    if own.by_rank { station.by_rank() } else { station }
}

/// Every part with its outages, in the engine's numbering.
fn parts(world: &World) -> impl Iterator<Item = (usize, &Vec<Outage>)> {
    let devices = world.units.iter().zip(&world.links).flat_map(|(unit, link)| [unit, link]);
    devices.chain(world.stations.iter().map(|station| &station.outages)).enumerate()
}

fn hop(core: &mut Core, world: &World, own: &HopOf, watched: Option<(CheckId, u32)>) -> Hop {
    let place = |station: usize| StationId(world.devices + station as u32);
    let causes = ["first", "second"].map(|name| core.names.cause(By::Control, name));
    let see = watched.map(|check| Toll { check: Some(check), ..Toll::free(causes[0]) });
    let tolls = own.tolls.iter().map(|toll| Toll {
        cause: causes[toll.cause],
        bytes: toll.bytes,
        cpu: toll.cpu,
        nanojoules: 0,
        visit: toll.visit.map(place),
        check: None,
    });
    Hop {
        stage: Stage::Hop,
        at: match own.place {
            Place::Source => At::Source,
            Place::Target => At::Target,
            Place::Station(station) => At::Station(place(station)),
            Place::Nowhere => At::Nowhere,
        },
        needs: match own.need {
            Need::Nothing => Needs::Nothing,
            Need::SourceLink => Needs::SourceLink,
            Need::TargetLink => Needs::TargetLink,
        },
        delay: match own.link {
            Link::None => None,
            Link::Fixed(span) => Some(Delay::Fixed(Span(span))),
            Link::Drawn(low, high) => {
                let [low, high] = [low, high].map(|nanos| nanos as f64 / 1e9);
                Some(Delay::Drawn(Law::Uniform { low, high }))
            }
        },
        loss: own.loss,
        work: own.work,
        rank: own.rank,
        tolls: see.into_iter().chain(tolls).collect(),
    }
}

/// What happens in a world; `look` sees the engine when all is over.
pub fn run(world: &World, way: Way, look: &mut dyn FnMut(&Core)) -> Trace {
    let mut simulation = build(world, way);
    let mut trace = Trace::default();
    simulation.run(|facts, core| {
        for fact in facts {
            let what = match fact.kind {
                DUE => "due",
                IN_TIME => "in-time",
                LATE => "late",
                LATENCY => "latency",
                UNSENT => "unsent",
                IN_FLIGHT => "in-flight",
                kind if kind == CHARGE_LOST[0] => "lost",
                _ => continue,
            };
            let flow = usize::from(fact.topic.0);
            let by = core.names.cause_of(fact.charge.by);
            let by = match by {
                // A full buffer is charged to who filled it.
                Some(cause) if what == "lost" && cause.by != By::Fault && cause.name != "radio" => {
                    "full".to_owned()
                }
                Some(cause) => cause.name.clone(),
                None => String::new(),
            };
            let amount = if what == "lost" { fact.amount / 1_000_000 } else { fact.amount };
            trace.told.push(Told { at: fact.at.0, what, flow, amount, by });
        }
    });
    trace.hops = std::mem::take(&mut simulation.world.resource_mut::<Seen>().0);
    look(simulation.core());
    trace
}
