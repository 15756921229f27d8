//! The speed of light: the least work that gives the exact sums of a FLEET workload, and nothing else.
//!
//! All hot state of a device lies in its entry of a timing wheel, so that a device is touched once a wake. Windows
//! of 2^24 ns are worked one after the other: sort what arrives at the gateways, serve it in that order, then the
//! same at the backend. A first-come server needs no event for a departure, since with arrivals in order the end is
//! `free = max(free, arrival) + service` (Lindley's recursion, 1952). It is exact because nothing comes back to a
//! server within the window in which it left: the way there and back takes longer (16.8 ms against 20 ms each way).
//!
//! Ties are broken as in [`crate::heap`]: by (time, device), the uplink first.

use std::collections::VecDeque;
use std::hint::black_box;
use std::mem;

use crate::workload::{AIRTIME, CRYPTO, Draw, Fleet, SERVICE, Sums, WAN};

/// A window is 2^24 ns long.
const WINDOW_BITS: u32 = 24;
/// Up to this many rows, an insertion sort alone is as fast.
const BINNED: usize = 16;
const _: () = assert!(1 << WINDOW_BITS <= WAN, "a message must not come back within its window");

/// What arrives somewhere: when within its window, from which device, in which direction, and what it carries.
/// Sixteen bytes, four to a cache line.
#[derive(Clone, Copy)]
struct Row {
    /// Offset in the window (24 bits), device (32), direction (1): the order in which rows are served.
    key: u64,
    /// What the message says (17 bits), below its wake or how long it took [ns]; of a command, the latter alone.
    load: u64,
}

impl Row {
    fn new(at: u64, device: u32, down: bool, load: u64) -> Self {
        let offset = at & ((1 << WINDOW_BITS) - 1);
        Self { key: offset << 33 | u64::from(device) << 1 | u64::from(down), load }
    }

    fn at(self, window: u64) -> u64 {
        (window << WINDOW_BITS) + (self.key >> 33)
    }

    fn device(self) -> u32 {
        (self.key >> 1) as u32
    }

    fn down(self) -> bool {
        self.key & 1 == 1
    }
}

/// What a message says, in 17 bits: reading and whether a command answers it.
#[derive(Clone, Copy)]
struct Content(u64);

impl Content {
    const BITS: u32 = 17;

    fn new(draw: Draw, before: u16) -> Self {
        Self(u64::from(draw.commands()) << 16 | u64::from(draw.sense(before)))
    }

    fn of(load: u64) -> Self {
        Self(load & ((1 << Self::BITS) - 1))
    }

    /// The content with another number above it.
    fn under(self, number: u64) -> u64 {
        number << Self::BITS | self.0
    }

    fn reading(self) -> u16 {
        self.0 as u16
    }

    fn commands(self) -> bool {
        self.0 >> 16 == 1
    }
}

/// Sorts by key. Offsets are spread evenly over the window, so that counting them into about as many bins as there
/// are rows leaves next to nothing to an insertion sort.
#[derive(Default)]
struct Order {
    /// Where the next row of each bin goes.
    bins: Vec<u32>,
    sorted: Vec<Row>,
}

impl Order {
    fn sort(&mut self, rows: &mut Vec<Row>) {
        if rows.len() > BINNED {
            self.bin(rows);
        }
        for i in 1..rows.len() {
            let row = rows[i];
            let mut hole = i;
            while hole > 0 && rows[hole - 1].key > row.key {
                rows[hole] = rows[hole - 1];
                hole -= 1;
            }
            rows[hole] = row;
        }
    }

    fn bin(&mut self, rows: &mut Vec<Row>) {
        let bits = rows.len().ilog2();
        let bin = |row: &Row| (row.key >> (33 + WINDOW_BITS - bits)) as usize;
        self.bins.clear();
        self.bins.resize(1 << bits, 0);
        for row in rows.iter() {
            self.bins[bin(row)] += 1;
        }
        let mut before = 0;
        for count in &mut self.bins {
            before += mem::replace(count, before);
        }
        self.sorted.clear();
        self.sorted.resize(rows.len(), Row { key: 0, load: 0 });
        for row in rows.iter() {
            let next = &mut self.bins[bin(row)];
            self.sorted[*next as usize] = *row;
            *next += 1;
        }
        mem::swap(rows, &mut self.sorted);
    }
}

/// Rows by window, from the present one on.
struct Wheel {
    /// The window of the first bucket.
    present: u64,
    buckets: VecDeque<Vec<Row>>,
}

impl Wheel {
    fn new() -> Self {
        Self { present: 0, buckets: VecDeque::new() }
    }

    #[inline]
    fn push(&mut self, at: u64, row: Row) {
        let ahead = ((at >> WINDOW_BITS) - self.present) as usize;
        if ahead >= self.buckets.len() {
            self.buckets.resize_with(ahead + 1, Vec::new);
        }
        self.buckets[ahead].push(row);
    }

