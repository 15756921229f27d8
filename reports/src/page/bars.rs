//! Who took the care away: one stacked bar per strategy, words on the parts that are wide enough and below for the rest.

use super::Size;
use super::canvas::{Canvas, Frame, Ink, Scale, Side, Words, figure, ticks};
use crate::comparison::{Comparison, StrategyReport};
use crate::error::ReportError;
use crate::facts::Loss;
use crate::format::number;
use sim::fact::By;
use std::collections::BTreeMap;

/// A part of a bar.
struct Part {
    name: String,
    ink: Ink,
    on: Ink,
    percent: f64,
}

/// The bars; nothing when nothing was lost.
///
/// # Errors
/// When they cannot be drawn.
pub(crate) fn draw(all: &Comparison, size: Size) -> Result<Option<String>, ReportError> {
    let bars: Vec<(&str, Vec<Part>)> =
        all.strategies.iter().map(|strategy| (strategy.name.as_str(), parts(strategy))).collect();
    let total = |parts: &[Part]| parts.iter().map(|part| part.percent).sum::<f64>();
    let most = bars.iter().map(|(_, parts)| total(parts)).fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    let say = |(name, parts): &(&str, Vec<Part>)| {
        let parts: Vec<String> =
            parts.iter().map(|part| format!("{} {}", part.name, digits(part.percent))).collect();
        format!("{name}: {}", parts.join(", "))
    };
    let label = format!("{}, by whom. {}.", goods(all), bars.iter().map(say).collect::<Vec<_>>().join("; "));
    let sheet = Sheet { size, most, unit: goods(all) };
    let height = figure_height(&sheet, &bars)?;
    let dimensions = (sheet.width(), height);
    figure("bars", size.class(), &label, dimensions, |canvas| sheet.draw(canvas, height, &bars).map(|_| ()))
        .map(Some)
}

/// The height that the bars need, found by laying them out once.
fn figure_height(sheet: &Sheet, bars: &[(&str, Vec<Part>)]) -> Result<f64, ReportError> {
    let mut height = 0.0;
    figure("bars", "", "", (sheet.width(), 4_000.0), |canvas| {
        height = sheet.draw(canvas, 4_000.0, bars)?;
        Ok(())
    })?;
    Ok(height)
}

fn goods(all: &Comparison) -> &'static str {
    let care = all.strategies.first().is_some_and(|one| one.headline.loss == Loss::Care);
    if care { "care lost, % of patient time" } else { "messages lost, % of those due" }
}

/// Two digits below one percent, one above.
fn digits(percent: f64) -> String {
    number(percent, if percent >= 0.95 { 1 } else { 2 })
}

fn parts(strategy: &StrategyReport) -> Vec<Part> {
    let loss = strategy.headline.loss;
    let (mut answering, mut other) = (BTreeMap::new(), BTreeMap::new());
    for row in strategy.ledger.iter().filter(|row| row.loss == loss && row.by.kind == By::Control) {
        let attacked = row.because.as_ref().is_some_and(|because| because.kind == By::Attack);
        let group = if attacked { &mut answering } else { &mut other };
        *group.entry(row.by.name.as_str()).or_insert(0.0) += row.share.unwrap_or(0.0) * 100.0;
    }
    let h = &strategy.headline;
    let fixed =
        |name: &str, ink, on, share: f64| Part { name: name.to_owned(), ink, on, percent: share * 100.0 };
    let named = |group: BTreeMap<&str, f64>, ink, on, suffix: &str| {
        let mut parts: Vec<Part> = group
            .into_iter()
            .map(|(id, percent)| Part { name: format!("{id}{suffix}"), ink, on, percent })
            .collect();
        parts.sort_by(|a, b| b.percent.total_cmp(&a.percent));
        parts
    };
    let mut parts = vec![fixed("attack", Ink::Attack, Ink::OnStrong, h.attack)];
    parts.extend(named(answering, Ink::Answering, Ink::OnPale, " (answering)"));
    parts.extend(named(other, Ink::Control, Ink::OnStrong, ""));
    parts.push(fixed("faults", Ink::Fault, Ink::OnPale, h.fault));
    parts.push(fixed("planned", Ink::Planned, Ink::OnPale, h.planned));
    parts.push(fixed("load and other", Ink::Rest, Ink::OnPale, h.rest));
    parts.retain(|part| part.percent >= 0.005);
    parts
}

