//! The day: care available under every strategy on one clock, with what happened marked on it.

use super::canvas::{Canvas, Frame, Ink, Scale, Side, Words, figure, ticks};
use super::{Size, series_of};
use crate::comparison::{Comparison, Mark, MarkKind};
use crate::error::ReportError;
use crate::format::{clock, number};

const DAY: f64 = 86_400.0;

/// Height of a row of words above the plot [px].
const ROW: f64 = 17.0;

/// The curves; nothing where nobody needs care.
///
/// # Errors
/// When they cannot be drawn.
pub(crate) fn draw(all: &Comparison, size: Size) -> Result<Option<String>, ReportError> {
    if all.curves.is_empty() {
        return Ok(None);
    }
    let width = if size == Size::Wide { 880.0 } else { 358.0 };
    let lowest = |points: &[(f64, f64)]| {
        points
            .iter()
            .copied()
            .fold((0.0, f64::INFINITY), |low, point| if point.1 < low.1 { point } else { low })
    };
    let say = |curve: &crate::comparison::Curve| {
        let (at, share) = lowest(&curve.points);
        format!(
            "{}: lowest {} % at {}",
            curve.strategy,
            number(share * 100.0, 1),
            clock(all.clock.start_s + at)
        )
    };
    let curves: Vec<String> = all.curves.iter().map(say).collect();
    let marks: Vec<String> = all
        .marks
        .iter()
        .map(|mark| format!("{} {}", clock(all.clock.start_s + mark.at_s), text(mark)))
        .collect();
    let label = format!("Care available over time. {}. Marked: {}.", curves.join("; "), marks.join("; "));
    let mut sheet = Sheet { all, size, width, names: 0.0 };
    let mut rows = 0;
    figure("day", "", "", (width, 10.0), |canvas| {
        for curve in &all.curves {
            let words = Words::new(&curve.strategy, sheet.small(), Ink::Text, Side::Left).bold();
            sheet.names = sheet.names.max(canvas.width(&words)?);
        }
        rows = sheet.rows(canvas)?.iter().map(|placed| placed.row + 1).max().unwrap_or(0);
        Ok(())
    })?;
    let plot_height = if size == Size::Wide { 300.0 } else { 270.0 };
    let top = 34.0 + rows as f64 * ROW;
    let dimensions = (width, top + plot_height + 34.0);
    let plot = Frame { left: sheet.left(), top, right: sheet.right(), bottom: top + plot_height };
    figure("day", size.class(), &label, dimensions, |canvas| sheet.draw(canvas, plot)).map(Some)
}

fn text(mark: &Mark) -> String {
    match &mark.strategy {
        Some(strategy) => format!("{} ({strategy})", mark.text),
        None => mark.text.clone(),
    }
}

/// Where a mark's words stand.
struct Placed<'a> {
    row: usize,
    begin: f64,
    /// From where to where they reach, with their line.
    words: (f64, f64),
    at: f64,
    mark: &'a Mark,
}

struct Sheet<'a> {
    all: &'a Comparison,
    size: Size,
    width: f64,
    /// Width of the longest strategy's name.
    names: f64,
}

