//! The textbook of a shared medium: every frame that ever was is kept, and the fate of each is found by looking at all
//! the others.

use super::Told;
use super::turns::Round;
use super::world::Dice;
use crate::media::{GATEWAY, causes};
use sim::core::Core;
use sim::fact::{By, CauseId, Charge};
use sim::kinds::{CHARGE_LOST, IN_FLIGHT, IN_TIME};
use sim::law::Law;
use sim::luck::{Draws, Luck, occasion};
use sim::medium::{
    Access, Acknowledge, Antenna, Contention, End, Grants, Judge, Link, Medium, Meets, Polls, Windows,
};
use sim::message::{DeviceId, Emitter, Flow, Pace};
use sim::route::{At, Hop};
use sim::simulation::Simulation;
use sim::station::Station;
use sim::status::PartId;
use sim::tick::Stage;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, VecDeque};

const HORIZON: u64 = 1_000_000;
const GAP: u64 = 700;

/// A medium, who stands on it, and what each sends: bytes and mean pause.
pub struct Field {
    pub(super) seed: u64,
    pub(super) airtimes: Vec<Vec<u64>>,
    pub(super) channels: u16,
    pub(super) access: Access,
    pub(super) acknowledge: Option<Acknowledge>,
    pub(super) windows: Option<Windows>,
    pub(super) margin: Vec<Vec<f64>>,
    pub(super) sensitivity: Vec<f64>,
    pub(super) antennas: Vec<Antenna>,
    pub(super) up: Vec<(u32, u64)>,
    pub(super) down: Option<u64>,
    pub(super) outage: Option<[u64; 2]>,
    /// The share of bits turned over, where frames that meet destroy each other and nothing else counts.
    pub(super) errors: Option<f64>,
}

/// What each frame carries besides, where bits are turned over [B].
const OVERHEAD: u32 = 3;

