//! Accounts: what people and programs log in to, and when one is closed.
//!
//! Every device that somebody logs in to has one account. It is counted against whoever fails, a tired nurse and
//! an adversary alike; who it was is known to the charge alone.
//!
//! # Differs from the real thing
//! A device has one account, that of whoever works with it; a workstation's users share its count. Programs never
//! fail to log in. How tired a person is does not change how often they mistype.

use super::classes::ACCOUNT;
use super::ground::Ground;
use super::network::{Laid, Place, Traffic};
use super::scope::Scope;
use super::staff::Call;
use super::{Numbers, SiteError, emergency, hands};
use crate::language::people::Duty;
use ::devices::class::Login;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge, Kind, Topic, kind};
use sim::luck::{Draws, Keys, mix, occasion};
use sim::message::{DeviceId, Message, MessageId};
use sim::row::Row;
use sim::time::{SimTime, Span};
use sim::travel::Verdict;
use std::collections::BTreeMap;

/// Accounts closed by failed logins.
pub const CLOSED: Kind = kind("account.closed");

/// What is registered here: name and unit.
pub(super) const KINDS: &[(&str, &str)] = &[("account.closed", "account")];

/// What people do with passwords.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Share of logins whose first password is wrong.
    pub wrong: f64,
    /// Share of those who were wrong that are wrong again.
    pub wrong_again: f64,
    /// How long the service desk is busy with one account, where the scenario does not say.
    pub desk: Span,
}

sim::kept!(Accounts { counts, closed } built { control, topic, rules, habits, scope, typing, desk });

impl Habits {
    /// As the parameters say.
    ///
    /// # Errors
    /// When one is missing.
    pub fn read(numbers: &Numbers) -> Result<Self, SiteError> {
        Ok(Self {
            wrong: numbers.si("account.wrong_password")?,
            wrong_again: numbers.si("account.wrong_again")?,
            desk: numbers.span("account.desk_time")?,
        })
    }
}

/// The class that logins of people are sent to.
const DIRECTORY: &str = "identity-server";

/// When an account is closed, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Failed logins in a row that close it.
    pub attempts: u32,
    /// How long it stays closed.
    pub lasts: Span,
    /// Whether the service desk opens it sooner when asked.
    pub desk: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Closed {
    until: SimTime,
    charge: Charge,
    /// Whether the service desk was called.
    asked: bool,
    /// Whether somebody has broken the glass, and works on.
    broken: bool,
}

/// The failed logins in a row on an account.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Count {
    failed: u32,
    /// The adversary among those who failed, if there was one.
    because: CauseId,
}

/// Every account that a lockout watches over.
#[derive(Resource, Debug)]
pub struct Accounts {
    control: CauseId,
    topic: Topic,
    rules: Vec<Rule>,
    habits: Habits,
    scope: Scope,
    counts: BTreeMap<DeviceId, Count>,
    closed: BTreeMap<DeviceId, Closed>,
    typing: Draws,
    desk: Draws,
}

/// Whose account a message needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the device that sends: somebody sits at it.
    Sender = 0,
    /// That of the device that receives: it takes commands from those who have logged in to it.
    Receiver = 1,
}

impl Whose {
    /// The device whose account it is.
    pub const fn of(arg: u32, message: &Message) -> DeviceId {
        if arg == Self::Sender as u32 { message.source } else { message.target }
    }
}

/// Whose account a message needs at this place of its route: commands need that of the workstation they are given
/// at, and that of the device they are given to.
pub fn needed(ground: &Ground, laid: &Laid, place: Place) -> Option<Whose> {
    let Traffic::Flow(flow) = laid.traffic else { return None };
    if !ground.flows.get(usize::from(flow))?.command {
        return None;
    }
    let class = |fleet: u16| &ground.fleets[usize::from(fleet)].class;
    match place {
        Place::Source => (class(laid.source).accounts.login == Login::Interactive).then_some(Whose::Sender),
        Place::Target => {
            let class = class(laid.target);
            (class.accounts.login != Login::None && class.name != DIRECTORY).then_some(Whose::Receiver)
        }
        _ => None,
    }
}

/// Whose account somebody types a password for when a message of this route arrives at its target.
pub fn typed(ground: &Ground, laid: &Laid, place: Place) -> Option<Whose> {
    let Traffic::Flow(flow) = laid.traffic else { return None };
    let [source, target] = [laid.source, laid.target].map(|fleet| &ground.fleets[usize::from(fleet)].class);
    let person = source.accounts.login == Login::Interactive && laid.via.is_empty();
    if place != Place::Target || !person || !ground.flows.get(usize::from(flow))?.command {
        return None;
    }
    if target.name == DIRECTORY { Some(Whose::Sender) } else { needed(ground, laid, place) }
}

impl Accounts {
    /// Accounts that this control watches over.
    pub fn new(
        (control, topic): (CauseId, Topic),
        rules: Vec<Rule>,
        habits: Habits,
        scope: Scope,
        luck: Keys,
    ) -> Self {
        let (counts, closed) = (BTreeMap::new(), BTreeMap::new());
        let (typing, desk) = (luck.purpose("password"), luck.purpose("service desk"));
        Self { control, topic, rules, habits, scope, counts, closed, typing, desk }
    }

