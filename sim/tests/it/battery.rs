//! Contract: the mix that makes draws of names passes a stated battery, whatever the draws are taken along; ChaCha8,
//! its audit, passes it too; and mixes that lack something do not.
//!
//! Every test gives the probability, under perfect luck, of a statistic at least as far out as the one found, by the
//! statistic's own distribution. About a hundred such probabilities are looked at in a battery; a draw is refused below
//! 1e-7, which perfect luck falls below in one battery of a hundred thousand. Sources of the tests: Knuth, The Art of Computer
//! Programming, volume 2, section 3.3.2 (frequency, serial, gap, poker, runs); Marsaglia and Tsang, "Some difficult-to-pass
//! tests of randomness", Journal of Statistical Software 7(3), 2002 (birthday spacings); Webster and Tavares, "On the
//! design of S-boxes", CRYPTO 1985 (avalanche).

use sim::luck::{Draws, Keys, Luck, member, mix, name_hash};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// A draw of an entity on an occasion.
type Draw<'d> = &'d dyn Fn(u64, u64) -> u64;

/// A test over a row of draws: the probabilities of what it found.
type Test = fn(&[u64]) -> Vec<f64>;
/// The entity and the occasion of the nth draw of a row.
type Along = fn(u64) -> (u64, u64);
/// The nth pair of draws.
type Pair<'p> = &'p dyn Fn(u64) -> [f64; 2];

/// Below this a probability is refused.
const REFUSED: f64 = 1e-7;

/// The probability of a chi-square as far out as this, on whichever side.
fn chi_square(counts: &[u64], expected: impl Fn(usize) -> f64) -> f64 {
    let terms = counts.iter().enumerate().map(|(at, &count)| {
        let expected = expected(at);
        (count as f64 - expected).powi(2) / expected
    });
    let below = ChiSquared::new((counts.len() - 1) as f64).unwrap().cdf(terms.sum());
    2.0 * below.min(1.0 - below)
}

/// The probability of a normal deviate as far out as this.
fn normal(deviate: f64) -> f64 {
    2.0 * Normal::new(0.0, 1.0).unwrap().cdf(-deviate.abs())
}

/// Each byte of a draw is any of 256 alike: 255 degrees of freedom, 256 expected in each cell.
fn frequency(words: &[u64]) -> Vec<f64> {
    let byte = |shift: u32| {
        let mut cells = [0; 256];
        words.iter().for_each(|word| cells[(word >> shift & 0xFF) as usize] += 1);
        chi_square(&cells, |_| words.len() as f64 / 256.0)
    };
    (0..8).map(|nth| byte(8 * nth)).collect()
}

/// A draw and the next fall into any of 64 × 64 cells alike, by their upper and by their lower six bits; pairs do not
/// overlap.
fn serial(words: &[u64]) -> Vec<f64> {
    let pairs = |shift: u32| {
        let mut cells = [0; 4096];
        for pair in words.chunks_exact(2) {
            cells[((pair[0] >> shift & 63) << 6 | pair[1] >> shift & 63) as usize] += 1;
        }
        chi_square(&cells, |_| (words.len() / 2) as f64 / 4096.0)
    };
    vec![pairs(58), pairs(0)]
}

/// The next draw falls below a threshold after a geometric number of others: cells 0 to 39, and more.
fn gap(words: &[u64]) -> Vec<f64> {
    const CELLS: usize = 40;
    let gaps = |shift: u32| {
        let (mut cells, mut length) = ([0; CELLS + 1], 0);
        for word in words {
            if word >> shift & 7 == 0 {
                cells[length.min(CELLS)] += 1;
                length = 0;
            } else {
                length += 1;
            }
        }
        let all: u64 = cells.iter().sum();
        let share = |at: usize| {
            if at < CELLS { 0.875_f64.powi(at as i32) / 8.0 } else { 0.875_f64.powi(CELLS as i32) }
        };
        chi_square(&cells, |at| all as f64 * share(at))
    };
    vec![gaps(61), gaps(0)]
}

