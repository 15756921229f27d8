//! One run of a FLEET workload in NexoSim: `plimsoll-bench-nexosim DEVICES GATEWAYS PERIOD_S HORIZON_S SEED`. Prints
//! one line of JSON.
//!
//! Every device and gateway is a model with its own mailbox and so is the backend; what takes time is an event that a
//! model schedules for itself. Servers work by Lindley's recursion, one event for service and travel together: 3.2
//! events a message where the textbook has 5.2, the fewest that models which exchange messages can do with.
//!
//! # Differs from the definition
//! Models that hear of several messages at the same instant work them in the executor's order, not by device: the
//! sum of loop latencies may differ by 5 µs a tie.

mod models;

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use benches::line::{Line, cpu_seconds};
use benches::workload::{Fleet, SECOND, Sums};
use nexosim::simulation::{Mailbox, SimInit, Simulation};

use models::{Backend, Device, Gateway, START, Tally};

const USAGE: &str = "plimsoll-bench-nexosim DEVICES GATEWAYS PERIOD_S HORIZON_S SEED";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [devices, gateways, period, horizon, seed] = arguments.as_slice() else { return Err(USAGE.into()) };
    let fleet = Fleet {
        devices: devices.parse()?,
        gateways: gateways.parse()?,
        period: period.parse::<u64>()? * SECOND,
        horizon: horizon.parse::<u64>()? * SECOND,
        seed: seed.parse()?,
    };
    let tally: Tally = Arc::new(Mutex::new(Sums::default()));
    let mut simulation = set_up(&fleet, &tally)?;
    let began = cpu_seconds();
    // What is due at the horizon itself no longer happens.
    simulation.step_until(START + Duration::from_nanos(fleet.horizon - 1))?;
    let cpu_s = cpu_seconds() - began;
    let sums = tally.lock().map_err(|_| "a model panicked")?;
    println!("{}", serde_json::to_string(&Line::new("nexosim", &fleet, &sums, cpu_s)?)?);
    Ok(())
}

fn set_up(fleet: &Fleet, tally: &Tally) -> Result<Simulation, Box<dyn Error>> {
    let mut bench = SimInit::with_num_threads(1);
    let mut backend = Backend::new(fleet, tally);
    let backend_mailbox = Mailbox::new();
    let mut gateways: Vec<(Gateway, Mailbox<Gateway>)> = (0..fleet.gateways)
        .map(|_| {
            let (mut gateway, mailbox) = (Gateway::new(fleet, tally), Mailbox::new());
            gateway.up.connect(Backend::receive, &backend_mailbox);
            backend.down.push(Default::default());
            if let Some(port) = backend.down.last_mut() {
                port.connect(Gateway::command, &mailbox);
            }
            (gateway, mailbox)
        })
        .collect();
    for number in 0..fleet.devices {
        let (mut device, mailbox) = (Device::new(fleet, tally, number), Mailbox::new());
        let (gateway, gateway_mailbox) = &mut gateways[fleet.gateway(number)];
        device.up.connect(Gateway::uplink, &*gateway_mailbox);
        gateway.down.push(Default::default());
        if let Some(port) = gateway.down.last_mut() {
            port.connect(Device::actuate, &mailbox);
        }
        bench = bench.add_model(device, mailbox, "device");
    }
    for (gateway, mailbox) in gateways {
        bench = bench.add_model(gateway, mailbox, "gateway");
    }
    Ok(bench.add_model(backend, backend_mailbox, "backend").init(models::BEFORE)?)
}
