//! The page: one self-contained HTML file that a board can be shown, drawn from a comparison and nothing else.

mod bars;
mod canvas;
mod day;
mod plain;
mod plane;
mod rests;
mod view;

use crate::comparison::Comparison;
use crate::error::ReportError;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

/// For which screens a figure is drawn; the style sheet shows one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Desks and paper.
    Wide,
    /// Telephones.
    Narrow,
}

impl Size {
    const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    /// Its class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// The colour and shape of a strategy: 0 is the baseline's, the others follow in order.
pub(crate) fn series_of(all: &Comparison, name: &str) -> usize {
    if name == all.baseline {
        return 0;
    }
    let others = all.strategies.iter().filter(|strategy| strategy.name != all.baseline);
    let at = others.map(|strategy| strategy.name.as_str()).position(|other| other == name).unwrap_or(0);
    1 + at % (canvas::SERIES - 1)
}

/// A figure of a comparison for a size of screen; nothing where the scenario has nothing to show.
type Drawing = fn(&Comparison, Size) -> Result<Option<String>, ReportError>;

/// The page of a comparison, as one HTML file.
///
/// # Errors
/// When a figure cannot be drawn or the template does not fit.
pub fn html(all: &Comparison) -> Result<String, ReportError> {
    let both = |draw: Drawing| {
        let drawn: Result<Vec<Option<String>>, ReportError> =
            Size::ALL.into_iter().map(|size| draw(all, size)).collect();
        Ok::<String, ReportError>(drawn?.into_iter().flatten().collect())
    };
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.add_template("page", include_str!("page.html")).map_err(ReportError::Page)?;
    let page = pages.get_template("page").map_err(ReportError::Page)?;
    page.render(context! {
        view => Value::from(Serde(&view::View::new(all))),
        style => include_str!("page.css"),
        plane => both(plane::draw)?,
        bars => both(bars::draw)?,
        day => both(day::draw)?,
    })
    .map_err(ReportError::Page)
}
