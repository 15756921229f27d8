//! `plimsoll validate`

use crate::cli::Validate;
use crate::driver;
use crate::failure::{self, Failure};
use crate::screen;
use devices::check::Check;
use experiments::validate;
use std::process::ExitCode;

/// Models against the outside world. Fails for a miss that nobody has explained, and for an explained one that
/// now passes.
pub async fn validate(asked: Validate, json: bool) -> Result<ExitCode, Failure> {
    let rows = driver::drive(move |meter, cancel| {
        let progress = |told| meter.note(told);
        validate::checks(asked.area.as_deref(), asked.quick, &progress, cancel)
    })
    .await??;
    if json {
        screen::print_json(&rows)?;
    } else {
        screen::print(&text(&rows))?;
    }
    Ok(ExitCode::from(if rows.iter().any(Check::surprises) { failure::RUN } else { 0 }))
}

fn text(rows: &[Check]) -> String {
    let mut lines =
        vec![["", "area", "id", "expected", "got", "error", "bound", "what"].map(str::to_owned).to_vec()];
    for row in rows {
        let verdict = match (row.ok, &row.known) {
            (true, None) => "ok",
            (false, Some(_)) => "known",
            (false, None) => "MISS",
            (true, Some(_)) => "PASSES",
        };
        let number = |value: f64| format!("{value:.4e}").replace('-', "−");
        lines.push(vec![
            verdict.to_owned(),
            row.area.to_owned(),
            row.id.clone(),
            number(row.expected),
            number(row.got),
            number(row.error),
            number(row.bound),
            row.what.clone(),
        ]);
    }
    let mut out = screen::table(&lines);
    for row in rows {
        if let Some(why) = &row.known {
            out.push_str(&format!("\n{} {}: {why}\n", row.area, row.id));
        }
    }
    let ok = rows.iter().filter(|row| row.ok).count();
    let known = rows.iter().filter(|row| !row.ok && row.known.is_some()).count();
    let surprises = rows.iter().filter(|row| row.surprises()).count();
    out.push_str(&format!("\n{ok} of {} hold, {known} misses are known, {surprises} surprise\n", rows.len()));
    out
}