impl Field {
    /// A field whose devices take turns in one of the other ways.
    pub fn turned(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x7A2);
        let mut field = Self::random(seed);
        let span = |dice: &mut Dice, least: u64, most: u64| Span(least + dice.below(most));
        (field.windows, field.outage, field.channels) = (None, None, 1);
        field.errors = dice.one_in(2).then(|| dice.below(4_000) as f64 / 1e6);
        field.acknowledge = None;
        field.access = match dice.below(5) {
            0 => {
                let answer = span(&mut dice, 20, 400);
                let after = Span(answer.0 / 3);
                let (lasts, patience) = (Span(answer.0 - after.0), answer + span(&mut dice, 1, 50));
                field.acknowledge =
                    Some(Acknowledge { after, lasts, patience, retries: dice.below(4) as u8 });
                let (slot, wait) = (span(&mut dice, 5, 60), span(&mut dice, answer.0, 300));
                let heard = if dice.one_in(3) { 1e-7 } else { 1e-12 };
                Access::Contention(Contention { slot, wait, answer, first: 2, last: 4, heard })
            }
            1 => Access::Polls(Polls {
                request: span(&mut dice, 50, 300),
                empty: span(&mut dice, 30, 200),
                written: span(&mut dice, 40, 200),
                turn: span(&mut dice, 1, 100),
                silence: span(&mut dice, 1, 100),
                patience: span(&mut dice, 300, 3_000),
                tries: dice.below(3) as u8,
                every: Span(if dice.one_in(2) { 0 } else { 10_000 + dice.below(20_000) }),
            }),
            2 => Access::Meets(Meets {
                every: span(&mut dice, 20_000, 40_000),
                turn: span(&mut dice, 1, 100),
                empty: span(&mut dice, 20, 100),
                tries: 1 + dice.below(5) as u8,
            }),
            3 => Access::Grants(Grants {
                every: Span(if dice.one_in(3) { 0 } else { 500 + dice.below(9_000) }),
                preambles: dice.below(4) as u16,
                calls: [10, 20, 30].map(Span),
                setup: [span(&mut dice, 40, 3_000), span(&mut dice, 40, 6_000), Span(60)],
                tries: dice.below(3) as u8,
                backoff: span(&mut dice, 10, 9_000),
                stays: Span(if dice.one_in(3) { 0 } else { dice.below(9_000) }),
                lanes: 1 + dice.below(3) as u16,
                pages: Span(if dice.one_in(2) { 0 } else { 5_000 + dice.below(50_000) }),
                listens: Span(10),
                pass: if dice.one_in(3) {
                    [Span(60_000), Span(5_000 + dice.below(30_000))]
                } else {
                    [Span(0); 2]
                },
            }),
            _ => Access::Wire { gap: span(&mut dice, 1, 200) },
        };
        field
    }

    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0xA17);
        let rates = 1 + dice.below(2) as usize;
        let senders = 2 + dice.below(5);
        let windowed = dice.one_in(3);
        let (base, each) = (100 + dice.below(2_000), 1 + dice.below(60));
        let airtimes = (0..=rates as u64)
            .map(|rate| (0..40).map(|bytes| (base + bytes * each) * (rate + 1)).collect())
            .collect();
        let span = |dice: &mut Dice, most: u64| Span(1 + dice.below(most));
        let access = if windowed || dice.one_in(2) {
            let silence = if dice.one_in(2) { 0 } else { dice.below(5_000) as u32 };
            Access::Aloha { silence }
        } else {
            let (step, ahead) = (span(&mut dice, 600), span(&mut dice, 300));
            let heard = if dice.one_in(2) { 1e-12 } else { 1e-7 };
            Access::Csma { step, first: 2, last: 4, tries: dice.below(4) as u8, ahead, heard }
        };
        let windows = windowed.then(|| {
            let first = span(&mut dice, 4_000);
            let second = first + span(&mut dice, 4_000);
            let silence = dice.below(3_000) as u32;
            Windows { open: [first, second], second: (9, rates as u8), silence }
        });
        let acknowledge = dice.one_in(2).then(|| Acknowledge {
            after: span(&mut dice, 300),
            lasts: Span(80 + dice.below(500)),
            patience: Span(1_500 + if windowed { 30_000 } else { 0 }),
            retries: dice.below(3) as u8,
        });
        let margin = |own: usize| {
            (0..=rates).map(|other| if own == other { [1e9, 3.0][own % 2] } else { -9.0 }).collect()
        };
        let margin = (0..=rates).map(margin).collect();
        let mut antennas: Vec<Antenna> = (0..senders)
            .map(|_| Antenna {
                at: [dice.below(2_000) as f64 - 1_000.0, dice.below(2_000) as f64 - 1_000.0, 1.0],
                rate: dice.below(rates as u64) as u8,
                room: 1 + dice.below(3) as u16,
                paths: 1,
                gateway: false,
                ..GATEWAY
            })
            .collect();
        antennas.push(Antenna { paths: 1 + dice.below(3) as u16, room: 2, ..GATEWAY });
        let up = (0..senders).map(|_| (dice.below(60) as u32, 3_000 + dice.below(60_000))).collect();
        let from = dice.below(HORIZON);
        Self {
            seed,
            airtimes,
            channels: 1 + dice.below(2) as u16,
            access,
            acknowledge,
            windows,
            margin,
            sensitivity: vec![1e-10; rates + 1],
            antennas,
            up,
            errors: None,
            down: dice.one_in(2).then(|| 20_000 + dice.below(200_000)),
            outage: dice.one_in(3).then(|| [from, from + 60_000]),
        }
    }

    pub(super) fn gateway(&self) -> usize {
        self.up.len()
    }

    fn flows(&self) -> impl Iterator<Item = (usize, usize, usize, u32, u64)> {
        let ups = (0..).zip(&self.up).map(|(n, &(bytes, every))| (n, n, self.gateway(), bytes, every));
        let first = self.up.len();
        let downs = self
            .down
            .into_iter()
            .flat_map(move |every| (0..first).map(move |n| (first + n, first, n, 7, every + n as u64)));
        ups.chain(downs)
    }
}

