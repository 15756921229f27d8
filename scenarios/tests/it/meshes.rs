//! Contract: in a mesh latency grows with depth by what a hop takes; neighbours notice after their time that a parent is
//! gone and choose another; whoever has none left is lost to what took his parent away; and a worm goes from radio to
//! radio.

use scenarios::language::load::{Source, load};
use scenarios::site::devices::TAKEN;
use scenarios::site::ground::Ground;
use scenarios::site::network::Network;
use scenarios::site::{WINDOW, build};
use sim::fact::{By, CauseId, Charge, Fact};
use sim::kinds::{CHARGE_LOST, LATENCY};
use sim::luck::Luck;
use sim::medium::{Judge, Medium};
use sim::message::DeviceId;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Sensors around one coordinator, of which a fifth hears them: the rest goes through neighbours.
fn field(horizon: &str, every: &str, more: &str) -> String {
    format!(
        r#"
title = "Sensors around one coordinator"
horizon = "{horizon}"
[zone.field]
purdue_level = 1
[medium.air]
radio = "ieee802154"
gateway = "coordinator"
radius = "350 m"
mesh = true
notices = "10 s"
[fleet]
sensors = {{ class = "generic-iot", zone = "field", count = 60, gateway = {{ fleet = "coordinator" }}, credentials = "default" }}
coordinator = {{ class = "server", zone = "field", count = 1 }}
[flow.level]
kind = "reading"
from = "sensors"
to = "coordinator"
every = {every}
size = "40 B"
deadline = "5 s"
{more}
[strategy.none]
"#
    )
}

fn start(text: &str) -> Simulation {
    let loaded = load(&Source::text("meshes.toml", text));
    assert!(loaded.may_run(), "{:?}", loaded.findings);
    build(&Arc::new(loaded.scenario), "none", Luck { seed: 5, replication: 0 }, WINDOW).unwrap()
}

fn facts(simulation: &mut Simulation, wanted: impl Fn(&Fact) -> bool) -> Vec<Fact> {
    let mut all = Vec::new();
    simulation.run(|new, _| all.extend(new.iter().copied().filter(|fact| wanted(fact))));
    all
}

fn sensors(run: &Simulation) -> Vec<DeviceId> {
    run.world.resource::<Ground>().fleet_named("sensors").unwrap().devices().collect()
}

fn medium(run: &Simulation) -> &Medium {
    &run.core().media.media[0]
}

fn hears(medium: &Medium, from: DeviceId, to: DeviceId) -> bool {
    let Judge::Errors { sensitivity, .. } = &medium.judge else { unreachable!("802.15.4 judges by errors") };
    medium.power(&medium.antenna(from).unwrap(), &medium.antenna(to).unwrap()) >= *sensitivity
}

/// Hops from each sensor to the gateway, by who hears whom alone; none where there is no way.
fn depths(run: &Simulation) -> BTreeMap<DeviceId, u32> {
    let gateway = run.world.resource::<Ground>().fleet_named("coordinator").unwrap().first;
    let (mut depth, mut level) = (BTreeMap::new(), vec![gateway]);
    for hops in 1.. {
        let next: Vec<DeviceId> = sensors(run)
            .into_iter()
            .filter(|one| {
                !depth.contains_key(one) && level.iter().any(|&above| hears(medium(run), *one, above))
            })
            .collect();
        if next.is_empty() {
            return depth;
        }
        depth.extend(next.iter().map(|&one| (one, hops)));
        level = next;
    }
    depth
}

/// On an idle channel a hop takes a mean wait of 3.5 steps of 320 µs and a frame of 6 + 25 + 40 bytes at 32 µs each
/// (IEEE 802.15.4 at 250 kbit/s with two long addresses), and the forwarder's own work.
#[test]
fn latency_grows_with_depth_by_what_a_hop_takes() {
    let mut run = start(&field("1 day", "{ law = \"exponential\", mean = \"10 min\" }", ""));
    let depths = depths(&run);
    let all = facts(&mut run, |fact| fact.kind == LATENCY);
    let core = run.core();
    let work = run.world.resource::<Ground>().fleet_named("sensors").unwrap().class.service.clone();
    let hop = 3.5 * 320e-6 + (6 + 25 + 40) as f64 * 32e-6 + work.per_message + 40.0 * work.per_byte;
    let mut by_depth: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for fact in &all {
        let device = DeviceId(fact.who.0);
        assert_eq!(core.who(device), fact.who);
        let sum = by_depth.entry(depths[&device]).or_default();
        *sum = (sum.0 + fact.amount as f64 / 1e9, sum.1 + 1.0);
    }
    assert!(by_depth.len() >= 3, "{by_depth:?}");
    let means: Vec<(u32, f64)> = by_depth.iter().map(|(depth, (sum, count))| (*depth, sum / count)).collect();
    for pair in means.windows(2) {
        let step = (pair[1].1 - pair[0].1) / f64::from(pair[1].0 - pair[0].0);
        println!(
            "from {} to {} hops: {:.3} ms more, {:.3} ms expected",
            pair[0].0,
            pair[1].0,
            step * 1e3,
            hop * 1e3
        );
        assert!((step / hop - 1.0).abs() < 0.05, "{step} for {hop}");
    }
    // Every hop is a frame of its own on the air.
    let hops: f64 = all.iter().map(|fact| f64::from(depths[&DeviceId(fact.who.0)])).sum();
    let fates = medium(&run).fates;
    assert!((fates.received as f64 / hops - 1.0).abs() < 0.02, "{} frames for {hops} hops", fates.received);
    assert!((fates.on_air as f64 / fates.sent as f64 / 2.272e6 - 1.0).abs() < 1e-6);
}

