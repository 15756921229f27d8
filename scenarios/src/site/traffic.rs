//! Flows are laid: who sends to whom, over which servers, on which route.

use super::ground::Flow;
use super::local::Laying;
use super::network::Traffic;
use super::standby::{End, Plan, Standby};
use super::{Numbers, Site, SiteError, exchange};
use crate::language::fleet::Work;
use crate::language::flow::{CarriedAs, Carries, During, Flow as FlowText, FlowKind, Per};
use crate::language::scenario::{Named, SimulatedAs};
use crate::language::selector::Selector;
use bevy_ecs::world::World;
use sim::core::Core;
use sim::law::Law;
use sim::luck::mix;
use sim::message::{ActionId, Answer, DeviceId, Emitter, Flow as CoreFlow, Pace, Retry};
use sim::time::Span;

/// TCP's first retransmission timeout (RFC 6298, section 2.1).
const RETRANSMISSION: Span = Span::SECOND;
/// How often a stream is sampled by a message of its own.
pub(super) const SAMPLE: Span = Span::MINUTE;
/// A smoothed reading moves by 1/2^3 of the way to a new draw.
const SMOOTHING: u8 = 3;
/// The emitter that only draws which end sends next has this route's number: none.
const NO_ROUTE: sim::route::RouteId = sim::route::RouteId(u32::MAX);

/// How what is answered is sent again.
///
/// # Errors
/// When nobody says how often.
pub(crate) fn retry(numbers: &Numbers) -> Result<Retry, SiteError> {
    let times = numbers.count("message.retries")?.min(u32::from(u8::MAX)) as u8;
    Ok(Retry { after: RETRANSMISSION, times })
}

/// Nobody in particular is to be passed over.
const NOT_ANY: DeviceId = DeviceId(u32::MAX);

/// Lay every flow of the scenario.
pub(super) fn lay_flows(site: &mut Site) -> Result<(), SiteError> {
    let scenario = std::sync::Arc::clone(&site.scenario);
    let mut standby = Standby::default();
    let local = Laying::new(site);
    let retry = retry(&site.numbers)?;
    for (name, text) in &scenario.flows {
        let topic = site.core.names.topic(name);
        let first = site.core.emitters.len() as u32;
        let index = site.ground.flows.len() as u16;
        site.core.flows.push(describe(site, topic, text, retry));
        let command = text.kind == FlowKind::Command;
        let (declared, criticality) = (text.is_declared(), text.criticality);
        site.ground.flows.push(Flow {
            name: name.clone(),
            topic,
            command,
            declared,
            criticality,
            emitters: (first, 0),
            text: text.value.clone(),
        });
        let ways = Ways::of(site, &scenario.flows, index, (name, text))?;
        site.core.emitters.reserve(ways.count());
        for nth in 0..ways.count() {
            let (owner, mut plan) = ways.plan(site, nth);
            let emitter = site.core.emitters.len() as u32;
            local.lay(site, text, (emitter, owner, nth), &mut plan)?;
            add(site, &mut standby, text, owner, plan);
        }
        if text.per() == Per::Flow {
            add_master(site, index, first);
        }
        site.ground.flows[usize::from(index)].emitters.1 = site.core.emitters.len() as u32 - first;
    }
    keep_zones_apart(site);
    site.world.insert_resource(standby);
    site.core.watch(super::standby::watch);
    answer(site, &scenario.flows);
    Ok(())
}

/// Latencies of a flow whose devices stand in several zones are kept by zone, too.
fn keep_zones_apart(site: &mut Site) {
    let zone = |device: DeviceId| site.ground.fleet(device).zone;
    site.core.books.stand(site.ground.fleets.iter().map(|fleet| (fleet.first, fleet.zone)).collect());
    for flow in &site.ground.flows {
        let (first, count) = flow.emitters;
        let owners = &site.core.emitters[first as usize..(first + count) as usize];
        let mut zones = owners.iter().map(|own| zone(own.owner()));
        let one = zones.next();
        if zones.any(|zone| Some(zone) != one) {
            site.core.books.by_zone(flow.topic);
        }
    }
}

