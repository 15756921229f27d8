use crate::attempt::{ATTEMPT, BLOCKED};
use crate::controls::{self, ControlDef};
use crate::language::load::Source;
use crate::language::load::load;
use crate::language::scenario::Scenario;
use crate::language::strategy::ControlUses;
use crate::site::devices::{Devices, TAKEN};
use crate::site::ground::Ground;
use crate::site::network::Place;
use crate::site::{self, Site, SiteError};
use crate::techniques::{self, Need};
use ::devices::class::{Kind, Role};
use proptest::prelude::*;
use sim::core::Core;
use sim::fact::{By, CauseId, Charge, Fact};
use sim::luck::Luck;
use sim::message::DeviceId;
use sim::route::Toll;
use sim::simulation::Simulation;
use sim::time::{SimTime, Span};
use sim::travel::Verdict;
use std::collections::BTreeSet;
use std::sync::Arc;

fn scenario(text: &str) -> Arc<Scenario> {
    let head = "title = \"t\"\nstarts_at = \"Mon 00:00\"\nhorizon = \"1 day\"\n";
    let loaded = load(&Source::text("t.toml", &format!("{head}{text}\n[strategy.none]\n")));
    assert!(loaded.may_run(), "{:#?}", loaded.findings);
    Arc::new(loaded.scenario)
}

fn build(scenario: &Arc<Scenario>, replication: u64, controls: &[ControlUses]) -> Simulation {
    site::build_with(scenario, controls, Luck { seed: 5, replication }, site::WINDOW).unwrap()
}

/// What campaigns did, with what each fact is about by name.
fn acts(simulation: &mut Simulation) -> Vec<Fact> {
    let mut facts = Vec::new();
    simulation.run(|new, _| {
        facts.extend(new.iter().filter(|fact| [ATTEMPT, BLOCKED, TAKEN].contains(&fact.kind)));
    });
    facts
}

/// A flat fleet with passwords that everybody knows, and a worm in one of its devices.
const FLAT: &str = r#"
[zone.flat]
purdue_level = 2
[fleet]
things = { class = "generic-iot", zone = "flat", count = 1000, credentials = "default" }
[campaign.worm]
adversary = "credential-worm"
enters = "things"
by = "infected-device"
starts = { after = "0 s" }
attempts = "86.4 per day"
addresses = 1000
"#;

/// Susceptible-infected growth in a flat fleet: from 100 infected on, the mean of twenty runs follows the logistic
/// curve I(t) = N / (1 + (N / I0 - 1) exp(-b t)) with b the attempts of one device, to 5 %.
#[test]
fn a_worm_in_a_flat_fleet_grows_along_the_logistic_curve() {
    let (scenario, runs, start, rate) = (scenario(FLAT), 20, 100.0, 0.001);
    let checks = [1000.0, 2000.0, 3000.0, 4000.0, 5000.0];
    let mut held = [0.0; 5];
    for replication in 0..runs {
        let facts = acts(&mut build(&scenario, replication, &[]));
        let taken: Vec<f64> =
            facts.iter().filter(|fact| fact.kind == TAKEN).map(|fact| fact.at.seconds()).collect();
        let begins = taken[start as usize - 1];
        for (sum, after) in held.iter_mut().zip(checks) {
            *sum += taken.iter().filter(|&&at| at <= begins + after).count() as f64 / runs as f64;
        }
    }
    for (mean, after) in held.into_iter().zip(checks) {
        let expected = 1000.0 / (1.0 + (1000.0 / start - 1.0) * sim::math::exp(-rate * after));
        println!("{after} s: {mean} held, {expected:.1} by the closed form");
        assert!((mean / expected - 1.0).abs() < 0.05, "{after}: {mean} for {expected}");
    }
}

