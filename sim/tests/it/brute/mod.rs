//! Contract: on thousands of random small worlds the engine does what a textbook simulation of the same worlds does,
//! to the nanosecond: who comes to which hop when and in what order, who arrives, who is lost where and to whom; with
//! windows of any length, and whether messages travel as parcels or not, and whether or not anybody is told of them.

mod engine;
mod radio;
mod textbook;
mod turns;
mod world;

use engine::Way;
use sim::core::Core;
use sim::rank::Way as Form;
use std::cell::Cell;
use std::collections::BTreeSet;
use world::World;

/// Something that became of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub at: u64,
    pub what: &'static str,
    pub flow: usize,
    pub amount: i64,
    pub by: String,
}

/// Everything that happened in a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub told: Vec<Told>,
    /// When a message of a flow and slot came to a hop, in the order of happening.
    pub hops: Vec<(u64, usize, u64, usize)>,
    /// Whether two messages of one flow were to go on at one and the same instant. Nothing but the order in which
    /// their rows were made tells who goes first, and parcels, which make fewer rows, make them earlier.
    pub ambiguous: bool,
}

impl Trace {
    fn tell(&mut self, what: &'static str, at: u64, flow: usize, amount: i64) {
        self.told.push(Told { at, what, flow, amount, by: String::new() });
    }

    fn sum(&self, what: &str) -> i64 {
        self.told.iter().filter(|told| told.what == what).map(|told| told.amount).sum()
    }
}

fn sorted<T: Clone + Ord>(all: &[T]) -> Vec<T> {
    let mut all = all.to_vec();
    all.sort_unstable();
    all
}

fn same<T: std::fmt::Debug + PartialEq>(got: &[T], expected: &[T], what: &dyn std::fmt::Debug) {
    if let Some(at) = (0..got.len().max(expected.len())).find(|&at| got.get(at) != expected.get(at)) {
        let from = at.saturating_sub(3);
        let part =
            |all: &[T]| all.iter().skip(from).take(7).map(|one| format!("  {one:?}\n")).collect::<String>();
        panic!("{what:?}: the engine\n{}the textbook\n{}", part(got), part(expected));
    }
}

/// How often slots were worked station by station, in worlds of which every message is told, and in the same of which not:
/// there ranks are worked ahead of each other, several slots at a time.
#[derive(Default)]
struct Turns {
    told: u64,
    untold: u64,
}

/// Compare a world in the engine, in windows of about 2^`shift` ns, with the textbook.
fn compare(world: &World, shift: u32, turns: &mut Turns) -> Trace {
    let seed = world.seed;
    let mut keys = Vec::new();
    let way = Way { shift, form: Form::Messages, watched: true, told: true };
    let watched = engine::run(world, way, &mut |core| {
        keys = (0..world.flows.len()).map(|flow| engine::key(core, world, flow)).collect();
    });
    let expected = textbook::run(world, &|flow| keys[flow]);
    let told = sorted(&expected.told);
    same(&sorted(&watched.told), &told, &(seed, way));
    same(&watched.hops, &expected.hops, &(seed, way));
    let mut digests = BTreeSet::new();
    for (longer, form) in [
        (-2, Form::Batched),
        (0, Form::Batched),
        (2, Form::Batched),
        (5, Form::Batched),
        (0, Form::InOrder),
        (-2, Form::Messages),
        (2, Form::Messages),
    ] {
        if form != Form::Messages && expected.ambiguous {
            continue;
        }
        let way = Way { shift: shift.strict_add_signed(longer), form, watched: false, told: true };
        let batched = Cell::new(0);
        let mut look = |core: &Core| {
            batched.set(core.counters().batched);
            let name = |kind| core.kinds.name(kind).unwrap_or_default().to_owned();
            let kinds = core.digest.kinds().map(|(kind, count, sum)| (name(kind), count, sum));
            digests.insert(kinds.collect::<Vec<_>>());
        };
        same(&sorted(&engine::run(world, way, &mut look).told), &told, &(seed, way));
        if form != Form::Messages {
            turns.told += batched.get();
            engine::run(world, Way { told: false, ..way }, &mut look);
            turns.untold += batched.get();
        }
        assert_eq!(digests.len(), 1, "{:?} {digests:?}", (seed, way));
    }
    expected
}