/// Tell each flow that is answered by which: the emitters of both stand in the same order.
fn answer(site: &mut Site, flows: &Named<FlowText>) {
    let first = |name: &str| {
        let at = site.ground.flows.iter().position(|flow| flow.name == name)?;
        Some((at, site.ground.flows[at].emitters.0))
    };
    for (name, answers) in flows.iter().filter_map(|(name, flow)| Some((name, flow.answers.as_ref()?))) {
        if let (Some((asked, from)), Some((_, to))) = (first(&answers.flow), first(name)) {
            let one_in = u64::from(answers.one_in.value);
            site.core.flows[asked].answer = Some(Answer::new(to.wrapping_sub(from), one_in));
        }
    }
}

fn most(text: &FlowText) -> f64 {
    text.peaks.iter().map(|peak| peak.times.value.max(1.0)).product()
}

fn describe(site: &Site, topic: sim::fact::Topic, text: &FlowText, retry: Retry) -> CoreFlow {
    let every = match text.every.as_ref().map(|every| every.value.0) {
        Some(Law::Exponential { mean }) => Law::Exponential { mean: mean / most(text) },
        Some(law) => law,
        // An answer has no clock: none of its emitters is clocked.
        None => Law::Fixed(0.0),
    };
    let streamed =
        text.carried_as == CarriedAs::Stream && site.scenario.streams.simulated_as == SimulatedAs::Rates;
    CoreFlow {
        topic,
        command: text.kind == FlowKind::Command,
        every: if streamed { Pace::fixed(SAMPLE) } else { every.into() },
        bytes: u32::try_from(text.size.value.0).unwrap_or(u32::MAX),
        deadline: text.deadline.as_ref().map_or(Span(u64::MAX), |deadline| deadline.value.0),
        action: ActionId::default(),
        retry: text.acknowledged().then_some(retry),
        shadowed: false,
        answer: None,
        smoothing: text.carries.map(|Carries::SmoothedNoise| SMOOTHING),
        wanted: if text.per() == Per::Flow {
            Some(draw_end)
        } else if exchange::takes(text) {
            Some(exchanged)
        } else if text.peaks.is_empty() && !streamed {
            None
        } else {
            Some(in_peak)
        },
    }
}

/// The ends of a flow: its devices or services.
fn ends(
    site: &Site,
    flow: &str,
    selectors: &[crate::language::at::At<Selector>],
) -> Result<Vec<DeviceId>, SiteError> {
    let selectors: Vec<Selector> = selectors.iter().map(|one| one.value.clone()).collect();
    let devices: Vec<DeviceId> =
        site.ground.selected(&selectors).flat_map(super::ground::Fleet::devices).collect();
    if devices.is_empty() {
        return Err(SiteError::Missing { what: "flow", name: flow.to_owned() });
    }
    Ok(devices)
}

/// Which of `many` serves the `nth` end: a fleet with failover as a pool, else each in turn.
pub(super) fn serve(site: &Site, many: &[DeviceId], nth: usize, not: DeviceId) -> End {
    let fleet = site.ground.fleet_of(many[0]);
    let one = site.ground.fleet(many[0]);
    if one.work == Work::Failover && many.len() == one.count as usize && one.count > 1 {
        return End::Pool(fleet);
    }
    let device = many[nth % many.len()];
    End::Device(if device == not { many[(nth + 1) % many.len()] } else { device })
}

/// Who owns each emitter of a flow, and where it goes; one at a time, since there may be millions.
struct Ways<'a> {
    /// The flow whose ends and relays these are: of an answer, the one that it answers.
    text: &'a FlowText,
    flow: u16,
    owners: Vec<DeviceId>,
    others: Vec<DeviceId>,
    relays: Vec<Vec<DeviceId>>,
    /// Whether owners receive.
    by_receiver: bool,
    /// Whether each owner hears from every other end, unless those are one pool.
    from_each: bool,
    /// Whether messages go the other way: they are answers.
    back: bool,
}

