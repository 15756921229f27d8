//! The hot state of a run: one resource that Travel has to itself.

use crate::ahead::Ahead;
use crate::books::Books;
use crate::changes::Change;
use crate::digest::Digest;
use crate::fact::{CauseId, Charge, Fact, Kind, Topic, Who};
use crate::keep::sections::Sections;
use crate::keys::Keying;
use crate::kinds::{self, KindError, Kinds};
use crate::luck::{Draws, Keys};
use crate::medium::Media;
use crate::message::{Action, ActionId, DeviceId, Emitters, Few, Flow, Message, MessageId, Messages};
use crate::meter::Meter;
use crate::names::Names;
use crate::plan::Plans;
use crate::rank::{Path, Reason, Way};
use crate::route::{CheckId, Routes};
use crate::row::{Class, Handler, Row};
use crate::session::{Needed, Sessions};
use crate::slots::InOrder;
use crate::station::{Station, StationId};
use crate::stations::Stations;
use crate::status::{DutyId, PartId, Status};
use crate::time::SimTime;
use crate::travel::Verdict;
use crate::waiting::Waiting;
use crate::wheel::Wheel;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A control's own judgement of a message.
pub type Check = fn(&mut Core, &mut World, MessageId, &Message, u32) -> Verdict;
/// Told when a part goes up or down.
pub type Watcher = fn(&mut Core, &mut World, PartId, bool);

/// How much was worked, for `--timings`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Windows that had work.
    pub windows: u64,
    /// Rows worked.
    pub rows: u64,
    /// Messages sent, attempts and handshakes included.
    pub messages: u64,
    /// How often slots were worked station by station: one at a time, or several where ranks work ahead of each other.
    pub batched: u64,
    /// Visits to stations.
    pub visits: u64,
    /// Rows worked per stage.
    pub stages: [u64; 6],
}

