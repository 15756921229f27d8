//! The textbook: an event list, queues that are lists of jobs, departures that are events. It shares with the engine
//! the luck and the rule by which things at one instant are ordered, and no line of code.

use super::world::{HopOf, Link, Need, Outage, Place, World};
use super::{Told, Trace};
use sim::law::Law;
use sim::luck::{Draws, Luck, occasion};
use std::collections::{BTreeMap, VecDeque};

/// What sort of event: in this order at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Status,
    Departure,
    Wake,
    Message,
    /// A departure where rank rules: who is next is chosen when all who come this instant are there.
    Served,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A part goes down for the outage of this number, or comes up again.
    Status {
        part: usize,
        outage: usize,
        up: bool,
    },
    /// Whoever has this ticket is served.
    Departure {
        station: usize,
        ticket: u64,
    },
    Wake {
        flow: usize,
        slot: u64,
    },
    /// A message goes on.
    Message(usize),
}

#[derive(Clone, Debug)]
struct Job {
    ticket: u64,
    service: u64,
    /// Who asked for it, if he is still interested, and how long his link takes afterwards.
    owner: Option<(usize, u64)>,
    rank: u8,
    /// Whether his link will lose him.
    lost: bool,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    serving: Vec<(u64, Job)>,
    waiting: VecDeque<Job>,
}

#[derive(Clone, Debug)]
struct Message {
    flow: usize,
    slot: u64,
    sent: u64,
    attempt: u64,
    hop: usize,
    toll: usize,
    carried: [i64; 2],
    lost_inside: Option<String>,
}

struct Textbook<'w> {
    world: &'w World,
    key: &'w dyn Fn(usize) -> u64,
    slots: Draws,
    loss: Draws,
    latency: Draws,
    now: u64,
    events: BTreeMap<(u64, Sort, u64, u64), Event>,
    made: u64,
    queues: Vec<Queue>,
    /// What holds each part down: units, links, stations.
    down: Vec<Vec<usize>>,
    messages: Vec<Option<Message>>,
    trace: Trace,
}

/// What happens in a world. `key` tells the entity key of a flow's draws.
pub fn run(world: &World, key: &dyn Fn(usize) -> u64) -> Trace {
    let luck = Luck { seed: world.seed, replication: 0 };
    let devices = world.devices as usize;
    let mut book = Textbook {
        world,
        key,
        slots: luck.purpose("slots"),
        loss: luck.purpose("loss"),
        latency: luck.purpose("latency"),
        now: 0,
        events: BTreeMap::new(),
        made: 0,
        queues: vec![Queue::default(); devices + world.stations.len()],
        down: vec![Vec::new(); 2 * devices + world.stations.len()],
        messages: Vec::new(),
        trace: Trace::default(),
    };
    book.work();
    book.trace
}

