//! The comparison as it stands in the terminal.

use crate::batteries::{HEADS, cells};
use crate::comparison::{Comparison, Difference, MetricEntry, StrategyReport};
use crate::facts::Loss;
use crate::format::{Cell, cell, count, number, shown, span};
use std::collections::BTreeSet;

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; less than 80 is taken as 80, more than 140 as 140.
    pub columns: usize,
    /// Whether bold and colours may be used.
    pub colour: bool,
}

/// The metrics of the table, as far as the scenario has them, in this order.
const TOLD: [&str; 6] = [
    "care-available",
    "command-flow-availability",
    "patients-harmed",
    "devices-taken-peak",
    "data-flow-availability",
    "hypoxaemia-time",
];

/// Told besides wherever a scenario has them: what batteries, the air and a recorder make of a strategy.
const TOLD_BESIDES: [&str; 7] = [
    "battery-life",
    "battery-controls-share",
    "airtime-per-device-day",
    "record-years-exposed",
    "any-record-exposed",
    "not-migrated",
    "mosca-margin",
];

/// How many of them at most.
const MOST: usize = 4;

/// The comparison in words and tables. `page` is where the page lies, if one was written.
pub fn comparison(all: &Comparison, look: Look, page: Option<&str>) -> String {
    let width = look.columns.clamp(80, 140);
    let mut out = String::new();
    wrap(&mut out, &summary(all), width, "");
    out.push('\n');
    let besides = TOLD_BESIDES.iter().filter_map(|id| all.metric(id));
    let told: Vec<&MetricEntry> =
        TOLD.iter().filter_map(|id| all.metric(id)).take(MOST).chain(besides).collect();
    if let Some(base) = all.strategy(&all.baseline) {
        wrap(&mut out, &baseline(base, &told), width, "  ");
        out.push('\n');
    }
    differences(&mut out, all, &told, width, look.colour);
    lost(&mut out, all, width, look.colour);
    batteries(&mut out, all, width, look.colour);
    for sentence in &all.answer {
        wrap(&mut out, &sentence.text, width, "  ");
    }
    out.push('\n');
    rests(&mut out, all, width, look.colour);
    if let Some(page) = page {
        out.push_str(&format!("page    {page}\n"));
    }
    out.push_str(&format!("again   {}\ndigest  {}\n", all.command, all.digest));
    out
}

fn summary(all: &Comparison) -> String {
    let devices: u64 = all.dossier.zones.iter().map(|zone| zone.devices).sum();
    let (zones, strategies, runs) = (all.dossier.zones.len(), all.strategies.len(), all.replications);
    let many =
        |n: usize, one: &str, more: &str| format!("{} {}", count(n as u64), if n == 1 { one } else { more });
    let mut parts = vec![all.scenario.clone()];
    if devices > 0 {
        parts.push(many(devices as usize, "device", "devices"));
        parts.push(many(zones, "zone", "zones"));
    }
    parts.push(span(all.clock.horizon_s));
    parts.push(format!(
        "{} × {}, same luck",
        many(strategies, "strategy", "strategies"),
        many(runs, "run", "runs")
    ));
    parts.push(format!("seed {}", all.seed));
    parts.join(" · ")
}

fn baseline(base: &StrategyReport, told: &[&MetricEntry]) -> String {
    let value = |metric: &&MetricEntry| {
        let shown = shown(&metric.unit);
        let here = cell(&base.metrics.get(&metric.id)?.interval, shown.factor, false);
        let unit = if metric.unit == "persons" { String::new() } else { format!(" {}", shown.unit) };
        Some(format!("{} {}{unit}", metric.title, here.mean))
    };
    format!("with {}: {}", base.name, told.iter().filter_map(value).collect::<Vec<_>>().join(", "))
}

/// The mark of a difference that is not shown; it stands where no colour does.
const UNSHOWN: &str = "~";

fn differences(out: &mut String, all: &Comparison, told: &[&MetricEntry], width: usize, colour: bool) {
    let others: Vec<&str> =
        all.strategies.iter().map(|one| one.name.as_str()).filter(|name| *name != all.baseline).collect();
    if others.is_empty() || told.is_empty() {
        return;
    }
    let percent = number(all.confidence * 100.0, 0);
    let heading = if all.replications > 1 {
        format!("change from {}, {percent} % paired intervals", all.baseline)
    } else {
        format!("change from {}, one run: no interval", all.baseline)
    };
    out.push_str(&bold(&heading, colour));
    out.push('\n');
    let first = others.iter().map(|name| len(name)).max().unwrap_or(0) + 2;
    let columns: Vec<Column> = told.iter().map(|metric| column(all, metric, &others)).collect();
    let mut unshown = false;
    let mut at = 0;
    while at < columns.len() {
        let mut used = first;
        let mut end = at;
        while columns.get(end).is_some_and(|next| used + next.width <= width || end == at) {
            used += columns.get(end).map_or(0, |next| next.width + GAP);
            end += 1;
        }
        let block = columns.get(at..end).unwrap_or(&[]);
        let mut line = " ".repeat(first);
        for one in block {
            line.push_str(&pad(&one.title, one.width + GAP));
        }
        push(out, &line);
        for (row, name) in others.iter().enumerate() {
            let mut line = pad(name, first);
            for one in block {
                let Some((here, better)) = one.cells.get(row) else { continue };
                unshown |= better.is_none() && !here.range.is_empty();
                line.push_str(&painted(one, here, *better, colour));
            }
            push(out, &line);
        }
        out.push('\n');
        at = end;
    }
    if unshown {
        push(out, &format!("{UNSHOWN} the interval holds zero: no difference shown"));
        out.push('\n');
    }
}

