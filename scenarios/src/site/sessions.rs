//! Sessions of sealed conversations: they stand open when the run begins, and are opened anew after a restart, at the
//! end of their time, and with the server that takes over from another.
//!
//! # Differs from the real thing
//! Of a route with several legs, the session of the leg that its owner has a part in is simulated; those between
//! servers, and those of gateways that stand in for a device, stand all the time. A stream renews its session beside
//! what it sends: neither waits for the other. Where ends hold tickets, those of
//! the start are good too, and a flight that brings a ticket is not sent. A certificate is renewed unnoticed until it is forgotten once.

use super::classes::SESSION;
use super::ground::Ground;
use super::network::{Network, Traffic};
use super::sealing::{Hand, Layer, Leg, Seals};
use super::{Site, SiteError, power};
use crate::language::flow::CarriedAs;
use ::devices::class::Role;
use ::devices::crypto::{Authentication, Machine, Protocol, Resumption, Side, handshake};
use bevy_ecs::prelude::{Mut, Resource};
use bevy_ecs::world::World;
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::law::Law;
use sim::message::{DeviceId, Message, MessageId, Retry};
use sim::row::Row;
use sim::session::{Again, Conversation, Flight};
use sim::status::PartId;
use sim::time::{SimTime, Span};
use sim::travel::Verdict;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// When a flight of DTLS is sent again for the first time (RFC 9147, section 5.8.2).
const DATAGRAM_TIMEOUT: Span = Span::SECOND;

/// What is needed to make more sessions than there are.
#[derive(Resource)]
pub struct Sessions {
    seals: Arc<Seals>,
    /// In full, and in short where ends hold tickets: of each layer between two fleets another.
    conversations: BTreeMap<(u16, u16, u16), (u16, Option<u16>)>,
    /// By fleet with a spare: the emitters whose session leads there.
    users: BTreeMap<u16, Vec<u32>>,
}

/// When the certificate of each server has expired and is not yet renewed.
#[derive(Resource, Debug, Default)]
pub struct Certificates {
    control: CauseId,
    away: BTreeMap<DeviceId, (SimTime, SimTime)>,
}

/// A layer's certificates: how long one is valid, and how long service is away when it was forgotten.
pub type Validity = Vec<Option<(Span, Law)>>;

/// When a certificate that is valid for `life` expires, and when it is renewed, by the draws of `key`.
pub fn away(core: &Core, key: u64, life: Span, recovery: Law) -> (SimTime, SimTime) {
    let [expiry, renewal] =
        ["certificate expiry", "certificate recovery"].map(|name| core.luck.purpose(name));
    let from = SimTime((expiry.unit(key, 0) * life.0 as f64) as u64);
    (from, from + recovery.span(renewal.unit(key, 0)))
}

