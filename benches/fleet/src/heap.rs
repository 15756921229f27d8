//! The event simulation of the textbook: every stage of a message is an event in one binary heap, every server has
//! a queue and schedules its own departures.
//!
//! Events are worked in the order of (time, device, stage), so that two arrivals at one server at the same instant
//! are served in the order of their devices.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::mem;

use crate::workload::{AIRTIME, CRYPTO, Fleet, SERVICE, Sums, WAN};

/// What happens to a message, in the order of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Wake,
    UplinkArrives,
    UplinkLeaves,
    BackendArrives,
    BackendLeaves,
    CommandArrives,
    CommandLeaves,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: u64,
    device: u32,
    stage: Stage,
    command: bool,
    reading: u16,
    woke: u64,
}

#[derive(Clone, Copy, Default)]
struct Device {
    wakes: u32,
    reading: u16,
    actuated: u32,
}

/// One at a time, in the order of arrival.
#[derive(Clone, Default)]
struct Server {
    busy: bool,
    waiting: VecDeque<Event>,
}

impl Server {
    /// Start to serve what arrives, or let it wait; the caller schedules what is started.
    fn arrive(&mut self, event: Event) -> Option<Event> {
        if self.busy {
            self.waiting.push_back(event);
            return None;
        }
        self.busy = true;
        Some(event)
    }

    /// One is done: start the next.
    fn leave(&mut self) -> Option<Event> {
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }
}

/// A fleet, its servers and the heap of what is to come.
pub struct Heap {
    fleet: Fleet,
    devices: Vec<Device>,
    gateways: Vec<Server>,
    backend: Server,
    events: BinaryHeap<Reverse<Event>>,
    sums: Sums,
}

impl Heap {
    /// Every device asleep until its first wake.
    #[must_use]
    pub fn set_up(fleet: &Fleet) -> Self {
        let first = |device| {
            let at = fleet.phase(fleet.draw(device, 0));
            Reverse(Event { at, device, stage: Stage::Wake, command: false, reading: 0, woke: at })
        };
        Self {
            fleet: *fleet,
            devices: vec![Device::default(); fleet.devices as usize],
            gateways: vec![Server::default(); fleet.gateways as usize],
            backend: Server::default(),
            events: (0..fleet.devices).map(first).collect(),
            sums: Sums::default(),
        }
    }

    /// Work event by event until the horizon; to be run once.
    #[must_use]
    pub fn run(&mut self) -> Sums {
        while let Some(Reverse(event)) = self.events.pop() {
            if event.at >= self.fleet.horizon {
                break;
            }
            self.work(event);
        }
        // Nobody reads the counters of the devices, but they are a part of the work.
        black_box(&self.devices);
        mem::take(&mut self.sums)
    }

    fn work(&mut self, event: Event) {
        let gateway = self.fleet.gateway(event.device);
        match event.stage {
            Stage::Wake => self.wake(event),
            Stage::UplinkArrives => {
                self.sums.gateway_arrivals += 1;
                let started = self.gateways[gateway].arrive(event);
                self.start_at_gateway(event.at, started);
            }
            Stage::UplinkLeaves => {
                self.sums.gateway_departures += 1;
                let started = self.gateways[gateway].leave();
                self.start_at_gateway(event.at, started);
                self.schedule(event.at + WAN, Stage::BackendArrives, event);
            }
            Stage::BackendArrives => {
                let started = self.backend.arrive(event);
                self.start_at_backend(event.at, started);
            }
            Stage::BackendLeaves => {
                self.sums.deliver(event.at - event.woke, event.reading);
                let started = self.backend.leave();
                self.start_at_backend(event.at, started);
                if event.command {
                    self.schedule(event.at + WAN, Stage::CommandArrives, event);
                }
            }
            Stage::CommandArrives => {
                let started = self.gateways[gateway].arrive(event);
                self.start_at_gateway(event.at, started);
            }
            Stage::CommandLeaves => {
                self.sums.command(event.at - event.woke);
                self.devices[event.device as usize].actuated += 1;
                let started = self.gateways[gateway].leave();
                self.start_at_gateway(event.at, started);
            }
        }
    }

    fn wake(&mut self, event: Event) {
        self.sums.messages += 1;
        let device = &mut self.devices[event.device as usize];
        let draw = self.fleet.draw(event.device, device.wakes);
        device.reading = draw.sense(device.reading);
        device.wakes += 1;
        let message = Event { command: draw.commands(), reading: device.reading, woke: event.at, ..event };
        let pause = self.fleet.pause(self.fleet.draw(event.device, device.wakes));
        self.schedule(event.at + CRYPTO, Stage::UplinkArrives, message);
        self.schedule(event.at + pause, Stage::Wake, event);
    }

    fn start_at_gateway(&mut self, now: u64, started: Option<Event>) {
        if let Some(event) = started {
            let uplink = event.stage == Stage::UplinkArrives;
            let stage = if uplink { Stage::UplinkLeaves } else { Stage::CommandLeaves };
            self.schedule(now + AIRTIME, stage, event);
        }
    }

    fn start_at_backend(&mut self, now: u64, started: Option<Event>) {
        if let Some(event) = started {
            self.schedule(now + SERVICE, Stage::BackendLeaves, event);
        }
    }

    fn schedule(&mut self, at: u64, stage: Stage, event: Event) {
        self.events.push(Reverse(Event { at, stage, ..event }));
    }
}