    /// The rows of the present window, for an emptied bucket that serves again.
    fn advance(&mut self, emptied: Vec<Row>) -> Vec<Row> {
        self.present += 1;
        self.buckets.push_back(emptied);
        self.buckets.pop_front().unwrap_or_default()
    }
}

/// A fleet, its servers and what is on its way.
pub struct Soa {
    fleet: Fleet,
    /// Messages by their arrival at the gateway; carries the wake they come from.
    uplinks: Wheel,
    /// Messages by their arrival at the backend; carries how long they took.
    backend: Wheel,
    /// Commands by their arrival at the gateway; carries how long they took.
    downlinks: Wheel,
    /// When each gateway has worked off what it has [ns].
    gateway_free: Vec<u64>,
    /// When the backend has [ns].
    backend_free: u64,
    actuated: Vec<u32>,
    order: Order,
    sums: Sums,
}

impl Soa {
    /// Every device in the wheel at its first wake.
    ///
    /// # Panics
    /// If a device may wake twice in one window: with periods below 18.7 ms.
    #[must_use]
    pub fn set_up(fleet: &Fleet) -> Self {
        assert!(
            fleet.period - fleet.period / 10 >= 1 << WINDOW_BITS,
            "a period of {} ns is too short",
            fleet.period
        );
        let mut soa = Self {
            fleet: *fleet,
            uplinks: Wheel::new(),
            backend: Wheel::new(),
            downlinks: Wheel::new(),
            gateway_free: vec![0; fleet.gateways as usize],
            backend_free: 0,
            actuated: vec![0; fleet.devices as usize],
            order: Order::default(),
            sums: Sums::default(),
        };
        for device in 0..fleet.devices {
            let draw = fleet.draw(device, 0);
            soa.send(fleet.phase(draw), device, 0, Content::new(draw, 0));
        }
        soa
    }

    /// Work window by window until the horizon; to be run once.
    #[must_use]
    pub fn run(&mut self) -> Sums {
        let windows = self.fleet.horizon.div_ceil(1 << WINDOW_BITS);
        let (mut arrivals, mut commands) = (Vec::new(), Vec::new());
        for window in 0..windows {
            arrivals = self.uplinks.advance(mem::take(&mut arrivals));
            commands = self.downlinks.advance(mem::take(&mut commands));
            arrivals.append(&mut commands);
            self.serve_at_gateways(window, &mut arrivals);
            arrivals.clear();

            commands = self.backend.advance(mem::take(&mut commands));
            self.serve_at_backend(window, &mut commands);
            commands.clear();
        }
        // Nobody reads the counters of the devices, but they are a part of the work.
        black_box(&self.actuated);
        mem::take(&mut self.sums)
    }

    /// A device wakes and will be heard at its gateway.
    #[inline]
    fn send(&mut self, woke: u64, device: u32, wake: u32, content: Content) {
        if woke < self.fleet.horizon {
            self.sums.messages += 1;
            let at = woke + CRYPTO;
            self.uplinks.push(at, Row::new(at, device, false, content.under(wake.into())));
        }
    }

    fn serve_at_gateways(&mut self, window: u64, rows: &mut Vec<Row>) {
        self.order.sort(rows);
        for row in rows.iter() {
            let (at, device) = (row.at(window), row.device());
            if at >= self.fleet.horizon {
                break;
            }
            let free = &mut self.gateway_free[self.fleet.gateway(device)];
            let left = at.max(*free) + AIRTIME;
            *free = left;
            if row.down() {
                if left < self.fleet.horizon {
                    self.sums.command(row.load + (left - at));
                    self.actuated[device as usize] += 1;
                }
                continue;
            }
            self.sums.gateway_arrivals += 1;
            self.sums.gateway_departures += u64::from(left < self.fleet.horizon);
            let (woke, content) = (at - CRYPTO, Content::of(row.load));
            let there = left + WAN;
            if there < self.fleet.horizon {
                self.backend.push(there, Row::new(there, device, false, content.under(there - woke)));
            }
            let next = (row.load >> Content::BITS) as u32 + 1;
            let draw = self.fleet.draw(device, next);
            self.send(woke + self.fleet.pause(draw), device, next, Content::new(draw, content.reading()));
        }
    }

    fn serve_at_backend(&mut self, window: u64, rows: &mut Vec<Row>) {
        self.order.sort(rows);
        for row in rows.iter() {
            let at = row.at(window);
            let done = at.max(self.backend_free) + SERVICE;
            if done >= self.fleet.horizon {
                break;
            }
            self.backend_free = done;
            let (latency, content) = ((row.load >> Content::BITS) + (done - at), Content::of(row.load));
            self.sums.deliver(latency, content.reading());
            if content.commands() {
                let there = done + WAN;
                self.downlinks.push(there, Row::new(there, row.device(), true, latency + WAN));
            }
        }
    }
}
