//! One run of a program: `fleet soa|heap|plimsoll|plimsoll-in-order DEVICES GATEWAYS PERIOD_S HORIZON_S SEED`, or of Plimsoll beside itself:
//! `fleet own bare|full`, `fleet own full-of|sleepers|replications COUNT`, `fleet own shipped SCENARIO STRATEGY`. Prints one line of JSON; `fleet own full-bytes COUNT` prints
//! the bytes a device alone.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};

use benches::engine::Engine;
use benches::heap::Heap;
use benches::line::{Line, cpu_seconds};
use benches::own::{Job, Measured, SHIPPED, Shipped, bytes_a_device};
use benches::soa::Soa;
use benches::workload::{Fleet, SECOND, Sums};
use sim::rank::Way;

const USAGE: &str = "fleet soa|heap|plimsoll|plimsoll-in-order DEVICES GATEWAYS PERIOD_S HORIZON_S SEED, \
                     fleet own bare|full, fleet own full-of|full-bytes|sleepers|replications COUNT, or \
                     fleet own shipped SCENARIO STRATEGY";

#[expect(clippy::print_stdout, reason = "the line is what the program is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [own, job @ ..] = arguments.as_slice()
        && own == "own"
    {
        match job {
            [bytes, sensors] if bytes == "full-bytes" => println!("{}", full_bytes(sensors.parse()?)?),
            _ => println!("{}", serde_json::to_string(&own_job(job)?.measure()?)?),
        }
        return Ok(());
    }
    let [engine, devices, gateways, period, horizon, seed] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let fleet = Fleet {
        devices: devices.parse()?,
        gateways: gateways.parse()?,
        period: period.parse::<u64>()? * SECOND,
        horizon: horizon.parse::<u64>()? * SECOND,
        seed: seed.parse()?,
    };
    let (sums, cpu_s) = match engine.as_str() {
        "soa" => timed(Soa::set_up(&fleet), Soa::run),
        "heap" => timed(Heap::set_up(&fleet), Heap::run),
        "plimsoll" => timed(Engine::set_up(&fleet, "none", Way::Batched)?, Engine::run),
        "plimsoll-in-order" => timed(Engine::set_up(&fleet, "none", Way::InOrder)?, Engine::run),
        _ => return Err(USAGE.into()),
    };
    println!("{}", serde_json::to_string(&Line::new(engine, &fleet, &sums, cpu_s)?)?);
    Ok(())
}

fn own_job(arguments: &[String]) -> Result<Job, Box<dyn Error>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bare"] => Ok(Job::Bare),
        ["full"] => Ok(Job::Full),
        ["full-of", count] => Ok(Job::FullOf(count.parse()?)),
        ["sleepers", count] => Ok(Job::Sleepers(count.parse()?)),
        ["replications", count] => Ok(Job::Replications(count.parse()?)),
        ["shipped", scenario, strategy] => {
            let named = |run: &&Shipped| run.scenario == *scenario && run.strategy == *strategy;
            Ok(Job::Shipped(*SHIPPED.iter().find(named).ok_or(USAGE)?))
        }
        _ => Err(USAGE.into()),
    }
}

/// Bytes a device with all that a run usually has: two runs, each in a process of its own.
fn full_bytes(sensors: u32) -> Result<u64, Box<dyn Error>> {
    let measure = |sensors: u32| {
        let job = ["own", "full-of", &sensors.to_string()];
        let output = Command::new(env::current_exe()?).args(job).stderr(Stdio::inherit()).output()?;
        Ok::<Measured, Box<dyn Error>>(serde_json::from_slice(&output.stdout)?)
    };
    Ok(bytes_a_device(&measure(sensors)?, &measure(4)?, sensors))
}

/// Set-up is over, and tearing down comes later.
fn timed<E>(mut engine: E, run: fn(&mut E) -> Sums) -> (Sums, f64) {
    let began = cpu_seconds();
    let sums = run(&mut engine);
    (sums, cpu_seconds() - began)
}