impl<'a> Ways<'a> {
    fn of(
        site: &Site,
        flows: &'a Named<FlowText>,
        flow: u16,
        (name, own): (&'a str, &'a FlowText),
    ) -> Result<Self, SiteError> {
        let missing = |what, name: &str| SiteError::Missing { what, name: name.to_owned() };
        let asked = own.answers.as_ref().map(|answers| {
            let asked = flows.get(answers.flow.as_str()).ok_or_else(|| missing("flow", name))?;
            Ok::<_, SiteError>((answers.flow.as_str(), &asked.value))
        });
        let back = asked.is_some();
        let (name, text) = asked.unwrap_or(Ok((name, own)))?;
        let (from, to) = (ends(site, name, &text.from)?, ends(site, name, &text.to)?);
        let mut relays = Vec::new();
        for relay in &text.via {
            let fleet = site.ground.fleet_named(relay).ok_or_else(|| missing("flow", name))?;
            relays.push(fleet.devices().collect::<Vec<_>>());
        }
        let forwards = text.forwards.is_some();
        let by_receiver = forwards
            || match text.per() {
                Per::Sender => false,
                Per::Receiver => true,
                Per::Flow => to.len() >= from.len(),
            };
        let (owners, others) = if by_receiver { (to, from) } else { (from, to) };
        let from_each = forwards && matches!(serve(site, &others, 0, NOT_ANY), End::Device(_));
        Ok(Self { text, flow, owners, others, relays, by_receiver, from_each, back })
    }

    fn count(&self) -> usize {
        self.owners.len() * if self.from_each { self.others.len() } else { 1 }
    }

    /// The owner of the `nth` emitter, and its plan.
    fn plan(&self, site: &Site, nth: usize) -> (DeviceId, Plan) {
        if self.text.forwards.is_some() {
            let (owner, from) = if self.from_each {
                let [owner, from] = [nth / self.others.len(), nth % self.others.len()];
                (self.owners[owner], End::Device(self.others[from]))
            } else {
                (self.owners[nth], serve(site, &self.others, 0, NOT_ANY))
            };
            return (
                owner,
                self.turned(Plan { flow: self.flow, from, to: End::Device(owner), via: Vec::new() }),
            );
        }
        let owner = self.owners[nth];
        let other = serve(site, &self.others, nth, owner);
        let via = self.relays.iter().map(|relay| serve(site, relay, nth, NOT_ANY)).collect();
        let [from, to] =
            if self.by_receiver { [other, End::Device(owner)] } else { [End::Device(owner), other] };
        let plan = Plan { flow: self.flow, from, to, via };
        (owner, self.turned(by_jump_hosts(site, plan, self.text, nth)))
    }

    /// The other way round if these are answers.
    fn turned(&self, mut plan: Plan) -> Plan {
        if self.back {
            std::mem::swap(&mut plan.from, &mut plan.to);
            plan.via.reverse();
        }
        plan
    }
}

/// Remote access takes the jump hosts of the conduits that it crosses for further stops on its way.
fn by_jump_hosts(site: &Site, plan: Plan, text: &FlowText, nth: usize) -> Plan {
    let fleet = |end: &End| match *end {
        End::Device(device) => site.ground.fleet_of(device),
        End::Pool(fleet) => fleet,
    };
    let jumps = |from: &End, to: &End| site.ground.tables.jumps(fleet(from), fleet(to), text.talks_by());
    let mut via = Vec::new();
    let mut before = &plan.from;
    for stop in plan.via.iter().chain([&plan.to]) {
        for jump in jumps(before, stop) {
            let hosts: Vec<DeviceId> = site.ground.fleets[usize::from(jump)].devices().collect();
            via.push(serve(site, &hosts, nth, NOT_ANY));
        }
        via.push(*stop);
        before = stop;
    }
    via.pop();
    Plan { via, ..plan }
}