/// Who passes on sends more than who does not, and pays for it.
#[test]
fn forwarders_spend_their_own_energy() {
    let mut run = start(&field("12 h", "\"1 min\"", ""));
    run.run(|_, _| ());
    let network = run.world.resource::<Network>();
    let mut carries: BTreeMap<DeviceId, u32> = BTreeMap::new();
    for one in sensors(&run) {
        let way = std::iter::successors(Some(one), |&at| network.parent(at));
        way.for_each(|at| *carries.entry(at).or_default() += 1);
    }
    let spent = |device: DeviceId| run.core().energy[device.0 as usize];
    let busiest = sensors(&run).into_iter().max_by_key(|one| carries[one]).unwrap();
    let leaves: Vec<DeviceId> = sensors(&run).into_iter().filter(|one| carries[one] == 1).collect();
    assert!(carries[&busiest] > 3 && !leaves.is_empty());
    assert!(leaves.iter().all(|&leaf| spent(busiest) > 2 * spent(leaf)));
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span(seconds * Span::SECOND.0)
}

/// Take these away at 600 s: broken, or cut off.
fn take_away(run: &mut Simulation, devices: &[DeviceId], name: &str, cut_off: bool) -> CauseId {
    let core = run.core_mut();
    let by = core.names.cause(By::Fault, name);
    for &device in devices {
        let part = if cut_off { core.link(device) } else { core.unit(device) };
        core.change_at(at(600), part, Charge { by, because: CauseId::NONE }, false);
    }
    by
}

#[test]
fn a_dead_parent_is_noticed_in_time_and_what_was_lost_until_then_is_its_causes() {
    for cut_off in [false, true] {
        let text = field("30 min", "\"2 s\"", "");
        let mut run = start(&text);
        let children = |run: &Simulation, of: DeviceId| {
            let network = run.world.resource::<Network>();
            sensors(run).into_iter().filter(|&one| network.parent(one) == Some(of)).collect::<Vec<_>>()
        };
        let busiest = sensors(&run).into_iter().max_by_key(|&one| children(&run, one).len()).unwrap();
        let orphans = children(&run, busiest);
        assert!(orphans.len() > 2);
        let by = take_away(&mut run, &[busiest], "an empty battery", cut_off);
        while run.step(at(609)) {}
        assert_eq!(children(&run, busiest), orphans, "nobody has noticed yet");
        let mut run = start(&text);
        take_away(&mut run, &[busiest], "an empty battery", cut_off);
        let lost = facts(&mut run, |fact| CHARGE_LOST.contains(&fact.kind) && fact.charge.by == by);
        // Its own readings are never sent; those of its children are lost for the ten seconds.
        let of_children = lost.iter().filter(|fact| fact.who != run.core().who(busiest));
        let times: Vec<SimTime> = of_children.map(|fact| fact.at).collect();
        assert!(times.iter().filter(|&&time| time < at(611)).count() >= 3 * orphans.len(), "{times:?}");
        let rehomed = orphans.iter().filter(|one| !children(&run, busiest).contains(one)).count();
        assert!(rehomed * 10 >= orphans.len() * 7, "{rehomed} of {}", orphans.len());
        if rehomed == orphans.len() {
            assert!(times.iter().all(|&time| time < at(611)), "{times:?}");
        }
    }
}

#[test]
fn who_is_cut_off_by_the_loss_of_others_is_lost_to_what_took_them() {
    let mut run = start(&field("30 min", "\"5 s\"", ""));
    let depths = depths(&run);
    let first: Vec<DeviceId> = depths.iter().filter(|(_, depth)| **depth == 1).map(|(one, _)| *one).collect();
    let by = take_away(&mut run, &first, "a felled mast", false);
    let lost = facts(&mut run, |fact| CHARGE_LOST.contains(&fact.kind) && fact.at > at(620));
    let deeper: BTreeSet<DeviceId> =
        depths.iter().filter(|(_, depth)| **depth > 1).map(|(one, _)| *one).collect();
    let theirs: Vec<&Fact> = lost.iter().filter(|fact| deeper.contains(&DeviceId(fact.who.0))).collect();
    // Every reading of the deeper ones is lost: one every five seconds from each, for 1,180 s.
    let due = deeper.len() as f64 * 236.0;
    assert!((theirs.len() as f64 / due - 1.0).abs() < 0.02, "{} of {due}", theirs.len());
    // Where two die on the way by chance (a collision, a buffer) it is theirs: hardly ever.
    let charged = theirs.iter().filter(|fact| fact.charge.by == by).count();
    assert!(charged as f64 > 0.97 * due, "{charged} of {due}");
}

#[test]
fn a_worm_goes_from_radio_to_radio() {
    let worm = "[campaign.worm]\nadversary = \"credential-worm\"\nenters = \"device:sensors/1\"\nby = \"infected-device\"\nstarts = { after = \"0 s\" }\nattempts = \"3456 per day\"\naddresses = 61\n";
    let mut run = start(&field("1 day", "\"1 h\"", worm));
    let taken = facts(&mut run, |fact| fact.kind == TAKEN);
    let order: Vec<DeviceId> = taken.iter().map(|fact| DeviceId(fact.who.0)).collect();
    let medium = medium(&run);
    assert!(order.len() > 40, "{}", order.len());
    for (nth, &one) in order.iter().enumerate().skip(1) {
        assert!(order[..nth].iter().any(|&before| hears(medium, before, one)), "{nth} is nobody's neighbour");
    }
    // It comes as far as radios carry, and no further.
    let mut near = BTreeSet::from([order[0]]);
    while let Some(next) = sensors(&run)
        .into_iter()
        .find(|one| !near.contains(one) && near.iter().any(|&from| hears(medium, from, *one)))
    {
        near.insert(next);
    }
    assert_eq!(order.iter().copied().collect::<BTreeSet<_>>(), near);
}