impl Textbook<'_> {
    fn work(&mut self) {
        for part in 0..self.down.len() {
            for (outage, [from, to]) in self.outages(part).into_iter().enumerate() {
                for (at, up) in [(from, false), (to, true)] {
                    self.post(at, Sort::Status, part as u64, Event::Status { part, outage, up });
                }
            }
        }
        for flow in (0..self.world.flows.len()).filter(|&flow| self.world.flows[flow].clocked) {
            let own = &self.world.flows[flow];
            let first = if own.exponential {
                self.exponential(flow, 0)
            } else {
                let bits = self.slots.bits((self.key)(flow), 0) >> 32;
                ((u128::from(own.period) * u128::from(bits)) >> 32) as u64
            };
            self.post(first, Sort::Wake, self.id(flow), Event::Wake { flow, slot: 0 });
        }
        while let Some(((at, ..), event)) = self.events.pop_first() {
            assert!(at >= self.now, "time runs backwards");
            self.now = at;
            match event {
                Event::Status { part, outage, up } => self.status(part, outage, up),
                Event::Departure { station, ticket } => self.depart(station, ticket),
                Event::Wake { flow, slot } => self.wake(flow, slot),
                Event::Message(id) => self.go_on(id),
            }
        }
        for message in self.messages.iter().flatten() {
            self.trace.tell("in-flight", self.world.horizon, message.flow, 1);
        }
    }

    fn outages(&self, part: usize) -> Vec<Outage> {
        let devices = self.world.devices as usize;
        match part {
            part if part < 2 * devices && part % 2 == 0 => self.world.units[part / 2].clone(),
            part if part < 2 * devices => self.world.links[part / 2].clone(),
            part => self.world.stations[part - 2 * devices].outages.clone(),
        }
    }

    fn id(&self, flow: usize) -> u64 {
        u64::from(self.world.flows[flow].source) << 16 | flow as u64
    }

    fn exponential(&self, flow: usize, slot: u64) -> u64 {
        let mean = self.world.flows[flow].period as f64 / 1e9;
        Law::Exponential { mean }.span(self.slots.unit((self.key)(flow), slot)).0
    }

    fn post(&mut self, at: u64, sort: Sort, id: u64, event: Event) {
        self.made += 1;
        self.post_as(self.made, at, sort, id, event);
    }

    /// Who shares time, sort and id with others goes in the order in which each set out: by its ticket.
    fn post_as(&mut self, ticket: u64, at: u64, sort: Sort, id: u64, event: Event) {
        if at < self.world.horizon {
            let same = (at, sort, id, 0)..(at, sort, id, u64::MAX);
            self.trace.ambiguous |= sort == Sort::Message && self.events.range(same).next().is_some();
            self.events.insert((at, sort, id, ticket), event);
        }
    }

    fn wake(&mut self, flow: usize, slot: u64) {
        let own = &self.world.flows[flow];
        let pause = if own.exponential { self.exponential(flow, slot + 1).max(1) } else { own.period };
        self.post(self.now + pause, Sort::Wake, self.id(flow), Event::Wake { flow, slot: slot + 1 });
        self.send(flow, slot, self.now);
    }

    /// The message of a slot is due; it passes its first hop at once.
    fn send(&mut self, flow: usize, slot: u64, sent: u64) {
        self.trace.tell("due", self.now, flow, 1);
        if !self.down[2 * self.world.flows[flow].source as usize].is_empty() {
            return self.trace.tell("unsent", self.now, flow, 1);
        }
        let message =
            Message { flow, slot, sent, attempt: 0, hop: 0, toll: 0, carried: [0; 2], lost_inside: None };
        self.messages.push(Some(message));
        self.go_on(self.messages.len() - 1);
    }

    fn go_on(&mut self, id: usize) {
        let mut message = self.messages[id].take().expect("it is under way");
        if let Some(cause) = message.lost_inside.take() {
            return self.lose(id, message, &cause);
        }
        let flow = &self.world.flows[message.flow];
        let Some(hop) = flow.route.get(message.hop) else { return self.deliver(&message) };
        let need = match hop.need {
            Need::Nothing => None,
            Need::SourceLink => Some(2 * flow.source as usize + 1),
            Need::TargetLink => Some(2 * flow.target as usize + 1),
        };
        if let Some(cause) = need.and_then(|part| self.why_down(part)) {
            return self.lose(id, message, &cause);
        }
        if message.toll == 0 {
            self.trace.hops.push((self.now, message.flow, message.slot, message.hop));
        }
        while let Some(toll) = hop.tolls.get(message.toll) {
            message.carried[toll.cause] += i64::from(toll.bytes);
            message.toll += 1;
            if let Some(station) = toll.visit {
                let station = self.world.devices as usize + station;
                let bytes: u64 = message.carried.iter().map(|&sum| sum.max(0) as u64).sum();
                let service = self.service(station, u64::from(flow.bytes) + bytes);
                return match self.refused(station) {
                    Some(cause) => self.lose(id, message, &cause),
                    None => {
                        self.messages[id] = Some(message);
                        let (ticket, owner) = (self.ticket(), Some((id, 0)));
                        self.enter(station, Job { ticket, service, owner, rank: hop.rank, lost: false });
                    }
                };
            }
        }
        message.toll = 0;
        self.pass(id, message, hop);
    }

    /// Visit the hop's own station, and take its link.
    fn pass(&mut self, id: usize, mut message: Message, hop: &HopOf) {
        let flow = &self.world.flows[message.flow];
        let devices = self.world.devices as usize;
        let station = match hop.place {
            Place::Source => Some(flow.source as usize),
            Place::Target => Some(flow.target as usize),
            Place::Station(station) => Some(devices + station),
            Place::Nowhere => None,
        };
        if let Some(cause) = station.and_then(|station| self.refused(station)) {
            return self.lose(id, message, &cause);
        }
        let occasion = occasion(&[message.slot, message.hop as u64, message.attempt]);
        let key = (self.key)(message.flow);
        let link = match hop.link {
            Link::None => 0,
            Link::Fixed(span) => span,
            Link::Drawn(low, high) => {
                let law = Law::Uniform { low: low as f64 / 1e9, high: high as f64 / 1e9 };
                law.span(self.latency.unit(key, occasion)).0
            }
        };
        // Whom the link will lose is told so when he comes to the station, and keeps his place in the queue; where rank
        // rules he is told when he leaves.
        let lost = hop.loss > 0.0 && self.loss.chance(hop.loss, key, occasion);
        let by_rank = station.is_some_and(|station| self.station(station).by_rank);
        let owner = (by_rank || !lost).then_some((id, link));
        if let Some(station) = station {
            let carried: u64 =
                message.carried.iter().map(|&sum| self.per_byte(station, sum.max(0) as u64)).sum();
            let cpu: u64 = hop.tolls.iter().map(|toll| toll.cpu).sum();
            let service = self.service(station, u64::from(flow.bytes)) + hop.work + cpu + carried;
            let ticket = self.ticket();
            self.enter(station, Job { ticket, service, owner, rank: hop.rank, lost });
        }
        if lost && !by_rank {
            return self.lose(id, message, "radio");
        }
        let (tie, at) = (self.id(message.flow), self.now + link);
        message.hop += 1;
        self.messages[id] = Some(message);
        if station.is_none() {
            self.post(at, Sort::Message, tie, Event::Message(id));
        }
    }

    fn per_byte(&self, station: usize, bytes: u64) -> u64 {
        bytes * self.station(station).per_byte / 1000
    }

    fn service(&self, station: usize, bytes: u64) -> u64 {
        self.station(station).fixed + self.per_byte(station, bytes)
    }

    fn station(&self, station: usize) -> &super::world::StationOf {
        station
            .checked_sub(self.world.devices as usize)
            .map_or(&self.world.processor, |at| &self.world.stations[at])
    }

    fn part_of(&self, station: usize) -> usize {
        let devices = self.world.devices as usize;
        if station < devices { 2 * station } else { station + devices }
    }

    fn why_down(&self, part: usize) -> Option<String> {
        self.down[part].first().map(|outage| format!("outage {part}/{outage}"))
    }

    /// Why a station lets nobody in now, if it does not.
    fn refused(&self, station: usize) -> Option<String> {
        let queue = &self.queues[station];
        let serving = queue.serving.iter().filter(|(leaves, _)| *leaves > self.now).count();
        let inside = serving + queue.waiting.len();
        let full = self.station(station).buffer.is_some_and(|room| inside >= room as usize);
        self.why_down(self.part_of(station)).or_else(|| full.then(|| "full".to_owned()))
    }

    fn ticket(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn enter(&mut self, station: usize, job: Job) {
        self.queues[station].waiting.push_back(job);
        self.begin(station);
    }

    /// Servers that stand idle take who waits: first come, first served, or by rank.
    fn begin(&mut self, station: usize) {
        let servers = usize::from(self.station(station).servers);
        let by_rank = self.station(station).by_rank;
        let sort = if by_rank { Sort::Served } else { Sort::Departure };
        while self.queues[station].serving.len() < servers {
            let waiting = &mut self.queues[station].waiting;
            let first = (0..waiting.len()).min_by_key(|&at| if by_rank { waiting[at].rank } else { 0 });
            let Some(job) = first.and_then(|at| waiting.remove(at)) else { return };
            let (leaves, ticket) = (self.now + job.service, job.ticket);
            self.queues[station].serving.push((leaves, job));
            self.post(leaves, sort, station as u64, Event::Departure { station, ticket });
        }
    }

    fn depart(&mut self, station: usize, ticket: u64) {
        let serving = &mut self.queues[station].serving;
        let Some(at) = serving.iter().position(|(_, job)| job.ticket == ticket) else { return };
        let (_, job) = serving.remove(at);
        let by_rank = self.station(station).by_rank;
        if by_rank {
            self.begin(station);
        }
        if let Some((id, link)) = job.owner {
            if job.lost {
                let message = self.messages[id].take().expect("it is under way");
                return self.lose(id, message, "radio");
            }
            let tie = self.messages[id].as_ref().map_or(0, |message| self.id(message.flow));
            let ticket = if by_rank { self.ticket() } else { job.ticket };
            self.post_as(ticket, self.now + link, Sort::Message, tie, Event::Message(id));
        }
        self.begin(station);
    }

    fn status(&mut self, part: usize, outage: usize, up: bool) {
        if up {
            return self.down[part].retain(|&held| held != outage);
        }
        self.down[part].push(outage);
        let devices = self.world.devices as usize;
        let station = if part >= 2 * devices { part - devices } else { part / 2 };
        let is_link = part < 2 * devices && part % 2 == 1;
        if self.down[part].len() == 1 && !is_link {
            self.fail(station, &format!("outage {part}/{outage}"));
        }
    }

    /// Everyone inside is lost; each is missed where and when he would have come next.
    fn fail(&mut self, station: usize, cause: &str) {
        let queue = std::mem::take(&mut self.queues[station]);
        let mut busy: Vec<u64> = queue.serving.iter().map(|(leaves, _)| *leaves).collect();
        busy.resize(usize::from(self.station(station).servers), self.now);
        let mut inside = queue.serving;
        for job in queue.waiting {
            let first = busy.iter_mut().min().expect("a station has a server");
            *first += job.service;
            inside.push((*first, job));
        }
        let by_rank = self.station(station).by_rank;
        if by_rank {
            let served = inside.len().min(usize::from(self.station(station).servers));
            inside[served..].sort_by_key(|(_, job)| job.rank);
        }
        for (leaves, job) in inside {
            let Some((id, link)) = job.owner else { continue };
            if by_rank {
                let message = self.messages[id].take().expect("it is under way");
                self.lose(id, message, cause);
                continue;
            }
            let message = self.messages[id].as_mut().expect("it is under way");
            message.lost_inside = Some(cause.to_owned());
            let tie = u64::from(self.world.flows[message.flow].source) << 16 | message.flow as u64;
            self.post_as(job.ticket, leaves + link, Sort::Message, tie, Event::Message(id));
        }
    }

    fn deliver(&mut self, message: &Message) {
        let flow = &self.world.flows[message.flow];
        let latency = self.now - message.sent;
        let word = if latency <= flow.deadline { "in-time" } else { "late" };
        self.trace.tell(word, self.now, message.flow, 1);
        self.trace.tell("latency", self.now, message.flow, latency as i64);
        let drawn = self.slots.bits((self.key)(message.flow), message.slot) as u32 >> 16;
        if flow.answered.is_some_and(|one_in| u64::from(drawn).is_multiple_of(one_in)) {
            self.send(message.flow + 1, message.slot, message.sent);
        }
    }

    fn lose(&mut self, id: usize, mut message: Message, cause: &str) {
        let flow = &self.world.flows[message.flow];
        if let Some((after, times)) = flow.retry
            && message.attempt < u64::from(times)
            && self.now + after < message.sent + flow.deadline
            && self.down[2 * flow.source as usize].is_empty()
        {
            message.attempt += 1;
            (message.hop, message.toll, message.carried) = (0, 0, [0; 2]);
            let tie = self.id(message.flow);
            self.messages[id] = Some(message);
            return self.post(self.now + after, Sort::Message, tie, Event::Message(id));
        }
        let at = self.now;
        self.trace.told.push(Told { at, what: "lost", flow: message.flow, amount: 1, by: cause.to_owned() });
    }
}