/// Everything the engine knows. Public fields are what the crates above build a run from.
pub struct Core {
    /// The time of the row being worked.
    pub now: SimTime,
    /// The run ends before this instant.
    pub horizon: SimTime,
    /// The present stretch of the run ends before this instant.
    pub(crate) until: SimTime,
    /// The run's luck.
    pub luck: Keys,
    /// Names of everything recorded.
    pub names: Names,
    /// Names and units of the kinds of fact.
    pub kinds: Kinds,
    /// What is up and what is down.
    pub status: Status,
    /// Stations: first the processor of each device, then all others.
    pub stations: Stations,
    /// Routes.
    pub routes: Routes,
    /// Shared media.
    pub media: Media,
    /// Flows.
    pub flows: Vec<Flow>,
    /// Who sends what to whom.
    pub emitters: Emitters,
    /// The session that an emitter's messages need.
    pub session_of: Needed,
    /// The stream that an emitter's slots are samples of.
    pub stream_of: Few<DutyId>,
    /// What is under way.
    pub messages: Messages,
    /// Sessions of secured conversations.
    pub sessions: Sessions,
    /// The cause of losses on the air and on links.
    pub radio: CauseId,
    /// The cause of what legitimate load does to itself.
    pub load: CauseId,
    /// The cause of bare paths that are late by themselves.
    pub design: CauseId,
    /// Energy spent by each device [nJ].
    pub energy: Vec<u64>,
    /// How often each cause's tolls were worked.
    pub tolls_worked: Vec<u64>,
    /// How much was worked.
    pub(crate) counters: Counters,
    /// What became of messages.
    pub books: Books,
    /// Facts of the last window, in order.
    pub settled: Vec<Fact>,
    /// The digest so far.
    pub digest: Digest,
    pub(crate) latency: Draws,
    pub(crate) loss: Draws,
    /// Random waits, channels and bit errors on media.
    pub(crate) air: Draws,
    /// The draws of slots: when they come, what they carry and which are answered.
    pub slots: Draws,
    /// The value that each emitter's messages carry, where any do.
    pub(crate) values: Vec<i32>,
    /// Rows to come that may move more than the books.
    pub(crate) unquiet: u64,
    /// Everything before then is worked.
    pub(crate) worked: SimTime,
    /// Until then no row is due that may move more than the books.
    pub(crate) calm_until: SimTime,
    /// Whether slots wait where their messages work first, and whether they must not any longer.
    pub(crate) early: bool,
    pub(crate) disturbed: bool,
    devices: u32,
    actions: Vec<Action>,
    checks: Vec<Check>,
    pub(crate) watchers: Vec<Watcher>,
    pub(crate) handlers: [Option<Handler>; Class::COUNT],
    pub(crate) stations_of: BTreeMap<PartId, Vec<StationId>>,
    /// What is down for whatever reason another part is.
    pub(crate) followers: BTreeMap<PartId, Vec<PartId>>,
    pub(crate) changes: Vec<Change>,
    pub(crate) wheel: Wheel,
    pub(crate) plans: Plans,
    /// Where parcels wait, and those of the slot that is being worked row by row.
    pub(crate) waiting: Waiting,
    pub(crate) in_order: InOrder,
    /// Whose parcels are under way beyond the run's end.
    pub(crate) stranded: Vec<u32>,
    pub(crate) path: Path,
    pub(crate) way: Way,
    /// How far ranks of stations may be worked ahead of each other.
    pub(crate) ahead: Ahead,
    /// Whether a slot is being worked station by station.
    pub(crate) in_lanes: bool,
    /// Stations that serve parcels, and whether they are known to have nothing out of the ordinary.
    pub(crate) ranked: Vec<StationId>,
    pub(crate) plain: bool,
    /// Parts other than devices' that routes need, and whether all of those and of the devices' are up.
    pub(crate) way_needs: BTreeSet<PartId>,
    pub(crate) way_is_up: bool,
    /// Whether any answer begins at a station that works on it.
    pub(crate) served_answers: bool,
    /// Whether messages of any flow carry values.
    pub(crate) carries: bool,
    /// Whether a station has ever failed, and whether somebody worked where no emitter's messages do.
    pub(crate) ever_failed: bool,
    pub(crate) stirred: bool,
    /// Until then nothing happens but parcels on their way.
    pub(crate) quiet_until: SimTime,
    seq: u64,
    pub(crate) pending: Vec<Fact>,
    /// Facts that the books hold already.
    pub(crate) told: Vec<Fact>,
    /// Measures the rows, where somebody asked.
    pub meter: Option<Box<Meter>>,
    pub(crate) sections: Sections,
    /// Rows of changes that controls made when the run was built, where the numbers of rows tell no longer.
    pub(crate) of_strategy: BTreeSet<u64>,
}