/// Open the sessions of every emitter.
///
/// # Errors
/// When a suite has no known cost on the core of an end.
pub fn open(site: &mut Site, seals: &Arc<Seals>, validity: &Validity) -> Result<(), SiteError> {
    let (conversations, users) = (BTreeMap::new(), BTreeMap::new());
    let mut sessions = Sessions { seals: Arc::clone(seals), conversations, users };
    conversations_of_all(site, &mut sessions)?;
    let phases = site.core.luck.purpose("session");
    let mut servers: BTreeSet<(u16, DeviceId)> = BTreeSet::new();
    let new = name_firsts(site, seals);
    site.core.sessions.reserve(new);
    for emitter in 0..site.core.emitters.len() as u32 {
        let Some((layer, client, server)) = ends(&site.core, &site.ground, &site.network, seals, emitter)
        else {
            continue;
        };
        let first = site.core.session_of.of(emitter).filter(|first| *first < emitter);
        let known = first.map(|first| site.core.session_of.of(first));
        let session = known.unwrap_or_else(|| {
            let ends = (layer, client, server);
            let session = add(&mut site.core, &site.ground, &mut site.network, &sessions, ends, true);
            if let (Some(session), Some(life)) = (session, seals.layers[usize::from(layer)].lifetime) {
                let key = sim::luck::mix(site.core.key(client) ^ site.core.key(server).rotate_left(1));
                let left = Span(phases.below(life.0, key, 0));
                site.core.push(SimTime::ZERO + left, SESSION, u64::from(session), u64::from(session));
            }
            session
        });
        site.core.session_of.set(emitter, session);
        if validity.get(usize::from(layer)).is_some_and(Option::is_some) {
            servers.insert((layer, server));
        }
        let spare = site.ground.fleet(server);
        if spare.work == crate::language::fleet::Work::Failover && spare.count > 1 {
            sessions.users.entry(site.ground.fleet_of(server)).or_default().push(emitter);
        }
    }
    let mut certificates = Certificates { control: seals.cause, away: BTreeMap::new() };
    for (layer, server) in servers {
        if let Some(Some((life, recovery))) = validity.get(usize::from(layer))
            && matches!(
                seals.layers[usize::from(layer)].suite.authentication,
                Authentication::Certificates { .. }
            )
        {
            let key = site.core.key(server);
            certificates.away.insert(server, away(&site.core, key, *life, *recovery));
        }
    }
    site.world.insert_resource(certificates);
    site.world.insert_resource(sessions);
    site.core.handle(SESSION, |core, _, row: Row| core.close_session(row.arg as u32));
    site.core.watch(turn);
    Ok(())
}

/// Let every emitter that needs a session name, in place of it, the first emitter that needs the same, itself maybe; gives
/// how many sessions that makes.
fn name_firsts(site: &mut Site, seals: &Seals) -> usize {
    let all = site.core.emitters.len();
    let mut wanted: Vec<(DeviceId, DeviceId, u16, u32)> = Vec::with_capacity(all);
    wanted.extend((0..all as u32).filter_map(|emitter| {
        let (layer, client, server) = ends(&site.core, &site.ground, &site.network, seals, emitter)?;
        Some((client, server, layer, emitter))
    }));
    wanted.sort_unstable();
    site.core.session_of.reserve(all);
    let groups = wanted.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2));
    let named =
        groups.map(|same| same.iter().for_each(|one| site.core.session_of.set(one.3, Some(same[0].3))));
    named.count()
}

/// Price the conversation of every pair of fleets that may need one.
fn conversations_of_all(site: &mut Site, sessions: &mut Sessions) -> Result<(), SiteError> {
    let seals = Arc::clone(&sessions.seals);
    let (retry, give_up) = (super::traffic::retry(&site.numbers)?, site.numbers.span("session.give_up")?);
    let times = site.numbers.count("session.retries")?.min(u32::from(u8::MAX)) as u8;
    for emitter in 0..site.core.emitters.len() as u32 {
        let Some((layer, client, server)) = ends(&site.core, &site.ground, &site.network, &seals, emitter)
        else {
            continue;
        };
        let fleets = [client, server].map(|end| site.ground.fleet_of(end));
        // Whoever turns to another server may find one that has been moved, or one that has not.
        let both = seals.before_and_after(layer).into_iter().flatten();
        for layer in both.filter(|&one| one == layer || seals.run_by(one, fleets)) {
            if let Entry::Vacant(free) = sessions.conversations.entry((layer, fleets[0], fleets[1])) {
                free.insert(conversation(site, &seals, (layer, fleets), retry, (give_up, times))?);
            }
        }
    }
    Ok(())
}

