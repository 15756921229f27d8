//! Contract: where servers are shared, all who are inside are served at once and equally fast; what somebody is later
//! than with bare work alone is charged in full; and neither windows nor snapshots change a bit of it.

use crate::priority::{departures, hold_of_ghosts};
use crate::ward::{PLAIN, Queue, Setting, build};
use sim::station::Station;
use sim::status::PartId;
use sim::time::Span;

const MS: u64 = 1_000_000;

/// When each leaves who came at `came` with `service` [ns], by the definition: in each stretch between two events all
/// get the same of what the servers do.
fn textbook(servers: usize, jobs: &[(u64, u64)]) -> Vec<f64> {
    let mut left: Vec<f64> = jobs.iter().map(|job| job.1 as f64).collect();
    let mut leaves = vec![f64::NAN; jobs.len()];
    let mut now = 0.0;
    loop {
        let inside = |at: &usize| jobs[*at].0 as f64 <= now && leaves[*at].is_nan();
        let inside: Vec<usize> = (0..jobs.len()).filter(inside).collect();
        let speed = if inside.len() > servers { servers as f64 / inside.len() as f64 } else { 1.0 };
        let comes = jobs.iter().map(|job| job.0 as f64).filter(|&at| at > now).fold(f64::INFINITY, f64::min);
        let done = inside.iter().map(|&at| now + left[at] / speed).fold(f64::INFINITY, f64::min);
        let next = comes.min(done);
        if next.is_infinite() {
            return leaves;
        }
        for at in inside {
            let last = now + left[at] / speed <= next;
            left[at] -= (next - now) * speed;
            if last {
                leaves[at] = next;
            }
        }
        now = next;
    }
}

fn shared(servers: u16, fixed: u64) -> impl Fn(PartId) -> Station {
    move |part| Station::new(part, servers, Span(fixed), 0).shared()
}

/// Four pictures of 2,000 instructions at one instant share 2,800 a unit of time: all are done after 2.857.
#[test]
fn four_who_come_together_leave_together() {
    let service = 2000 * Span::SECOND.0 / 2800;
    let all = departures(&shared(1, service), &[(0, 0, 0); 4]);
    assert!(all.iter().all(|one| one.0 == 4 * service && one.1 == 0), "{all:?}");
}

#[test]
fn random_arrivals_leave_when_the_definition_says_and_late_parts_sum_to_the_difference() {
    let draw = |n: u64, below: u64| sim::luck::mix(n) % below;
    let (mut compared, mut late) = (0, 0);
    for world in 0..300_u64 {
        let (servers, fixed) = (1 + draw(world, 3) as u16, 1 + draw(world ^ 0xA5A5, 4 * MS));
        let sent: Vec<(u64, u8, u64)> = (0..40)
            .map(|n| {
                let own = world << 20 | n << 8;
                let added = if draw(own | 1, 2) == 0 { 0 } else { draw(own | 2, 6 * MS) };
                (draw(own | 3, 120 * MS), 0, added)
            })
            .collect();
        let bare: Vec<_> = sent.iter().map(|&(at, rank, _)| (at, rank, 0)).collect();
        let all = departures(&shared(servers, fixed), &sent);
        let alone = departures(&shared(servers, fixed), &bare);
        for (jobs, got) in [(&sent, &all), (&bare, &alone)] {
            let jobs: Vec<_> = jobs.iter().map(|&(at, _, added)| (at, fixed + added)).collect();
            for (expected, got) in textbook(usize::from(servers), &jobs).into_iter().zip(got) {
                // A departure is told at the next nanosecond, and each may move the following by as much.
                assert!((got.0 as f64 - expected).abs() < 45.0, "world {world}: {} for {expected}", got.0);
                compared += 1;
            }
        }
        for (real, bare) in all.iter().zip(&alone) {
            assert_eq!(real.1, real.0 - bare.0, "world {world}");
            late += u64::from(real.1 > 0);
        }
    }
    assert!(compared == 24_000 && late > 5_000, "{compared}, {late}");
}

#[test]
fn ghosts_share_with_bare_work_alone() {
    hold_of_ghosts(&shared(1, 9 * MS));
    hold_of_ghosts(&shared(2, 30 * MS));
}

#[test]
fn windows_change_no_bit() {
    let digest = |shift| {
        let mut simulation = build(Setting {
            shift,
            queue: Queue::Shared,
            sessions: true,
            service: Span::millis(40),
            ..PLAIN
        });
        simulation.run(|_, _| ());
        simulation.core().digest.whole()
    };
    assert_eq!([18, 26, 28, 30, 40].map(digest), [digest(24); 5]);
}