    fn rule(&self, device: DeviceId) -> Option<Rule> {
        self.scope.get(device).and_then(|at| self.rules.get(at)).copied()
    }
}

/// A login to a device has failed; `because` is the campaign that tried, or none for its people. Nothing happens
/// where no lockout watches, or where the account is closed already.
pub fn failed_login(core: &mut Core, world: &mut World, device: DeviceId, because: CauseId) {
    let Some(accounts) = world.get_resource_mut::<Accounts>() else { return };
    let accounts = accounts.into_inner();
    let Some(rule) = accounts.rule(device).filter(|_| !accounts.closed.contains_key(&device)) else { return };
    let count = accounts.counts.entry(device).or_default();
    count.failed += 1;
    if because != CauseId::NONE {
        count.because = because;
    }
    if count.failed < rule.attempts {
        return;
    }
    let charge = Charge { by: accounts.control, because: count.because };
    let until = core.now + rule.lasts;
    accounts.counts.remove(&device);
    accounts.closed.insert(device, Closed { until, charge, asked: false, broken: false });
    core.fact(CLOSED, core.who(device), accounts.topic, charge, 1);
    core.push(until, ACCOUNT, u64::from(device.0), 0);
}

/// A login to a device has succeeded: its count begins anew.
pub fn good_login(world: &mut World, device: DeviceId) {
    if let Some(mut accounts) = world.get_resource_mut::<Accounts>() {
        accounts.counts.remove(&device);
    }
}

/// Whether the account of a device is closed.
pub fn locked(world: &World, device: DeviceId) -> bool {
    world.get_resource::<Accounts>().is_some_and(|accounts| accounts.closed.contains_key(&device))
}

/// An account's time has come.
pub fn open(core: &mut Core, world: &mut World, row: Row) {
    let device = DeviceId(row.id() as u32);
    if let Some(mut accounts) = world.get_resource_mut::<Accounts>()
        && accounts.closed.get(&device).is_some_and(|closed| closed.until <= core.now)
    {
        accounts.closed.remove(&device);
    }
}

/// The check of a message that needs an account: while that is closed it is lost, unless it is an emergency.
pub fn admit(core: &mut Core, world: &mut World, _: MessageId, message: &Message, whose: u32) -> Verdict {
    let device = Whose::of(whose, message);
    let closed = |world: &World| world.get_resource::<Accounts>()?.closed.get(&device).copied();
    let Some(found) = closed(world) else { return Verdict::Pass };
    if found.broken {
        return Verdict::Pass;
    }
    if emergency::break_glass(core, world, device, message) {
        if let Some(mut accounts) = world.get_resource_mut::<Accounts>()
            && let Some(closed) = accounts.closed.get_mut(&device)
        {
            closed.broken = true;
        }
        return Verdict::Pass;
    }
    if !found.asked {
        call_desk(core, world, device, message);
    }
    Verdict::Drop(found.charge)
}

/// Whoever is refused first calls the service desk, which opens the account when it gets round to it.
fn call_desk(core: &mut Core, world: &mut World, device: DeviceId, message: &Message) {
    let Some(mut accounts) = world.get_resource_mut::<Accounts>() else { return };
    if !accounts.rule(device).is_some_and(|rule| rule.desk) {
        return;
    }
    let (share, desk) = (accounts.desk.unit(message.key, message.slot), accounts.habits.desk);
    let Some(closed) = accounts.closed.get_mut(&device) else { return };
    closed.asked = true;
    let charge = closed.charge;
    let busy = hands::handling(world, Duty::ServiceDesk, share).unwrap_or(desk);
    let Some(done) = hands::give(
        core,
        world,
        (Duty::ServiceDesk, Call::Urgent(mix(message.key ^ message.slot))),
        busy,
        charge,
    ) else {
        return;
    };
    if let Some(mut accounts) = world.get_resource_mut::<Accounts>()
        && let Some(closed) = accounts.closed.get_mut(&device)
        && done < closed.until
    {
        closed.until = done;
        core.push(done, ACCOUNT, u64::from(device.0), 0);
    }
}

/// The check of a message with which a person logs in: every wrong password counts, and the message is lost if the
/// account is closed before the right one.
pub fn log_in(
    core: &mut Core,
    world: &mut World,
    place: MessageId,
    message: &Message,
    whose: u32,
) -> Verdict {
    let device = Whose::of(whose, message);
    let Some(accounts) = world.get_resource::<Accounts>() else { return Verdict::Pass };
    let (Some(rule), draws, habits) = (accounts.rule(device), accounts.typing, accounts.habits) else {
        return Verdict::Pass;
    };
    let wrong = |nth: u32| {
        let share = if nth == 0 { habits.wrong } else { habits.wrong_again };
        draws.chance(share, message.key, occasion(&[message.slot, u64::from(nth)]))
    };
    // Nobody types a hundred wrong passwords in a row.
    let failures = (0..rule.attempts.min(100)).take_while(|&nth| wrong(nth)).count();
    for _ in 0..failures {
        failed_login(core, world, device, CauseId::NONE);
    }
    let verdict = admit(core, world, place, message, whose);
    if !locked(world, device) {
        good_login(world, device);
    }
    verdict
}