/// The conversation of a layer between two fleets: in full, and in short where ends hold tickets.
fn conversation(
    site: &mut Site,
    seals: &Seals,
    (layer, [client, server]): (u16, [u16; 2]),
    retry: Retry,
    (give_up, times): (Span, u8),
) -> Result<(u16, Option<u16>), SiteError> {
    let machines = [client, server].map(|fleet| seals.machine(fleet).clone());
    let Layer { suite, lifetime, tickets, .. } = seals.layers[usize::from(layer)];
    let price = |site: &mut Site, resumption: Resumption| {
        let priced = site
            .scenario
            .catalogue()
            .and_then(|catalogue| handshake(catalogue, suite, &machines[0], &machines[1], resumption))
            .map_err(|error| SiteError::Model {
                what: format!("suite `{}`", suite.name),
                why: error.to_string(),
            })?;
        // Who knows that a carrier is slow waits for it: as long again as the flights take at the least.
        let on_the_way = priced.flights.iter().map(|flight| {
            let ends = if flight.from == Side::Client { [client, server] } else { [server, client] };
            power::passes(&site.core, &site.ground, ends, flight.bytes)
        });
        let carried = Span(2 * on_the_way.fold(Span::ZERO, |sum, one| sum + one).0);
        let timeout = if suite.protocol == Protocol::Dtls13 { DATAGRAM_TIMEOUT } else { give_up };
        let topic = site.core.names.topic("handshake");
        let flights = flights(&site.ground, &machines, [client, server], &priced);
        Ok::<u16, SiteError>(site.core.conversation(Conversation {
            cause: seals.cause,
            flights,
            retry: Some(retry),
            lifetime,
            timeout: carried + timeout,
            times,
            topic,
        }))
    };
    let full = price(site, Resumption::Full)?;
    let short = if tickets { Some(price(site, Resumption::Resumed)?) } else { None };
    Ok((full, short))
}

/// The flights of a priced handshake as the engine sends them.
fn flights(
    ground: &Ground,
    machines: &[Machine; 2],
    [client, server]: [u16; 2],
    priced: &::devices::crypto::Conversation,
) -> Vec<Flight> {
    let nanojoules = |machine: &Machine, cpu: Span| (machine.joules(cpu) * 1e9).round() as u64;
    let each = |flight: &::devices::crypto::Flight| {
        let up = flight.from == Side::Client;
        let ([sender, receiver], [from, to]) = if up {
            ([&machines[0], &machines[1]], [client, server])
        } else {
            ([&machines[1], &machines[0]], [server, client])
        };
        // The first attempt at a signature; what comes after is drawn.
        let least = flight.sender_cpu_at(0.0);
        let again = flight.signing.as_ref().and_then(|signing| signing.again());
        Flight {
            up,
            bytes: flight.bytes,
            sender_cpu: least.0,
            receiver_cpu: flight.receiver_cpu.0,
            sender_nanojoules: nanojoules(sender, least) + power::sends(ground, from, flight.bytes),
            receiver_nanojoules: nanojoules(receiver, flight.receiver_cpu)
                + power::hears(ground, to, flight.bytes),
            again: again.map(|(each, fails)| Again {
                fails,
                cpu: each.0,
                nanojoules: nanojoules(sender, each),
            }),
        }
    };
    priced.flights.iter().map(each).collect()
}

/// The leg of an emitter's route that its owner has a part in, if it is sealed by its ends: its layer, the client
/// and the server. None for a stream.
fn ends(
    core: &Core,
    ground: &Ground,
    network: &Network,
    seals: &Seals,
    emitter: u32,
) -> Option<(u16, DeviceId, DeviceId)> {
    let own = core.emitters.get(emitter as usize)?;
    if ground.flows.get(usize::from(own.flow))?.text.carried_as == CarriedAs::Stream {
        return None;
    }
    let laid = network.laid(own.route)?;
    let legs = seals.legs(ground, laid);
    let (leg, [from, to]) = if own.owner() == own.source {
        (legs.first()?, [own.source, laid.via.first().copied().unwrap_or(own.target)])
    } else {
        (legs.last()?, [laid.via.last().copied().unwrap_or(own.source), own.target])
    };
    let Leg::Sealed(layer, [Hand::Own, Hand::Own]) = *leg else { return None };
    // Whoever serves many waits to be called.
    let serves = |device: DeviceId| ground.class(device).role == Role::Compute;
    let [client, server] = if serves(from) && !serves(to) { [to, from] } else { [from, to] };
    Some((layer, client, server))
}

