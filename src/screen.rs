//! What is written: results to standard output, everything else to standard error.

use crate::failure::Failure;
use reports::format::clock;
use reports::terminal::Look;
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Columns where the terminal does not say.
const COLUMNS: usize = 110;

/// A result. Who reads it may stop reading: that is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A result as JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// A word to the person at the terminal. If nobody can be told, nobody is.
pub fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether a person watches the progress.
pub fn watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether results may be coloured: a terminal reads them, and nobody said `NO_COLOR`.
pub fn coloured() -> bool {
    io::stdout().is_terminal() && plain_is_not_asked_for()
}

/// Whether messages may be coloured.
pub fn messages_coloured() -> bool {
    io::stderr().is_terminal() && plain_is_not_asked_for()
}

/// <https://no-color.org>: any value but an empty one asks for plain text.
fn plain_is_not_asked_for() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How results are laid out.
pub fn look() -> Look {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Look { columns: columns.unwrap_or(COLUMNS), colour: coloured() }
}

/// A time of day; of a later day than the first with how many days later.
pub fn day(at_s: f64) -> String {
    match (at_s / 86_400.0).floor() {
        0.0 => clock(at_s),
        days => format!("{} +{days} d", clock(at_s)),
    }
}

/// Lines of cells, aligned in columns; a cell that begins with a digit or a sign stands to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, &width) in row.iter().zip(&widths) {
            let number = cell.starts_with(|first: char| first.is_ascii_digit() || "−+-".contains(first));
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            let cells = if number { [gap.as_str(), cell] } else { [cell, gap.as_str()] };
            line.push_str("  ");
            cells.iter().for_each(|part| line.push_str(part));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_lines_end_without_blanks() {
        let rows = [["flow", "due"], ["dose-order", "7"], ["x", "1,234"]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(table(&rows), "  flow        due\n  dose-order      7\n  x           1,234\n");
    }
}