/// Mirai's doubling of 76 minutes, from the effective rate and the internet's density of 600,000 in 3.7e9
/// addresses, at a thousandth of its size: from 64 to 512 infected takes three doublings.
#[test]
fn the_effective_rate_gives_the_doubling_time_it_was_derived_from() {
    let text = FLAT.replace("attempts = \"86.4 per day\"\n", "").replace("= 1000\n", "= 37000000\n");
    let scenario = scenario(&text.replace("count = 1000", "count = 6000"));
    let (runs, mut minutes) = (20, 0.0);
    for replication in 0..runs {
        let facts = acts(&mut build(&scenario, replication, &[]));
        let taken: Vec<f64> =
            facts.iter().filter(|fact| fact.kind == TAKEN).map(|fact| fact.at.seconds()).collect();
        if let (Some(few), Some(many)) = (taken.get(63), taken.get(511)) {
            // The logistic curve needs a little longer than free growth: by ln((1 - 64/N) / (1 - 512/N)).
            let slower = sim::math::ln((1.0 - 64.0 / 6000.0) / (1.0 - 512.0 / 6000.0_f64));
            minutes += (many - few) / 60.0 * sim::math::ln(8.0) / (sim::math::ln(8.0) + slower) / 3.0;
        } else {
            panic!("fewer than 512 in a day: {}", taken.len());
        }
    }
    let doubling = minutes / f64::from(runs as u32);
    println!("doubling in {doubling:.1} min; 76 min published");
    assert!((doubling / 76.0 - 1.0).abs() < 0.05, "{doubling}");
}

#[test]
fn a_reboot_clears_a_worm_that_lives_in_memory_and_no_other() {
    for (survives, held) in [(false, false), (true, true)] {
        let text =
            FLAT.replace("count = 1000", "count = 1").replace("= 1000\n", "= 1000\nsurvives_reboot = X\n");
        let mut simulation = build(&scenario(&text.replace('X', &survives.to_string())), 0, &[]);
        let core = simulation.core_mut();
        let (unit, charge) = (core.unit(DeviceId(0)), Charge::default());
        for (seconds, up) in [(60, false), (90, true)] {
            core.change_at(SimTime(seconds * Span::SECOND.0), unit, charge, up);
        }
        let facts = acts(&mut simulation);
        let taken: i64 = facts.iter().filter(|fact| fact.kind == TAKEN).map(|fact| fact.amount).sum();
        assert_eq!(taken == 1, held);
        assert_eq!(simulation.world.resource::<Devices>().truth(DeviceId(0)) != CauseId::NONE, held);
    }
}

#[test]
fn what_was_cleared_is_taken_again_by_its_neighbours() {
    let mut simulation = build(&scenario(&FLAT.replace("= 1000", "= 50")), 0, &[]);
    let core = simulation.core_mut();
    let charge = Charge::default();
    for device in 0..40 {
        let unit = core.unit(DeviceId(device));
        for (hours, up) in [(22, false), (23, true)] {
            core.change_at(SimTime(hours * Span::HOUR.0), unit, charge, up);
        }
    }
    let facts = acts(&mut simulation);
    let lost = facts.iter().filter(|fact| fact.kind == TAKEN && fact.amount < 0).count();
    assert!(lost >= 35, "{lost}");
    let again = facts.iter().filter(|fact| fact.at.0 > 23 * Span::HOUR.0 && fact.kind == TAKEN).count();
    assert!(again > 0);
}

/// Two zones: one with everything that the crew wants beyond a conduit, and things that a worm finds on both sides.
const TWO: &str = r#"
[zone.office]
purdue_level = 4
[zone.works]
purdue_level = 2
[conduit.between]
between = ["office", "works"]
bandwidth = "1 Gbit/s"
latency = "1 ms"
[fleet]
desks = { class = "generic-workstation", zone = "office", count = 60 }
doors = { class = "generic-iot", zone = "office", count = 40, credentials = "default" }
directory = { class = "identity-server", zone = "works", count = 4 }
machines = { class = "generic-server", zone = "works", count = 30, credentials = "shared" }
valves = { class = "generic-actuator", zone = "works", count = 40, credentials = "default" }
[campaign.crew]
adversary = "ransom-crew"
enters = "desks"
by = "stolen-credentials"
starts = { after = "1 h" }
[campaign.worm]
adversary = "credential-worm"
enters = "doors"
by = "default-credentials"
starts = { after = "1 h" }
attempts = "864 per day"
addresses = 200
"#;

