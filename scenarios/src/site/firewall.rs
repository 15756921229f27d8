//! Firewalls: what a conduit passes, what its list blocks by mistake, and what happens when the box fails.
//!
//! # Differs from the real thing
//! A list names fleets, not devices and ports: an attempt from a fleet that legitimately calls another passes as
//! that call would. Answers pass with the call that asked for them. What a list blocks takes no time of the firewall.
//! A message is one packet besides its bytes. A firewall stands alone: no second one takes over.

use super::classes::{FIREWALL, MISRULE};
use super::ground::{Ground, Inspector};
use super::hands;
use super::network::{Laid, Place, Traffic};
use super::staff::Call;
use super::streams::Blocks;
use super::{Numbers, Site, SiteError};
use crate::language::allow::Firewall as FirewallText;
use crate::language::flow::{CarriedAs, Flow};
use crate::language::people::Duty;
use crate::language::registry::Sourced;
use crate::language::scenario::{Scenario, SimulatedAs};
use ::devices::class::Failure;
use bevy_ecs::prelude::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};
use sim::core::Core;
use sim::fact::{CauseId, Charge};
use sim::law::Law;
use sim::luck::{Draws, mix, name_hash};
use sim::message::{Message, MessageId};
use sim::row::Row;
use sim::station::{Station, StationId};
use sim::status::PartId;
use sim::time::Span;
use sim::travel::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// How many messages may be on their way through a firewall at once, besides the one that it looks at: what it adds to
/// each lies between its ports, where none waits for another. A thousandth of a second at 100,000 messages a second
/// is 100.
pub const UNDER_WAY: u16 = 256;

/// What no list names, by whom it is sent.
const STRANGER: u16 = u16::MAX;
const ADVERSARY: u16 = u16::MAX - 1;

/// A firewall of this throughput [bit/s] that is to be up while `part` is: each message takes as long as its bytes and a
/// packet's work do, one after the other.
///
/// # Errors
/// When nobody says how much work a packet is.
pub fn queue(numbers: &Numbers, throughput: f64, part: PartId) -> Result<Station, SiteError> {
    let byte = 8.0 / throughput;
    let packet = Span::from_seconds(byte * numbers.si("segmentation.packet_work")?);
    Ok(Station::new(part, 1, packet, (byte * 1e12).round() as u64))
}

/// The firewall that stands in a conduit by itself, whatever the strategy.
///
/// # Errors
/// When a number is missing.
pub(super) fn inspector(site: &mut Site, text: &FirewallText) -> Result<Inspector, SiteError> {
    let [throughput, latency] = text.parameters();
    let throughput = text.throughput.map_or(Sourced::Parameter(throughput), Sourced::Stated);
    let part = site.core.status.parts(1);
    let station = queue(&site.numbers, site.numbers.bit_rate(&throughput)?, part)?;
    let station = station.with_buffer(text.buffer.as_ref().map(|buffer| buffer.value.0));
    let adds = Law::Fixed(site.numbers.law(latency)?.quantile(0.5));
    Ok(Inspector { station: site.core.station(station), adds, part })
}

/// One conduit's firewall.
#[derive(Clone, Debug)]
pub struct Firewall {
    /// The conduit that it guards.
    pub conduit: u16,
    /// Where messages wait for it.
    pub station: StationId,
    /// Where they are held up without waiting for each other, if at all.
    pub delay: Option<StationId>,
    /// Whether everything passes while it is down; else nothing does.
    pub fails_open: bool,
    /// How it breaks and is mended.
    pub failure: Failure,
    /// The flows that its list blocks by mistake.
    pub misruled: BTreeSet<u16>,
}

/// What the lists permit, by fleets: who may call whom.
#[derive(Clone, Debug, Default)]
pub struct Permitted(BTreeSet<(u16, u16)>);

impl Permitted {
    /// The calls of the declared flows of a scenario, leg by leg.
    pub fn declared(scenario: &Scenario, ground: &Ground) -> Self {
        Self::of(scenario, ground, Flow::is_declared)
    }

    /// The calls of all flows of a scenario.
    pub fn all(scenario: &Scenario, ground: &Ground) -> Self {
        Self::of(scenario, ground, |_| true)
    }

    fn of(scenario: &Scenario, ground: &Ground, which: impl Fn(&Flow) -> bool) -> Self {
        let flows = scenario.flows.values().filter(|flow| which(flow));
        let calls = flows.flat_map(|flow| ground.tables.calls(scenario, flow));
        Self(calls.map(|call| (call.from, call.to)).collect())
    }

    /// Whether a device of one fleet may call one of another.
    pub fn calls(&self, from: u16, to: u16) -> bool {
        self.0.contains(&(from, to))
    }

