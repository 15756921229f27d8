//! `plimsoll report`

use crate::cli::Report;
use crate::commands::compare::show;
use crate::driver;
use crate::failure::Failure;
use experiments::store;
use std::process::ExitCode;

/// Draw the page of stored results again.
pub async fn report(asked: Report, json: bool) -> Result<ExitCode, Failure> {
    let folder = asked.folder.clone();
    let comparison = driver::drive(move |_, _| store::report(&folder)).await??;
    show(&comparison, &asked.folder, json)?;
    Ok(ExitCode::SUCCESS)
}