/// A field in the engine.
pub fn engine(field: &Field, shift: u32) -> (Vec<Told>, Vec<u64>) {
    let mut core = Core::new(Luck { seed: field.seed, replication: 0 }, SimTime(HORIZON), shift).unwrap();
    let causes = causes(&mut core);
    core.fleet("devices", field.antennas.len() as u32, &Station::new(PartId::ALWAYS, 1, Span::ZERO, 0));
    let sensitivity = [field.sensitivity.clone(), field.sensitivity.iter().map(|one| one * 0.5).collect()];
    let judge = match field.errors {
        Some(errors) => Judge::Bits { sensitivity: field.sensitivity.clone(), errors, overhead: OVERHEAD },
        None => Judge::Capture { sensitivity, margin: field.margin.clone() },
    };
    let mut medium = Medium::new(field.airtimes.clone(), field.access, judge, causes);
    (medium.channels, medium.acknowledge, medium.windows) =
        (field.channels, field.acknowledge, field.windows);
    medium.gap = |_| Span(GAP);
    medium.path_loss = [0.0, 37.6];
    for (n, &antenna) in field.antennas.iter().enumerate() {
        medium.stand(DeviceId(n as u32), antenna);
    }
    let medium = core.media.add(medium);
    if let Some([from, to]) = field.outage {
        let by = core.names.cause(By::Fault, "outage");
        let unit = core.unit(DeviceId(field.gateway() as u32));
        let charge = Charge { by, because: CauseId::NONE };
        core.change_at(SimTime(from), unit, charge, false);
        core.change_at(SimTime(to), unit, charge, true);
    }
    let mut keys = Vec::new();
    for (n, source, target, bytes, every) in field.flows() {
        let [source, target] = [source, target].map(|n| DeviceId(n as u32));
        let link = core.media.link(Link { medium, from: End::Source, to: End::Target });
        let route = core.routes.add([Hop::visit(Stage::Hop, At::Air(link))]);
        let topic = core.names.topic(&format!("flow {n}"));
        core.flows.push(Flow {
            topic,
            command: false,
            every: Pace::Drawn(Law::Exponential { mean: every as f64 / 1e9 }),
            bytes,
            deadline: Span::DAY,
            action: Default::default(),
            retry: None,
            shadowed: false,
            answer: None,
            smoothing: None,
            wanted: None,
        });
        let key = core.key(source) ^ n as u64;
        keys.push(key);
        core.emitters.push_with_key(Emitter::new(n as u16, route, [source, target]), key);
    }
    let mut told = Vec::new();
    Simulation::new(core).run(|facts, core| {
        for fact in facts {
            let what = match fact.kind {
                IN_TIME => "in-time",
                IN_FLIGHT => "in-flight",
                kind if kind == CHARGE_LOST[0] => "lost",
                _ => continue,
            };
            let by = core.names.cause_of(fact.charge.by).map_or(String::new(), |cause| cause.name.clone());
            told.push(Told { at: fact.at.0, what, flow: usize::from(fact.topic.0), amount: 1, by });
        }
    });
    (told, keys)
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) channel: u16,
    pub(super) rate: usize,
    pub(super) start: u64,
    pub(super) end: u64,
    /// The message it carries, if it carries one, and whether it acknowledges what its receiver awaits.
    pub(super) message: Option<usize>,
    pub(super) path: bool,
    pub(super) cut: bool,
    /// Payload, and what its bits' draw is named by.
    pub(super) bytes: u32,
    pub(super) key: [u64; 2],
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) flow: usize,
    pub(super) to: usize,
    pub(super) key: [u64; 2],
    pub(super) bytes: u32,
    pub(super) done: bool,
}

/// What a sender is about with the message at the head of its queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender {
    pub(super) queue: VecDeque<usize>,
    pub(super) piece: u32,
    pub(super) attempt: u64,
    pub(super) waits: u64,
    pub(super) delivered: bool,
    /// The frame whose acknowledgement it awaits.
    pub(super) awaits: Option<usize>,
    pub(super) why: String,
    pub(super) free: u64,
    pub(super) sends: u64,
    pub(super) silent: [u64; 2],
    /// Counts the turns of this sender, so that what was arranged for an earlier one is dropped.
    pub(super) turn: u64,
    /// Since when it waits for a clear channel, and for how many steps in all.
    pub(super) contends: Option<(u64, u64)>,
    pub(super) lane: u16,
    /// Until when it is connected, or its port is taken; when it next meets or calls.
    pub(super) stays: u64,
    pub(super) meets: Option<u64>,
    pub(super) calling: bool,
    /// What waits for it: tried in vain so often, the piece, whether it is on its way.
    pub(super) tried: u64,
    pub(super) part: u32,
    pub(super) coming: bool,
    /// Whether what it has to say was granted a time.
    pub(super) granted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Make(usize, u64),
    Begin(usize, u64),
    Look(usize, u64, u64),
    Send(usize, u64),
    End(usize),
    Acknowledge(usize),
    GiveUp(usize, usize),
    Window(usize, bool),
    Outage(bool),
    /// A wait that stands still may be over, as it stood when this was arranged.
    Slot(usize, u64),
    Ask(usize),
    Reply(usize),
    Silence(usize),
    Call(usize, u64),
    Called(usize, u64),
    Down(usize, u64),
}