impl Core {
    /// An empty world in which windows are 2^`shift` nanoseconds long.
    ///
    /// # Errors
    /// When two kinds of fact share a hash.
    pub fn new(luck: impl Into<Keys>, horizon: SimTime, shift: u32) -> Result<Self, KindError> {
        let luck = luck.into();
        let (mut names, mut registered) = (Names::default(), Kinds::default());
        for (name, unit) in kinds::ALL {
            registered.register(name, unit)?;
        }
        let cause = |names: &mut Names, by, name| names.cause(by, name);
        let nothing = Action { arrived: |_, _, _| (), lost: |_, _, _, _| () };
        let mut core = Self {
            now: SimTime::ZERO,
            horizon,
            until: horizon,
            luck,
            radio: cause(&mut names, crate::fact::By::Environment, "radio"),
            load: cause(&mut names, crate::fact::By::Load, "queues"),
            design: cause(&mut names, crate::fact::By::Design, "the bare path"),
            names,
            kinds: registered,
            status: Status::default(),
            stations: Stations::default(),
            routes: Routes::default(),
            media: Media::default(),
            flows: Vec::new(),
            emitters: Emitters::default(),
            session_of: Needed::default(),
            stream_of: Few::default(),
            messages: Messages::default(),
            sessions: Sessions::default(),
            energy: Vec::new(),
            tolls_worked: Vec::new(),
            counters: Counters::default(),
            books: Books::default(),
            settled: Vec::new(),
            digest: Digest::default(),
            latency: luck.purpose("latency"),
            loss: luck.purpose("loss"),
            air: luck.purpose("air"),
            slots: luck.purpose("slots"),
            values: Vec::new(),
            unquiet: 0,
            worked: SimTime::ZERO,
            calm_until: SimTime::ZERO,
            early: false,
            disturbed: false,
            devices: 0,
            actions: vec![nothing],
            checks: Vec::new(),
            watchers: Vec::new(),
            handlers: [None; Class::COUNT],
            stations_of: BTreeMap::new(),
            followers: BTreeMap::new(),
            changes: Vec::new(),
            wheel: Wheel::new(shift),
            plans: Plans::default(),
            waiting: Waiting::new(shift, 1, SimTime::ZERO),
            in_order: InOrder::default(),
            stranded: Vec::new(),
            path: Path::InOrder { because: Reason::NoParcels },
            way: Way::default(),
            ahead: Ahead::default(),
            in_lanes: false,
            ranked: Vec::new(),
            plain: false,
            way_needs: BTreeSet::new(),
            way_is_up: false,
            served_answers: false,
            carries: false,
            ever_failed: false,
            stirred: false,
            quiet_until: SimTime::ZERO,
            seq: 0,
            pending: Vec::new(),
            told: Vec::new(),
            meter: None,
            sections: Sections::default(),
            of_strategy: BTreeSet::new(),
        };
        core.handle(Class::STATUS, Self::change);
        core.handle(Class::WAKE, crate::emit::wake);
        core.handle(Class::MESSAGE, crate::travel::progress);
        core.handle(Class::SERVED, crate::queue::served);
        core.handle(Class::AIR, crate::medium::work);
        core.handle(Class::TIMER, crate::session::timer);
        Ok(core)
    }

    /// Name the devices of a fleet and give each its processor; fleets must come in name order, before any
    /// other station.
    pub fn fleet(&mut self, name: &str, count: u32, processor: &Station) -> DeviceId {
        let first = self.names.group(name, count).0;
        let units = self.status.parts(2 * count as usize);
        debug_assert_eq!(units, self.unit(DeviceId(first)));
        self.stations.fleet(count, processor);
        self.devices = first + count;
        // Made anew in place of being lengthened: nobody writes to memory that stays as it is given.
        self.energy = vec![0; self.devices as usize];
        DeviceId(first)
    }

