//! One large picture: what is kept against what is suffered, one mark per strategy with its interval.

use super::canvas::{Canvas, Frame, Ink, Scale, Side, Words, figure, ticks};
use super::{Size, series_of};
use crate::comparison::{Comparison, MetricEntry, Pareto, StrategyReport};
use crate::error::ReportError;
use crate::format::{cell, number, shown};
use crate::metrics::possible;
use crate::statistics::Interval;

struct Point<'a> {
    name: &'a str,
    series: usize,
    x: Interval,
    y: Interval,
    unbeaten: bool,
}

/// The picture; nothing when the scenario has no two axes for it.
///
/// # Errors
/// When it cannot be drawn.
pub(crate) fn draw(all: &Comparison, size: Size) -> Result<Option<String>, ReportError> {
    let Some(pareto) = &all.pareto else { return Ok(None) };
    let (Some(x), Some(y)) = (all.metric(&pareto.x), all.metric(&pareto.y)) else { return Ok(None) };
    let points = points(all, pareto, x, y);
    let dimensions = if size == Size::Wide { (880.0, 500.0) } else { (358.0, 400.0) };
    let aside = unharmed(all, x);
    let label = label(&points, x, y) + aside.as_deref().unwrap_or_default();
    let svg = figure("plane", size.class(), &label, dimensions, |canvas| {
        sheet(canvas, dimensions, size, &points, [x, y], aside.as_deref())
    })?;
    Ok(Some(svg))
}

/// What the axis leaves unsaid when harm, being zero everywhere, gave its place to something else.
fn unharmed(all: &Comparison, x: &MetricEntry) -> Option<String> {
    let harm = all.metric("patients-harmed").filter(|harm| harm.id != x.id)?;
    let none =
        |one: &StrategyReport| one.metrics.get(&harm.id).is_some_and(|value| value.interval.mean == 0.0);
    all.strategies.iter().all(none).then(|| format!("{}: 0 in every run", harm.title))
}

fn points<'a>(all: &'a Comparison, pareto: &Pareto, x: &MetricEntry, y: &MetricEntry) -> Vec<Point<'a>> {
    let of = |metric: &MetricEntry, at: usize| -> Option<Interval> {
        Some(all.strategies.get(at)?.metrics.get(&metric.id)?.interval.scaled(shown(&metric.unit).factor))
    };
    let point = |(at, strategy): (usize, &'a StrategyReport)| {
        let unbeaten = pareto.strategies.contains(&strategy.name);
        let series = series_of(all, &strategy.name);
        Some(Point { name: &strategy.name, series, x: of(x, at)?, y: of(y, at)?, unbeaten })
    };
    all.strategies.iter().enumerate().filter_map(point).collect()
}

fn label(points: &[Point<'_>], x: &MetricEntry, y: &MetricEntry) -> String {
    let say = |point: &Point<'_>| {
        let (here, there) = (cell(&point.y, 1.0, false), cell(&point.x, 1.0, false));
        format!(
            "{}: {} {} {}, {} {} {}",
            point.name, y.title, here.mean, here.range, x.title, there.mean, there.range
        )
    };
    let all: Vec<String> = points.iter().map(say).collect();
    format!("{} against {}. {}. ", y.title, x.title, all.join("; "))
}

/// The ends of an axis: all intervals with room around them, within what is possible. Where all are the same there is
/// no spread to measure the room by: then a tenth of the value, and up to 1 where there is none of it.
fn range(all: &[Interval], metric: &MetricEntry) -> (f64, f64) {
    let factor = shown(&metric.unit).factor;
    let [floor, ceiling] = possible(&metric.unit).map(|end| end * factor);
    let low = all.iter().map(|one| one.low.unwrap_or(one.mean)).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|one| one.high.unwrap_or(one.mean)).fold(f64::NEG_INFINITY, f64::max);
    let room = match high - low {
        spread if spread > 0.0 => (spread * 0.12).max(high * 1e-3),
        _ if high > 0.0 => high * 0.1,
        _ => 1.0,
    };
    ((low - room).max(floor), (high + room).min(ceiling))
}

