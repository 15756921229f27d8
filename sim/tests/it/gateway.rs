//! Contract: the worked example of the design. A gateway that serves uplinks at 0 and 9 ms and a command at
//! 6 ms, 4 ms each, lets them go at 4, 14 and 10 ms, whatever the window.

use sim::core::Core;
use sim::fact::By;
use sim::kinds::LATENCY;
use sim::law::Law;
use sim::luck::Luck;
use sim::message::{DeviceId, Message};
use sim::route::{At, Hop, RouteId, Toll};
use sim::row::{Class, Row};
use sim::simulation::Simulation;
use sim::station::Station;
use sim::status::PartId;
use sim::tick::Stage;
use sim::time::{SimTime, Span};

const LAUNCH: Class = Class(Class::ABOVE);

fn launch(core: &mut Core, _: &mut bevy_ecs::world::World, row: Row) {
    let topic = core.names.topic("t");
    let mut message = Message::new(RouteId(0), DeviceId(row.id() as u32), DeviceId(0), topic, 10);
    message.weight = 1;
    core.launch(message);
}

fn departures(shift: u32, free_toll: bool) -> Vec<u64> {
    let mut core = Core::new(Luck { seed: 1, replication: 0 }, SimTime(1_000_000_000), shift).unwrap();
    core.fleet("devices", 3, &Station::new(PartId::ALWAYS, 1, Span::ZERO, 0));
    let part = core.status.parts(1);
    let gateway = core.station(Station::new(part, 1, Span::millis(4), 0));
    let mut hop = Hop { delay: Some(Law::Fixed(0.0).into()), ..Hop::visit(Stage::Hop, At::Station(gateway)) };
    if free_toll {
        let cause = core.names.cause(By::Control, "nothing");
        hop.tolls.push(Toll::free(cause));
    }
    core.routes.add([hop]);
    core.handle(LAUNCH, launch);
    for (device, at) in [(0, 0), (1, 9), (2, 6)] {
        core.push(SimTime(at * 1_000_000), LAUNCH, device, 0);
    }
    let mut simulation = Simulation::new(core);
    let mut out = vec![0; 3];
    simulation.run(|facts, _| {
        for fact in facts.iter().filter(|fact| fact.kind == LATENCY) {
            out[fact.who.0 as usize] = fact.at.0 / 1_000_000;
        }
    });
    out
}

#[test]
fn uplinks_at_0_and_9_and_a_command_at_6_leave_at_4_14_and_10() {
    for shift in [10, 18, 20, 22, 28] {
        assert_eq!(departures(shift, false), [4, 14, 10]);
    }
}

#[test]
fn a_free_toll_moves_nothing() {
    assert_eq!(departures(20, true), departures(20, false));
}