pub(super) struct Textbook<'f> {
    pub(super) field: &'f Field,
    pub(super) keys: &'f [u64],
    pub(super) slots: Draws,
    pub(super) air: Draws,
    pub(super) now: u64,
    pub(super) events: BTreeMap<(u64, u8, usize, u64), Event>,
    pub(super) made: u64,
    pub(super) frames: Vec<Frame>,
    pub(super) messages: Vec<Message>,
    pub(super) senders: Vec<Sender>,
    pub(super) waiting: BTreeMap<usize, VecDeque<usize>>,
    pub(super) down: bool,
    pub(super) told: Vec<Told>,
    pub(super) round: Option<Round>,
    pub(super) calls: Vec<(u64, u64, usize)>,
    pub(super) lanes: Vec<u64>,
}

/// A field in the textbook.
pub fn textbook(field: &Field, keys: &[u64]) -> Vec<Told> {
    let luck = Luck { seed: field.seed, replication: 0 };
    let mut book = Textbook {
        field,
        keys,
        slots: luck.purpose("slots"),
        air: luck.purpose("air"),
        now: 0,
        events: BTreeMap::new(),
        made: 0,
        frames: Vec::new(),
        messages: Vec::new(),
        senders: vec![Sender::default(); field.antennas.len()],
        waiting: BTreeMap::new(),
        down: false,
        told: Vec::new(),
        round: None,
        calls: Vec::new(),
        lanes: Vec::new(),
    };
    if let Some([from, to]) = field.outage {
        book.post(from, Event::Outage(true));
        book.post(to, Event::Outage(false));
    }
    for (n, ..) in field.flows() {
        book.post(book.pause(n, 0), Event::Make(n, 0));
    }
    while let Some(((at, ..), event)) = book.events.pop_first() {
        book.now = at;
        match event {
            Event::Make(flow, slot) => book.make(flow, slot),
            Event::Begin(sender, turn) if book.senders[sender].turn == turn => book.begin(sender),
            Event::Look(sender, turn, until) if book.senders[sender].turn == turn => book.look(sender, until),
            Event::Send(sender, turn) if book.senders[sender].turn == turn => book.send(sender),
            Event::Begin(..) | Event::Look(..) | Event::Send(..) => (),
            Event::End(frame) => book.end(frame),
            Event::Acknowledge(frame) => book.acknowledge(frame),
            Event::GiveUp(sender, frame) => book.give_up(sender, frame),
            Event::Window(frame, second) => book.window(frame, second),
            Event::Outage(down) => book.outage(down),
            Event::Slot(sender, turn) => book.slot(sender, turn),
            Event::Ask(member) => book.ask(member),
            Event::Reply(frame) => book.reply(frame),
            Event::Silence(member) => book.silence(member),
            Event::Call(sender, turn) => book.call(sender, turn),
            Event::Called(sender, begun) => book.called(sender, begun),
            Event::Down(to, turn) => book.down_at(to, turn),
        }
    }
    for message in book.messages.clone().iter().filter(|message| !message.done) {
        book.told.push(Told {
            at: HORIZON,
            what: "in-flight",
            flow: message.flow,
            amount: 1,
            by: String::new(),
        });
    }
    book.told
}

