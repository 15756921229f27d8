//! Devices, gateways and the backend as NexoSim models.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use benches::workload::{AIRTIME, CRYPTO, Fleet, SERVICE, Sums, WAN};
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// When the simulation is set up: before the first wake, which may be at zero.
pub const BEFORE: MonotonicTime = MonotonicTime::EPOCH;
/// Zero of the workload.
pub const START: MonotonicTime = match MonotonicTime::new(1, 0) {
    Some(start) => start,
    None => BEFORE,
};

/// The sums of all models; one thread works them, so that nobody ever waits for the lock.
pub type Tally = Arc<Mutex<Sums>>;

/// The parameters and sums that every model knows. Not part of the state that NexoSim could save.
#[derive(Clone)]
struct Known {
    fleet: Fleet,
    tally: Tally,
}

impl Default for Known {
    fn default() -> Self {
        Self { fleet: Fleet::of(0, 1, 1), tally: Tally::default() }
    }
}

impl Known {
    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.tally.lock().expect("nobody panics with the lock")
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Message {
    device: u32,
    woke: u64,
    reading: u16,
    command: bool,
}

/// Now, in nanoseconds of the workload.
fn now<M: Model>(cx: &Context<M>) -> u64 {
    cx.time().duration_since(START).as_nanos() as u64
}

fn at(time: u64) -> MonotonicTime {
    START + Duration::from_nanos(time)
}

#[derive(Serialize, Deserialize)]
pub struct Device {
    /// To the gateway -- output port.
    pub up: Output<Message>,
    number: u32,
    wakes: u32,
    reading: u16,
    actuated: u32,
    #[serde(skip)]
    known: Known,
}

#[Model]
impl Device {
    pub fn new(fleet: &Fleet, tally: &Tally, number: u32) -> Self {
        let known = Known { fleet: *fleet, tally: tally.clone() };
        Self { up: Output::default(), number, wakes: 0, reading: 0, actuated: 0, known }
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        let first = self.known.fleet.phase(self.known.fleet.draw(self.number, 0));
        cx.schedule_event(at(first), schedulable!(Self::wake), ()).expect("the start is ahead");
    }

    #[nexosim(schedulable)]
    async fn wake(&mut self, _: (), cx: &Context<Self>) {
        let (woke, fleet) = (now(cx), &self.known.fleet);
        self.known.sums().messages += 1;
        let draw = fleet.draw(self.number, self.wakes);
        self.reading = draw.sense(self.reading);
        self.wakes += 1;
        let message = Message { device: self.number, woke, reading: self.reading, command: draw.commands() };
        let next = woke + fleet.pause(fleet.draw(self.number, self.wakes));
        cx.schedule_event(at(woke + CRYPTO), schedulable!(Self::send), message).expect("it takes time");
        cx.schedule_event(at(next), schedulable!(Self::wake), ()).expect("a period is long");
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, message: Message) {
        self.up.send(message).await;
    }

    /// A command -- input port.
    pub async fn actuate(&mut self, message: Message, cx: &Context<Self>) {
        self.actuated += 1;
        self.known.sums().command(now(cx) - message.woke);
    }
}

#[derive(Serialize, Deserialize)]
pub struct Gateway {
    /// To the backend -- output port.
    pub up: Output<Message>,
    /// To each device, in the order of their numbers -- output ports.
    pub down: Vec<Output<Message>>,
    free: u64,
    #[serde(skip)]
    known: Known,
}

#[Model]
impl Gateway {
    pub fn new(fleet: &Fleet, tally: &Tally) -> Self {
        let known = Known { fleet: *fleet, tally: tally.clone() };
        Self { up: Output::default(), down: Vec::new(), free: 0, known }
    }

    fn serve(&mut self, arrived: u64) -> u64 {
        self.free = self.free.max(arrived) + AIRTIME;
        self.free
    }

    /// A message from a device -- input port.
    pub async fn uplink(&mut self, message: Message, cx: &Context<Self>) {
        let left = self.serve(now(cx));
        let mut sums = self.known.sums();
        sums.gateway_arrivals += 1;
        sums.gateway_departures += u64::from(left < self.known.fleet.horizon);
        cx.schedule_event(at(left + WAN), schedulable!(Self::send), message).expect("it takes time");
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, message: Message) {
        self.up.send(message).await;
    }

    /// A command from the backend -- input port.
    pub async fn command(&mut self, message: Message, cx: &Context<Self>) {
        let left = self.serve(now(cx));
        cx.schedule_event(at(left), schedulable!(Self::deliver), message).expect("it takes time");
    }

    #[nexosim(schedulable)]
    async fn deliver(&mut self, message: Message) {
        let port = (message.device / self.known.fleet.gateways) as usize;
        self.down[port].send(message).await;
    }
}

#[derive(Serialize, Deserialize)]
pub struct Backend {
    /// To each gateway -- output ports.
    pub down: Vec<Output<Message>>,
    free: u64,
    #[serde(skip)]
    known: Known,
}

#[Model]
impl Backend {
    pub fn new(fleet: &Fleet, tally: &Tally) -> Self {
        Self { down: Vec::new(), free: 0, known: Known { fleet: *fleet, tally: tally.clone() } }
    }

    /// A message from a gateway -- input port.
    pub async fn receive(&mut self, message: Message, cx: &Context<Self>) {
        self.free = self.free.max(now(cx)) + SERVICE;
        if self.free >= self.known.fleet.horizon {
            return;
        }
        self.known.sums().deliver(self.free - message.woke, message.reading);
        if message.command {
            cx.schedule_event(at(self.free + WAN), schedulable!(Self::answer), message)
                .expect("it takes time");
        }
    }

    #[nexosim(schedulable)]
    async fn answer(&mut self, message: Message) {
        let port = self.known.fleet.gateway(message.device);
        self.down[port].send(message).await;
    }
}