    /// What a firewall has against a message of this route: the flow whose rule is wrong, or that it is a stranger.
    fn objection(&self, firewall: &Firewall, ground: &Ground, laid: &Laid) -> Option<u16> {
        let (from, to) = (laid.source, laid.target);
        match laid.traffic {
            Traffic::Flow(flow) if !ground.flows.get(usize::from(flow))?.declared => Some(STRANGER),
            Traffic::Flow(flow) => firewall.misruled.contains(&flow).then_some(flow),
            Traffic::Handshake(_) | Traffic::Contact => {
                (!self.calls(from, to) && !self.calls(to, from)).then_some(STRANGER)
            }
            Traffic::Attempt | Traffic::Login => (!self.calls(from, to)).then_some(ADVERSARY),
            Traffic::Service => (!self.calls(from, to)).then_some(STRANGER),
        }
    }
}

/// The firewall of each conduit, by the conduit's index.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// The firewalls.
    pub firewalls: BTreeMap<u16, Firewall>,
    /// What their lists permit.
    pub permitted: Permitted,
}

impl Guards {
    /// The firewall that a message of this route meets at this place, and the argument of its check if it objects.
    pub fn meet(&self, ground: &Ground, laid: &Laid, place: Place) -> Option<(&Firewall, Option<u32>)> {
        let Place::Conduit(conduit, _) = place else { return None };
        let firewall = self.firewalls.get(&conduit)?;
        let objection = self.permitted.objection(firewall, ground, laid);
        Some((firewall, objection.map(|flow| u32::from(conduit) << 16 | u32::from(flow))))
    }
}

/// A rule that blocks a permitted flow by mistake, or a stream that no rule permits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rule {
    asked: bool,
    corrected: bool,
    /// What stands in the way of the flow's streams.
    part: Option<PartId>,
}

/// The state of every firewall.
#[derive(Resource, Debug)]
pub struct Firewalls {
    control: CauseId,
    boxes: BTreeMap<u16, Firewall>,
    /// Those that have failed open.
    blind: BTreeSet<u16>,
    rules: BTreeMap<(u16, u16), Rule>,
    names: BTreeMap<u16, u64>,
    /// How long the network people take to find and correct a rule, where the scenario does not say how long a piece of
    /// work takes them.
    correction: Span,
    hazard: Draws,
    repair: Draws,
    work: Draws,
}

sim::kept!(Firewalls { blind, rules } built { control, boxes, names, correction, hazard, repair, work });

impl Firewalls {
    const fn charge(&self) -> Charge {
        Charge { by: self.control, because: CauseId::NONE }
    }
}

/// The firewalls stand from now on: each will fail when its time comes, and streams that a list blocks are down.
pub fn stand(site: &mut Site, control: CauseId, correction: Span, boxes: BTreeMap<u16, Firewall>) {
    let luck = site.core.luck;
    let names = boxes
        .keys()
        .map(|&at| (at, name_hash(&site.ground.conduits[usize::from(at)].name)))
        .collect::<BTreeMap<_, _>>();
    let [hazard, repair, work] =
        ["firewall fault", "firewall repair", "rule work"].map(|purpose| luck.purpose(purpose));
    let conduits: Vec<u16> = boxes.keys().copied().collect();
    let (blind, rules) = (BTreeSet::new(), BTreeMap::new());
    site.world.insert_resource(Firewalls {
        control,
        boxes,
        blind,
        rules,
        names,
        correction,
        hazard,
        repair,
        work,
    });
    for conduit in conduits {
        next_fault(&mut site.core, site.world.resource::<Firewalls>(), conduit, 0);
    }
}

/// Streams that a list blocks get a part that stands in their way.
pub fn block_streams(site: &mut Site, guards: &Guards) {
    if site.scenario.streams.simulated_as == SimulatedAs::Packets {
        return;
    }
    let streams = |flow: &&super::ground::Flow| flow.text.carried_as == CarriedAs::Stream;
    let emitters: Vec<u32> = site
        .ground
        .flows
        .iter()
        .filter(streams)
        .flat_map(|flow| flow.emitters.0..flow.emitters.0 + flow.emitters.1)
        .collect();
    for emitter in emitters {
        let Some(laid) = site.network.laid(site.core.emitters[emitter as usize].route).cloned() else {
            continue;
        };
        let flow = site.core.emitters[emitter as usize].flow;
        for place in &laid.places {
            let Some((_, Some(arg))) = guards.meet(&site.ground, &laid, *place) else { continue };
            let (conduit, objection) = ((arg >> 16) as u16, arg as u16);
            let part = block(site, conduit, flow);
            site.world.get_resource_or_init::<Blocks>().add(emitter, part);
            if objection == flow {
                notice(&mut site.core, &mut site.world, conduit, flow);
            }
        }
    }
}

fn block(site: &mut Site, conduit: u16, flow: u16) -> PartId {
    let known = |world: &World| world.resource::<Firewalls>().rules.get(&(conduit, flow))?.part;
    if let Some(part) = known(&site.world) {
        return part;
    }
    let part = site.core.status.parts(1);
    let firewalls = site.world.resource_mut::<Firewalls>().into_inner();
    firewalls.rules.entry((conduit, flow)).or_default().part = Some(part);
    let charge = firewalls.charge();
    site.core.take_down(&mut site.world, part, charge);
    part
}