    /// How much was worked.
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters;
        self.plans.legs.add_passed(&mut counters);
        counters
    }

    /// How many devices there are.
    pub const fn devices(&self) -> u32 {
        self.devices
    }

    /// The device itself, as a part: down while it reboots, is broken or wiped.
    pub const fn unit(&self, device: DeviceId) -> PartId {
        PartId::unit(device.0)
    }

    /// The part that must be up for a station to serve.
    pub fn part_of(&self, id: StationId) -> PartId {
        let device = DeviceId(id.0);
        if id.0 < self.devices { self.unit(device) } else { self.stations[id.0 as usize].part }
    }

    /// The device's attachment to the network, as a part: down while it is isolated.
    pub const fn link(&self, device: DeviceId) -> PartId {
        PartId(2 * device.0 + 1)
    }

    /// The device that a part belongs to.
    pub fn device_of(&self, part: PartId) -> Option<DeviceId> {
        Some(DeviceId(part.0 / 2)).filter(|device| device.0 < self.devices)
    }

    /// The device as whom facts are about.
    pub const fn who(&self, device: DeviceId) -> Who {
        Who(device.0)
    }

    /// The entity key of a device's draws.
    pub fn key(&self, device: DeviceId) -> u64 {
        self.names.hash(Who(device.0))
    }

    /// The entity key of an emitter's draws.
    pub fn emitter_key(&self, emitter: u32) -> u64 {
        self.emitters.key(emitter, Keying::new(&self.names, &self.flows, self.slots))
    }

    /// A new station besides the devices' processors.
    pub fn station(&mut self, station: Station) -> StationId {
        let id = StationId(self.stations.len() as u32);
        self.stations_of.entry(station.part).or_default().push(id);
        self.stations.push(station);
        id
    }

    /// A new action.
    pub fn action(&mut self, action: Action) -> ActionId {
        self.actions.push(action);
        ActionId((self.actions.len() - 1) as u16)
    }

    /// How many actions there are.
    pub(crate) const fn actions(&self) -> u32 {
        self.actions.len() as u32
    }

    /// What is done with messages of an action: for who stands before it.
    pub fn action_of(&self, id: ActionId) -> Action {
        self.actions.get(id.0 as usize).copied().unwrap_or(self.actions[0])
    }

    /// A new check.
    pub fn check(&mut self, check: Check) -> CheckId {
        self.checks.push(check);
        CheckId((self.checks.len() - 1) as u16)
    }

    pub(crate) fn check_of(&self, id: CheckId) -> Option<Check> {
        self.checks.get(id.0 as usize).copied()
    }

    /// Tell `watcher` of every part that goes up or down from now on.
    pub fn watch(&mut self, watcher: Watcher) {
        self.watchers.push(watcher);
    }

    /// Let `handler` work the rows of a class.
    pub fn handle(&mut self, class: Class, handler: Handler) {
        if let Some(place) = self.handlers.get_mut(usize::from(class.0)) {
            *place = Some(handler);
        }
    }

    /// A new row. One in the past is worked now.
    pub fn push(&mut self, at: SimTime, class: Class, id: u64, arg: u64) {
        if at >= self.horizon {
            return;
        }
        self.unquiet += u64::from(class != Class::END);
        if class != Class::END && at < self.calm_until {
            self.calm_until = at;
            // What becomes of a parcel disturbs nobody; other messages are sent by rows of their own.
            self.disturbed |= class != Class::MESSAGE;
        }
        self.quiet_until = self.quiet_until.min(at);
        self.seq += 1;
        self.wheel.push(Row::new(at.max(self.now), class, id, self.seq, arg));
    }

    /// How many rows were made.
    pub(crate) const fn made(&self) -> u64 {
        self.seq
    }

    /// Rows are made anew: they are numbered from the start.
    pub(crate) fn restart_rows(&mut self) {
        (self.seq, self.unquiet, self.quiet_until) = (0, 0, SimTime::ZERO);
        self.of_strategy.clear();
    }

    /// The row that was looked at as the window's next is worked.
    pub(crate) fn take(&mut self, row: &Row) {
        self.wheel.take(row);
        self.unquiet -= u64::from(row.class() != Class::END);
    }

    /// Record a fact of this instant.
    pub fn fact(&mut self, kind: Kind, who: Who, topic: Topic, charge: Charge, amount: i64) {
        self.fact_at(self.now, kind, who, topic, charge, amount);
    }

    /// Record a fact of another instant: a grid point, say.
    pub fn fact_at(&mut self, at: SimTime, kind: Kind, who: Who, topic: Topic, charge: Charge, amount: i64) {
        self.pending.push(Fact { at, kind, who, topic, charge, amount });
    }

    /// Tell a fact that the books hold, if anybody asked.
    pub(crate) fn tell(&mut self, at: SimTime, kind: Kind, who: Who, topic: Topic, amount: i64) {
        if self.books.told {
            let charge = Charge::default();
            self.told.push(Fact { at, kind, who, topic, charge, amount });
        }
    }
}