fn sheet(
    canvas: &Canvas<'_>,
    (width, height): (f64, f64),
    size: Size,
    points: &[Point<'_>],
    [x, y]: [&MetricEntry; 2],
    aside: Option<&str>,
) -> Result<(), ReportError> {
    let type_size = if size == Size::Wide { 14.0 } else { 12.5 };
    let small = type_size - 1.5;
    let plot = Frame {
        left: if size == Size::Wide { 58.0 } else { 44.0 },
        top: 58.0,
        right: width - 16.0,
        bottom: height - 54.0 - if aside.is_some() { small + 6.0 } else { 0.0 },
    };
    let xs: Vec<Interval> = points.iter().map(|point| point.x).collect();
    let ys: Vec<Interval> = points.iter().map(|point| point.y).collect();
    let (x_low, x_high) = range(&xs, x);
    let x_low = if x_low < x_high * 0.4 { 0.0 } else { x_low };
    let (y_low, y_high) = range(&ys, y);
    let across = Scale { from: (x_low, x_high), to: (plot.left, plot.right) };
    let up = Scale { from: (y_low, y_high), to: (plot.bottom, plot.top) };
    let (x_ticks, x_digits) = ticks(x_low, x_high, if size == Size::Wide { 7.0 } else { 4.0 });
    let (y_ticks, y_digits) = ticks(y_low, y_high, 5.0);
    for &tick in &x_ticks {
        let at = across.at(tick);
        canvas.line(&[(at, plot.top), (at, plot.bottom)], Ink::Rule, 1.0)?;
        canvas.text(
            (at, plot.bottom + 15.0),
            Words::new(&number(tick, x_digits), small, Ink::Soft, Side::Middle),
        )?;
    }
    for &tick in &y_ticks {
        let at = up.at(tick);
        canvas.line(&[(plot.left, at), (plot.right, at)], Ink::Rule, 1.0)?;
        canvas.text(
            (plot.left - 8.0, at),
            Words::new(&number(tick, y_digits), small, Ink::Soft, Side::Right),
        )?;
    }
    let unit = |metric: &MetricEntry| {
        let unit = shown(&metric.unit).unit;
        if unit == "persons" { metric.title.clone() } else { format!("{}, {unit}", metric.title) }
    };
    let (title_x, title_y) = (format!("{} →", unit(x)), format!("↑ {}", unit(y)));
    let words = Words::new(&title_x, type_size, Ink::Text, Side::Right);
    canvas.text((plot.right, plot.bottom + 40.0), words)?;
    if let Some(aside) = aside {
        canvas.text((plot.right, height - 12.0), Words::new(aside, small, Ink::Soft, Side::Right))?;
    }
    canvas.text((2.0, 12.0), Words::new(&title_y, type_size, Ink::Text, Side::Left))?;
    let wish = if x.id == "patients-harmed" { "all kept, none harmed" } else { "all kept, nothing taken" };
    let wanted = format!("↖ {}: {wish}", if size == Size::Wide { "what everyone wants" } else { "wanted" });
    canvas
        .text((plot.left, plot.top - 16.0), Words::new(&wanted, type_size, Ink::Wanted, Side::Left).bold())?;
    let mut crossed = frontier(canvas, points, &across, &up)?;
    for point in points {
        crossed.extend(whiskers(canvas, point, &across, &up)?);
    }
    let radius = if size == Size::Wide { 7.0 } else { 5.5 };
    let mut taken: Vec<Frame> = Vec::new();
    for point in points {
        let at = (across.at(point.x.mean), up.at(point.y.mean));
        canvas.mark(at, point.series, radius)?;
        taken.push(Frame::around(at.0, at.1, radius * 2.6, radius * 2.6));
    }
    let bounds = Frame { left: plot.left, top: plot.top, right: width - 2.0, bottom: plot.bottom };
    for point in points {
        let at = (across.at(point.x.mean), up.at(point.y.mean));
        let words = Words::new(point.name, type_size, Ink::Series(point.series), Side::Left).bold();
        let frame = place(at, canvas.width(&words)?, type_size * 1.25, &taken, &crossed, &bounds);
        crossed.extend(leader(canvas, at, &frame, point.series)?);
        canvas.text((frame.left, (frame.top + frame.bottom) / 2.0), words)?;
        taken.push(frame);
    }
    Ok(())
}

/// The line through those whom nobody beats, drawn as the stairs that it is; gives what it covers.
fn frontier(
    canvas: &Canvas<'_>,
    points: &[Point<'_>],
    across: &Scale,
    up: &Scale,
) -> Result<Vec<Frame>, ReportError> {
    let mut best: Vec<(f64, f64)> =
        points.iter().filter(|point| point.unbeaten).map(|point| (point.x.mean, point.y.mean)).collect();
    best.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut stairs: Vec<(f64, f64)> = Vec::new();
    for &(x, y) in &best {
        if let Some(&(_, below)) = stairs.last() {
            stairs.push((across.at(x), below));
        }
        stairs.push((across.at(x), up.at(y)));
    }
    if let (Some(&(first, _)), Some(&(_, last))) = (stairs.first(), stairs.last()) {
        stairs.insert(0, (first, up.to.0));
        stairs.push((across.to.1, last));
    }
    canvas.line(&stairs, Ink::Guide, 1.4)?;
    let steps = stairs.iter().zip(stairs.iter().skip(1));
    let covered = steps.map(|(a, b)| Frame {
        left: a.0.min(b.0) - 1.0,
        right: a.0.max(b.0) + 1.0,
        top: a.1.min(b.1) - 1.0,
        bottom: a.1.max(b.1) + 1.0,
    });
    Ok(covered.collect())
}

/// The two intervals of a mark; gives what they cover.
fn whiskers(
    canvas: &Canvas<'_>,
    point: &Point<'_>,
    across: &Scale,
    up: &Scale,
) -> Result<Vec<Frame>, ReportError> {
    let (x, y) = (across.at(point.x.mean), up.at(point.y.mean));
    let mut covered = Vec::new();
    if let (Some(low), Some(high)) = (point.x.low, point.x.high) {
        let (low, high) = (across.at(low).max(across.to.0), across.at(high));
        canvas.line(&[(low, y), (high, y)], Ink::Series(point.series), 2.0)?;
        covered.push(Frame { left: low, right: high, top: y - 2.0, bottom: y + 2.0 });
    }
    if let (Some(low), Some(high)) = (point.y.low, point.y.high) {
        let (low, high) = (up.at(low), up.at(high));
        canvas.line(&[(x, low), (x, high)], Ink::Series(point.series), 2.0)?;
        covered.push(Frame { left: x - 2.0, right: x + 2.0, top: high, bottom: low });
    }
    Ok(covered)
}

/// A thin line to a label that stands away from its mark; gives what it covers.
fn leader(
    canvas: &Canvas<'_>,
    (x, y): (f64, f64),
    label: &Frame,
    series: usize,
) -> Result<Option<Frame>, ReportError> {
    let end = (x.clamp(label.left - 2.0, label.right + 2.0), y.clamp(label.top + 4.0, label.bottom - 4.0));
    if (end.0 - x).abs().max((end.1 - y).abs()) < 22.0 {
        return Ok(None);
    }
    canvas.line(&[(x, y), end], Ink::Series(series), 1.0)?;
    let (left, right) = (x.min(end.0), x.max(end.0));
    Ok(Some(Frame { left, right, top: y.min(end.1), bottom: y.max(end.1) }))
}

/// Where a label covers least: near its mark, off other labels and marks, off whiskers, inside the plot.
fn place(
    (x, y): (f64, f64),
    width: f64,
    height: f64,
    taken: &[Frame],
    crossed: &[Frame],
    bounds: &Frame,
) -> Frame {
    let mut best = (f64::INFINITY, Frame::around(x, y, width, height));
    for (nth, distance) in [12.0, 20.0, 30.0, 44.0, 60.0, 78.0].into_iter().enumerate() {
        let (wide, high) = (distance + width / 2.0, distance + height / 2.0);
        let (near, beside) = (distance * 0.7, 12.0 + width / 2.0);
        let spots = [
            (wide, -near - height * 0.3),
            (wide, 0.0),
            (wide, near + height * 0.3),
            (-wide, -near - height * 0.3),
            (-wide, 0.0),
            (-wide, near + height * 0.3),
            (0.0, -high),
            (0.0, high),
            (beside, high),
            (-beside, high),
            (beside, -high),
            (-beside, -high),
        ];
        for (order, (dx, dy)) in spots.into_iter().enumerate() {
            let frame = Frame::around(x + dx, y + dy, width, height);
            let outside = frame.area() - frame.overlap(bounds);
            let hidden: f64 = taken.iter().map(|other| other.overlap(&frame)).sum();
            let struck: f64 = crossed.iter().map(|other| other.overlap(&frame)).sum();
            let cost = outside * 200.0 + hidden * 100.0 + struck * 8.0 + (nth * 60 + order) as f64;
            if cost < best.0 {
                best = (cost, frame);
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::by_id;

    fn axis(id: &str, all: &[[f64; 3]]) -> (f64, f64) {
        let def = by_id(id).unwrap();
        let metric = MetricEntry {
            id: id.to_owned(),
            title: def.title.to_owned(),
            meaning: String::new(),
            unit: def.unit.to_owned(),
            better: def.better,
            source: String::new(),
        };
        let interval = |&[low, mean, high]: &[f64; 3]| Interval { mean, low: Some(low), high: Some(high) };
        range(&all.iter().map(interval).collect::<Vec<_>>(), &metric)
    }

    #[test]
    fn an_axis_of_shares_ends_at_a_hundred_and_at_nothing() {
        assert_eq!(axis("care-available", &[[88.0, 97.0, 100.0]]).1, 100.0);
        assert_eq!(axis("care-available", &[[100.0, 100.0, 100.0]]), (90.0, 100.0));
        assert_eq!(axis("devices-taken-peak", &[[0.0, 8.0, 31.0]]).0, 0.0);
    }

    #[test]
    fn an_axis_on_which_nothing_happens_goes_from_nothing_to_one() {
        assert_eq!(axis("patients-harmed", &[[0.0; 3], [0.0; 3]]), (0.0, 1.0));
        assert_eq!(ticks(0.0, 1.0, 7.0).1, 1);
    }
}
