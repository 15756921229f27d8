//! Random small worlds: a few devices, stations that queue, fail and overflow, and messages over them. Times lie on a
//! coarse grid as often as not, so that much happens at one and the same instant.

use sim::luck::mix;

/// Numbers for building worlds; the worlds' own draws come from their luck.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5EED_CAFE))
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0) % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Source,
    Target,
    Station(usize),
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    SourceLink,
    TargetLink,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    None,
    Fixed(u64),
    /// Uniform over [low, high] nanoseconds.
    Drawn(u64, u64),
}

#[derive(Clone, Copy, Debug)]
pub struct TollOf {
    pub cause: usize,
    pub bytes: i32,
    pub cpu: u64,
    pub visit: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct HopOf {
    pub place: Place,
    pub need: Need,
    pub link: Link,
    pub loss: f64,
    pub work: u64,
    pub rank: u8,
    pub tolls: Vec<TollOf>,
}

/// From when to when something is down.
pub type Outage = [u64; 2];

#[derive(Clone, Debug)]
pub struct StationOf {
    pub servers: u16,
    pub fixed: u64,
    pub per_byte: u64,
    pub buffer: Option<u32>,
    /// Whether rank rules.
    pub by_rank: bool,
    pub outages: Vec<Outage>,
}

#[derive(Clone, Debug)]
pub struct FlowOf {
    pub source: u32,
    pub target: u32,
    pub route: Vec<HopOf>,
    pub bytes: u32,
    pub deadline: u64,
    pub exponential: bool,
    pub period: u64,
    /// Pause and number of further attempts.
    pub retry: Option<(u64, u8)>,
    /// The flow after this one is its answer, to one message in so many.
    pub answered: Option<u64>,
    /// Whether it has a clock of its own.
    pub clocked: bool,
}

#[derive(Clone, Debug)]
pub struct World {
    pub seed: u64,
    /// Whether nothing fails, overflows or is anything but first come, first served.
    pub plain: bool,
    pub horizon: u64,
    pub devices: u32,
    pub processor: StationOf,
    /// Outages of each device and of each device's attachment.
    pub units: Vec<Vec<Outage>>,
    pub links: Vec<Vec<Outage>>,
    pub stations: Vec<StationOf>,
    pub flows: Vec<FlowOf>,
}

const HORIZON: u64 = 100_000;

impl World {
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let grid = if dice.one_in(2) { 1000 } else { 1 };
        let devices = 2 + dice.below(4) as u32;
        let plain = dice.one_in(3);
        let mut processor = station(&mut dice, grid, plain);
        (processor.buffer, processor.outages) = (None, Vec::new());
        let stations: Vec<StationOf> =
            (0..1 + dice.below(4)).map(|_| station(&mut dice, grid, plain)).collect();
        let outages =
            |dice: &mut Dice| (0..devices).map(|_| outages(dice, grid, 6, plain)).collect::<Vec<_>>();
        let (units, links) = (outages(&mut dice), outages(&mut dice));
        let mut flows = Vec::new();
        for _ in 0..1 + dice.below(5) {
            let mut flow = flow(&mut dice, grid, devices, stations.len(), plain);
            if dice.one_in(3) {
                let mut back = self::flow(&mut dice, grid, devices, stations.len(), plain);
                (back.source, back.target, back.clocked) = (flow.target, flow.source, false);
                flow.answered = Some(1 + dice.below(3));
                flows.extend([flow, back]);
            } else {
                flows.push(flow);
            }
        }
        Self { seed, plain, horizon: HORIZON, devices, processor, units, links, stations, flows }
    }
}

impl World {
    /// The same for longer, where one flow comes often, in some worlds, and the others seldom, and what is lost of every other flow is
    /// sent again.
    pub fn paced(mut self) -> Self {
        self.horizon *= 4;
        for (nth, flow) in self.flows.iter_mut().enumerate() {
            flow.exponential = false;
            flow.period *= if nth == 0 && self.seed.is_multiple_of(3) { 1 } else { 7 };
            flow.retry = (nth % 2 == 1 && flow.clocked).then_some((flow.period / 20, 1));
        }
        self
    }

