//! Contract: what a run tells depends on names and on no order: not of the file, nor in which systems and resources were
//! put into the world. And it depends on luck only as luck: drawn by ChaCha8 instead of the mix, it differs by chance
//! alone.

use crate::windows::{Section, joined, sections};
use crate::{LUCK, read};
use bevy_ecs::prelude::{IntoScheduleConfigs, Res, ResMut, Resource};
use scenarios::language::scenario::Scenario;
use scenarios::language::units::Time;
use scenarios::site::{WINDOW, build};
use sim::kinds::LATENCY;
use sim::luck::{Luck, mix};
use sim::simulation::{Engine, Simulation};
use sim::tick::Phase;
use sim::time::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

const SMALL: &str = include_str!("../../../tests/data/small.toml");
const WARD: &str = include_str!("../data/ward.toml");

fn short(text: &str, length: Span) -> Arc<Scenario> {
    Arc::new(Scenario { horizon: Time(length), ..read(text) })
}

/// Put a list into an order drawn by `seed`.
fn shuffle<T>(list: &mut [T], seed: u64) {
    for at in (1..list.len()).rev() {
        list.swap(at, (mix(mix(seed) ^ at as u64) % (at as u64 + 1)) as usize);
    }
}

fn shuffled(text: &str, seed: u64) -> String {
    let (head, mut all) = sections(text);
    shuffle(&mut all, seed);
    for (nth, section) in (0..).zip(&mut all) {
        let section: &mut Section = section;
        shuffle(section.get_mut(1..).unwrap_or_default(), mix(seed) ^ nth);
    }
    joined(head, &all)
}

/// A resource and a system that are nobody's concern.
#[derive(Resource, Default)]
struct Bystander<const N: usize>(u64);

fn look<const N: usize>(core: Res<Engine>, mut own: ResMut<Bystander<N>>) {
    own.0 = own.0.max(core.counters().rows);
}

fn stand_by<const N: usize>(simulation: &mut Simulation) {
    simulation.world.insert_resource(Bystander::<N>::default());
    // Between two phases: within one, whatever reads the engine beside what writes it must say which comes first.
    let system = look::<N>;
    match N % 3 {
        0 => simulation.tick.add_systems(system.after(Phase::Advance).before(Phase::Travel)),
        1 => simulation.tick.add_systems(system.after(Phase::Travel).before(Phase::Evolve)),
        _ => simulation.tick.add_systems(system.after(Phase::Evolve).before(Phase::Account)),
    };
}

const BYSTANDERS: [fn(&mut Simulation); 6] =
    [stand_by::<0>, stand_by::<1>, stand_by::<2>, stand_by::<3>, stand_by::<4>, stand_by::<5>];

#[test]
fn shuffled_files_systems_and_resources_change_no_digest() {
    for (text, strategy, length) in [(SMALL, "walled", Span::HOUR), (WARD, "none", Span(10 * Span::MINUTE.0))]
    {
        let mut usual = build(&short(text, length), strategy, LUCK, WINDOW).expect("a run");
        usual.run(|_, _| ());
        let mut texts = std::collections::BTreeSet::new();
        for seed in 0..128 {
            let text = shuffled(text, seed);
            let mut run = build(&short(&text, length), strategy, LUCK, WINDOW).expect("a run");
            let mut others = BYSTANDERS;
            shuffle(&mut others, seed);
            others.iter().take(1 + seed as usize % 6).for_each(|other| other(&mut run));
            run.run(|_, _| ());
            let [one, two] = [&usual, &run].map(|run| run.core().digest.kinds().collect::<Vec<_>>());
            assert_eq!(one, two, "{strategy}, seed {seed}");
            texts.insert(text);
        }
        assert_eq!(texts.len(), 128, "every shuffle is another file");
    }
}

/// What a run tells, by name: messages by their fate, and mean latency.
fn told(scenario: &Arc<Scenario>, strategy: &str, luck: Luck) -> BTreeMap<String, f64> {
    let mut run = build(scenario, strategy, luck, WINDOW).expect("a run");
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    run.run(|facts, core| {
        for fact in facts {
            let kind = core.kinds.name(fact.kind).unwrap_or("?");
            if kind.starts_with("message.") || kind.starts_with("care.") {
                let own = sums.entry(format!("{kind} {}", core.names.topic_name(fact.topic))).or_default();
                *own = (own.0 + fact.amount as f64, own.1 + f64::from(u8::from(fact.kind == LATENCY)));
            }
        }
    });
    sums.into_iter().map(|(name, (sum, count))| (name, if count > 0.0 { sum / count } else { sum })).collect()
}

/// Mean and squared standard error over replications; what a replication does not tell is 0 there.
fn estimate(runs: &[BTreeMap<String, f64>], name: &str) -> (f64, f64) {
    let n = runs.len() as f64;
    let value = |run: &BTreeMap<String, f64>| run.get(name).copied().unwrap_or(0.0);
    let mean = runs.iter().map(value).sum::<f64>() / n;
    (mean, runs.iter().map(|run| (value(run) - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
}

/// With forty quantities of the small world and the ward and a bound of 4.5 standard errors, luck alone fails this once
/// in three thousand times.
#[test]
fn an_audited_run_differs_by_chance_alone() {
    let audited = |text: &str| format!("{text}\n[draws]\naudit = true\n");
    for (text, strategy, length, replications) in
        [(SMALL, "none", Span::HOUR, 40), (WARD, "none", Span::HOUR, 16)]
    {
        let scenarios = [short(text, length), short(&audited(text), length)];
        let all = scenarios.map(|scenario| {
            let luck = |replication| Luck { seed: 9, replication };
            let first = told(&scenario, strategy, luck(0));
            assert_eq!(first, told(&scenario, strategy, luck(0)), "the same luck, the same run");
            (0..replications)
                .map(|replication| told(&scenario, strategy, luck(replication)))
                .collect::<Vec<_>>()
        });
        assert_ne!(all[0][0], all[1][0], "an audit is another luck");
        let mut compared = 0;
        for name in all[0].iter().flat_map(BTreeMap::keys).collect::<std::collections::BTreeSet<_>>() {
            let [(usual, error), (audit, other)] = [&all[0], &all[1]].map(|runs| estimate(runs, name));
            let error = (error + other).sqrt();
            if error == 0.0 {
                assert_eq!(usual.to_bits(), audit.to_bits(), "{name} is no matter of luck");
                continue;
            }
            compared += 1;
            assert!(
                (usual - audit).abs() < 4.5 * error,
                "{name}: {usual} and {audit}, standard error {error}"
            );
        }
        assert!(compared > 5, "{compared}");
    }
}