fn wall(_: &ControlUses, site: &mut Site) -> Result<(), SiteError> {
    let cause = site.control("wall");
    let check = site.core.check(|core, _, _, _, _| {
        let by = core.names.cause(By::Control, "wall");
        Verdict::Drop(Charge { by, because: CauseId::NONE })
    });
    site.network.rule(Box::new(move |_, laid, place| {
        let stops = laid.traffic.is_attempt() && matches!(place, Place::Conduit(..));
        stops.then(|| Toll { check: Some((check, 0)), ..Toll::free(cause) })
    }));
    Ok(())
}

static WALL: ControlDef = ControlDef { install: wall, ..controls::ALL[0] };

#[test]
fn a_conduit_that_drops_attempts_is_never_crossed_and_is_named_in_what_it_blocks() {
    let scenario = scenario(TWO);
    let walls = [ControlUses { def: &WALL, uses: Vec::new(), file: 0 }];
    let crossed = |controls: &[ControlUses]| {
        let (mut beyond, mut blocked) = (0, 0);
        for replication in 0..4 {
            let mut simulation = build(&scenario, replication, controls);
            let facts = acts(&mut simulation);
            let core = simulation.core();
            let ground = simulation.world.resource::<Ground>();
            beyond += facts
                .iter()
                .filter(|fact| fact.kind == TAKEN && ground.fleet(DeviceId(fact.who.0)).zone_name == "works")
                .count();
            let by_wall =
                |fact: &&Fact| core.names.cause_of(fact.charge.by).is_some_and(|by| by.name == "wall");
            let named: Vec<&Fact> =
                facts.iter().filter(|fact| fact.kind == BLOCKED).filter(by_wall).collect();
            let attack =
                |fact: &&Fact| core.names.cause_of(fact.charge.because).map(|c| c.by) == Some(By::Attack);
            assert!(named.iter().all(attack));
            blocked += named.len();
        }
        (beyond > 0, blocked > 0)
    };
    assert_eq!(crossed(&[]), (true, false));
    assert_eq!(crossed(&walls), (false, true));
}

/// Who did what to whom, in names.
fn story(simulation: &Simulation, facts: &[Fact], whose: &str) -> Vec<(SimTime, u32, String, String, i64)> {
    let core = simulation.core();
    let theirs = |fact: &&Fact| core.names.cause_of(fact.charge.by).is_some_and(|by| by.name == whose);
    let line = |fact: &Fact| {
        (
            fact.at,
            fact.kind.0,
            core.names.who(fact.who),
            core.names.topic_name(fact.topic).into(),
            fact.amount,
        )
    };
    facts.iter().filter(theirs).map(line).collect()
}

#[test]
fn another_campaign_elsewhere_shifts_nobodys_luck() {
    let apart = TWO.replace("[conduit.between]\nbetween = [\"office\", \"works\"]\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 ms\"\n", "");
    let (crew, worm) = apart.split_once("[campaign.worm]").unwrap();
    let worm = format!("[campaign.worm]{}", worm.replace("\"doors\"", "\"valves\""));
    let alone = format!("{}{worm}", crew.split_once("[campaign.crew]").unwrap().0);
    let [alone, both] = [alone, format!("{crew}{worm}")].map(|text| {
        let mut simulation = build(&scenario(&text), 2, &[]);
        let facts = acts(&mut simulation);
        (story(&simulation, &facts, "worm"), story(&simulation, &facts, "crew").len())
    });
    assert!(alone.0.len() > 20 && alone.1 == 0 && both.1 > 0);
    assert_eq!(alone.0, both.0);
}