/// How many of five hexadecimal digits differ: 16 · 15 · … / 16^5 times the ways to make so many kinds (Stirling).
fn poker(words: &[u64]) -> Vec<f64> {
    const WAYS: [f64; 4] = [1.0 + 15.0, 25.0, 10.0, 1.0];
    let hands = |first: u32| {
        let mut cells = [0; 4];
        for word in words {
            let digits = (0..5).fold(0_u32, |seen, nth| seen | 1 << (word >> (first + 4 * nth) & 15));
            // One kind only is rare: it is counted with two.
            cells[digits.count_ones().max(2) as usize - 2] += 1;
        }
        let falling = |kinds: usize| (0..kinds).map(|taken| 16.0 - taken as f64).product::<f64>();
        let share = |at: usize| match at {
            0 => (falling(1) + 15.0 * falling(2)) / 16_f64.powi(5),
            at => WAYS[at] * falling(at + 2) / 16_f64.powi(5),
        };
        chi_square(&cells, |at| words.len() as f64 * share(at))
    };
    vec![hands(44), hands(0)]
}

/// Lengths of runs that go up, each begun after the draw that ended the one before: r with 1/r! - 1/(r+1)!, six and more
/// together.
fn runs(words: &[u64]) -> Vec<f64> {
    let (mut cells, mut at) = ([0; 6], 0);
    while at + 8 < words.len() {
        let length = (at..at + 7).take_while(|&here| words[here] < words[here + 1]).count() + 1;
        cells[length.min(6) - 1] += 1;
        at += length + 1;
    }
    let all: u64 = cells.iter().sum();
    let below = |r: usize| 1.0 / (1..=r).product::<usize>() as f64;
    vec![chi_square(&cells, |at| all as f64 * if at < 5 { below(at + 1) - below(at + 2) } else { below(6) })]
}

/// Of 512 birthdays in 2^24 days, spacings that come again: Poisson with mean 512³ / 2^26 = 2 in each year. The sum over
/// the years is near to normal.
fn birthdays(words: &[u64]) -> Vec<f64> {
    let spacings = |shift: u32| {
        let (mut again, mut years) = (0_u64, 0.0);
        for year in words.chunks_exact(512) {
            let mut days: Vec<u64> = year.iter().map(|word| word >> shift & 0xFF_FFFF).collect();
            days.sort_unstable();
            let mut gaps: Vec<u64> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
            gaps.sort_unstable();
            again += gaps.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
            years += 1.0;
        }
        normal((again as f64 - 2.0 * years) / (2.0 * years).sqrt())
    };
    vec![spacings(40), spacings(0)]
}

/// Turning a bit of the entity or the occasion turns each bit of the draw half of the time: 64 × 64 numbers of turns out
/// of `n`, each binomial; the squares of their deviates sum to a chi-square with 4,096 degrees of freedom.
fn avalanche(draw: Draw<'_>) -> Vec<f64> {
    let n = 2_048_u64;
    let turned = |entity_bit: u64, occasion_bit: u64| {
        let mut counts = [0_u64; 64];
        for nth in 0..n {
            let (entity, occasion) = (member(7, nth), nth);
            let change = draw(entity, occasion) ^ draw(entity ^ entity_bit, occasion ^ occasion_bit);
            (0..64).for_each(|bit| counts[bit] += change >> bit & 1);
        }
        counts.map(|count| (count as f64 - n as f64 / 2.0) / (n as f64 / 4.0).sqrt())
    };
    [(1, 0), (0, 1)]
        .into_iter()
        .map(|(entity, occasion)| {
            let deviates = (0..64).flat_map(|bit| turned(entity << bit, occasion << bit));
            let sum: f64 = deviates.map(|deviate| deviate * deviate).sum();
            let below = ChiSquared::new(4_096.0).unwrap().cdf(sum);
            2.0 * below.min(1.0 - below)
        })
        .collect()
}

/// The tests over a row of draws, by name.
const TESTS: [(&str, Test); 6] = [
    ("frequency", frequency),
    ("serial pairs", serial),
    ("gap", gap),
    ("poker", poker),
    ("runs up", runs),
    ("birthday spacings", birthdays),
];

const LENGTH: u64 = 1 << 18;

/// What draws are taken along: the occasions of one entity, devices of a fleet by name and by number, messages whose
/// slots differ in low and in high bits, and a square of both.
const ALONG: [(&str, Along); 6] = [
    ("occasions", |nth| (42, nth)),
    ("devices by name", |nth| (member(42, nth), 3)),
    ("devices by number", |nth| (nth, 3)),
    ("high bits", |nth| (nth << 40, nth << 44)),
    ("entity and occasion alike", |nth| (nth, nth)),
    ("devices and slots", |nth| (member(42, nth >> 9), nth & 511)),
];

