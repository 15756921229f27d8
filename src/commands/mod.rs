//! The commands, one file each.

#[cfg(feature = "calibrate")]
mod calibrate;
mod check;
mod compare;
mod explain;
mod harm;
mod import;
mod init;
mod list;
mod prices;
mod report;
mod run;
mod schema;
mod start;
mod validate;

use crate::cli::{Cli, Command, Format};
use crate::failure::Failure;
use crate::screen;
use clap::CommandFactory;
use std::process::ExitCode;

/// Do what is asked.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let json = cli.format == Format::Json;
    match cli.command {
        Command::Compare(asked) => compare::compare(asked, json).await,
        Command::Run(asked) => run::run(asked, json).await,
        Command::Check(asked) => check::check(&asked, json),
        Command::List(asked) => list::list(&asked, json),
        Command::Explain(asked) => explain::explain(asked, json).await,
        Command::Init(asked) => init::init(&asked, json),
        Command::Schema => schema::schema(),
        Command::Completions(asked) => {
            let mut script = Vec::new();
            clap_complete::generate(asked.shell, &mut Cli::command(), "plimsoll", &mut script);
            screen::print(&String::from_utf8_lossy(&script)).map(|()| ExitCode::SUCCESS)
        }
        Command::Import(asked) => import::import(&asked, json),
        Command::Validate(asked) => validate::validate(asked, json).await,
        #[cfg(feature = "calibrate")]
        Command::Calibrate(asked) => calibrate::calibrate(&asked, json),
        Command::Report(asked) => report::report(asked, json).await,
    }
}