/// Space between columns.
const GAP: usize = 2;

struct Column {
    title: String,
    whole: usize,
    fraction: usize,
    width: usize,
    cells: Vec<(Cell, Option<bool>)>,
}

fn column(all: &Comparison, metric: &MetricEntry, names: &[&str]) -> Column {
    let shown = shown(&metric.unit);
    let step = if metric.unit == "persons" { String::new() } else { format!(", {}", shown.step) };
    let title = format!("{}{step}", metric.title);
    let laid = |one: &Difference| (cell(&one.interval, shown.factor, true), one.better);
    let blank = || (Cell { mean: "–".to_owned(), range: String::new() }, None);
    let cells: Vec<(Cell, Option<bool>)> =
        names.iter().map(|name| all.difference(&metric.id, name).map_or_else(blank, laid)).collect();
    let whole = cells.iter().map(|(here, _)| whole_of(&here.mean)).max().unwrap_or(0);
    let fraction = cells.iter().map(|(here, _)| len(&here.mean) - whole_of(&here.mean)).max().unwrap_or(0);
    let range = cells.iter().map(|(here, _)| len(&here.range)).max().unwrap_or(0);
    Column { width: len(&title).max(whole + fraction + 2 + range), title, whole, fraction, cells }
}

fn painted(column: &Column, here: &Cell, better: Option<bool>, colour: bool) -> String {
    let mark = if better.is_none() && !here.range.is_empty() { UNSHOWN } else { " " };
    let whole = whole_of(&here.mean);
    let indent = " ".repeat(column.whole.saturating_sub(whole));
    let mean = pad(&format!("{indent}{}", here.mean), column.whole + column.fraction);
    let text = format!("{mean} {mark}{}", here.range);
    let padded = pad(&text, column.width + GAP);
    match better {
        Some(true) if colour => format!("\u{1b}[32m{padded}\u{1b}[0m"),
        Some(false) if colour => format!("\u{1b}[31m{padded}\u{1b}[0m"),
        None if colour => format!("\u{1b}[2m{padded}\u{1b}[0m"),
        _ => padded,
    }
}

/// Who lost what: the headline in its parts, one row a strategy.
fn lost(out: &mut String, all: &Comparison, width: usize, colour: bool) {
    let Some(first) = all.strategies.first() else { return };
    let parts = |one: &StrategyReport| {
        let h = one.headline;
        [h.attack, h.answering, h.other, h.fault, h.planned, h.rest].map(|share| share * 100.0)
    };
    let rows: Vec<(&str, [f64; 6])> =
        all.strategies.iter().map(|one| (one.name.as_str(), parts(one))).collect();
    let largest = rows.iter().flat_map(|(_, parts)| parts).fold(0.0, |most: f64, part| most.max(*part));
    if largest == 0.0 {
        return;
    }
    let digits = if largest >= 1.0 {
        1
    } else if largest >= 0.1 {
        2
    } else {
        3
    };
    let heading = match first.headline.loss {
        Loss::Care => "care lost, % of patient time, by whom",
        _ => "messages lost, % of those due, by whom",
    };
    out.push_str(&bold(heading, colour));
    out.push('\n');
    let name = rows.iter().map(|(name, _)| len(name)).max().unwrap_or(0) + 2;
    let each = ((width - name) / 6).min(16);
    let heads = [
        "attack",
        "control because of an attack",
        "control because of anything else",
        "fault",
        "planned",
        "load and other",
    ]
    .map(|head| lines_of(head, each - 2));
    let deepest = heads.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..deepest {
        let mut line = " ".repeat(name);
        for head in &heads {
            line.push_str(&pad(head.get(row).map_or("", String::as_str), each));
        }
        push(out, &line);
    }
    for (strategy, parts) in &rows {
        let mut line = pad(strategy, name);
        for part in parts {
            line.push_str(&pad(&format!("{:>5}", number(*part, digits)), each));
        }
        push(out, &line);
    }
    out.push('\n');
}

