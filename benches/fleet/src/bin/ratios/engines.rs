//! Who is measured, and on what.

use benches::workload::{Fleet, SECOND};

/// A name and a command that prints one [`benches::line::Line`] of JSON.
pub struct Engine {
    pub name: &'static str,
    /// Program and arguments, from the top of the repository; of the arguments, `{devices}`, `{gateways}`,
    /// `{period_s}`, `{horizon_s}` and `{seed}` are filled in.
    pub command: &'static [&'static str],
    /// A run that would take more messages gets a shorter horizon, so that slow engines cost minutes, not hours.
    pub most_messages: u64,
    /// Whether arrivals at the same instant are served in the order of their devices. Where they are not, the sum of
    /// loop latencies is not compared.
    pub breaks_ties: bool,
}

/// All engines; the first is what the others are measured against.
pub const ENGINES: &[Engine] = &[
    Engine {
        name: "soa",
        command: &[
            "target/release/fleet",
            "soa",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: u64::MAX,
        breaks_ties: true,
    },
    Engine {
        name: "plimsoll",
        command: &[
            "target/release/fleet",
            "plimsoll",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: u64::MAX,
        breaks_ties: true,
    },
    Engine {
        name: "in order",
        command: &[
            "target/release/fleet",
            "plimsoll-in-order",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: u64::MAX,
        breaks_ties: true,
    },
    Engine {
        name: "heap",
        command: &[
            "target/release/fleet",
            "heap",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: 3_000_000,
        breaks_ties: true,
    },
    Engine {
        name: "nexosim",
        command: &[
            "target/nexosim/release/plimsoll-bench-nexosim",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: 400_000,
        breaks_ties: false,
    },
    Engine {
        name: "simpy",
        command: &[
            "target/simpy/bin/python",
            "benches/simpy/fleet.py",
            "{devices}",
            "{gateways}",
            "{period_s}",
            "{horizon_s}",
            "{seed}",
        ],
        most_messages: 100_000,
        breaks_ties: false,
    },
];

/// With `--quick`, slow engines get a quarter of the messages.
const QUICK: u64 = 4;
/// With `--quick`, slow engines are not set up for more devices: that alone takes NexoSim and SimPy half a minute.
const QUICK_DEVICES: u32 = 100_000;

/// A workload of the table.
pub struct Case {
    pub name: &'static str,
    pub devices: u32,
    pub period_s: u64,
    pub quick: bool,
}

/// Simulated seconds where an engine is fast enough.
const HORIZON_S: u64 = 600;

/// All workloads. Those that share a period make the scaling table.
pub const CASES: &[Case] = &[
    Case { name: "1,000 devices", devices: 1_000, period_s: 10, quick: true },
    Case { name: "FLEET-1", devices: 10_000, period_s: 10, quick: true },
    Case { name: "100,000 devices", devices: 100_000, period_s: 10, quick: false },
    Case { name: "a million devices", devices: 1_000_000, period_s: 10, quick: false },
    Case { name: "FLEET-1M", devices: 1_000_000, period_s: 60, quick: true },
];

impl Engine {
    /// What this engine runs of a case, or nothing where it would take too long.
    pub fn fleet(&self, case: &Case, quick: bool) -> Option<Fleet> {
        let limited = self.most_messages < u64::MAX;
        if quick && limited && case.devices > QUICK_DEVICES {
            return None;
        }
        let most = if quick { self.most_messages / QUICK } else { self.most_messages };
        let enough_s = most.saturating_mul(case.period_s) / u64::from(case.devices);
        Some(Fleet::of(case.devices, case.period_s, enough_s.clamp(1, HORIZON_S)))
    }

    /// Program and arguments of one run.
    pub fn arguments(&self, fleet: &Fleet) -> Vec<String> {
        let fill = |argument: &&str| match *argument {
            "{devices}" => fleet.devices.to_string(),
            "{gateways}" => fleet.gateways.to_string(),
            "{period_s}" => (fleet.period / SECOND).to_string(),
            "{horizon_s}" => (fleet.horizon / SECOND).to_string(),
            "{seed}" => fleet.seed.to_string(),
            literal => literal.to_owned(),
        };
        self.command.iter().map(fill).collect()
    }
}
