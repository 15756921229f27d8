//! Plimsoll on the command line: arguments in, results out. What it does is done by the crates below.

mod cli;
mod commands;
mod driver;
mod failure;
mod input;
mod memory;
mod screen;
mod wall;

use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are no errors; clap knows which is which. A closed pipe is nobody's fault.
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { failure::INPUT } else { 0 });
        }
    };
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::run(error).doing("the driver cannot be started"))
        .and_then(|runtime| runtime.block_on(commands::run(cli)));
    match done {
        Ok(code) => code,
        Err(failure) => failure.print(),
    }
}