/// How long batteries last, class by class, and what draws them down under each strategy.
fn batteries(out: &mut String, all: &Comparison, width: usize, colour: bool) {
    let classes: BTreeSet<&str> =
        all.strategies.iter().flat_map(|one| &one.batteries).map(|row| row.class.as_str()).collect();
    let name = all.strategies.iter().map(|one| len(&one.name)).max().unwrap_or(0) + 2;
    for class in classes {
        let mut rows = vec![(String::new(), HEADS.map(str::to_owned))];
        for one in &all.strategies {
            let own = one.batteries.iter().find(|row| row.class == class);
            rows.extend(own.map(|row| (one.name.clone(), cells(row))));
        }
        let widths: Vec<usize> = (0..HEADS.len())
            .map(|at| rows.iter().skip(1).map(|(_, cells)| len(&cells[at])).max().unwrap_or(0))
            .collect();
        // A head may take several lines, so that the table stays as wide as its cells.
        let heads: Vec<Vec<String>> =
            HEADS.iter().zip(&widths).map(|(head, &room)| lines_of(head, room.max(8))).collect();
        let widths: Vec<usize> = heads
            .iter()
            .zip(widths)
            .map(|(head, room)| head.iter().map(|line| len(line)).max().unwrap_or(0).max(room) + GAP)
            .collect();
        wrap(
            out,
            &bold(&format!("batteries of {class}: how long they last, and what draws them down"), colour),
            width,
            "",
        );
        for line in 0..heads.iter().map(Vec::len).max().unwrap_or(0) {
            let cells = heads.iter().zip(&widths);
            let text: String =
                cells.map(|(head, &room)| pad(head.get(line).map_or("", String::as_str), room)).collect();
            push(out, &format!("{}{text}", " ".repeat(name)));
        }
        for (strategy, cells) in rows.iter().skip(1) {
            let text: String = cells.iter().zip(&widths).map(|(cell, &room)| pad(cell, room)).collect();
            push(out, &format!("{}{text}", pad(strategy, name)));
        }
        out.push('\n');
    }
}

/// How much of what was read is assumed, and which of it moves the answer; only where that was asked for.
fn rests(out: &mut String, all: &Comparison, width: usize, colour: bool) {
    let Some(found) = &all.sensitivity else { return };
    let heads = ["numbers read", "assumed", "from memory"];
    let first = all.flags.iter().map(|flag| len(&flag.group)).max().unwrap_or(0) + 2;
    out.push_str(&bold("what this rests on", colour));
    out.push('\n');
    push(out, &format!("{}{}", " ".repeat(first), heads.map(|head| pad(head, len(head) + GAP)).concat()));
    for flag in all.flags.iter().filter(|flag| flag.read > 0) {
        let cells = [flag.read, flag.assumed, flag.remembered];
        let cell = |(head, value): (&str, usize)| {
            let text = format!("{:>width$}", count(value as u64), width = len(head));
            pad(&text, len(head) + GAP)
        };
        let cells: String = heads.into_iter().zip(cells).map(cell).collect();
        push(out, &format!("{}{cells}", pad(&flag.group, first)));
    }
    out.push('\n');
    let metric = all.metric(&found.metric).map_or(found.metric.as_str(), |metric| metric.title.as_str());
    let runs = match found.replications {
        1 => "one run".to_owned(),
        more => format!("{more} runs"),
    };
    let tried = count(found.tried() as u64);
    let none = found.movers().next().is_none();
    let text = if none {
        format!(
            "Of {tried} set low and high, in {runs} of each strategy that reads it, none moves a difference in {metric} beyond its interval."
        )
    } else {
        format!(
            "Of {tried} set low and high, in {runs} of each strategy that reads it, these move a difference in {metric} beyond its interval:"
        )
    };
    wrap(out, &text, width, "  ");
    if !none {
        let name = found.movers().map(|one| len(&one.parameter)).max().unwrap_or(0) + 2;
        let strategy = found.movers().map(|one| len(&one.strategy)).max().unwrap_or(0) + 2;
        for one in found.movers() {
            let line = [pad(&one.parameter, name), pad(one.end.word(), 6), pad(&one.strategy, strategy)];
            push(out, &format!("  {}{}", line.concat(), found.change(one)));
        }
    }
    for untried in &found.untried {
        let end = untried.end.map_or_else(String::new, |end| format!(" {}", end.word()));
        wrap(out, &format!("not set{end}: {}: {}", untried.parameter, untried.why), width, "  ");
    }
    out.push('\n');
}

/// Signs and digits before the decimal point.
fn whole_of(number: &str) -> usize {
    number.chars().take_while(|letter| *letter != '.').count()
}

fn len(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(len(text))))
}

fn bold(text: &str, colour: bool) -> String {
    if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A line without blanks at its end.
fn push(out: &mut String, line: &str) {
    out.push_str(line.trim_end_matches(' '));
    out.push('\n');
}

/// Break a text at ordinary spaces into lines of at most `width`.
fn lines_of(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if len(line) + 1 + len(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn wrap(out: &mut String, text: &str, width: usize, indent: &str) {
    for (at, line) in lines_of(text, width - len(indent)).iter().enumerate() {
        push(out, &format!("{}{line}", if at == 0 { "" } else { indent }));
    }
}
