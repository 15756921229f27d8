//! The units of the data files, as their sources state them.

const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.0 * DAY;

/// Units that are not SI, and their size in SI units.
const SIZES: &[(&str, f64)] = &[
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3_600.0),
    ("days", DAY),
    ("y", YEAR),
    ("years", YEAR),
    ("person-years", YEAR),
    ("min/y", 60.0 / YEAR),
    ("h/month", 12.0 * 3_600.0 / YEAR),
    ("1/s", 1.0),
    ("probes/s", 1.0),
    ("per 10 min", 1.0 / 600.0),
    ("alarms in 11 min", 1.0 / 660.0),
    ("1/h", 1.0 / 3_600.0),
    ("per h", 1.0 / 3_600.0),
    ("patients/100 beds/h", 1.0 / 360_000.0),
    ("patients/ED bed/h", 1.0 / 3_600.0),
    ("1/day", 1.0 / DAY),
    ("1/device/day", 1.0 / DAY),
    ("1/bed/day", 1.0 / DAY),
    ("1/patient/day", 1.0 / DAY),
    ("USD/day", 1.0 / DAY),
    ("1/y", 1.0 / YEAR),
    ("1/org/y", 1.0 / YEAR),
    ("B", 1.0),
    ("KiB", 1_024.0),
    ("MB", 1e6),
    ("B/s", 1.0),
    ("kbit/s", 1e3),
    ("Mbit/s", 1e6),
    ("Gbit/s", 1e9),
    ("MHz", 1e6),
    ("L", 1e-3),
    ("ppm", 1e-6),
];

/// The size of one such unit in SI units. What is not in the table is a plain number or a count of the thing
/// it names (`beds`, `fraction`, `1/infusion`, `min/shift`), and has size one.
pub(super) fn size(unit: &str) -> f64 {
    SIZES.iter().find(|known| known.0 == unit).map_or(1.0, |known| known.1)
}

/// The counts and plain numbers of the shipped files, so that a new physical unit cannot pass for one.
#[cfg(test)]
pub(super) const COUNTS: &[&str] = &[
    "+fraction",
    "-",
    "1/change",
    "1/infusion",
    "1/programming",
    "alarms/2 h",
    "FTE",
    "alarms",
    "PCs",
    "PFDavg",
    "USD",
    "appointments",
    "attempts",
    "bays",
    "beds",
    "bool",
    "bots",
    "buildings",
    "cameras",
    "connections",
    "count",
    "countries",
    "customers",
    "dBm",
    "devices",
    "devices/AP",
    "devices/bed",
    "event",
    "exploits",
    "fraction",
    "fraction of beds",
    "fraction of deployments",
    "fraction of hospitals",
    "fraction of inpatients",
    "fraction of services",
    "hits-equivalent probes/s",
    "hosts",
    "ln(min)",
    "messages",
    "min/shift",
    "orgs",
    "pairs",
    "patients",
    "per campaign",
    "persons",
    "persons/bed",
    "physical qubits",
    "points",
    "port list",
    "probability",
    "pumps",
    "pumps/bed",
    "ratio",
    "rooms",
    "servers",
    "targets",
    "text",
    "trusts",
    "units",
    "users",
    "vendors",
    "vulns",
    "vulnerabilities",
    "x",
];

#[cfg(test)]
pub(super) fn known(unit: &str) -> bool {
    SIZES.iter().any(|known| known.0 == unit) || COUNTS.contains(&unit)
}
