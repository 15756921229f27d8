//! A sheet to draw on: plotters writes the SVG, the page's style sheet gives it its colours.
//!
//! Colours are drawn as place-holders and replaced by CSS variables, so that one picture serves light and dark.

use crate::error::ReportError;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, register_font};

/// The font by whose measures labels are laid out; the reader's own may be a little wider.
const FAMILY: &str = "sans-serif";

/// How much wider than measured a label is taken to be, since the reader's font is not ours (an estimate).
const WIDER: f64 = 1.14;

/// Units of the drawing in a pixel of the page: plotters draws whole units only.
const FINE: f64 = 8.0;

/// plotters measures type by its height and writes sizes divided by this.
const SIZED: f64 = 1.24;

/// What something is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Words and axes.
    Text,
    /// Words that stand back.
    Soft,
    /// Grid lines.
    Rule,
    /// Dashed lines.
    Guide,
    /// The paper.
    Paper,
    /// Something good.
    Wanted,
    /// A strategy, by its place.
    Series(usize),
    /// Lost to attackers.
    Attack,
    /// Lost to controls because of an attack.
    Answering,
    /// Lost to controls because of anything else.
    Control,
    /// Lost to faults.
    Fault,
    /// Lost to planned work.
    Planned,
    /// Lost to the rest.
    Rest,
    /// Words on a strong colour.
    OnStrong,
    /// Words on a pale colour.
    OnPale,
}

/// Strategies that get a colour of their own; those beyond begin again.
pub(crate) const SERIES: usize = 7;

impl Ink {
    const FIXED: [(Self, &'static str); 14] = [
        (Self::Text, "ink"),
        (Self::Soft, "soft"),
        (Self::Rule, "rule"),
        (Self::Guide, "soft"),
        (Self::Paper, "paper"),
        (Self::Wanted, "wanted"),
        (Self::Attack, "attack"),
        (Self::Answering, "answering"),
        (Self::Control, "control"),
        (Self::Fault, "fault"),
        (Self::Planned, "planned"),
        (Self::Rest, "rest"),
        (Self::OnStrong, "on-strong"),
        (Self::OnPale, "on-pale"),
    ];

    fn colour(self) -> RGBColor {
        match self {
            Self::Series(place) => RGBColor(1, 2, (place % SERIES) as u8),
            fixed => {
                let at = Self::FIXED.iter().position(|(ink, _)| *ink == fixed).unwrap_or(0);
                RGBColor(1, 1, at as u8)
            }
        }
    }

    /// Put the style sheet's variables in the place of the place-holders.
    fn dress(svg: &str) -> String {
        let mut out = svg.to_owned();
        for (at, (ink, variable)) in Self::FIXED.iter().enumerate() {
            let extra = match ink {
                Self::OnStrong | Self::OnPale => " class=\"on\"",
                Self::Guide => " stroke-dasharray=\"32 32\"",
                _ => "",
            };
            let mark = format!("\"#0101{at:02X}\"");
            out = out.replace(&mark, &format!("\"var(--{variable})\"{extra}"));
        }
        for place in 0..SERIES {
            out = out.replace(&format!("\"#0102{place:02X}\""), &format!("\"var(--s{place})\""));
        }
        out
    }
}

/// How a text stands to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It begins there.
    Left,
    /// It is centred there.
    Middle,
    /// It ends there.
    Right,
}

/// Words to be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    /// The words.
    pub(crate) text: &'a str,
    /// Size of the type [px].
    pub(crate) size: f64,
    /// Colour.
    pub(crate) ink: Ink,
    /// How they stand to their point.
    pub(crate) side: Side,
    /// Whether they are bold.
    pub(crate) bold: bool,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str, size: f64, ink: Ink, side: Side) -> Self {
        Self { text, size, ink, side, bold: false }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// A rectangle [px].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Frame {
    /// Of a width and height around a centre.
    pub(crate) fn around(x: f64, y: f64, width: f64, height: f64) -> Self {
        let (w, h) = (width / 2.0, height / 2.0);
        Self { left: x - w, top: y - h, right: x + w, bottom: y + h }
    }

    /// The area that two share.
    pub(crate) fn overlap(&self, other: &Self) -> f64 {
        let wide = self.right.min(other.right) - self.left.max(other.left);
        let high = self.bottom.min(other.bottom) - self.top.max(other.top);
        wide.max(0.0) * high.max(0.0)
    }

    /// The area.
    pub(crate) fn area(&self) -> f64 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }
}

/// Draw a figure of a size [px]. `label` says in words what it shows, `class` when it is shown.
///
/// # Errors
/// When plotters fails.
pub(crate) fn figure(
    name: &'static str,
    class: &str,
    label: &str,
    (width, height): (f64, f64),
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), ReportError>,
) -> Result<String, ReportError> {
    for style in [FontStyle::Normal, FontStyle::Bold] {
        register_font(FAMILY, style, epaint_default_fonts::UBUNTU_LIGHT).map_err(|_| {
            ReportError::Figure { figure: name, reason: "its font cannot be read".to_owned() }
        })?;
    }
    let mut svg = String::new();
    {
        let size = ((width * FINE) as u32, (height * FINE) as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area, name };
        draw(&canvas)?;
        canvas.area.present().map_err(|error| canvas.failed(&error))?;
    }
    let inside = svg.split_once('>').map_or("", |(_, inside)| inside);
    let label = minijinja::HtmlEscape(label).to_string();
    let (w, h) = ((width * FINE) as u32, (height * FINE) as u32);
    let head = format!("<svg class=\"{class}\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {w} {h}\">");
    Ok(head + &Ink::dress(inside))
}