/// A new session between two devices; none where no conversation opens it.
fn add(
    core: &mut Core,
    ground: &Ground,
    network: &mut Network,
    sessions: &Sessions,
    (layer, client, server): (u16, DeviceId, DeviceId),
    open: bool,
) -> Option<u32> {
    let conversation = sessions.conversation(ground, (layer, client, server))?;
    let handshake = Traffic::Handshake(sessions.seals.cause);
    let up = network.route(core, ground, handshake, [client, server], &[]);
    let down = network.route(core, ground, handshake, [server, client], &[]);
    Some(core.session(conversation, [client, server], [up, down], open))
}

/// The session between two devices, made when it is new.
fn get(
    core: &mut Core,
    ground: &Ground,
    network: &mut Network,
    sessions: &Sessions,
    ends: (u16, DeviceId, DeviceId),
) -> Option<u32> {
    let (full, _) = sessions.conversation(ground, ends)?;
    let known = core.sessions.find(full, [ends.1, ends.2]);
    known.or_else(|| add(core, ground, network, sessions, ends, false))
}

impl Sessions {
    /// What opens the session of a layer between two devices: in full, and in short where ends hold tickets.
    fn conversation(
        &self,
        ground: &Ground,
        (layer, client, server): (u16, DeviceId, DeviceId),
    ) -> Option<(u16, Option<u16>)> {
        let [client, server] = [client, server].map(|end| ground.fleet_of(end));
        self.conversations.get(&(layer, client, server)).copied()
    }
}

/// A server went up or down: those who turned to another need a session with that one.
fn turn(core: &mut Core, world: &mut World, part: PartId, _: bool) {
    let Some(device) = core.device_of(part).filter(|&device| part == core.unit(device)) else { return };
    let Some(ground) = world.get_resource::<Ground>() else { return };
    let fleet = ground.fleet_of(device);
    let users = world.get_resource::<Sessions>().and_then(|sessions| sessions.users.get(&fleet)).cloned();
    renew(core, world, users.into_iter().flatten());
}

/// Whoever may be served by another has a session with whom it is served by.
pub(crate) fn follow(core: &mut Core, world: &mut World) {
    let users = world
        .get_resource::<Sessions>()
        .map(|sessions| sessions.users.values().flatten().copied().collect::<Vec<_>>());
    renew(core, world, users.unwrap_or_default());
}

/// These emitters have a session with whom they are served by, if the strategy opens any.
pub(super) fn renew(core: &mut Core, world: &mut World, emitters: impl IntoIterator<Item = u32>) {
    if world.get_resource::<Sessions>().is_none() {
        return;
    }
    for emitter in emitters {
        world.resource_scope(|world, sessions: Mut<Sessions>| {
            world.resource_scope(|world, mut network: Mut<Network>| {
                let ground = world.resource::<Ground>();
                let found = ends(core, ground, &network, &sessions.seals, emitter);
                let session = found.and_then(|ends| get(core, ground, &mut network, &sessions, ends));
                core.set_session(emitter, session);
            });
        });
    }
}

/// The check of a flight: it is refused while the certificate of an end has expired.
pub fn certificate(core: &mut Core, world: &mut World, _: MessageId, message: &Message, _: u32) -> Verdict {
    let Some(certificates) = world.get_resource::<Certificates>() else { return Verdict::Pass };
    let expired = |device: DeviceId| {
        certificates.away.get(&device).is_some_and(|&(from, until)| from <= core.now && core.now < until)
    };
    if expired(message.source) || expired(message.target) {
        return Verdict::Drop(Charge { by: certificates.control, because: CauseId::NONE });
    }
    Verdict::Pass
}