fn add(site: &mut Site, standby: &mut Standby, text: &FlowText, owner: DeviceId, plan: Plan) {
    let flow = plan.flow;
    let ([source, target], via) = plan.resolve(&site.core, &site.ground);
    let route = site.network.route(&mut site.core, &site.ground, Traffic::Flow(flow), [source, target], &via);
    let emitter = site.core.emitters.len() as u32;
    standby.add(emitter, plan, !site.network.parents.is_empty());
    let mut own = Emitter::new(flow, route, [source, target]).owned_by(owner);
    own.enable(text.during != During::Use);
    own.clock(text.answers.is_none() && text.forwards.is_none() && text.polled.is_none());
    site.core.emitters.push(own);
}

/// One clock for the whole flow: an emitter of no message, whose slots draw which end sends.
fn add_master(site: &mut Site, flow: u16, first: u32) {
    let count = site.core.emitters.len() as u32 - first;
    for emitter in &mut site.core.emitters[first as usize..] {
        emitter.clock(false);
    }
    let Some(one) = site.core.emitters.get(first as usize).cloned() else { return };
    let topic = site.ground.flows[usize::from(flow)].topic;
    let key = mix(site.core.names.topic_hash(topic) ^ u64::from(count > 0));
    let own = Emitter::new(flow, NO_ROUTE, [one.source, one.target]).owned_by(one.owner());
    site.core.emitters.push_with_key(own, key);
}

/// A slot of a flow whose messages are waited for: if it is taken, an exchange begins.
fn exchanged(core: &mut Core, world: &mut World, emitter: u32) -> bool {
    let peaks = core.emitters.get(emitter as usize).map(|own| usize::from(own.flow)).is_some_and(|flow| {
        let ground = world.get_resource::<super::Ground>();
        ground.is_some_and(|ground| !ground.flows[flow].text.peaks.is_empty())
    });
    if !peaks || in_peak(core, world, emitter) {
        exchange::slot(core, world, emitter);
    }
    false
}

/// Whether this slot of a flow with peaks is taken: the flow's clock runs at its highest rate, and slots are
/// thinned to the rate of the hour. A stream's are all taken.
fn in_peak(core: &mut Core, world: &mut World, at: u32) -> bool {
    if core.stream_of.of(at).is_some() {
        super::streams::sample(core, world, at);
        return true;
    }
    let (Some(ground), Some(emitter)) =
        (world.get_resource::<super::Ground>(), core.emitters.get(at as usize))
    else {
        return false;
    };
    let Some(clocks) = world.get_resource::<super::standby::Clocks>() else { return false };
    let flow = &ground.flows[usize::from(emitter.flow)].text;
    let (day, clock) = (clocks.starts_at.day_at(core.now), clocks.starts_at.clock_at(core.now));
    clocks.peaks.chance(flow.times(day, clock) / most(flow), core.emitter_key(at), u64::from(emitter.slot))
}

/// A slot of a flow with one clock: the end that sends is drawn.
fn draw_end(core: &mut Core, world: &mut World, master: u32) -> bool {
    if !in_peak(core, world, master) {
        return false;
    }
    let (Some(ground), Some(own), Some(clocks)) = (
        world.get_resource::<super::Ground>(),
        core.emitters.get(master as usize),
        world.get_resource::<super::standby::Clocks>(),
    ) else {
        return false;
    };
    let (first, count) = ground.flows[usize::from(own.flow)].emitters;
    let slot = u64::from(own.slot);
    let nth = clocks.ends.below(u64::from(count.saturating_sub(1)), core.emitter_key(master), slot) as u32;
    super::streams::sample(core, world, first + nth);
    core.send_now(world, first + nth, slot);
    false
}
