//! Plimsoll beside itself, each job in a process of its own, in turns.

use std::error::Error;
use std::fmt::Write;
use std::process::{Command, Stdio};

use benches::own::{Measured, SHIPPED, bytes_a_device};

/// What is measured, by the arguments of `fleet`; shipped scenarios come after these.
const JOBS: [&[&str]; 8] = [
    &["own", "bare"],
    &["own", "full"],
    &["own", "full-of", "4"],
    &["own", "full-of", "1000000"],
    &["own", "sleepers", "10000"],
    &["own", "sleepers", "100000"],
    &["own", "replications", "1"],
    &["own", "replications", "2"],
];

/// Measure every job so often; gives the table.
pub fn table(rounds: usize) -> Result<String, Box<dyn Error>> {
    let shipped = SHIPPED.map(|run| ["own", "shipped", run.scenario, run.strategy]);
    let jobs: Vec<&[&str]> = JOBS.into_iter().chain(shipped.iter().map(|job| job.as_slice())).collect();
    let mut best: Vec<Option<Measured>> = jobs.iter().map(|_| None).collect();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}, Plimsoll beside itself");
        for (job, best) in jobs.iter().zip(&mut best) {
            let now = measure(job)?;
            match best {
                Some(known) if known.digests != now.digests => {
                    return Err(format!("{}: another digest than before", job.join(" ")).into());
                }
                Some(known) => {
                    known.cpu_s = known.cpu_s.min(now.cpu_s);
                    known.wall_s = known.wall_s.min(now.wall_s);
                    known.peak_rss_bytes = known.peak_rss_bytes.min(now.peak_rss_bytes);
                }
                None => *best = Some(now),
            }
        }
    }
    let best: Vec<Measured> = best.into_iter().flatten().collect();
    let [bare, full, empty, million, few, many, one, two, shipped @ ..] = best.as_slice() else {
        return Err("a job is missing".into());
    };
    if two.digests.first() != one.digests.first() {
        return Err("a replication beside another has another digest than alone".into());
    }
    let each = |best: &Measured| best.cpu_s * 1e9 / best.messages as f64;
    let mut text = String::from("\nPlimsoll beside itself\n");
    let row = |text: &mut String, what: &str, from: String, to: String, ratio: f64| {
        writeln!(text, "{what:<68}{from:>16}{to:>16}{ratio:>8.2}")
    };
    let ns = |best: &Measured| format!("{:.1} ns/message", each(best));
    let ms = |seconds: f64| format!("{:.0} ms", seconds * 1e3);
    row(
        &mut text,
        "all that a run usually has, against bare, by the same path",
        ns(bare),
        ns(full),
        each(full) / each(bare),
    )?;
    let bytes = bytes_a_device(million, empty, 1_000_000);
    writeln!(text, "{:<100}{bytes:>8}", "bytes a device with all that a run usually has, at a million")?;
    row(
        &mut text,
        "100,000 sleepers beside FLEET-1, against 10,000: CPU time",
        ms(few.cpu_s),
        ms(many.cpu_s),
        many.cpu_s / few.cpu_s,
    )?;
    let gain = 2.0 * one.wall_s / two.wall_s;
    row(&mut text, "two replications at once: throughput against one", ms(one.wall_s), ms(two.wall_s), gain)?;
    for (run, own) in SHIPPED.iter().zip(shipped) {
        let what = format!("an hour of {} under {}, against bare FLEET-1", run.scenario, run.strategy);
        row(&mut text, &what, ns(bare), ns(own), each(own) / each(bare))?;
    }
    Ok(text)
}

fn measure(job: &[&str]) -> Result<Measured, Box<dyn Error>> {
    let output = Command::new("target/release/fleet").args(job).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("`fleet {}` ended with {}", job.join(" "), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