impl Sheet<'_> {
    fn left(&self) -> f64 {
        if self.size == Size::Wide { 46.0 } else { 38.0 }
    }

    fn right(&self) -> f64 {
        self.width - self.names - 26.0
    }

    fn small(&self) -> f64 {
        if self.size == Size::Wide { 12.5 } else { 11.0 }
    }

    fn across(&self) -> Scale {
        Scale { from: (0.0, self.all.clock.horizon_s), to: (self.left(), self.right()) }
    }

    /// For every mark the row of its words, such that no words overlap and no mark's line, which runs down from
    /// its own row, strikes through the words of a row below.
    fn rows(&self, canvas: &Canvas<'_>) -> Result<Vec<Placed<'_>>, ReportError> {
        let mut marks: Vec<&Mark> = self.all.marks.iter().collect();
        marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for mark in marks {
            let at = self.across().at(mark.at_s);
            let wide = canvas.width(&Words::new(&text(mark), self.small(), Ink::Text, Side::Left))?;
            let begin = (at + 4.0).min(self.width - wide).max(0.0);
            let words = (begin.min(at) - 5.0, (begin + wide).max(at) + 5.0);
            let under = |x: f64, (from, to): (f64, f64)| x > from && x < to;
            let free = |row: usize| {
                placed.iter().all(|other| match other.row.cmp(&row) {
                    std::cmp::Ordering::Equal => words.1 < other.words.0 || words.0 > other.words.1,
                    std::cmp::Ordering::Less => !under(other.at, words),
                    std::cmp::Ordering::Greater => !under(at, other.words),
                })
            };
            let bottom = placed.iter().map(|other| other.row + 1).max().unwrap_or(0);
            let row = (0..=bottom).find(|row| free(*row)).unwrap_or(bottom);
            placed.push(Placed { row, begin, words, at, mark });
        }
        Ok(placed)
    }

    fn draw(&self, canvas: &Canvas<'_>, plot: Frame) -> Result<(), ReportError> {
        let across = self.across();
        let shares = self.all.curves.iter().flat_map(|curve| &curve.points).map(|(_, share)| share * 100.0);
        let lowest = shares.fold(100.0, f64::min);
        let floor = (lowest - (100.0 - lowest) * 0.06).clamp(0.0, 99.9);
        let up = Scale { from: (floor, 100.0), to: (plot.bottom, plot.top) };
        canvas.text(
            (0.0, 12.0),
            Words::new("↑ care available, %", self.small() + 1.5, Ink::Text, Side::Left),
        )?;
        let (levels, digits) = ticks(floor, 100.0, 5.0);
        for &level in &levels {
            canvas.line(&[(plot.left, up.at(level)), (plot.right, up.at(level))], Ink::Rule, 1.0)?;
            let text = number(level, digits);
            canvas.text(
                (plot.left - 7.0, up.at(level)),
                Words::new(&text, self.small(), Ink::Soft, Side::Right),
            )?;
        }
        self.hours(canvas, plot, &across)?;
        let placed = self.rows(canvas)?;
        let ink = |mark: &Mark, plain| if mark.kind == MarkKind::Attack { Ink::Attack } else { plain };
        let height = |row: usize| 34.0 + row as f64 * ROW;
        for one in &placed {
            let above = if one.begin > one.at { -6.0 } else { 9.0 };
            let line = [(one.at, height(one.row) + above), (one.at, plot.bottom)];
            canvas.line(&line, ink(one.mark, Ink::Soft), 1.0)?;
        }
        for one in &placed {
            let text = text(one.mark);
            let words = Words::new(&text, self.small(), ink(one.mark, Ink::Text), Side::Left);
            canvas.text((one.begin, height(one.row)), words)?;
        }
        self.curves(canvas, plot, &across, &up)
    }

    fn hours(&self, canvas: &Canvas<'_>, plot: Frame, across: &Scale) -> Result<(), ReportError> {
        let (start, horizon) = (self.all.clock.start_s, self.all.clock.horizon_s);
        let most = if self.size == Size::Wide { 9.0 } else { 5.0 };
        let steps = [
            300.0,
            900.0,
            1_800.0,
            3_600.0,
            7_200.0,
            10_800.0,
            21_600.0,
            43_200.0,
            DAY,
            7.0 * DAY,
            30.0 * DAY,
            90.0 * DAY,
        ];
        let step = steps.into_iter().find(|step| horizon / step <= most).unwrap_or(365.0 * DAY);
        let mut at = (start / step).ceil() * step;
        while at <= start + horizon + 1e-6 {
            let x = across.at(at - start);
            canvas.line(&[(x, plot.bottom), (x, plot.bottom + 5.0)], Ink::Soft, 1.0)?;
            let end = (at - start - horizon).abs() < 1e-6 && at % DAY == 0.0;
            let text = match () {
                () if step >= DAY => format!("day {}", number(at / DAY, 0)),
                () if end => "24:00".to_owned(),
                () => clock(at),
            };
            canvas.text((x, plot.bottom + 16.0), Words::new(&text, self.small(), Ink::Soft, Side::Middle))?;
            at += step;
        }
        canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], Ink::Soft, 1.0)
    }

    fn curves(
        &self,
        canvas: &Canvas<'_>,
        plot: Frame,
        across: &Scale,
        up: &Scale,
    ) -> Result<(), ReportError> {
        let mut ends = Vec::new();
        for curve in &self.all.curves {
            let series = series_of(self.all, &curve.strategy);
            let points: Vec<(f64, f64)> =
                curve.points.iter().map(|(at, share)| (across.at(*at), up.at(share * 100.0))).collect();
            canvas.line(&points, Ink::Series(series), 2.2)?;
            for &at in points.iter().skip(4 + series * 3).step_by(20) {
                canvas.mark(at, series, 4.0)?;
            }
            ends.extend(points.last().map(|end| (end.1, series, curve.strategy.as_str(), *end)));
        }
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let step = self.small() + 6.0;
        let room = (plot.bottom - plot.top) / step;
        let mut from = plot.top + 4.0;
        let count = ends.len();
        for (nth, (y, series, name, end)) in ends.into_iter().enumerate() {
            let last = plot.bottom - (count - nth - 1) as f64 * step.min(room * step / count as f64);
            let at = y.max(from).min(last);
            from = at + step;
            let x = plot.right + 12.0;
            canvas.line(&[end, (plot.right + 2.0, end.1), (x - 3.0, at)], Ink::Series(series), 1.0)?;
            canvas.mark((x + 4.0, at), series, 4.0)?;
            canvas.text(
                (x + 12.0, at),
                Words::new(name, self.small(), Ink::Series(series), Side::Left).bold(),
            )?;
        }
        Ok(())
    }
}