/// The tests that a draw fails, with what it was taken along.
fn failures(draw: Draw<'_>) -> Vec<String> {
    let mut failed = Vec::new();
    for (along, names) in ALONG {
        let words: Vec<u64> =
            (0..LENGTH).map(names).map(|(entity, occasion)| draw(entity, occasion)).collect();
        for (name, test) in TESTS {
            let worst = test(&words).into_iter().fold(1.0, f64::min);
            if worst.is_nan() || worst < REFUSED {
                failed.push(format!("{name} along {along}: {worst:e}"));
            }
        }
    }
    let worst = avalanche(draw).into_iter().fold(1.0, f64::min);
    if worst < REFUSED {
        failed.push(format!("avalanche: {worst:e}"));
    }
    failed
}

fn draws(audit: bool, replication: u64) -> Draws {
    Keys { luck: Luck { seed: 2026, replication }, audit }.purpose("battery")
}

#[test]
fn the_mix_passes_the_battery() {
    for replication in 0..3 {
        let draws = draws(false, replication);
        assert_eq!(failures(&|entity, occasion| draws.bits(entity, occasion)), Vec::<String>::new());
    }
}

#[test]
fn the_audit_passes_the_battery() {
    let draws = draws(true, 0);
    assert_eq!(failures(&|entity, occasion| draws.bits(entity, occasion)), Vec::<String>::new());
}

/// Draws of one entity on one occasion, over replications and over purposes: what keys are derived for.
#[test]
fn keys_of_replications_and_purposes_pass_the_battery() {
    let by_replication: Vec<u64> = (0..LENGTH / 4).map(|nth| draws(false, nth).bits(1, 1)).collect();
    let luck = Luck { seed: 1, replication: 0 };
    let by_purpose: Vec<u64> =
        (0..LENGTH / 4).map(|nth| luck.purpose(&format!("purpose {nth}")).bits(1, 1)).collect();
    for words in [by_replication, by_purpose] {
        for (name, test) in TESTS {
            assert!(test(&words).into_iter().all(|share| share >= REFUSED), "{name}");
        }
    }
}

/// Two purposes, two entities or two replications with the same occasions are not alike: the correlation of 2^18 pairs
/// has a standard error of 1/512.
#[test]
fn draws_that_share_their_occasions_are_not_correlated() {
    let luck = Luck { seed: 5, replication: 0 };
    let [latency, loss] = ["latency", "loss"].map(|purpose| luck.purpose(purpose));
    let next = Luck { replication: 1, ..luck }.purpose("latency");
    let pairs: [(&str, Pair<'_>); 3] = [
        ("purposes", &|nth| [latency.unit(7, nth), loss.unit(7, nth)]),
        ("entities", &|nth| [latency.unit(7, nth), latency.unit(8, nth)]),
        ("replications", &|nth| [latency.unit(7, nth), next.unit(7, nth)]),
    ];
    for (what, pair) in pairs {
        let products = (0..LENGTH).map(pair).map(|[a, b]| (a - 0.5) * (b - 0.5) * 12.0);
        let deviate = products.sum::<f64>() / LENGTH as f64 * (LENGTH as f64).sqrt();
        assert!(normal(deviate) >= REFUSED, "{what}: {deviate}");
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Each lacks one thing that the mix has; a battery that lets one of them pass shows nothing.
#[test]
fn mixes_that_lack_something_fail_the_battery() {
    let key = name_hash("key");
    let bad: [(&str, Draw<'_>); 6] = [
        ("a counter without a mix", &|entity, occasion| {
            key.wrapping_add(entity.wrapping_mul(GOLDEN))
                .wrapping_add(occasion.wrapping_mul(0xD6E8_FEB8_6659_FD93))
        }),
        ("no second mix", &|entity, occasion| {
            mix(key ^ entity.wrapping_mul(GOLDEN)).wrapping_add(occasion.wrapping_mul(GOLDEN))
        }),
        ("entity and occasion are interchangeable", &|entity, occasion| mix(key ^ mix(entity ^ occasion))),
        ("the occasion's high bits are lost", &|entity, occasion| {
            mix(mix(key ^ entity) ^ occasion as u32 as u64)
        }),
        ("a bit is stuck", &|entity, occasion| {
            mix(mix(key ^ entity).wrapping_add(occasion.wrapping_mul(GOLDEN))) | 1
        }),
        ("shifts only", &|entity, occasion| {
            let mut x = key ^ entity.rotate_left(32) ^ occasion;
            x ^= x << 13;
            x ^= x >> 7;
            x ^ x << 17
        }),
    ];
    for (what, draw) in bad {
        assert!(!failures(draw).is_empty(), "{what} passes");
    }
}
