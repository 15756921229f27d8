//! `plimsoll check`

use crate::cli::Check;
use crate::failure::{self, Failure};
use crate::screen;
use scenarios::language::findings::{self, tally};
use scenarios::language::load::{Source, load};
use scenarios::language::render::render;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Every finding of every scenario.
pub fn check(asked: &Check, json: bool) -> Result<ExitCode, Failure> {
    let (mut errors, mut warnings, mut all) = (0, 0, Vec::new());
    for named in &asked.scenarios {
        let loaded = load(&Source::named(named));
        let (wrong, doubtful) = tally(&loaded.findings);
        (errors, warnings) = (errors + wrong, warnings + doubtful);
        if json {
            let told = serde_json::to_value(findings::json(&loaded.findings, &loaded.files))?;
            all.extend(told.get("findings").and_then(Value::as_array).cloned().unwrap_or_default());
        } else {
            let shown = render(&loaded.findings, &loaded.files, screen::coloured());
            let title = if asked.scenarios.len() > 1 { format!("{named}: ") } else { String::new() };
            screen::print(&format!("{title}{shown}"))?;
        }
    }
    if json {
        screen::print_json(
            &json!({ "version": 1, "errors": errors, "warnings": warnings, "findings": all }),
        )?;
    }
    Ok(ExitCode::from(if errors > 0 { failure::INPUT } else { 0 }))
}