    /// The same so many times slower.
    pub fn slower(mut self, times: u64) -> Self {
        let slow = |time: &mut u64| *time *= times;
        slow(&mut self.horizon);
        self.units.iter_mut().chain(&mut self.links).flatten().flatten().for_each(slow);
        for station in self.stations.iter_mut().chain([&mut self.processor]) {
            slow(&mut station.fixed);
            slow(&mut station.per_byte);
            station.outages.iter_mut().flatten().for_each(slow);
        }
        for flow in &mut self.flows {
            slow(&mut flow.deadline);
            slow(&mut flow.period);
            flow.retry.iter_mut().for_each(|retry| slow(&mut retry.0));
            for hop in &mut flow.route {
                slow(&mut hop.work);
                hop.tolls.iter_mut().for_each(|toll| slow(&mut toll.cpu));
                match &mut hop.link {
                    Link::None => (),
                    Link::Fixed(span) => slow(span),
                    Link::Drawn(low, high) => [low, high].into_iter().for_each(slow),
                }
            }
        }
        self
    }
}

/// A length of time up to about `most`, zero once in a while.
fn time(dice: &mut Dice, grid: u64, most: u64) -> u64 {
    if dice.one_in(5) { 0 } else { (1 + dice.below(most)).div_ceil(grid) * grid }
}

fn outages(dice: &mut Dice, grid: u64, one_in: u64, plain: bool) -> Vec<Outage> {
    let mut all = Vec::new();
    while !plain && dice.one_in(one_in) && all.len() < 3 {
        let from = (1 + dice.below(HORIZON)).div_ceil(grid) * grid;
        let length = (1 + dice.below(8_000)).div_ceil(grid) * grid;
        all.push([from, from + length]);
    }
    all
}

fn station(dice: &mut Dice, grid: u64, plain: bool) -> StationOf {
    StationOf {
        servers: if plain { 1 } else { 1 + dice.below(3) as u16 },
        fixed: time(dice, grid, 2500),
        per_byte: if dice.one_in(2) { 0 } else { dice.below(40) * 1000 },
        buffer: (!plain && dice.one_in(3)).then(|| 1 + dice.below(5) as u32),
        by_rank: !plain && dice.one_in(3),
        outages: outages(dice, grid, 2, plain),
    }
}

fn hop(dice: &mut Dice, grid: u64, stations: usize, plain: bool) -> HopOf {
    let station = |dice: &mut Dice| dice.below(stations as u64) as usize;
    let mut tolls = Vec::new();
    while !plain && dice.one_in(4) && tolls.len() < 2 {
        tolls.push(TollOf {
            cause: dice.below(2) as usize,
            bytes: dice.below(80) as i32 - 20,
            cpu: if dice.one_in(2) { 0 } else { time(dice, grid, 800) },
            visit: dice.one_in(2).then(|| station(dice)),
        });
    }
    HopOf {
        place: match dice.below(6) {
            0 => Place::Source,
            1 => Place::Target,
            2 => Place::Nowhere,
            _ => Place::Station(station(dice)),
        },
        need: match dice.below(6) {
            0 => Need::SourceLink,
            1 => Need::TargetLink,
            _ => Need::Nothing,
        },
        link: match dice.below(4) {
            0 => Link::None,
            1 => Link::Fixed(time(dice, grid, 5_000)),
            2 => Link::Fixed(0),
            _ => {
                let low = dice.below(3_000);
                Link::Drawn(low, low + 1 + dice.below(9_000))
            }
        },
        loss: if dice.one_in(5) { 0.2 } else { 0.0 },
        work: if dice.one_in(4) { time(dice, grid, 500) } else { 0 },
        rank: dice.below(3) as u8,
        tolls,
    }
}

fn flow(dice: &mut Dice, grid: u64, devices: u32, stations: usize, plain: bool) -> FlowOf {
    let source = dice.below(u64::from(devices)) as u32;
    let target = (source + 1 + dice.below(u64::from(devices) - 1) as u32) % devices;
    FlowOf {
        source,
        target,
        route: (0..1 + dice.below(5)).map(|_| hop(dice, grid, stations, plain)).collect(),
        bytes: dice.below(50) as u32,
        deadline: 1 + dice.below(30_000),
        exponential: dice.one_in(2),
        period: (2_000 + dice.below(10_000)).div_ceil(grid) * grid,
        retry: (!plain && dice.one_in(3)).then(|| (time(dice, grid, 4_000), 1 + dice.below(2) as u8)),
        answered: None,
        clocked: true,
    }
}