#[test]
fn ten_thousand_random_worlds_go_as_the_textbook_says() {
    let mut all = Trace::default();
    let (mut ambiguous, mut turns) = (0, Turns::default());
    for seed in 0..10_000 {
        // Every fourth is slow enough for slots to be worked station by station.
        let world = World::random(seed);
        let (world, shift) = if seed % 4 == 0 { (world.slower(512), 21) } else { (world, 12) };
        let mut trace = compare(&world, shift, &mut turns);
        let sent = trace.sum("due") - trace.sum("unsent");
        let arrived = trace.sum("in-time") + trace.sum("late");
        assert_eq!(sent, arrived + trace.sum("lost") + trace.sum("in-flight"), "world {seed}");
        all.told.append(&mut trace.told);
        ambiguous += u32::from(trace.ambiguous);
    }
    assert!(ambiguous < 2_000, "{ambiguous}");
    assert!(turns.untold > 10_000 && turns.untold + 2_000 < turns.told, "{} {}", turns.untold, turns.told);
    // The worlds have what they are made for.
    for what in ["due", "in-time", "late", "lost", "unsent", "in-flight"] {
        assert!(all.sum(what) > 2_000, "{what}: {}", all.sum(what));
    }
    for by in ["full", "radio"] {
        assert!(all.told.iter().filter(|told| told.by == by).count() > 1_000, "{by}");
    }
}

#[test]
fn whoever_comes_back_soon_holds_those_back_who_are_worked_ahead() {
    let (mut worlds, mut turns) = (0, Turns::default());
    for world in (0..2_400).map(World::random).filter(|world| world.plain) {
        compare(&world.paced().slower(8192), 25, &mut turns);
        worlds += 1;
    }
    assert!(worlds > 700, "{worlds}");
    assert!(turns.untold > 10_000 && turns.untold + 10_000 < turns.told, "{} {}", turns.untold, turns.told);
}

#[test]
fn three_thousand_random_media_go_as_the_textbook_says() {
    let mut by = std::collections::BTreeMap::new();
    for seed in 0..3_000 {
        let field = radio::Field::random(seed);
        let (told, keys) = radio::engine(&field, 14);
        let expected = sorted(&radio::textbook(&field, &keys));
        same(&sorted(&told), &expected, &seed);
        for shift in [12, 16] {
            same(&sorted(&radio::engine(&field, shift).0), &expected, &(seed, shift));
        }
        for told in &expected {
            *by.entry(format!("{} {}", told.what, told.by)).or_insert(0) += 1;
        }
    }
    let seen: Vec<&str> = by.iter().filter(|one| *one.1 > 1_000).map(|one| one.0.as_str()).collect();
    let expected = ["in-flight ", "in-time ", "lost buffer", "lost busy", "lost collision", "lost deaf"];
    assert!(
        expected.iter().chain(&["lost no path", "lost outage", "lost weak"]).all(|one| seen.contains(one)),
        "{by:?}"
    );
}

#[test]
fn three_thousand_media_with_other_turns_go_as_the_textbook_says() {
    let mut by = std::collections::BTreeMap::new();
    for seed in 0..3_000 {
        let field = radio::Field::turned(seed);
        let (told, keys) = radio::engine(&field, 14);
        let expected = sorted(&radio::textbook(&field, &keys));
        same(&sorted(&told), &expected, &(seed, field.turns()));
        for shift in [12, 16] {
            same(&sorted(&radio::engine(&field, shift).0), &expected, &(seed, shift));
        }
        for told in &expected {
            *by.entry(format!("{} {} {}", field.turns(), told.what, told.by)).or_insert(0) += 1;
        }
    }
    for what in [
        "contention in-time ",
        "contention lost collision",
        "contention lost noise",
        "polls in-time ",
        "polls lost buffer",
        "polls lost busy",
        "meets in-time ",
        "meets lost buffer",
        "meets lost busy",
        "grants in-time ",
        "grants lost busy",
        "wire in-time ",
        "wire lost buffer",
    ] {
        assert!(by.get(what).is_some_and(|&count| count > 100), "{what}: {by:?}");
    }
}
