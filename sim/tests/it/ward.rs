//! A small ward that the other tests share: two fleets behind one access point, readings up and orders down,
//! reboots, an encryption-like toll with a session, a stream, and losses on the air.

use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::kinds::{CHARGE_LOST, DUE, LOST, MILLIONTHS};
use sim::law::Law;
use sim::luck::{Luck, mix};
use sim::message::{DeviceId, Emitter, Flow, Retry};
use sim::route::{At, Hop, Needs, RouteId, Toll};
use sim::session::{Conversation, Flight, gate};
use sim::simulation::Simulation;
use sim::station::Station;
use sim::status::{Grain, PartId};
use sim::tick::Stage;
use sim::time::{SimTime, Span};

/// How a station serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    InTurn,
    ByRank,
    Shared,
}

/// What a test may change.
#[derive(Clone, Copy)]
pub struct Setting {
    pub seed: u64,
    pub shift: u32,
    /// An extra fleet whose name sorts last and which talks to nobody of the ward.
    pub stranger: bool,
    /// A toll of this control on each hop.
    pub toll: Option<Toll>,
    /// Whether messages need sessions.
    pub sessions: bool,
    /// Fixed service of the access point.
    pub service: Span,
    pub reboots: bool,
    /// How the access point, where everybody has the same rank, serves who is inside.
    pub queue: Queue,
    /// The share of messages lost behind the access point.
    pub loss: f64,
}

pub const PLAIN: Setting = Setting {
    seed: 42,
    shift: 28,
    stranger: false,
    toll: None,
    sessions: false,
    service: Span::millis(4),
    reboots: true,
    queue: Queue::InTurn,
    loss: 0.01,
};

pub const DEVICES: u32 = 40;

pub fn control(core: &mut Core) -> CauseId {
    core.names.cause(By::Control, "control")
}

fn hops(core: &mut Core, (ap, loss): (sim::station::StationId, f64), up: bool, tolls: &[Toll]) -> RouteId {
    let radio = Law::lognormal(0.004, 0.030, 0.0005);
    let (here, there) =
        if up { (Needs::SourceLink, Needs::Nothing) } else { (Needs::Nothing, Needs::TargetLink) };
    let mut route = [
        Hop { needs: here, ..Hop::visit(Stage::Protect, At::Source) },
        Hop { delay: Some(radio.into()), loss, needs: there, ..Hop::visit(Stage::Hop, At::Station(ap)) },
        // A line that nobody queues for, and that loses a few.
        Hop { loss: 0.01, ..Hop::link(Needs::Nothing, Law::Fixed(0.007)) },
        Hop::visit(Stage::Act, At::Target),
    ];
    for hop in &mut route {
        hop.tolls.extend_from_slice(tolls);
    }
    core.routes.add(route)
}

pub fn build(setting: Setting) -> Simulation {
    let horizon = SimTime::ZERO + Span::HOUR;
    let mut core = Core::new(Luck { seed: setting.seed, replication: 0 }, horizon, setting.shift).unwrap();
    core.stations.rest_beyond(0);
    let cpu = Station::new(PartId::ALWAYS, 1, Span(50_000), 20);
    let first = core.fleet("pumps", DEVICES, &cpu);
    let server = core.fleet("server", 1, &cpu);
    if setting.stranger {
        core.fleet("visitors", 7, &cpu);
    }
    let ap_part = core.status.parts(1);
    let ap = Station::new(ap_part, 1, setting.service, 80_000);
    let ap = match setting.queue {
        Queue::InTurn => ap,
        Queue::ByRank => ap.by_rank(),
        Queue::Shared => ap.shared(),
    };
    let ap = (core.station(ap), setting.loss);
    let by = control(&mut core);
    let mut tolls: Vec<Toll> = setting.toll.into_iter().collect();
    let (mut sessions, plain) =
        (Vec::new(), [hops(&mut core, ap, true, &[]), hops(&mut core, ap, false, &[])]);
    if setting.sessions {
        let check = core.check(gate);
        tolls.push(Toll { check: Some((check, 0)), ..Toll::free(by) });
        let topic = core.names.topic("handshake");
        let flights = [(true, 200), (false, 1200), (true, 60)].map(|(up, bytes)| Flight {
            up,
            bytes,
            sender_cpu: 2_000_000,
            receiver_cpu: 2_000_000,
            sender_nanojoules: 5,
            receiver_nanojoules: 5,
            again: None,
        });
        let (timeout, times) = (Span::SECOND, 5);
        let conversation = core.conversation(Conversation {
            cause: by,
            flights: flights.to_vec(),
            lifetime: None,
            retry: None,
            timeout,
            times,
            topic,
        });
        sessions = (0..DEVICES)
            .map(|n| core.session((conversation, None), [DeviceId(first.0 + n), server], plain, false))
            .collect();
    }
    let routes = [hops(&mut core, ap, true, &tolls), hops(&mut core, ap, false, &tolls)];
    let names = ["status", "order", "waves"].map(|name| core.names.topic(name));
    let flow = |topic, every: Law, command| Flow {
        topic,
        command,
        every: every.into(),
        answer: None,
        smoothing: None,
        bytes: 300,
        deadline: Span::millis(200),
        action: Default::default(),
        retry: command.then_some(Retry { after: Span::millis(50), times: 2 }),
        shadowed: false,
        wanted: None,
    };
    core.flows.push(flow(names[0], Law::Fixed(2.0), false));
    core.flows.push(flow(names[1], Law::Exponential { mean: 20.0 }, true));
    core.flows.push(flow(names[2], Law::Fixed(60.0), false));
    for n in 0..DEVICES {
        let device = DeviceId(first.0 + n);
        for (kind, route) in [(0, routes[0]), (1, routes[1]), (2, routes[0])] {
            let (source, target) = if kind == 1 { (server, device) } else { (device, server) };
            let key = mix(core.key(device) ^ core.names.topic_hash(names[kind]));
            let stream = (kind == 2).then(|| {
                let grain = Grain::Slots { phase: 0, period: 1_000_000_000 };
                let parts = [core.unit(device), core.link(device), core.unit(server), ap_part];
                let who = core.who(device);
                core.status.duty(who, names[2], grain, [DUE, LOST], CHARGE_LOST, MILLIONTHS, &parts)
            });
            if let Some(duty) = stream {
                core.set_duty(duty, true);
            }
            let session = sessions.get(n as usize).copied();
            let emitter = core.emitters.len() as u32;
            core.session_of.set(emitter, session);
            core.stream_of.set(emitter, stream);
            core.emitters
                .push_with_key(Emitter::new(kind as u16, route, [source, target]).owned_by(device), key);
        }
    }
    if setting.reboots {
        let planned = core.names.cause(By::Planned, "reboot");
        let fault = core.names.cause(By::Fault, "ap");
        let charge = |by| Charge { by, because: CauseId::NONE };
        for n in 0..DEVICES / 4 {
            let at = SimTime::ZERO + Span(600_000_000_000 + u64::from(n) * 37_000_000_000);
            let unit = core.unit(DeviceId(first.0 + n));
            core.change_at(at, unit, charge(planned), false);
            core.change_at(at + Span::MINUTE, unit, charge(planned), true);
        }
        core.change_at(SimTime::ZERO + Span(1_000_500_000_000), ap_part, charge(fault), false);
        core.change_at(SimTime::ZERO + Span(1_090_700_000_000), ap_part, charge(fault), true);
    }
    Simulation::new(core)
}