/// A sheet, measured in pixels of the page.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    name: &'static str,
}

type Done = Result<(), ReportError>;

impl Canvas<'_> {
    fn failed(&self, error: &dyn std::fmt::Display) -> ReportError {
        ReportError::Figure { figure: self.name, reason: error.to_string() }
    }

    fn at((x, y): (f64, f64)) -> (i32, i32) {
        ((x * FINE).round() as i32, (y * FINE).round() as i32)
    }

    fn style(words: &Words<'_>) -> TextStyle<'static> {
        let weight = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
        let side = match words.side {
            Side::Left => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Right,
        };
        let font = FontDesc::new(FontFamily::SansSerif, words.size * SIZED * FINE, weight);
        let mut style = TextStyle::from(font).pos(Pos::new(side, VPos::Center));
        style.color = words.ink.colour().to_backend_color();
        style
    }

    /// How wide words will be, with something to spare.
    pub(crate) fn width(&self, words: &Words<'_>) -> Result<f64, ReportError> {
        let size = self.area.estimate_text_size(words.text, &Self::style(words));
        let bold = if words.bold { 1.06 } else { 1.0 };
        size.map(|(wide, _)| f64::from(wide) / FINE * WIDER * bold).map_err(|error| self.failed(&error))
    }

    /// Set words, centred on a height.
    pub(crate) fn text(&self, at: (f64, f64), words: Words<'_>) -> Done {
        self.area
            .draw_text(words.text, &Self::style(&words), Self::at(at))
            .map_err(|error| self.failed(&error))
    }

    /// A line through points.
    pub(crate) fn line(&self, points: &[(f64, f64)], ink: Ink, width: f64) -> Done {
        let points: Vec<(i32, i32)> = points.iter().copied().map(Self::at).collect();
        let style = ink.colour().stroke_width((width * FINE) as u32);
        self.area.draw(&PathElement::new(points, style)).map_err(|error| self.failed(&error))
    }

    /// A filled rectangle.
    pub(crate) fn block(&self, frame: Frame, ink: Ink) -> Done {
        let corners = [Self::at((frame.left, frame.top)), Self::at((frame.right, frame.bottom))];
        self.area.draw(&Rectangle::new(corners, ink.colour().filled())).map_err(|error| self.failed(&error))
    }

    /// A filled polygon.
    fn polygon(&self, points: &[(f64, f64)], ink: Ink) -> Done {
        let points: Vec<(i32, i32)> = points.iter().copied().map(Self::at).collect();
        self.area.draw(&Polygon::new(points, ink.colour())).map_err(|error| self.failed(&error))
    }

    /// A strategy's mark: its shape tells it apart without colour.
    pub(crate) fn mark(&self, (x, y): (f64, f64), series: usize, radius: f64) -> Done {
        let ink = Ink::Series(series);
        let shape = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            points.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect()
        };
        match series % SERIES {
            0 => {
                let circle = Circle::new(Self::at((x, y)), (radius * FINE) as i32, ink.colour().filled());
                self.area.draw(&circle).map_err(|error| self.failed(&error))
            }
            1 => self.block(Frame::around(x, y, radius * 1.8, radius * 1.8), ink),
            2 => self.polygon(&shape(&[(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)]), ink),
            3 => self.polygon(&shape(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]), ink),
            4 => self.polygon(&shape(&[(0.0, 1.2), (1.15, -0.9), (-1.15, -0.9)]), ink),
            5 => self.block(Frame::around(x, y, radius * 2.4, radius * 1.1), ink),
            _ => self.block(Frame::around(x, y, radius * 1.1, radius * 2.4), ink),
        }
    }
}

/// A straight scale from values to pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
}

impl Scale {
    /// Where a value lies.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value - self.from.0) / (self.from.1 - self.from.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }
}

/// Round values to mark on an axis, about `count` of them, and the decimals that tell them apart.
pub(crate) fn ticks(low: f64, high: f64, count: f64) -> (Vec<f64>, usize) {
    let rough = (high - low) / count;
    if !(rough > 0.0 && rough.is_finite()) {
        return (vec![low], 0);
    }
    let power = sim::math::pow(10.0, sim::math::log10(rough).floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|nice| nice * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = (-sim::math::log10(step)).ceil().clamp(0.0, 6.0) as usize;
    ((first..=last).map(|nth| nth as f64 * step).collect(), decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 4.1, 5.0), (vec![0.0, 1.0, 2.0, 3.0, 4.0], 0));
        let (values, decimals) = ticks(93.7, 99.2, 4.0);
        assert_eq!((values, decimals), (vec![94.0, 96.0, 98.0], 0));
        assert_eq!(ticks(0.0, 0.9, 4.0).1, 1);
        assert_eq!(ticks(1.0, 1.0, 4.0), (vec![1.0], 0));
    }

    #[test]
    fn a_figure_holds_no_colour_of_its_own_and_no_markup_from_names() {
        let svg = figure("test", "wide", "a \"label\" <b>", (100.0, 50.0), |canvas| {
            canvas.text((5.0, 5.0), Words::new("<script>x</script>", 12.0, Ink::Text, Side::Left).bold())?;
            canvas.line(&[(0.0, 0.0), (9.0, 9.0)], Ink::Guide, 1.0)?;
            (0..SERIES).try_for_each(|series| canvas.mark((50.0, 25.0), series, 5.0))
        })
        .unwrap();
        assert!(
            !svg.contains("\"#") && svg.contains("var(--s3)") && svg.contains("stroke-dasharray"),
            "{svg}"
        );
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        assert!(svg.trim_end().ends_with("</svg>"));
    }
}