/// The check of a message that a firewall objects to.
pub fn guard(core: &mut Core, world: &mut World, _: MessageId, message: &Message, arg: u32) -> Verdict {
    let (conduit, flow) = ((arg >> 16) as u16, arg as u16);
    let Some(firewalls) = world.get_resource::<Firewalls>() else { return Verdict::Pass };
    if firewalls.blind.contains(&conduit) {
        return Verdict::Pass;
    }
    let mut charge = firewalls.charge();
    match flow {
        ADVERSARY => charge.because = message.made_by,
        STRANGER => (),
        _ if firewalls.rules.get(&(conduit, flow)).is_some_and(|rule| rule.corrected) => {
            return Verdict::Pass;
        }
        _ => notice(core, world, conduit, flow),
    }
    Verdict::Drop(charge)
}

/// Somebody misses a permitted flow for the first time: the network people look for the rule.
fn notice(core: &mut Core, world: &mut World, conduit: u16, flow: u16) {
    let topic = core.flows.get(usize::from(flow)).map_or(0, |flow| core.names.topic_hash(flow.topic));
    let firewalls = world.resource_mut::<Firewalls>().into_inner();
    let (charge, correction) = (firewalls.charge(), firewalls.correction);
    let key = mix(firewalls.names.get(&conduit).copied().unwrap_or(0) ^ topic);
    let share = firewalls.work.unit(key, 0);
    let rule = firewalls.rules.entry((conduit, flow)).or_default();
    if std::mem::replace(&mut rule.asked, true) {
        return;
    }
    let busy = hands::handling(world, Duty::Network, share).unwrap_or(correction);
    if let Some(done) = hands::give(core, world, (Duty::Network, Call::Urgent(key)), busy, charge) {
        core.push(done, MISRULE, u64::from(conduit) << 16 | u64::from(flow), 0);
    }
}

/// A rule has been corrected.
pub fn correct(core: &mut Core, world: &mut World, row: Row) {
    let (conduit, flow) = ((row.id() >> 16) as u16, row.id() as u16);
    let Some(mut firewalls) = world.get_resource_mut::<Firewalls>() else { return };
    let (charge, blind) = (firewalls.charge(), firewalls.blind.contains(&conduit));
    let Some(rule) = firewalls.rules.get_mut(&(conduit, flow)) else { return };
    rule.corrected = true;
    if let Some(part) = rule.part.take().filter(|_| !blind) {
        core.bring_up(world, part, charge);
    }
}

fn next_fault(core: &mut Core, firewalls: &Firewalls, conduit: u16, episode: u64) {
    let (Some(own), Some(&name)) = (firewalls.boxes.get(&conduit), firewalls.names.get(&conduit)) else {
        return;
    };
    let law = Law::Exponential { mean: 1.0 / own.failure.rate };
    let at = core.now + law.span(firewalls.hazard.unit(name, episode));
    core.push(at, FIREWALL, u64::from(conduit), episode << 1);
}

/// A firewall fails, or is mended.
pub fn fail_or_mend(core: &mut Core, world: &mut World, row: Row) {
    let (conduit, episode, mended) = (row.id() as u16, row.arg >> 1, row.arg & 1 == 1);
    let Some(firewalls) = world.get_resource_mut::<Firewalls>() else { return };
    let firewalls = firewalls.into_inner();
    let Some(own) = firewalls.boxes.get(&conduit).cloned() else { return };
    let (charge, repair) = (firewalls.charge(), firewalls.repair);
    let name = firewalls.names.get(&conduit).copied().unwrap_or(0);
    if mended {
        next_fault(core, firewalls, conduit, episode + 1);
    } else {
        let at = core.now + own.failure.repair.span(repair.unit(name, episode));
        core.push(at, FIREWALL, u64::from(conduit), episode << 1 | 1);
    }
    // Who fails closed takes the conduit with it; who fails open lets by what the list would block.
    let parts: Vec<PartId> = if own.fails_open {
        let of_conduit = firewalls.rules.range((conduit, 0)..=(conduit, u16::MAX));
        let parts = of_conduit.filter_map(|(_, rule)| rule.part).collect();
        if mended {
            firewalls.blind.remove(&conduit)
        } else {
            firewalls.blind.insert(conduit)
        };
        parts
    } else {
        let conduit =
            world.get_resource::<Ground>().and_then(|ground| ground.conduits.get(usize::from(conduit)));
        conduit.map(|conduit| conduit.part).into_iter().collect()
    };
    for part in parts {
        if mended == own.fails_open {
            core.take_down(world, part, charge);
        } else {
            core.bring_up(world, part, charge);
        }
    }
}
