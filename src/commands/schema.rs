//! `plimsoll schema`

use crate::failure::Failure;
use crate::screen;
use scenarios::language::schema;
use std::process::ExitCode;

/// The JSON Schema of the language.
pub fn schema() -> Result<ExitCode, Failure> {
    screen::print(&schema::schema())?;
    Ok(ExitCode::SUCCESS)
}
