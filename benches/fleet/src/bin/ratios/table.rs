//! The tables that are printed.

use std::fmt::Write;

use benches::workload::SECOND;

use crate::engines::Case;
use crate::measure::Best;

/// Linux counts resident pages in batches of some hundred kibibytes; less memory than this is not told [B].
const COUNTABLE: u64 = 1 << 20;

/// What an engine measured on a case, if it took part.
pub struct Cell {
    pub engine: &'static str,
    pub empty_rss: u64,
    pub best: Option<Best>,
}

/// One case, an engine a line; ratios are to the first.
pub fn case(case: &Case, cells: &[Cell]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let (name, period) = (case.name, case.period_s);
    writeln!(text, "\n{name}: {} devices, a wake every {period} s", thousands(case.devices.into()))?;
    writeln!(
        text,
        "{:<10}{:>10}{:>12}{:>14}{:>14}{:>10}{:>12}",
        "engine", "horizon s", "messages", "ns/message", "events/CPU s", "x soa", "B/device"
    )?;
    let light = cells.first().and_then(|cell| cell.best.as_ref()).map_or(f64::NAN, Best::per_message);
    for cell in cells {
        let Some(best) = &cell.best else { continue };
        let memory = best.peak_rss.saturating_sub(cell.empty_rss);
        let per_device = match memory >= COUNTABLE {
            true => thousands(memory / u64::from(case.devices)),
            false => "-".to_owned(),
        };
        writeln!(
            text,
            "{:<10}{:>10}{:>12}{:>14.1}{:>12.2} M{:>10.1}{:>12}",
            cell.engine,
            best.fleet.horizon / SECOND,
            thousands(best.sums.messages),
            best.per_message(),
            best.event_rate() / 1e6,
            best.per_message() / light,
            per_device,
        )?;
    }
    Ok(text)
}

/// Nanoseconds a message of every engine, a case a column.
pub fn scaling(cases: &[(&Case, &[Cell])]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("\nScaling, ns/message, a wake every 10 s\n");
    write!(text, "{:<10}", "engine")?;
    for (case, _) in cases {
        write!(text, "{:>14}", thousands(case.devices.into()))?;
    }
    let engines = cases.first().map_or(&[][..], |(_, cells)| cells);
    for (row, engine) in engines.iter().enumerate() {
        write!(text, "\n{:<10}", engine.engine)?;
        for (_, cells) in cases {
            match &cells[row].best {
                Some(best) => write!(text, "{:>14.1}", best.per_message())?,
                None => write!(text, "{:>14}", "-")?,
            }
        }
    }
    text.push('\n');
    Ok(text)
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