impl Textbook<'_> {
    pub(super) fn post(&mut self, at: u64, event: Event) {
        self.made += 1;
        if at < HORIZON {
            // The rule of ties: what goes up or down, then what is made, then the air, by who acts.
            let (class, id) = match event {
                Event::Outage(_) => (0, 0),
                Event::Make(flow, _) => (1, self.field.flows().nth(flow).unwrap().1 << 16 | flow),
                Event::Begin(own, _) | Event::Look(own, ..) | Event::Send(own, _) => (2, own),
                Event::GiveUp(own, _) => (2, own),
                Event::End(frame) | Event::Window(frame, _) => (2, self.frames[frame].from),
                Event::Acknowledge(frame) => (2, self.frames[frame].to),
                Event::Slot(own, _) | Event::Call(own, _) | Event::Called(own, _) | Event::Down(own, _) => {
                    (2, own)
                }
                Event::Ask(own) if matches!(self.field.access, Access::Meets(_)) => (2, own),
                Event::Ask(_) | Event::Silence(_) => (2, self.field.gateway()),
                Event::Reply(frame) => (2, self.frames[frame].to),
            };
            self.events.insert((at, class, id, self.made), event);
        }
    }

    fn pause(&self, flow: usize, slot: u64) -> u64 {
        let every = self.field.flows().nth(flow).unwrap().4;
        Law::Exponential { mean: every as f64 / 1e9 }.span(self.slots.unit(self.keys[flow], slot)).0
    }

    pub(super) fn longest(&self, sender: usize) -> u32 {
        self.field.airtimes[usize::from(self.field.antennas[sender].rate)].len() as u32 - 1
    }

    fn make(&mut self, flow: usize, slot: u64) {
        self.post(self.now + self.pause(flow, slot + 1).max(1), Event::Make(flow, slot + 1));
        let (_, from, to, bytes, _) = self.field.flows().nth(flow).unwrap();
        if from == self.field.gateway() && self.down {
            return;
        }
        let key = [self.keys[flow], occasion(&[slot, 0, 0])];
        self.messages.push(Message { flow, to, key, bytes, done: false });
        let id = self.messages.len() - 1;
        let room = usize::from(self.field.antennas[from].room);
        let apart =
            !matches!(self.field.access, Access::Aloha { .. } | Access::Csma { .. } | Access::Contention(_));
        let windowed = from == self.field.gateway() && (apart || self.field.windows.is_some());
        let queue =
            if windowed { self.waiting.entry(to).or_default() } else { &mut self.senders[from].queue };
        if queue.len() >= room {
            return self.lose(id, "buffer");
        }
        queue.push_back(id);
        match self.field.access {
            Access::Polls(_) | Access::Meets(_) => return self.has_words(if windowed { to } else { from }),
            Access::Grants(_) | Access::Wire { .. } if windowed => return self.waits_for(to),
            _ => (),
        }
        if !windowed && self.senders[from].queue.len() == 1 {
            self.next(from, self.senders[from].free.max(self.now));
        }
    }

    /// The message at the head of the queue has its turn at `at`.
    pub(super) fn next(&mut self, sender: usize, at: u64) {
        let own = &mut self.senders[sender];
        (own.attempt, own.waits, own.piece, own.delivered, own.awaits) = (0, 0, 0, false, None);
        self.turn(sender, at);
    }

    pub(super) fn turn(&mut self, sender: usize, at: u64) {
        self.senders[sender].turn += 1;
        let turn = self.senders[sender].turn;
        if at > self.now { self.post(at, Event::Begin(sender, turn)) } else { self.begin(sender) }
    }

    pub(super) fn rest(&self, sender: usize) -> u64 {
        let id = self.senders[sender].queue[0];
        let pieces = self.messages[id].bytes.saturating_sub(1) / self.longest(sender);
        u64::from(pieces - self.senders[sender].piece)
    }

    fn begin(&mut self, sender: usize) {
        let Some(&id) = self.senders[sender].queue.front() else { return };
        let own = self.senders[sender].clone();
        match self.field.access {
            Access::Aloha { .. } => {
                let at = self.now.max(own.silent[0]).max(own.sends);
                if at > self.now { self.post(at, Event::Send(sender, own.turn)) } else { self.send(sender) }
            }
            Access::Csma { step, first, last, ahead, .. } => {
                let steps = 1_u64 << (u64::from(first) + own.waits).min(u64::from(last));
                let [key, name] = self.messages[id].key;
                let name = occasion(&[name, self.rest(sender), own.attempt, own.waits]);
                let until = self.now + step.0 * self.air.below(steps, key, name);
                let look = until.saturating_sub(ahead.0).max(self.now);
                self.post(look, Event::Look(sender, own.turn, until));
            }
            Access::Contention(_) => self.contend(sender),
            Access::Grants(_) => self.wants_time(sender),
            Access::Wire { .. } => self.send(sender),
            // The gateway begins.
            Access::Polls(_) | Access::Meets(_) => (),
        }
    }

    pub(super) fn power(&self, from: usize, to: usize) -> f64 {
        let [a, b] = [from, to].map(|n| self.field.antennas[n].at);
        let squares: f64 = (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum();
        sim::math::pow(10.0, -37.6 * sim::math::log10(squares.sqrt().max(1.0)) / 10.0)
    }

    fn look(&mut self, sender: usize, until: u64) {
        let Access::Csma { tries, heard, .. } = self.field.access else { return };
        let hears = |frame: &Frame| {
            let on = frame.start < self.now && self.now < frame.end && frame.channel == 0;
            on && frame.from != sender && self.power(frame.from, sender) >= heard
        };
        let turn = self.senders[sender].turn;
        if self.senders[sender].sends <= self.now && !self.frames.iter().any(hears) {
            return self.post(until, Event::Send(sender, turn));
        }
        self.senders[sender].waits += 1;
        if self.senders[sender].waits <= u64::from(tries) {
            return self.begin(sender);
        }
        "busy".clone_into(&mut self.senders[sender].why);
        self.finish(sender, self.now);
    }

    pub(super) fn send(&mut self, sender: usize) {
        let Some(&id) = self.senders[sender].queue.front() else { return };
        let own = &self.senders[sender];
        if own.sends > self.now {
            return self.post(own.sends, Event::Send(sender, own.turn));
        }
        let message = self.messages[id].clone();
        let [key, name] = message.key;
        let name = occasion(&[name, self.rest(sender), own.attempt, 1 << 32]);
        let channels = u64::from(self.field.channels);
        let channel = if channels > 1 { self.air.below(channels, key, name) as u16 } else { 0 };
        let channel = if matches!(self.field.access, Access::Grants(_)) { own.lane } else { channel };
        let longest = self.longest(sender);
        let bytes = (message.bytes - own.piece * longest).min(longest);
        let rate = usize::from(self.field.antennas[sender].rate);
        let lasts = self.field.airtimes[rate][bytes as usize];
        self.air([sender, message.to], channel, rate, lasts, Some(id), (bytes, [key, name]));
    }

    /// A frame goes on the air; `carried` are its payload and the names of its draw.
    pub(super) fn air(
        &mut self,
        [from, to]: [usize; 2],
        channel: u16,
        rate: usize,
        lasts: u64,
        message: Option<usize>,
        carried: (u32, [u64; 2]),
    ) -> usize {
        let received = self
            .frames
            .iter()
            .filter(|other| other.to == to && other.end > self.now && other.path && self.is_heard(other));
        let path = received.count() < usize::from(self.field.antennas[to].paths);
        let (start, end) = (self.now, self.now + lasts);
        let (bytes, key) = carried;
        self.frames.push(Frame {
            from,
            to,
            channel,
            rate,
            start,
            end,
            message,
            path,
            cut: false,
            bytes,
            key,
        });
        if !self.is_duplex() || from != self.field.gateway() {
            self.senders[from].sends = end;
        }
        match (self.field.windows, self.field.access) {
            (Some(windows), _) if windows.second.0 == channel => {
                self.senders[from].silent[1] = end + (lasts * u64::from(windows.silence)).div_ceil(1000);
            }
            (_, Access::Aloha { silence }) => {
                self.senders[from].silent[0] = end + (lasts * u64::from(silence)).div_ceil(1000);
            }
            _ => (),
        }
        self.post(end, Event::End(self.frames.len() - 1));
        self.stir(from);
        self.frames.len() - 1
    }

    fn is_duplex(&self) -> bool {
        matches!(self.field.access, Access::Grants(_) | Access::Wire { .. })
    }

    fn is_heard(&self, frame: &Frame) -> bool {
        let better = if frame.to == self.field.gateway() && self.field.errors.is_none() { 0.5 } else { 1.0 };
        self.power(frame.from, frame.to) >= self.field.sensitivity[frame.rate] * better
    }

    /// Why a frame is not received.
    pub(super) fn missed(&self, at: usize) -> Option<&'static str> {
        let own = self.frames[at];
        if own.to == self.field.gateway() && self.down {
            return Some("outage");
        }
        let common = |other: &Frame| other.end.min(own.end).saturating_sub(other.start.max(own.start)) as f64;
        let others = || (0..).zip(&self.frames).filter(|&(n, other)| n != at && common(other) > 0.0);
        if !self.is_duplex() && others().any(|(_, other)| other.from == own.to) {
            return Some("deaf");
        }
        if !own.path {
            return Some("no path");
        }
        if !self.is_heard(&own) {
            return Some("weak");
        }
        let power = self.power(own.from, own.to);
        if let Some(errors) = self.field.errors {
            let wired = matches!(self.field.access, Access::Wire { .. });
            if !wired && others().any(|(_, other)| other.channel == own.channel) {
                return Some("collision");
            }
            let survives = sim::math::pow(1.0 - errors, f64::from(own.bytes + OVERHEAD) * 8.0);
            return (errors > 0.0 && self.air.unit(own.key[0], own.key[1]) >= survives).then_some("noise");
        }
        for (rate, margin) in self.field.margin[own.rate].iter().enumerate() {
            let of_rate = others().filter(|(_, other)| other.rate == rate && other.channel == own.channel);
            let energy: f64 = of_rate.map(|(_, other)| self.power(other.from, own.to) * common(other)).sum();
            let signal = power * (own.end - own.start) as f64;
            if energy > 0.0 && 10.0 * sim::math::log10(signal / energy) < *margin {
                return Some("collision");
            }
        }
        None
    }

    fn end(&mut self, at: usize) {
        let frame = self.frames[at];
        if frame.cut {
            return;
        }
        let missed = self.missed(at);
        self.stir(frame.from);
        match self.field.access {
            Access::Polls(_) | Access::Meets(_) => return self.spoken(at, missed),
            Access::Grants(_) if frame.from != self.field.gateway() => return self.granted_ended(at, missed),
            Access::Grants(_) | Access::Wire { .. } if frame.from == self.field.gateway() => {
                return self.down_ended(at, missed);
            }
            _ => (),
        }
        let windowed = self.field.windows.is_some() && frame.from == self.field.gateway();
        match frame.message {
            Some(id) if windowed => {
                self.waiting.get_mut(&frame.to).unwrap().pop_front();
                match missed {
                    Some(why) => self.lose(id, why),
                    None => {
                        self.arrive(id);
                        if self.field.acknowledge.is_some() {
                            self.acknowledged(frame.to);
                        }
                    }
                }
            }
            Some(id) => self.data(at, id, missed),
            None => match missed {
                None => self.acknowledged(frame.to),
                Some(why) => why.clone_into(&mut self.senders[frame.to].why),
            },
        }
    }

    fn data(&mut self, at: usize, id: usize, missed: Option<&str>) {
        let frame = self.frames[at];
        let calls = self.waiting.get(&frame.from).is_some_and(|waiting| !waiting.is_empty());
        let last = self.rest(frame.from) == 0;
        "deaf".clone_into(&mut self.senders[frame.from].why);
        self.senders[frame.from].awaits = self.field.acknowledge.map(|_| at);
        match missed {
            Some(why) => why.clone_into(&mut self.senders[frame.from].why),
            None if last && !self.senders[frame.from].delivered => {
                self.senders[frame.from].delivered = true;
                self.arrive(id);
            }
            None => (),
        }
        if missed.is_none() {
            match (self.field.windows, self.field.acknowledge) {
                (Some(windows), ack) if calls || ack.is_some() => {
                    self.post(self.now + windows.open[0].0, Event::Window(at, false));
                }
                (None, Some(ack)) => self.post(self.now + ack.after.0, Event::Acknowledge(at)),
                _ => (),
            }
        }
        match self.field.acknowledge {
            Some(ack) => self.post(self.now + ack.patience.0, Event::GiveUp(frame.from, at)),
            None => self.after(frame.from, missed.is_none()),
        }
    }

    /// After a frame that is over and done with: the next piece, or the next message.
    fn after(&mut self, sender: usize, good: bool) {
        let gap = if let Access::Wire { gap } = self.field.access { gap.0 } else { GAP };
        let at = self.now + gap;
        if good && self.rest(sender) > 0 {
            let own = &mut self.senders[sender];
            own.piece += 1;
            (own.attempt, own.waits) = (0, 0);
            return self.turn(sender, at);
        }
        self.finish(sender, at);
    }

    pub(super) fn finish(&mut self, sender: usize, free: u64) {
        let id = self.senders[sender].queue.pop_front().unwrap();
        let why = self.senders[sender].why.clone();
        let delivered = self.senders[sender].delivered;
        (self.senders[sender].free, self.senders[sender].granted) = (free, false);
        self.senders[sender].turn += 1;
        if !self.senders[sender].queue.is_empty() {
            let turn = self.senders[sender].turn;
            let own = &mut self.senders[sender];
            (own.attempt, own.waits, own.piece, own.delivered, own.awaits) = (0, 0, 0, false, None);
            self.post(free, Event::Begin(sender, turn));
        }
        if !delivered {
            self.lose(id, &why);
        }
    }

    fn acknowledge(&mut self, at: usize) {
        let frame = self.frames[at];
        if self.senders[frame.to].sends > self.now || frame.to == self.field.gateway() && self.down {
            return;
        }
        let lasts = self.field.acknowledge.unwrap().lasts.0;
        let key = [frame.key[0], occasion(&[frame.key[1], 1])];
        self.air([frame.to, frame.from], frame.channel, frame.rate, lasts, None, (5, key));
    }

    fn acknowledged(&mut self, sender: usize) {
        if !self.senders[sender].queue.is_empty() && self.senders[sender].awaits.take().is_some() {
            self.after(sender, true);
        }
    }

    fn give_up(&mut self, sender: usize, frame: usize) {
        if self.senders[sender].queue.is_empty() || self.senders[sender].awaits != Some(frame) {
            return;
        }
        self.senders[sender].awaits = None;
        if self.senders[sender].attempt < u64::from(self.field.acknowledge.unwrap().retries) {
            self.senders[sender].attempt += 1;
            self.senders[sender].waits = 0;
            return self.turn(sender, self.now);
        }
        self.finish(sender, self.now);
    }

    fn window(&mut self, at: usize, second: bool) {
        let (frame, windows) = (self.frames[at], self.field.windows.unwrap());
        let gateway = &self.senders[frame.to];
        if self.down {
            return;
        }
        if gateway.sends > self.now || gateway.silent[usize::from(second)] > self.now {
            if !second {
                let later = windows.open[1].0 - windows.open[0].0;
                self.post(self.now + later, Event::Window(at, true));
            }
            return;
        }
        let (channel, rate) = if second {
            (windows.second.0, usize::from(windows.second.1))
        } else {
            (frame.channel, frame.rate)
        };
        let waiting = self.waiting.get(&frame.from).and_then(|waiting| waiting.front()).copied();
        let lasts = match (waiting, self.field.acknowledge) {
            (Some(id), _) => self.field.airtimes[rate][self.messages[id].bytes as usize],
            (None, Some(ack)) if !second => ack.lasts.0,
            (None, _) => self.field.airtimes[rate][5],
        };
        self.air([frame.to, frame.from], channel, rate, lasts, waiting, (5, frame.key));
    }

    fn outage(&mut self, down: bool) {
        self.down = down;
        if !down {
            return;
        }
        let gateway = self.field.gateway();
        for frame in self.frames.iter_mut().filter(|frame| frame.from == gateway && frame.end > self.now) {
            (frame.end, frame.cut) = (self.now, true);
        }
        let own = &mut self.senders[gateway];
        (own.sends, own.free) = (self.now, self.now);
        own.turn += 1;
        let mut lost: Vec<usize> =
            if own.delivered { own.queue.drain(..).skip(1).collect() } else { own.queue.drain(..).collect() };
        lost.extend(std::mem::take(&mut self.waiting).into_values().flatten());
        lost.into_iter().for_each(|id| self.lose(id, "outage"));
        self.senders[gateway].delivered = false;
    }

    pub(super) fn arrive(&mut self, id: usize) {
        self.messages[id].done = true;
        let flow = self.messages[id].flow;
        self.told.push(Told { at: self.now, what: "in-time", flow, amount: 1, by: String::new() });
    }

    pub(super) fn lose(&mut self, id: usize, why: &str) {
        self.messages[id].done = true;
        let flow = self.messages[id].flow;
        self.told.push(Told { at: self.now, what: "lost", flow, amount: 1, by: why.to_owned() });
    }
}