struct Sheet {
    size: Size,
    most: f64,
    unit: &'static str,
}

impl Sheet {
    fn width(&self) -> f64 {
        if self.size == Size::Wide { 880.0 } else { 358.0 }
    }

    /// Draw everything from the top; gives the height used.
    fn draw(&self, canvas: &Canvas<'_>, height: f64, bars: &[(&str, Vec<Part>)]) -> Result<f64, ReportError> {
        let wide = self.size == Size::Wide;
        let (normal, small) = if wide { (14.0, 12.5) } else { (13.0, 11.5) };
        let names = bars
            .iter()
            .map(|(name, _)| canvas.width(&Words::new(name, normal, Ink::Text, Side::Left).bold()));
        let longest = names.collect::<Result<Vec<f64>, _>>()?.into_iter().fold(0.0, f64::max);
        let left = if wide { longest + 14.0 } else { 2.0 };
        let right = self.width() - 56.0;
        let across = Scale { from: (0.0, self.most), to: (left, right) };
        let foot = height - 44.0;
        let (marks, mark_digits) = ticks(0.0, self.most, if wide { 6.0 } else { 4.0 });
        for &tick in &marks {
            canvas.line(&[(across.at(tick), 6.0), (across.at(tick), foot)], Ink::Rule, 1.0)?;
        }
        let mut y = 8.0;
        for (name, parts) in bars {
            let words = Words::new(name, normal, Ink::Text, Side::Left).bold();
            if !wide {
                canvas.text((left, y + 8.0), words)?;
                y += 20.0;
            } else {
                canvas.text((0.0, y + 14.0), words)?;
            }
            y = self.bar(canvas, y, &across, parts, small)?;
        }
        for &tick in &marks {
            let text = number(tick, mark_digits);
            canvas.text((across.at(tick), foot + 13.0), Words::new(&text, small, Ink::Soft, Side::Middle))?;
        }
        canvas.text((left, foot + 33.0), Words::new(self.unit, small, Ink::Text, Side::Left))?;
        Ok(y + 44.0)
    }

    /// One bar with its words; gives where the next begins.
    fn bar(
        &self,
        canvas: &Canvas<'_>,
        y: f64,
        across: &Scale,
        parts: &[Part],
        small: f64,
    ) -> Result<f64, ReportError> {
        let thick = 28.0;
        let (mut from, mut below) = (0.0, Vec::new());
        for part in parts {
            let (a, b) = (across.at(from), across.at(from + part.percent));
            canvas.block(Frame { left: a, top: y, right: b, bottom: y + thick }, part.ink)?;
            canvas.line(&[(b, y), (b, y + thick)], Ink::Paper, 1.5)?;
            from += part.percent;
            let text = format!("{} {}", part.name, digits(part.percent));
            let words = Words::new(&text, small, part.on, Side::Middle);
            if canvas.width(&words)? + 6.0 <= b - a {
                canvas.text(((a + b) / 2.0, y + thick / 2.0), words)?;
            } else {
                below.push((text, part.ink));
            }
        }
        let total = format!("{} %", digits(from));
        canvas.text(
            (across.at(from) + 7.0, y + thick / 2.0),
            Words::new(&total, small + 1.0, Ink::Text, Side::Left),
        )?;
        let (mut x, mut line) = (across.to.0, y + thick + 12.0);
        for (text, ink) in &below {
            let words = Words::new(text, small, Ink::Text, Side::Left);
            let needed = 13.0 + canvas.width(&words)?;
            if x + needed > self.width() && x > across.to.0 {
                (x, line) = (across.to.0, line + 17.0);
            }
            canvas.block(Frame { left: x, top: line - 4.5, right: x + 9.0, bottom: line + 4.5 }, *ink)?;
            canvas.text((x + 13.0, line), words)?;
            x += needed + 9.0;
        }
        Ok(if below.is_empty() { y + thick + 20.0 } else { line + 24.0 })
    }
}