#[test]
fn a_crew_that_holds_the_identities_encrypts_computers_and_nothing_else() {
    let (text, mut away) =
        (TWO.replace("by = \"stolen-credentials\"", "by = \"stolen-credentials\"\nrecovery = \"2 h\""), 0);
    let scenario = scenario(&text);
    for replication in 0..10 {
        let mut simulation = build(&scenario, replication, &[]);
        let (mut down, mut back) = (BTreeSet::new(), BTreeSet::new());
        let kind = super::encryption::ENCRYPTED;
        simulation.run(|facts, _| {
            for fact in facts.iter().filter(|fact| fact.kind == kind) {
                assert!(if fact.amount > 0 { &mut down } else { &mut back }.insert(fact.who));
            }
        });
        let ground = simulation.world.resource::<Ground>();
        for who in &down {
            let class = ground.class(DeviceId(who.0));
            assert!(class.kind == Kind::It && class.role == Role::Compute, "{}", class.name);
        }
        assert!(back.is_subset(&down));
        assert!(back.iter().all(|who| simulation.core().status.up(simulation.core().unit(DeviceId(who.0)))));
        away += down.len();
        println!("{} encrypted, {} restored", down.len(), back.len());
    }
    assert!(away > 100, "{away}");
}

/// Whether a success was possible, by what the device is and what was taken before.
fn explained(core: &Core, simulation: &Simulation, before: &[Fact], fact: &Fact) -> bool {
    let devices = simulation.world.resource::<Devices>();
    let ground = simulation.world.resource::<Ground>();
    let own = DeviceId(fact.who.0);
    let won = before.iter().filter(|one| one.amount == 1 && one.charge.by == fact.charge.by);
    let mut won = won.map(|one| one.who.0);
    let known = won.any(|other| {
        let computer = ground.class(own).kind == Kind::It;
        devices.credential(DeviceId(other)) == devices.credential(own)
            || computer && ground.class(DeviceId(other)).name == "identity-server"
    });
    let def = techniques::find(core.names.topic_name(fact.topic)).unwrap();
    def.needs.iter().all(|need| match need {
        Need::WeakSecret => devices.is_guessable(own),
        Need::OpenWeakness => devices.is_exploitable(own),
        Need::KnownSecret => known,
        _ => true,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Over random fleets: nothing is taken without an attempt that worked, and no attempt works without its needs.
    #[test]
    fn no_attempt_succeeds_without_what_it_needs(
        credentials in proptest::collection::vec(proptest::sample::select(vec!["unique", "shared", "default", "vendor", "none"]), 4),
        counts in proptest::collection::vec(1..40_u32, 4),
        joined in any::<bool>(),
        replication in 0..1000_u64,
    ) {
        let fleet = |nth: usize, class, zone| format!(
            "f{nth} = {{ class = \"{class}\", zone = \"{zone}\", count = {}, credentials = \"{}\" }}\n",
            counts[nth], credentials[nth]);
        let fleets = [fleet(0, "generic-workstation", "office"), fleet(1, "generic-iot", "office"),
            fleet(2, "identity-server", "works"), fleet(3, "generic-actuator", "works")].concat();
        let (head, rest) = TWO.split_once("[fleet]").unwrap();
        let head = if joined { head } else { head.split_once("[conduit").unwrap().0 };
        let campaigns = rest.split_once("[campaign.crew]").unwrap().1;
        let text = format!("{head}[fleet]\n{fleets}[campaign.crew]{campaigns}")
            .replace("\"desks\"", "\"f0\"").replace("\"doors\"", "\"f1\"");
        let mut simulation = build(&scenario(&text), replication, &[]);
        let facts = acts(&mut simulation);
        let attempts: Vec<Fact> = facts.iter().copied().filter(|fact| fact.kind == ATTEMPT).collect();
        let zone = |who: sim::fact::Who| simulation.world.resource::<Ground>().fleet(DeviceId(who.0)).zone_name.clone();
        for (nth, fact) in attempts.iter().enumerate().filter(|(_, fact)| fact.amount == 1) {
            prop_assert!(explained(simulation.core(), &simulation, &attempts[..nth], fact));
            prop_assert!(joined || zone(fact.who) == "office");
        }
        for taken in facts.iter().filter(|fact| fact.kind == TAKEN && fact.amount == 1) {
            let same = |one: &Fact| one.who == taken.who && one.at == taken.at && one.charge.by == taken.charge.by;
            prop_assert!(attempts.iter().any(same));
        }
    }
}
