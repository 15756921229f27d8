//! `plimsoll calibrate host`

use crate::cli::{Calibrate, Calibrated};
use crate::failure::Failure;
use crate::screen;
use crate::wall;
use calibrate::{Measured, measure};
use devices::class::Library;
use devices::crypto::Catalogue;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// The core that rows of this machine stand for.
const CORE: &str = if cfg!(target_arch = "x86_64") { "x86-64" } else { "Cortex-A72" };
/// The columns of `primitives.csv`.
const COLUMNS: &str = "scheme,act,core,build,primitive,operation,parameter,platform,implementation,cycles,min_cycles,\
                       cycles_per_byte,fixed_cycles,ram_stack_bytes,code_bytes,source,year,confidence,note";

/// Measure the real crates on this machine, and write what they cost as rows of the catalogue.
pub fn calibrate(asked: &Calibrate, json: bool) -> Result<ExitCode, Failure> {
    let Calibrated::Host { out, clock } = &asked.what;
    let megahertz = clock.or_else(host_clock).ok_or_else(|| {
        Failure::input("this machine does not say how fast its processor runs: give --clock MHZ".to_owned())
    })?;
    let measured = measure(wall::nanoseconds).map_err(Failure::run)?;
    if let Some(file) = out {
        write(file, &measured, megahertz)?;
    }
    let shipped = Catalogue::shipped().map_err(Failure::run)?;
    let listed = |one: &Measured| {
        let cost = shipped.cost(one.scheme, one.act, CORE, Library::Portable).ok()?;
        Some(cost.cycles(BYTES) / megahertz * 1e3)
    };
    if json {
        let row = |one: &Measured| {
            json!({
                "scheme": one.scheme, "act": one.act, "code": one.code, "fixed_ns": one.fixed,
                "per_byte_ns": one.per_byte, "least_ns": one.least, "catalogue_ns": listed(one),
            })
        };
        let rows = measured.iter().map(row).collect::<Vec<_>>();
        screen::print_json(&json!({ "version": 1, "core": CORE, "clock_mhz": megahertz, "measured": rows }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["scheme", "operation", "code", "here, µs", "catalogue, µs", "here / catalogue"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for one in &measured {
        let here = time(one);
        let there = listed(one);
        lines.push(vec![
            one.scheme.to_owned(),
            one.act.to_owned(),
            one.code.to_owned(),
            format!("{:.2}", here / 1e3),
            there.map_or_else(String::new, |there| format!("{:.2}", there / 1e3)),
            there.map_or_else(String::new, |there| format!("{:.2}", here / there)),
        ]);
    }
    let mut text = screen::table(&lines);
    text.push_str(&format!(
        "\n{CORE} at {megahertz:.0} MHz; messages of {BYTES} B; one thread, fastest batch\n"
    ));
    if let Some(file) = out {
        text.push_str(&format!("rows of the catalogue: {}\n", file.display()));
    }
    screen::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The message by which ciphers are compared [B].
const BYTES: u32 = 256;

fn time(one: &Measured) -> f64 {
    one.fixed + one.per_byte.unwrap_or_default() * f64::from(BYTES)
}

/// The clock of this machine's first processor [MHz], where the system tells.
fn host_clock() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("cpu MHz"))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

fn write(file: &Path, measured: &[Measured], megahertz: f64) -> Result<(), Failure> {
    let mut text = format!("{COLUMNS}\n");
    for one in measured {
        let cycles = |nanos: f64| format!("{:.1}", nanos * megahertz / 1e3);
        let some = |nanos: Option<f64>| nanos.map(cycles).unwrap_or_default();
        let (whole, fixed) = match one.per_byte {
            None => (cycles(one.fixed), String::new()),
            Some(_) => (cycles(time(one)), cycles(one.fixed)),
        };
        let (scheme, act, code) = (one.scheme, one.act, one.code);
        text.push_str(&format!(
            "{scheme},{act},{CORE},portable hardware,{scheme},{act},,this host at {megahertz:.0} MHz,{code},{whole},{},{},\
             {fixed},,,plimsoll calibrate host,,medium,\"one thread, fastest batch; cycles of ciphers for {BYTES} B\"\n",
            some(one.least),
            some(one.per_byte),
        ));
    }
    std::fs::write(file, text).map_err(Failure::run)
}
